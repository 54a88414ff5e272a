//! The ledger of the serving process: which paths have no result yet, and which worker has which.
//!
//! A job has one holder at most, and is *open* until its first result. Whatever happens to a worker, an
//! open job is held by a worker that is thought to be well, or waits in `again`. A second result, of
//! somebody who was thought to be dead, finds the job closed and is dropped.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gimmal::socket::Identity;

/// How many paths a worker has at most: the one that it reads, and those that it need not wait for when
/// files are tiny.
const MOST: usize = 8;

pub(super) struct Ledger {
    /// The path of each open job.
    open: HashMap<u64, Bytes>,
    /// How many jobs there were.
    all: u64,
    /// Jobs that nobody has any more. Some may have got a result since.
    again: VecDeque<u64>,
    workers: HashMap<Identity, Worker>,
}

struct Worker {
    /// When it was heard last.
    heard: Instant,
    /// It was silent for too long, and gets nothing until it is heard again.
    is_silent: bool,
    /// Its jobs in the order in which it got them: it reads the first.
    has: VecDeque<u64>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Ledger {
            open: HashMap::new(),
            all: 0,
            again: VecDeque::new(),
            workers: HashMap::new(),
        }
    }

    /// Returns `true` if no job is open.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Opens a job.
    pub(super) fn open(&mut self, path: Bytes) -> u64 {
        self.all += 1;
        self.open.insert(self.all, path);
        self.all
    }

    /// Returns the path of an open job.
    pub(super) fn path(&self, job: u64) -> Option<&Bytes> {
        self.open.get(&job)
    }

    /// Everybody who has been heard and has not gone.
    pub(super) fn workers(&self) -> impl Iterator<Item = Identity> + '_ {
        self.workers.keys().copied()
    }

    /// Somebody was heard, perhaps for the first time.
    pub(super) fn heard(&mut self, who: Identity) {
        let worker = self.workers.entry(who).or_insert_with(|| Worker {
            heard: Instant::now(),
            is_silent: false,
            has: VecDeque::new(),
        });
        worker.heard = Instant::now();
        worker.is_silent = false;
    }

    /// A worker has gone. Its jobs are for others.
    pub(super) fn gone(&mut self, who: Identity) {
        if let Some(worker) = self.workers.remove(&who) {
            self.again.extend(worker.has);
        }
    }

    /// Takes their jobs from those who have some and were not heard for so long; returns how many jobs
    /// each of them had.
    pub(super) fn take_from_silent(&mut self, limit: Duration) -> Vec<usize> {
        let mut taken = Vec::new();
        for worker in self.workers.values_mut() {
            if !worker.has.is_empty() && worker.heard.elapsed() >= limit {
                worker.is_silent = true;
                taken.push(worker.has.len());
                self.again.extend(worker.has.drain(..));
            }
        }
        taken
    }

    /// Returns the worker that is to get the next job: one of those with the fewest, if it has room.
    pub(super) fn next_worker(&self) -> Option<Identity> {
        let well = self.workers.iter().filter(|(_, worker)| !worker.is_silent);
        let (who, worker) = well.min_by_key(|(_, worker)| worker.has.len())?;
        (worker.has.len() < MOST).then_some(*who)
    }

    /// Returns a job that is to be given out again.
    pub(super) fn next_again(&mut self) -> Option<u64> {
        while let Some(job) = self.again.pop_front() {
            if self.open.contains_key(&job) {
                return Some(job);
            }
        }
        None
    }

    /// Takes a job that waits behind others, for a worker that would have nothing to do: the last one
    /// of the worker that has the most. The first result is the one that counts.
    pub(super) fn take_waiting(&mut self, who: Identity) -> Option<u64> {
        if !self.workers.get(&who)?.has.is_empty() {
            return None;
        }
        let longest = self
            .workers
            .values_mut()
            .max_by_key(|worker| worker.has.len())?;
        (longest.has.len() > 1).then(|| longest.has.pop_back())?
    }

    /// A worker gets a job.
    pub(super) fn give(&mut self, who: Identity, job: u64) {
        match self.workers.get_mut(&who) {
            Some(worker) => worker.has.push_back(job),
            None => self.again.push_back(job),
        }
    }

    /// A worker has a result. Returns the path if it is the first for this job.
    pub(super) fn close(&mut self, who: Identity, job: u64) -> Option<Bytes> {
        if let Some(worker) = self.workers.get_mut(&who) {
            worker.has.retain(|held| *held != job);
        }
        self.open.remove(&job)
    }
}
