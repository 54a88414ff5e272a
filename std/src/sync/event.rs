//! [`Event`]: the core's event with blocking and timed waits.

#![forbid(unsafe_code)]

use std::fmt;
use std::mem;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::facade::const_fn;
use gimmal_core::poll::Source;
use gimmal_core::sync as core;
use gimmal_core::wait::{Wait, WaitQueue};

use crate::asleep::Sleepers;
use crate::block::{Limit, block_for_event};
use crate::cooperate::cooperative;
use crate::stop::Stop;

/// A flag that any number of threads and tasks wait for: setting it releases them all.
///
/// # Fairness
/// `set` releases all waiters of that moment. Tasks are woken in arrival order. On Linux all threads that sleep are woken by one
/// call of the operating system, in its order; elsewhere they are woken in arrival order, too.
///
/// # Memory ordering
/// What a thread did before `set` happens before what a waiter does after `wait`, and before what
/// is done after a `clear` that takes this `set` back.
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
#[doc(alias = "Flag")]
#[doc(alias = "ManualResetEvent")]
#[derive(Default)]
pub struct Event(core::Event);

impl Event {
    const_fn! {
        /// Returns an event that is not set.
        ///
        /// # Examples
        /// ```
        /// use gimmal::sync::Event;
        ///
        /// static READY: Event = Event::new();
        /// gimmal::thread::spawn(|| READY.set());
        /// READY.wait();
        /// ```
        pub const fn new() -> Self {
            Event(core::Event::new())
        }
    }

    /// Sets the event and releases all who wait. Idempotent. Makes no system call when nobody
    /// waits.
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Event;
    ///
    /// let done = Event::new();
    /// done.set();
    /// done.wait(); // returns at once
    /// ```
    #[inline]
    pub fn set(&self) {
        // Dropped also where the waker of another waiter panics.
        let sleepers = Sleepers(&self.0);
        if !self.0.set_and_ask() {
            mem::forget(sleepers);
        }
    }

    /// Clears the event. Waiters that were already released stay released.
    ///
    /// What was done before each `set` that this takes back happens before what is done after it.
    /// To handle something that happens repeatedly: wait, clear, and only then look.
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Event;
    ///
    /// let event = Event::new();
    /// event.set();
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    #[doc(alias = "reset")]
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Returns `true` if the event is set: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let event = gimmal::sync::Event::new();
    /// assert!(!event.is_set());
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    pub fn is_set(&self) -> bool {
        self.0.is_set()
    }

    /// Blocks until the event is set.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    /// use gimmal::sync::Event;
    ///
    /// let ready = Event::new();
    /// thread::scope(|scope| {
    ///     scope.spawn(|| ready.set());
    ///     ready.wait();
    /// });
    /// ```
    pub fn wait(&self) {
        // Without a limit it is never given up.
        let _ = block_for_event(&self.0, Limit::None);
    }

    /// Blocks until the event is set, for at most `timeout`: `ZERO` looks once, `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not set in time.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::error::TimedOut;
    /// use gimmal::sync::Event;
    ///
    /// let never = Event::new();
    /// assert_eq!(never.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        block_for_event(&self.0, Limit::After(timeout))
    }

    /// Blocks until the event is set, until `deadline` at most: a past one looks once.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not set in time.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use gimmal::sync::Event;
    ///
    /// // One deadline for two waits.
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// let (first, second) = (Event::new(), Event::new());
    /// first.set();
    /// assert!(first.wait_deadline(deadline).is_ok());
    /// assert!(second.wait_deadline(deadline).is_err());
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        block_for_event(&self.0, Limit::At(deadline))
    }

    /// Returns the wait of [`wait`](Event::wait), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::select, sync::Event};
    ///
    /// let (left, right) = (Event::new(), Event::new());
    /// right.set();
    /// assert_eq!(select((left.waiting(), right.waiting())).wait().index(), 1);
    /// ```
    pub fn waiting(&self) -> Wait<'_, WaitQueue, core::Waiting<'_>> {
        self.0.waiting()
    }

    /// Returns the event as a source of a [`Poller`](crate::poll::Poller): readable while it is
    /// set. A poller sees an event that is set and cleared again only if it looks between the two.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::Poller, sync::Event};
    ///
    /// let (left, right) = (Event::new(), Event::new());
    /// right.set();
    /// assert!(Poller::new([left.readable(), right.readable()]).poll().is_ready(1));
    /// ```
    pub fn readable(&self) -> Source<'_> {
        self.0.readable()
    }

    /// Returns the future of [`wait`](Event::wait), for an executor.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal::sync::Event;
    ///
    /// let event = Event::new();
    /// event.set();
    /// event.wait_async().await;
    /// # });
    /// ```
    pub fn wait_async(&self) -> impl Future<Output = ()> + Send + '_ {
        cooperative(self.0.wait())
    }
}

impl Stop for Event {
    /// Sets the event.
    fn stop(&self) {
        self.set();
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
