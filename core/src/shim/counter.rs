//! [`Counter`], [`Note`] and [`Onsets`]: for whoever looks on, with the feature `counters`; else, and in a model, they
//! are nothing.

#[cfg(all(feature = "counters", not(loom)))]
mod real {
    use core::cell::Cell;
    use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};

    use super::super::CachedIndex;

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

    /// A small number, noted by one context, read by any.
    pub(crate) struct Note(AtomicU8);

    impl Note {
        pub(crate) const fn new() -> Self {
            Note(AtomicU8::new(0))
        }

        pub(crate) fn set(&self, number: u8) {
            self.0.store(number, Relaxed); // R: nothing is published by it
        }

        pub(crate) fn get(&self) -> u8 {
            self.0.load(Relaxed) // R: nothing is published by it
        }
    }

    /// How often a state began; noted by one context, read by any.
    pub(crate) struct Onsets {
        number: Counter,
        lasts: Cell<bool>,
    }

    impl Onsets {
        pub(crate) const fn new() -> Self {
            Onsets {
                number: Counter::new(),
                lasts: Cell::new(false),
            }
        }

        /// Notes whether the state lasts now. For one context at a time.
        #[inline(always)]
        pub(crate) fn note(&self, lasts: bool) {
            // Without copies of positions nobody notes that it has ended.
            let lasted = self.lasts.replace(lasts) && !CachedIndex::ALWAYS_FRESH;
            if lasts && !lasted {
                self.number.count();
            }
        }

        /// For one context at a time.
        pub(crate) fn reset(&self) {
            self.number.reset();
            self.lasts.set(false);
        }

        pub(crate) fn get(&self) -> usize {
            self.number.get()
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

    /// Nothing.
    pub(crate) struct Note;

    impl Note {
        pub(crate) const fn new() -> Self {
            Note
        }

        pub(crate) fn set(&self, _number: u8) {}

        pub(crate) fn get(&self) -> u8 {
            0
        }
    }

    /// Nothing.
    pub(crate) struct Onsets;

    impl Onsets {
        pub(crate) const fn new() -> Self {
            Onsets
        }

        #[inline(always)]
        pub(crate) fn note(&self, _lasts: bool) {}

        pub(crate) fn reset(&self) {}

        pub(crate) fn get(&self) -> usize {
            0
        }
    }
}

pub(crate) use real::{Counter, Note, Onsets};
