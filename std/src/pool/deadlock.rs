//! The refusal of waits that would never end: what each worker of a pool waits for, and whether
//! that can ever come.
//!
//! One question is asked, [`would_deadlock`](WaitGraph::would_deadlock), before a worker begins a
//! wait without a limit. What *goes on* means is said on the page of the module
//! [`pool`](crate::pool#waiting-in-a-worker).
//!
//! * **I2** `waits_for` of a worker is there only while the worker waits for it and does nothing
//!   else; it has been written under the lock of the scheduler after `can_complete` was found true
//!   for it.
//! * **I3** At every moment each `waits_for` can complete: `would_deadlock` is asked before one is
//!   written; and what can complete cannot stop to, but for a worker that writes a `waits_for` of
//!   its own.

#![forbid(unsafe_code)]

use std::sync::Arc;

use super::completions::Completions;
use super::task::{Phase, Task};
use crate::sync::thread_id::{NOBODY, me};

/// What a worker waits for.
pub(crate) enum WaitsFor {
    /// Room in the queue. A completion wakes it.
    Room(Arc<Completions>),
    /// The end of one of these jobs of its pool.
    Jobs(Vec<Arc<dyn Task>>),
}

struct WorkerState {
    gone: bool,
    /// The number of its thread, from the thread's first step on and for good.
    thread: u64,
    waits_for: Option<WaitsFor>,
    /// While the question is being answered: it goes on.
    goes_on: bool,
}

/// The workers of a pool, and what each of them waits for.
#[derive(Default)]
pub(crate) struct WaitGraph {
    /// By number; one that has gone is not replaced.
    workers: Vec<WorkerState>,
}

impl WaitGraph {
    /// How many workers there have been.
    pub(crate) fn len(&self) -> usize {
        self.workers.len()
    }

    /// Adds a worker. It waits for nothing.
    pub(crate) fn add(&mut self) {
        self.workers.push(WorkerState {
            gone: false,
            thread: NOBODY,
            waits_for: None,
            goes_on: false,
        });
    }

    /// The calling thread is that worker.
    pub(crate) fn begin(&mut self, worker: usize) {
        self.workers[worker].thread = me();
    }

    /// The worker ends.
    pub(crate) fn end(&mut self, worker: usize) {
        self.workers[worker].gone = true;
    }

    /// Returns `true` if the calling thread is a worker of the pool, or was one and has not ended
    /// yet: its thread-locals are being destroyed.
    pub(crate) fn has_caller(&self) -> bool {
        let me = me();
        self.workers.iter().any(|worker| worker.thread == me)
    }

    pub(crate) fn write(&mut self, worker: usize, waits_for: WaitsFor) {
        self.workers[worker].waits_for = Some(waits_for);
    }

    pub(crate) fn erase(&mut self, worker: usize) -> Option<WaitsFor> {
        self.workers[worker].waits_for.take()
    }

    /// Erases all waits for room, and returns what wakes them.
    pub(crate) fn erase_rooms(&mut self) -> impl Iterator<Item = Arc<Completions>> {
        self.workers.iter_mut().filter_map(|worker| {
            let room = |waits_for: &mut WaitsFor| matches!(waits_for, WaitsFor::Room(_));
            match worker.waits_for.take_if(room) {
                Some(WaitsFor::Room(completions)) => Some(completions),
                _ => None,
            }
        })
    }

    /// Returns `true` if worker `me` would wait for `waits_for` forever.
    ///
    /// Finds all workers that go on: first those that wait for nothing, then, again and again,
    /// those that wait for something that can complete by what is known so far.
    pub(crate) fn would_deadlock(&mut self, me: usize, waits_for: &WaitsFor) -> bool {
        for (number, worker) in self.workers.iter_mut().enumerate() {
            worker.goes_on = !worker.gone && worker.waits_for.is_none() && number != me;
        }
        loop {
            if self.can_complete(waits_for) {
                return false;
            }
            let next = self.workers.iter().position(|worker| {
                let its = worker.waits_for.as_ref().filter(|_| !worker.goes_on);
                its.is_some_and(|waits_for| self.can_complete(waits_for))
            });
            match next {
                Some(number) => self.workers[number].goes_on = true,
                None => return true,
            }
        }
    }

    fn can_complete(&self, waits_for: &WaitsFor) -> bool {
        let any_goes_on = || self.workers.iter().any(|worker| worker.goes_on);
        match waits_for {
            WaitsFor::Room(_) => any_goes_on(),
            WaitsFor::Jobs(jobs) => jobs.iter().any(|job| match job.core().phase() {
                Phase::Queued => any_goes_on(),
                Phase::Running(worker) => self.workers[worker as usize].goes_on,
                Phase::Ending(_) | Phase::Done(_) => true,
            }),
        }
    }
}
