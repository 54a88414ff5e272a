//! L2: whether a push or a pop of the MPMC ring would succeed, without doing it.
//!
//! The answers are those of `claim_tail` and `claim_head`, whose slow paths they share; what is
//! missing is the claim. They are snapshots, so the first loads need no ordering: whoever acts on
//! an answer looks again.

#![forbid(unsafe_code)]

use crate::shim::atomic::Ordering::*;

use super::mpmc::RingOf;
use super::refused::{Nothing, Refused};
use super::slot::{Storage, TurnSlot};

/// Bit 0 of a stamp: the slot holds a value.
const FULL: usize = 1;

impl<T, S: Storage<Slot = TurnSlot<T>> + ?Sized> RingOf<S> {
    /// Returns why a push would be refused at this moment, if it would be.
    #[inline]
    pub(crate) fn can_put(&self) -> Result<(), Refused> {
        let mut tail = self.tail.load(Relaxed); // R: a snapshot
        loop {
            let (TurnSlot { stamp, .. }, _) = self.at(tail);
            let ours = self.turn(tail);
            // A closed tail never meets its stamp: see `index.rs`.
            let turn = stamp.load(Relaxed); // R: a snapshot
            if turn == ours {
                return Ok(());
            }
            tail = self.where_to_put(tail, stamp, ours)?;
        }
    }

    /// Returns why a pop would find nothing at this moment, if it would.
    #[inline]
    pub(crate) fn can_take(&self) -> Result<(), Nothing> {
        let mut head = self.head.load(Relaxed); // R: a snapshot
        let tail = self.tail.load(Relaxed); // R: a snapshot
        // No head is later than a tail that was looked at after it: it was empty at that moment.
        if tail == head {
            return Err(Nothing::Empty);
        }
        loop {
            let (TurnSlot { stamp, .. }, _) = self.at(head);
            let ours = self.turn(head) | FULL;
            let turn = stamp.load(Relaxed); // R: a snapshot
            if turn == ours {
                return Ok(());
            }
            head = self.where_to_take(head, stamp, ours)?;
        }
    }
}
