//! Which threads belong to a run, and who joins them.
//!
//! A thread that is started by a thread of a run becomes a *member*. Its std handle is shared by everybody who may have to
//! join it; the first one takes it, the others wait until that one is done.
//!
//! | a member is | from | counted among |
//! |---|---|---|
//! | starting | before the operating system is asked for the thread | the threads, whatever it will be |
//! | running | its std handle is here: `arrive` | the threads, or the daemons |
//! | ended | its last thread-local is being destroyed: `leave`, and it has arrived | `ended`, until somebody joins it |
//! | gone | joined | if it panicked and nobody has joined its handle, `panicked` |
//!
//! **When it ends.** The first thing a member does is to put [`Marker`] into a thread-local. Where thread-locals are native
//! (all the usual platforms) they are destroyed in the reverse order of their first use, so that the marker's drop is the
//! last of them: what is left of the thread is a few instructions. There a member takes over all who have ended before it,
//! puts itself in their place, and joins them. So at most as many ended threads wait to be joined as end at the same
//! moment, whatever the run does meanwhile; who joins the last one has joined them all; and as each joins only those
//! before it, no two wait for each other. On a platform with another order this joining may wait for destructors of the
//! threads before; there such a destructor must not wait in its turn for a thread of its run.
//!
//! Invariants
//! * **I1** A member is counted before its thread can run, until it has left and arrived (or could not be started).
//! * **I2** [`Stage::Over`] is set in the same locked section that finds no thread counted. After that nothing is counted.
//! * **I3** Who has taken a std handle joins it, files its panic, and then sets `gone`.
//!
//! **Fork.** The books belong to one process. A child that is in the run has empty ones; a member that forks is in its
//! parent's books only, and leaves none in the child. A scoped thread is no member: [`Visitor`] takes its home away last.
//!
//! Locks: a member's `bonds` may be taken inside the registry's `state`, not the other way round. Under neither does a
//! thread start, end, or drop what users gave.

#![forbid(unsafe_code)]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::mem::{self, ManuallyDrop};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::outcome::ThreadPanic;
use super::token::StopToken;
use crate::generation::Generation;
use crate::panic_guard::locked;
use crate::per_process::PerProcess;
use crate::sync::Event;

/// The members of a run, and its token.
pub(crate) struct Registry {
    pub(super) stop: StopToken,
    /// Threads belong to one process: a child has none of its parent's.
    books: PerProcess<Books>,
}

/// The members of a run in one process.
#[derive(Default)]
struct Books {
    state: Mutex<State>,
    /// Set when there may be nobody left to wait for. The thread that ends the run clears it, looks, and waits for it.
    changed: Event,
}

/// Who becomes a member.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Whoever is started by a thread of the run.
    #[default]
    Open,
    /// The grace is over: not who is started by a daemon. So no daemon can hold up the end by starting threads.
    Late,
    /// The run has ended: nobody.
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
    /// Those who panicked and whose handle nobody has joined.
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

    /// Ends the run: blocks until the daemons are gone, or so much time is over; in any case until all others are that they
    /// have started meanwhile. Gives the daemons that are left.
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
            // What overflows the clock is for ever.
            match *deadline.get_or_insert_with(|| Instant::now().checked_add(grace)) {
                Some(moment) => {
                    let _ = self.books().changed.wait_deadline(moment);
                    // Also if something has changed: else who goes on changing things would prolong it.
                    expired = Instant::now() >= moment;
                }
                None => self.books().changed.wait(),
            }
        }
    }

    /// The panics that nobody has taken. A payload stays where it is while there is a handle that can be joined.
    pub(super) fn panics(&self) -> Vec<ThreadPanic> {
        let panicked = mem::take(&mut self.state().panicked);
        let panics = panicked.into_values().map(|member| {
            let mut bonds = locked(&member.bonds);
            let payload = if bonds.held {
                None
            } else {
                bonds.payload.take()
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
struct Member {
    registry: Arc<Registry>,
    /// The process whose thread it is.
    generation: Generation,
    number: u64,
    daemon: bool,
    /// Known since it has arrived.
    thread: OnceLock<Thread>,
    bonds: Mutex<Bonds>,
    /// Set when it has been joined and its panic, if it had one, is filed.
    gone: Event,
}

/// What binds a member to those who wait for it.
#[derive(Default)]
struct Bonds {
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
    /// What the thread does first.
    fn enter(self: Arc<Self>) {
        let home = Home {
            registry: self.registry.clone(),
            daemon: self.daemon,
        };
        MARKER.set(Some(Marker(self)));
        HOME.with(|mine| **mine.borrow_mut() = Some(home));
    }

    /// What the thread does last.
    fn leave(self: &Arc<Self>) {
        if !self.generation.is_current() {
            // It has forked, and this is the child: it is in no books here.
            return;
        }
        let earlier = self.registry.change(|state| {
            let earlier = mem::take(&mut state.ended);
            locked(&self.bonds).left = true;
            // Else the spawner, who is about to put the handle here, does it.
            if self.thread.get().is_some() {
                state.retire(self);
            }
            earlier
        });
        join_all(earlier);
    }

    /// Blocks until the thread is gone, and joins it if nobody does. Not for the thread itself.
    fn join(self: &Arc<Self>) {
        let handle = locked(&self.bonds).handle.take();
        let Some(handle) = handle else {
            return self.gone.wait();
        };
        if let Err(payload) = handle.join() {
            locked(&self.bonds).payload = Some(payload);
            let mut state = self.registry.state();
            state.panicked.insert(self.number, self.clone());
        }
        self.gone.set();
    }
}

/// In a thread-local of each member.
struct Marker(Arc<Member>);

impl Drop for Marker {
    fn drop(&mut self) {
        HOME.with(|home| home.borrow_mut().take());
        self.0.leave();
    }
}

thread_local! {
    static MARKER: Cell<Option<Marker>> = const { Cell::new(None) };

    static VISITOR: Cell<Option<Visitor>> = const { Cell::new(None) };

    /// The run that the thread belongs to. Never destroyed, and so there in all destructors of thread-locals: who sets it
    /// takes it away.
    static HOME: RefCell<ManuallyDrop<Option<Home>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// The run that a thread belongs to.
#[derive(Clone)]
pub(crate) struct Home {
    pub(super) registry: Arc<Registry>,
    /// It is a daemon there, or a scoped thread of one.
    daemon: bool,
}

impl Home {
    /// That of the thread that runs the closure.
    pub(super) fn of(registry: Arc<Registry>) -> Self {
        Home {
            registry,
            daemon: false,
        }
    }

    /// That of the calling thread.
    pub(crate) fn here() -> Option<Self> {
        HOME.with(|home| (**home.borrow()).clone())
    }
}

/// Makes the calling thread, which has just begun, one that starts threads of that run, to its last thread-local.
pub(crate) fn live_at(home: Option<Home>) {
    if home.is_some() {
        VISITOR.set(Some(Visitor));
        HOME.with(|mine| **mine.borrow_mut() = home);
    }
}

/// In a thread-local of a scoped thread, like [`Marker`] in one of a member.
struct Visitor;

impl Drop for Visitor {
    fn drop(&mut self) {
        let home = HOME.with(|home| home.borrow_mut().take());
        drop(home);
    }
}

/// While it lives its thread belongs to another run than before.
pub(crate) struct Belongs {
    before: Option<Home>,
}

impl Belongs {
    pub(crate) fn to(home: Option<Home>) -> Self {
        let before = HOME.with(|mine| mem::replace(&mut **mine.borrow_mut(), home));
        Belongs { before }
    }
}

impl Drop for Belongs {
    fn drop(&mut self) {
        let before = self.before.take();
        let now = HOME.with(|home| mem::replace(&mut **home.borrow_mut(), before));
        drop(now);
    }
}

/// A counted member whose thread is being started. Dropping it counts it no more.
struct Seat {
    member: Option<Arc<Member>>,
}

impl Seat {
    /// A seat in the run of the calling thread, if that has one where it may still start members.
    fn take(daemon: bool) -> Option<Self> {
        let home = Home::here()?;
        let registry = home.registry;
        let mut state = registry.state();
        let last = if home.daemon {
            Stage::Open
        } else {
            Stage::Late
        };
        if state.stage > last {
            return None;
        }
        state.members += 1;
        state.threads += 1;
        let number = state.members;
        drop(state);
        let member = Some(Arc::new(Member {
            registry,
            generation: Generation::current(),
            number,
            daemon,
            thread: OnceLock::new(),
            bonds: Mutex::new(Bonds {
                held: true,
                ..Bonds::default()
            }),
            gone: Event::new(),
        }));
        Some(Seat { member })
    }

    fn member(&self) -> &Arc<Member> {
        self.member.as_ref().expect("it has not arrived yet")
    }

    fn arrive(mut self, handle: thread::JoinHandle<()>) -> Held {
        let member = self.member.take().expect("it arrives once");
        let thread = handle.thread().clone();
        member.registry.change(|state| {
            let mut bonds = locked(&member.bonds);
            bonds.handle = Some(handle);
            member.thread.get_or_init(|| thread.clone());
            if bonds.left {
                state.retire(&member);
            } else if member.daemon {
                state.threads -= 1;
                state.daemons.insert(member.number, thread.clone());
            }
        });
        Held { thread, member }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(member) = self.member.take() {
            member.registry.change(|state| state.threads -= 1);
        }
    }
}

/// Starts a thread that runs `main`, in the run of the calling thread if it belongs to one.
pub(crate) fn start(
    builder: thread::Builder,
    daemon: bool,
    main: impl FnOnce() + Send + 'static,
) -> io::Result<Started> {
    let Some(seat) = Seat::take(daemon) else {
        return builder.spawn(main).map(Started::Free);
    };
    let its = seat.member().clone();
    let thread = builder.spawn(move || {
        its.enter();
        main();
    })?;
    Ok(Started::Held(seat.arrive(thread)))
}

/// A thread that can be joined.
pub(crate) enum Started {
    /// It belongs to no run.
    Free(thread::JoinHandle<()>),
    Held(Held),
}

/// The handle of a member. Dropping it leaves its panic to the run.
pub(crate) struct Held {
    thread: Thread,
    member: Arc<Member>,
}

impl Started {
    pub(crate) fn thread(&self) -> &Thread {
        match self {
            Started::Free(handle) => handle.thread(),
            Started::Held(held) => &held.thread,
        }
    }

    /// Blocks until the thread is gone; what it panicked with, if it did. Not for the thread itself.
    pub(crate) fn join(self) -> thread::Result<()> {
        match self {
            Started::Free(handle) => handle.join(),
            Started::Held(held) => held.join(),
        }
    }
}

impl Held {
    fn join(self) -> thread::Result<()> {
        let member = &self.member;
        member.join();
        member.registry.state().panicked.remove(&member.number);
        match locked(&member.bonds).payload.take() {
            Some(payload) => Err(payload),
            None => Ok(()),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.member.generation.is_current() {
            locked(&self.member.bonds).held = false;
        }
    }
}
