//! Which threads belong to a run, and who joins them.
//!
//! A thread that is started by a thread of a run becomes a *member*. Its std handle is shared by
//! everybody who may have to join it; the first one takes it, the others wait until that one is
//! done.
//!
//! | a member is | from | counted among |
//! |---|---|---|
//! | starting | before the operating system is asked for the thread | the threads, whatever it will be |
//! | running | its std handle is here: `arrive` | the threads, or the daemons |
//! | ended | its last thread-local is being destroyed: `leave`, and it has arrived | `ended`, until somebody joins it |
//! | gone | joined | if it panicked and nobody has joined its handle, `panicked` |
//!
//! **When it ends.** The first thing a member does is to put an `ExitMarker` into a thread-local.
//! Where thread-locals are native (all the usual platforms) they are destroyed in the reverse order
//! of their first use, so that the marker's drop is the last of them: what is left of the thread is
//! a few instructions. There a member takes over all members that have ended before it, puts itself
//! in their place, and joins them. So at most as many ended threads wait to be joined as end at the
//! same moment, whatever the run does meanwhile; whoever joins the last one has joined them all;
//! and as each joins only those before it, no two wait for each other. On a platform with another
//! order this joining may wait for destructors of the threads before; there such a destructor must
//! not wait in its turn for a thread of its run.
//!
//! Invariants
//! * **I1** A member is counted before its thread can run, until it has left and arrived (or could
//!   not be started).
//! * **I2** [`Stage::Over`] is set in the same locked section that finds no thread counted. After
//!   that nothing is counted.
//! * **I3** Whoever has taken a std handle joins it, files its panic, and then sets `gone`.
//!
//! **Fork.** The books belong to one process. A child that is in the run has empty ones; a member
//! that forks is in its parent's books only, and leaves none in the child. A scoped thread is no
//! member.
//!
//! Locks: a member's `join_state` may be taken inside the registry's `state`, not the other way
//! round. Under neither does a thread start, end, or drop what users gave.

#![forbid(unsafe_code)]

use std::any::Any;
use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::ends::Ends;
use super::outcome::ThreadPanic;
use super::token::StopToken;
use crate::generation::Generation;
use crate::panic_guard::locked;
use crate::per_process::PerProcess;
use crate::sync::Event;

/// The members of a run, and its token.
pub(crate) struct Registry {
    pub(super) stop: StopToken,
    pub(super) ends: Ends,
    /// Threads belong to one process: a child has none of its parent's.
    books: PerProcess<Books>,
}

/// The members of a run in one process.
#[derive(Default)]
struct Books {
    state: Mutex<State>,
    /// Set when there may be nobody left to wait for. The thread that ends the run clears it,
    /// looks, and waits for it.
    changed: Event,
}

/// Which threads become members.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Each thread that is started by a thread of the run.
    #[default]
    Open,
    /// The grace is over: none that is started by a daemon, so that no daemon can hold up the end
    /// by starting threads.
    Late,
    /// The run has ended: none.
    Over,
}

#[derive(Default)]
struct State {
    stage: Stage,
    /// How many members there have been.
    members: u64,
    /// How many threads have to end before the run does.
    threads: usize,
    /// The daemons that run, by their number.
    daemons: BTreeMap<u64, Thread>,
    ended: Vec<Arc<Member>>,
    /// Those that panicked and whose handle nobody has joined.
    panicked: BTreeMap<u64, Arc<Member>>,
}

impl State {
    /// Counts the member no more.
    fn retire(&mut self, member: &Arc<Member>) {
        if self.stage == Stage::Over {
            return;
        }
        if self.daemons.remove(&member.number).is_none() {
            self.threads -= 1;
        }
        self.ended.push(member.clone());
    }
}

fn join_all(members: Vec<Arc<Member>>) {
    members.iter().for_each(|member| member.join());
}

impl Registry {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Registry {
            stop: StopToken::new(),
            ends: Ends::default(),
            books: PerProcess::of(Books::default()),
        })
    }

    fn books(&self) -> &Books {
        self.books.get(|_| Books::default())
    }

    /// The members in this process. Held for a few steps.
    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.books().state)
    }

    /// Changes the state, then wakes the end of the run if it may have waited for this.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state();
        let result = change(&mut state);
        let quiet = state.threads == 0;
        drop(state);
        if quiet {
            self.books().changed.set();
        }
        result
    }

    /// Blocks until all threads that are not daemons are gone.
    pub(super) fn join_threads(&self) {
        loop {
            self.books().changed.clear();
            let (left, ended) = {
                let mut state = self.state();
                (state.threads, mem::take(&mut state.ended))
            };
            join_all(ended);
            if left == 0 {
                return;
            }
            self.books().changed.wait();
        }
    }

    /// Ends the run: blocks until the daemons are gone, or so much time is over; in any case until
    /// all others are that they have started meanwhile. Gives the daemons that are left.
    pub(super) fn close(&self, grace: Duration) -> Vec<Thread> {
        let mut expired = grace.is_zero();
        let mut deadline = None;
        loop {
            self.books().changed.clear();
            let mut state = self.state();
            let ended = mem::take(&mut state.ended);
            if expired {
                state.stage = Stage::Late;
            }
            if state.threads == 0 && (expired || state.daemons.is_empty()) {
                state.stage = Stage::Over;
                let left = mem::take(&mut state.daemons);
                drop(state);
                join_all(ended);
                return left.into_values().collect();
            }
            drop(state);
            join_all(ended);
            if expired {
                self.books().changed.wait();
                continue;
            }
            // What overflows the clock is forever.
            match *deadline.get_or_insert_with(|| Instant::now().checked_add(grace)) {
                Some(moment) => {
                    let _ = self.books().changed.wait_deadline(moment);
                    // Also if something has changed: otherwise a thread that keeps changing things
                    // would prolong it.
                    expired = Instant::now() >= moment;
                }
                None => self.books().changed.wait(),
            }
        }
    }

    /// Counts a member whose thread is about to be started, if the run still takes one that is
    /// started by a daemon, or by another thread.
    pub(super) fn register(self: &Arc<Self>, by_daemon: bool, daemon: bool) -> Option<Arc<Member>> {
        let mut state = self.state();
        let last = if by_daemon { Stage::Open } else { Stage::Late };
        if state.stage > last {
            return None;
        }
        state.members += 1;
        state.threads += 1;
        let number = state.members;
        drop(state);
        Some(Arc::new(Member {
            registry: self.clone(),
            generation: Generation::current(),
            number,
            daemon,
            thread: OnceLock::new(),
            join_state: Mutex::new(JoinState {
                held: true,
                ..JoinState::default()
            }),
            gone: Event::new(),
        }))
    }

    /// The panics that nobody has taken. A payload stays where it is while there is a handle that
    /// can be joined.
    pub(super) fn panics(&self) -> Vec<ThreadPanic> {
        let panicked = mem::take(&mut self.state().panicked);
        let panics = panicked.into_values().map(|member| {
            let mut join_state = locked(&member.join_state);
            let payload = if join_state.held {
                None
            } else {
                join_state.payload.take()
            };
            let thread = member.thread.get().expect("it has been started");
            ThreadPanic {
                thread: thread.clone(),
                payload,
            }
        });
        panics.collect()
    }
}

/// A thread of a run.
pub(super) struct Member {
    pub(super) registry: Arc<Registry>,
    /// The process whose thread it is.
    pub(super) generation: Generation,
    number: u64,
    pub(super) daemon: bool,
    /// Known since it has arrived.
    thread: OnceLock<Thread>,
    join_state: Mutex<JoinState>,
    /// Set when it has been joined and its panic, if it had one, is filed.
    gone: Event,
}

/// What those that wait for a member need.
#[derive(Default)]
struct JoinState {
    /// From its arrival until somebody joins it.
    handle: Option<thread::JoinHandle<()>>,
    /// The thread is at its end.
    left: bool,
    /// There is a handle, or will be one.
    held: bool,
    /// What it panicked with, until somebody takes it.
    payload: Option<Box<dyn Any + Send>>,
}

impl Member {
    /// The thread has been started.
    pub(super) fn arrive(self: &Arc<Self>, handle: thread::JoinHandle<()>) {
        let thread = handle.thread().clone();
        self.registry.change(|state| {
            let mut join_state = locked(&self.join_state);
            join_state.handle = Some(handle);
            self.thread.get_or_init(|| thread.clone());
            if join_state.left {
                state.retire(self);
            } else if self.daemon {
                state.threads -= 1;
                state.daemons.insert(self.number, thread);
            }
        });
    }

    /// The thread could not be started.
    pub(super) fn give_up(&self) {
        self.registry.change(|state| state.threads -= 1);
    }

    /// What the thread does last.
    pub(super) fn leave(self: &Arc<Self>) {
        if !self.generation.is_current() {
            // It has forked, and this is the child: it is in no books here.
            return;
        }
        let earlier = self.registry.change(|state| {
            let earlier = mem::take(&mut state.ended);
            locked(&self.join_state).left = true;
            // Else the spawner, who is about to put the handle here, does it.
            if self.thread.get().is_some() {
                state.retire(self);
            }
            earlier
        });
        join_all(earlier);
    }

    /// Blocks until the thread is gone, and joins it if nobody does. Not for the thread itself.
    pub(super) fn join(self: &Arc<Self>) {
        let handle = locked(&self.join_state).handle.take();
        let Some(handle) = handle else {
            return self.gone.wait();
        };
        if let Err(payload) = handle.join() {
            locked(&self.join_state).payload = Some(payload);
            let mut state = self.registry.state();
            state.panicked.insert(self.number, self.clone());
        }
        self.gone.set();
    }

    /// Takes the panic of a thread that is gone, if it panicked: the run does not report it any
    /// more.
    pub(super) fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.registry.state().panicked.remove(&self.number);
        locked(&self.join_state).payload.take()
    }

    /// The handle is gone: the run may report the panic with what it panicked with.
    pub(super) fn release(&self) {
        locked(&self.join_state).held = false;
    }
}
