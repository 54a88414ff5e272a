//! L6: the patterns, one file each, and the table that leads from a kind to its pattern.

#![forbid(unsafe_code)]

mod pair;
mod pull;
mod push;

pub use pair::{Pair, PairPattern};
pub use pull::{Pull, PullPattern};
pub use push::{Push, PushPattern};

use super::pattern::{Kind, PeerLimit, Rules};

impl Kind {
    const fn rules(self) -> Rules {
        match self {
            Kind::Pair => Rules::of::<PairPattern>(),
            Kind::Push => Rules::of::<PushPattern>(),
            Kind::Pull => Rules::of::<PullPattern>(),
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

    /// The name of the pattern, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Pair => "Pair",
            Kind::Push => "Push",
            Kind::Pull => "Pull",
        }
    }
}

/// The table leads from each kind to its own pattern, and who talks to whom holds both ways.
const _: () = {
    const KINDS: [Kind; 3] = [Kind::Pair, Kind::Push, Kind::Pull];
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
