//! L6: which socket sits at one side of a pipe, and by what identity its peer knows it.
//!
//! It is written under the context's lock, by who joins the link, once in the life of a pipe, and when the
//! socket sets the link aside (`context/aside.rs`); and read by the peer at any time. All of it is
//! Relaxed: a peer that must see it is told by a fenced wake (E2 of `pipe.rs`), or has received a
//! message. One that looks meanwhile may find the slot and not yet the name. A name is 0 until it is
//! written, which is no socket's.
//!
//! That a link was set aside is told in the same word as the slot, in a bit that no slot has: a peer that
//! would wake the socket finds no slot by that index, and learns the rest then. It costs a message nothing.

#![forbid(unsafe_code)]

use super::identity::Identity;
use crate::shim::atomic::Ordering::*;
use crate::shim::plain::{AtomicU32, AtomicUsize};
use crate::shim::{const_fn, step};

const ASIDE: usize = !(usize::MAX >> 1);

/// The socket at one side of a pipe.
pub(crate) struct Occupant {
    /// Its slot, plus one; 0 while nobody has joined. With `ASIDE` while it has set the link aside.
    slot: AtomicUsize,
    name: AtomicU32,
}

impl Occupant {
    const_fn! {
        /// Nobody.
        pub(crate) const fn new() -> Self {
            Occupant {
                slot: AtomicUsize::new(0),
                name: AtomicU32::new(0),
            }
        }
    }

    /// Nobody sits here any more. For who alone has the pipe.
    pub(crate) fn clear(&self) {
        self.slot.store(0, Relaxed); // R: handed on under the context's lock
        step!("clear-name", self.name.store(0, Relaxed)); // R: as above
    }

    /// The socket of this slot sits here from now on.
    pub(crate) fn enter(&self, slot: usize, identity: Identity) {
        self.name.store(identity.name(), Relaxed); // R: see above
        self.slot.store(slot + 1, Relaxed); // R: see above
    }

    /// Under the lock: the socket, which is here, has set the link aside, or not any more.
    pub(crate) fn set_aside(&self, aside: bool) {
        let slot = self.slot.load(Relaxed) & !ASIDE; // R: the lock
        let mark = if aside { ASIDE } else { 0 };
        self.slot.store(slot | mark, Relaxed); // R: the fence of its socket, which sets it aside
    }

    /// Returns `true` if it has set the link aside.
    pub(crate) fn is_aside(&self) -> bool {
        self.slot.load(Relaxed) & ASIDE != 0 // R: see above
    }

    /// Returns its slot if it is here and has not set the link aside, else the index of no slot.
    #[inline(always)]
    pub(crate) fn index(&self) -> usize {
        self.slot.load(Relaxed).wrapping_sub(1) // R: see above
    }

    /// Returns its slot, once it is here.
    #[inline(always)]
    pub(crate) fn slot(&self) -> Option<usize> {
        (self.slot.load(Relaxed) & !ASIDE).checked_sub(1) // R: see above
    }

    /// Returns its identity, once it is here.
    #[inline(always)]
    pub(crate) fn identity(&self) -> Option<Identity> {
        let slot = self.slot()?;
        Some(Identity::of(slot, self.name.load(Relaxed))) // R: see above
    }
}
