//! L2: the two handles of an SPSC ring. Their protocol, and the invariants named here, are in `spsc.rs`.

#![allow(unsafe_code)]

use core::fmt;

use super::bulk::{Erase, Read, Write};
use super::slot::{Slot, Storage};
use super::spsc::{CONSUMER, PRODUCER, Position, RingOf};
use crate::error::{Empty, Full, ReadError, ReserveError};

/// The producing handle of a [`Ring`](super::spsc::Ring).
pub type Producer<'r, T, const N: usize> = ProducerOf<'r, [Slot<T>; N]>;
/// The producing handle of a ring whose capacity is not part of the type.
pub type ProducerView<'r, T> = ProducerOf<'r, [Slot<T>]>;

/// A producing handle over any storage. Use it as [`Producer`] or [`ProducerView`].
///
/// Dropping it frees the place for a later [`try_split`](RingOf::try_split); what was pushed stays in the ring.
pub struct ProducerOf<'r, S: Storage + ?Sized> {
    pub(crate) ring: &'r RingOf<S>,
    pub(super) at: Position,
}

impl<'r, T, S: Storage<Slot = Slot<T>> + ?Sized> ProducerOf<'r, S> {
    /// Puts one item at the end.
    ///
    /// # Errors
    /// [`Full`] gives the item back: at a moment of the call every slot held an item.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        // SAFETY: I3: this is the one producer.
        unsafe { self.ring.push_from(&self.at, item, self.ring.capacity()) }
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
        let head = self.at.other.get(|| self.ring.look_at_head());
        let known = capacity - self.ring.distance(head, self.ring.tail_at(&self.at.own));
        let free = if known < n {
            self.ring.free_from(&self.at)
        } else {
            known
        };
        if free < n {
            return Err(ReserveError::TooFew { free });
        }
        Ok(Write::new(S::erase(self.ring), &self.at.own, n))
    }

    /// How many more items fit: a snapshot that only this handle can make smaller.
    pub fn free(&self) -> usize {
        self.ring.free_from(&self.at)
    }

    /// Is there no room? A snapshot that only this handle can make true.
    pub fn is_full(&self) -> bool {
        self.ring.free_from(&self.at) == 0
    }

    /// How many items are in the ring: a snapshot.
    pub fn len(&self) -> usize {
        self.ring.capacity() - self.ring.free_from(&self.at)
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

/// The consuming handle of a [`Ring`](super::spsc::Ring).
pub type Consumer<'r, T, const N: usize> = ConsumerOf<'r, [Slot<T>; N]>;
/// The consuming handle of a ring whose capacity is not part of the type.
pub type ConsumerView<'r, T> = ConsumerOf<'r, [Slot<T>]>;

/// A consuming handle over any storage. Use it as [`Consumer`] or [`ConsumerView`].
///
/// Dropping it frees the place for a later [`try_split`](RingOf::try_split); what was not popped stays in the ring.
pub struct ConsumerOf<'r, S: Storage + ?Sized> {
    pub(crate) ring: &'r RingOf<S>,
    pub(super) at: Position,
}

impl<'r, T, S: Storage<Slot = Slot<T>> + ?Sized> ConsumerOf<'r, S> {
    /// Takes the oldest item.
    ///
    /// # Errors
    /// [`Empty`]: at a moment of the call no slot held an item.
    #[inline]
    pub fn pop(&mut self) -> Result<T, Empty> {
        // SAFETY: I3: this is the one consumer.
        unsafe { self.ring.pop_from(&self.at) }
    }

    /// Looks at the oldest item without taking it.
    ///
    /// # Errors
    /// [`Empty`]: at a moment of the call no slot held an item.
    pub fn peek(&self) -> Result<&T, Empty> {
        let (slot, track) = self.ring.slot(self.ring.head_to_pop(&self.at)?);
        // SAFETY: I1: the slot holds a value, and `pop` needs the `&mut` that the reference keeps away.
        Ok(unsafe { slot.get(track) })
    }

    /// Borrows the `n` oldest items in place, to be looked at and released together.
    ///
    /// # Errors
    /// [`ReadError::TooFew`] if the ring holds fewer items now, [`ReadError::TooLong`] if `n` is more than its capacity.
    #[doc(alias = "read")]
    pub fn read_chunk(&mut self, n: usize) -> Result<Read<'_, T>, ReadError>
    where
        S: Erase<T>,
    {
        let capacity = self.ring.capacity();
        if n > capacity {
            return Err(ReadError::TooLong { capacity });
        }
        let tail = self.at.other.get(|| self.ring.look_at_tail());
        let known = self.ring.distance(self.ring.head_at(&self.at.own), tail);
        let available = if known < n {
            self.ring.filled_from(&self.at)
        } else {
            known
        };
        if available < n {
            return Err(ReadError::TooFew { available });
        }
        Ok(Read::new(S::erase(self.ring), &self.at.own, n))
    }

    /// How many items are there: a snapshot that only this handle can make smaller.
    pub fn len(&self) -> usize {
        self.ring.filled_from(&self.at)
    }

    /// Is nothing there? A snapshot that only this handle can make true.
    pub fn is_empty(&self) -> bool {
        self.ring.filled_from(&self.at) == 0
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
