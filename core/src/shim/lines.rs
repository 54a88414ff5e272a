//! L0: what depends on whether the target has cache lines.
//!
//! Two cores that write the same line make it travel between them, and an index that another core
//! has just written is slow to read. A bare 32-bit core (a microcontroller) has no such lines, and
//! RAM and instructions are worth more there: on such a target the types of this file are empty.
//! The algorithms above are the same. Where no copy of an index is kept they take the path that
//! they take elsewhere when the copy is out of date.

#![allow(unsafe_code)]

/// Marks the ends of SPSC rings and channels, which may move between threads but are not shared by
/// them: what the compiler names when somebody tries.
#[derive(Clone)]
pub(crate) struct OneThreadAtATime;

/// Implemented by nothing: the bound of `Sync` of what is marked, which is never met.
#[diagnostic::on_unimplemented(
    message = "an end of an SPSC ring or channel cannot be shared between threads safely",
    label = "this end is used by one thread at a time",
    note = "move the end to the thread that uses it; for several at once take `mpmc` (`channel::bounded` in the crate `gimmal`)"
)]
#[allow(dead_code)] // Rust 1.88 does not count a bound as a use.
pub(crate) trait SharedBetweenThreads {}

#[cfg(all(target_os = "none", target_pointer_width = "32"))]
pub(crate) use bare::*;
#[cfg(not(all(target_os = "none", target_pointer_width = "32")))]
pub(crate) use cached::*;

#[cfg(not(all(target_os = "none", target_pointer_width = "32")))]
mod cached {
    use core::cell::Cell;
    use core::marker::PhantomData;

    use super::{OneThreadAtATime, SharedBetweenThreads};

    /// A cache line: zero-sized, aligned so that two of them never share one. 128 bytes where lines
    /// are fetched in pairs.
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

    /// `true` if the target has cache lines that cores share.
    pub(crate) const CACHE_LINES: bool = true;

    /// A handle's copy of a shared index, which saves reading the index itself: the line that it
    /// lies on may be in another core's cache.
    pub(crate) struct CachedIndex<M = OneThreadAtATime>(Cell<usize>, PhantomData<M>);

    // SAFETY: no type is `SharedBetweenThreads`, so this holds for no `M`. It is there for its error.
    unsafe impl<M: SharedBetweenThreads> Sync for CachedIndex<M> {}

    impl Clone for CachedIndex {
        fn clone(&self) -> Self {
            CachedIndex::new(self.0.get())
        }
    }

    impl CachedIndex {
        /// `true` if `get` always reads the shared index, so that reading it again after `get` is
        /// pointless.
        pub(crate) const ALWAYS_FRESH: bool = false;

        pub(crate) const fn new(position: usize) -> Self {
            CachedIndex(Cell::new(position), PhantomData)
        }

        /// The copy. `read_shared` reads the shared index; it is called only where no copy is kept.
        #[inline(always)]
        pub(crate) fn get(&self, _read_shared: impl FnOnce() -> usize) -> usize {
            self.0.get()
        }

        #[inline(always)]
        pub(crate) fn set(&self, position: usize) {
            self.0.set(position);
        }
    }

    /// Leaves a cache line to another core that has just won a claim on it: for 1, 2, 4 … 64
    /// pauses.
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

    use super::{OneThreadAtATime, SharedBetweenThreads};

    #[derive(Clone, Copy)]
    pub(crate) struct CacheLine;

    pub(crate) const CACHE_LINES: bool = false;

    /// Stores nothing: `get` reads the shared index. It has the traits of the one that is a cell.
    #[derive(Clone)]
    pub(crate) struct CachedIndex<M = OneThreadAtATime>(PhantomData<(M, Cell<usize>)>);

    // SAFETY: no type is `SharedBetweenThreads`, so this holds for no `M`. It is there for its error.
    unsafe impl<M: SharedBetweenThreads> Sync for CachedIndex<M> {}

    impl CachedIndex {
        pub(crate) const ALWAYS_FRESH: bool = true;

        pub(crate) const fn new(_position: usize) -> Self {
            CachedIndex(PhantomData)
        }

        #[inline(always)]
        pub(crate) fn get(&self, read_shared: impl FnOnce() -> usize) -> usize {
            read_shared()
        }

        #[inline(always)]
        pub(crate) fn set(&self, _position: usize) {}
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
