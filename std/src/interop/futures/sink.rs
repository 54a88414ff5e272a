//! [`SendSink`]: the end of a channel, or a socket, as a `Sink`.

#![forbid(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_sink::Sink;
use gimmal_core::socket::{self as core, Sends};

use super::budget::Budget;
use super::stored_wait::{Exchange, StoredWait};
use crate::channel::{self, Sender, TrySendError, spsc};
use crate::socket::{self, SendReason, Socket};

/// Why a message has not been sent.
pub enum Unsent<E: Deliver> {
    /// There is no room, or the wait for it was ended.
    Full(E::Message),
    /// It cannot be sent.
    Failed(E::Error),
}

/// What a send returns.
type Sent<E> = Result<(), Unsent<E>>;

/// What a sink does with its end.
pub trait Deliver: Sized + Send + 'static {
    /// What the sink takes.
    type Message: Send + 'static;
    /// Why it was not sent, with the message.
    type Error: Send + 'static;

    /// Sends without waiting.
    fn try_put(&mut self, message: Self::Message) -> Sent<Self>;

    /// Waits for room, and sends.
    fn put(
        &mut self,
        message: Self::Message,
        exchange: &Exchange<Self, Self::Message, Sent<Self>>,
    ) -> impl Future<Output = Sent<Self>> + Send;

    /// Returns the error of a send after the sink was closed.
    fn closed(message: Self::Message) -> Self::Error;
}

/// An end that can be a [`SendSink`]: a [`channel::Sender`](Sender), an [`spsc::Sender`], or a
/// [`Socket`] that sends. Nothing else implements it.
pub trait SinkEnd: Deliver {}

impl<E: Deliver> SinkEnd for E {}

/// The sending end of a channel, or a socket, as a `Sink` of messages. It owns the end.
///
/// The sink holds one message at most: one that was given to it while there was no room. So a sink
/// before a channel of capacity `n` takes `n + 1` messages, and no more.
///
/// | call | |
/// |---|---|
/// | `poll_ready` | is ready when the sink holds no message; sends the one it holds, or waits for room. It reserves nothing in the channel |
/// | `start_send` | sends at once if there is room, without a flush; holds the message if there is none |
/// | `poll_flush` | is ready when the sink holds no message, as `poll_ready` |
/// | `poll_close` | flushes, then drops the end, also if the flush fails |
///
/// Closing a sink drops its end: that closes the channel if the end is the last of its side, and
/// closes a socket. Other senders of the channel go on.
///
/// # Errors
/// The error of the end's `send`, which returns the message: that of the call, or in `poll_ready`,
/// `poll_flush` and `poll_close` the one that the sink held. A failed sink holds nothing and can be
/// used again. After `poll_close`, sends fail as on a closed channel (of a socket: `Closed`).
///
/// # Fairness
/// A sink waits in arrival order like any other sender of the channel. After
/// [128](crate::wait::cooperate) messages without a wait, `poll_ready` wakes its task and returns
/// `Pending` once, for the other tasks of the executor.
///
/// # Cancel safety
/// Dropping the sink drops the message that it holds, unsent; a wake-up that it has received goes
/// to the next waiting sender. [`into_inner`](SendSink::into_inner) returns the message.
///
/// A socket with a linger lingers when it is dropped, and so in `poll_close`, which blocks the
/// thread for that time. The default is not to linger.
///
/// # Memory
/// The sink allocates when it has to wait for the first time, and never after that.
///
/// # Panics
/// `start_send` panics if the sink holds a message: `poll_ready` has to be ready before it, as the
/// trait says. All panic if a waker has panicked in a poll before.
///
/// # Examples
/// ```
/// use futures_util::{SinkExt, StreamExt, stream};
/// use gimmal::{channel, wait::block_on};
///
/// let (sender, receiver) = channel::bounded(4);
/// let numbers = stream::iter(0..4).map(Ok);
/// block_on(numbers.forward(sender.into_sink())).unwrap(); // closes the sink at its end
/// assert_eq!(receiver.iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
///
/// let (sender, receiver) = channel::bounded(1);
/// drop(receiver);
/// let refused = block_on(sender.into_sink().send("message"));
/// assert_eq!(refused, Err(channel::SendError("message")));
/// ```
#[must_use = "a sink does nothing until it is polled"]
pub struct SendSink<E: SinkEnd> {
    /// `None` while the wait has it, and when the sink is closed.
    end: Option<E>,
    /// What waits for room and has not been given to the wait.
    held: Option<E::Message>,
    wait: Option<StoredWait<E, E::Message, Sent<E>>>,
    is_closed: bool,
    budget: Budget,
}

// No field is pinned through the sink.
impl<E: SinkEnd> Unpin for SendSink<E> {}

impl<E: SinkEnd> SendSink<E> {
    fn new(end: E) -> Self {
        SendSink {
            end: Some(end),
            held: None,
            wait: None,
            is_closed: false,
            budget: Budget::new(),
        }
    }

    /// Returns the end, unless the sink is closed, and the message that the sink holds, unsent.
    ///
    /// # Panics
    /// If a waker has panicked in a poll of the sink.
    ///
    /// # Examples
    /// ```
    /// use futures_util::{FutureExt, SinkExt};
    ///
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// let mut sink = sender.into_sink();
    /// assert_eq!(sink.send(1).now_or_never(), Some(Ok(())));
    /// assert_eq!(sink.send(2).now_or_never(), None); // the channel is full
    /// let (sender, unsent) = sink.into_inner();
    /// assert_eq!((receiver.recv(), unsent), (Ok(1), Some(2)));
    /// # drop(sender);
    /// ```
    pub fn into_inner(mut self) -> (Option<E>, Option<E::Message>) {
        if self.end.is_some() || self.is_closed {
            return (self.end.take(), self.held.take());
        }
        let recalled = self.wait.as_mut().and_then(StoredWait::recall);
        let (end, sent) = recalled.expect("no poll has panicked");
        match sent {
            Err(Unsent::Full(message)) => (Some(end), Some(message)),
            _ => unreachable!("the wait was ended without a try"),
        }
    }

    /// Sends what the sink holds.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), E::Error>> {
        if self.is_closed {
            return Poll::Ready(Ok(()));
        }
        if self.end.is_some() {
            let Some(message) = self.held.take() else {
                return Poll::Ready(Ok(()));
            };
            let wait = self.wait.get_or_insert_with(|| StoredWait::new(waits));
            wait.start(self.end.take().expect("seen above"), message);
        }
        let wait = self.wait.as_mut().expect("it has the end");
        let Poll::Ready((end, sent)) = wait.poll(cx) else {
            self.budget.refill();
            return Poll::Pending;
        };
        self.end = Some(end);
        Poll::Ready(match sent {
            Ok(()) => Ok(()),
            Err(Unsent::Failed(error)) => Err(error),
            Err(Unsent::Full(_)) => unreachable!("a wait that was recalled is not polled again"),
        })
    }
}

async fn waits<E: SinkEnd>(exchange: Arc<Exchange<E, E::Message, Sent<E>>>) {
    loop {
        let (mut end, message) = exchange.take();
        let sent = end.put(message, &exchange).await;
        exchange.give(end, sent).await;
    }
}

impl<E: SinkEnd> Sink<E::Message> for SendSink<E> {
    type Error = E::Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E::Error>> {
        ready!(self.budget.poll(cx));
        self.poll_held(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: E::Message) -> Result<(), E::Error> {
        if self.is_closed {
            return Err(E::closed(message));
        }
        let free = self.held.is_none();
        let end = self.end.as_mut().filter(|_| free);
        let end = end.expect("`poll_ready` has to be ready before `start_send`");
        match end.try_put(message) {
            Ok(()) => {}
            Err(Unsent::Full(message)) => self.held = Some(message),
            Err(Unsent::Failed(error)) => return Err(error),
        }
        self.budget.spend();
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E::Error>> {
        self.poll_held(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E::Error>> {
        let flushed = ready!(self.poll_held(cx));
        self.is_closed = true;
        self.end = None;
        Poll::Ready(flushed)
    }
}

impl<E: SinkEnd + fmt::Debug> fmt::Debug for SendSink<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSink")
            .field("end", &self.end)
            .field("is_closed", &self.is_closed)
            .finish_non_exhaustive()
    }
}

/// What the two senders and the socket have in common.
macro_rules! delivers {
    ($message:ty, $error:ty, $sort:expr, $closed:expr) => {
        type Message = $message;
        type Error = $error;

        fn try_put(&mut self, message: $message) -> Sent<Self> {
            self.try_send(message).map_err($sort)
        }

        async fn put(
            &mut self,
            message: $message,
            exchange: &Exchange<Self, $message, Sent<Self>>,
        ) -> Sent<Self> {
            match exchange.wait(self.sending(message)).await {
                Ok(sent) => sent.map_err(Unsent::Failed),
                Err(operation) => Err(Unsent::Full(operation.into_inner())),
            }
        }

        fn closed(message: $message) -> $error {
            $closed(message)
        }
    };
}

/// Sorts what the sender of a channel returns.
fn sorted<E, T>(error: TrySendError<T>) -> Unsent<E>
where
    E: Deliver<Message = T, Error = channel::SendError<T>>,
{
    match error {
        TrySendError::Full(message) | TrySendError::Busy(message) => Unsent::Full(message),
        TrySendError::Closed(message) => Unsent::Failed(channel::SendError(message)),
    }
}

impl<T: Send + 'static> Deliver for Sender<T> {
    delivers!(T, channel::SendError<T>, sorted, channel::SendError);
}

impl<T: Send + 'static> Deliver for spsc::Sender<T> {
    delivers!(T, channel::SendError<T>, sorted, channel::SendError);
}

impl<T, P> Deliver for Socket<T, P>
where
    T: Send + 'static,
    P: Sends<T> + 'static,
    for<'c> core::Socket<'c, T, P>: Send,
{
    delivers!(
        T,
        socket::SendError<T>,
        |error: socket::SendError<T>| match error.reason {
            SendReason::Full => Unsent::Full(error.value),
            _ => Unsent::Failed(error),
        },
        |value| socket::SendError {
            reason: SendReason::Closed,
            value,
        }
    );
}

impl<T: Send + 'static> Sender<T> {
    /// Returns the end as a `Sink` of messages (feature `futures-sink-0_3`). Closing the sink drops
    /// the end.
    ///
    /// # Examples
    /// See [`SendSink`].
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use futures_util::SinkExt;
    ///
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// sender.into_sink().send("message").await.unwrap();
    /// assert_eq!(receiver.recv(), Ok("message"));
    /// # });
    /// ```
    pub fn into_sink(self) -> SendSink<Self> {
        SendSink::new(self)
    }
}

impl<T: Send + 'static> spsc::Sender<T> {
    /// Returns the end as a `Sink` of messages (feature `futures-sink-0_3`). Closing the sink drops
    /// the end, which closes the channel.
    ///
    /// # Examples
    /// ```
    /// use futures_util::SinkExt;
    ///
    /// # gimmal::wait::block_on(async {
    /// let (sender, mut receiver) = gimmal::channel::spsc::bounded(2);
    /// let mut sink = sender.into_sink();
    /// sink.send(1).await.unwrap();
    /// sink.close().await.unwrap();
    /// assert_eq!(receiver.iter().collect::<Vec<_>>(), [1]);
    /// # });
    /// ```
    pub fn into_sink(self) -> SendSink<Self> {
        SendSink::new(self)
    }
}

impl<T, P> Socket<T, P>
where
    T: Send + 'static,
    P: Sends<T> + 'static,
    for<'c> core::Socket<'c, T, P>: Send,
{
    /// Returns the socket as a `Sink` of messages (feature `futures-sink-0_3`), without a time-out.
    /// Closing the sink closes the socket.
    ///
    /// # Examples
    /// ```
    /// use futures_util::SinkExt;
    /// use gimmal::Context;
    ///
    /// # gimmal::wait::block_on(async {
    /// let context = Context::<u32>::typed();
    /// let (push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://numbers").unwrap();
    /// push.connect("inproc://numbers").unwrap();
    /// let mut sink = push.into_sink();
    /// sink.send(7).await.unwrap();
    /// assert_eq!(pull.recv(), Ok(7));
    /// # });
    /// ```
    pub fn into_sink(self) -> SendSink<Self> {
        SendSink::new(self)
    }
}
