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
    #[inline]
    #[doc(alias = "enqueue")]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        // SAFETY: I3: this is the one producer.
        unsafe { self.ring.push_from(&self.at, item, self.ring.capacity()) }
    }

    /// Reserves `n` free slots, to be filled in order and published together.
    ///
    /// # Errors
    /// [`ReserveError::TooFew`] if fewer slots are free now, [`ReserveError::TooLong`] if `n` is
    /// more than the capacity.
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

    /// Returns the number of free slots: a snapshot that only this handle can make smaller.
    pub fn free(&self) -> usize {
        self.ring.free_from(&self.at)
    }

    /// Returns `true` if there is no room: a snapshot that only this handle can make true.
    pub fn is_full(&self) -> bool {
        self.ring.free_from(&self.at) == 0
    }

    /// Returns the number of items in the ring: a snapshot.
    pub fn len(&self) -> usize {
        self.ring.capacity() - self.ring.free_from(&self.at)
    }

    /// Returns `true` if the ring is empty: a snapshot.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of slots.
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// Converts into a handle whose type does not contain the capacity.
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

    /// Returns the number of items in the ring: a snapshot that only this handle can make smaller.
    pub fn len(&self) -> usize {
        self.ring.filled_from(&self.at)
    }

    /// Returns `true` if nothing is there: a snapshot that only this handle can make true.
    pub fn is_empty(&self) -> bool {
        self.ring.filled_from(&self.at) == 0
    }

    /// Returns `true` if the ring is full: a snapshot.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }

    /// Returns the number of free slots: a snapshot.
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
    }

    /// Returns the number of slots.
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// Converts into a handle whose type does not contain the capacity.
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
