//! The books of a pool: how many jobs and workers there are, what each worker waits for, and whether that can ever come.
//!
//! Everything here is guarded by one lock, the desk's. It is held for a few steps, for the start of a thread, and for the
//! look at what waits for what; no user code runs under it.
//!
//! | count | raised | lowered |
//! |---|---|---|
//! | `queued` | before a job is sent to the queue | when it has been received, or could not be sent |
//! | `idle` | when a worker is to come to the queue: started, or done with a job | when it has received, or has something else to do first |
//! | `live` | when a worker is started | when it ends |
//! | `moves` | after jobs have left the queue, and after it was closed | never (it wraps) |
//!
//! * **I1** Whenever `queued` grows or `idle` shrinks, workers are started until there are as many idle ones as queued jobs,
//!   or no more may be. So a job waits only while every worker is busy, or on its way to the queue.
//! * **I2** A worker's `need` is there only while the worker waits for it and does nothing else; it has been written under
//!   the lock after `comes` was found true for it.
//! * **I3** At every moment each `need` comes, in the sense of the module above: `stuck` is asked before a need is written;
//!   a need that comes cannot stop to, but for a worker that writes a need of its own.

#![forbid(unsafe_code)]

use std::mem;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::task::{Phase, Task};
use super::wait::Watch;
use crate::sync::thread_id::{NOBODY, me};

/// What is done with what is submitted and with what is queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// It is taken, and run.
    Open,
    /// It is refused; run.
    Drain,
    /// It is refused; cancelled.
    Cancel,
    /// An initializer failed: it is refused; broken.
    Broken,
}

/// What a worker waits for.
pub(crate) enum Need {
    /// Room in the queue. The watch wakes it.
    Room(Arc<Watch>),
    /// The end of one of these jobs of its pool.
    Jobs(Vec<Arc<dyn Task>>),
}

struct Seat {
    gone: bool,
    /// The number of its thread, from the thread's first step on and for good.
    thread: u64,
    need: Option<Need>,
    /// While it is being found out: it goes on.
    goes_on: bool,
}

pub(crate) struct Desk {
    pub(crate) mode: Mode,
    pub(crate) queued: usize,
    pub(crate) idle: usize,
    pub(crate) live: usize,
    pub(crate) moves: usize,
    /// By number; one who has gone is not replaced.
    seats: Vec<Seat>,
    /// Told of each move.
    listeners: Vec<Arc<Watch>>,
    threads: Vec<JoinHandle<()>>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Desk {
            mode: Mode::Open,
            queued: 0,
            idle: 0,
            live: 0,
            moves: 0,
            seats: Vec::new(),
            listeners: Vec::new(),
            threads: Vec::new(),
        }
    }

    /// How many workers have been started so far: the number of the next one.
    pub(crate) fn started(&self) -> usize {
        self.seats.len()
    }

    /// A worker has been started.
    pub(crate) fn arrived(&mut self, thread: JoinHandle<()>) {
        self.seats.push(Seat {
            gone: false,
            thread: NOBODY,
            need: None,
            goes_on: false,
        });
        self.threads.push(thread);
        self.live += 1;
        self.idle += 1;
    }

    /// The calling thread is that worker.
    pub(crate) fn sits_down(&mut self, worker: usize) {
        self.seats[worker].thread = me();
    }

    /// Returns `true` if the calling thread is a worker of the pool, or was one and is not over yet: its thread-locals are
    /// being destroyed.
    pub(crate) fn sits_here(&self) -> bool {
        let me = me();
        self.seats.iter().any(|seat| seat.thread == me)
    }

    /// A worker ends.
    pub(crate) fn left(&mut self, worker: usize) {
        self.seats[worker].gone = true;
        self.live -= 1;
    }

    pub(crate) fn write(&mut self, worker: usize, need: Need) {
        self.seats[worker].need = Some(need);
    }

    pub(crate) fn erase(&mut self, worker: usize) -> Option<Need> {
        self.seats[worker].need.take()
    }

    /// The queue has changed: who waits for room has nothing to wait for any more. They, and who listens, are to be told.
    #[must_use = "somebody waits to be told"]
    pub(crate) fn moved(&mut self) -> Vec<Arc<Watch>> {
        self.moves = self.moves.wrapping_add(1);
        let mut all = self.listeners.clone();
        for seat in &mut self.seats {
            match seat.need.take() {
                Some(Need::Room(watch)) => all.push(watch),
                other => seat.need = other,
            }
        }
        all
    }

    pub(crate) fn listen(&mut self, watch: &Arc<Watch>) {
        self.listeners.push(watch.clone());
    }

    pub(crate) fn unlisten(&mut self, watch: &Arc<Watch>) {
        self.listeners.retain(|other| !Arc::ptr_eq(other, watch));
    }

    /// Would worker `me` wait for ever for `need`?
    ///
    /// Finds everybody who goes on: first those who wait for nothing, then, again and again, those who wait for something
    /// that comes by what is known so far.
    pub(crate) fn stuck(&mut self, me: usize, need: &Need) -> bool {
        for (number, seat) in self.seats.iter_mut().enumerate() {
            seat.goes_on = !seat.gone && seat.need.is_none() && number != me;
        }
        loop {
            if self.comes(need) {
                return false;
            }
            let next = self.seats.iter().position(|seat| {
                let its = seat.need.as_ref().filter(|_| !seat.goes_on);
                its.is_some_and(|need| self.comes(need))
            });
            match next {
                Some(number) => self.seats[number].goes_on = true,
                None => return true,
            }
        }
    }

    fn comes(&self, need: &Need) -> bool {
        let anybody = || self.seats.iter().any(|seat| seat.goes_on);
        match need {
            Need::Room(_) => anybody(),
            Need::Jobs(jobs) => jobs.iter().any(|job| match job.core().phase() {
                Phase::Queued => anybody(),
                Phase::Running(worker) => self.seats[worker].goes_on,
                Phase::Ending(_) | Phase::Done(_) => true,
            }),
        }
    }

    /// The threads, to be joined or let go.
    pub(crate) fn take_threads(&mut self) -> Vec<JoinHandle<()>> {
        mem::take(&mut self.threads)
    }
}
