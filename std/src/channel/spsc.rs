//! The SPSC channel: one sender, one receiver. Each may move between threads, and is used by one
//! thread at a time.
//!
//! Its ends cannot be cloned or shared, and their methods take `&mut self`. In return `try_send`
//! and `try_recv` are wait-free and never `Busy`, and a message costs less than in
//! [`channel::bounded`](super::bounded) (`channel/1p1c`).
//!
//! A channel of bytes is a pipe: its ends are `std::io`'s [`Write`](std::io::Write),
//! [`Read`](std::io::Read) and [`BufRead`](std::io::BufRead).

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::channel::spsc as core;
use gimmal_core::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use gimmal_core::facade::{Hold, ReceiverOf, SenderOf, Slot, ends};
use gimmal_core::poll::Source;
use gimmal_core::wait::{Wait, WaitCell};

use super::capacity::CapacityError;
use super::first_try::{sent, sent_within, taken};
use super::look::look;
use crate::block::{Limit, block, block_until};
use crate::cooperate::cooperative;
use crate::heap::{SharedSpsc, shared_spsc};

/// Makes a channel for up to `capacity` messages between one sender and one receiver, and returns
/// its two ends.
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

/// Makes a channel as [`bounded`] does.
///
/// # Errors
/// [`CapacityError`] if `capacity` is 0, or if there is no memory for all of it.
///
/// # Examples
/// ```
/// use gimmal::channel::spsc;
///
/// assert!(spsc::try_bounded::<u64>(1000).is_ok());
/// assert!(spsc::try_bounded::<u64>(0).is_err());
/// ```
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

/// The operation of [`Sender::sending`].
pub type Sending<'c, T> = core::Sending<'c, T, [Slot<T>]>;
/// The operation of [`Receiver::receiving`].
pub type Receiving<'c, T> = core::Receiving<'c, [Slot<T>]>;

/// The sending end of a channel. Dropping it closes the channel.
#[doc(alias = "tx")]
pub struct Sender<T> {
    pub(super) end: SenderOf<SharedSpsc<T>>,
    channel: SharedSpsc<T>,
}

/// The receiving end of a channel. Dropping it closes the channel and drops what is unread.
#[doc(alias = "rx")]
pub struct Receiver<T> {
    /// `None` once it is being dropped.
    end: Option<ReceiverOf<SharedSpsc<T>>>,
    channel: SharedSpsc<T>,
}

impl<T> Sender<T> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// All return the value. `Closed` wins over `Full`. `Busy` is never returned.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::{self, TrySendError};
    ///
    /// let (mut sender, receiver) = channel::spsc::bounded(1);
    /// sender.try_send(1).unwrap();
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// # drop(receiver);
    /// ```
    #[doc(alias = "put_nowait")]
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        self.end.try_send(value)
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
    /// let (mut sender, receiver) = channel::spsc::bounded(1);
    /// sender.send("first").unwrap();
    /// drop(receiver);
    /// assert_eq!(sender.send("second"), Err(SendError("second")));
    /// ```
    #[doc(alias = "put")]
    #[inline]
    pub fn send(&mut self, value: T) -> Result<(), SendError<T>> {
        sent(self.try_send(value), |value| block(self.end.sending(value)))
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
    /// let (mut sender, receiver) = channel::spsc::bounded(1);
    /// sender.send(1).unwrap();
    /// let late = sender.send_timeout(2, Duration::from_millis(1));
    /// assert_eq!(late, Err(SendTimeoutError::TimedOut(2)));
    /// # drop(receiver);
    /// ```
    pub fn send_timeout(&mut self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
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
    /// let (mut sender, receiver) = gimmal::channel::spsc::bounded(1);
    /// assert!(sender.send_deadline(1, Instant::now()).is_ok());
    /// # drop(receiver);
    /// ```
    pub fn send_deadline(
        &mut self,
        value: T,
        deadline: Instant,
    ) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, Limit::At(deadline))
    }

    fn send_within(&mut self, value: T, limit: Limit) -> Result<(), SendTimeoutError<T>> {
        sent_within(self.try_send(value), limit, |value| {
            match block_until(self.end.sending(value), limit) {
                Ok(sent) => sent.map_err(|SendError(value)| SendTimeoutError::Closed(value)),
                Err(attempt) => Err(SendTimeoutError::TimedOut(attempt.into_inner())),
            }
        })
    }

    /// Returns the future of [`send`](Sender::send), for an executor.
    ///
    /// # Errors
    /// As for [`send`](Sender::send).
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready drops the value, unsent.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(1);
    /// sender.send_async(1).await.unwrap();
    /// assert_eq!(receiver.recv(), Ok(1));
    /// # });
    /// ```
    pub fn send_async(&mut self, value: T) -> impl Future<Output = Result<(), SendError<T>>> + '_ {
        cooperative(self.end.send(value))
    }

    /// Returns the wait of [`send`](Sender::send), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::select, sync::Event};
    ///
    /// let (mut sender, mut receiver) = channel::spsc::bounded(1);
    /// let stop = Event::new();
    /// select((sender.sending(1), stop.waiting())).wait();
    /// assert_eq!(receiver.recv(), Ok(1));
    /// ```
    pub fn sending(&mut self, value: T) -> Wait<'_, WaitCell, Sending<'_, T>> {
        self.end.sending(value)
    }

    /// Returns the end as a source of a [`Poller`](crate::poll::Poller): writable while there is
    /// room, ended when the channel is closed.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::Poller};
    ///
    /// let (mut sender, receiver) = channel::spsc::bounded::<u32>(1);
    /// assert!(Poller::new([sender.writable()]).poll().is_ready(0));
    /// # drop(receiver);
    /// ```
    pub fn writable(&mut self) -> Source<'_>
    where
        T: Send,
    {
        self.end.writable()
    }

    /// Closes the channel: sends fail from now on, and the receiver drains what was sent.
    /// Idempotent.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(1);
    /// sender.send(1).unwrap();
    /// sender.close();
    /// assert!(sender.send(2).is_err());
    /// assert_eq!(receiver.recv(), Ok(1));
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        self.end.close();
    }
}

impl<T> Receiver<T> {
    #[inline]
    pub(super) fn end(&mut self) -> &mut ReceiverOf<SharedSpsc<T>> {
        self.end.as_mut().expect("taken by drop only")
    }

    /// Receives without waiting.
    ///
    /// # Errors
    /// `Empty`; `Closed` only after everything that was sent has been received. `Busy` is never
    /// returned.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::{self, TryRecvError};
    ///
    /// let (mut sender, mut receiver) = channel::spsc::bounded(1);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    #[doc(alias = "get_nowait")]
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.end().try_recv()
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
    /// let (mut sender, mut receiver) = channel::spsc::bounded(1);
    /// sender.send(1).unwrap();
    /// drop(sender);
    /// assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(Closed)));
    /// ```
    #[doc(alias = "get")]
    #[inline]
    pub fn recv(&mut self) -> Result<T, Closed> {
        taken(self.end().take(), || block(self.end().receiving()))
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
    /// let (sender, mut receiver) = channel::spsc::bounded::<u32>(1);
    /// let late = receiver.recv_timeout(Duration::from_millis(1));
    /// assert_eq!(late, Err(RecvTimeoutError::TimedOut));
    /// # drop(sender);
    /// ```
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, RecvTimeoutError> {
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
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(4);
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
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_within(Limit::At(deadline))
    }

    fn recv_within(&mut self, limit: Limit) -> Result<T, RecvTimeoutError> {
        taken(self.end().take(), || {
            match block_until(self.end().receiving(), limit) {
                Ok(received) => received.map_err(|Closed| RecvTimeoutError::Closed),
                Err(_) => Err(RecvTimeoutError::TimedOut),
            }
        })
    }

    /// Returns the future of [`recv`](Receiver::recv), for an executor.
    ///
    /// # Errors
    /// As for [`recv`](Receiver::recv).
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready takes no message. It borrows the only receiver, so a
    /// future that is not polled holds up nobody else.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(1);
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.recv_async().await, Ok(1));
    /// # });
    /// ```
    pub fn recv_async(&mut self) -> impl Future<Output = Result<T, Closed>> + '_ {
        cooperative(self.end().recv())
    }

    /// Returns the wait of [`recv`](Receiver::recv), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::select, sync::Event};
    ///
    /// let (sender, mut receiver) = channel::spsc::bounded::<u32>(1);
    /// let stop = Event::new();
    /// stop.set();
    /// let first = select((receiver.receiving(), stop.waiting())).wait();
    /// assert_eq!(first.index(), 1);
    /// # drop(sender);
    /// ```
    pub fn receiving(&mut self) -> Wait<'_, WaitCell, Receiving<'_, T>> {
        self.end().receiving()
    }

    /// Returns the end as a source of a [`Poller`](crate::poll::Poller): readable while there is a
    /// message, ended when the channel is closed and read to the end.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::Poller};
    ///
    /// let (mut sender, mut receiver) = channel::spsc::bounded(1);
    /// sender.send(1).unwrap();
    /// assert!(Poller::new([receiver.readable()]).poll().is_ready(0));
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// ```
    pub fn readable(&mut self) -> Source<'_>
    where
        T: Send,
    {
        self.end().readable()
    }

    /// Closes the channel: sends fail from now on, and what was sent can still be received.
    /// Idempotent.
    ///
    /// # Examples
    /// ```
    /// let (mut sender, mut receiver) = gimmal::channel::spsc::bounded(1);
    /// receiver.close();
    /// assert!(sender.send(1).is_err());
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&mut self) {
        self.end().close();
    }
}

/// What both ends offer.
macro_rules! end {
    ($end:ident) => {
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

look!(Sender<T>, "mut ", "spsc::bounded", this => this.channel.held());
look!(Receiver<T>, "mut ", "spsc::bounded", this => this.channel.held());

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
