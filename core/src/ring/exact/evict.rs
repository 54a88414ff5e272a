//! L2: a push into the exact ring that evicts the oldest value if the ring is full.
//!
//! In a full ring the cell that `tail` waits for holds the oldest value. One exchange of it, from
//! that value's slot to the new one's of the next lap, empties one position and writes the other:
//! eviction and push are one moment for everybody.
//!
//! `head` must have come to the evicted position before, as Q2 of `protocol.rs` wants. It is there,
//! or one behind: the position before was emptied before its cell was written again, which was
//! before `tail` came here. If it is behind it is moved. If it is further on the exchange fails, for
//! the cell has changed.
//! The evicted value comes by E1 of `protocol.rs`, as that of a pop does.

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
            let (tail, seen) = self.at_tail();
            if !layout.is_next(tail, seen) {
                self.help_tail(tail, seen);
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
            let evicted = layout.lap_earlier(tail);
            let head = self.head.load(Relaxed); // R: E2 brought all heads up to the one before it
            if layout.next(head) == evicted {
                self.move_head(head);
            }
            if self.publish(tail, seen, slot) {
                self.move_head(evicted);
                // SAFETY: F1: just taken out of its cell.
                return Ok(Some(unsafe { self.empty(oldest) }));
            }
            backoff.lost(tail);
        }
    }
}
