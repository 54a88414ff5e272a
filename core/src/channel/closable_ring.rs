//! L5: the SPSC ring with an orderly end: what an SPSC channel and a socket's pipe have in common.
//! Waiting is theirs.
//!
//! Closed by either end, never by a third party: `closed` is set after the closing sender's last
//! push, so a receiver that sees it and then pops once more has seen everything.
//!
//! **Draining** is the receiver's close for good: what is unread is dropped. A send that overlaps
//! it may already have passed the check of `closed`. Who drops that message is settled on one word:
//!
//! | `reader` | who drops what is in the ring |
//! |---|---|
//! | `PRESENT` | nobody: the receiver receives |
//! | `LEAVING` | the receiver, which then leaves by `LEAVING=>GONE` |
//! | `LEAVING_AGAIN` | the receiver, once more: a sender moved `LEAVING=>LEAVING_AGAIN` after a push |
//! | `GONE` | nobody: the sender takes its message back, the send fails |
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | close: `closed.store` | recv: `closed.load` | the sender's last pushes, and all it did before closing |
//! | E2 | sender: `LEAVING=>LEAVING_AGAIN` | receiver: the CAS to `GONE` that fails | the push that overlapped |
//! | E3 | receiver: `LEAVING=>GONE` | sender: `reader` read as `GONE` | the receiver's last position |
//! | E4 | sender: publish, fence (in `wake`), `reader.load` | receiver: `LEAVING`, `fence(SeqCst)`, drain | the drain sees the message or the sender sees the state |
//! | E5 | receiver: `reader.store(LEAVING)` | sender: `LEAVING=>LEAVING_AGAIN` | `closed`: this sender pushes no more |
//!
//! Invariant **I1**: there is one sender and one receiver, each known by its position, and each
//! method says whose it is.

#![allow(unsafe_code)]

use core::mem::offset_of;

use crate::shim::atomic::{AtomicU8, Ordering::*};
use crate::shim::plain::AtomicBool;
use crate::shim::{const_fn, heavy};

use crate::error::{Empty, Full, TryRecvError, TrySendError};
use crate::ring::spsc::{Erase, Position, RingOf, RingView};
use crate::ring::{DynCapacity, Slot, Storage, to_the_end};

const PRESENT: u8 = 0;
const LEAVING: u8 = 1;
const LEAVING_AGAIN: u8 = 2;
const GONE: u8 = 3;

/// A closable ring of `N` slots.
pub(crate) type Link<T, const N: usize> = ClosableRing<[Slot<T>; N]>;
/// A closable ring whose type does not contain the capacity.
pub(crate) type ClosableRingView<T> = ClosableRing<[Slot<T>]>;

/// The type behind every closable ring.
#[repr(C)]
pub(crate) struct ClosableRing<S: Storage + ?Sized> {
    closed: AtomicBool,
    reader: AtomicU8,
    pub(crate) ring: RingOf<S>,
}

impl<T> ClosableRingView<T> {
    /// Where the slots begin.
    pub(crate) const OFFSET: usize = offset_of!(Link<T, 1>, ring) + RingView::<T>::OFFSET;
}

impl<T, const N: usize> ClosableRing<[Slot<T>; N]> {
    const_fn! {
        pub(crate) const fn new() -> Self {
            ClosableRing {
                closed: AtomicBool::new(false),
                reader: AtomicU8::new(PRESENT),
                ring: RingOf::new(),
            }
        }
    }
}

impl<S: Storage + ?Sized> ClosableRing<S> {
    /// Closes; the caller wakes both sides afterwards.
    pub(crate) fn close(&self) {
        self.closed.store(true, Release); // E1
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Acquire) // E1
    }
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> ClosableRing<S> {
    /// Opens a ring again that both sides have left, and sets the positions where they begin: at its first
    /// slot, so that a ring that is used little each time uses few slots.
    ///
    /// # Safety
    /// I1: the caller is both sides, and has synchronised with the last ones.
    pub(crate) unsafe fn restart(&self, sender: &Position, receiver: &Position) {
        self.closed.store(false, Relaxed); // R: the contract
        self.reader.store(PRESENT, Relaxed); // R: the contract
        self.ring.positions(sender, receiver);
        // Empty, unless a waker panicked between a push and the look at `reader`.
        // SAFETY: I1: the caller is the one consumer.
        unsafe { self.drain(receiver) };
        self.ring.begin_again(sender, receiver);
    }

    /// Sends if fewer than `most` messages are in it, and wakes the receiver. `looked` is that of
    /// [`push_from`](crate::ring::spsc::RingOf::push_from).
    ///
    /// # Safety
    /// I1: for the sender, with its position. `most` is at most the capacity; `wake` begins with a
    /// SeqCst fence.
    #[inline(always)]
    pub(crate) unsafe fn send_from(
        &self,
        at: &Position,
        value: T,
        most: usize,
        looked: impl FnOnce(bool),
        wake: impl FnOnce(),
    ) -> Result<(), TrySendError<T>> {
        let closed = self.closed.load(Relaxed); // R: seen too late it is found by `overlapped`; seen, it is looked at again
        if closed {
            // The Acquire load brings what the closer did before; the socket that counts ended
            // links needs that.
            let _ = self.is_closed();
            return Err(TrySendError::Closed(value));
        }
        // SAFETY: I1: the sender is the one producer.
        let pushed = unsafe { self.ring.push_from(at, value, most, looked) };
        pushed.map_err(|Full(value)| TrySendError::Full(value))?;
        wake();
        let reader = self.reader.load(Relaxed); // R: E4
        if reader != PRESENT
            && let Some(value) = self.overlapped()
        {
            return Err(TrySendError::Closed(value));
        }
        Ok(())
    }

    /// The receiver left while the sender, which calls this, sent: either the receiver sees to the
    /// message, or here it is back.
    #[cold]
    fn overlapped(&self) -> Option<T> {
        let told = self
            .reader
            .compare_exchange(LEAVING, LEAVING_AGAIN, AcqRel, Acquire); // E2, E3, E5
        if told != Err(GONE) {
            return None;
        }
        // SAFETY: the receiver has gone, and E3 brought all that it did; the one message that it
        // did not see is ours.
        unsafe { self.ring.pop_from(&self.ring.consumer_position()) }.ok()
    }

    /// Receives.
    ///
    /// # Safety
    /// I1: for the receiver, with its position.
    #[inline(always)]
    pub(crate) unsafe fn recv_from(&self, at: &Position) -> Result<T, TryRecvError> {
        // SAFETY: I1: the receiver is the one consumer.
        match unsafe { self.ring.pop_from(at) } {
            Ok(value) => Ok(value),
            // SAFETY: I1.
            Err(Empty) => unsafe { self.last_or_none(at) },
        }
    }

    /// The message `index` places behind the oldest one, in its place.
    ///
    /// # Safety
    /// I1: for the receiver, with its position. It receives nothing while it keeps the reference.
    #[inline(always)]
    pub(crate) unsafe fn peek_from(&self, at: &Position, index: usize) -> Option<&T> {
        // SAFETY: I1: the receiver is the one consumer.
        unsafe { self.ring.peek_from(at, index) }
    }

    /// Nothing was there: if it is closed, what was pushed before that is visible now.
    ///
    /// # Safety
    /// I1: for the receiver, with its position.
    #[cold]
    unsafe fn last_or_none(&self, at: &Position) -> Result<T, TryRecvError> {
        if !self.is_closed() {
            return Err(TryRecvError::Empty);
        }
        // SAFETY: I1: the receiver is the one consumer.
        let popped = unsafe { self.ring.pop_from(at) };
        popped.map_err(|Empty| TryRecvError::Closed)
    }

    /// Drops what is unread, for good, and says how many that were; the caller has closed before,
    /// and uses this position no more. `asymmetric` is that of the cell that senders wake. A
    /// message that an overlapping send had already placed is dropped here, or comes back from that
    /// send.
    ///
    /// # Safety
    /// I1: for the receiver, with its position.
    pub(crate) unsafe fn close_and_drain_from(&self, at: &Position, asymmetric: bool) -> usize {
        // R: E5. The fence in the wake after closing does as much; this holds without it too.
        self.reader.store(LEAVING, Release);
        heavy::fence(SeqCst, asymmetric); // E4
        let mut dropped = 0;
        loop {
            // SAFETY: I1: the receiver is the one consumer.
            dropped += unsafe { self.drain(at) };
            let left = self
                .reader
                .compare_exchange(LEAVING, GONE, Release, Acquire); // E3, E2
            if left.is_ok() {
                return dropped;
            }
            self.reader.store(LEAVING, Relaxed); // R: the one sender pushes no more: E5
        }
    }

    /// Drops everything in the ring, and says how many that were.
    ///
    /// # Safety
    /// The caller is the one consumer, `at` its position.
    unsafe fn drain(&self, at: &Position) -> usize {
        let mut dropped = 0;
        to_the_end(|| {
            // SAFETY: the contract.
            let unread = unsafe { self.ring.pop_from(at) };
            dropped += usize::from(unread.is_ok());
            unread.is_ok()
        });
        dropped
    }
}

impl<T: Copy, S: Storage<Slot = Slot<T>> + Erase<T> + ?Sized> ClosableRing<S> {
    /// Sends as many of the first values as there is room for, in one step, and wakes the receiver.
    /// Returns their number.
    ///
    /// # Safety
    /// I1: for the sender, with its position. `wake` begins with a SeqCst fence.
    pub(crate) unsafe fn send_slice_from(
        &self,
        at: &Position,
        values: &[T],
        wake: impl FnOnce(),
    ) -> Result<usize, TrySendError<()>> {
        let closed = self.closed.load(Relaxed); // R: as in `send_from`
        if closed {
            let _ = self.is_closed();
            return Err(TrySendError::Closed(()));
        }
        // SAFETY: I1: the sender is the one producer.
        let sent = unsafe { S::erase(&self.ring).push_slice_from(at, values) };
        if sent == 0 && !values.is_empty() {
            return Err(TrySendError::Full(()));
        }
        wake();
        let reader = self.reader.load(Relaxed); // R: E4
        // All of them were published in one step: either the receiver has seen to all, or here they
        // are back. One that comes back is the first of as many as were sent.
        if reader != PRESENT && self.overlapped().is_some() {
            return Err(TrySendError::Closed(()));
        }
        Ok(sent)
    }

    /// Receives into the beginning of `buffer`, which is not empty, and returns how many came.
    ///
    /// # Safety
    /// I1: for the receiver, with its position.
    pub(crate) unsafe fn recv_slice_from(
        &self,
        at: &Position,
        buffer: &mut [T],
    ) -> Result<usize, TryRecvError> {
        let ring = S::erase(&self.ring);
        // SAFETY: I1: the receiver is the one consumer.
        let received = unsafe { ring.pop_slice_from(at, buffer) };
        if received > 0 {
            return Ok(received);
        }
        if !self.is_closed() {
            return Err(TryRecvError::Empty);
        }
        // What was pushed before the close is visible now.
        // SAFETY: I1: the receiver is the one consumer.
        match unsafe { ring.pop_slice_from(at, buffer) } {
            0 => Err(TryRecvError::Closed),
            received => Ok(received),
        }
    }
}
