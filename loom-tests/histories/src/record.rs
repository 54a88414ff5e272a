//! What a thread did, and when.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// Numbers moments, for all threads of one history.
#[derive(Default)]
pub struct Clock(AtomicU64);

impl Clock {
    /// Returns a clock.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of this moment: greater than those of all moments before.
    pub fn tick(&self) -> u64 {
        self.0.fetch_add(1, SeqCst)
    }

    /// Returns how many moments were numbered.
    pub fn now(&self) -> u64 {
        self.0.load(SeqCst)
    }
}

/// An operation that has returned.
#[derive(Clone, Debug)]
pub struct Done<O> {
    /// What was done, and what the answer was.
    pub op: O,
    /// A moment before the call.
    pub called: u64,
    /// A moment after the return.
    pub returned: u64,
}

/// The operations of one thread.
pub struct Log<'c, O> {
    clock: &'c Clock,
    done: Vec<Done<O>>,
}

impl<'c, O> Log<'c, O> {
    /// Returns an empty log.
    pub fn new(clock: &'c Clock) -> Self {
        let done = Vec::new();
        Log { clock, done }
    }

    /// Calls an operation, and records it by what `says` makes of its answer.
    pub fn record<R>(&mut self, call: impl FnOnce() -> R, says: impl FnOnce(&R) -> O) -> R {
        let called = self.clock.tick();
        let answer = call();
        let returned = self.clock.tick();
        let op = says(&answer);
        self.done.push(Done {
            op,
            called,
            returned,
        });
        answer
    }

    /// Returns the operations, in their order.
    pub fn into_done(self) -> Vec<Done<O>> {
        self.done
    }
}
