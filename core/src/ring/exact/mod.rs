//! A lock-free ring for any number of threads, tasks and interrupt handlers, used by `&self`, whose
//! answers are exact whatever the others do.
//!
//! [`mpmc`](crate::ring::mpmc) is smaller, and faster (`mpmc/alone` and its like). But there a
//! thread that is stopped in the middle of an operation blocks one slot: the others get `Busy`
//! until it goes on. Take this ring if the others must go on meanwhile: between an interrupt handler and
//! the code that it interrupts, between threads of different priorities, or where a thread may be
//! ended in the middle. Everything that the others push can be popped, in order; `Full` and `Empty`
//! are linearizable; and each operation ends after a bounded number of steps if it runs alone,
//! wherever the others were stopped.
//!
//! # Spare slots
//! A value of any size cannot be stored and made visible in one step. So each operation holds a
//! slot of its own for a moment: a push from before it writes its value, a pop until it has read
//! it. `Ring<T, N, SPARE>` has `SPARE` slots for that, beside those of its `N` items. An operation
//! that is stopped for ever keeps its slot for ever.
//!
//! A push answers [`PushError::Busy`] if it finds no slot and the ring is not full. **That happens
//! only while more than `SPARE` other operations are in progress**, those that were stopped for
//! ever included. So with at most `SPARE + 1` threads and interrupt handlers at the ring a push is
//! never `Busy`. A pop never is.

// The protocol is described in `protocol.rs`, the free list in `free_list.rs`, the words of both in
// `layout.rs`.

#![allow(unsafe_code)]

mod evict;
mod free_list;
mod layout;
mod protocol;

use core::fmt;

use crate::shim::atomic::Ordering::*;
use crate::shim::stoppable::AtomicUsize;
use crate::shim::{RaceChecks, const_fn, filled};

use self::free_list::Link;
use super::refused::{Nothing, Refused};
use super::slot::{Holder, Slot, Storage, sealed::Sealed, to_the_end};
use crate::error::{Empty, PushError};
use crate::pad::CachePadded;

/// A ring of `N` items for any number of threads, tasks and interrupt handlers, of which at most
/// `SPARE + 1` are in the middle of an operation at one time.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | every operation, without any feature |
/// | spins | never for a peer; after a lost exchange up to 64 pauses |
/// | bounded | each retry happens only after somebody else has completed a step |
/// | longest masked section | none; without compare-and-swap one exchange of a word, by the back end of `portable-atomic` |
/// | lock-free | yes, with up to `SPARE` operations stopped for ever, at any point; with more, pushes may be `Busy` |
/// | linearizable | yes, `Full` and `Empty` included |
///
/// # Fairness
/// None: callers race for positions. Items leave in the order in which they came in.
///
/// # Memory ordering
/// What a thread did before `push` happens before what another does after it popped that item.
///
/// # Limits
/// Words count laps: how often the ring went round, and how often a slot was returned. A caller
/// that stops between its look at a word and its exchange, and goes on when exactly all numbers of
/// laps have been used meanwhile, or a multiple of them, would not notice. For 16 items and up to
/// 15 spare slots these are 2⁵⁸ laps on a 64-bit target and 2²⁶ on a 32-bit one: 67 million
/// operations for the list of free slots, a billion for the ring itself. A caller that stays
/// stopped does no harm.
///
#[doc = include_str!("../examples/exact_ring.md")]
pub type Ring<T, const N: usize, const SPARE: usize = 4> = RingOf<T, [ExactSlot<T>; N], SPARE>;

/// A ring whose type does not contain the capacity.
pub type RingView<T, const SPARE: usize = 4> = RingOf<T, [ExactSlot<T>], SPARE>;

/// The type behind every ring. Name it as [`Ring`] or [`RingView`].
#[repr(C)]
pub struct RingOf<T, S: Storage<Slot = ExactSlot<T>> + ?Sized, const SPARE: usize> {
    tail: CachePadded<AtomicUsize>,
    head: CachePadded<AtomicUsize>,
    free: CachePadded<AtomicUsize>,
    tracks: RaceChecks,
    spare: [SpareSlot<T>; SPARE],
    slots: S,
}

/// A slot with its link in the free list.
struct SpareSlot<T> {
    link: Link,
    slot: Slot<T>,
}

impl<T> SpareSlot<T> {
    const_fn! {
        const fn new() -> Self {
            SpareSlot { link: Link::new(), slot: Slot::new() }
        }
    }
}

/// A slot, and a cell of the queue. They have nothing to do with each other.
#[doc(hidden)]
pub struct ExactSlot<T> {
    cell: AtomicUsize,
    slot: SpareSlot<T>,
}

impl<T> ExactSlot<T> {
    const_fn! {
        const fn new() -> Self {
            ExactSlot { cell: AtomicUsize::new(0), slot: SpareSlot::new() }
        }
    }
}

impl<T> Sealed for ExactSlot<T> {}

impl<T> Holder for ExactSlot<T> {
    type Item = T;

    #[inline(always)]
    fn bare(&self) -> &Slot<T> {
        &self.slot.slot
    }
}

impl<T, const N: usize, const SPARE: usize> RingOf<T, [ExactSlot<T>; N], SPARE> {
    const_fn! {
        /// Creates an empty ring.
        #[doc = include_str!("../examples/exact_new.md")]
        pub const fn new() -> Self {
            const { assert!(N > 0, "a ring needs at least one slot") };
            const { assert!(N <= usize::MAX / 64 && SPARE <= usize::MAX / 64, "the laps need bits too") };
            RingOf {
                tail: CachePadded::new(AtomicUsize::new(0)),
                head: CachePadded::new(AtomicUsize::new(0)),
                free: CachePadded::new(AtomicUsize::new(0)),
                tracks: RaceChecks::new(N + SPARE),
                spare: filled!(SpareSlot::new(); SPARE),
                slots: filled!(ExactSlot::new(); N),
            }
        }
    }
}

impl<T, const N: usize, const SPARE: usize> Default for RingOf<T, [ExactSlot<T>; N], SPARE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, S: Storage<Slot = ExactSlot<T>> + ?Sized, const SPARE: usize> RingOf<T, S, SPARE> {
    /// Appends an item.
    ///
    /// # Errors
    /// [`PushError::Full`]: at a moment of the call exactly [`capacity`](RingOf::capacity) items
    /// were in the ring. [`PushError::Busy`]: more than `SPARE` other operations are in progress,
    /// and the ring is not full. Both give the item back.
    #[doc = include_str!("../examples/exact_push.md")]
    #[inline]
    #[doc(alias = "enqueue")]
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.put(item).map_err(|(why, item)| match why {
            Refused::Full => PushError::Full(item),
            // Only a channel closes its ring, and it never calls this.
            Refused::Busy | Refused::Closed => PushError::Busy(item),
        })
    }

    /// Takes the oldest item.
    ///
    /// # Errors
    /// [`Empty`]: at a moment of the call no item was in the ring.
    #[doc = include_str!("../examples/exact_pop.md")]
    #[inline]
    #[doc(alias = "dequeue")]
    pub fn pop(&self) -> Result<T, Empty> {
        self.take().map_err(|_| Empty)
    }

    /// Returns `true` if the ring was empty at a moment of the call.
    #[doc = include_str!("../examples/exact_is_empty.md")]
    pub fn is_empty(&self) -> bool {
        matches!(self.can_take(), Err(Nothing::Empty | Nothing::Closed))
    }

    /// Returns `true` if the ring was full at a moment of the call.
    #[doc = include_str!("../examples/exact_is_full.md")]
    pub fn is_full(&self) -> bool {
        self.where_to_put().is_err()
    }

    /// Returns how many items are in the ring, those being pushed or popped at this moment included
    /// or not: a snapshot, in `0..=capacity`.
    #[doc = include_str!("../examples/exact_len.md")]
    pub fn len(&self) -> usize {
        let head = self.head.load(Acquire); // ring/exact/protocol.rs#E3
        let tail = self.tail.load(Relaxed); // R: E3: it is not earlier than the head, but for one position
        self.layout().between(head, tail)
    }

    /// Returns the number of items that there is room for: a snapshot.
    #[doc = include_str!("../examples/exact_free.md")]
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
    }

    /// Returns the number of items that the ring holds at most.
    #[doc = include_str!("../examples/exact_capacity.md")]
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.slots.slots().len()
    }
}

impl<T, S: Storage<Slot = ExactSlot<T>> + ?Sized, const SPARE: usize> Drop for RingOf<T, S, SPARE> {
    fn drop(&mut self) {
        // A value in a slot of an operation that never ended is not dropped: nobody knows of it.
        let mut cell = self.head.load(Relaxed); // R: exclusive access
        let mut left = self.capacity();
        to_the_end(|| {
            let Some(rest) = left.checked_sub(1) else {
                return false;
            };
            let here = cell;
            (cell, left) = (self.layout().next(here), rest);
            let seen = self.cell(here).load(Relaxed); // R: exclusive access
            if let Some(slot) = self.layout().slot(seen) {
                let (SpareSlot { slot, .. }, track) = self.slot(slot);
                // SAFETY: F1: the cell owns the slot, and nobody else is left.
                unsafe { slot.destroy(track) };
            }
            true
        });
    }
}

impl<T, S: Storage<Slot = ExactSlot<T>> + ?Sized, const SPARE: usize> fmt::Debug
    for RingOf<T, S, SPARE>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}
