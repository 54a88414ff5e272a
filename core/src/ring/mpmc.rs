//! A ring for any number of threads, tasks and interrupt handlers, used by `&self`. It never waits.
//!
//! `push` and `pop` tell three outcomes apart: done, full (or empty), and [`Busy`]. The first two
//! are exact. `Busy` means that somebody else has claimed the next slot and has not finished with
//! it, for instance a thread that was preempted or interrupted there. Try again later, or use
//! [`channel::mpmc`](crate::channel::mpmc), which waits.
//!
//! [`push_overwrite`](RingOf::push_overwrite) makes room in a full ring by evicting the oldest
//! item. [`push_run`](RingOf::push_run) and [`pop_run`](RingOf::pop_run) move several items by one
//! claim.

// Protocol: Vyukov's queue with turn stamps. A thread (task, interrupt handler) *claims* a position
// with a CAS on `tail` (or `head`), writes (reads) the slot, and *publishes* it by the slot's
// stamp.
//
// | stamp of the slot of a position in lap L | whose turn |
// |---|---|
// | `L` | EMPTY: whoever claims that position in `tail` writes; `EMPTY=>FULL` |
// | `L` + full | FULL: whoever claims that position in `head` reads; `FULL=>EMPTY` of the next lap |
//
// **Exact or honest.** A stamp that is not ours has two possible reasons: the ring is full (empty),
// or a context that claimed the slot has not finished. The slow path tells them apart: re-read the
// own position (moved: somebody finished, start again), read the other position: one lap apart is
// `Full`, equal is `Empty`; else look at the stamp once more, and if it is still not ours answer
// `Busy`. No loop waits for a peer: each round needs somebody to have completed. heapless' queue
// answered Full here, crossbeam's spins. The answer is exact in the sense of happens-before:
// whatever happened before the call is seen by it. No fence is needed for that (the prototype of
// this ring had one: no model can tell the difference); the fence of the sleep/wake handshake
// stands in `wait`, where it belongs.
//
// **Closing** (used by the channel) sets the closed bit of the *tail word*, so that a claim after
// it fails, and a receiver is told "closed" only together with "the closed tail equals head". A
// flag beside the ring strands messages.
//
// Invariants
// * **I1** A slot belongs to the context that claimed its position in this lap, from the CAS to the
//   stamp's store.
// * **I2** `head ≤ tail ≤ head + N` at every moment; both move only by claims.
// * **I3** After CLOSED is set, `tail` never changes.
//
// | edge | release | acquire | what it carries |
// |---|---|---|---|
// | E1 | push: `stamp.store(FULL)` | pop: `stamp.load` | the value |
// | E2 | pop: `stamp.store(EMPTY)` | push: `stamp.load` | the slot is read out |
// | E3 | push: `tail` CAS | push, slow path: `tail.load` | the pops that a claimer had seen: an exact Full |
// | E4 | pop: `head` CAS | pop, slow path, and len: `head.load` | the pushes that a claimer had seen: an exact Empty |
// | E5 | close: `tail.fetch_or` | pop, slow path, and is_closed: `tail.load` | what was done before closing |
//
// Limits: a context stopped between claim and publication makes its one slot Busy for everybody who
// comes round; a context stopped inside a claim while 2^(word bits − index bits − 1) laps pass
// would mistake the lap (on a 32-bit target with 16 slots: 134 million laps).
//
// Origin: D. Vyukov, "Bounded MPMC queue", 2010; a closed bit in the tail word is crossbeam's,
// below the index ours.

#![allow(unsafe_code)]

use core::fmt;
use core::mem::offset_of;

use crate::shim::atomic::{AtomicUsize, Ordering::*};
use crate::shim::{Backoff, RaceCheck, RaceChecks, const_fn, filled};

use super::dyn_capacity::impl_dyn_capacity;
use super::index::Word;
use super::refused::{Nothing, Refused};
use super::slot::{Holder, Stamp, Storage, TurnSlot, to_the_end};
use crate::error::{Busy, PopError, PushError};
use crate::pad::CachePadded;
use crate::panic_without_fmt::get_or_panic;

/// Bit 0 of a stamp: the slot holds a value.
const FULL: usize = 1;
/// Bit 0 of the tail word: no position is claimed any more.
const CLOSED: usize = 1;

/// A ring of `N` slots for any number of threads, tasks and interrupt handlers.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | every operation, without any feature |
/// | spins | never for a peer; after a lost claim up to 64 pauses |
/// | bounded | each retry happens only after somebody else has completed an operation |
/// | longest masked section | none; without compare-and-swap one exchange of a word, by the back end of `portable-atomic` |
/// | lock-free | no: a thread stopped in the middle of an operation blocks its one slot; the others get `Busy` there |
///
/// # Fairness
/// None: callers race for positions. Items leave in the order in which their positions were
/// claimed.
///
/// # Memory ordering
/// What a thread did before `push` happens before what another does after it popped that item.
///
#[doc = include_str!("examples/mpmc_ring.md")]
pub type Ring<T, const N: usize> = RingOf<[TurnSlot<T>; N]>;

/// A ring whose type does not contain the capacity.
pub type RingView<T> = RingOf<[TurnSlot<T>]>;

/// The type behind every ring. Name it as [`Ring`] or [`RingView`].
#[repr(C)]
pub struct RingOf<S: Storage + ?Sized> {
    pub(crate) tail: CachePadded<AtomicUsize>,
    pub(crate) head: CachePadded<AtomicUsize>,
    tracks: RaceChecks,
    pub(super) slots: S,
}

impl<T, const N: usize> RingOf<[TurnSlot<T>; N]> {
    const_fn! {
        /// Creates an empty ring.
        #[doc = include_str!("examples/mpmc_new.md")]
        pub const fn new() -> Self {
            const { assert!(N > 0, "a ring needs at least one slot") };
            const { assert!(N <= usize::MAX / 16, "the laps need bits too") };
            RingOf {
                tail: CachePadded::new(AtomicUsize::new(0)),
                head: CachePadded::new(AtomicUsize::new(0)),
                tracks: RaceChecks::new(N),
                slots: filled!(TurnSlot::new(); N),
            }
        }
    }
}

impl<T, const N: usize> Default for RingOf<[TurnSlot<T>; N]> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, S: Storage<Slot = TurnSlot<T>> + ?Sized> RingOf<S> {
    /// Appends an item.
    ///
    /// # Errors
    /// [`PushError::Full`]: at a moment of the call every slot was taken. [`PushError::Busy`]: somebody else has begun to
    /// empty the next slot and has not finished. Both give the item back.
    #[doc = include_str!("examples/mpmc_push.md")]
    #[inline]
    #[doc(alias = "enqueue")]
    pub fn push(&self, item: T) -> Result<(), PushError<T>> {
        // Only a channel closes its ring, and it never calls this.
        self.put(item).map_err(|(why, item)| match why {
            Refused::Full => PushError::Full(item),
            Refused::Busy | Refused::Closed => PushError::Busy(item),
        })
    }

    /// Takes the oldest item.
    ///
    /// # Errors
    /// [`PopError::Empty`]: at a moment of the call the ring was empty. [`PopError::Busy`]: somebody else has begun to fill
    /// the next slot and has not finished.
    #[doc = include_str!("examples/mpmc_pop.md")]
    #[inline]
    #[doc(alias = "dequeue")]
    pub fn pop(&self) -> Result<T, PopError> {
        self.take().map_err(|why| match why {
            Nothing::Empty | Nothing::Closed => PopError::Empty,
            Nothing::Busy => PopError::Busy,
        })
    }

    /// Appends an item. If the ring is full, evicts the oldest item and returns it. For other
    /// pushes eviction and push are one step; a pop may see the ring after the eviction and before
    /// the push.
    ///
    /// # Errors
    /// [`Busy`] gives the item back, and nothing was evicted: somebody else has begun to empty the
    /// next slot, or to write the oldest item, and has not finished.
    #[doc = include_str!("examples/mpmc_push_overwrite.md")]
    pub fn push_overwrite(&self, item: T) -> Result<Option<T>, Busy<T>> {
        let mut item = item;
        loop {
            item = match self.put(item) {
                Ok(()) => return Ok(None),
                Err((Refused::Busy | Refused::Closed, item)) => return Err(Busy(item)),
                Err((Refused::Full, item)) => item,
            };
            let head = self.head.load(Relaxed); // R: the claim confirms it
            let tail = self.tail.load(Relaxed); // R: the claim confirms it
            let oldest = self.at(head);
            let stamp = oldest.0.stamp.load(Acquire); // E1
            if tail != Word::lap_later(head, self.span()) {
                continue; // somebody popped or pushed meanwhile: no longer full, or full of others
            }
            if stamp == self.turn(head) {
                return Err(Busy(item)); // the oldest is claimed and not yet written
            }
            if stamp != self.turn(head) | FULL {
                continue; // somebody popped it meanwhile
            }
            let next = self.next(head);
            let claim = self.head.compare_exchange(head, next, Release, Relaxed); // E4, R: next round
            if claim.is_err() {
                continue;
            }
            // I1: the slot of `head` is ours, and it is the slot that `tail` waits for: no push can
            // claim that position before its stamp is EMPTY in the tail's lap, which it never
            // becomes; so the position is ours as well.
            let (TurnSlot { stamp, slot }, track) = oldest;
            // SAFETY: I1, and the stamp said FULL.
            let evicted = unsafe { slot.take(track) };
            // SAFETY: I1.
            unsafe { slot.put(track, item) };
            self.tail.store(self.next(tail), Relaxed); // R: the ring is as full as before, and the stamp speaks for the slot
            stamp.store(self.turn(tail) | FULL, Release); // E1
            return Ok(Some(evicted));
        }
    }

    #[inline(always)]
    pub(crate) fn put(&self, item: T) -> Result<(), (Refused, T)> {
        let tail = match self.claim_tail() {
            Ok(tail) => tail,
            Err(why) => return Err((why, item)),
        };
        let (TurnSlot { stamp, slot }, track) = self.at(tail);
        // SAFETY: I1.
        unsafe { slot.put(track, item) };
        stamp.store(self.turn(tail) | FULL, Release); // E1
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn take(&self) -> Result<T, Nothing> {
        let head = self.claim_head()?;
        let (TurnSlot { stamp, slot }, track) = self.at(head);
        // SAFETY: I1, and the stamp said FULL.
        let item = unsafe { slot.take(track) };
        stamp.store(Word::lap_later(self.turn(head), self.span()), Release); // E2
        Ok(item)
    }

    /// A position to write at.
    #[inline(always)]
    fn claim_tail(&self) -> Result<usize, Refused> {
        let mut backoff = Backoff::new();
        let mut tail = self.tail.load(Relaxed); // R: the claim confirms it
        loop {
            let (TurnSlot { stamp, .. }, _) = self.at(tail);
            let turn = stamp.load(Acquire); // E2
            // A closed tail never meets its stamp: see `index.rs`.
            let ours = self.turn(tail);
            tail = if turn == ours {
                let next = self.next(tail);
                match self.move_tail(tail, next) {
                    Ok(_) => return Ok(tail),
                    Err(now) => backoff.lost(now),
                }
            } else {
                self.where_to_put(tail, stamp, ours)?
            };
        }
    }

    /// Claims the positions from `tail` to `next`, or returns the tail that is there.
    #[inline(always)]
    pub(super) fn move_tail(&self, tail: usize, next: usize) -> Result<usize, usize> {
        (self.tail).compare_exchange_weak(tail, next, Release, Relaxed) // E3, R: next try
    }

    /// The stamp at `tail` is not `ours`, or the ring is closed: says why, or where to go on.
    #[cold]
    #[inline(never)]
    pub(super) fn where_to_put(
        &self,
        tail: usize,
        stamp: &Stamp,
        ours: usize,
    ) -> Result<usize, Refused> {
        if tail & CLOSED != 0 {
            return Err(Refused::Closed);
        }
        let now = self.tail.load(Acquire); // E3
        if now != tail {
            return Ok(now);
        }
        let head = self.head.load(Relaxed); // R: E3 brought the pops that count
        if Word::lap_later(head, self.span()) == tail {
            return Err(Refused::Full);
        }
        let turn = stamp.load(Relaxed); // R: the next round looks again
        if turn == ours {
            return Ok(tail);
        }
        Err(Refused::Busy)
    }

    /// A position to read at.
    #[inline(always)]
    fn claim_head(&self) -> Result<usize, Nothing> {
        let mut backoff = Backoff::new();
        let mut head = self.head.load(Relaxed); // R: the claim confirms it
        loop {
            let (TurnSlot { stamp, .. }, _) = self.at(head);
            let turn = stamp.load(Acquire); // E1
            let ours = self.turn(head) | FULL;
            head = if turn == ours {
                let next = self.next(head);
                match self.move_head(head, next) {
                    Ok(_) => return Ok(head),
                    Err(now) => backoff.lost(now),
                }
            } else {
                self.where_to_take(head, stamp, ours)?
            };
        }
    }

    /// The same from `head` on.
    #[inline(always)]
    pub(super) fn move_head(&self, head: usize, next: usize) -> Result<usize, usize> {
        (self.head).compare_exchange_weak(head, next, Release, Relaxed) // E4, R: next try
    }

    /// The stamp at `head` is not `ours`: says why, or where to go on.
    #[cold]
    #[inline(never)]
    pub(super) fn where_to_take(
        &self,
        head: usize,
        stamp: &Stamp,
        ours: usize,
    ) -> Result<usize, Nothing> {
        let now = self.head.load(Acquire); // E4
        if now != head {
            return Ok(now);
        }
        let tail = self.tail.load(Acquire); // E5
        if tail & !CLOSED == head {
            return Err(if tail == head {
                Nothing::Empty
            } else {
                Nothing::Closed
            });
        }
        let turn = stamp.load(Relaxed); // R: the next round looks again
        if turn == ours {
            return Ok(head);
        }
        Err(Nothing::Busy)
    }

    #[inline(always)]
    pub(crate) fn at(&self, pos: usize) -> (&TurnSlot<T>, &RaceCheck) {
        let index = Word::index(pos, self.span());
        // SAFETY: an index never reaches N: `next` goes to the next lap before it would.
        (
            unsafe { self.slots.slots().get_unchecked(index) },
            self.tracks.of(index),
        )
    }
}

impl<S: Storage + ?Sized> RingOf<S> {
    /// Closes for pushes; true if this call did it.
    pub(crate) fn close(&self) -> bool {
        self.tail.fetch_or(CLOSED, Release) & CLOSED == 0 // E5
    }

    /// Returns `true` if the closed bit is set.
    pub(crate) fn is_closed(&self) -> bool {
        self.tail.load(Acquire) & CLOSED != 0 // E5
    }

    /// Head and tail: positions of one moment, or a tail that is later.
    #[inline(always)]
    fn ends(&self) -> (usize, usize) {
        let head = self.head.load(Acquire); // E4: no later tail can be older than this head
        let tail = self.tail.load(Relaxed); // R: E4
        (head, tail & !CLOSED)
    }

    /// Returns how many items are in the ring, those being pushed or popped at this moment included
    /// or not: a snapshot, in `0..=capacity`.
    #[doc = include_str!("examples/mpmc_len.md")]
    pub fn len(&self) -> usize {
        let (head, tail) = self.ends();
        Word::between(head, tail, self.capacity(), self.span())
    }

    /// How many items have been pushed so far: a snapshot that wraps.
    pub(crate) fn pushed(&self) -> usize {
        let tail = self.tail.load(Relaxed) & !CLOSED; // R: a snapshot
        let laps = tail / (2 * self.span());
        let index = Word::index(tail, self.span());
        laps.wrapping_mul(self.capacity()).wrapping_add(index)
    }

    /// Returns `true` if the ring is empty: a snapshot.
    #[doc = include_str!("examples/mpmc_is_empty.md")]
    pub fn is_empty(&self) -> bool {
        let (head, tail) = self.ends();
        head == tail
    }

    /// Returns `true` if the ring is full: a snapshot.
    #[doc = include_str!("examples/mpmc_is_full.md")]
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// Returns the number of free slots: a snapshot.
    #[doc = include_str!("examples/mpmc_free.md")]
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
    }

    /// Returns the number of slots.
    #[doc = include_str!("examples/mpmc_capacity.md")]
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.slots.slots().len()
    }

    #[inline(always)]
    pub(crate) fn span(&self) -> usize {
        Word::span(self.capacity())
    }

    #[inline(always)]
    pub(crate) fn turn(&self, pos: usize) -> usize {
        Word::turn(pos, self.span())
    }

    #[inline(always)]
    pub(crate) fn next(&self, pos: usize) -> usize {
        Word::next(pos, self.capacity(), self.span())
    }
}

impl<T, const N: usize> RingOf<[TurnSlot<T>; N]> {
    /// The header does not depend on the capacity.
    fn for_capacity(_capacity: usize) -> Self {
        Self::new()
    }
}

impl_dyn_capacity!(RingView, Ring, TurnSlot, offset_of!(Ring<T, 1>, slots));

impl<S: Storage + ?Sized> Drop for RingOf<S> {
    fn drop(&mut self) {
        let mut head = self.head.load(Relaxed); // R: exclusive access
        let tail = self.tail.load(Relaxed) & !CLOSED; // R: exclusive access
        let slots = self.slots.slots();
        to_the_end(|| {
            let here = head;
            if here == tail {
                return false;
            }
            head = self.next(here);
            let index = Word::index(here, self.span());
            // SAFETY: with nobody else left every position from `head` to `tail` holds a published
            // value.
            unsafe {
                get_or_panic(slots, index)
                    .bare()
                    .destroy(self.tracks.of(index))
            };
            true
        });
    }
}

impl<S: Storage + ?Sized> fmt::Debug for RingOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}
