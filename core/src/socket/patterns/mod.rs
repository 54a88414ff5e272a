//! L6: the patterns, one file each, and the table that leads from a kind to its pattern.

#![forbid(unsafe_code)]

mod dealer;
mod pair;
mod publish;
mod pull;
mod push;
mod rep;
mod req;
mod router;
mod subscribe;

pub use dealer::{Dealer, DealerPattern};
pub use pair::{Pair, PairPattern};
pub use publish::{Publish, PublishPattern};
pub use pull::{Pull, PullPattern};
pub use push::{Push, PushPattern};
pub use rep::{Rep, RepPattern};
pub use req::{Req, ReqPattern};
pub use router::{Router, RouterPattern};
pub use subscribe::{Subscribe, SubscribePattern};

use super::pattern::{PeerLimit, Rules};
use crate::socket::kind::Kind;

impl Kind {
    const fn rules(self) -> Rules {
        match self {
            Kind::Pair => Rules::of::<PairPattern>(),
            Kind::Push => Rules::of::<PushPattern>(),
            Kind::Pull => Rules::of::<PullPattern>(),
            Kind::Req => Rules::of::<ReqPattern>(),
            Kind::Rep => Rules::of::<RepPattern>(),
            Kind::Dealer => Rules::of::<DealerPattern>(),
            Kind::Router => Rules::of::<RouterPattern>(),
            Kind::Publish => Rules::of::<PublishPattern>(),
            Kind::Subscribe => Rules::of::<SubscribePattern>(),
        }
    }

    /// Returns `true` if such a socket sends messages.
    pub(crate) fn sends(self) -> bool {
        self.rules().sends
    }

    /// Returns `true` if such a socket receives messages.
    pub(crate) fn receives(self) -> bool {
        self.rules().receives
    }

    /// Returns `true` if such a socket has at most one peer at a time.
    pub(crate) fn has_one_peer(self) -> bool {
        self.rules().peers == PeerLimit::One
    }

    /// Returns `true` if the two can be linked.
    pub(crate) fn talks_to(self, other: Kind) -> bool {
        self.rules().talks_to.contains(&other)
    }

    /// The kinds that it can be linked with.
    fn partners(self) -> Kinds {
        let partners = self.rules().talks_to.iter();
        partners.fold(Kinds::NONE, |kinds, kind| kinds.with(*kind))
    }

    /// The name of the pattern, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Pair => "Pair",
            Kind::Push => "Push",
            Kind::Pull => "Pull",
            Kind::Req => "Req",
            Kind::Rep => "Rep",
            Kind::Dealer => "Dealer",
            Kind::Router => "Router",
            Kind::Publish => "Publish",
            Kind::Subscribe => "Subscribe",
        }
    }
}

/// A set of kinds: of the connects that wait for one name.
#[derive(Clone, Copy)]
pub(crate) struct Kinds(u16);

impl Kinds {
    /// None of them.
    pub(crate) const NONE: Kinds = Kinds(0);

    /// These and one more.
    pub(crate) fn with(self, kind: Kind) -> Kinds {
        Kinds(self.0 | 1 << kind as u8)
    }

    fn iter(self) -> impl Iterator<Item = Kind> {
        let has = move |kind: &Kind| self.0 & 1 << *kind as u8 != 0;
        KINDS.into_iter().filter(has)
    }

    /// Returns `true` if a socket of this kind can be linked with each of them.
    pub(crate) fn all_talk_to(self, kind: Kind) -> bool {
        self.iter().all(|one| one.talks_to(kind))
    }

    /// Returns `true` if there is a kind that can be linked with each of them.
    pub(crate) fn have_a_partner(self) -> bool {
        let common = |common: u16, kind: Kind| common & kind.partners().0;
        self.iter().fold(u16::MAX, common) != 0
    }

    /// Returns `true` if one of them has one peer only.
    pub(crate) fn have_one_peer(self) -> bool {
        self.iter().any(Kind::has_one_peer)
    }
}

const KINDS: [Kind; 9] = [
    Kind::Pair,
    Kind::Push,
    Kind::Pull,
    Kind::Req,
    Kind::Rep,
    Kind::Dealer,
    Kind::Router,
    Kind::Publish,
    Kind::Subscribe,
];

/// The table leads from each kind to its own pattern, and who talks to whom holds both ways.
const _: () = {
    const fn lists(kinds: &[Kind], kind: Kind) -> bool {
        let mut at = 0;
        while at < kinds.len() {
            if kinds[at] as u8 == kind as u8 {
                return true;
            }
            at += 1;
        }
        false
    }
    let mut at = 0;
    while at < KINDS.len() {
        let rules = KINDS[at].rules();
        assert!(rules.kind as u8 == KINDS[at] as u8);
        let mut other = 0;
        while other < rules.talks_to.len() {
            let back = rules.talks_to[other].rules();
            assert!(lists(back.talks_to, KINDS[at]) && rules.sends == back.receives);
            other += 1;
        }
        at += 1;
    }
};
