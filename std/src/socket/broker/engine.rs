//! [`Engine`]: the rounds of a broker, over the two sockets of the core.
//!
//! It never waits: a round moves what can move, or says what is missing. The broker waits for that
//! and begins the next round. `loom-tests/tests/support/broker.rs` compiles this file, [`Ledger`] and
//! the looks against the modelled core; each `step!` is a fault that is seeded there.

#![forbid(unsafe_code)]

use std::mem;

use gimmal_core::error::socket::{RecvError, SendError, SendReason};
use gimmal_core::socket as core;

use super::ledger::Ledger;
use super::looks::{Clients, Workers};

/// What lies around the rounds: the sockets, and the closures of the user.
pub(super) trait Sides<'c, T> {
    fn front(&mut self) -> &mut core::Router<'c, T>;
    fn back(&mut self) -> &mut core::Dealer<'c, T>;
    /// Ends the link of a client. Returns how many of its messages are dropped.
    fn end_client(&mut self, client: usize) -> usize;
    /// Shows a message that goes on.
    fn show(&mut self, message: &T);
    /// The answer for a client whose worker has gone; `None` ends its link.
    fn instead(&mut self) -> Option<T>;
}

/// What a broker remembers between two rounds.
pub(super) struct Engine<T> {
    pub(super) ledger: Ledger,
    /// Maximum number of answers that a worker owes.
    pub(super) per_worker: usize,
    /// A question whose worker went away before it could be sent, and the link of its client.
    held: Option<(usize, T)>,
    /// Messages that could not be sent any more.
    unsent: Vec<T>,
    pub(super) done: Done,
}

/// What is counted while the broker runs; [`BrokerReport`](super::BrokerReport) says of what.
#[derive(Default)]
pub(super) struct Done {
    pub(super) questions: u64,
    pub(super) answers: u64,
    pub(super) lost: u64,
    pub(super) unclaimed: u64,
    pub(super) unread: u64,
}

/// How a round has ended.
pub(super) enum Round {
    Moved,
    /// Nothing can move before a worker is idle.
    NeedsWorker,
    /// Nothing can move before a question comes.
    NeedsQuestion,
    /// Nothing will move any more.
    Over(RecvError),
}

impl<T: Send + 'static> Engine<T> {
    pub(super) fn new() -> Self {
        Engine {
            ledger: Ledger::default(),
            per_worker: 1,
            held: None,
            unsent: Vec::new(),
            done: Done::default(),
        }
    }

    /// Tells the clients whose workers have gone; passes on one answer of each worker, and then one
    /// question.
    pub(super) fn round<'c>(&mut self, sides: &mut impl Sides<'c, T>) -> Round {
        if sides.front().is_terminated() || sides.back().is_terminated() {
            return Round::Over(RecvError::Terminated);
        }
        self.look(sides);
        let answered = self.pass_answers_on(sides);
        let asked = self.pass_question_on(sides);
        if answered || matches!(asked, Round::Moved) {
            return Round::Moved;
        }
        let ended = sides.front().can_recv().err();
        match ended.or_else(|| sides.back().can_recv().err()) {
            Some(why) => Round::Over(why),
            None => asked,
        }
    }

    /// Brings the ledger up to date, and tells each client whose worker has gone.
    pub(super) fn look<'c>(&mut self, sides: &mut impl Sides<'c, T>) {
        self.ledger.look(sides.back());
        for client in mem::take(&mut self.ledger.lost) {
            self.done.lost += 1;
            let instead = sides.instead();
            let told = instead.map(|answer| sides.front().try_send_by(client, answer));
            if !matches!(told, Some(Ok(()))) {
                step!("broker-tells-the-client", {
                    self.done.unread += sides.end_client(client) as u64;
                });
            }
        }
    }

    /// Passes one answer of each worker on, where its client has room. Returns whether one has moved.
    fn pass_answers_on<'c>(&mut self, sides: &mut impl Sides<'c, T>) -> bool {
        self.ledger.blocked.clear();
        self.ledger.full.clear();
        let mut moved = false;
        for at in 0..self.ledger.answers.len() {
            let link = self.ledger.answers[at];
            let worker = self.ledger.workers.get_mut(&link);
            let client = worker.and_then(|worker| worker.owes.front().copied());
            let room = client.and_then(|client| sides.front().has_room_by(client));
            if let (Some(client), Some(false)) = (client, room) {
                self.ledger.blocked.push(link);
                self.ledger.full.push(client);
                continue;
            }
            let Some(answer) = sides.back().try_recv_by(link) else {
                continue;
            };
            moved = true;
            let now = self.ledger.now();
            if let Some(worker) = self.ledger.workers.get_mut(&link) {
                step!("broker-settles", worker.owes.pop_front(), else None);
                worker.waits_since = now;
            }
            let Some(client) = client.filter(|_| room.is_some()) else {
                self.done.unclaimed += 1;
                continue;
            };
            sides.show(&answer);
            match sides.front().try_send_by(client, answer) {
                Ok(()) => self.done.answers += 1,
                Err(SendError {
                    reason: SendReason::Terminated,
                    value,
                }) => self.unsent.push(value),
                // It has gone this very moment.
                Err(_) => self.done.unclaimed += 1,
            }
        }
        moved
    }

    /// Passes one question on, if there is a worker for it.
    fn pass_question_on<'c>(&mut self, sides: &mut impl Sides<'c, T>) -> Round {
        let Some(link) = self.ledger.idle(sides.back(), self.per_worker) else {
            return Round::NeedsWorker;
        };
        let (client, question) = match self.held.take() {
            Some(held) => held,
            None => match sides.front().try_recv_any() {
                None => return Round::NeedsQuestion,
                Some((client, question)) => {
                    sides.show(&question);
                    (client, question)
                }
            },
        };
        match sides.back().try_send_by(link, question) {
            Ok(()) => {
                self.done.questions += 1;
                if let Some(worker) = self.ledger.workers.get_mut(&link) {
                    worker.owes.push_back(client);
                }
            }
            // The worker has gone meanwhile: another one gets it.
            Err(SendError { value, .. }) => {
                step!(
                    "broker-holds-the-question",
                    self.held = Some((client, value))
                );
            }
        }
        Round::Moved
    }

    /// What is to be waited for at both sockets after a round that has moved nothing.
    pub(super) fn looks<'b, 'c>(
        &'b self,
        front: &'b mut core::Router<'c, T>,
        back: &'b mut core::Dealer<'c, T>,
        lacks_worker: bool,
    ) -> (Clients<'b, 'c, T>, Workers<'b, 'c, T>) {
        let clients = Clients {
            front,
            full: &self.ledger.full,
            lacks_question: !lacks_worker,
        };
        let workers = Workers {
            back,
            ledger: &self.ledger,
            lacks_worker: lacks_worker.then_some(self.per_worker),
        };
        (clients, workers)
    }

    /// How many questions were given to a worker and are not answered.
    pub(super) fn unanswered(&self) -> u64 {
        let owed = self.ledger.workers.values().map(|worker| worker.owes.len());
        owed.sum::<usize>() as u64
    }

    /// The messages that were received and could not be sent.
    pub(super) fn into_unsent(self) -> (Done, Vec<T>) {
        let mut unsent = self.unsent;
        unsent.extend(self.held.map(|(_, question)| question));
        (self.done, unsent)
    }
}
