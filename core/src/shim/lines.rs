//! L0: what spares cache lines, where there are any.
//!
//! Two cores that write the same line make it travel between them, and a position that another core has just written is dear
//! to look at. A bare 32-bit core (a microcontroller) has no such lines, and RAM and instructions are worth more there: what
//! is here then comes to nothing. The algorithms above are the same; what they do without a kept position is what they do on
//! other machines when it says too little.

#[cfg(all(target_os = "none", target_pointer_width = "32"))]
pub(crate) use bare::*;
#[cfg(not(all(target_os = "none", target_pointer_width = "32")))]
pub(crate) use cached::*;

#[cfg(not(all(target_os = "none", target_pointer_width = "32")))]
mod cached {
    use core::cell::Cell;

    /// A cache line: zero-sized, aligned so that two of them never share one. 128 bytes where lines are fetched in pairs.
    #[cfg_attr(
        any(
            target_arch = "x86_64",
            target_arch = "aarch64",
            target_arch = "powerpc64"
        ),
        repr(align(128))
    )]
    #[cfg_attr(
        not(any(
            target_arch = "x86_64",
            target_arch = "aarch64",
            target_arch = "powerpc64"
        )),
        repr(align(64))
    )]
    #[derive(Clone, Copy)]
    pub(crate) struct CacheLine;

    /// A position that a handle keeps beside the one that is published, to save looking at that.
    #[derive(Clone)]
    pub(crate) struct CachedIndex(Cell<usize>);

    impl CachedIndex {
        /// Does `get` look, so that there is no point in looking again?
        pub(crate) const LOOKS: bool = false;

        pub(crate) const fn new(position: usize) -> Self {
            CachedIndex(Cell::new(position))
        }

        #[inline(always)]
        pub(crate) fn get(&self, _look: impl FnOnce() -> usize) -> usize {
            self.0.get()
        }

        #[inline(always)]
        pub(crate) fn set(&self, position: usize) {
            self.0.set(position);
        }
    }

    /// The mask of positions in an SPSC ring whose capacity is a power of two: they run through two rounds. A view need not
    /// know: comparing gives the same numbers, and does not ask first what the capacity is.
    #[inline(always)]
    pub(crate) const fn wrap_mask(capacity: usize) -> usize {
        2 * capacity - 1
    }

    /// The same for a view.
    #[inline(always)]
    pub(crate) fn wrap_mask_of_view(_capacity: usize) -> Option<usize> {
        None
    }

    /// Leaves a line to another context that has just won a claim on it: for 1, 2, 4 … 64 pauses.
    pub(crate) struct Backoff(u32);

    impl Backoff {
        #[inline(always)]
        pub(crate) fn new() -> Self {
            Backoff(1)
        }

        /// A claim was lost; the word is now `now`.
        #[inline(always)]
        pub(crate) fn lost(&mut self, now: usize) -> usize {
            crate::shim::pause(self.0);
            self.0 = (self.0 * 2).min(64);
            now
        }
    }
}

#[cfg(all(target_os = "none", target_pointer_width = "32"))]
mod bare {
    use core::cell::Cell;
    use core::marker::PhantomData;

    #[derive(Clone, Copy)]
    pub(crate) struct CacheLine;

    /// No position: `get` looks. (As little to be shared as one that is kept.)
    #[derive(Clone)]
    pub(crate) struct CachedIndex(PhantomData<Cell<usize>>);

    impl CachedIndex {
        pub(crate) const LOOKS: bool = true;

        pub(crate) const fn new(_position: usize) -> Self {
            CachedIndex(PhantomData)
        }

        #[inline(always)]
        pub(crate) fn get(&self, look: impl FnOnce() -> usize) -> usize {
            look()
        }

        #[inline(always)]
        pub(crate) fn set(&self, _position: usize) {}
    }

    /// Positions run through the whole word, which saves the masking.
    #[inline(always)]
    pub(crate) const fn wrap_mask(_capacity: usize) -> usize {
        usize::MAX
    }

    #[inline(always)]
    pub(crate) fn wrap_mask_of_view(capacity: usize) -> Option<usize> {
        capacity.is_power_of_two().then_some(wrap_mask(capacity))
    }

    pub(crate) struct Backoff;

    impl Backoff {
        #[inline(always)]
        pub(crate) fn new() -> Self {
            Backoff
        }

        #[inline(always)]
        pub(crate) fn lost(&mut self, now: usize) -> usize {
            now
        }
    }
}
