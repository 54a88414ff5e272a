//! The turns of a Req or a Rep as types: in the wrong turn there is no such verb.

#![forbid(unsafe_code)]
#![allow(
    clippy::result_large_err,
    reason = "a step that was not made gives its socket back"
)]

use std::time::{Duration, Instant};

use gimmal_core::error::socket::{RecvError, SendError};
use gimmal_core::socket::{NotDone, TakesTurns};

use super::socket::Socket;

/// A [`Req`](super::Req) that is to ask, or a [`Rep`](super::Rep) that is to answer. It can only send,
/// and is a [`ToRecv`] afterwards. Dropping it closes the socket.
///
/// # Examples
/// ```
/// use gimmal::Context;
///
/// let context = Context::<u64>::typed();
/// let rep = context.rep().unwrap();
/// rep.bind("inproc://square").unwrap();
/// let req = context.req().unwrap();
/// req.connect("inproc://square").unwrap();
///
/// let (req, rep) = (req.to_send().unwrap(), rep.to_recv().unwrap());
/// let req = req.send(7_u64).unwrap();
/// let (asked, rep) = rep.recv().unwrap();
/// let rep = rep.send(asked * asked).unwrap();
/// let (answer, req) = req.recv().unwrap();
/// assert_eq!(answer, 49);
/// # let _ = (req, rep);
/// ```
/// Asking twice does not compile:
/// ```compile_fail
/// # let context = gimmal::Context::<u64>::typed();
/// let req = context.req().unwrap().to_send().unwrap();
/// let req = req.send(7_u64).unwrap();
/// let req = req.send(8_u64).unwrap();
/// ```
#[derive(Debug)]
pub struct ToSend<S>(S);

/// A [`Req`](super::Req) that is to receive the answer, or a [`Rep`](super::Rep) that is to receive a
/// question. It can only receive, and is a [`ToSend`] afterwards. Dropping it closes the socket.
///
/// # Examples
/// See [`ToSend`].
#[derive(Debug)]
pub struct ToRecv<S>(S);

/// The result of a step of [`ToSend`].
pub type Sent<S, T> = Result<ToRecv<S>, NotDone<ToSend<S>, ToRecv<S>, SendError<T>>>;
/// The result of a step of [`ToRecv`].
pub type Received<S, T> = Result<(T, ToSend<S>), NotDone<ToRecv<S>, ToSend<S>, RecvError>>;

/// The turns of a socket that takes turns.
impl<T: Send + 'static, P: TakesTurns<T>> Socket<T, P> {
    /// Returns `true` if it is the turn to send: of a Req to ask, of a Rep to answer.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// assert!(context.req().unwrap().is_to_send()); // a Req asks first
    /// assert!(!context.rep().unwrap().is_to_send());
    /// ```
    pub fn is_to_send(&self) -> bool {
        self.inner.is_to_send()
    }

    /// Returns the socket as one that can only send.
    ///
    /// # Errors
    /// The socket as it is, if it is the turn to receive.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// assert!(context.req().unwrap().to_send().is_ok());
    /// assert!(context.rep().unwrap().to_send().is_err());
    /// ```
    pub fn to_send(self) -> Result<ToSend<Self>, Self> {
        match self.is_to_send() {
            true => Ok(ToSend(self)),
            false => Err(self),
        }
    }

    /// Returns the socket as one that can only receive.
    ///
    /// # Errors
    /// The socket as it is, if it is the turn to send.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// assert!(context.rep().unwrap().to_recv().is_ok());
    /// assert!(context.req().unwrap().to_recv().is_err());
    /// ```
    pub fn to_recv(self) -> Result<ToRecv<Self>, Self> {
        match self.is_to_send() {
            true => Err(self),
            false => Ok(ToRecv(self)),
        }
    }

    fn sent(self, sent: Result<(), SendError<T>>) -> Sent<Self, T> {
        match sent {
            Ok(()) => Ok(ToRecv(self)),
            Err(error) if self.is_to_send() => Err(NotDone::Again(ToSend(self), error)),
            Err(error) => Err(NotDone::Over(ToRecv(self), error)),
        }
    }

    fn received(self, received: Result<T, RecvError>) -> Received<Self, T> {
        match received {
            Ok(value) => Ok((value, ToSend(self))),
            Err(error) if self.is_to_send() => Err(NotDone::Over(ToSend(self), error)),
            Err(error) => Err(NotDone::Again(ToRecv(self), error)),
        }
    }
}

impl<T: Send + 'static, P: TakesTurns<T>> ToSend<Socket<T, P>> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// [`NotDone`], with the message.
    pub fn try_send(
        mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Sent<Socket<T, P>, T> {
        let sent = self.0.try_send(message);
        self.0.sent(sent)
    }

    /// Sends, blocking until a peer has room, or for the socket's send time-out.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// # Errors
    /// [`NotDone`], with the message.
    pub fn send(
        mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Sent<Socket<T, P>, T> {
        let sent = self.0.send(message);
        self.0.sent(sent)
    }

    /// Sends, blocking for `timeout` at most.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// # Errors
    /// [`NotDone`], with the message.
    pub fn send_timeout(
        mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
        timeout: Duration,
    ) -> Sent<Socket<T, P>, T> {
        let sent = self.0.send_timeout(message, timeout);
        self.0.sent(sent)
    }

    /// Sends, blocking until `deadline` at most: a past one tries once. A message for which there is
    /// room is sent although the time is over.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// # Errors
    /// [`NotDone`], with the message; `TimedOut` when the time is over.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::socket::{NotDone, SendReason};
    ///
    /// let context = gimmal::Context::new();
    /// let req = context.req().unwrap().to_send().unwrap();
    /// let Err(NotDone::Again(req, error)) = req.send_deadline("anybody?", Instant::now()) else {
    ///     unreachable!("nobody is there");
    /// };
    /// assert_eq!(error.reason, SendReason::TimedOut);
    /// assert_eq!(error.value, "anybody?");
    /// # drop(req);
    /// ```
    pub fn send_deadline(
        mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
        deadline: Instant,
    ) -> Sent<Socket<T, P>, T> {
        let sent = self.0.send_deadline(message, deadline);
        self.0.sent(sent)
    }

    /// Returns the future of [`send`](ToSend::send). Dropping it before it is ready drops the
    /// message, and closes the socket.
    pub async fn send_async(
        mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Sent<Socket<T, P>, T> {
        let sent = self.0.send_async(message).await;
        self.0.sent(sent)
    }

    /// Returns the socket, whose turns are then looked at when it is used.
    ///
    /// # Examples
    /// ```
    /// let req = gimmal::Context::new().req().unwrap().to_send().unwrap();
    /// assert!(req.into_socket().is_to_send());
    /// ```
    pub fn into_socket(self) -> Socket<T, P> {
        self.0
    }
}

impl<T: Send + 'static, P: TakesTurns<T>> ToRecv<Socket<T, P>> {
    /// Receives without waiting.
    ///
    /// # Errors
    /// [`NotDone`].
    pub fn try_recv(mut self) -> Received<Socket<T, P>, T> {
        let received = self.0.try_recv();
        self.0.received(received)
    }

    /// Receives, blocking until a message comes, or for the socket's receive time-out.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// [`NotDone`].
    pub fn recv(mut self) -> Received<Socket<T, P>, T> {
        let received = self.0.recv();
        self.0.received(received)
    }

    /// Receives, blocking for `timeout` at most.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// [`NotDone`].
    pub fn recv_timeout(mut self, timeout: Duration) -> Received<Socket<T, P>, T> {
        let received = self.0.recv_timeout(timeout);
        self.0.received(received)
    }

    /// Receives, blocking until `deadline` at most: a past one tries once. A message that is there
    /// is received although the time is over.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// [`NotDone`]; `TimedOut` when the time is over.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::socket::{NotDone, RecvError};
    ///
    /// let context = gimmal::Context::new();
    /// let rep = context.rep().unwrap();
    /// rep.bind("inproc://service").unwrap();
    /// let rep = rep.to_recv().unwrap();
    /// let Err(NotDone::Again(rep, RecvError::TimedOut)) = rep.recv_deadline(Instant::now()) else {
    ///     unreachable!("nobody has asked");
    /// };
    /// let mut req = context.req().unwrap();
    /// req.connect("inproc://service").unwrap();
    /// req.send("a question").unwrap();
    /// let (question, _rep) = rep.recv_deadline(Instant::now()).unwrap();
    /// assert_eq!(question, "a question");
    /// ```
    pub fn recv_deadline(mut self, deadline: Instant) -> Received<Socket<T, P>, T> {
        let received = self.0.recv_deadline(deadline);
        self.0.received(received)
    }

    /// Returns the future of [`recv`](ToRecv::recv). Dropping it before it is ready closes the
    /// socket.
    pub async fn recv_async(mut self) -> Received<Socket<T, P>, T> {
        let received = self.0.recv_async().await;
        self.0.received(received)
    }

    /// Returns the socket, whose turns are then looked at when it is used.
    ///
    /// # Examples
    /// ```
    /// let rep = gimmal::Context::new().rep().unwrap().to_recv().unwrap();
    /// assert!(!rep.into_socket().is_to_send());
    /// ```
    pub fn into_socket(self) -> Socket<T, P> {
        self.0
    }
}
