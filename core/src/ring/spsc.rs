//! L2: the SPSC ring: one producer, one consumer, wait-free, loads and stores only.
//!
//! Lamport's queue. The producer owns `tail`, the consumer owns `head`; each publishes its own position and reads the
//! other's only when the copy it remembers says that the ring is full (or empty). So a busy ring moves one line per
//! fill, not per item. Positions run through `0..2N` (see `index.rs`): full and empty differ for every N from 1 up.
//!
//! | the slots from | belong to |
//! |---|---|
//! | `head` up to `tail` | the consumer: each holds a value |
//! | `tail` up to `head + N` | the producer: none holds a published value |
//!
//! Invariants
//! * **I1** Only the producer stores `tail`, only the consumer stores `head`; each moves only forward, past slots it owns.
//! * **I2** A handle's own position equals the published one whenever no call of that handle is running.
//! * **I3** `handles` has a bit for each handle that lives; a handle exists at most once.
//! * **I4** A remembered copy of the other side's position is some earlier value of it, so it under-reports what is ours.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | producer: `tail.store` | consumer: `tail.load` | the values written before |
//! | E2 | consumer: `head.store` | producer: `head.load` | the slots are read out, they may be overwritten |
//! | E3 | a handle's drop: `handles.fetch_and` | `try_split`: `handles` CAS | all that the old handles did |
//!
//! Bulk forms publish once per run of items, with the same edges. What a run has not published is not in the ring: a
//! dropped [`Write`] drops what it holds, a forgotten one leaks it.
//!
//! Origin: L. Lamport, "Specifying concurrent program modules", 1983; the remembered copies: J. Giacomoni et al.,
//! "FastForward", 2008, in the index form of M. Torquati's "Single-producer/single-consumer queues", 2010.

#![allow(unsafe_code)]

use core::cell::Cell;
use core::fmt;

use crate::shim::atomic::{AtomicU8, Ordering::*};
use crate::shim::plain::AtomicUsize;
use crate::shim::{Track, Tracks, const_fn, filled};

pub use super::bulk::{Erase, PopEach, Read, Write};
use super::index::Word;
use super::slot::{Holder, Slot, Storage, to_the_end};
use crate::error::{Empty, Full, ReadError, ReserveError};
use crate::pad::CachePadded;

const PRODUCER: u8 = 1;
const CONSUMER: u8 = 2;
const BOTH: u8 = PRODUCER | CONSUMER;

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
///
/// # Memory ordering
/// What a thread did before `push` happens before what another does after it popped that item.
///
/// # Examples
/// ```
/// use gimmal_core::ring::spsc::Ring;
///
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
/// static NONE: gimmal_core::ring::spsc::Ring<u32, 0> = gimmal_core::ring::spsc::Ring::new();
/// ```
pub type Ring<T, const N: usize> = RingOf<[Slot<T>; N]>;

/// The ring over any storage. Use it as [`Ring`] or [`RingView`].
#[repr(C)]
pub struct RingOf<S: Storage + ?Sized> {
    tail: CachePadded<AtomicUsize>,
    head: CachePadded<AtomicUsize>,
    handles: AtomicU8,
    tracks: Tracks,
    pub(super) slots: S,
}

/// A ring whose capacity is not part of its type.
pub type RingView<T> = RingOf<[Slot<T>]>;

impl<T, const N: usize> RingOf<[Slot<T>; N]> {
    const_fn! {
        /// An empty ring.
        pub const fn new() -> Self {
            const { assert!(N > 0, "a ring needs at least one slot") };
            const { assert!(N <= usize::MAX / 4, "positions run through twice the capacity") };
            RingOf {
                tail: CachePadded::new(AtomicUsize::new(0)),
                head: CachePadded::new(AtomicUsize::new(0)),
                handles: AtomicU8::new(0),
                tracks: Tracks::new(N),
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
    /// The two handles. Exclusive access proves that no earlier handle is in use; forgotten ones are forgotten here too.
    pub fn split(&mut self) -> (ProducerOf<'_, S>, ConsumerOf<'_, S>) {
        self.handles.store(BOTH, Relaxed); // R: exclusive access
        self.both()
    }

    /// Exclusive access proves that no handle is in use: those that were forgotten count no longer.
    pub(crate) fn forget_handles(&mut self) {
        self.handles.store(0, Relaxed); // R: exclusive access
    }

    /// The consuming side, for the producer.
    ///
    /// # Safety
    /// The consumer has gone for good, and all it did happened before this call (I3).
    pub(crate) unsafe fn consumer_again(&self) -> ConsumerOf<'_, S> {
        let head = self.head.load(Relaxed); // R: the contract above
        ConsumerOf {
            ring: self,
            head: Cell::new(head),
            tail: Cell::new(head),
        }
    }

    /// The two handles, or `None` while one of an earlier pair lives (a forgotten handle lives for ever).
    ///
    /// On a target without compare-and-swap this masks interrupts for a few instructions; the handles never do.
    pub fn try_split(&self) -> Option<(ProducerOf<'_, S>, ConsumerOf<'_, S>)> {
        self.handles
            .compare_exchange(0, BOTH, Acquire, Relaxed)
            .ok()?; // E3, R: failure reads nothing
        Some(self.both())
    }

    /// I3: the caller has set both bits.
    fn both(&self) -> (ProducerOf<'_, S>, ConsumerOf<'_, S>) {
        let tail = self.tail.load(Relaxed); // R: E3, or exclusive access
        let head = self.head.load(Relaxed); // R: E3, or exclusive access
        let producer = ProducerOf {
            ring: self,
            tail: Cell::new(tail),
            head: Cell::new(head),
        };
        let consumer = ConsumerOf {
            ring: self,
            head: Cell::new(head),
            tail: Cell::new(tail),
        };
        (producer, consumer)
    }

    #[inline(always)]
    pub(super) fn slot(&self, pos: usize) -> (&Slot<T>, &Track) {
        let index = Word::slot(pos, self.capacity(), S::MASK);
        // SAFETY: positions are below 2N, so `index` is below N.
        (
            unsafe { self.slots.slots().get_unchecked(index) },
            self.tracks.of(index),
        )
    }
}

impl<S: Storage + ?Sized> RingOf<S> {
    /// How many items are in the ring: a snapshot, in `0..=capacity`.
    pub fn len(&self) -> usize {
        let n = self.capacity();
        let mut head = self.head.load(Acquire); // E2: no later tail is older than this head
        loop {
            let tail = self.tail.load(Acquire); // E1: no later head is older than this tail
            let again = self.head.load(Relaxed); // R: equal means that both were so at one moment
            if again == head {
                return Word::distance(head, tail, n, S::MASK);
            }
            head = again; // the consumer moved on meanwhile
        }
    }

    /// Is the ring empty? A snapshot.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Is the ring full? A snapshot.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// How many items fit in at most.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.slots.slots().len()
    }

    /// I1, I2: only the producer, whose own position is `own`.
    #[inline(always)]
    pub(super) fn publish_tail(&self, own: &Cell<usize>, tail: usize) {
        own.set(tail);
        self.tail.store(tail, Release); // E1
    }

    /// I1, I2: only the consumer, whose own position is `own`.
    #[inline(always)]
    pub(super) fn publish_head(&self, own: &Cell<usize>, head: usize) {
        own.set(head);
        self.head.store(head, Release); // E2
    }

    #[inline(always)]
    pub(super) fn moved(&self, pos: usize, by: usize) -> usize {
        Word::moved(pos, by, self.capacity(), S::MASK)
    }

    #[inline(always)]
    fn distance(&self, from: usize, to: usize) -> usize {
        Word::distance(from, to, self.capacity(), S::MASK)
    }
}

impl<S: Storage + ?Sized> Drop for RingOf<S> {
    fn drop(&mut self) {
        let mut head = self.head.load(Relaxed); // R: exclusive access
        let tail = self.tail.load(Relaxed); // R: exclusive access
        let slots = self.slots.slots();
        to_the_end(|| {
            let here = head;
            if here == tail {
                return false;
            }
            head = Word::moved(here, 1, slots.len(), S::MASK);
            let index = Word::slot(here, slots.len(), S::MASK);
            // SAFETY: the slots from `head` to `tail` hold a value each, and nobody else is left.
            unsafe { slots[index].bare().destroy(self.tracks.of(index)) };
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

/// The producing handle of a [`Ring`].
pub type Producer<'r, T, const N: usize> = ProducerOf<'r, [Slot<T>; N]>;
/// The producing handle of a ring whose capacity is not part of the type.
pub type ProducerView<'r, T> = ProducerOf<'r, [Slot<T>]>;

/// A producing handle over any storage. Use it as [`Producer`] or [`ProducerView`].
///
/// Dropping it frees the place for a later [`try_split`](RingOf::try_split); what was pushed stays in the ring.
pub struct ProducerOf<'r, S: Storage + ?Sized> {
    ring: &'r RingOf<S>,
    tail: Cell<usize>,
    /// I4: the consumer's position as last seen.
    head: Cell<usize>,
}

impl<'r, T, S: Storage<Slot = Slot<T>> + ?Sized> ProducerOf<'r, S> {
    /// Puts one item at the end.
    ///
    /// # Errors
    /// [`Full`] gives the item back: at a moment of the call every slot held an item.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        let tail = self.tail.get();
        if self.ring.distance(self.head.get(), tail) == self.ring.capacity() && self.look() == 0 {
            return Err(Full(item));
        }
        let (slot, track) = self.ring.slot(tail);
        // SAFETY: I1: the slot at `tail` is the producer's, there is room before `head + N`.
        unsafe { slot.put(track, item) };
        self.ring.publish_tail(&self.tail, self.ring.moved(tail, 1));
        Ok(())
    }

    /// Room for `n` items in a row, filled in order and published together.
    ///
    /// # Errors
    /// [`ReserveError::TooFew`] when fewer slots are free now, [`ReserveError::TooLong`] when the ring never has so many.
    pub fn reserve(&mut self, n: usize) -> Result<Write<'_, T>, ReserveError>
    where
        S: Erase<T>,
    {
        let capacity = self.ring.capacity();
        if n > capacity {
            return Err(ReserveError::TooLong { capacity });
        }
        let known = capacity - self.ring.distance(self.head.get(), self.tail.get());
        let free = if known < n { self.look() } else { known };
        if free < n {
            return Err(ReserveError::TooFew { free });
        }
        Ok(Write::new(S::erase(self.ring), &self.tail, n))
    }

    /// How many more items fit: a snapshot that only this handle can make smaller.
    pub fn free(&self) -> usize {
        self.look()
    }

    /// Is there no room? A snapshot that only this handle can make true.
    pub fn is_full(&self) -> bool {
        self.look() == 0
    }

    /// How many items are in the ring: a snapshot.
    pub fn len(&self) -> usize {
        self.ring.capacity() - self.look()
    }

    /// Is the ring empty? A snapshot.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items the ring holds at most.
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// The same handle without the capacity in its type.
    pub fn erase(self) -> ProducerView<'r, T>
    where
        S: Erase<T>,
    {
        let this = core::mem::ManuallyDrop::new(self);
        ProducerOf {
            ring: S::erase(this.ring),
            tail: this.tail.clone(),
            head: this.head.clone(),
        }
    }

    /// Looks where the consumer is now, and says how many slots are free.
    #[cold]
    fn look(&self) -> usize {
        let head = self.ring.head.load(Acquire); // E2
        self.head.set(head);
        self.ring.capacity() - self.ring.distance(head, self.tail.get())
    }
}

impl<S: Storage + ?Sized> Drop for ProducerOf<'_, S> {
    fn drop(&mut self) {
        self.ring.handles.fetch_and(!PRODUCER, Release); // E3
    }
}

impl<S: Storage + ?Sized> fmt::Debug for ProducerOf<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Producer").field(&self.ring).finish()
    }
}

/// The consuming handle of a [`Ring`].
pub type Consumer<'r, T, const N: usize> = ConsumerOf<'r, [Slot<T>; N]>;
/// The consuming handle of a ring whose capacity is not part of the type.
pub type ConsumerView<'r, T> = ConsumerOf<'r, [Slot<T>]>;

/// A consuming handle over any storage. Use it as [`Consumer`] or [`ConsumerView`].
///
/// Dropping it frees the place for a later [`try_split`](RingOf::try_split); what was not popped stays in the ring.
pub struct ConsumerOf<'r, S: Storage + ?Sized> {
    ring: &'r RingOf<S>,
    head: Cell<usize>,
    /// I4: the producer's position as last seen.
    tail: Cell<usize>,
}

impl<'r, T, S: Storage<Slot = Slot<T>> + ?Sized> ConsumerOf<'r, S> {
    /// Takes the oldest item.
    ///
    /// # Errors
    /// [`Empty`]: at a moment of the call no slot held an item.
    #[inline]
    pub fn pop(&mut self) -> Result<T, Empty> {
        let head = self.head.get();
        if head == self.tail.get() && self.look() == 0 {
            return Err(Empty);
        }
        let (slot, track) = self.ring.slot(head);
        // SAFETY: I1: the slot at `head` holds a value and is the consumer's.
        let item = unsafe { slot.take(track) };
        self.ring.publish_head(&self.head, self.ring.moved(head, 1));
        Ok(item)
    }

    /// Looks at the oldest item without taking it.
    ///
    /// # Errors
    /// [`Empty`]: at a moment of the call no slot held an item.
    pub fn peek(&self) -> Result<&T, Empty> {
        let head = self.head.get();
        if head == self.tail.get() && self.look() == 0 {
            return Err(Empty);
        }
        let (slot, track) = self.ring.slot(head);
        // SAFETY: I1: the slot holds a value, and `pop` needs the `&mut` that the reference keeps away.
        Ok(unsafe { slot.get(track) })
    }

    /// The `n` oldest items in place.
    ///
    /// # Errors
    /// [`ReadError::TooFew`] when fewer are there now, [`ReadError::TooLong`] when the ring never has so many.
    pub fn read(&mut self, n: usize) -> Result<Read<'_, T>, ReadError>
    where
        S: Erase<T>,
    {
        let capacity = self.ring.capacity();
        if n > capacity {
            return Err(ReadError::TooLong { capacity });
        }
        let known = self.ring.distance(self.head.get(), self.tail.get());
        let available = if known < n { self.look() } else { known };
        if available < n {
            return Err(ReadError::TooFew { available });
        }
        Ok(Read::new(S::erase(self.ring), &self.head, n))
    }

    /// How many items are there: a snapshot that only this handle can make smaller.
    pub fn len(&self) -> usize {
        self.look()
    }

    /// Is nothing there? A snapshot that only this handle can make true.
    pub fn is_empty(&self) -> bool {
        self.look() == 0
    }

    /// Is the ring full? A snapshot.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// How many more items fit: a snapshot.
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
    }

    /// How many items the ring holds at most.
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// The same handle without the capacity in its type.
    pub fn erase(self) -> ConsumerView<'r, T>
    where
        S: Erase<T>,
    {
        let this = core::mem::ManuallyDrop::new(self);
        ConsumerOf {
            ring: S::erase(this.ring),
            head: this.head.clone(),
            tail: this.tail.clone(),
        }
    }

    /// Looks where the producer is now, and says how many items are there.
    #[cold]
    fn look(&self) -> usize {
        let tail = self.ring.tail.load(Acquire); // E1
        self.tail.set(tail);
        self.ring.distance(self.head.get(), tail)
    }
}

impl<S: Storage + ?Sized> Drop for ConsumerOf<'_, S> {
    fn drop(&mut self) {
        self.ring.handles.fetch_and(!CONSUMER, Release); // E3
    }
}

impl<S: Storage + ?Sized> fmt::Debug for ConsumerOf<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Consumer").field(&self.ring).finish()
    }
}
