//! L2: the slots of an exact ring that nobody holds, as a list: a stack of slot numbers.
//!
//! Each slot has a link to the one below it. Only the owner of a slot writes its link, before it
//! puts the slot on top; nobody reads a link in order to write through it, so an old link that is
//! read beside that costs a failed exchange and no more.
//!
//! The word of the top counts in its lap how often a slot was returned. A slot that is on top again
//! was returned in between, so the exchange of a caller that was stopped for a while fails, unless
//! exactly all numbers of the lap, or a multiple, were used meanwhile.
//!
//! Lock-free: an exchange fails only because another one succeeded.
//!
//! Invariant **F1**: a slot is in the list, or in one cell, or has one owner: the operation that
//! took it out of the list or of the cell and has not yet returned it or put it into a cell.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | give: the exchange of the top | take: `top.load` | the slot is read out, and its link |
//!
//! Every later change of the top is an exchange too, and carries E1 on.
//!
//! Origin: R. K. Treiber, "Systems programming: coping with parallelism", IBM RJ 5118, 1986.

#![forbid(unsafe_code)]

use crate::shim::atomic::Ordering::*;
use crate::shim::stoppable::AtomicUsize;
use crate::shim::{Backoff, const_fn};

use super::layout::Layout;
use crate::ring::slot::Stamp;

/// Takes a slot out of the list. `None` if at a moment of the call it was empty.
#[inline]
pub(super) fn take<'l>(
    top: &AtomicUsize,
    layout: Layout,
    link: impl Fn(usize) -> &'l Link,
) -> Option<usize> {
    let mut backoff = Backoff::new();
    loop {
        let seen = top.load(Acquire); // E1
        let slot = layout.low(seen);
        if slot == layout.slots() {
            return None;
        }
        let below = layout.lap(seen) | link(slot).get(slot);
        let taken = top.compare_exchange(seen, below, Relaxed, Relaxed); // R: the load acquired it
        match taken {
            Ok(_) => return Some(slot),
            Err(now) => backoff.lost(now),
        };
    }
}

/// Returns a slot to the list. The caller owns it.
#[inline]
pub(super) fn give(top: &AtomicUsize, layout: Layout, link: &Link, slot: usize) {
    let mut backoff = Backoff::new();
    let mut seen = top.load(Relaxed); // R: the exchange confirms it
    loop {
        link.set(slot, layout.low(seen));
        let above = layout.lap_later(layout.lap(seen)) | slot;
        let given = top.compare_exchange(seen, above, Release, Relaxed); // E1, R: next try
        match given {
            Ok(_) => return,
            Err(now) => seen = backoff.lost(now),
        }
    }
}

/// The slot below one in the list.
pub(super) struct Link(Stamp);

impl Link {
    const_fn! {
        pub(super) const fn new() -> Self {
            Link(Stamp::new(0))
        }
    }

    #[inline(always)]
    fn get(&self, of: usize) -> usize {
        self.0.load(Relaxed) ^ (of + 1) // R: E1 carries it; another owner's fails the exchange
    }

    #[inline(always)]
    fn set(&self, of: usize, below: usize) {
        self.0.store(below ^ (of + 1), Relaxed); // R: E1 carries it
    }
}
