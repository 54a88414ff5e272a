//! What a broker waits for at each of its sockets.

#![forbid(unsafe_code)]

use gimmal_core::poll::{Place, Readable, Readiness};
use gimmal_core::socket as core;
use gimmal_core::wait::Phase;

use super::ledger::Ledger;

/// What is waited for at the front.
pub(super) struct Clients<'b, 'c, T: Send + 'static> {
    pub(super) front: &'b mut core::Router<'c, T>,
    /// The links of clients that an answer waits for.
    pub(super) full: &'b [usize],
    /// There is a worker for a question.
    pub(super) lacks_question: bool,
}

impl<T: Send + 'static> Clients<'_, '_, T> {
    pub(super) fn place(&self) -> Place<'_> {
        self.front.place()
    }
}

impl<T: Send + 'static> Readable for Clients<'_, '_, T> {
    fn can_read(&self, when: Phase) -> Readiness {
        let found = self.front.can_read(when);
        let question = self.lacks_question && found.is_readable();
        let has_room = |client: &usize| {
            let room = self.front.has_room_by(*client);
            step!("broker-waits-for-room", room != Some(false), else false)
        };
        let ready = question
            || found.has_ended()
            || self.front.is_terminated()
            || self.full.iter().any(has_room);
        readiness(ready)
    }
}

/// What is waited for at the back.
pub(super) struct Workers<'b, 'c, T: Send + 'static> {
    pub(super) back: &'b mut core::Dealer<'c, T>,
    pub(super) ledger: &'b Ledger,
    /// Set while no worker may have another question: the number of answers that one may owe.
    pub(super) lacks_worker: Option<usize>,
}

impl<T: Send + 'static> Workers<'_, '_, T> {
    pub(super) fn place(&self) -> Place<'_> {
        self.back.place()
    }
}

impl<T: Send + 'static> Readable for Workers<'_, '_, T> {
    fn can_read(&self, when: Phase) -> Readiness {
        if self.back.can_read(when).has_ended() || self.back.is_terminated() {
            return readiness(true);
        }
        let (mut known, mut changed) = (0, false);
        self.back.each_link_in(|link, unread| {
            let is_known = self.ledger.workers.contains_key(&link);
            known += usize::from(is_known);
            changed |= step!("broker-sees-a-new-worker", !is_known, else false);
            let has_answer = unread > 0 && !self.ledger.blocked.contains(&link);
            changed |= step!("broker-sees-an-answer", has_answer, else false);
        });
        let one_has_gone = step!(
            "broker-misses-a-worker",
            known < self.ledger.workers.len(),
            else false
        );
        let idle = |most| self.ledger.idle(self.back, most).is_some();
        readiness(changed || one_has_gone || self.lacks_worker.is_some_and(idle))
    }
}

fn readiness(ready: bool) -> Readiness {
    match ready {
        true => Readiness::READABLE,
        false => Readiness::NONE,
    }
}
