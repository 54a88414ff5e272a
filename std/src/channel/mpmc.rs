//! The MPMC channel: ends that are cloned and counted, over the core's channel in memory of its
//! own.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | each end's drop: `fetch_sub` | the last one's: the same | what the other ends did, to the end that closes |

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::*;
use std::time::{Duration, Instant};

use gimmal_core::channel::mpmc::{self as core, ChannelView};
use gimmal_core::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};

use gimmal_core::poll::Source;
use gimmal_core::ring::mpmc::RingView;
use gimmal_core::wait::{Wait, WaitQueue};

use super::capacity::CapacityError;
use super::first_try::{received, received_within, sent, sent_within};
use super::look::look;
use super::shared::Shared;
use crate::block::{Limit, block, block_until};
use crate::cooperate::cooperative;

/// The operation of [`Sender::sending`].
pub type Sending<'c, T> = core::Sending<'c, RingView<T>>;
/// The operation of [`Receiver::receiving`].
pub type Receiving<'c, T> = core::Receiving<'c, RingView<T>>;

/// Makes a channel for up to `capacity` messages, for any number of threads on both sides, and
/// returns its two ends.
///
/// # Memory
/// The channel allocates room for all its messages at once. On Linux, an allocation of more than 8
/// KiB is resident only as far as it has been used: it begins with one page of 4 KiB (two for
/// messages of 4 KiB), and grows until `capacity` messages have gone through it.
///
/// # Panics
/// If `capacity` is 0, or if there is no memory for all of it; [`try_bounded`] returns an error
/// instead.
///
/// # Examples
/// ```
/// use std::thread;
///
/// let (sender, receiver) = gimmal::channel::bounded(4);
/// thread::scope(|scope| {
///     for start in [0, 100] {
///         let sender = sender.clone();
///         scope.spawn(move || (start..start + 3).for_each(|i| sender.send(i).unwrap()));
///     }
///     drop(sender);
///     assert_eq!(receiver.iter().sum::<i32>(), 306);
/// });
/// ```
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    match try_bounded(capacity) {
        Ok(ends) => ends,
        Err(why) => panic!("{why}"),
    }
}

/// Makes a channel as [`bounded`] does.
///
/// # Errors
/// [`CapacityError`] if `capacity` is 0, or if there is no memory for all of it.
///
/// # Examples
/// ```
/// use gimmal::channel::{self, CapacityError};
///
/// assert!(channel::try_bounded::<u64>(1000).is_ok());
/// assert_eq!(channel::try_bounded::<u64>(0).unwrap_err(), CapacityError);
/// ```
pub fn try_bounded<T>(capacity: usize) -> Result<(Sender<T>, Receiver<T>), CapacityError> {
    let shared = Arc::new(Shared::new(capacity)?);
    Ok((
        Sender {
            shared: shared.clone(),
        },
        Receiver { shared },
    ))
}

/// The sending end of a channel. Clones send into the same channel; dropping the last one closes
/// it.
///
/// # Fairness
/// Waiting senders are woken in arrival order. A running sender may take the place first; the one
/// that was woken then keeps its turn at the front.
///
/// # Memory ordering
/// What a thread did before it sent a message happens before what its receiver does with it.
#[doc(alias = "tx")]
#[doc(alias = "SyncSender")]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// The receiving end of a channel. Clones receive from the same channel, and each message goes to
/// one of them; dropping the last one closes the channel and drops what is unread.
///
/// # Fairness
/// Waiting receivers are woken in arrival order. A running receiver may take the message first; the
/// one that was woken then keeps its turn at the front.
#[doc(alias = "rx")]
pub struct Receiver<T> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// All return the value. `Closed` wins over `Full`. `Busy`: another thread is in the middle of an operation at that very
    /// place; try again, or take [`send`](Sender::send), which waits for it.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::{self, TrySendError};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// sender.try_send(1).unwrap();
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// # drop(receiver);
    /// ```
    #[doc(alias = "put_nowait")]
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.shared.channel.try_send(value)
    }

    /// Sends, blocking while the channel is full.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// # Errors
    /// [`SendError`] returns the value: the channel is closed.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::{self, SendError};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// sender.send("first").unwrap();
    /// drop(receiver);
    /// assert_eq!(sender.send("second"), Err(SendError("second")));
    /// ```
    #[doc(alias = "put")]
    #[inline]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        sent(self.try_send(value), |value| {
            block(self.shared.channel.sending(value))
        })
    }

    /// Sends, blocking for at most `timeout`: `ZERO` tries once, `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`; both return the value.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::channel::{self, SendTimeoutError};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// sender.send(1).unwrap();
    /// let late = sender.send_timeout(2, Duration::from_millis(1));
    /// assert_eq!(late, Err(SendTimeoutError::TimedOut(2)));
    /// # drop(receiver);
    /// ```
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, Limit::After(timeout))
    }

    /// Sends, blocking until `deadline` at most: a past one tries once.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`; both return the value.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    ///
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// assert!(sender.send_deadline(1, Instant::now()).is_ok());
    /// # drop(receiver);
    /// ```
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, Limit::At(deadline))
    }

    fn send_within(&self, value: T, limit: Limit) -> Result<(), SendTimeoutError<T>> {
        sent_within(self.try_send(value), limit, |value| {
            match block_until(self.shared.channel.sending(value), limit) {
                Ok(sent) => sent.map_err(|SendError(value)| SendTimeoutError::Closed(value)),
                Err(attempt) => Err(SendTimeoutError::TimedOut(attempt.into_inner())),
            }
        })
    }

    /// Returns the wait of [`send`](Sender::send), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// assert!(gimmal::wait::block(sender.sending(1)).is_ok());
    /// # drop(receiver);
    /// ```
    #[inline]
    pub fn sending(&self, value: T) -> Wait<'_, WaitQueue, Sending<'_, T>> {
        self.shared.channel.sending(value)
    }

    /// Returns the channel as a source of a [`Poller`](crate::poll::Poller): writable while there
    /// is room, ended when the channel is closed.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::Poller};
    ///
    /// let (sender, receiver) = channel::bounded::<u32>(1);
    /// assert!(Poller::new([sender.writable()]).poll().is_ready(0));
    /// # drop(receiver);
    /// ```
    #[inline]
    pub fn writable(&self) -> Source<'_>
    where
        T: Send,
    {
        Source::writable(&self.shared.channel, self.shared.channel.senders())
    }

    /// Returns the future of [`send`](Sender::send), for an executor.
    ///
    /// # Errors
    /// As for [`send`](Sender::send).
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready drops the value, unsent. If the future had been
    /// woken, that wakes the next waiting sender. While it has been woken and is neither polled nor
    /// dropped, senders that wait already, threads included, are not woken for that room;
    /// `try_send` and later calls take it.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// sender.send_async(1).await.unwrap();
    /// assert_eq!(receiver.recv(), Ok(1));
    /// # });
    /// ```
    pub fn send_async(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> + '_ {
        cooperative(self.shared.channel.send(value))
    }
}

impl<T> Receiver<T> {
    /// Receives without waiting.
    ///
    /// # Errors
    /// `Empty`; `Closed` only after everything that was sent has been received; `Busy`: another thread is in the middle of an
    /// operation at that very place; try again, or take [`recv`](Receiver::recv), which waits for it.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::{self, TryRecvError};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    #[doc(alias = "get_nowait")]
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.shared.channel.try_recv()
    }

    /// Receives, blocking while the channel is empty.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// [`Closed`]: the channel is closed, and everything that was sent has been received.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::{self, Closed};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// sender.send(1).unwrap();
    /// drop(sender);
    /// assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(Closed)));
    /// ```
    #[doc(alias = "get")]
    #[inline]
    pub fn recv(&self) -> Result<T, Closed> {
        received(self.try_recv(), || block(self.shared.channel.receiving()))
    }

    /// Receives, blocking for at most `timeout`: `ZERO` tries once, `MAX` is for ever. A message
    /// that is there is received although the time is over.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// `TimedOut`, or `Closed` as for [`recv`](Receiver::recv).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::channel::{self, RecvTimeoutError};
    ///
    /// let (sender, receiver) = channel::bounded::<u32>(1);
    /// let late = receiver.recv_timeout(Duration::from_millis(1));
    /// assert_eq!(late, Err(RecvTimeoutError::TimedOut));
    /// # drop(sender);
    /// ```
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_within(Limit::After(timeout))
    }

    /// Receives, blocking until `deadline` at most: a past one tries once.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// `TimedOut`, or `Closed` as for [`recv`](Receiver::recv).
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let (sender, receiver) = gimmal::channel::bounded(4);
    /// (0..3).for_each(|n| sender.try_send(n).unwrap());
    ///
    /// // What comes within a millisecond, however much that is.
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// let mut batch = Vec::new();
    /// while let Ok(message) = receiver.recv_deadline(deadline) {
    ///     batch.push(message);
    /// }
    /// assert_eq!(batch, [0, 1, 2]);
    /// # drop(sender);
    /// ```
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_within(Limit::At(deadline))
    }

    fn recv_within(&self, limit: Limit) -> Result<T, RecvTimeoutError> {
        received_within(self.try_recv(), limit, || {
            match block_until(self.shared.channel.receiving(), limit) {
                Ok(received) => received.map_err(|Closed| RecvTimeoutError::Closed),
                Err(_) => Err(RecvTimeoutError::TimedOut),
            }
        })
    }

    /// Returns the wait of [`recv`](Receiver::recv), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::select, sync::Event};
    ///
    /// let (sender, receiver) = channel::bounded::<u32>(1);
    /// let stop = Event::new();
    /// stop.set();
    /// assert_eq!(select((receiver.receiving(), stop.waiting())).wait().index(), 1);
    /// # drop(sender);
    /// ```
    #[inline]
    pub fn receiving(&self) -> Wait<'_, WaitQueue, Receiving<'_, T>> {
        self.shared.channel.receiving()
    }

    /// Returns the channel as a source of a [`Poller`](crate::poll::Poller): readable while there
    /// is a message, ended when the channel is closed and read to the end.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// sender.send(1).unwrap();
    /// assert!(gimmal::poll::Poller::new([receiver.readable()]).poll().is_ready(0));
    /// ```
    #[inline]
    pub fn readable(&self) -> Source<'_>
    where
        T: Send,
    {
        Source::readable(&self.shared.channel, self.shared.channel.receivers())
    }

    /// Returns the future of [`recv`](Receiver::recv), for an executor.
    ///
    /// # Errors
    /// As for [`recv`](Receiver::recv).
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready takes no message. If the future had been woken, that
    /// wakes the next waiting receiver. While it has been woken and is neither polled nor dropped,
    /// receivers that wait already, threads included, are not woken for that message; `try_recv`
    /// and later calls take it.
    ///
    #[doc = include_str!("examples/mpmc_recv_async.md")]
    pub fn recv_async(&self) -> impl Future<Output = Result<T, Closed>> + '_ {
        cooperative(self.shared.channel.recv())
    }
}

/// What both ends offer.
macro_rules! end {
    ($end:ident, $count:ident, $last:expr) => {
        impl<T> $end<T> {
            /// Closes the channel: sends fail from now on, and receivers drain what was sent.
            /// Returns `false` if it was closed before. Idempotent.
            ///
            /// # Examples
            /// ```
            /// use gimmal::channel::{self, Closed, SendError};
            ///
            /// let (sender, receiver) = channel::bounded(2);
            /// sender.send(1).unwrap();
            /// assert!(receiver.close());
            /// assert_eq!(sender.send(2), Err(SendError(2)));
            /// assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(Closed)));
            /// ```
            #[doc(alias = "shutdown")]
            pub fn close(&self) -> bool {
                self.shared.channel.close()
            }
        }

        impl<T> Clone for $end<T> {
            fn clone(&self) -> Self {
                let before = self.shared.$count.fetch_add(1, Relaxed); // R: a count; the clone is handed on
                if before > usize::MAX / 2 {
                    // Only leaked clones get here; going on would end in a count of zero.
                    std::process::abort();
                }
                $end {
                    shared: self.shared.clone(),
                }
            }
        }

        impl<T> Drop for $end<T> {
            fn drop(&mut self) {
                let before = self.shared.$count.fetch_sub(1, AcqRel); // E1
                if before == 1 {
                    let last: fn(&ChannelView<T>) = $last;
                    last(&self.shared.channel);
                }
            }
        }

        impl<T> fmt::Debug for $end<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($end))
                    .field(&&*self.shared.channel)
                    .finish()
            }
        }
    };
}

end!(Sender, senders, |channel| {
    channel.close();
});
end!(Receiver, receivers, |channel| {
    channel.close_and_drain();
});

look!(Sender<T>, "", "bounded", this => this.shared.channel);
look!(Receiver<T>, "", "bounded", this => this.shared.channel);
