//! L5: slices of plain values through an SPSC channel: as many as there is room for, or as have
//! come.
//!
//! A slice is pushed and published in one step, so a receiver that leaves meanwhile has seen all of
//! it or nothing.

#![allow(unsafe_code)]

use core::future::IntoFuture;
use core::task::Poll;

use super::spsc::{ChannelOf, Hold, ReceiverOf, SenderOf};
use crate::error::{Closed, TryRecvError, TrySendError};
use crate::ring::spsc::{Erase, Position};
use crate::ring::{Slot, Storage};
use crate::wait::{Operation, Phase, Until, Wait, WaitCell};

impl<T: Copy, C: Hold> SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<T>> + Erase<T>,
{
    /// Sends copies of the first values, as many as there is room for, without waiting. Returns
    /// their number.
    ///
    /// # Errors
    /// `Full` if there is no room at all; `Closed`; never `Busy`. Nothing has been sent then. An
    /// empty slice is sent unless the channel is closed.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::channel::spsc::Channel;
    /// use gimmal_core::error::TrySendError;
    ///
    /// let mut channel = Channel::<u8, 4>::new();
    /// let (mut sender, _receiver) = channel.split();
    /// assert_eq!(sender.try_send_slice(b"abcdef"), Ok(4));
    /// assert_eq!(sender.try_send_slice(b"ef"), Err(TrySendError::Full(())));
    /// ```
    pub fn try_send_slice(&mut self, values: &[T]) -> Result<usize, TrySendError<()>> {
        let (channel, at) = (self.channel.held(), &mut self.at);
        // SAFETY: the handle is the one sender.
        unsafe { send(channel, at, values) }
    }

    /// Sends copies of the first values, as many as there is room for, and returns their number.
    /// Waits for a free slot first if the channel is full.
    ///
    /// # Errors
    /// [`Closed`] if the channel is closed. Nothing has been sent then.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has sent nothing.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::channel::spsc::Channel;
    /// use gimmal_core::wait::block_on;
    ///
    /// let mut channel = Channel::<u8, 4>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// block_on(async {
    ///     assert_eq!(sender.send_slice(b"abcdef").await, Ok(4));
    ///     let mut buffer = [0; 8];
    ///     assert_eq!(receiver.recv_slice(&mut buffer).await, Ok(4));
    ///     assert_eq!(&buffer[..4], b"abcd");
    /// });
    /// ```
    pub fn send_slice<'s>(
        &'s mut self,
        values: &'s [T],
    ) -> Until<'s, WaitCell, SendingSlice<'s, T, C::Slots>> {
        self.sending_slice(values).into_future()
    }

    /// The wait of [`send_slice`](SenderOf::send_slice), which has not begun.
    #[doc(hidden)]
    pub fn sending_slice<'s>(
        &'s mut self,
        values: &'s [T],
    ) -> Wait<'s, WaitCell, SendingSlice<'s, T, C::Slots>> {
        let (channel, at) = (self.channel.held(), &mut self.at);
        let operation = SendingSlice {
            channel,
            at,
            values,
        };
        Wait::new(&channel.room, operation)
    }
}

impl<T: Copy, C: Hold> ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<T>> + Erase<T>,
{
    /// Receives into the beginning of `buffer` as many values as there are and as fit, without
    /// waiting. Returns their number.
    ///
    /// # Errors
    /// `Empty` or `Closed`, as [`try_recv`](ReceiverOf::try_recv). An empty buffer receives nothing
    /// and never fails.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::channel::spsc::Channel;
    ///
    /// let mut channel = Channel::<u8, 4>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// sender.try_send_slice(b"abc").unwrap();
    /// let mut buffer = [0; 8];
    /// assert_eq!(receiver.try_recv_slice(&mut buffer), Ok(3));
    /// assert!(receiver.try_recv_slice(&mut buffer).is_err());
    /// ```
    pub fn try_recv_slice(&mut self, buffer: &mut [T]) -> Result<usize, TryRecvError> {
        let (channel, at) = (self.channel.held(), &mut self.at);
        // SAFETY: the handle is the one receiver.
        unsafe { recv(channel, at, buffer) }
    }

    /// Receives into the beginning of `buffer` as many values as there are and as fit, and returns
    /// their number. Waits for a message first if the channel is empty.
    ///
    /// # Errors
    /// [`Closed`] if the channel is closed and everything that was sent has been received. An empty
    /// buffer receives nothing and never fails.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has taken nothing.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::wait::block_on;
    ///
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 8>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// sender.try_send_slice(b"one").unwrap();
    /// let mut buffer = [0; 8];
    /// assert_eq!(block_on(receiver.recv_slice(&mut buffer)), Ok(3));
    /// assert_eq!(&buffer[..3], b"one");
    /// ```
    pub fn recv_slice<'r>(
        &'r mut self,
        buffer: &'r mut [T],
    ) -> Until<'r, WaitCell, ReceivingSlice<'r, T, C::Slots>> {
        self.receiving_slice(buffer).into_future()
    }

    /// The wait of [`recv_slice`](ReceiverOf::recv_slice), which has not begun.
    #[doc(hidden)]
    pub fn receiving_slice<'r>(
        &'r mut self,
        buffer: &'r mut [T],
    ) -> Wait<'r, WaitCell, ReceivingSlice<'r, T, C::Slots>> {
        let (channel, at) = (self.channel.held(), &mut self.at);
        let operation = ReceivingSlice {
            channel,
            at,
            buffer,
        };
        Wait::new(&channel.messages, operation)
    }

    /// Waits until there is a message, and takes none.
    ///
    /// # Errors
    /// [`Closed`] if the channel is closed and everything that was sent has been received.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has changed nothing.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::wait::block_on;
    ///
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 8>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// sender.try_send_slice(b"one").unwrap();
    /// block_on(receiver.wait_readable()).unwrap();
    /// assert_eq!(receiver.peek_slice(), b"one");
    /// ```
    pub fn wait_readable(&mut self) -> Until<'_, WaitCell, Filling<'_, C::Slots>> {
        self.filling().into_future()
    }

    /// The wait of [`wait_readable`](ReceiverOf::wait_readable), which has not begun.
    #[doc(hidden)]
    pub fn filling(&mut self) -> Wait<'_, WaitCell, Filling<'_, C::Slots>> {
        let (channel, at) = (self.channel.held(), &mut self.at);
        Wait::new(&channel.messages, Filling { channel, at })
    }

    /// Returns the oldest messages that lie side by side in the channel, and takes none: all of
    /// them, unless they wrap round the end of its memory. Empty if there is no message.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::channel::spsc::Channel;
    /// use gimmal_core::wait::block_on;
    ///
    /// let mut channel = Channel::<u8, 8>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// sender.try_send_slice(b"GET /").unwrap();
    /// block_on(receiver.wait_readable()).unwrap();
    /// let word = receiver.peek_slice().iter().position(|byte| *byte == b' ');
    /// assert_eq!(word, Some(3));
    /// assert_eq!(receiver.skip(4), 4);
    /// assert_eq!(receiver.try_recv(), Ok(b'/'));
    /// ```
    pub fn peek_slice(&mut self) -> &[T] {
        let (channel, at) = (self.channel.held(), &mut self.at);
        // SAFETY: the handle is the one receiver, and is borrowed while the slice lives.
        unsafe { Erase::<T>::erase(&channel.link.ring).first_run(at) }
    }

    /// Takes the `n` oldest messages, or all if there are fewer, without looking at them. Returns
    /// their number.
    ///
    /// # Examples
    /// ```
    /// let mut channel = gimmal_core::channel::spsc::Channel::<u8, 8>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// sender.try_send_slice(b"one").unwrap();
    /// assert_eq!((receiver.skip(2), receiver.try_recv()), (2, Ok(b'e')));
    /// ```
    pub fn skip(&mut self, n: usize) -> usize {
        let (channel, at) = (self.channel.held(), &mut self.at);
        // SAFETY: the handle is the one receiver.
        let skipped = unsafe { Erase::<T>::erase(&channel.link.ring).skip_from(at, n) };
        channel.room.wake();
        skipped
    }
}

/// # Safety
/// `at` belongs to the one sender, and nobody else sends meanwhile.
unsafe fn send<T: Copy, S: Storage<Slot = Slot<T>> + Erase<T> + ?Sized>(
    channel: &ChannelOf<S>,
    at: &Position,
    values: &[T],
) -> Result<usize, TrySendError<()>> {
    let woken = || channel.messages.wake();
    // SAFETY: as for this function.
    unsafe { channel.link.send_slice_from(at, values, woken) }
}

/// # Safety
/// `at` belongs to the one receiver, and nobody else receives meanwhile.
unsafe fn recv<T: Copy, S: Storage<Slot = Slot<T>> + Erase<T> + ?Sized>(
    channel: &ChannelOf<S>,
    at: &Position,
    buffer: &mut [T],
) -> Result<usize, TryRecvError> {
    if buffer.is_empty() {
        return Ok(0);
    }
    // SAFETY: as for this function.
    let received = unsafe { channel.link.recv_slice_from(at, buffer) }?;
    channel.room.wake();
    Ok(received)
}

/// The operation of [`SenderOf::send_slice`].
#[doc(hidden)]
pub struct SendingSlice<'s, T, S: Storage + ?Sized> {
    channel: &'s ChannelOf<S>,
    at: &'s mut Position,
    values: &'s [T],
}

impl<T: Copy, S: Storage<Slot = Slot<T>> + Erase<T> + ?Sized> Operation for SendingSlice<'_, T, S> {
    type Output = Result<usize, Closed>;

    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        // SAFETY: the position is the one sender's, which is borrowed.
        match unsafe { send(self.channel, self.at, self.values) } {
            Ok(sent) => Poll::Ready(Ok(sent)),
            Err(TrySendError::Closed(())) => Poll::Ready(Err(Closed)),
            Err(TrySendError::Full(()) | TrySendError::Busy(())) => Poll::Pending,
        }
    }

    fn spin_hint(&self) -> usize {
        self.channel.capacity()
    }
}

/// The operation of [`ReceiverOf::recv_slice`].
#[doc(hidden)]
pub struct ReceivingSlice<'r, T, S: Storage + ?Sized> {
    channel: &'r ChannelOf<S>,
    at: &'r mut Position,
    buffer: &'r mut [T],
}

impl<T: Copy, S: Storage<Slot = Slot<T>> + Erase<T> + ?Sized> Operation
    for ReceivingSlice<'_, T, S>
{
    type Output = Result<usize, Closed>;

    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        // SAFETY: the position is the one receiver's, which is borrowed.
        match unsafe { recv(self.channel, self.at, self.buffer) } {
            Ok(received) => Poll::Ready(Ok(received)),
            Err(nothing) => nothing.or_wait(),
        }
    }

    fn spin_hint(&self) -> usize {
        self.channel.capacity()
    }
}

/// The operation of [`ReceiverOf::wait_readable`].
#[doc(hidden)]
pub struct Filling<'r, S: Storage + ?Sized> {
    channel: &'r ChannelOf<S>,
    at: &'r mut Position,
}

impl<T: Copy, S: Storage<Slot = Slot<T>> + Erase<T> + ?Sized> Operation for Filling<'_, S> {
    type Output = Result<(), Closed>;

    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        let closed = self.channel.is_closed();
        // After the look at `closed`: what was sent before the close is seen.
        let ring = &self.channel.link.ring;
        // SAFETY: the position is the one receiver's, which is borrowed; the slice ends here.
        let is_empty = unsafe { Erase::<T>::erase(ring).first_run(self.at) }.is_empty();
        match (is_empty, closed) {
            (false, _) => Poll::Ready(Ok(())),
            (true, true) => Poll::Ready(Err(Closed)),
            (true, false) => Poll::Pending,
        }
    }

    fn spin_hint(&self) -> usize {
        self.channel.capacity()
    }
}
