//! What a broker remembers: which worker owes which clients an answer.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, VecDeque};

use gimmal_core::socket as core;

/// Who owes whom an answer.
#[derive(Default)]
pub(super) struct Ledger {
    /// By the number of the worker's link.
    pub(super) workers: BTreeMap<usize, Worker>,
    /// Counted up for each thing whose order matters.
    clock: u64,
    /// The links of workers in which an answer lies.
    pub(super) answers: Vec<usize>,
    /// Of these, the ones whose client has no room.
    pub(super) blocked: Vec<usize>,
    /// The links of these clients.
    pub(super) full: Vec<usize>,
    /// The links of clients whose worker has gone.
    pub(super) lost: Vec<usize>,
}

pub(super) struct Worker {
    /// The links of the clients that it owes answers to, the next one first.
    pub(super) owes: VecDeque<usize>,
    /// When it has answered last, or has come.
    pub(super) waits_since: u64,
    /// When its link was seen last.
    seen: u64,
}

impl Ledger {
    pub(super) fn now(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Brings the ledger up to date: workers that are new, those that have gone, and where answers
    /// lie.
    pub(super) fn look<T: Send>(&mut self, back: &core::Dealer<'_, T>) {
        let round = self.now();
        self.answers.clear();
        back.each_link_in(|link, unread| {
            self.clock += 1;
            let new = || Worker {
                owes: VecDeque::new(),
                waits_since: self.clock,
                seen: round,
            };
            self.workers.entry(link).or_insert_with(new).seen = round;
            if unread > 0 {
                self.answers.push(link);
            }
        });
        self.workers.retain(|_, worker| {
            if worker.seen != round {
                self.lost.extend(worker.owes.drain(..));
            }
            worker.seen == round
        });
    }

    /// The worker that is to have the next question.
    pub(super) fn idle<T: Send>(&self, back: &core::Dealer<'_, T>, most: usize) -> Option<usize> {
        let mut best = None;
        back.each_link_out(|link, has_room| {
            let worker = self.workers.get(&link).filter(|_| has_room);
            let Some(worker) = worker.filter(|worker| worker.owes.len() < most) else {
                return;
            };
            let rank = (worker.owes.len(), worker.waits_since);
            if best.is_none_or(|(before, _)| rank < before) {
                best = Some((rank, link));
            }
        });
        best.map(|(_, link)| link)
    }
}
