//! [`Counter`]: counts, with the feature `counters`; else, and in a model, it is nothing.

#[cfg(all(feature = "counters", not(loom)))]
mod real {
    use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    /// Counted by one context, read by any; it wraps.
    pub(crate) struct Counter(AtomicUsize);

    impl Counter {
        pub(crate) const fn new() -> Self {
            Counter(AtomicUsize::new(0))
        }

        /// Counts one more. For one context at a time: no read-modify-write is needed.
        #[inline(always)]
        pub(crate) fn count(&self) {
            let so_far = self.0.load(Relaxed); // R: nobody else writes
            self.0.store(so_far.wrapping_add(1), Relaxed); // R: nothing is published by it
        }

        pub(crate) fn reset(&self) {
            self.0.store(0, Relaxed); // R: nothing is published by it
        }

        pub(crate) fn get(&self) -> usize {
            self.0.load(Relaxed) // R: nothing is published by it
        }
    }
}

#[cfg(not(all(feature = "counters", not(loom))))]
mod real {
    /// Nothing.
    pub(crate) struct Counter;

    impl Counter {
        pub(crate) const fn new() -> Self {
            Counter
        }

        #[inline(always)]
        pub(crate) fn count(&self) {}

        pub(crate) fn reset(&self) {}

        pub(crate) fn get(&self) -> usize {
            0
        }
    }
}

pub(crate) use real::Counter;
