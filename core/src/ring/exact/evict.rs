//! L2: a push into the exact ring that evicts the oldest value if the ring is full.
//!
//! In a full ring the cell that `tail` waits for holds the oldest value. One exchange of it, from
//! that value's slot to the new one's of the next lap, empties one position and writes the other:
//! eviction and push are one moment for everybody.
//!
//! The evicted position has been read in `head` before, as Q2 of `protocol.rs` wants.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | push: the exchange of the cell | push_overwrite: `cell.load` | the evicted value |

#![allow(unsafe_code)]

use crate::shim::Backoff;
use crate::shim::atomic::Ordering::*;

use super::layout::CLOSED;
use super::{ExactSlot, RingOf};
use crate::error::Busy;
use crate::ring::slot::Storage;

impl<T, S: Storage<Slot = ExactSlot<T>> + ?Sized, const SPARE: usize> RingOf<T, S, SPARE> {
    /// Appends an item. If the ring is full, evicts the oldest item and returns it. Eviction and
    /// push are one step for everybody.
    ///
    /// # Errors
    /// [`Busy`] gives the item back, and nothing was evicted: at least `SPARE` other operations are
    /// in progress.
    #[doc = include_str!("../examples/exact_push_overwrite.md")]
    #[doc(alias = "force_push")]
    pub fn push_overwrite(&self, item: T) -> Result<Option<T>, Busy<T>> {
        let Some(slot) = self.take_free() else {
            return Err(Busy(item));
        };
        // SAFETY: F1: just taken out of the free list.
        unsafe { self.fill(slot, item) };
        let layout = self.layout();
        let mut backoff = Backoff::new();
        loop {
            let tail = self.tail.load(Acquire); // ring/exact/protocol.rs#E2
            let seen = self.cell(tail).load(Acquire); // E1
            if !layout.is_next(tail, seen) {
                self.move_tail(tail);
                continue;
            }
            if seen & CLOSED != 0 {
                // Only a channel closes its ring, and it never calls this.
                // SAFETY: F1: filled above, and published nowhere.
                return Err(Busy(unsafe { self.empty(slot) }));
            }
            let Some(oldest) = layout.slot(seen) else {
                if self.publish(tail, seen, slot) {
                    return Ok(None);
                }
                backoff.lost(tail);
                continue;
            };
            let head = self.head.load(Acquire); // ring/exact/protocol.rs#E3
            if head != layout.lap_earlier(tail) {
                self.catch_up(head);
                continue;
            }
            if self.publish(tail, seen, slot) {
                self.move_head(head);
                // SAFETY: F1: just taken out of its cell.
                return Ok(Some(unsafe { self.empty(oldest) }));
            }
            backoff.lost(tail);
        }
    }

    /// Moves `head` on if it is behind.
    fn catch_up(&self, head: usize) {
        let seen = self.cell(head).load(Acquire); // ring/exact/protocol.rs#E6
        if self.layout().lap(seen) != self.layout().lap(head) {
            self.move_head(head);
        }
    }
}
