//! L2: slices of an SPSC ring's items: chunks of as many as there are, and copies of plain values.
//! The protocol, and the invariants named here, are in `protocol.rs` and `bulk.rs`.

#![allow(unsafe_code)]

use core::ptr;

use super::bulk::{Erase, Read, Write};
use super::handles::{ConsumerOf, ProducerOf};
use super::protocol::{Position, RingOf, RingView};
use crate::ring::slot::{Slot, Storage};
use crate::shim::RaceCheck;

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> RingOf<S> {
    /// How many slots are free for the producer at `at`; counted anew only if fewer than `wanted`
    /// are known to be (I4).
    pub(super) fn room_for(&self, at: &Position, wanted: usize) -> usize {
        let head = at.other.get(|| self.look_at_head());
        let known = self.capacity() - self.distance(head, self.tail_at(&at.own));
        if known < wanted {
            self.free_from(at)
        } else {
            known
        }
    }

    /// How many items are there for the consumer at `at`; counted anew only if fewer than `wanted`
    /// are known to be (I4).
    pub(super) fn items_for(&self, at: &Position, wanted: usize) -> usize {
        let tail = at.other.get(|| self.look_at_tail());
        let known = self.distance(self.head_at(&at.own), tail);
        if known < wanted {
            self.filled_from(at)
        } else {
            known
        }
    }
}

impl<T> RingView<T> {
    /// Copies as many of the first items as there is room for, publishes them together, and returns
    /// their number.
    ///
    /// # Safety
    /// I1: the caller is the one producer, and `at` is its position.
    pub(crate) unsafe fn push_slice_from(&self, at: &Position, items: &[T]) -> usize
    where
        T: Copy,
    {
        let n = self.room_for(at, items.len()).min(items.len());
        let tail = self.tail_at(&at.own);
        let mut from = items.as_ptr();
        for (to, len) in self.runs(tail, n, RaceCheck::write) {
            // SAFETY: I1: these free slots are the producer's, `from` has `len` items left, and a
            // slice that is borrowed does not lie in the ring's slots.
            unsafe { ptr::copy_nonoverlapping(from, to.cast(), len) };
            // SAFETY: the two runs are `n` items together.
            from = unsafe { from.add(len) };
        }
        self.publish_tail(&at.own, self.moved(tail, n));
        n
    }

    /// Moves as many of the oldest items as there are and as fit to the beginning of `buffer`, and
    /// returns their number.
    ///
    /// # Safety
    /// I1: the caller is the one consumer, and `at` is its position.
    pub(crate) unsafe fn pop_slice_from(&self, at: &Position, buffer: &mut [T]) -> usize
    where
        T: Copy,
    {
        let n = self.items_for(at, buffer.len()).min(buffer.len());
        let head = self.head_at(&at.own);
        let mut to = buffer.as_mut_ptr();
        for (from, len) in self.runs(head, n, RaceCheck::read) {
            // SAFETY: I1: these slots hold values and are the consumer's, `to` has room for `len`
            // more, and a slice that is borrowed does not lie in the ring's slots.
            unsafe { ptr::copy_nonoverlapping(from.cast(), to, len) };
            // SAFETY: the two runs are `n` items together.
            to = unsafe { to.add(len) };
        }
        self.publish_head(&at.own, self.moved(head, n));
        n
    }

    /// The oldest items that lie side by side, in place: all of them, unless they wrap round the
    /// end of the array.
    ///
    /// # Safety
    /// I1: the caller is the one consumer, `at` is its position, and nothing is taken while the
    /// slice lives.
    pub(crate) unsafe fn first_run(&self, at: &Position) -> &[T] {
        let n = self.items_for(at, self.capacity());
        let [(first, len), _] = self.runs(self.head_at(&at.own), n, RaceCheck::read);
        // SAFETY: I1: these slots hold values that only the consumer could take.
        unsafe { core::slice::from_raw_parts(first.cast(), len) }
    }

    /// Takes the `n` oldest items, or all if there are fewer, without looking at them. Returns their
    /// number.
    ///
    /// # Safety
    /// I1: the caller is the one consumer, and `at` is its position.
    pub(crate) unsafe fn skip_from(&self, at: &Position, n: usize) -> usize
    where
        T: Copy,
    {
        let n = self.items_for(at, n).min(n);
        self.publish_head(&at.own, self.moved(self.head_at(&at.own), n));
        n
    }
}

impl<T, S: Storage<Slot = Slot<T>> + Erase<T> + ?Sized> ProducerOf<'_, S> {
    /// Reserves `n` free slots, or as many as are free if that is fewer: perhaps none.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// let mut chunk = producer.reserve_up_to(10);
    /// assert_eq!(chunk.len(), 4);
    /// chunk.fill(*b"abc");
    /// chunk.commit();
    /// assert_eq!(producer.reserve_up_to(10).len(), 1);
    /// ```
    pub fn reserve_up_to(&mut self, n: usize) -> Write<'_, T> {
        let n = self.ring.room_for(&self.at, n).min(n);
        Write::new(S::erase(self.ring), &self.at.own, n)
    }

    /// Appends copies of the first items, as many as there is room for, and returns their number.
    /// They are copied as memory and published together.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// assert_eq!(producer.push_slice(b"abcdef"), 4);
    /// assert_eq!(producer.push_slice(b"ef"), 0);
    /// ```
    #[must_use = "what does not fit is not pushed: the count tells"]
    pub fn push_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        // SAFETY: I3: this is the one producer.
        unsafe { S::erase(self.ring).push_slice_from(&self.at, items) }
    }
}

impl<T, S: Storage<Slot = Slot<T>> + Erase<T> + ?Sized> ConsumerOf<'_, S> {
    /// Borrows the `n` oldest items in place, or all if there are fewer: perhaps none.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push_slice(b"abc");
    /// let chunk = consumer.read_chunk_up_to(10);
    /// assert_eq!(chunk.as_slices().0, b"abc");
    /// chunk.release(1);
    /// assert_eq!(consumer.pop(), Ok(b'b'));
    /// ```
    pub fn read_chunk_up_to(&mut self, n: usize) -> Read<'_, T> {
        let n = self.ring.items_for(&self.at, n).min(n);
        Read::new(S::erase(self.ring), &self.at.own, n)
    }

    /// Moves the oldest items to the beginning of `buffer`, as many as there are and as fit, and
    /// returns their number. They are copied as memory, and their slots are freed together.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push_slice(b"abc");
    /// let mut buffer = [0; 2];
    /// assert_eq!(consumer.pop_slice(&mut buffer), 2);
    /// assert_eq!(&buffer, b"ab");
    /// assert_eq!(consumer.pop_slice(&mut buffer), 1);
    /// ```
    #[must_use = "the buffer is filled as far as the count tells"]
    pub fn pop_slice(&mut self, buffer: &mut [T]) -> usize
    where
        T: Copy,
    {
        // SAFETY: I3: this is the one consumer.
        unsafe { S::erase(self.ring).pop_slice_from(&self.at, buffer) }
    }
}
