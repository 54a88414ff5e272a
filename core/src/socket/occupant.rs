//! L6: which socket sits at one side of a pipe, and by what identity its peer knows it.
//!
//! It is written by who joins the link, under the context's lock, once in the life of a pipe; and
//! read by the peer at any time. All of it is Relaxed: a peer that must see it is told by a fenced
//! wake (E2 of `pipe.rs`), or has received a message. One that looks meanwhile may find the slot and
//! not yet the name. A name is 0 until it is written, which is no socket's.

#![forbid(unsafe_code)]

use super::identity::Identity;
use crate::shim::atomic::Ordering::*;
use crate::shim::plain::{AtomicU32, AtomicUsize};
use crate::shim::{const_fn, step};

/// The socket at one side of a pipe.
pub(crate) struct Occupant {
    /// Its slot, plus one; 0 while nobody has joined.
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

    /// Returns its slot, once it is here.
    #[inline(always)]
    pub(crate) fn slot(&self) -> Option<usize> {
        self.slot.load(Relaxed).checked_sub(1) // R: see above
    }

    /// Returns its identity, once it is here.
    #[inline(always)]
    pub(crate) fn identity(&self) -> Option<Identity> {
        let slot = self.slot()?;
        Some(Identity::of(slot, self.name.load(Relaxed))) // R: see above
    }
}
