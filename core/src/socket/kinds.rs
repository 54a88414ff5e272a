//! L6: [`Kinds`]: which patterns the connects are of that wait for one name.

#![forbid(unsafe_code)]

use super::patterns::Kind;

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
        Kind::ALL.iter().copied().filter(has)
    }

    /// Returns `true` if a socket of this kind can be linked with each of them.
    pub(crate) fn all_talk_to(self, kind: Kind) -> bool {
        self.iter().all(|one| one.talks_to(kind))
    }

    /// Returns `true` if there is a kind that can be linked with each of them.
    pub(crate) fn have_a_partner(self) -> bool {
        Kind::ALL.iter().any(|kind| self.all_talk_to(*kind))
    }

    /// Returns `true` if one of them has one peer only.
    pub(crate) fn have_one_peer(self) -> bool {
        self.iter().any(Kind::has_one_peer)
    }
}

/// Each kind has a bit, and bit 0 is nobody's.
const _: () = assert!(Kind::ALL.len() < u16::BITS as usize);
