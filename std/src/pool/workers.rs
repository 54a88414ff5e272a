//! The workers of a pool: how they are started, what they do, how they end; and whether a thread is
//! a worker.
//!
//! ```text
//! start ─ initializer ─┬─ fails: breaks the pool ─────────────────────────────────┐
//!                      └─ receive a job ─┬─ the queue is closed and empty ─────── end
//!                             ▲          ├─ queued, open or draining: claim, run, settle, call back ──────┐
//!                             │          ├─ queued, cancelling or broken: withdraw it ────────────────────┤
//!                             │          └─ withdrawn before: pass over it ───────────────────────────────┤
//!                             └───────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! The queue is a channel: idle workers wait in its `recv`, submitters in its `send`. One wait is
//! made differently. A *worker* that submits to its own full queue forever must not sleep in the
//! channel, for nobody could tell there whether its turn will ever come. It writes at the scheduler
//! that it waits for room, and sleeps in completions of its own. Whoever takes a job out of the
//! queue tells the scheduler afterwards, if somebody watches: it erases such waits and wakes their
//! workers, which try again. Between a try that failed and the note of the wait, `moves` must not
//! have changed.
//!
//! **A worker that takes a job** locks the scheduler only while [its books](super::scheduler) are
//! open, or somebody watches. How it agrees with the others without the lock is in
//! [`notices`](super::notices).
//!
//! **Fork.** [`Shared`] belongs to one process; a child that uses the pool makes another one from
//! the [`Plan`], and never touches its parent's. A worker whose job forks ends in the child when
//! the job returns.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Mutex};
use std::thread;

use gimmal_core::error::{SendTimeoutError, TrySendError};
use gimmal_core::sync::Event;

use crate::block::Limit;
use crate::channel::{self, Receiver, Sender};
use crate::generation::Generation;
use crate::panic_guard::{contain, locked};

use super::completions::Completions;
use super::deadlock::WaitsFor;
use super::error::{Ended, SubmitError, WouldDeadlock};
use super::notices::Notices;
use super::plan::{Initializer, Plan};
use super::scheduler::{Busy, Mode, Scheduler};
use super::task::Task;

/// What a pool is in one process.
pub(crate) struct Shared {
    pub(crate) plan: Arc<Plan>,
    generation: Generation,
    pub(crate) sender: Sender<Arc<dyn Task>>,
    receiver: Receiver<Arc<dyn Task>>,
    scheduler: Mutex<Scheduler>,
    /// All workers have been started (I4 of the scheduler).
    complete: AtomicBool,
    notices: Notices,
    /// Set when the pool is shut down and no worker is left.
    pub(crate) ended: Event,
}

impl Shared {
    /// The pool in this process: open, or closed as it was in the process from which this one was
    /// forked.
    #[track_caller]
    pub(crate) fn new(plan: Arc<Plan>) -> Arc<Self> {
        let queue = plan.queue;
        let Ok((sender, receiver)) = channel::try_bounded(queue) else {
            panic!("there is no memory for a pool's queue of {queue} jobs: ask for a shorter one");
        };
        let mode = plan.mode();
        let shared = Arc::new(Shared {
            plan,
            generation: Generation::current(),
            sender,
            receiver,
            scheduler: Mutex::new(Scheduler::new()),
            complete: AtomicBool::new(false),
            notices: Notices::new(Mode::Open as u8),
            ended: Event::new(),
        });
        if mode != Mode::Open {
            shared.close(mode);
        }
        shared
    }

    /// What tells pools apart that live at the same time. The jobs of one that is gone are all
    /// over.
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Reads or changes the books, under the lock of the scheduler.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Scheduler) -> T) -> T {
        f(&mut locked(&self.scheduler))
    }

    /// The same while the books are open.
    fn book(&self, f: impl FnOnce(&mut Scheduler)) {
        // R: seen too late, there is nothing to count any more
        if !self.complete.load(Relaxed) {
            self.with(f);
        }
    }

    /// From now on until it is dropped, moves of the queue are told to listeners and to those who wait
    /// for room.
    pub(crate) fn watch(&self) -> Watch<'_> {
        self.notices.watch();
        Watch(self)
    }

    /// I1 of the scheduler.
    fn start_wanted(self: &Arc<Self>, scheduler: &mut Scheduler) {
        let runs = scheduler.mode <= Mode::Drain;
        while runs && scheduler.wants_worker() && scheduler.started() < self.plan.threads {
            let number = scheduler.started();
            let mut builder = thread::Builder::new().name(format!("{}-{number}", self.plan.name));
            if let Some(bytes) = self.plan.stack_size {
                builder = builder.stack_size(bytes);
            }
            let (shared, busy) = (self.clone(), Arc::new(Busy::default()));
            let its = busy.clone();
            match builder.spawn(move || shared.work(number, &its)) {
                Ok(thread) => scheduler.add_worker(thread, busy),
                Err(_) => return,
            }
        }
        if scheduler.started() == self.plan.threads {
            scheduler.close_books();
            self.complete.store(true, Relaxed); // R: seen too late, it is seen under the lock
        }
    }

    /// Counts a job that is about to be sent.
    pub(crate) fn count_queued(self: &Arc<Self>) -> Result<QueuedGuard<'_>, SubmitError<()>> {
        // R: of workers that are all there the queue says whether they still take jobs
        if self.complete.load(Relaxed) {
            return Ok(QueuedGuard(self));
        }
        let mut scheduler = locked(&self.scheduler);
        if scheduler.mode != Mode::Open {
            return Err(refusal(scheduler.mode));
        }
        scheduler.job_comes();
        self.start_wanted(&mut scheduler);
        if scheduler.live == 0 {
            scheduler.job_goes();
            return Err(SubmitError::NoThread(()));
        }
        Ok(QueuedGuard(self))
    }

    /// The reason why the queue is closed.
    pub(crate) fn refusal(&self) -> SubmitError<()> {
        refusal(locked(&self.scheduler).mode)
    }

    /// Puts a job into the queue, waiting for room; without a limit it only tries.
    pub(crate) fn accept(
        self: &Arc<Self>,
        task: Arc<dyn Task>,
        limit: Option<Limit>,
    ) -> Result<(), SubmitError<()>> {
        let queued = self.count_queued()?;
        let task = match self.sender.try_send(task) {
            Ok(()) => return queued.sent(),
            Err(TrySendError::Closed(_)) => return Err(self.refusal()),
            // A place that a worker is about to empty is not free yet.
            Err(TrySendError::Full(task) | TrySendError::Busy(task)) => task,
        };
        let sent = match limit.map(Limit::fixed) {
            None => return Err(SubmitError::Full(())),
            Some(Limit::After(_)) => return Err(SubmitError::TimedOut(())),
            Some(Limit::At(deadline)) => self.sender.send_deadline(task, deadline),
            Some(Limit::None) => match Worker::current().filter(|worker| worker.is_of(self)) {
                Some(worker) => {
                    self.send_as(&worker, task)?;
                    Ok(())
                }
                None => (self.sender.send(task)).map_err(|why| SendTimeoutError::Closed(why.0)),
            },
        };
        match sent {
            Ok(()) => queued.sent(),
            Err(SendTimeoutError::TimedOut(_)) => Err(SubmitError::TimedOut(())),
            Err(SendTimeoutError::Closed(_)) => Err(self.refusal()),
        }
    }

    /// Sends a job of a worker to the queue that it works for.
    fn send_as(
        self: &Arc<Self>,
        worker: &Worker,
        mut task: Arc<dyn Task>,
    ) -> Result<(), SubmitError<()>> {
        loop {
            let _watch = self.watch();
            let moves = self.with(|scheduler| scheduler.moves);
            task = match self.sender.try_send(task) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(self.refusal()),
                Err(TrySendError::Full(task) | TrySendError::Busy(task)) => task,
            };
            // What it was told before is of no interest.
            while worker.room.next(Limit::NOW).is_some() {}
            let noted = self.with(|scheduler| {
                if scheduler.moves != moves {
                    return Ok(false);
                }
                self.note(scheduler, worker, WaitsFor::Room(worker.room.clone()))
                    .map(|()| true)
            });
            match noted {
                Ok(true) => drop(worker.room.next(Limit::None)),
                Ok(false) => {}
                Err((WouldDeadlock, _)) => return Err(SubmitError::WouldDeadlock(())),
            }
        }
    }

    /// Notes what a worker waits for, if it can come; else gives it back, to be dropped after the
    /// lock.
    fn note(
        self: &Arc<Self>,
        scheduler: &mut Scheduler,
        worker: &Worker,
        waits_for: WaitsFor,
    ) -> Result<(), (WouldDeadlock, WaitsFor)> {
        self.start_wanted(scheduler);
        if scheduler.graph.would_deadlock(worker.number, &waits_for) {
            return Err((WouldDeadlock, waits_for));
        }
        scheduler.graph.write(worker.number, waits_for);
        Ok(())
    }

    /// Closes the queue, and from [`Mode::Cancel`] on ends what is in it.
    pub(crate) fn close(&self, mode: Mode) {
        let mode = self.with(|scheduler| {
            scheduler.mode = scheduler.mode.max(mode);
            self.plan.set_mode(scheduler.mode);
            self.notices.set_mode(scheduler.mode as u8);
            scheduler.mode
        });
        self.sender.close();
        if let Some(how) = fate(mode) {
            while let Ok(task) = self.receiver.recv() {
                self.book(Scheduler::job_goes);
                task.withdraw(how);
                contain(|| drop(task));
            }
        }
        let (told, over) = self.with(|scheduler| (scheduler.moved(), scheduler.live == 0));
        told.iter().for_each(|completions| completions.tell(0));
        if over {
            self.ended.set();
        }
    }

    /// Waits for the threads of workers that have ended: for the destructors of their thread-locals.
    pub(crate) fn join_threads(&self) {
        for thread in self.with(Scheduler::take_threads) {
            // A worker does not panic: what it calls is contained.
            if let Err(payload) = thread.join() {
                contain(|| drop(payload));
            }
        }
    }

    /// What a worker's thread does.
    fn work(self: Arc<Self>, number: usize, busy: &Busy) {
        let _exit = ExitGuard(&self, number);
        self.with(|scheduler| scheduler.graph.begin(number));
        let worker = Worker {
            shared: self.clone(),
            number,
            room: Completions::new(1),
        };
        WORKER.set(Some(worker));
        let ready = |initializer: &Initializer| contain(&**initializer);
        if !self.plan.initializer.as_ref().is_none_or(ready) {
            if self.generation.is_current() {
                self.close(Mode::Broken);
            }
            return;
        }
        // Not in a child that a job forks: what is queued is its parent's.
        while self.generation.is_current()
            && let Ok(task) = self.receiver.recv()
        {
            self.serve(number, busy, task);
        }
    }

    /// Does what is to be done with a job that was received.
    fn serve(self: &Arc<Self>, number: usize, busy: &Busy, task: Arc<dyn Task>) {
        busy.set(true);
        let claimed = task.core().claim(number);
        let (mode, is_watched) = self.notices.after_taking();
        self.book(|scheduler| {
            scheduler.job_goes();
            scheduler.worker_goes();
        });
        if is_watched {
            let told = self.with(Scheduler::moved);
            told.iter().for_each(|completions| completions.tell(0));
        }
        let fate = fate(Mode::of(mode));
        if let Some(how) = fate {
            if claimed {
                task.core().unclaim();
            }
            task.withdraw(how);
        }
        let mut idle = false;
        if claimed && fate.is_none() {
            let ended = task.run();
            if !self.generation.is_current() {
                // The job has forked, and this is the child: its parent's books are not its own.
                mem::forget(task);
                return;
            }
            // A thread that waits for it may submit the next job at once, and is to find this
            // worker.
            idle = Arc::strong_count(&task) > 1;
            if idle {
                busy.set(false);
                self.book(Scheduler::worker_comes);
            }
            let callbacks = task.core().settle(ended);
            if idle && !callbacks.is_empty() {
                idle = false;
                busy.set(true);
                self.book(|scheduler| {
                    scheduler.worker_goes();
                    self.start_wanted(scheduler);
                });
            }
            callbacks.call();
        }
        contain(|| drop(task));
        if !idle {
            busy.set(false);
            self.book(Scheduler::worker_comes);
        }
    }
}

fn refusal(mode: Mode) -> SubmitError<()> {
    match mode {
        Mode::Broken => SubmitError::Broken(()),
        Mode::Open | Mode::Drain | Mode::Cancel => SubmitError::Closed(()),
    }
}

/// How a queued job ends without being run.
fn fate(mode: Mode) -> Option<Ended> {
    match mode {
        Mode::Open | Mode::Drain => None,
        Mode::Cancel => Some(Ended::Cancelled),
        Mode::Broken => Some(Ended::Broken),
    }
}

/// A job that has been counted and not sent: dropping it takes it out of the count.
#[must_use = "dropping it takes the job out of the count"]
pub(crate) struct QueuedGuard<'p>(&'p Shared);

impl QueuedGuard<'_> {
    pub(crate) fn sent<E>(self) -> Result<(), E> {
        mem::forget(self);
        Ok(())
    }
}

impl Drop for QueuedGuard<'_> {
    fn drop(&mut self) {
        if self.0.generation.is_current() {
            self.0.book(Scheduler::job_goes);
        }
    }
}

/// Somebody wants to be told of moves: see [`Shared::watch`].
#[must_use = "dropping it ends the watch"]
pub(crate) struct Watch<'p>(&'p Shared);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.notices.unwatch();
    }
}

/// The end of a worker, however it comes.
struct ExitGuard<'p>(&'p Shared, usize);

impl Drop for ExitGuard<'_> {
    fn drop(&mut self) {
        let worker = WORKER.take();
        if !self.0.generation.is_current() {
            mem::forget(worker);
            return;
        }
        let over = self.0.with(|scheduler| {
            scheduler.remove_worker(self.1);
            scheduler.live == 0 && scheduler.mode != Mode::Open
        });
        if over {
            self.0.ended.set();
        }
        drop(worker);
    }
}

thread_local! {
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
}

/// A worker, in its own thread.
#[derive(Clone)]
pub(crate) struct Worker {
    shared: Arc<Shared>,
    number: usize,
    /// Wakes it from a wait for room.
    room: Arc<Completions>,
}

impl Worker {
    /// The worker that this thread is: from its initializer to the end of its last job, and not in
    /// a child that it forks.
    pub(crate) fn current() -> Option<Self> {
        let worker = WORKER.try_with(|worker| worker.borrow().clone());
        let worker = worker.ok().flatten();
        worker.filter(|worker| worker.shared.generation.is_current())
    }

    pub(crate) fn is_of(&self, pool: &Shared) -> bool {
        self.shared.address() == pool.address()
    }

    /// Notes that this thread is about to wait forever for the end of one of these jobs, if it is a
    /// worker and they all are of its pool.
    pub(crate) fn waits(
        jobs: impl FnOnce() -> Vec<Arc<dyn Task>>,
    ) -> Result<Option<Waits>, WouldDeadlock> {
        let Some(worker) = Worker::current() else {
            return Ok(None);
        };
        let (jobs, pool) = (jobs(), worker.shared.address());
        if jobs.iter().any(|job| job.core().pool() != pool) {
            return Ok(None);
        }
        let shared = &worker.shared;
        let noted = shared.with(|scheduler| shared.note(scheduler, &worker, WaitsFor::Jobs(jobs)));
        noted.map_err(|(why, _)| why)?;
        Ok(Some(Waits(worker)))
    }
}

/// A worker's note that it waits; dropping it takes the note back.
pub(crate) struct Waits(Worker);

impl Drop for Waits {
    fn drop(&mut self) {
        let Waits(worker) = self;
        let waits_for = worker
            .shared
            .with(|scheduler| scheduler.graph.erase(worker.number));
        // Runs user code if it holds the last share of a job, so after the lock.
        drop(waits_for);
    }
}
