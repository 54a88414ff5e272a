//! A channel for any number of senders and receivers, used by `&self`; there are no handles.
//!
//! `try_send` and `try_recv` never wait; `send` and `recv` are futures. [`close`](ChannelOf::close)
//! ends it for both sides: receivers still get what was sent.

// Protocol: the MPMC ring, a queue of waiting senders and a queue of waiting receivers. Every
// change of the ring is followed by a wake-up of one waiter on the other side. `Busy` is a reason
// to wait, not to spin: the peer that causes it wakes somebody when it has published.
//
// **Closing** is a bit of the ring's tail word (see `ring::mpmc`), so every claim is before it or
// fails. Closing wakes everybody. A receiver that then finds `Busy` waits for the sender that is
// not finished; after the last message each woken receiver wakes the next (`may_wake_next` is true
// for a closed channel), so that all learn of the end.
//
// **Over the exact ring** (`channel::exact`) `Busy` means that all slots are held, and the ring is
// not full. Sends that found it full and have not yet returned their slots hold at most the spare
// ones: they held them while the ring was full. So there are at least as many others under way as
// there are free places: sends that will succeed, and receives that will wake a sender. Whoever
// waits because of `Busy` is woken, or the ring becomes full.
//
// **Draining** is closing by the receiving side for good: what is unread is dropped. A send that
// overlaps it may have claimed its slot and not yet published. So the last receiver leaves a sign
// in the queue of the receivers, which a sender finds as it would find somebody who waits there:
//
// | edge | one half | other half | what it carries |
// |---|---|---|---|
// | E1 | sender: publish, fence, "is anybody there?" | `close_and_drain`: the sign, `fence(SeqCst)`, drain | the drain sees the message or the sender sees the sign, and drains |

#![allow(unsafe_code)]

use core::fmt;
use core::future::IntoFuture;
use core::mem::offset_of;
use core::task::Poll;

use crate::shim::atomic::Ordering::*;
use crate::shim::{const_fn, heavy};

use crate::error::{Closed, SendError, TryRecvError, TrySendError};
use crate::panic_without_fmt::some_or_panic;
use crate::ring::mpmc::{Ring, RingView};
use crate::ring::{Nothing, Refused, SharedRing, TurnSlot};
use crate::ring::{impl_dyn_capacity, to_the_end};
use crate::wait::{Operation, Phase, Until, Wait, WaitQueue, Waiters as _};

/// A channel of `N` slots for any number of senders and receivers, used by `&self`.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, `try_recv`, `close`, with feature `critical-section` |
/// | spins | never for a peer |
/// | allocates | never |
/// | bounded | the `try_` forms, as the operations of [`ring::mpmc`](crate::ring::mpmc); `close` wakes everybody |
/// | longest masked section | one waiter; `close`: 8 waiters |
///
/// # Fairness
/// Waiting senders (receivers) are woken in arrival order. A running one may take the slot first;
/// the loser then waits again, in front of the others.
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// ```
/// use gimmal_core::channel::mpmc::Channel;
/// use gimmal_core::wait::block_on;
///
/// static CHANNEL: Channel<u32, 4> = Channel::new();
///
/// block_on(async {
///     CHANNEL.send(1).await.unwrap();
///     CHANNEL.try_send(2).unwrap();
///     assert_eq!(CHANNEL.recv().await, Ok(1));
///     CHANNEL.close();
///     assert_eq!(CHANNEL.recv().await, Ok(2));
///     assert!(CHANNEL.recv().await.is_err());
/// });
/// ```
pub type Channel<T, const N: usize> = ChannelOf<Ring<T, N>>;

/// A channel whose type does not contain the capacity.
pub type ChannelView<T> = ChannelOf<RingView<T>>;

/// The type behind every channel. Name it as [`Channel`] or [`ChannelView`].
#[repr(C)]
pub struct ChannelOf<R: SharedRing + ?Sized> {
    senders: WaitQueue,
    receivers: WaitQueue,
    pub(crate) ring: R,
}

impl<T, const N: usize> Channel<T, N> {
    const_fn! {
        /// Creates an open, empty channel.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::channel::mpmc::Channel;
        ///
        /// static SAMPLES: Channel<u16, 8> = Channel::new();
        /// assert!(SAMPLES.is_empty());
        /// ```
        pub const fn new() -> Self {
            Self::for_capacity(N)
        }
    }

    const_fn! {
        /// The header does not know the number of slots behind it.
        const fn for_capacity(capacity: usize) -> Self {
            Self::over(Ring::new(), capacity)
        }
    }
}

impl<R: SharedRing> ChannelOf<R> {
    const_fn! {
        pub(super) const fn over(ring: R, capacity: usize) -> Self {
            ChannelOf {
                senders: WaitQueue::for_capacity(capacity),
                receivers: WaitQueue::for_capacity(capacity),
                ring,
            }
        }
    }
}

impl<T, const N: usize> Default for Channel<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, R: SharedRing<Item = T> + ?Sized> ChannelOf<R> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// Each gives the value back. A channel that is both full and closed reports `Closed`.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::channel::mpmc::Channel;
    /// use gimmal_core::error::TrySendError;
    ///
    /// static SAMPLES: Channel<u16, 1> = Channel::new();
    /// assert_eq!(SAMPLES.try_send(1), Ok(()));
    /// assert_eq!(SAMPLES.try_send(2), Err(TrySendError::Full(2)));
    /// ```
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        match self.ring.put(value) {
            Ok(()) => {
                if self.receivers.wake_one_check_receiver() {
                    self.drain();
                }
                Ok(())
            }
            Err((Refused::Full, value)) => Err(TrySendError::Full(value)),
            Err((Refused::Busy, value)) => Err(TrySendError::Busy(value)),
            Err((Refused::Closed, value)) => Err(TrySendError::Closed(value)),
        }
    }

    /// Receives without waiting.
    ///
    /// # Errors
    /// [`TryRecvError`]; `Closed` is reported only after everything that was sent has been
    /// received.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::channel::mpmc::Channel;
    /// use gimmal_core::error::TryRecvError;
    ///
    /// static SAMPLES: Channel<u16, 4> = Channel::new();
    /// assert_eq!(SAMPLES.try_recv(), Err(TryRecvError::Empty));
    /// SAMPLES.try_send(1).unwrap();
    /// assert_eq!(SAMPLES.try_recv(), Ok(1));
    /// ```
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.ring.take() {
            Ok(value) => {
                self.senders.wake_one();
                Ok(value)
            }
            Err(Nothing::Empty) => Err(TryRecvError::Empty),
            Err(Nothing::Busy) => Err(TryRecvError::Busy),
            Err(Nothing::Closed) => Err(TryRecvError::Closed),
        }
    }

    /// Receives `most` messages at most, those that are there, by one claim, and gives them to
    /// `each` in their order. Returns how many that were: at least one, unless `most` is 0. Wakes as
    /// many senders. Never waits.
    ///
    /// While `each` runs, the messages that it has not seen yet are taken already, and their places
    /// are not free yet. So it should do little.
    ///
    /// # Errors
    /// [`TryRecvError`], as for [`try_recv`](ChannelOf::try_recv).
    ///
    /// # Panics
    /// If `each` panics. The messages that it has not seen are dropped.
    ///
    #[doc = include_str!("examples/mpmc_try_recv_many.md")]
    #[inline]
    pub fn try_recv_many(
        &self,
        most: usize,
        mut each: impl FnMut(T),
    ) -> Result<usize, TryRecvError> {
        /// Wakes a sender for each message that was given, however the call ends; and for those
        /// that were dropped, of which the wake-ups go on from sender to sender.
        struct Wakes<'c>(&'c WaitQueue, usize);
        impl Drop for Wakes<'_> {
            fn drop(&mut self) {
                while self.1 > 0 && self.0.wake_one() {
                    self.1 -= 1;
                }
            }
        }
        let mut wakes = Wakes(&self.senders, 0);
        let taken = self.ring.take_run(most, |value| {
            wakes.1 += 1;
            each(value);
        });
        taken.map_err(|why| match why {
            Nothing::Empty => TryRecvError::Empty,
            Nothing::Busy => TryRecvError::Busy,
            Nothing::Closed => TryRecvError::Closed,
        })
    }

    /// Sends, and waits for a free slot first if the channel is full.
    ///
    /// # Errors
    /// [`SendError`] if the channel is closed; it gives the value back.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has not sent, and drops the value; [`Until::cancel`]
    /// gives it back. One that was woken and is neither polled nor dropped holds no slot, but
    /// senders that already wait are not woken for that room; see
    /// [`Until`](Until#a-future-that-is-not-polled).
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let channel = gimmal_core::channel::mpmc::Channel::<u16, 4>::new();
    /// channel.send(1).await.unwrap();
    /// assert_eq!(channel.recv().await, Ok(1));
    /// # });
    /// ```
    #[doc(alias = "put")]
    pub fn send(&self, value: T) -> Until<'_, WaitQueue, Sending<'_, R>> {
        self.sending(value).into_future()
    }

    /// The wait of [`send`](ChannelOf::send), for the crate `gimmal`, which blocks the thread.
    #[inline(always)]
    #[doc(hidden)]
    pub fn sending(&self, value: T) -> Wait<'_, WaitQueue, Sending<'_, R>> {
        let sending = Sending {
            channel: self,
            value: Some(value),
        };
        Wait::new(&self.senders, sending)
    }

    /// Receives, and waits for a message first if the channel is empty.
    ///
    /// # Errors
    /// [`Closed`] if the channel is closed and everything that was sent has been received.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has taken nothing. If it had been woken, the next
    /// waiting receiver is woken instead. One that was woken and is neither polled nor dropped
    /// holds no message, but receivers that already wait are not woken for that message; see
    /// [`Until`](Until#a-future-that-is-not-polled).
    ///
    #[doc = include_str!("examples/mpmc_recv.md")]
    #[doc(alias = "get")]
    pub fn recv(&self) -> Until<'_, WaitQueue, Receiving<'_, R>> {
        self.receiving().into_future()
    }

    /// The wait of [`recv`](ChannelOf::recv), for the crate `gimmal`, which blocks the thread.
    #[inline(always)]
    #[doc(hidden)]
    pub fn receiving(&self) -> Wait<'_, WaitQueue, Receiving<'_, R>> {
        Wait::new(&self.receivers, Receiving { channel: self })
    }

    /// Closes the channel, drops the unread messages and returns their number. For the last
    /// receiver: nobody may receive afterwards.
    ///
    /// A message that a send running at the same time had already placed is dropped by that send,
    /// and not counted.
    ///
    #[doc = include_str!("examples/mpmc_close_and_drain.md")]
    pub fn close_and_drain(&self) -> usize {
        let mut dropped = 0;
        let mut closing = true;
        // Drained also when a waker panics.
        to_the_end(|| {
            if core::mem::take(&mut closing) {
                self.close();
                return true;
            }
            self.receivers.mark_receiver_gone(); // E1
            heavy::fence(SeqCst, self.receivers.is_asymmetric()); // E1
            dropped += self.drain();
            false
        });
        dropped
    }

    #[cold]
    fn drain(&self) -> usize {
        let mut dropped = 0;
        to_the_end(|| {
            let unread = self.ring.take();
            dropped += usize::from(unread.is_ok());
            unread.is_ok()
        });
        dropped
    }
}

impl<R: SharedRing + ?Sized> ChannelOf<R> {
    /// Where senders wait for room.
    #[doc(hidden)]
    pub fn senders(&self) -> &WaitQueue {
        &self.senders
    }

    /// Where receivers wait for a message.
    #[doc(hidden)]
    pub fn receivers(&self) -> &WaitQueue {
        &self.receivers
    }

    /// Closes the channel: later sends fail, receivers still get what was sent. Returns `false` if
    /// it was closed before.
    ///
    #[doc = include_str!("examples/mpmc_close.md")]
    #[doc(alias = "shutdown")]
    pub fn close(&self) -> bool {
        let first = self.ring.close();
        if first {
            // Both sides, should a waker of one panic.
            let mut sides = [&self.senders, &self.receivers].into_iter();
            to_the_end(|| sides.next().map(WaitQueue::wake_all).is_some());
        }
        first
    }

    /// Returns `true` if the channel is closed. Once `true`, it stays `true`.
    ///
    #[doc = include_str!("examples/mpmc_is_closed.md")]
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }

    /// Returns the number of messages in the channel: a snapshot, in `0..=capacity`.
    ///
    #[doc = include_str!("examples/mpmc_len.md")]
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Returns `true` if the channel is empty: a snapshot.
    ///
    #[doc = include_str!("examples/mpmc_is_empty.md")]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Returns `true` if the channel is full: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let channel = gimmal_core::channel::mpmc::Channel::<u16, 1>::new();
    /// channel.try_send(1).unwrap();
    /// assert!(channel.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// Returns the number of slots.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal_core::channel::mpmc::Channel::<u16, 4>::new().capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }
}

impl<R: SharedRing + ?Sized> fmt::Debug for ChannelOf<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("closed", &self.is_closed())
            .finish()
    }
}

impl_dyn_capacity!(
    ChannelView,
    Channel,
    TurnSlot,
    offset_of!(Channel<T, 1>, ring) + RingView::<T>::OFFSET
);

/// The operation of [`ChannelOf::send`].
pub struct Sending<'c, R: SharedRing + ?Sized> {
    channel: &'c ChannelOf<R>,
    value: Option<R::Item>,
}

impl<T, R: SharedRing<Item = T> + ?Sized> Sending<'_, R> {
    /// Returns the value of a send that did not happen.
    ///
    /// # Panics
    /// If the value was sent.
    ///
    #[doc = include_str!("examples/mpmc_into_inner.md")]
    pub fn into_inner(self) -> T {
        some_or_panic!(self.value, "the value was sent")
    }
}

impl<T, R: SharedRing<Item = T> + ?Sized> Operation for Sending<'_, R> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        let value = some_or_panic!(self.value.take(), "sent once");
        match self.channel.try_send(value) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(unsent) => unsent.or_wait(&mut self.value),
        }
    }

    fn may_wake_next(&self) -> bool {
        !self.channel.is_full()
    }

    fn spin_hint(&self) -> usize {
        self.channel.capacity()
    }

    fn passed(&self) -> Option<usize> {
        Some(self.channel.ring.pushed())
    }
}

/// The operation of [`ChannelOf::recv`].
#[doc(hidden)]
pub struct Receiving<'c, R: SharedRing + ?Sized> {
    channel: &'c ChannelOf<R>,
}

impl<T, R: SharedRing<Item = T> + ?Sized> Operation for Receiving<'_, R> {
    type Output = Result<T, Closed>;

    #[inline]
    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        match self.channel.try_recv() {
            Ok(value) => Poll::Ready(Ok(value)),
            Err(nothing) => nothing.or_wait(),
        }
    }

    fn may_wake_next(&self) -> bool {
        !self.channel.is_empty() || self.channel.is_closed()
    }

    fn spin_hint(&self) -> usize {
        self.channel.capacity()
    }

    fn passed(&self) -> Option<usize> {
        Some(self.channel.ring.pushed())
    }
}
