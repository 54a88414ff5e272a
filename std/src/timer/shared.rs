//! What a timer and the queue share: its callback, and the state that says which thread may touch
//! it.
//!
//! | state | who may touch the callback | left by |
//! |---|---|---|
//! | `Idle`: not started | nobody | start=>`Waiting`, cancel=>`Busy` |
//! | `Waiting`: in the queue under its key; without a key it is never due | nobody | its time=>`Busy`, cancel=>`Busy` |
//! | `Busy`: the callback runs or is being dropped | the thread that is named there | that thread=>`Waiting` (periodic) or `Over` |
//! | `Over`: it has fired, was cancelled or has panicked | it is gone | nobody |
//!
//! - I1: A timer in `Waiting` with a key is in the queue, or has just been taken out by the thread,
//!   which then looks at the state: the state decides, and whoever leaves `Waiting` has the
//!   callback.
//! - I2: Locks are taken in the order state, queue. User code (callbacks, their drops, wakers) runs
//!   under neither.
//!
//! **Fork.** What the parent started or cancelled is left behind in a child, and never touched
//! there.

#![forbid(unsafe_code)]

use std::mem;
use std::sync::atomic::{AtomicU32, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::service::{Due, Key, Service};
use crate::generation::Generation;
use crate::panic_guard::{contain, locked, locked_since};
use crate::per_process::PerProcess;
use crate::sync::Event;

pub(super) enum Callback {
    Once(Box<dyn FnOnce() + Send>),
    Each(Box<dyn FnMut() + Send>),
}

pub(super) enum State {
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
    pub(super) fn busy(again: bool) -> Self {
        let on = thread::current().id();
        State::Busy { on, again }
    }

    pub(super) fn is_busy_here(&self) -> bool {
        matches!(self, State::Busy { on, .. } if *on == thread::current().id())
    }
}

/// What a timer and the queue share.
pub(super) struct Shared {
    /// The period, if it is periodic.
    pub(super) delay: Duration,
    made_in: Generation,
    /// The process that started it or cancelled it first; 0: it is idle.
    left_idle_in: AtomicU32,
    state: Mutex<State>,
    /// Set when it is over and the callback is dropped.
    pub(super) finished: Event,
}

/// Set. In the place of the event of a timer that was left behind, where threads of an ancestor may
/// wait.
static OVER: PerProcess<Event> = PerProcess::new();

impl Shared {
    pub(super) fn new(delay: Duration, callback: Callback) -> Arc<Self> {
        Arc::new(Shared {
            delay,
            made_in: Generation::current(),
            left_idle_in: AtomicU32::new(0),
            state: Mutex::new(State::Idle(callback)),
            finished: Event::new(),
        })
    }

    /// It is not idle any more. Under the lock of the state.
    pub(super) fn leaves_idle(&self) {
        let here = Generation::current().number();
        self.left_idle_in.store(here, Relaxed); // R: what comes with it is read under the lock of the state
    }

    /// Returns `true` if an ancestor of this process has started or cancelled it: here it is over.
    pub(super) fn is_left_behind(&self) -> bool {
        // R: written before the fork, or by this process, which does not count
        let left_in = self.left_idle_in.load(Relaxed);
        left_in != 0 && left_in != Generation::current().number()
    }

    /// The state, unless it is an ancestor's: then the timer is over here.
    pub(super) fn state(&self) -> Option<MutexGuard<'_, State>> {
        let state = locked_since(&self.state, self.made_in)?;
        (!self.is_left_behind()).then_some(state)
    }

    /// What is set when it is over.
    pub(super) fn finished(&self) -> &Event {
        if !self.is_left_behind() {
            return &self.finished;
        }
        OVER.get(|_| {
            let event = Event::new();
            event.set();
            event
        })
    }

    /// Puts a periodic timer back into the queue; gives its callback back if this was the last
    /// time.
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
pub(super) struct Finish<'t>(pub(super) &'t Shared);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        *locked(&self.0.state) = State::Over;
        self.0.finished.set();
    }
}
