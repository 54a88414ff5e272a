//! The facade's broker over the core's sockets and poller: its ledger, its rounds and its looks are
//! compiled from its own sources, `std/src/socket/broker`; the loop around them is a copy of the one
//! there, without its steering, which [`super::proxy`] models.
//!
//! Each `step!` of those sources is a fault that `GIMMAL_MUTANT` seeds.

macro_rules! step {
    ($name:literal, $value:expr, else $other:expr) => {
        if $crate::support::seeded::lacks($name) {
            $other
        } else {
            $value
        }
    };
    ($name:literal, $body:expr) => {
        if !$crate::support::seeded::lacks($name) {
            $body
        }
    };
}

#[path = "../../../std/src/socket/broker/engine.rs"]
mod engine;
#[path = "../../../std/src/socket/broker/ledger.rs"]
mod ledger;
#[path = "../../../std/src/socket/broker/looks.rs"]
mod looks;

use gimmal_core_loom::error::socket::RecvError;
use gimmal_core_loom::poll::{Poller, Source};
use gimmal_core_loom::socket::{Dealer, Router};

use self::engine::{Engine, Round, Sides};
use self::looks::{Clients, Workers};
use super::block_on;

struct Facing<'s, 'c> {
    front: &'s mut Router<'c, u32>,
    back: &'s mut Dealer<'c, u32>,
}

impl<'c> Sides<'c, u32> for Facing<'_, 'c> {
    fn front(&mut self) -> &mut Router<'c, u32> {
        self.front
    }

    fn back(&mut self) -> &mut Dealer<'c, u32> {
        self.back
    }

    fn end_client(&mut self, client: usize) -> usize {
        self.front.end_link(client)
    }

    fn show(&mut self, _message: &u32) {}

    fn instead(&mut self) -> Option<u32> {
        None
    }
}

/// What a broker has done: as the facade's report, without what lay unread in the front at the end.
#[derive(Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) questions: u64,
    pub(crate) answers: u64,
    pub(crate) lost: u64,
    pub(crate) unclaimed: u64,
    pub(crate) unanswered: u64,
    pub(crate) unsent: Vec<u32>,
    pub(crate) end: RecvError,
}

/// A broker between its sockets.
pub(crate) struct Broker<'s, 'c> {
    sides: Facing<'s, 'c>,
    engine: Engine<u32>,
}

impl<'s, 'c> Broker<'s, 'c> {
    pub(crate) fn new(front: &'s mut Router<'c, u32>, back: &'s mut Dealer<'c, u32>) -> Self {
        Broker {
            sides: Facing { front, back },
            engine: Engine::new(),
        }
    }

    /// Passes on what can move now.
    pub(crate) fn settle(&mut self) {
        while matches!(self.engine.round(&mut self.sides), Round::Moved) {}
    }

    /// Serves until nothing will move any more.
    pub(crate) fn run(self) -> Report {
        let Broker {
            mut sides,
            mut engine,
        } = self;
        let end = loop {
            let lacks_worker = match engine.round(&mut sides) {
                Round::Moved => continue,
                Round::NeedsWorker => true,
                Round::NeedsQuestion => false,
                Round::Over(why) => break why,
            };
            let (mut clients, mut workers) = engine.looks(sides.front, sides.back, lacks_worker);
            let mut poller = Poller::new([
                Source::readable_mut(&mut clients, Clients::place),
                Source::readable_mut(&mut workers, Workers::place),
            ]);
            let _ready = block_on(poller.poll());
        };
        engine.look(&mut sides);
        let unanswered = engine.unanswered();
        let (done, unsent) = engine.into_unsent();
        Report {
            questions: done.questions,
            answers: done.answers,
            lost: done.lost,
            unclaimed: done.unclaimed,
            unanswered,
            unsent,
            end,
        }
    }
}
