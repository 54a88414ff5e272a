//! [`Event`]: the core's event with blocking and timed waits.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::sync as core;

use crate::block::{Limit, block, block_until};

/// A flag that any number of threads and tasks wait for: set wakes them all.
///
/// # Fairness
/// `set` releases everybody who waits at that moment, first come first.
///
/// # Memory ordering
/// What a thread did before `set` happens before what a waiter does after `wait`, and before what is done after a `clear`
/// that takes this `set` back.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::sync::Event;
///
/// static READY: Event = Event::new();
///
/// thread::scope(|scope| {
///     scope.spawn(|| READY.wait());
///     READY.set();
/// });
/// assert!(READY.is_set());
/// ```
#[derive(Default)]
pub struct Event(core::Event);

impl Event {
    /// An event that is not set.
    pub const fn new() -> Self {
        Event(core::Event::new())
    }

    /// Sets the event and releases all who wait. Idempotent. Makes no system call when nobody waits.
    pub fn set(&self) {
        self.0.set();
    }

    /// Clears the event. Waiters that were already released stay released.
    ///
    /// What was done before each `set` that this takes back happens before what is done after it. For what comes again: wait,
    /// clear, and only then look.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Returns `true` if the event is set: a snapshot.
    pub fn is_set(&self) -> bool {
        self.0.is_set()
    }

    /// Blocks until it is set.
    pub fn wait(&self) {
        block(self.0.waiting());
    }

    /// Blocks until it is set, for `timeout` at most: `ZERO` looks once, `MAX` is for ever.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not set in time.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        block_until(self.0.waiting(), Limit::After(timeout)).map_err(|_| TimedOut)
    }

    /// Blocks until it is set, until `deadline` at most: a past one looks once.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not set in time.
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        block_until(self.0.waiting(), Limit::At(deadline)).map_err(|_| TimedOut)
    }

    /// The future of `wait`, for an executor.
    pub fn wait_async(&self) -> impl Future<Output = ()> + Send + '_ {
        self.0.wait()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
