//! The books of a pool: how many jobs and workers there are, and what each worker waits for.
//!
//! Everything here is guarded by one lock, the scheduler's. It is held for a few steps, for the
//! start of a thread, and for the question whether a wait [would deadlock](super::deadlock); no
//! user code runs under it.
//!
//! | count | raised | lowered |
//! |---|---|---|
//! | `queued` | before a job is sent to the queue | when it has been received, or could not be sent |
//! | `idle` | when a worker is to come to the queue: started, or done with a job | when it has received, or has something else to do first |
//! | `live` | when a worker is started | when it ends |
//! | `moves` | after a job has left the queue, if somebody watches, and after it was closed | never (it wraps) |
//!
//! * **I1** Whenever `queued` grows or `idle` shrinks, workers are started until there are as many
//!   idle ones as queued jobs, or no more may be. So a job waits only while every worker is busy,
//!   or on its way to the queue.
//! * **I4** Once all workers have been started the books are closed, for good: none is ever started
//!   again. `queued` and `idle` mean nothing then, and nobody locks anything to count them. Others
//!   lock only to tell a move to those who [watch](super::notices) for one.

#![forbid(unsafe_code)]

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;

use super::completions::Completions;
use super::deadlock::WaitGraph;

/// What is done with what is submitted and with what is queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// Submitted jobs are taken, queued ones are run.
    Open,
    /// Submitted jobs are refused, queued ones are run.
    Drain,
    /// Submitted jobs are refused, queued ones are cancelled.
    Cancel,
    /// An initializer failed: submitted jobs are refused, queued ones are broken.
    Broken,
}

impl Mode {
    /// That of this number.
    pub(crate) fn of(number: u8) -> Self {
        let closed = [Mode::Drain, Mode::Cancel, Mode::Broken];
        let it = closed.into_iter().find(|mode| *mode as u8 == number);
        it.unwrap_or(Mode::Open)
    }
}

pub(crate) struct Scheduler {
    pub(crate) mode: Mode,
    queued: usize,
    idle: usize,
    pub(crate) live: usize,
    pub(crate) moves: usize,
    /// The books are closed (I4).
    closed: bool,
    pub(crate) graph: WaitGraph,
    /// Told of each move.
    listeners: Vec<Arc<Completions>>,
    threads: Vec<JoinHandle<()>>,
    busy: Vec<Arc<Busy>>,
}

/// Whether a worker is busy with a job: in a cache line that nobody else writes.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Busy(AtomicBool);

impl Busy {
    pub(crate) fn set(&self, busy: bool) {
        self.0.store(busy, Relaxed); // R: for those who look at the pool
    }
}

impl Scheduler {
    pub(crate) fn new() -> Self {
        Scheduler {
            mode: Mode::Open,
            queued: 0,
            idle: 0,
            live: 0,
            moves: 0,
            closed: false,
            graph: WaitGraph::default(),
            listeners: Vec::new(),
            threads: Vec::new(),
            busy: Vec::new(),
        }
    }

    /// A job is about to be sent.
    pub(crate) fn job_comes(&mut self) {
        self.queued += usize::from(!self.closed);
    }

    /// It was not sent, or it was received by somebody who is no worker.
    pub(crate) fn job_goes(&mut self) {
        self.queued -= usize::from(!self.closed);
    }

    /// A worker has something else to do than to come to the queue.
    pub(crate) fn worker_goes(&mut self) {
        self.idle -= usize::from(!self.closed);
    }

    /// A worker is to come to the queue.
    pub(crate) fn worker_comes(&mut self) {
        self.idle += usize::from(!self.closed);
    }

    /// Are there more jobs than workers that will come for them?
    pub(crate) fn wants_worker(&self) -> bool {
        !self.closed && self.queued > self.idle
    }

    /// I4: all workers have been started.
    pub(crate) fn close_books(&mut self) {
        self.closed = true;
    }

    /// How many workers have nothing to do: a snapshot.
    pub(crate) fn idle(&self) -> usize {
        let busy = self.busy.iter().filter(|busy| busy.0.load(Relaxed)); // R: a snapshot
        self.live.saturating_sub(busy.count())
    }

    /// How many workers have been started so far: the number of the next one.
    pub(crate) fn started(&self) -> usize {
        self.graph.len()
    }

    /// A worker has been started.
    pub(crate) fn add_worker(&mut self, thread: JoinHandle<()>, busy: Arc<Busy>) {
        self.graph.add();
        self.threads.push(thread);
        self.busy.push(busy);
        self.live += 1;
        self.worker_comes();
    }

    /// An idle worker ends.
    pub(crate) fn remove_worker(&mut self, worker: usize) {
        self.graph.end(worker);
        self.live -= 1;
        self.worker_goes();
    }

    /// The queue has changed: waits for room are over. Their workers, and the listeners, are to be
    /// told.
    #[must_use = "somebody waits to be told"]
    pub(crate) fn moved(&mut self) -> Vec<Arc<Completions>> {
        self.moves = self.moves.wrapping_add(1);
        let mut all = self.listeners.clone();
        all.extend(self.graph.erase_rooms());
        all
    }

    pub(crate) fn listen(&mut self, completions: &Arc<Completions>) {
        self.listeners.push(completions.clone());
    }

    pub(crate) fn unlisten(&mut self, completions: &Arc<Completions>) {
        self.listeners
            .retain(|other| !Arc::ptr_eq(other, completions));
    }

    /// The threads, to be joined or let go.
    pub(crate) fn take_threads(&mut self) -> Vec<JoinHandle<()>> {
        mem::take(&mut self.threads)
    }
}
