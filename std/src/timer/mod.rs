//! [`Timer`]: a callback that runs later, once or periodically. One thread runs the callbacks of
//! all timers.
//!
//! The thread is called `gimmal-timer`. It is started by the first timer that can become due, and
//! ends with the process: timers that are still waiting then do not fire, and their callbacks are
//! not dropped. It belongs to no run of [`Runtime`](crate::Runtime), and neither does what a
//! callback starts.

#![forbid(unsafe_code)]

mod service;
mod shared;

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::poll::Source;
use gimmal_core::sync::Waiting;
use gimmal_core::wait::{Wait, WaitQueue};

use self::service::Service;
use self::shared::{Callback, Finish, Shared, State};
use crate::panic_guard::locked;
use crate::stop::Stop;

/// A callback that runs on the timer thread: once after a delay, or periodically.
///
/// Dropping a `Timer` detaches it: if it has been started, it still fires. If it can never fire,
/// because it was not started or is never due, dropping it drops the callback.
///
/// # The timer thread
/// One thread, `gimmal-timer`, runs the callbacks of all timers, one after the other, without
/// holding a lock. A callback may start and cancel timers, including its own, send messages, and
/// panic. It must not take long or wait for another timer, because all other timers wait for it:
/// hand long work to a thread or a channel. A timer never fires early. How late it fires depends on
/// the other callbacks and on the operating system.
///
/// # Fairness
/// Timers fire in the order of their deadlines; those with equal deadlines fire in the order in
/// which they were started. A periodic timer does not overtake others: its next deadline is later
/// each time.
///
/// # Periods
/// Tick `n` of a periodic timer is due `n` periods after its start by the monotonic clock, however
/// long its callbacks take: it does not drift. Ticks that become due while the callback runs, or
/// while it is late, are skipped and not made up for. The next tick is the first one that is due
/// after the callback has returned.
///
/// # In a forked child
/// A timer that the parent has started is over. A timer that has not been started may be started.
/// See the page `fork`.
///
/// # Panics in callbacks
/// A panic in a callback ends its timer, even a periodic one, and nothing else: the panic hook has
/// reported the panic, the timer is finished, and the thread goes on with the others. The same
/// holds for a panic in the drop of what the callback captured.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use gimmal::{Timer, channel};
///
/// let (sender, receiver) = channel::bounded(1);
///
/// let hour = Timer::after(Duration::from_secs(3600), || println!("late"));
/// assert!(hour.cancel());
///
/// let ticks = sender.clone();
/// let clock = Timer::every(Duration::from_millis(2), move || {
///     let _ = ticks.try_send("tick");
/// });
/// assert_eq!([receiver.recv(), receiver.recv()], [Ok("tick"), Ok("tick")]);
/// assert!(clock.cancel());
/// clock.wait();
/// let _ = receiver.try_recv();
///
/// let once = Timer::after(Duration::from_millis(1), move || sender.send("once").unwrap());
/// once.wait();
/// assert!(!once.cancel());
/// assert_eq!(receiver.recv(), Ok("once"));
/// ```
pub struct Timer {
    shared: Arc<Shared>,
}

impl Timer {
    /// Returns a timer that calls `f` once, `delay` after it is [started](Timer::start).
    ///
    /// `f` runs on the timer thread, even if `delay` is zero. A timer whose delay exceeds what the
    /// clock can represent, such as `Duration::MAX`, never fires.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::Timer;
    ///
    /// let timer = Timer::new(Duration::from_millis(1), || println!("now"));
    /// assert!(timer.start());
    /// timer.wait();
    /// ```
    #[must_use = "a timer that is not started never fires"]
    pub fn new(delay: Duration, f: impl FnOnce() + Send + 'static) -> Self {
        Self::with(delay, Callback::Once(Box::new(f)))
    }

    /// Calls `f` once, `delay` from now: [`new`](Timer::new) followed by [`start`](Timer::start).
    ///
    /// # Panics
    /// As [`start`](Timer::start).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::{Timer, channel};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// Timer::after(Duration::from_millis(1), move || sender.send("now").unwrap());
    /// assert_eq!(receiver.recv(), Ok("now"));
    /// ```
    #[track_caller]
    pub fn after(delay: Duration, f: impl FnOnce() + Send + 'static) -> Self {
        let timer = Self::new(delay, f);
        timer.start();
        timer
    }

    /// Calls `f` every `period` until the timer is cancelled or `f` panics. The first call is one
    /// `period` from now. A timer whose period exceeds what the clock can represent never fires.
    ///
    /// # Panics
    /// If `period` is zero; and as [`start`](Timer::start).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::{Timer, channel};
    ///
    /// let (sender, receiver) = channel::bounded(3);
    /// let mut n = 0;
    /// let clock = Timer::every(Duration::from_millis(1), move || {
    ///     n += 1;
    ///     let _ = sender.try_send(n);
    /// });
    /// assert_eq!(receiver.iter().take(3).collect::<Vec<_>>(), [1, 2, 3]);
    /// clock.cancel();
    /// ```
    #[track_caller]
    pub fn every(period: Duration, f: impl FnMut() + Send + 'static) -> Self {
        assert!(
            !period.is_zero(),
            "a timer's period is zero: give it a longer one"
        );
        let timer = Self::with(period, Callback::Each(Box::new(f)));
        timer.start();
        timer
    }

    fn with(delay: Duration, callback: Callback) -> Self {
        Timer {
            shared: Shared::new(delay, callback),
        }
    }

    /// Starts the timer: its delay is counted from now. Returns `true` if this call started it.
    ///
    /// Does nothing and returns `false` if the timer has been started or cancelled before, in this
    /// process or in one from which this process was forked.
    ///
    /// # Panics
    /// If the operating system refuses the timer thread, which the first timer of a process needs.
    /// The timer is not started then, and may be started again.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::Timer;
    ///
    /// let timer = Timer::new(Duration::from_millis(1), || ());
    /// assert!(timer.start());
    /// assert!(!timer.start()); // it has been started
    /// ```
    #[track_caller]
    pub fn start(&self) -> bool {
        let deadline = Instant::now().checked_add(self.shared.delay);
        let Some(mut state) = self.shared.state() else {
            return false;
        };
        let callback = match mem::replace(&mut *state, State::Over) {
            State::Idle(callback) => callback,
            other => {
                *state = other;
                return false;
            }
        };
        let service = Service::here();
        let added = deadline.map(|moment| service.add(moment, self.shared.clone()));
        let added = match added.transpose() {
            Ok(added) => added,
            Err(why) => {
                *state = State::Idle(callback);
                drop(state);
                panic!("no thread: {why}");
            }
        };
        *state = State::Waiting(callback, added.map(|(key, _)| key));
        self.shared.leaves_idle();
        drop(state);
        if added.is_some_and(|(_, sooner)| sooner) {
            service.sooner.set();
        }
        true
    }

    /// Cancels the timer. Returns `true` if this call prevented a firing.
    ///
    /// Never waits, not even for a callback that is running. No callback of this timer begins after
    /// `cancel` has returned. At most one call per timer returns `true`.
    ///
    /// | the timer | `cancel` |
    /// |---|---|
    /// | has not been started, or is waiting for its time, or is never due | `true`; it will never fire |
    /// | runs its callback, once | `false`; the callback runs to its end |
    /// | runs its callback, periodic | `true`; the callback runs to its end and was the last |
    /// | was cancelled, has fired, has panicked | `false` |
    /// | was started in a process from which this one was forked | `false` |
    ///
    /// The callback itself may call it, with the same results.
    ///
    /// A callback that is not running is dropped, with what it captured, before this returns. One
    /// that is running is dropped on the timer thread when it returns.
    ///
    /// # Panics
    /// If the drop of what the callback captured panics. The timer is cancelled and finished then.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::Timer;
    ///
    /// let timer = Timer::after(Duration::from_secs(3600), || unreachable!());
    /// assert!(timer.cancel());
    /// assert!(!timer.cancel()); // there is nothing left to prevent
    /// ```
    pub fn cancel(&self) -> bool {
        let callback = {
            let Some(mut state) = self.shared.state() else {
                return false;
            };
            match mem::replace(&mut *state, State::busy(false)) {
                State::Idle(callback) => {
                    self.shared.leaves_idle();
                    callback
                }
                State::Waiting(callback, key) => {
                    // Gone already if the thread has just taken it. Not the last reference: this
                    // timer has one.
                    key.and_then(|key| locked(&Service::here().queue).due.remove(&key));
                    callback
                }
                State::Busy { on, again } => {
                    *state = State::Busy { on, again: false };
                    return again;
                }
                State::Over => {
                    *state = State::Over;
                    return false;
                }
            }
        };
        let _finish = Finish(&self.shared);
        drop(callback);
        true
    }

    /// Returns `true` if the timer has fired for the last time, was cancelled, or has panicked, and
    /// its callback has been dropped. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::Timer;
    ///
    /// let timer = Timer::after(Duration::from_secs(3600), || ());
    /// assert!(!timer.is_finished());
    /// timer.cancel();
    /// assert!(timer.is_finished());
    /// ```
    pub fn is_finished(&self) -> bool {
        self.shared.finished.is_set() || self.shared.is_left_behind()
    }

    /// Blocks until the timer [is finished](Timer::is_finished). This is forever if it is never
    /// started, never due, or periodic, and nobody cancels it.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Panics
    /// If called in the timer's own callback, or in the drop of what that callback captured: it
    /// would wait for itself.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use gimmal::Timer;
    ///
    /// let start = Instant::now();
    /// Timer::after(Duration::from_millis(2), || ()).wait();
    /// assert!(start.elapsed() >= Duration::from_millis(2));
    /// ```
    #[track_caller]
    pub fn wait(&self) {
        if self.is_finished() {
            return;
        }
        let here = self.shared.state().is_some_and(|s| s.is_busy_here());
        assert!(
            !here,
            "a timer waits for itself: its own callback cannot wait for its end"
        );
        self.shared.finished().wait();
    }

    /// Blocks until the timer is finished, for at most `timeout`. `Duration::ZERO` checks once,
    /// `Duration::MAX` waits forever. In the timer's own callback it times out.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`] if the timer was not finished in time.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::Timer;
    ///
    /// let timer = Timer::after(Duration::from_secs(3600), || ());
    /// assert!(timer.wait_timeout(Duration::from_millis(1)).is_err());
    /// timer.cancel();
    /// assert!(timer.wait_timeout(Duration::ZERO).is_ok());
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.shared.finished().wait_timeout(timeout)
    }

    /// Blocks until the timer is finished, at most until `deadline`. A past deadline checks once.
    /// In the timer's own callback it times out.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`] if the timer was not finished in time.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use gimmal::Timer;
    ///
    /// let timer = Timer::after(Duration::from_millis(1), || ());
    /// let deadline = Instant::now() + Duration::from_secs(60);
    /// assert!(timer.wait_deadline(deadline).is_ok());
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.shared.finished().wait_deadline(deadline)
    }

    /// Returns the timer as a source of a [`Poller`](crate::poll::Poller): readable once it [is
    /// finished](Timer::is_finished). A timer that fires once is finished when it has fired; let a
    /// periodic one set an event or send a message, and poll that.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::{Timer, poll::Poller};
    ///
    /// let timer = Timer::after(Duration::from_millis(1), || ());
    /// assert!(Poller::new([timer.readable()]).poll().is_ready(0));
    /// ```
    pub fn readable(&self) -> Source<'_> {
        self.shared.finished().readable()
    }

    /// Returns the wait of [`wait`](Timer::wait), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::{Timer, channel, poll::select};
    ///
    /// let (_sender, receiver) = channel::bounded::<u32>(1);
    /// let timer = Timer::after(Duration::from_millis(1), || ());
    /// assert_eq!(select((receiver.receiving(), timer.waiting())).wait().index(), 1);
    /// ```
    pub fn waiting(&self) -> Wait<'_, WaitQueue, Waiting<'_>> {
        self.shared.finished().waiting()
    }

    /// Returns a future that is ready when the timer is finished.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing, and does not cancel the timer.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use std::time::Duration;
    /// use gimmal::Timer;
    ///
    /// let timer = Timer::after(Duration::from_millis(1), || println!("now"));
    /// timer.wait_async().await;
    /// assert!(timer.is_finished());
    /// # });
    /// ```
    pub fn wait_async(&self) -> impl Future<Output = ()> + Send + '_ {
        self.shared.finished().wait_async()
    }
}

impl Stop for Timer {
    /// Cancels the timer: its callback is not called again.
    fn stop(&self) {
        self.cancel();
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("delay", &self.shared.delay)
            .field("is_finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}
