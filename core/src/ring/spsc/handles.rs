//! L2: the two handles of an SPSC ring. Their protocol, and the invariants named here, are in
//! `protocol.rs`.

#![allow(unsafe_code)]

use core::fmt;

use super::bulk::{Erase, Read, Write};
use super::protocol::{CONSUMER, PRODUCER, Position, RingOf};
use crate::error::{Empty, Full, ReadError, ReserveError};
use crate::ring::slot::{Slot, Storage};

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> RingOf<S> {
    /// Returns the two handles. The exclusive borrow proves that no earlier handle is in use, so it
    /// always succeeds, also after a handle was leaked with `mem::forget`.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert_eq!(consumer.pop(), Ok(1));
    /// ```
    pub fn split(&mut self) -> (ProducerOf<'_, S>, ConsumerOf<'_, S>) {
        self.forget_handles();
        match self.try_split() {
            Some(handles) => handles,
            None => unreachable!("the handles were just forgotten"),
        }
    }

    /// Returns the two handles, or `None` while a handle of an earlier pair exists (a leaked one
    /// exists for ever).
    ///
    /// On a target without compare-and-swap this masks interrupts for a few instructions; the
    /// handles never do.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// static RING: Ring<u8, 4> = Ring::new();
    /// let handles = RING.try_split().expect("nobody else has split it");
    /// assert!(RING.try_split().is_none());
    /// drop(handles);
    /// assert!(RING.try_split().is_some());
    /// ```
    #[must_use = "handles that are dropped are given back"]
    pub fn try_split(&self) -> Option<(ProducerOf<'_, S>, ConsumerOf<'_, S>)> {
        let (producer, consumer) = self.take_handles()?;
        let producer = ProducerOf {
            ring: self,
            at: producer,
        };
        Some((
            producer,
            ConsumerOf {
                ring: self,
                at: consumer,
            },
        ))
    }
}

/// The producing handle of a [`Ring`](super::Ring).
pub type Producer<'r, T, const N: usize> = ProducerOf<'r, [Slot<T>; N]>;
/// The producing handle of a ring whose type does not contain the capacity.
pub type ProducerView<'r, T> = ProducerOf<'r, [Slot<T>]>;

/// The type behind every producing handle. Name it as [`Producer`] or [`ProducerView`].
///
/// Once both handles are dropped, [`try_split`](RingOf::try_split) succeeds again; what was pushed
/// stays in the ring.
pub struct ProducerOf<'r, S: Storage + ?Sized> {
    pub(crate) ring: &'r RingOf<S>,
    pub(super) at: Position,
}

impl<'r, T, S: Storage<Slot = Slot<T>> + ?Sized> ProducerOf<'r, S> {
    /// Appends an item.
    ///
    /// # Errors
    /// [`Full`] gives the item back: at a moment of the call every slot held an item.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::error::Full;
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 1>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// assert_eq!(producer.push(1), Ok(()));
    /// assert_eq!(producer.push(2), Err(Full(2)));
    /// ```
    #[inline]
    #[doc(alias = "enqueue")]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        // SAFETY: I3: this is the one producer.
        unsafe {
            self.ring
                .push_from(&self.at, item, self.ring.capacity(), |_| {})
        }
    }

    /// Reserves `n` free slots, to be filled in order and published together.
    ///
    /// # Errors
    /// [`ReserveError::TooFew`] if fewer slots are free now, [`ReserveError::TooLong`] if `n` is
    /// more than the capacity.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// let mut chunk = producer.reserve(3).unwrap();
    /// chunk.fill([1, 2, 3]);
    /// assert!(consumer.pop().is_err()); // nothing is published yet
    /// chunk.commit();
    /// assert_eq!(consumer.pop(), Ok(1));
    /// ```
    pub fn reserve(&mut self, n: usize) -> Result<Write<'_, T>, ReserveError>
    where
        S: Erase<T>,
    {
        let capacity = self.ring.capacity();
        if n > capacity {
            return Err(ReserveError::TooLong { capacity });
        }
        let free = self.ring.room_for(&self.at, n);
        if free < n {
            return Err(ReserveError::TooFew { free });
        }
        Ok(Write::new(S::erase(self.ring), &self.at.own, n))
    }

    /// Returns the number of free slots: a snapshot that only this handle can make smaller.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert_eq!(producer.free(), 3);
    /// ```
    pub fn free(&self) -> usize {
        self.ring.free_from(&self.at)
    }

    /// Returns `true` if there is no room: a snapshot that only this handle can make true.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 1>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert!(producer.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.ring.free_from(&self.at) == 0
    }

    /// Returns the number of items in the ring: a snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, _consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert_eq!(producer.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.ring.capacity() - self.ring.free_from(&self.at)
    }

    /// Returns `true` if the ring is empty: a snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (producer, _consumer) = ring.split();
    /// assert!(producer.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of slots.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (producer, _consumer) = ring.split();
    /// assert_eq!(producer.capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// Converts into a handle whose type does not contain the capacity.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::{ProducerView, Ring};
    /// fn log(lines: &mut ProducerView<'_, &str>) { // whatever the capacity
    ///     lines.push("started").unwrap();
    /// }
    ///
    /// let mut ring = Ring::<&str, 4>::new();
    /// let (producer, mut consumer) = ring.split();
    /// log(&mut producer.erase());
    /// assert_eq!(consumer.pop(), Ok("started"));
    /// ```
    #[must_use = "the handle is used up, and given back if this is dropped"]
    pub fn erase(self) -> ProducerView<'r, T>
    where
        S: Erase<T>,
    {
        let this = core::mem::ManuallyDrop::new(self);
        ProducerOf {
            ring: S::erase(this.ring),
            at: this.at.clone(),
        }
    }
}

impl<S: Storage + ?Sized> Drop for ProducerOf<'_, S> {
    fn drop(&mut self) {
        self.ring.let_go(PRODUCER);
    }
}

impl<S: Storage + ?Sized> fmt::Debug for ProducerOf<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Producer").field(&self.ring).finish()
    }
}

/// The consuming handle of a [`Ring`](super::Ring).
pub type Consumer<'r, T, const N: usize> = ConsumerOf<'r, [Slot<T>; N]>;
/// The consuming handle of a ring whose type does not contain the capacity.
pub type ConsumerView<'r, T> = ConsumerOf<'r, [Slot<T>]>;

/// The type behind every consuming handle. Name it as [`Consumer`] or [`ConsumerView`].
///
/// Once both handles are dropped, [`try_split`](RingOf::try_split) succeeds again; what was not
/// popped stays in the ring.
pub struct ConsumerOf<'r, S: Storage + ?Sized> {
    pub(crate) ring: &'r RingOf<S>,
    pub(super) at: Position,
}

impl<'r, T, S: Storage<Slot = Slot<T>> + ?Sized> ConsumerOf<'r, S> {
    /// Takes the oldest item.
    ///
    /// # Errors
    /// [`Empty`]: at a moment of the call no slot held an item.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::error::Empty;
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert_eq!((consumer.pop(), consumer.pop()), (Ok(1), Err(Empty)));
    /// ```
    #[inline]
    #[doc(alias = "dequeue")]
    pub fn pop(&mut self) -> Result<T, Empty> {
        // SAFETY: I3: this is the one consumer.
        unsafe { self.ring.pop_from(&self.at) }
    }

    /// Borrows the oldest item without taking it.
    ///
    /// # Errors
    /// [`Empty`]: at a moment of the call no slot held an item.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert_eq!(consumer.peek(), Ok(&1));
    /// assert_eq!(consumer.pop(), Ok(1));
    /// ```
    pub fn peek(&self) -> Result<&T, Empty> {
        let (slot, track) = self.ring.slot(self.ring.head_to_pop(&self.at)?);
        // SAFETY: I1: the slot holds a value, and `pop` needs the `&mut` that the reference keeps
        // away.
        Ok(unsafe { slot.get(track) })
    }

    /// Borrows the `n` oldest items in place, to be looked at and released together.
    ///
    /// # Errors
    /// [`ReadError::TooFew`] if the ring holds fewer items now, [`ReadError::TooLong`] if `n` is
    /// more than the capacity.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, mut consumer) = ring.split();
    /// (1..=3).for_each(|n| producer.push(n).unwrap());
    /// let chunk = consumer.read_chunk(2).unwrap();
    /// assert_eq!(chunk.as_slices().0, [1, 2]);
    /// chunk.release(2);
    /// assert_eq!(consumer.pop(), Ok(3));
    /// ```
    #[doc(alias = "read")]
    pub fn read_chunk(&mut self, n: usize) -> Result<Read<'_, T>, ReadError>
    where
        S: Erase<T>,
    {
        let capacity = self.ring.capacity();
        if n > capacity {
            return Err(ReadError::TooLong { capacity });
        }
        let available = self.ring.items_for(&self.at, n);
        if available < n {
            return Err(ReadError::TooFew { available });
        }
        Ok(Read::new(S::erase(self.ring), &self.at.own, n))
    }

    /// Returns the number of items in the ring: a snapshot that only this handle can make smaller.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (mut producer, consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert_eq!(consumer.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.ring.filled_from(&self.at)
    }

    /// Returns `true` if nothing is there: a snapshot that only this handle can make true.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (_producer, consumer) = ring.split();
    /// assert!(consumer.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.ring.filled_from(&self.at) == 0
    }

    /// Returns `true` if the ring is full: a snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 1>::new();
    /// let (mut producer, consumer) = ring.split();
    /// producer.push(1).unwrap();
    /// assert!(consumer.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// Returns the number of free slots: a snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (_producer, consumer) = ring.split();
    /// assert_eq!(consumer.free(), 4);
    /// ```
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
    }

    /// Returns the number of slots.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::Ring;
    /// let mut ring = Ring::<u8, 4>::new();
    /// let (_producer, consumer) = ring.split();
    /// assert_eq!(consumer.capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// Converts into a handle whose type does not contain the capacity.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::spsc::{ConsumerView, Ring};
    /// fn sum(numbers: &mut ConsumerView<'_, u32>) -> u32 { // whatever the capacity
    ///     std::iter::from_fn(|| numbers.pop().ok()).sum()
    /// }
    ///
    /// let mut ring = Ring::<u32, 4>::new();
    /// let (mut producer, consumer) = ring.split();
    /// producer.push(7).unwrap();
    /// assert_eq!(sum(&mut consumer.erase()), 7);
    /// ```
    #[must_use = "the handle is used up, and given back if this is dropped"]
    pub fn erase(self) -> ConsumerView<'r, T>
    where
        S: Erase<T>,
    {
        let this = core::mem::ManuallyDrop::new(self);
        ConsumerOf {
            ring: S::erase(this.ring),
            at: this.at.clone(),
        }
    }
}

impl<S: Storage + ?Sized> Drop for ConsumerOf<'_, S> {
    fn drop(&mut self) {
        self.ring.let_go(CONSUMER);
    }
}

impl<S: Storage + ?Sized> fmt::Debug for ConsumerOf<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Consumer").field(&self.ring).finish()
    }
}
