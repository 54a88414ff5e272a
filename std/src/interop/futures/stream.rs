//! [`RecvStream`]: the end of a channel, or a socket, as a `Stream` of what it receives.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};
use gimmal_core::socket::{self as core, Receives};

use super::budget::Budget;
use super::stored_wait::{Exchange, StoredWait};
use crate::channel::{Closed, Receiver, TryRecvError, spsc};
use crate::socket::{RecvError, Socket};

/// What a wait of a stream returns. `None`: it was ended without a try.
type Got<E> = Option<Result<<E as Receive>::Message, <E as Receive>::Reason>>;

/// What a stream does with its end.
pub trait Receive: Sized + Send + 'static {
    /// What the stream yields.
    type Message: Send + 'static;
    /// Why nothing will be received any more.
    type Reason: Copy + fmt::Debug + Send + 'static;

    /// Receives without waiting: `None` if nothing is there.
    fn try_next(&mut self) -> Result<Option<Self::Message>, Self::Reason>;

    /// Waits for the next message.
    fn next(
        &mut self,
        exchange: &Exchange<Self, (), Got<Self>>,
    ) -> impl Future<Output = Got<Self>> + Send;
}

/// An end that can be a [`RecvStream`]: a [`channel::Receiver`](Receiver), an [`spsc::Receiver`],
/// or a [`Socket`] that receives. Nothing else implements it.
pub trait StreamEnd: Receive {}

impl<E: Receive> StreamEnd for E {}

/// The receiving end of a channel, or a socket, as a `Stream` of messages. It owns the end.
///
/// The stream yields what the end receives, and ends when a receive would fail at once: of a
/// channel, when it is closed and drained; of a socket, when it is `Disconnected` or `Terminated`
/// and all is read, or, for a Req and a Rep, at each turn to send. [`reason`](RecvStream::reason)
/// says why. Once it has ended, it stays so; a socket that gets new peers later is
/// [taken back](RecvStream::into_inner) and made a new stream. Dropping the stream drops the end.
///
/// # Fairness
/// A stream waits in arrival order like any other receiver of the channel. After
/// [128](crate::wait::cooperate) messages without a wait it wakes its task and returns `Pending`
/// once, for the other tasks of the executor.
///
/// # Cancel safety
/// A message is taken out of the channel by the poll that returns it, and at no other time. Nothing
/// is lost if the stream is dropped or [taken apart](RecvStream::into_inner) while it waits: a
/// wake-up that it has received goes to the next waiting receiver.
///
/// While a stream has been woken and is neither polled nor dropped, receivers of the same channel
/// that wait already are not woken for that message, as for
/// [`recv_async`](Receiver::recv_async).
///
/// # Memory
/// The stream allocates when it has to wait for the first time, and never after that.
///
/// # Panics
/// If it is polled again after a waker has panicked in a poll.
///
/// # Examples
/// ```
/// use futures_util::StreamExt;
/// use gimmal::{channel, wait::block_on};
///
/// let (sender, receiver) = channel::bounded(4);
/// for n in 1..=3 {
///     sender.send(n).unwrap();
/// }
/// drop(sender);
/// let squares = receiver.into_stream().map(|n| n * n);
/// assert_eq!(block_on(squares.collect::<Vec<_>>()), [1, 4, 9]);
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct RecvStream<E: StreamEnd> {
    /// `None` while the wait has it.
    end: Option<E>,
    wait: Option<StoredWait<E, (), Got<E>>>,
    reason: Option<E::Reason>,
    budget: Budget,
}

// No field is pinned through the stream.
impl<E: StreamEnd> Unpin for RecvStream<E> {}

impl<E: StreamEnd> RecvStream<E> {
    fn new(end: E) -> Self {
        RecvStream {
            end: Some(end),
            wait: None,
            reason: None,
            budget: Budget::new(),
        }
    }

    /// Returns why the stream has ended, or `None` if it has not.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use futures_util::StreamExt;
    /// use gimmal::channel::{self, Closed};
    ///
    /// let (sender, receiver) = channel::bounded::<u32>(1);
    /// let mut stream = receiver.into_stream();
    /// assert_eq!(stream.reason(), None);
    /// drop(sender);
    /// assert_eq!(stream.next().await, None);
    /// assert_eq!(stream.reason(), Some(Closed));
    /// # });
    /// ```
    pub fn reason(&self) -> Option<E::Reason> {
        self.reason
    }

    /// Returns the end. If the stream waits, its wait is over, and no message is taken.
    ///
    /// # Panics
    /// If a waker has panicked in a poll of the stream.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// let receiver = receiver.into_stream().into_inner();
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.recv(), Ok(1));
    /// ```
    pub fn into_inner(mut self) -> E {
        let recalled = || Some(self.wait.as_mut()?.recall()?.0);
        let end = self.end.take().or_else(recalled);
        end.expect("no poll has panicked")
    }

    /// Receives, or waits.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<E::Message, E::Reason>> {
        if let Some(end) = &mut self.end {
            if let Some(got) = end.try_next().transpose() {
                return Poll::Ready(got);
            }
            let wait = self.wait.get_or_insert_with(|| StoredWait::new(waits));
            wait.start(self.end.take().expect("seen above"), ());
        }
        let wait = self.wait.as_mut().expect("it has the end");
        let (end, got) = ready!(wait.poll(cx));
        self.end = Some(end);
        Poll::Ready(got.expect("a wait that was recalled is not polled again"))
    }
}

async fn waits<E: StreamEnd>(exchange: Arc<Exchange<E, (), Got<E>>>) {
    loop {
        let (mut end, ()) = exchange.take();
        let got = end.next(&exchange).await;
        exchange.give(end, got).await;
    }
}

impl<E: StreamEnd> Stream for RecvStream<E> {
    type Item = E::Message;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<E::Message>> {
        if self.reason.is_some() {
            return Poll::Ready(None);
        }
        ready!(self.budget.poll(cx));
        let Poll::Ready(got) = self.poll_end(cx) else {
            self.budget.refill();
            return Poll::Pending;
        };
        self.budget.spend();
        Poll::Ready(match got {
            Ok(message) => Some(message),
            Err(reason) => {
                self.reason = Some(reason);
                None
            }
        })
    }
}

impl<E: StreamEnd> FusedStream for RecvStream<E> {
    fn is_terminated(&self) -> bool {
        self.reason.is_some()
    }
}

impl<E: StreamEnd + fmt::Debug> fmt::Debug for RecvStream<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvStream")
            .field("end", &self.end)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// What the two receivers and the socket have in common.
macro_rules! receives {
    ($self:ident, $message:ty, $reason:ty, $try:expr) => {
        type Message = $message;
        type Reason = $reason;

        fn try_next(&mut $self) -> Result<Option<$message>, $reason> {
            $try
        }

        async fn next(&mut self, exchange: &Exchange<Self, (), Got<Self>>) -> Got<Self> {
            exchange.wait(self.receiving()).await.ok()
        }
    };
}

/// Receives from a channel without waiting.
fn received<T>(tried: Result<T, TryRecvError>) -> Result<Option<T>, Closed> {
    match tried {
        Ok(message) => Ok(Some(message)),
        Err(TryRecvError::Empty | TryRecvError::Busy) => Ok(None),
        Err(TryRecvError::Closed) => Err(Closed),
    }
}

impl<T: Send + 'static> Receive for Receiver<T> {
    receives!(self, T, Closed, received(self.try_recv()));
}

impl<T: Send + 'static> Receive for spsc::Receiver<T> {
    receives!(self, T, Closed, received(self.try_recv()));
}

impl<T, P> Receive for Socket<T, P>
where
    T: Send + 'static,
    P: Receives<T, Received: Send + 'static> + 'static,
    for<'c> core::Socket<'c, T, P>: Send,
{
    receives!(
        self,
        P::Received,
        RecvError,
        match self.try_recv() {
            Ok(message) => Ok(Some(message)),
            Err(RecvError::Empty) => Ok(None),
            Err(reason) => Err(reason),
        }
    );
}

impl<T: Send + 'static> Receiver<T> {
    /// Returns the end as a `Stream` of messages (feature `futures-core-0_3`). It ends when the
    /// channel is closed and drained.
    ///
    /// # Examples
    /// See [`RecvStream`].
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use futures_util::StreamExt;
    ///
    /// let (sender, receiver) = gimmal::channel::bounded(2);
    /// sender.send(1).unwrap();
    /// sender.send(2).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.into_stream().collect::<Vec<_>>().await, [1, 2]);
    /// # });
    /// ```
    pub fn into_stream(self) -> RecvStream<Self> {
        RecvStream::new(self)
    }

    /// Returns a `Stream` beside this end (feature `futures-core-0_3`): that of a clone of it. Each
    /// message goes to one of the ends.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    ///
    /// # gimmal::wait::block_on(async {
    /// let (sender, receiver) = gimmal::channel::bounded(4);
    /// (0..4).for_each(|n| sender.send(n).unwrap());
    /// assert_eq!(receiver.stream().take(2).collect::<Vec<_>>().await, [0, 1]);
    /// assert_eq!(receiver.recv(), Ok(2));
    /// # });
    /// ```
    pub fn stream(&self) -> RecvStream<Self> {
        RecvStream::new(self.clone())
    }
}

impl<T: Send + 'static> spsc::Receiver<T> {
    /// Returns the end as a `Stream` of messages (feature `futures-core-0_3`). It ends when the
    /// channel is closed and drained.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    ///
    /// # gimmal::wait::block_on(async {
    /// let (mut sender, receiver) = gimmal::channel::spsc::bounded(2);
    /// sender.send(1).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.into_stream().collect::<Vec<_>>().await, [1]);
    /// # });
    /// ```
    pub fn into_stream(self) -> RecvStream<Self> {
        RecvStream::new(self)
    }
}

impl<T, P> Socket<T, P>
where
    T: Send + 'static,
    P: Receives<T, Received: Send + 'static> + 'static,
    for<'c> core::Socket<'c, T, P>: Send,
{
    /// Returns the socket as a `Stream` of what it receives (feature `futures-core-0_3`), without a
    /// time-out. It ends when all is read and the socket is `Disconnected` or `Terminated`;
    /// [`reason`](RecvStream::reason) says which.
    ///
    /// # Examples
    /// ```
    /// use futures_util::StreamExt;
    /// use gimmal::{Context, socket::RecvError};
    ///
    /// # gimmal::wait::block_on(async {
    /// let context = Context::<u32>::typed();
    /// let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    /// push.bind("inproc://numbers").unwrap();
    /// pull.connect("inproc://numbers").unwrap();
    /// push.send(1_u32).unwrap();
    /// drop(push);
    ///
    /// let mut numbers = pull.into_stream();
    /// assert_eq!(numbers.next().await, Some(1));
    /// assert_eq!(numbers.next().await, None);
    /// assert_eq!(numbers.reason(), Some(RecvError::Disconnected));
    /// # });
    /// ```
    pub fn into_stream(self) -> RecvStream<Self> {
        RecvStream::new(self)
    }
}
