//! What the handles of a process share, and what its signal thread does.

#![forbid(unsafe_code)]

use std::sync::atomic::Ordering::*;
use std::sync::{Arc, Mutex};
use std::thread;

use super::bell::Bell;
use super::followers::Followers;
use super::host::{SIGNALS, exit};
use super::reason::{Reason, Second};
use crate::generation::Generation;
use crate::panic_guard::{contain, locked};
use crate::stop::{Publisher, Subscribers, Subscription};
use crate::sync::Event;

pub(super) type Subscriber = Box<dyn FnOnce(Reason) + Send>;

/// Where the signal thread is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reader {
    /// There is none: this process was forked, and has not installed a `Termination` of its own.
    #[default]
    None,
    /// It waits for the one before it, or is about to.
    Starting,
    /// It reads, or is about to.
    Reading,
    /// It does something else, and looks whether all has ended before it reads.
    Elsewhere,
}

/// What is guarded; the lock is never held while user code runs.
#[derive(Default)]
pub(super) struct State {
    pub(super) reason: Option<Reason>,
    pub(super) second: Second,
    /// The signal thread has taken a signal.
    signalled: bool,
    /// The last `Termination` is gone: signals are nobody's business any more.
    pub(super) ended: bool,
    pub(super) reader: Reader,
    /// Some thread tells subscribers.
    telling: bool,
    pub(super) subscribers: Subscribers<Subscriber>,
}

impl State {
    /// Sets the reason, if there is none, and puts the followers of this moment before all
    /// subscribers. Returns `true` if this was the first reason.
    pub(super) fn ask(&mut self, reason: Reason) -> bool {
        if self.reason.is_some() {
            return false;
        }
        self.reason = Some(reason);
        let followers = Followers::now();
        // A thread that is released from a `wait` now may end its run before that has been told.
        followers.note(reason);
        if !followers.is_empty() {
            let tell = Box::new(move |reason| followers.tell(reason));
            self.subscribers.put_first(tell);
        }
        true
    }
}

pub(super) struct Inner {
    /// The process that made it. No other one touches the rest.
    pub(super) generation: Generation,
    pub(super) state: Mutex<State>,
    pub(super) requested: Event,
    /// Set when its signal thread reads no more.
    pub(super) off: Event,
}

impl Inner {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Inner {
            generation: Generation::current(),
            state: Mutex::default(),
            requested: Event::new(),
            off: Event::new(),
        })
    }

    /// Takes one more signal.
    fn signal(&self, signal: i32) {
        {
            let mut state = locked(&self.state);
            if state.ended {
                return;
            }
            if state.signalled && state.second == Second::Exit {
                exit(128 + signal);
            }
            state.signalled = true;
            state.ask(Reason::Signal(signal));
            self.arm(&state);
        }
        self.requested.set();
    }

    pub(super) fn arm(&self, state: &State) {
        let exits = state.signalled && state.second == Second::Exit;
        if let Some(bell) = Bell::here() {
            bell.armed.store(exits, Relaxed); // R: written under the state's lock, and guards nothing
        }
    }

    pub(super) fn reason(&self) -> Option<Reason> {
        locked(&self.state).reason
    }

    /// The reason, when the event is set.
    pub(super) fn known(&self) -> Reason {
        self.reason().expect("set before the event")
    }

    pub(super) fn subscribe(
        self: &Arc<Self>,
        state: &mut State,
        subscriber: Subscriber,
    ) -> Subscription {
        Subscription::new(self, &mut state.subscribers, subscriber)
    }

    /// Wakes the signal thread; where there is none, a thread tells what there is to tell, and
    /// ends.
    pub(super) fn wake(self: &Arc<Self>) {
        if locked(&self.state).reader != Reader::None {
            Bell::here().into_iter().for_each(Bell::wake);
            return;
        }
        let its = self.clone();
        let builder = thread::Builder::new().name("gimmal-signal".into());
        if builder.spawn(move || its.tell()).is_err() {
            self.tell();
        }
    }

    /// Tells everybody who has not been told, if there is something to tell. If another thread does
    /// so, that one goes on.
    fn tell(&self) {
        let mut telling = false;
        loop {
            let (reason, next) = {
                let mut state = locked(&self.state);
                let Some(reason) = state.reason else { return };
                if state.telling && !telling {
                    return;
                }
                let next = state.subscribers.pop_first();
                telling = next.is_some();
                state.telling = telling;
                (reason, next)
            };
            let Some(subscriber) = next else { return };
            contain(|| subscriber(reason));
            if !self.generation.is_current() {
                // The subscriber has forked, and this is the child.
                return;
            }
        }
    }

    /// Says that the signal thread reads next. `false` if all has ended: then it has gone elsewhere,
    /// for good.
    fn reads(&self) -> bool {
        let mut state = locked(&self.state);
        if state.ended {
            state.reader = Reader::Elsewhere;
            self.off.set();
            return false;
        }
        state.reader = Reader::Reading;
        true
    }

    /// Takes the signals that have arrived, and says that the signal thread goes elsewhere. `None`
    /// if all has ended: it has gone for good. What has arrived since may be the next one's.
    fn takes(&self, bell: &Bell) -> Option<[bool; SIGNALS.len()]> {
        let mut state = locked(&self.state);
        state.reader = Reader::Elsewhere;
        if state.ended {
            self.off.set();
            return None;
        }
        Some(bell.arrived.each_ref().map(|arrived| {
            // R: a read-modify-write finds the newest value, and the handler sets it before it
            // wakes this thread
            arrived.swap(false, Relaxed)
        }))
    }

    /// What the signal thread does, until the last handle is gone.
    pub(super) fn run(&self, bell: &Bell) {
        while self.reads() {
            if bell.wait().is_err() {
                break;
            }
            let Some(taken) = self.takes(bell) else {
                // It may have been woken for the next one, which is not to sleep then.
                bell.wake();
                break;
            };
            let arrived = SIGNALS.into_iter().zip(taken);
            arrived
                .filter(|(_, arrived)| *arrived)
                .for_each(|(signal, _)| self.signal(signal));
            self.tell();
            if !self.generation.is_current() {
                return;
            }
        }
        self.off.set();
        self.tell();
    }
}

impl Publisher for Inner {
    fn unsubscribe(&self, number: u64) {
        let subscriber = locked(&self.state).subscribers.remove(number);
        // Runs user code, so after the lock.
        drop(subscriber);
    }
}
