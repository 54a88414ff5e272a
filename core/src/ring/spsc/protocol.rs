//! L2: the SPSC ring: two positions, and who may move them.
//!
//! Lamport's queue, with loads and stores only. The producer owns `tail`, the consumer owns `head`.
//! Each publishes its own position, and reads the other's only when the copy it remembers says that
//! the ring is full (or empty). So a busy ring moves one line per fill, not per item. Positions
//! count past N (see `index.rs`): full and empty differ for every N from 1 up.
//!
//! | the slots from | belong to |
//! |---|---|
//! | `head` up to `tail` | the consumer: each holds a value |
//! | `tail` up to `head + N` | the producer: none holds a published value |
//!
//! Invariants
//! * **I1** Only the producer stores `tail`, only the consumer stores `head`; each moves only
//!   forward, past slots it owns.
//! * **I2** A handle's own position equals the published one whenever no call of that handle is
//!   running.
//! * **I3** `handles` has a bit for each handle that lives; a handle exists at most once.
//! * **I4** A remembered copy of the other side's position is some earlier value of it, so it
//!   under-reports what is ours. (Where there are no cache lines to spare nothing is remembered, and
//!   each call looks: see `shim/lines.rs`.)
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | producer: `tail.store` | consumer: `tail.load` | the values written before |
//! | E2 | consumer: `head.store` | producer: `head.load` | the slots are read out, they may be overwritten |
//! | E3 | a handle's drop: `handles.fetch_and` | `try_split`: `handles` CAS | all that the old handles did |
//!
//! Bulk forms publish once per run of items, with the same edges. What a run has not published is
//! not in the ring: a dropped `Write` drops what it holds, a forgotten one leaks it.
//!
//! Origin: L. Lamport, "Specifying concurrent program modules", 1983; the remembered copies: J.
//! Giacomoni et al., "FastForward", 2008, in the index form of M. Torquati's
//! "Single-producer/single-consumer queues", 2010.

#![allow(unsafe_code)]

use core::fmt;
use core::mem::offset_of;

use crate::shim::atomic::{AtomicU8, Ordering::*};
use crate::shim::plain::AtomicUsize;
use crate::shim::{CachedIndex, RaceCheck, RaceChecks, const_fn, filled};

use crate::error::{Empty, Full};
use crate::pad::CachePadded;
use crate::panic_without_fmt::get_or_panic;
use crate::ring::dyn_capacity::impl_dyn_capacity;
use crate::ring::index::Word;
use crate::ring::slot::{Holder, Slot, Storage, to_the_end};

pub(crate) const PRODUCER: u8 = 1;
pub(crate) const CONSUMER: u8 = 2;
const BOTH: u8 = PRODUCER | CONSUMER;

/// The positions that a handle keeps: its own, and the other side's as last seen (I2, I4).
#[derive(Clone)]
pub(crate) struct Position {
    pub(crate) own: CachedIndex,
    pub(super) other: CachedIndex,
}

impl Position {
    fn set(&self, own: usize, other: usize) {
        self.own.set(own);
        self.other.set(other);
    }

    pub(crate) const fn new(own: usize, other: usize) -> Self {
        Position {
            own: CachedIndex::new(own),
            other: CachedIndex::new(other),
        }
    }
}

/// A wait-free ring of `N` slots between one producer and one consumer.
///
/// Take the two handles with [`split`](RingOf::split) (from a `&mut`, always succeeds) or
/// [`try_split`](RingOf::try_split) (from a `&`, as statics need it).
///
/// | | |
/// |---|---|
/// | from an interrupt handler | every operation of a handle, without any feature |
/// | spins | never |
/// | bounded | every operation; `release` and drops run the items' destructors |
/// | longest masked section | none; `try_split` and dropping a handle exchange one word |
///
/// # Memory ordering
/// What a thread did before `push` happens before what another does after it popped that item.
///
/// # Examples
/// ```
/// # use gimmal_core::ring::spsc::Ring;
/// static QUEUE: Ring<u32, 64> = Ring::new();
///
/// let (mut producer, mut consumer) = QUEUE.try_split().expect("nobody holds the handles");
/// producer.push(7).unwrap();
/// assert_eq!(consumer.pop(), Ok(7));
/// assert!(consumer.pop().is_err());
/// ```
///
/// A ring of no slots does not compile:
/// ```compile_fail
/// # use gimmal_core::ring::spsc::Ring;
/// static NONE: Ring<u32, 0> = Ring::new();
/// ```
pub type Ring<T, const N: usize> = RingOf<[Slot<T>; N]>;

/// The type behind every ring. Name it as [`Ring`] or [`RingView`].
#[repr(C)]
pub struct RingOf<S: Storage + ?Sized> {
    pub(super) tracks: RaceChecks,
    pub(crate) tail: CachePadded<AtomicUsize>,
    /// The last word before the slots, so that these begin with a line of their own.
    pub(crate) head: CachePadded<Head>,
    pub(super) slots: S,
}

/// What the consumer publishes, and in the same line what is touched only to take and drop handles.
pub(crate) struct Head {
    pub(crate) position: AtomicUsize,
    handles: AtomicU8,
}

/// A ring whose type does not contain the capacity.
pub type RingView<T> = RingOf<[Slot<T>]>;

impl<T, const N: usize> RingOf<[Slot<T>; N]> {
    const_fn! {
        /// Creates an empty ring.
        ///
        /// # Examples
        /// ```
        /// # use gimmal_core::ring::spsc::Ring;
        /// static SAMPLES: Ring<u16, 64> = Ring::new();
        /// assert!(SAMPLES.is_empty());
        /// ```
        pub const fn new() -> Self {
            const { assert!(N > 0, "a ring needs at least one slot") };
            const { assert!(N <= usize::MAX / 4, "positions run through twice the capacity") };
            RingOf {
                tail: CachePadded::new(AtomicUsize::new(0)),
                head: CachePadded::new(Head {
                    position: AtomicUsize::new(0),
                    handles: AtomicU8::new(0),
                }),
                tracks: RaceChecks::new(N),
                slots: filled!(Slot::new(); N),
            }
        }
    }
}

impl<T, const N: usize> Default for RingOf<[Slot<T>; N]> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> RingOf<S> {
    /// Puts one item at the end if fewer than `most` are there. `looked` is told what was found
    /// whenever the producer had to look at the consumer's position anew: `true` if there was no
    /// room. A push that succeeds after a refused one has looked, unless the target keeps no copies
    /// of positions ([`CachedIndex::ALWAYS_FRESH`]).
    ///
    /// # Safety
    /// I1: the caller is the one producer, and `at` is its position. `most` is at most the
    /// capacity.
    #[inline(always)]
    pub(crate) unsafe fn push_from(
        &self,
        at: &Position,
        item: T,
        most: usize,
        looked: impl FnOnce(bool),
    ) -> Result<(), Full<T>> {
        let tail = self.tail_at(&at.own);
        let head = at.other.get(|| self.look_at_head());
        if self.distance(head, tail) >= most {
            let full = CachedIndex::ALWAYS_FRESH || self.capacity() - self.free_from(at) >= most;
            looked(full);
            if full {
                return Err(Full(item));
            }
        }
        let (slot, track) = self.slot(tail);
        // SAFETY: I1: the slot at `tail` is the producer's, there is room before `head + N`.
        unsafe { slot.put(track, item) };
        self.publish_tail(&at.own, self.after(tail));
        Ok(())
    }

    /// Takes the oldest item.
    ///
    /// # Safety
    /// I1: the caller is the one consumer, and `at` is its position.
    #[inline(always)]
    pub(crate) unsafe fn pop_from(&self, at: &Position) -> Result<T, Empty> {
        let head = self.head_to_pop(at)?;
        let (slot, track) = self.slot(head);
        // SAFETY: I1: the slot at `head` holds a value and is the consumer's.
        let item = unsafe { slot.take(track) };
        self.publish_head(&at.own, self.after(head));
        Ok(item)
    }

    /// The item `index` places behind the oldest one, in its place.
    ///
    /// # Safety
    /// I1: the caller is the one consumer, and `at` is its position. It takes nothing while it keeps
    /// the reference.
    #[inline(always)]
    pub(crate) unsafe fn peek_from(&self, at: &Position, index: usize) -> Option<&T> {
        let head = self.head_at(&at.own);
        let tail = at.other.get(|| self.look_at_tail());
        if self.distance(head, tail) <= index
            && (CachedIndex::ALWAYS_FRESH || self.filled_from(at) <= index)
        {
            return None;
        }
        let (slot, track) = self.slot(self.moved(head, index));
        // SAFETY: I1: the slots from `head` to `tail` hold values, and are the consumer's.
        Some(unsafe { slot.get(track) })
    }

    /// The consumer's position, if there is something to take.
    #[inline(always)]
    pub(super) fn head_to_pop(&self, at: &Position) -> Result<usize, Empty> {
        let head = self.head_at(&at.own);
        let tail = at.other.get(|| self.look_at_tail());
        if head == tail && (CachedIndex::ALWAYS_FRESH || self.tail_from(at) == head) {
            return Err(Empty);
        }
        Ok(head)
    }

    #[inline(always)]
    pub(super) fn slot(&self, pos: usize) -> (&Slot<T>, &RaceCheck) {
        let index = Word::slot(pos, self.capacity(), self.slots.mask());
        // SAFETY: of a position `index` is below N.
        (
            unsafe { self.slots.slots().get_unchecked(index) },
            self.tracks.of(index),
        )
    }
}

impl<S: Storage + ?Sized> RingOf<S> {
    /// Exclusive access proves that no handle is in use: those that were forgotten count no longer.
    pub(crate) fn forget_handles(&mut self) {
        self.head.handles.store(0, Relaxed); // R: exclusive access
    }

    /// The positions of both sides, for handles of whatever form; each is given back with `let_go`.
    pub(crate) fn take_handles(&self) -> Option<(Position, Position)> {
        let taken = self
            .head
            .handles
            .compare_exchange(0, BOTH, Acquire, Relaxed); // E3, R: failure reads nothing
        taken.ok()?;
        let tail = self.tail.load(Relaxed); // R: E3
        let head = self.head.position.load(Relaxed); // R: E3
        Some((Position::new(tail, head), Position::new(head, tail)))
    }

    /// Sets both sides' positions to where they last stood; the caller has synchronised with
    /// whoever that was.
    pub(crate) fn positions(&self, producer: &Position, consumer: &Position) {
        let tail = self.tail.load(Relaxed); // R: see above
        let head = self.head.position.load(Relaxed); // R: see above
        producer.set(tail, head);
        consumer.set(head, tail);
    }

    /// Lets both sides of an empty ring begin at the first slot again; the caller is both, and has
    /// synchronised with whoever they were.
    pub(crate) fn begin_again(&self, producer: &Position, consumer: &Position) {
        self.tail.store(0, Relaxed); // R: see above
        self.head.position.store(0, Relaxed); // R: see above
        producer.set(0, 0);
        consumer.set(0, 0);
    }

    /// The consumer's position, for its replacement: the producer, when the consumer has gone
    /// for good.
    pub(crate) fn consumer_position(&self) -> Position {
        let head = self.head.position.load(Relaxed); // R: the replacement has synchronised with it
        Position::new(head, head)
    }

    /// Returns the number of items in the ring: a snapshot, in `0..=capacity`.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let ring = Ring::<u8, 4>::new();
    /// let (mut producer, _consumer) = ring.try_split().unwrap();
    /// producer.push(1).unwrap();
    /// assert_eq!(ring.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        let n = self.capacity();
        // R: Acquire makes each look no older than the one before; a look that is too old is
        // noticed below.
        let mut head = self.head.position.load(Acquire); // R: see above
        loop {
            let tail = self.tail.load(Acquire); // R: see above
            let again = self.head.position.load(Acquire); // R: see above
            let len = Word::distance(head, tail, n, self.slots.mask());
            // Equal positions may be whole rounds apart; then the tail may be too far.
            if again == head && len <= n {
                return len;
            }
            head = again; // the consumer moved on meanwhile
        }
    }

    /// Returns `true` if the ring is empty: a snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// assert!(Ring::<u8, 4>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `true` if the ring is full: a snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let ring = Ring::<u8, 1>::new();
    /// let (mut producer, _consumer) = ring.try_split().unwrap();
    /// producer.push(1).unwrap();
    /// assert!(ring.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// How many slots are free, as the producer at `at` sees it now.
    #[cold]
    pub(crate) fn free_from(&self, at: &Position) -> usize {
        let head = self.look_at_head();
        at.other.set(head);
        self.capacity() - self.distance(head, self.tail_at(&at.own))
    }

    /// Returns `true` if fewer than `most` items are there, for the producer at `at`. It looks at the
    /// consumer's position only if by what it has seen before there is no room; `looked` is that of
    /// [`push_from`](Self::push_from).
    #[inline(always)]
    pub(crate) fn has_room_from(
        &self,
        at: &Position,
        most: usize,
        looked: impl FnOnce(bool),
    ) -> bool {
        let head = at.other.get(|| self.look_at_head());
        if self.distance(head, self.tail_at(&at.own)) < most {
            return true;
        }
        let full = CachedIndex::ALWAYS_FRESH || self.capacity() - self.free_from(at) >= most;
        looked(full);
        !full
    }

    /// How many slots are filled, as the consumer at `at` sees it now.
    #[cold]
    pub(crate) fn filled_from(&self, at: &Position) -> usize {
        self.distance(self.head_at(&at.own), self.tail_from(at))
    }

    /// The producer's position, as the consumer at `at` sees it now.
    #[inline(always)]
    fn tail_from(&self, at: &Position) -> usize {
        let tail = self.look_at_tail();
        at.other.set(tail);
        tail
    }

    #[inline(always)]
    pub(super) fn look_at_head(&self) -> usize {
        self.head.position.load(Acquire) // E2
    }

    #[inline(always)]
    pub(super) fn look_at_tail(&self) -> usize {
        self.tail.load(Acquire) // E1
    }

    /// The producer's position, for the producer.
    #[inline(always)]
    pub(crate) fn tail_at(&self, own: &CachedIndex) -> usize {
        own.get(|| self.tail.load(Relaxed)) // R: I1: only this side writes it
    }

    /// The consumer's position, for the consumer.
    #[inline(always)]
    pub(crate) fn head_at(&self, own: &CachedIndex) -> usize {
        own.get(|| self.head.position.load(Relaxed)) // R: I1: only this side writes it
    }

    pub(crate) fn let_go(&self, handle: u8) {
        self.head.handles.fetch_and(!handle, Release); // E3
    }

    /// Returns the number of slots.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// assert_eq!(Ring::<u8, 4>::new().capacity(), 4);
    /// ```
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.slots.slots().len()
    }

    /// I1, I2: only the producer, whose own position is `own`.
    #[inline(always)]
    pub(super) fn publish_tail(&self, own: &CachedIndex, tail: usize) {
        own.set(tail);
        self.tail.store(tail, Release); // E1
    }

    /// I1, I2: only the consumer, whose own position is `own`.
    #[inline(always)]
    pub(super) fn publish_head(&self, own: &CachedIndex, head: usize) {
        own.set(head);
        self.head.position.store(head, Release); // E2
    }

    #[inline(always)]
    pub(super) fn after(&self, pos: usize) -> usize {
        Word::after(pos, self.capacity(), self.slots.mask())
    }

    #[inline(always)]
    pub(super) fn moved(&self, pos: usize, by: usize) -> usize {
        Word::moved(pos, by, self.capacity(), self.slots.mask())
    }

    #[inline(always)]
    pub(super) fn distance(&self, from: usize, to: usize) -> usize {
        Word::distance(from, to, self.capacity(), self.slots.mask())
    }
}

impl<T, const N: usize> RingOf<[Slot<T>; N]> {
    /// The header does not depend on the capacity.
    fn for_capacity(_capacity: usize) -> Self {
        Self::new()
    }
}

impl_dyn_capacity!(RingView, Ring, Slot, offset_of!(Ring<T, 1>, slots));

impl<S: Storage + ?Sized> Drop for RingOf<S> {
    fn drop(&mut self) {
        let mut head = self.head.position.load(Relaxed); // R: exclusive access
        let tail = self.tail.load(Relaxed); // R: exclusive access
        let (slots, mask) = (self.slots.slots(), self.slots.mask());
        to_the_end(|| {
            let here = head;
            if here == tail {
                return false;
            }
            head = Word::after(here, slots.len(), mask);
            let index = Word::slot(here, slots.len(), mask);
            // SAFETY: the slots from `head` to `tail` hold a value each, and nobody else is left.
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
