//! A channel between one sender and one receiver.
//!
//! [`split`](ChannelOf::split) gives the two ends. `try_send` and `try_recv` never wait; `send` and
//! `recv` are futures. Dropping an end does not close the channel: [`close`](SenderOf::close) does.

// Protocol: a closable ring, and a cell for each end to wait in. Every change is followed by a
// wake-up of the other end's cell, whose fence pairs with that of the waiting future (see `wait`).
// How the channel closes, and who drops what is unread, is the ring's: see `closable_ring.rs`.

#![allow(unsafe_code)]

use core::fmt;
use core::future::IntoFuture;
use core::mem::offset_of;
use core::task::Poll;

use crate::shim::const_fn;

use super::closable_ring::{ClosableRing, ClosableRingView};
use crate::error::{Closed, SendError, TryRecvError, TrySendError};
use crate::panic_without_fmt::some_or_panic;
use crate::ring::spsc::{CONSUMER, PRODUCER, Position};
use crate::ring::{Slot, Storage, impl_dyn_capacity};
use crate::wait::{Operation, Phase, Until, Wait, WaitCell};

/// A channel of `N` slots between one sender and one receiver.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, `try_recv`, `close`, without any feature |
/// | spins, allocates | never |
/// | bounded | every `try_` operation, and `close` |
/// | longest masked section | one waker moved in or out, with feature `critical-section`; else none |
/// | priorities | any, with feature `critical-section`; without it a task that waits here must not be polled by interrupting the other end (see [`WaitCell`]) |
///
/// # Memory ordering
/// What a thread did before `send` happens before what the other does after it received that
/// message.
///
/// # Examples
/// ```
/// use gimmal_core::channel::spsc::Channel;
/// use gimmal_core::wait::block_on;
///
/// static CHANNEL: Channel<u32, 4> = Channel::new();
///
/// let (mut sender, mut receiver) = CHANNEL.try_split().expect("nobody holds the ends");
/// block_on(async {
///     sender.send(1).await.unwrap();
///     sender.close();
///     assert_eq!(receiver.recv().await, Ok(1));
///     assert!(receiver.recv().await.is_err());
/// });
/// ```
pub type Channel<T, const N: usize> = ChannelOf<[Slot<T>; N]>;

/// A channel whose type does not contain the capacity.
pub type ChannelView<T> = ChannelOf<[Slot<T>]>;

/// The type behind every channel. Name it as [`Channel`] or [`ChannelView`].
#[repr(C)]
pub struct ChannelOf<S: Storage + ?Sized> {
    /// Where the sender waits.
    pub(crate) room: WaitCell,
    /// Where the receiver waits.
    pub(crate) messages: WaitCell,
    pub(super) link: ClosableRing<S>,
}

impl<T, const N: usize> ChannelOf<[Slot<T>; N]> {
    const_fn! {
        /// Creates an open, empty channel.
        #[doc = include_str!("examples/spsc_new.md")]
        pub const fn new() -> Self {
            Self::for_capacity(N)
        }
    }

    const_fn! {
        /// The header does not know the number of slots behind it.
        const fn for_capacity(capacity: usize) -> Self {
            ChannelOf {
                room: WaitCell::for_capacity(capacity),
                messages: WaitCell::for_capacity(capacity),
                link: ClosableRing::new(),
            }
        }
    }
}

impl<T, const N: usize> Default for ChannelOf<[Slot<T>; N]> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> ChannelOf<S> {
    /// Returns the two ends. The exclusive borrow proves that no earlier end is in use, so it
    /// always succeeds, also after an end was leaked with `mem::forget`.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// sender.try_send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    pub fn split(&mut self) -> (SenderOf<&Self>, ReceiverOf<&Self>) {
        self.link.ring.forget_handles();
        some_or_panic!(self.try_split(), "the handles were just forgotten")
    }

    /// Returns the two ends, or `None` while an end of an earlier pair exists.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::channel::spsc::Channel;
    ///
    /// static CHANNEL: Channel<u8, 4> = Channel::new();
    /// let (mut sender, mut receiver) = CHANNEL.try_split().expect("the first to ask");
    /// sender.try_send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    pub fn try_split(&self) -> Option<(SenderOf<&Self>, ReceiverOf<&Self>)> {
        ends(self)
    }
}

/// How an end holds its channel: a reference, or the share of an owner with an allocator.
///
/// # Safety
/// For implementors: `held` is the same channel at each call, also of a clone, and lives as long as
/// the holder.
#[doc(hidden)]
pub unsafe trait Hold: Clone {
    /// The channel's slots.
    type Slots: Storage + ?Sized;
    /// The channel.
    fn held(&self) -> &ChannelOf<Self::Slots>;
}

// SAFETY: a reference is one channel, for as long as it lives.
unsafe impl<S: Storage + ?Sized> Hold for &ChannelOf<S> {
    type Slots = S;

    fn held(&self) -> &ChannelOf<S> {
        self
    }
}

/// The two ends of a held channel, or `None` while one of an earlier pair lives.
#[doc(hidden)]
pub fn ends<C: Hold>(channel: C) -> Option<(SenderOf<C>, ReceiverOf<C>)> {
    let (producer, consumer) = channel.held().link.ring.take_handles()?;
    let sender = SenderOf {
        channel: channel.clone(),
        at: producer,
    };
    Some((
        sender,
        ReceiverOf {
            channel,
            at: consumer,
        },
    ))
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> ChannelOf<S> {
    /// # Safety
    /// `at` belongs to the one sender, and nobody else sends meanwhile.
    #[inline]
    unsafe fn send_from(&self, at: &Position, value: T) -> Result<(), TrySendError<T>> {
        let (most, wake) = (self.capacity(), || self.messages.wake());
        // SAFETY: as for this function.
        unsafe { self.link.send_from(at, value, most, |_| {}, wake) }
    }

    /// # Safety
    /// `at` belongs to the one receiver, and nobody else receives meanwhile.
    #[inline]
    unsafe fn recv_from(&self, at: &Position) -> Result<T, TryRecvError> {
        // SAFETY: as for this function.
        let value = unsafe { self.link.recv_from(at) }?;
        self.room.wake();
        Ok(value)
    }
}

impl<S: Storage + ?Sized> ChannelOf<S> {
    fn close(&self) {
        self.link.close();
        self.room.wake();
        self.messages.wake();
    }
}

impl<S: Storage + ?Sized> fmt::Debug for ChannelOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("closed", &self.is_closed())
            .finish()
    }
}

/// The sending end of a [`Channel`].
#[doc(alias = "tx")]
pub type Sender<'c, T, const N: usize> = SenderOf<&'c Channel<T, N>>;
/// The sending end of a channel whose type does not contain the capacity.
pub type SenderView<'c, T> = SenderOf<&'c ChannelView<T>>;

/// The type behind every sending end. Name it as [`Sender`] or [`SenderView`]. Dropping it does not
/// close.
pub struct SenderOf<C: Hold> {
    pub(crate) channel: C,
    pub(super) at: Position,
}

impl<T, C: Hold> SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<T>>,
{
    /// Sends without waiting.
    ///
    /// # Errors
    /// `Full` or `Closed`, with the value; never `Busy`. A channel that is both full and closed
    /// reports `Closed`.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{channel::spsc::Channel, error::TrySendError};
    ///
    /// let mut channel = Channel::<u8, 1>::new();
    /// let (mut sender, _receiver) = channel.split();
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// ```
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        // SAFETY: the handle is the one sender.
        unsafe { self.channel.held().send_from(&self.at, value) }
    }

    /// Sends, and waits for a free slot first if the channel is full.
    ///
    /// # Errors
    /// [`SendError`] if the channel is closed; it gives the value back.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has not sent, and drops the value; [`Until::cancel`]
    /// gives it back.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// sender.send(1).await.unwrap();
    /// assert_eq!(receiver.recv().await, Ok(1));
    /// # });
    /// ```
    #[doc(alias = "put")]
    pub fn send(&mut self, value: T) -> Until<'_, WaitCell, Sending<'_, T, C::Slots>> {
        self.sending(value).into_future()
    }

    /// The wait of [`send`](SenderOf::send), for the crate `gimmal`, which blocks the thread.
    #[inline(always)]
    #[doc(hidden)]
    pub fn sending(&mut self, value: T) -> Wait<'_, WaitCell, Sending<'_, T, C::Slots>> {
        let channel = self.channel.held();
        let sending = Sending {
            channel,
            at: &mut self.at,
            value: Some(value),
        };
        Wait::new(&channel.room, sending)
    }

    /// Closes the channel: later sends fail, the receiver still gets what was sent. Idempotent.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (sender, receiver) = channel.split();
    /// sender.close();
    /// assert!(receiver.is_closed());
    /// ```
    pub fn close(&self) {
        self.channel.held().close();
    }
}

impl<C: Hold> fmt::Debug for SenderOf<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("channel", &self.channel.held())
            .finish()
    }
}

/// The receiving end of a [`Channel`].
#[doc(alias = "rx")]
pub type Receiver<'c, T, const N: usize> = ReceiverOf<&'c Channel<T, N>>;
/// The receiving end of a channel whose type does not contain the capacity.
pub type ReceiverView<'c, T> = ReceiverOf<&'c ChannelView<T>>;

/// The type behind every receiving end. Name it as [`Receiver`] or [`ReceiverView`]. Dropping it
/// does not close.
pub struct ReceiverOf<C: Hold> {
    pub(crate) channel: C,
    pub(super) at: Position,
}

impl<T, C: Hold> ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<T>>,
{
    /// Receives without waiting.
    ///
    /// # Errors
    /// `Empty` or `Closed`; never `Busy`. `Closed` is reported only after everything that was sent
    /// before the close has been received.
    ///
    #[doc = include_str!("examples/spsc_try_recv.md")]
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        // SAFETY: the handle is the one receiver.
        unsafe { self.channel.held().recv_from(&self.at) }
    }

    /// Receives what is visible: `None` says nothing of a close. For a caller that waits next: without a reason beside the message
    /// the compiler moves a message of bytes as a whole, and once less.
    #[doc(hidden)]
    #[inline]
    pub fn take(&mut self) -> Option<T> {
        let channel = self.channel.held();
        // SAFETY: the handle is the one receiver.
        let value = unsafe { channel.link.ring.pop_from(&self.at) }.ok()?;
        channel.room.wake();
        Some(value)
    }

    /// Receives, and waits for a message first if the channel is empty.
    ///
    /// # Errors
    /// [`Closed`] if the channel is closed and everything that was sent has been received.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has taken nothing.
    ///
    #[doc = include_str!("examples/spsc_recv.md")]
    #[doc(alias = "get")]
    pub fn recv(&mut self) -> Until<'_, WaitCell, Receiving<'_, C::Slots>> {
        self.receiving().into_future()
    }

    /// The wait of [`recv`](ReceiverOf::recv), for the crate `gimmal`, which blocks the thread.
    #[inline(always)]
    #[doc(hidden)]
    pub fn receiving(&mut self) -> Wait<'_, WaitCell, Receiving<'_, C::Slots>> {
        let channel = self.channel.held();
        let receiving = Receiving {
            channel,
            at: &mut self.at,
        };
        Wait::new(&channel.messages, receiving)
    }

    /// Closes the channel: later sends fail, what was sent can still be received. Idempotent.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (mut sender, receiver) = channel.split();
    /// receiver.close();
    /// assert!(sender.try_send(1).is_err());
    /// ```
    pub fn close(&self) {
        self.channel.held().close();
    }

    /// Closes the channel, drops the unread messages and returns their number. The message of a
    /// send that runs at the same time is dropped here or given back by that send.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 4>::new();
    /// let (mut sender, receiver) = channel.split();
    /// sender.try_send(1).unwrap();
    /// assert_eq!(receiver.close_and_drain(), 1);
    /// ```
    pub fn close_and_drain(self) -> usize {
        let channel = self.channel.held();
        channel.close();
        // SAFETY: the handle is the one receiver, and ends here.
        unsafe {
            channel
                .link
                .close_and_drain_from(&self.at, channel.messages.is_asymmetric())
        }
    }
}

impl<C: Hold> fmt::Debug for ReceiverOf<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("channel", &self.channel.held())
            .finish()
    }
}

impl<C: Hold> Drop for SenderOf<C> {
    fn drop(&mut self) {
        self.channel.held().link.ring.let_go(PRODUCER);
    }
}

impl<C: Hold> Drop for ReceiverOf<C> {
    fn drop(&mut self) {
        self.channel.held().link.ring.let_go(CONSUMER);
    }
}

impl_dyn_capacity!(
    ChannelView,
    Channel,
    Slot,
    offset_of!(Channel<T, 1>, link) + ClosableRingView::<T>::OFFSET
);

/// The operation of [`SenderOf::send`]. It borrows the sender in two parts, channel and position.
pub struct Sending<'s, T, S: Storage + ?Sized> {
    channel: &'s ChannelOf<S>,
    at: &'s mut Position,
    value: Option<T>,
}

impl<T, S: Storage + ?Sized> Sending<'_, T, S> {
    /// Returns the value of a send that did not happen.
    ///
    /// # Panics
    /// If the value was sent.
    pub fn into_inner(self) -> T {
        some_or_panic!(self.value, "the value was sent")
    }
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> Operation for Sending<'_, T, S> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        let value = some_or_panic!(self.value.take(), "sent once");
        // SAFETY: the position is the one sender's, which is borrowed.
        match unsafe { self.channel.send_from(self.at, value) } {
            Ok(()) => Poll::Ready(Ok(())),
            Err(unsent) => unsent.or_wait(&mut self.value),
        }
    }

    fn spin_hint(&self) -> usize {
        self.channel.capacity()
    }

    fn passed(&self) -> Option<usize> {
        Some(self.channel.link.ring.tail_at(&self.at.own))
    }
}

/// The operation of [`ReceiverOf::recv`]. It borrows the receiver in two parts, as [`Sending`]
/// does.
#[doc(hidden)]
pub struct Receiving<'r, S: Storage + ?Sized> {
    channel: &'r ChannelOf<S>,
    at: &'r mut Position,
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> Operation for Receiving<'_, S> {
    type Output = Result<T, Closed>;

    #[inline]
    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        // SAFETY: the position is the one receiver's, which is borrowed.
        match unsafe { self.channel.recv_from(self.at) } {
            Ok(value) => Poll::Ready(Ok(value)),
            Err(nothing) => nothing.or_wait(),
        }
    }

    fn spin_hint(&self) -> usize {
        self.channel.capacity()
    }

    fn passed(&self) -> Option<usize> {
        Some(self.channel.link.ring.head_at(&self.at.own))
    }
}
