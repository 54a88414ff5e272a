//! L2: chunks of an SPSC ring (below: runs): [`Write`] to fill several slots and publish them
//! together, [`Read`] to look at several items in place and release them together.
//!
//! A run is published once. Neighbouring items then cross between cores in whole cache lines.
//!
//! Invariants, beside those of the ring:
//! * **B1** The slots of a run belong to the handle whose `&mut` the run borrows; the ring checked
//!   that they are free (filled) before it made the run.
//! * **B2** Of a write run the first `written` slots hold values that nobody else can see.
//! * **B3** A read run's items count as taken in the shared position before anything can forget the
//!   run: publishing is never left to a destructor that may not run.

#![allow(unsafe_code)]

use core::cell::Cell;
use core::fmt;
use core::mem::{MaybeUninit, needs_drop};
use core::slice;

use crate::shim::{CachedIndex, RaceCheck};

use super::protocol::{RingOf, RingView};
use crate::error::Full;
use crate::panic_without_fmt::some_or_panic;
use crate::ring::index::Word;
use crate::ring::slot::{Slot, Storage, to_the_end};

impl<T> RingView<T> {
    /// The memory of `n` slots from `pos` on, as the two runs that the end of the array makes of
    /// it.
    pub(super) fn runs(
        &self,
        pos: usize,
        n: usize,
        access: fn(&RaceCheck),
    ) -> [(*mut MaybeUninit<T>, usize); 2] {
        let slots = &self.slots;
        let index = |i| Word::slot(self.moved(pos, i), slots.len(), slots.mask());
        self.tracks.each((0..n).map(index), access);
        let start = index(0);
        let first = n.min(slots.len() - start);
        [
            (
                Slot::first_of(some_or_panic!(slots.get(start..), "a position inside")),
                first,
            ),
            (Slot::first_of(slots), n - first),
        ]
    }
}

/// A chunk of free slots, to be filled in order and published together. Dropping it publishes
/// nothing, and drops the items that were written.
///
/// # Examples
/// ```
/// # use gimmal_core::ring::spsc::Ring;
/// let mut ring = Ring::<u8, 8>::new();
/// let (mut producer, mut consumer) = ring.split();
/// let mut run = producer.reserve(3).unwrap();
/// for byte in *b"abc" {
///     run.push(byte).unwrap();
/// }
/// run.commit();
/// let run = consumer.read_chunk(3).unwrap();
/// assert_eq!(run.as_slices().0, b"abc");
/// run.release(3);
/// ```
#[must_use = "a chunk that is not committed publishes nothing"]
pub struct Write<'p, T> {
    ring: &'p RingView<T>,
    tail: &'p CachedIndex,
    written: usize,
    len: usize,
}

// SAFETY: B1: a run is what its handle's `&mut` is; where it goes the handle is borrowed, and a handle goes where its items
// may go.
unsafe impl<T: Send> Send for Write<'_, T> {}

impl<'p, T> Write<'p, T> {
    /// B1: the caller has seen `len` free slots.
    pub(super) fn new(ring: &'p RingView<T>, tail: &'p CachedIndex, len: usize) -> Self {
        Write {
            ring,
            tail,
            written: 0,
            len,
        }
    }

    /// Returns the number of slots of the chunk.
    ///
    #[doc = include_str!("examples/bulk_len.md")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns `true` if the chunk has no slots.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// assert!(!ring.split().0.reserve(3).unwrap().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the number of slots that are written.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// assert_eq!(producer.reserve(3).unwrap().written(), 0);
    /// ```
    pub fn written(&self) -> usize {
        self.written
    }

    /// Fills the next slot.
    ///
    /// # Errors
    /// [`Full`] gives the item back: every slot of the chunk is written.
    ///
    #[doc = include_str!("examples/bulk_push.md")]
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        if self.written == self.len {
            return Err(Full(item));
        }
        let (slot, track) = self
            .ring
            .slot(self.ring.moved(self.ring.tail_at(self.tail), self.written));
        // SAFETY: B1: the slot is ours and free.
        unsafe { slot.put(track, item) };
        self.written += 1;
        Ok(())
    }

    /// Fills the next slots from an iterator until the chunk is full or the iterator ends. Returns
    /// the number of slots filled. The chunk's place in memory is looked up once for all of them
    /// (`spsc/chunks` beside `spsc/1024`).
    ///
    #[doc = include_str!("examples/bulk_fill.md")]
    #[inline]
    pub fn fill(&mut self, items: impl IntoIterator<Item = T>) -> usize {
        /// Adds what was written (B2), also when the iterator panics. Meanwhile the count is in a
        /// register.
        struct Written<'w>(&'w mut usize, usize);
        impl Drop for Written<'_> {
            fn drop(&mut self) {
                *self.0 += self.1;
            }
        }
        let mut items = items.into_iter();
        let at = (self.ring).moved(self.ring.tail_at(self.tail), self.written);
        let runs = (self.ring).runs(at, self.len - self.written, RaceCheck::write);
        let mut written = Written(&mut self.written, 0);
        for (first, len) in runs {
            for i in 0..len {
                let Some(item) = items.next() else {
                    return written.1;
                };
                // SAFETY: inside the run.
                let slot = unsafe { first.add(i) };
                // SAFETY: B1: the slot is ours and free.
                unsafe { slot.write(MaybeUninit::new(item)) };
                written.1 += 1;
            }
        }
        written.1
    }

    /// Publishes the items that were written.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, consumer) = ring.split();
    /// let mut chunk = producer.reserve(3).unwrap();
    /// chunk.fill([1, 2]);
    /// chunk.commit();
    /// assert_eq!(consumer.len(), 2);
    /// ```
    pub fn commit(mut self) {
        self.publish(self.written);
    }

    /// Publishes the first `k` items that were written, and drops the rest.
    ///
    /// # Panics
    /// If fewer than `k` were written; nothing is published then.
    ///
    #[doc = include_str!("examples/bulk_commit_first.md")]
    #[track_caller]
    pub fn commit_first(mut self, k: usize) {
        assert!(k <= self.written, "more items to publish than were written");
        self.publish(k);
    }

    /// Returns the memory of the slots that are not written yet, for a DMA engine or a copy. The
    /// second slice is empty unless the chunk wraps round the end of the ring. (Slots that `push`
    /// wrote are left out: safe code could overwrite them with uninitialised memory.)
    ///
    #[doc = include_str!("examples/bulk_as_uninit.md")]
    pub fn as_uninit(&mut self) -> (&mut [MaybeUninit<T>], &mut [MaybeUninit<T>]) {
        let rest = self.ring.moved(self.ring.tail_at(self.tail), self.written);
        let [a, b] = self
            .ring
            .runs(rest, self.len - self.written, RaceCheck::write);
        // SAFETY: B1: these slots are ours while `self` is borrowed.
        let first = unsafe { slice::from_raw_parts_mut(a.0, a.1) };
        // SAFETY: B1, and the two parts do not overlap.
        let second = unsafe { slice::from_raw_parts_mut(b.0, b.1) };
        (first, second)
    }

    /// Publishes the first `k` slots as they are. Items that `push` wrote after them are dropped.
    ///
    /// # Safety
    /// The first `k` slots hold valid values.
    ///
    /// # Panics
    /// If the chunk has fewer than `k` slots; nothing is published then.
    ///
    #[doc = include_str!("examples/bulk_commit_uninit.md")]
    #[track_caller]
    pub unsafe fn commit_uninit(mut self, k: usize) {
        assert!(k <= self.len, "more items to publish than were reserved");
        self.publish(k);
    }

    /// B2: the first `k` slots are valid. What was written behind them stays for the destructor.
    fn publish(&mut self, k: usize) {
        let tail = self.ring.moved(self.ring.tail_at(self.tail), k);
        self.written = self.written.saturating_sub(k);
        self.ring.publish_tail(self.tail, tail);
    }
}

impl<T> Drop for Write<'_, T> {
    fn drop(&mut self) {
        // After `publish` the run begins at the new tail, with what was written behind it.
        let (mut at, mut left) = (self.ring.tail_at(self.tail), self.written);
        to_the_end(|| {
            let here = at;
            if left == 0 {
                return false;
            }
            (at, left) = (self.ring.after(at), left - 1);
            let (slot, track) = self.ring.slot(here);
            // SAFETY: B2: written, unpublished.
            unsafe { slot.destroy(track) };
            true
        });
    }
}

impl<T> fmt::Debug for Write<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("written", &self.written)
            .field("len", &self.len)
            .finish()
    }
}

/// A chunk of the oldest items, in place. Dropping it takes none of them.
#[must_use = "a chunk that is not released takes nothing"]
pub struct Read<'c, T> {
    ring: &'c RingView<T>,
    head: &'c CachedIndex,
    len: usize,
}

// SAFETY: B1, as for `Write`.
unsafe impl<T: Send> Send for Read<'_, T> {}

impl<'c, T> Read<'c, T> {
    /// B1: the caller has seen `len` items.
    pub(super) fn new(ring: &'c RingView<T>, head: &'c CachedIndex, len: usize) -> Self {
        Read { ring, head, len }
    }

    /// Returns the number of items in the chunk.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert_eq!(consumer.read_chunk(1).unwrap().len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns `true` if the chunk has no items.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// assert!(ring.split().1.read_chunk(0).unwrap().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the items, oldest first. The second slice is empty unless the chunk wraps round the
    /// end of the ring.
    ///
    #[doc = include_str!("examples/bulk_as_slices.md")]
    #[inline]
    pub fn as_slices(&self) -> (&[T], &[T]) {
        self.slices()
    }

    /// Returns the items as [`as_slices`](Read::as_slices) does, for as long as the consumer stays
    /// borrowed. They stay in the ring.
    ///
    #[doc = include_str!("examples/bulk_into_slices.md")]
    pub fn into_slices(self) -> (&'c [T], &'c [T]) {
        self.slices()
    }

    fn slices(&self) -> (&'c [T], &'c [T]) {
        let [a, b] = self
            .ring
            .runs(self.ring.head_at(self.head), self.len, RaceCheck::read);
        // SAFETY: B1: filled slots that only the handle we borrow for `'c` could take, and the
        // methods that take them consume `self`.
        let first = unsafe { slice::from_raw_parts(a.0.cast(), a.1) };
        // SAFETY: B1, as above.
        let second = unsafe { slice::from_raw_parts(b.0.cast(), b.1) };
        (first, second)
    }

    /// Drops the first `k` items and frees their slots together. If a destructor panics, that item
    /// and the ones before it are gone, and the ones after it are still in the ring.
    ///
    /// # Panics
    /// If the chunk has fewer than `k` items; nothing is released then.
    ///
    #[doc = include_str!("examples/bulk_release.md")]
    #[track_caller]
    #[inline]
    pub fn release(self, k: usize) {
        assert!(k <= self.len, "more items to release than are in the run");
        if !needs_drop::<T>() {
            let head = self.ring.moved(self.ring.head_at(self.head), k);
            return self.ring.publish_head(self.head, head);
        }
        let taking = Taking::new(self.ring, self.head);
        for _ in 0..k {
            let (slot, track) = taking.next();
            // SAFETY: B1: filled, and counted as taken before its destructor runs.
            unsafe { slot.destroy(track) };
        }
    }

    /// Moves the items out, one by one. Each slot is freed at once; with `for_each` and other
    /// adaptors that fold, all are freed together at the end. Items that the iterator has not
    /// reached stay in the ring.
    ///
    #[doc = include_str!("examples/bulk_pop_each.md")]
    pub fn pop_each(self) -> PopEach<'c, T> {
        PopEach {
            ring: self.ring,
            head: self.head,
            left: self.len,
        }
    }
}

impl<T> fmt::Debug for Read<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").field("len", &self.len).finish()
    }
}

/// Counts items as taken, and publishes the count when it ends, however it ends (B3: it lives only
/// inside one call).
struct Taking<'c, T> {
    ring: &'c RingView<T>,
    head: &'c CachedIndex,
    /// The first item that is not taken.
    at: Cell<usize>,
}

impl<'c, T> Taking<'c, T> {
    #[inline(always)]
    fn new(ring: &'c RingView<T>, head: &'c CachedIndex) -> Self {
        let at = Cell::new(ring.head_at(head));
        Taking { ring, head, at }
    }

    #[inline(always)]
    fn next(&self) -> (&'c Slot<T>, &'c RaceCheck) {
        let here = self.at.get();
        self.at.set(self.ring.after(here));
        self.ring.slot(here)
    }
}

impl<T> Drop for Taking<'_, T> {
    fn drop(&mut self) {
        self.ring.publish_head(self.head, self.at.get());
    }
}

/// The iterator of [`Read::pop_each`].
pub struct PopEach<'c, T> {
    ring: &'c RingView<T>,
    head: &'c CachedIndex,
    left: usize,
}

// SAFETY: B1, as for `Write`.
unsafe impl<T: Send> Send for PopEach<'_, T> {}

impl<T> Iterator for PopEach<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        // Publishes at the end of this call, after the value has been moved out (B3).
        let taking = Taking::new(self.ring, self.head);
        let (slot, track) = taking.next();
        // SAFETY: B1: filled.
        Some(unsafe { slot.take(track) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }

    fn fold<B, F: FnMut(B, T) -> B>(self, init: B, mut f: F) -> B {
        /// Publishes what was moved out, however it ends.
        struct Moved<'c, T>(PopEach<'c, T>, usize);
        impl<T> Drop for Moved<'_, T> {
            fn drop(&mut self) {
                let PopEach { ring, head, .. } = self.0;
                ring.publish_head(head, ring.moved(ring.head_at(head), self.1));
            }
        }
        let runs = self
            .ring
            .runs(self.ring.head_at(self.head), self.left, RaceCheck::write);
        let mut moved = Moved(self, 0);
        let mut folded = init;
        for (first, len) in runs {
            for i in 0..len {
                // SAFETY: inside the run.
                let slot = unsafe { first.add(i) };
                // SAFETY: B1: filled, and counted as taken before user code runs.
                let item = unsafe { slot.cast::<T>().read() };
                moved.1 += 1;
                folded = f(folded, item);
            }
        }
        folded
    }
}

impl<T> ExactSizeIterator for PopEach<'_, T> {}

impl<T> fmt::Debug for PopEach<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopEach").field("left", &self.left).finish()
    }
}

/// A storage whose capacity can be taken out of the type. Sealed by [`Storage`].
#[doc(hidden)]
pub trait Erase<T>: Storage<Slot = Slot<T>> {
    /// The view of a ring.
    fn erase(ring: &RingOf<Self>) -> &RingView<T>;
}

impl<T, const N: usize> Erase<T> for [Slot<T>; N] {
    fn erase(ring: &RingOf<Self>) -> &RingView<T> {
        ring
    }
}

impl<T> Erase<T> for [Slot<T>] {
    fn erase(ring: &RingOf<Self>) -> &RingView<T> {
        ring
    }
}
