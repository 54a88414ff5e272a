//! [`Timer`]: a callback that runs later, once or again and again; one thread runs those of all timers.
//!
//! | state | who may touch the callback | left by |
//! |---|---|---|
//! | `Idle`: not started | nobody runs it | start=>`Waiting`, cancel=>`Busy` |
//! | `Waiting`: in the queue under its key; without a key it is never due | nobody runs it | its time=>`Busy`, cancel=>`Busy` |
//! | `Busy`: the callback runs or is being dropped | the thread that is named there | that thread=>`Waiting` (periodic) or `Over` |
//! | `Over`: it has fired, was cancelled or has panicked | it is gone | nobody |
//!
//! The queue is a map from (deadline, number of the start) to the timer; its first entry is the next one. A cancel takes
//! its entry out at once, so what is cancelled costs no memory, however far away it was.
//!
//! - I1: A timer in `Waiting` with a key is in the queue, or has just been taken out by the thread, which then looks at the
//!   state: the state decides, and who leaves `Waiting` has the callback.
//! - I2: Locks are taken in the order state, queue. User code (callbacks, their drops, wakers) runs under neither.
//! - I3: The thread looks at the queue, writes down to when it will sleep, and clears the event `sooner`, all under one
//!   lock. Who starts a timer that is due before that moment sets the event after that lock: a start that was not seen by
//!   the look is not cleared by it. Nobody else wakes the thread.
//! - I4: One thread runs all callbacks, so none runs beside itself or another one.
//!
//! **The thread** is started with the first timer that can become due, is called `gimmal-timer`, and stays: without
//! anything to do it sleeps. Nobody joins it, it ends with the process. Timers that wait then do not fire, and their
//! callbacks are not dropped. It is a thread of std: it belongs to no run, and neither does what a callback starts.
//!
//! **Fork.** A child has a queue and a thread of its own. What its parent started or cancelled is left behind: over there, and
//! never touched.

#![forbid(unsafe_code)]

mod service;

use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicU32, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;

use self::service::{Due, Key, Service};
use crate::generation::Generation;
use crate::panic_guard::{contain, locked, locked_since};
use crate::per_process::PerProcess;
use crate::stop::Stop;
use crate::sync::Event;

/// A callback that runs on the timer thread: once after a delay, or with a period.
///
/// Dropping a `Timer` detaches it: what has been started still fires. One that cannot fire any more, because it was not
/// started or is never due, drops its callback then.
///
/// # The timer thread
/// One thread, `gimmal-timer`, runs the callbacks of all timers, one after the other; no lock is held meanwhile. A callback
/// may do anything: start and cancel timers, its own too, send, panic. What it must not do is to take long or to wait for
/// another timer, because all the others wait for it: hand work to a thread or a channel. A timer never fires early; how
/// late, depends on the other callbacks and on the operating system.
///
/// # Fairness
/// In the order of the deadlines, equal ones in the order in which they were started. A timer that comes again and again
/// takes no other one's place: it is due later each time.
///
/// # Periods
/// Tick `n` of a periodic timer is due `n` periods after its start, by the monotonic clock, however long callbacks take: it
/// does not drift. Ticks that become due while the timer's own callback runs, or while it is late, are skipped, not made up
/// for: the next one is the first that is due after the callback has returned.
///
/// # In a forked child
/// What the parent started is over; what was not started may be started: see the page `fork`.
///
/// # Panics in callbacks
/// A panic in a callback ends this timer, also a periodic one, and nothing else: the timer is finished, the panic hook has
/// reported the panic, and the thread goes on with the others. The same goes for a panic in the drop of what it captured.
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
    /// A timer that calls `f` once, `delay` after it is [started](Timer::start). A delay that no clock reaches, such as
    /// `Duration::MAX`, is never over; `ZERO` is at once, on the timer thread.
    #[must_use = "a timer that is not started never fires"]
    pub fn new(delay: Duration, f: impl FnOnce() + Send + 'static) -> Self {
        Self::with(delay, Callback::Once(Box::new(f)))
    }

    /// Calls `f` once, `delay` from now: [`new`](Timer::new) and [`start`](Timer::start).
    ///
    /// # Panics
    /// As [`start`](Timer::start).
    #[track_caller]
    pub fn after(delay: Duration, f: impl FnOnce() + Send + 'static) -> Self {
        let timer = Self::new(delay, f);
        timer.start();
        timer
    }

    /// Calls `f` again and again, for the first time one `period` from now, until it is cancelled or panics. A period that
    /// no clock reaches is never over.
    ///
    /// # Panics
    /// If `period` is zero; and as [`start`](Timer::start).
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
            shared: Arc::new(Shared {
                delay,
                made_in: Generation::current(),
                left_idle_in: AtomicU32::new(0),
                state: Mutex::new(State::Idle(callback)),
                finished: Event::new(),
            }),
        }
    }

    /// Starts it: the delay is counted from now. True: it was this call. False, and nothing changes: it had been started or
    /// cancelled before, here or in a process from which this one was forked.
    ///
    /// # Panics
    /// If the operating system refuses the timer thread, which the first timer of the process needs. The timer is not
    /// started then, and may be again.
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

    /// Takes away the firing that is to come, and all after it. Never waits, also not for a callback that runs.
    ///
    /// True: there was one to come, and this call has prevented it. False: there was none. Either way no callback of this
    /// timer begins once this has returned, and of all the calls for one timer at most one is true.
    ///
    /// | the timer | `cancel` |
    /// |---|---|
    /// | has not been started, or waits for its time, also one that never comes | true; it will never fire |
    /// | runs its callback, once | false; the callback runs to its end |
    /// | runs its callback, periodic | true; the callback runs to its end and was the last |
    /// | was cancelled, has fired, has panicked | false |
    /// | was started in a process from which this one was forked | false |
    ///
    /// It makes no difference whether the callback itself calls it.
    ///
    /// A callback that does not run is dropped here, with what it captured, before this returns; one that runs is dropped
    /// on the timer thread when it returns.
    ///
    /// # Panics
    /// If the drop of what the callback captured panics. The timer is cancelled and finished then.
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
                    // Gone already if the thread has just taken it. Not the last reference: this timer has one.
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

    /// Is it over: has it fired for the last time, was it cancelled, has it panicked? Its callback and what that captured
    /// have been dropped then. A snapshot that, once true, stays true.
    pub fn is_finished(&self) -> bool {
        self.shared.finished.is_set() || self.shared.is_left_behind()
    }

    /// Blocks until it [is finished](Timer::is_finished). For ever, if it is never started, never due, or periodic, and
    /// nobody cancels it.
    ///
    /// # Panics
    /// In its own callback, or in the drop of what that captured: it would wait for itself.
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

    /// Blocks until it is finished, for `timeout` at most: `ZERO` looks once, `MAX` is for ever. In its own callback the
    /// time runs out.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not finished in time.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.shared.finished().wait_timeout(timeout)
    }

    /// Blocks until it is finished, until `deadline` at most: a past one looks once. In its own callback the time runs out.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not finished in time.
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.shared.finished().wait_deadline(deadline)
    }

    /// The future of `wait`, for an executor.
    ///
    /// # Cancel safety
    /// Dropping it takes nothing from anybody, and does not cancel the timer.
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

enum Callback {
    Once(Box<dyn FnOnce() + Send>),
    Each(Box<dyn FnMut() + Send>),
}

enum State {
    Idle(Callback),
    Waiting(Callback, Option<Key>),
    Busy {
        on: ThreadId,
        /// It is periodic, and nobody has cancelled it.
        again: bool,
    },
    Over,
}

impl State {
    /// Busy in this thread.
    fn busy(again: bool) -> Self {
        let on = thread::current().id();
        State::Busy { on, again }
    }

    fn is_busy_here(&self) -> bool {
        matches!(self, State::Busy { on, .. } if *on == thread::current().id())
    }
}

/// What a timer and the queue share.
struct Shared {
    /// The period, if it is periodic.
    delay: Duration,
    made_in: Generation,
    /// The process that started it or cancelled it first; 0: it is idle.
    left_idle_in: AtomicU32,
    state: Mutex<State>,
    /// Set when it is over and the callback is dropped.
    finished: Event,
}

/// Set. In the place of the event of a timer that was left behind, where threads of an ancestor may wait.
static OVER: PerProcess<Event> = PerProcess::new();

impl Shared {
    /// It is not idle any more. Under the lock of the state.
    fn leaves_idle(&self) {
        let here = Generation::current().number();
        self.left_idle_in.store(here, Relaxed); // R: what comes with it is read under the lock of the state
    }

    /// Returns `true` if an ancestor of this process has started or cancelled it: here it is over.
    fn is_left_behind(&self) -> bool {
        // R: written before the fork, or by this process, which does not count
        let left_in = self.left_idle_in.load(Relaxed);
        left_in != 0 && left_in != Generation::current().number()
    }

    /// The state, unless it is an ancestor's: then the timer is over here.
    fn state(&self) -> Option<MutexGuard<'_, State>> {
        let state = locked_since(&self.state, self.made_in)?;
        (!self.is_left_behind()).then_some(state)
    }

    /// What is set when it is over.
    fn finished(&self) -> &Event {
        if !self.is_left_behind() {
            return &self.finished;
        }
        OVER.get(|_| {
            let event = Event::new();
            event.set();
            event
        })
    }

    /// Puts a periodic timer back into the queue; gives its callback back if this was the last time.
    fn put_back(
        self: &Arc<Self>,
        f: Box<dyn FnMut() + Send>,
        returned: bool,
        (deadline, number): Key,
    ) -> Option<Box<dyn FnMut() + Send>> {
        let mut state = locked(&self.state);
        let again = match &mut *state {
            State::Busy { again, .. } => mem::take(again),
            _ => false,
        };
        if !(again && returned) {
            return Some(f);
        }
        let Some(next) = tick_after(Instant::now(), deadline, self.delay) else {
            return Some(f);
        };
        let key = (next, number);
        *state = State::Waiting(Callback::Each(f), Some(key));
        locked(&Service::here().queue).due.insert(key, self.clone());
        None
    }
}

impl Due for Shared {
    fn fire(self: Arc<Self>, key: Key) {
        let callback = {
            let mut state = locked(&self.state);
            match mem::replace(&mut *state, State::Over) {
                State::Waiting(callback, _) => {
                    *state = State::busy(matches!(callback, Callback::Each(_)));
                    callback
                }
                other => {
                    // Cancelled after it had left the queue.
                    *state = other;
                    return;
                }
            }
        };
        match callback {
            Callback::Once(f) => {
                contain(f);
            }
            Callback::Each(mut f) => {
                let returned = contain(&mut f);
                if self.is_left_behind() {
                    // The callback has forked, and this is the child.
                    mem::forget(f);
                    return;
                }
                let Some(f) = self.put_back(f, returned, key) else {
                    return;
                };
                contain(|| drop(f));
            }
        }
        if self.is_left_behind() {
            return;
        }
        // Wakers are user code.
        contain(|| drop(Finish(&self)));
    }
}

/// The first tick after `now`, of those that lie whole periods after `tick`.
fn tick_after(now: Instant, tick: Instant, period: Duration) -> Option<Instant> {
    const SECOND: u128 = 1_000_000_000;
    let late = now.saturating_duration_since(tick).as_nanos();
    let left = period.as_nanos() - late % period.as_nanos();
    // Not more than the period, so both fit.
    now.checked_add(Duration::new(
        (left / SECOND) as u64,
        (left % SECOND) as u32,
    ))
}

/// Says that a timer is over, when its callback has been dropped, also by a panic.
struct Finish<'t>(&'t Shared);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        *locked(&self.0.state) = State::Over;
        self.0.finished.set();
    }
}
