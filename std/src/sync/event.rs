//! [`Event`]: the core's event with blocking and timed waits.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::sync as core;
use gimmal_core::wait::{Attempt, Until, WaitQueue};

use crate::block::{Limit, block, block_until};

/// A flag that any number of threads and tasks wait for: set wakes them all.
///
/// # Fairness
/// `set` releases everybody who waits at that moment, first come first.
///
/// # Memory ordering
/// What a thread did before `set` happens before what a waiter does after `wait`.
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
#[derive(Debug, Default)]
pub struct Event(core::Event);

impl Event {
    /// An event that is not set.
    pub const fn new() -> Self {
        Event(core::Event::new())
    }

    /// Sets it and releases everybody who waits. Setting it again changes nothing. Makes no system call when nobody
    /// waits.
    pub fn set(&self) {
        self.0.set();
    }

    /// Unsets it. Who was released before stays released.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Is it set? A snapshot.
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
    pub fn wait_async(&self) -> Until<impl Attempt<Output = (), Place = WaitQueue> + '_> {
        self.0.wait()
    }
}
