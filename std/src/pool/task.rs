//! What a job and its pool share: [`Task`], in one allocation.
//!
//! | phase | means | who may touch the content |
//! |---|---|---|
//! | `Queued` | the closure waits in the queue, or is on its way there | nobody |
//! | `Running(w)` | it is worker `w`'s, and runs now or at once | worker `w` |
//! | `Ending(how)` | it will not run, and its closure is being dropped | the thread that withdrew it |
//! | `Done(how)` | the closure is gone, the result is there | the one [`Job`](super::Job) |
//!
//! `Queued=>Running` a worker; `Running=>Queued` the same one, if it finds the pool cancelled before it
//! has begun; `Queued=>Ending` the thread that cancels it, or breaks the pool; `Running=>Done` and
//! `Ending=>Done` the same one. A task that was withdrawn stays in the queue until a worker comes to it, and is passed over.
//!
//! **The end**, in this order:
//! 1. the closure and what it captured are dropped; the result is put in its place;
//! 2. the phase is `Done`: from now on everybody sees it;
//! 3. blocked waits are released;
//! 4. user code is called: the task's waker, then the callbacks, one after the other.
//!
//! Callbacks that come while some are called are called after those, by the same thread; so they
//! are never called side by side, and always in order. Each panic in user code ends where the code
//! was called.
//!
//! Locks: the state's may be taken by a thread that holds the scheduler's, never the other way
//! round; the content's is only ever held for an exchange, by the one that the table allows to
//! touch it. No user code runs under any of them.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Waker;

use gimmal_core::sync::Event;

use super::completions::Completions;
use super::error::{Ended, JobError};
use crate::generation::Generation;
use crate::panic_guard::{contain, locked, locked_since};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Queued,
    Running(u32),
    Ending(Ended),
    Done(Ended),
}

type Callback = Box<dyn FnOnce(Ended) + Send>;

struct State {
    phase: Phase,
    /// Made when there is something for it. A small task is allocated in one thread and freed in
    /// another in a fraction of the time that a larger one takes: glibc locks nothing for up to 120
    /// bytes.
    lists: Option<Box<Lists>>,
}

/// Who is to be told of a task's end.
#[derive(Default)]
struct Lists {
    /// Somebody is calling the callbacks.
    calling: bool,
    callbacks: VecDeque<Callback>,
    /// Of the `Job` as a future.
    waker: Option<Waker>,
    /// Of waits for one of many jobs, with this one's number there.
    watches: Vec<(Arc<Completions>, usize)>,
}

impl State {
    fn lists(&mut self) -> &mut Lists {
        self.lists.get_or_insert_default()
    }
}

/// The part of a task that does not depend on what it does.
pub(crate) struct Core {
    /// Which pool it belongs to: see `Shared::address`.
    pool: usize,
    /// Set when the phase is `Done`. Made by the first who waits in it.
    done: OnceLock<Box<Event>>,
    state: Mutex<State>,
    /// The process whose workers run it.
    generation: Generation,
}

/// User code that is to be called at a task's end.
#[must_use = "somebody waits to be called"]
pub(crate) struct Callbacks<'t> {
    core: &'t Core,
    ended: Ended,
    waker: Option<Waker>,
    callbacks: bool,
}

impl Callbacks<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.waker.is_none() && !self.callbacks
    }

    pub(crate) fn call(self) {
        if let Some(waker) = self.waker {
            contain(|| waker.wake());
        }
        if self.callbacks {
            self.core.call_back(self.ended);
        }
    }
}

impl Core {
    pub(crate) fn pool(&self) -> usize {
        self.pool
    }

    /// The event of its end. Not for a task that is left behind.
    pub(crate) fn done(&self) -> &Event {
        let done = self.done.get_or_init(Box::default);
        // Who ends it later sees the event, by the lock of the phase.
        if self.ended().is_some() {
            done.set();
        }
        done
    }

    /// Returns `true` in a child of the process whose workers run it: here nobody does. Wakers,
    /// watches and callbacks that it had are for threads of the parent, and nothing more is added
    /// to them.
    pub(crate) fn is_left_behind(&self) -> bool {
        !self.generation.is_current()
    }

    /// The same of one that has not ended, and therefore never will.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_left_behind() && self.ended().is_none()
    }

    /// That of the moment of the fork, in a child.
    pub(crate) fn phase(&self) -> Phase {
        let state = locked_since(&self.state, self.generation);
        state.map_or(Phase::Queued, |state| state.phase)
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&self) -> Option<Ended> {
        match self.phase() {
            Phase::Done(ended) => Some(ended),
            Phase::Queued | Phase::Running(_) | Phase::Ending(_) => None,
        }
    }

    /// `Queued=>Running`; false if it is not queued any more.
    pub(crate) fn claim(&self, worker: usize) -> bool {
        self.leave_queue(Phase::Running(worker as u32))
    }

    /// `Running=>Queued`: its worker does not begin it.
    pub(crate) fn unclaim(&self) {
        locked(&self.state).phase = Phase::Queued;
    }

    fn leave_queue(&self, next: Phase) -> bool {
        if self.is_left_behind() {
            return false;
        }
        let mut state = locked(&self.state);
        let queued = state.phase == Phase::Queued;
        if queued {
            state.phase = next;
        }
        queued
    }

    /// `Running=>Done` or `Ending=>Done`: releases blocked threads, and says what user code is to
    /// be called.
    pub(crate) fn settle(&self, ended: Ended) -> Callbacks<'_> {
        let (watches, waker, callbacks) = {
            let mut state = locked(&self.state);
            state.phase = Phase::Done(ended);
            match &mut state.lists {
                None => (Vec::new(), None, false),
                Some(lists) => {
                    lists.calling = !lists.callbacks.is_empty();
                    let watches = mem::take(&mut lists.watches);
                    (watches, lists.waker.take(), lists.calling)
                }
            }
        };
        // Those that are woken here are threads in `block`: their wakers are ours.
        if let Some(done) = self.done.get() {
            done.set();
        }
        for (completions, number) in watches {
            completions.tell(number);
        }
        Callbacks {
            core: self,
            ended,
            waker,
            callbacks,
        }
    }

    /// Calls `f` at the end: here and now if that has been, and nobody else is calling.
    pub(crate) fn on_done(&self, f: Callback) {
        if self.is_left_behind() {
            if let Some(ended) = self.ended() {
                contain(|| f(ended));
            }
            return;
        }
        let ended = {
            let mut state = locked(&self.state);
            state.lists().callbacks.push_back(f);
            let Phase::Done(ended) = state.phase else {
                return;
            };
            if mem::replace(&mut state.lists().calling, true) {
                return;
            }
            ended
        };
        self.call_back(ended);
    }

    fn call_back(&self, ended: Ended) {
        loop {
            let next = {
                let mut state = locked(&self.state);
                let lists = state.lists();
                let next = lists.callbacks.pop_front();
                lists.calling = next.is_some();
                next
            };
            match next {
                Some(f) => {
                    contain(|| f(ended));
                }
                None => return,
            }
        }
    }

    /// Returns `true` if it is done. If not, `waker` will be woken when it is, in place of the one
    /// before.
    pub(crate) fn poll(&self, waker: &Waker) -> bool {
        if self.is_left_behind() {
            return self.ended().is_some();
        }
        {
            let state = locked(&self.state);
            let same = |old: &Waker| old.will_wake(waker);
            let old = state.lists.as_ref().and_then(|lists| lists.waker.as_ref());
            match state.phase {
                Phase::Done(_) => return true,
                _ if old.is_some_and(same) => return false,
                _ => {}
            }
        }
        // Wakers are cloned and dropped without the lock.
        let mut other = Some(waker.clone());
        let done = {
            let mut state = locked(&self.state);
            let done = matches!(state.phase, Phase::Done(_));
            if !done {
                mem::swap(&mut state.lists().waker, &mut other);
            }
            done
        };
        drop(other);
        done
    }

    /// Nobody polls any more.
    pub(crate) fn forget_waker(&self) {
        if self.is_left_behind() {
            return;
        }
        let waker = {
            let mut state = locked(&self.state);
            state.lists.as_mut().and_then(|lists| lists.waker.take())
        };
        drop(waker);
    }

    /// Sends `number` to `completions` when the task is done. Returns `false`, and does nothing, if
    /// it is done.
    pub(crate) fn watch(&self, completions: &Arc<Completions>, number: usize) -> bool {
        if self.is_left_behind() {
            return self.ended().is_none();
        }
        let mut state = locked(&self.state);
        let pending = !matches!(state.phase, Phase::Done(_));
        if pending {
            state.lists().watches.push((completions.clone(), number));
        }
        pending
    }

    pub(crate) fn unwatch(&self, completions: &Arc<Completions>) {
        if self.is_left_behind() {
            return;
        }
        if let Some(lists) = &mut locked(&self.state).lists {
            lists
                .watches
                .retain(|(other, _)| !Arc::ptr_eq(other, completions));
        }
    }
}

enum Content<F, R> {
    Closure(F),
    Result(Result<R, JobError>),
    Gone,
}

/// A closure, then its result.
pub(crate) struct Work<F, R> {
    core: Core,
    content: Mutex<Content<F, R>>,
}

impl<F, R> Work<F, R> {
    pub(crate) fn new(pool: usize, f: F) -> Self {
        Work {
            core: Core {
                pool,
                done: OnceLock::new(),
                state: Mutex::new(State {
                    phase: Phase::Queued,
                    lists: None,
                }),
                generation: Generation::current(),
            },
            content: Mutex::new(Content::Closure(f)),
        }
    }

    fn swap(&self, new: Content<F, R>) -> Content<F, R> {
        mem::replace(&mut *locked(&self.content), new)
    }

    /// The closure of a task that no queue has taken.
    pub(crate) fn into_closure(self: Arc<Self>) -> F {
        match self.swap(Content::Gone) {
            Content::Closure(f) => f,
            Content::Result(_) | Content::Gone => unreachable!("it has never been in a queue"),
        }
    }
}

/// A task, whatever it does.
pub(crate) trait Task: Send + Sync + UnwindSafe + RefUnwindSafe {
    fn core(&self) -> &Core;

    /// Runs the closure of a task that was claimed. It is `Done` when this has been told to
    /// `settle`.
    fn run(&self) -> Ended;

    /// `Queued=>Ending=>Done`; false if it is not queued any more.
    fn withdraw(&self, how: Ended) -> bool;
}

/// A task with a result of type `R`.
pub(crate) trait Outcome<R>: Task {
    /// The result of a task that is done, once.
    fn take(&self) -> Option<Result<R, JobError>>;
}

impl<F, R> Task for Work<F, R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    fn core(&self) -> &Core {
        &self.core
    }

    fn run(&self) -> Ended {
        let Content::Closure(f) = self.swap(Content::Gone) else {
            unreachable!("claimed once");
        };
        let (ended, result) = match catch_unwind(AssertUnwindSafe(f)) {
            Ok(value) => (Ended::Returned, Ok(value)),
            Err(payload) => (Ended::Panicked, Err(JobError::Panicked(payload))),
        };
        self.swap(Content::Result(result));
        ended
    }

    fn withdraw(&self, how: Ended) -> bool {
        if !self.core.leave_queue(Phase::Ending(how)) {
            return false;
        }
        contain(|| drop(self.swap(Content::Gone)));
        let why = match how {
            Ended::Broken => JobError::Broken,
            _ => JobError::Cancelled,
        };
        self.swap(Content::Result(Err(why)));
        self.core.settle(how).call();
        true
    }
}

impl<F, R> Outcome<R> for Work<F, R>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    fn take(&self) -> Option<Result<R, JobError>> {
        match self.swap(Content::Gone) {
            Content::Result(result) => Some(result),
            Content::Closure(_) | Content::Gone => None,
        }
    }
}
