//! L5: the SPSC channel: the SPSC ring, and a cell for each end to wait in.
//!
//! Closed by either end, never by a third party: `closed` is set after the closing sender's last push, so a receiver
//! that sees it and then pops once more has seen everything.
//!
//! **Abandoning** is the receiver's close for good: what is unread is dropped. A send that overlaps it may already have
//! passed the check of `closed`. Who drops that message is settled on one word:
//!
//! | `reader` | who drops what is in the ring |
//! |---|---|
//! | `PRESENT` | nobody: the receiver receives |
//! | `LEAVING` | the receiver, which then leaves by `LEAVING=>GONE` |
//! | `LEAVING_AGAIN` | the receiver, once more: a sender moved `LEAVING=>LEAVING_AGAIN` after a push |
//! | `GONE` | the sender |
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | close: `closed.store` | recv: `closed.load` | the sender's last pushes |
//! | E2 | sender: `LEAVING=>LEAVING_AGAIN` | receiver: the CAS to `GONE` that fails | the push that overlapped |
//! | E3 | receiver: `LEAVING=>GONE` | sender: `reader` read as `GONE` | the receiver's last position |
//! | E5 | receiver: `reader.store(LEAVING)` | sender: `LEAVING=>LEAVING_AGAIN` | `closed`: this sender pushes no more |
//! | E4 | sender: publish, fence (in `wake`), `reader.load` | receiver: `LEAVING`, `fence(SeqCst)`, drain | the drain sees the message or the sender sees the state |

#![allow(unsafe_code)]

use core::fmt;
use core::task::Poll;

use crate::shim::atomic::{AtomicU8, Ordering::*, fence};
use crate::shim::const_fn;
use crate::shim::plain::AtomicBool;

use crate::error::{Closed, Full, SendError, TryRecvError, TrySendError};
use crate::ring::spsc::{ConsumerOf, ProducerOf, RingOf};
use crate::ring::{Slot, Storage, to_the_end};
use crate::wait::{Attempt, Turn, Until, WaitCell};

const PRESENT: u8 = 0;
const LEAVING: u8 = 1;
const LEAVING_AGAIN: u8 = 2;
const GONE: u8 = 3;

/// A channel of `N` slots between one sender and one receiver.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, `try_recv`, `close` |
/// | spins, allocates | never |
/// | bounded | every `try_` operation |
///
/// # Memory ordering
/// What a thread did before `send` happens before what the other does after it received that message.
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

/// A channel whose capacity is not part of its type.
pub type ChannelView<T> = ChannelOf<[Slot<T>]>;

/// The channel over any storage. Use it as [`Channel`] or [`ChannelView`].
#[repr(C)]
pub struct ChannelOf<S: Storage + ?Sized> {
    /// Where the sender waits.
    room: WaitCell,
    /// Where the receiver waits.
    messages: WaitCell,
    closed: AtomicBool,
    reader: AtomicU8,
    ring: RingOf<S>,
}

impl<T, const N: usize> ChannelOf<[Slot<T>; N]> {
    const_fn! {
        /// An open, empty channel.
        pub const fn new() -> Self {
            ChannelOf {
                room: WaitCell::new(),
                messages: WaitCell::new(),
                closed: AtomicBool::new(false),
                reader: AtomicU8::new(PRESENT),
                ring: RingOf::new(),
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
    /// The two ends. Exclusive access proves that no earlier end is in use; forgotten ones are forgotten here too.
    pub fn split(&mut self) -> (SenderOf<'_, S>, ReceiverOf<'_, S>) {
        self.ring.forget_handles();
        match self.try_split() {
            Some(ends) => ends,
            None => unreachable!("the handles were just forgotten"),
        }
    }

    /// The two ends, or `None` while one of an earlier pair lives.
    pub fn try_split(&self) -> Option<(SenderOf<'_, S>, ReceiverOf<'_, S>)> {
        let (producer, consumer) = self.ring.try_split()?;
        Some((
            SenderOf {
                channel: self,
                producer,
            },
            ReceiverOf {
                channel: self,
                consumer,
            },
        ))
    }
}

impl<S: Storage + ?Sized> ChannelOf<S> {
    fn close(&self) {
        self.closed.store(true, Release); // E1
        self.room.wake();
        self.messages.wake();
    }

    /// Is it closed for sending? A snapshot that, once true, stays true.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Acquire) // E1
    }

    /// How many messages are in it: a snapshot, in `0..=capacity`.
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Is nothing in it? A snapshot.
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Is there no room? A snapshot.
    pub fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// How many messages it holds at most.
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
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
pub type Sender<'c, T, const N: usize> = SenderOf<'c, [Slot<T>; N]>;
/// The sending end of a channel whose capacity is not part of the type.
pub type SenderView<'c, T> = SenderOf<'c, [Slot<T>]>;

/// A sending end over any storage. Use it as [`Sender`] or [`SenderView`]. Dropping it does not close.
pub struct SenderOf<'c, S: Storage + ?Sized> {
    channel: &'c ChannelOf<S>,
    producer: ProducerOf<'c, S>,
}

impl<'c, T, S: Storage<Slot = Slot<T>> + ?Sized> SenderOf<'c, S> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// Each gives the value back; never `Busy`. [`TrySendError::Closed`] wins over `Full`.
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        let closed = self.channel.closed.load(Relaxed); // R: what the receiver did before is not asked for
        if closed {
            return Err(TrySendError::Closed(value));
        }
        self.producer
            .push(value)
            .map_err(|Full(value)| TrySendError::Full(value))?;
        self.channel.messages.wake();
        let reader = self.channel.reader.load(Relaxed); // R: E4
        if reader != PRESENT {
            self.overlapped();
        }
        Ok(())
    }

    /// The receiver left while we sent: sees to it that the message is dropped.
    #[cold]
    fn overlapped(&mut self) {
        let told = self
            .channel
            .reader
            .compare_exchange(LEAVING, LEAVING_AGAIN, AcqRel, Acquire); // E2, E3, E5
        if told == Err(GONE) {
            // SAFETY: the receiver has gone, and E3 brought all that it did.
            drain(&mut unsafe { self.channel.ring.consumer_again() });
        }
    }

    /// Sends, waiting for room.
    ///
    /// # Errors
    /// [`SendError`] gives the value back: the channel is closed.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has not sent, and drops the value; [`Until::cancel`] gives it back.
    pub fn send(&mut self, value: T) -> Until<Sending<'_, 'c, T, S>> {
        Until::new(Sending {
            sender: self,
            value: Some(value),
        })
    }

    /// Closes: sends fail from now on, the receiver drains what was sent.
    pub fn close(&self) {
        self.channel.close();
    }

    /// Is it closed?
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    /// How many more messages fit: a snapshot that only this end can make smaller.
    pub fn free(&self) -> usize {
        self.producer.free()
    }

    /// How many messages are in the channel: a snapshot.
    pub fn len(&self) -> usize {
        self.producer.len()
    }

    /// Is nothing in the channel? A snapshot.
    pub fn is_empty(&self) -> bool {
        self.producer.is_empty()
    }

    /// Is there no room? A snapshot that only this end can make true.
    pub fn is_full(&self) -> bool {
        self.producer.is_full()
    }

    /// How many messages the channel holds at most.
    pub fn capacity(&self) -> usize {
        self.producer.capacity()
    }
}

impl<S: Storage + ?Sized> fmt::Debug for SenderOf<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("channel", &self.channel)
            .finish()
    }
}

/// The receiving end of a [`Channel`].
pub type Receiver<'c, T, const N: usize> = ReceiverOf<'c, [Slot<T>; N]>;
/// The receiving end of a channel whose capacity is not part of the type.
pub type ReceiverView<'c, T> = ReceiverOf<'c, [Slot<T>]>;

/// A receiving end over any storage. Use it as [`Receiver`] or [`ReceiverView`]. Dropping it does not close.
pub struct ReceiverOf<'c, S: Storage + ?Sized> {
    channel: &'c ChannelOf<S>,
    consumer: ConsumerOf<'c, S>,
}

impl<'c, T, S: Storage<Slot = Slot<T>> + ?Sized> ReceiverOf<'c, S> {
    /// Receives without waiting.
    ///
    /// # Errors
    /// Never `Busy`. [`TryRecvError::Closed`] only after everything that was sent before the sender closed has been
    /// received.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.consumer.pop() {
            Ok(value) => {
                self.channel.room.wake();
                Ok(value)
            }
            Err(_) => self.closed_or_empty(),
        }
    }

    #[cold]
    fn closed_or_empty(&mut self) -> Result<T, TryRecvError> {
        if !self.channel.is_closed() {
            return Err(TryRecvError::Empty);
        }
        // What was pushed before closing is visible now.
        self.consumer.pop().map_err(|_| TryRecvError::Closed)
    }

    /// Receives, waiting for a message.
    ///
    /// # Errors
    /// [`Closed`]: closed, and everything that was sent has been received.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has taken nothing.
    pub fn recv(&mut self) -> Until<Receiving<'_, 'c, S>> {
        Until::new(Receiving { receiver: self })
    }

    /// Closes: sends fail from now on; what was sent can still be received.
    pub fn close(&self) {
        self.channel.close();
    }

    /// Closes, drops what is unread, and says how many that were. A message that a send running at the same time had
    /// already placed is dropped by that send.
    pub fn abandon(mut self) -> usize {
        self.channel.close();
        self.channel.reader.store(LEAVING, Release); // E5
        fence(SeqCst); // E4
        let mut dropped = 0;
        loop {
            dropped += drain(&mut self.consumer);
            let left = self
                .channel
                .reader
                .compare_exchange(LEAVING, GONE, Release, Acquire); // E3, E2
            if left.is_ok() {
                return dropped;
            }
            self.channel.reader.store(LEAVING, Relaxed); // R: the one sender pushes no more: it has seen `closed`
        }
    }

    /// Is it closed?
    pub fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }

    /// How many messages are there: a snapshot that only this end can make smaller.
    pub fn len(&self) -> usize {
        self.consumer.len()
    }

    /// Is nothing there? A snapshot that only this end can make true.
    pub fn is_empty(&self) -> bool {
        self.consumer.is_empty()
    }

    /// Is the channel full? A snapshot.
    pub fn is_full(&self) -> bool {
        self.consumer.is_full()
    }

    /// How many messages the channel holds at most.
    pub fn capacity(&self) -> usize {
        self.consumer.capacity()
    }
}

impl<S: Storage + ?Sized> fmt::Debug for ReceiverOf<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("channel", &self.channel)
            .finish()
    }
}

/// Drops everything in the ring, and says how many that were.
fn drain<T, S: Storage<Slot = Slot<T>> + ?Sized>(consumer: &mut ConsumerOf<'_, S>) -> usize {
    let mut dropped = 0;
    to_the_end(|| {
        let unread = consumer.pop();
        dropped += usize::from(unread.is_ok());
        unread.is_ok()
    });
    dropped
}

/// The attempt of [`SenderOf::send`].
pub struct Sending<'s, 'c, T, S: Storage<Slot = Slot<T>> + ?Sized> {
    sender: &'s mut SenderOf<'c, S>,
    value: Option<T>,
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> Sending<'_, '_, T, S> {
    /// The value that was not sent.
    ///
    /// # Panics
    /// If it was sent.
    pub fn into_inner(self) -> T {
        self.value.expect("the value was sent")
    }
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> Attempt for Sending<'_, '_, T, S> {
    type Output = Result<(), SendError<T>>;
    type Place = WaitCell;

    fn place(&self) -> &WaitCell {
        &self.sender.channel.room
    }

    #[inline]
    fn attempt(&mut self, _turn: Turn) -> Poll<Self::Output> {
        let value = self.value.take().expect("sent once");
        match self.sender.try_send(value) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(TrySendError::Closed(value)) => Poll::Ready(Err(SendError(value))),
            Err(TrySendError::Full(value) | TrySendError::Busy(value)) => {
                self.value = Some(value);
                Poll::Pending
            }
        }
    }

    fn patience(&self) -> usize {
        self.sender.capacity()
    }
}

/// The attempt of [`ReceiverOf::recv`].
pub struct Receiving<'r, 'c, S: Storage + ?Sized> {
    receiver: &'r mut ReceiverOf<'c, S>,
}

impl<T, S: Storage<Slot = Slot<T>> + ?Sized> Attempt for Receiving<'_, '_, S> {
    type Output = Result<T, Closed>;
    type Place = WaitCell;

    fn place(&self) -> &WaitCell {
        &self.receiver.channel.messages
    }

    #[inline]
    fn attempt(&mut self, _turn: Turn) -> Poll<Self::Output> {
        match self.receiver.try_recv() {
            Ok(value) => Poll::Ready(Ok(value)),
            Err(TryRecvError::Closed) => Poll::Ready(Err(Closed)),
            Err(TryRecvError::Empty | TryRecvError::Busy) => Poll::Pending,
        }
    }

    fn patience(&self) -> usize {
        self.receiver.capacity()
    }
}
