//! The SPSC channel: one sender, one receiver, each moved freely between threads and used by one at a time.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use gimmal_core::facade::{Hold, ReceiverOf, SenderOf, ends};

use super::mpmc::CapacityError;
use crate::block::{Limit, block, block_until};
use crate::boxed::{SharedSpsc, shared_spsc};

/// A channel that holds `capacity` messages, between one sender and one receiver.
///
/// # Memory
/// The channel has an allocation for all its messages. On Linux one of more than 8 KB is in memory only as far as it has been
/// used: it begins with one page of 4 KB (two for messages of 4 KB), and grows until `capacity` messages have gone through it.
///
/// # Panics
/// If `capacity` is 0 or does not fit the address space; [`try_bounded`] says it instead.
///
/// # Examples
/// ```
/// use std::thread;
///
/// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(4);
/// thread::scope(|scope| {
///     scope.spawn(move || (0..10).for_each(|i| sender.send(i).unwrap()));
///     assert_eq!(receiver.iter().sum::<i32>(), 45);
/// });
/// ```
///
/// An end is used by one thread at a time:
/// ```compile_fail
/// let (sender, _receiver) = gimmal::channel::spsc::bounded::<u32>(4);
/// let shared = &sender;
/// std::thread::scope(|scope| { scope.spawn(|| shared.len()); });
/// ```
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    match try_bounded(capacity) {
        Ok(ends) => ends,
        Err(why) => panic!("{why}"),
    }
}

/// A channel that holds `capacity` messages, between one sender and one receiver.
///
/// # Errors
/// [`CapacityError`] if `capacity` is 0 or does not fit the address space.
pub fn try_bounded<T>(capacity: usize) -> Result<(Sender<T>, Receiver<T>), CapacityError> {
    let channel = shared_spsc(capacity).ok_or(CapacityError)?;
    let Some((sender, receiver)) = ends(channel.clone()) else {
        unreachable!("the channel is new")
    };
    let receiver = Receiver {
        end: Some(receiver),
        channel: channel.clone(),
    };
    Ok((
        Sender {
            end: sender,
            channel,
        },
        receiver,
    ))
}

/// The sending end. Dropping it closes the channel.
pub struct Sender<T> {
    end: SenderOf<SharedSpsc<T>>,
    channel: SharedSpsc<T>,
}

/// The receiving end. Dropping it closes the channel and drops what is unread.
pub struct Receiver<T> {
    /// `None` once it is being dropped.
    end: Option<ReceiverOf<SharedSpsc<T>>>,
    channel: SharedSpsc<T>,
}

impl<T> Sender<T> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// Each gives the value back; never `Busy`. `Closed` wins over `Full`.
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        self.end.try_send(value)
    }

    /// Sends, blocking while there is no room.
    ///
    /// # Errors
    /// [`SendError`] gives the value back: the channel is closed.
    pub fn send(&mut self, value: T) -> Result<(), SendError<T>> {
        block(self.end.sending(value))
    }

    /// Sends, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// Each gives the value back.
    pub fn send_timeout(&mut self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, Limit::After(timeout))
    }

    /// Sends, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// Each gives the value back.
    pub fn send_deadline(
        &mut self,
        value: T,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, Limit::At(deadline))
    }

    fn send_within(&mut self, value: T, limit: Limit) -> Result<(), SendTimeoutError<T>> {
        match block_until(self.end.sending(value), limit) {
            Ok(sent) => sent.map_err(|SendError(value)| SendTimeoutError::Closed(value)),
            Err(attempt) => Err(SendTimeoutError::TimedOut(attempt.into_inner())),
        }
    }

    /// The future of `send`, for an executor. Dropping it before it is ready drops the value, unsent.
    pub fn send_async(&mut self, value: T) -> impl Future<Output = Result<(), SendError<T>>> + '_ {
        self.end.send(value)
    }

    /// Closes: sends fail from now on, the receiver drains what was sent.
    pub fn close(&self) {
        self.end.close();
    }
}

impl<T> Receiver<T> {
    fn end(&mut self) -> &mut ReceiverOf<SharedSpsc<T>> {
        self.end.as_mut().expect("taken by drop only")
    }

    /// Receives without waiting.
    ///
    /// # Errors
    /// Never `Busy`; `Closed` only after everything that was sent has been received.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.end().try_recv()
    }

    /// Receives, blocking while there is nothing.
    ///
    /// # Errors
    /// [`Closed`]: closed, and everything that was sent has been received.
    pub fn recv(&mut self) -> Result<T, Closed> {
        block(self.end().receiving())
    }

    /// Receives, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever. A message that is there is
    /// received although the time is over.
    ///
    /// # Errors
    /// `TimedOut`, or `Closed` as for [`recv`](Receiver::recv).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_within(Limit::After(timeout))
    }

    /// Receives, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TimedOut`, or `Closed` as for [`recv`](Receiver::recv).
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_within(Limit::At(deadline))
    }

    fn recv_within(&mut self, limit: Limit) -> Result<T, RecvTimeoutError> {
        match block_until(self.end().receiving(), limit) {
            Ok(received) => received.map_err(|Closed| RecvTimeoutError::Closed),
            Err(_) => Err(RecvTimeoutError::TimedOut),
        }
    }

    /// The future of `recv`, for an executor. Dropping it before it is ready takes nothing. It borrows the only receiver: one
    /// that is not polled holds up nobody else.
    pub fn recv_async(&mut self) -> impl Future<Output = Result<T, Closed>> + '_ {
        self.end().recv()
    }

    /// Receives until the channel is closed and drained.
    pub fn iter(&mut self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.recv().ok())
    }

    /// Receives what is there, without waiting.
    pub fn try_iter(&mut self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.try_recv().ok())
    }

    /// Closes: sends fail from now on; what was sent can still be received.
    pub fn close(&mut self) {
        self.end().close();
    }
}

/// What both ends offer.
macro_rules! end {
    ($end:ident) => {
        impl<T> $end<T> {
            /// Is it closed? A snapshot that, once true, stays true.
            pub fn is_closed(&self) -> bool {
                self.channel.held().is_closed()
            }

            /// How many messages are in it: a snapshot, in `0..=capacity`.
            pub fn len(&self) -> usize {
                self.channel.held().len()
            }

            /// Is nothing in it? A snapshot.
            pub fn is_empty(&self) -> bool {
                self.channel.held().is_empty()
            }

            /// Is there no room? A snapshot.
            pub fn is_full(&self) -> bool {
                self.channel.held().is_full()
            }

            /// How many messages it holds at most.
            pub fn capacity(&self) -> usize {
                self.channel.held().capacity()
            }
        }

        impl<T> fmt::Debug for $end<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($end))
                    .field(&self.channel.held())
                    .finish()
            }
        }
    };
}

end!(Sender);
end!(Receiver);

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.end.close();
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            end.close_and_drain();
        }
    }
}
