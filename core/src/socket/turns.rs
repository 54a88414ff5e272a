//! L6: the turns of a Req or a Rep as types: in the wrong turn there is no such verb.

#![forbid(unsafe_code)]

use super::pattern::{Receives, Sends};
use super::policy::Turns;
use super::socket::Socket;
use crate::error::socket::{RecvError, SendError};

/// A pattern whose sockets send and receive in turns: [`Req`](super::Req) and [`Rep`](super::Rep).
#[diagnostic::on_unimplemented(
    message = "the trait bound `{Self}: TakesTurns` is not satisfied",
    label = "sockets of this pattern send and receive in any order",
    note = "a Req or a Rep takes turns"
)]
pub trait TakesTurns<T>: Sends<T, Policy: Turns> + Receives<T, Received = T> {}

impl<T, P: Sends<T, Policy: Turns> + Receives<T, Received = T>> TakesTurns<T> for P {}

/// A [`Req`](super::Req) that is to ask, or a [`Rep`](super::Rep) that is to answer. It can only send,
/// and is a [`ToRecv`] afterwards.
///
/// Dropping it, or a future of it, closes the socket.
///
/// # Examples
/// ```
/// use gimmal_core::Context;
///
/// static CONTEXT: Context<u32, 2, 2, 4> = Context::new();
///
/// let rep = CONTEXT.rep().unwrap();
/// rep.bind("inproc://square").unwrap();
/// let req = CONTEXT.req().unwrap();
/// req.connect("inproc://square").unwrap();
///
/// let (req, rep) = (req.to_send().unwrap(), rep.to_recv().unwrap());
/// let req = req.try_send(7).unwrap();
/// let (asked, rep) = rep.try_recv().unwrap();
/// let rep = rep.try_send(asked * asked).unwrap();
/// let (answer, req) = req.try_recv().unwrap();
/// assert_eq!(answer, 49);
/// # let _ = (req, rep);
/// ```
/// Asking twice does not compile:
/// ```compile_fail
/// # static CONTEXT: gimmal_core::Context<u32, 2, 2, 4> = gimmal_core::Context::new();
/// let req = CONTEXT.req().unwrap().to_send().unwrap();
/// let req = req.try_send(7).unwrap();
/// let req = req.try_send(8).unwrap();
/// ```
#[derive(Debug)]
pub struct ToSend<S>(pub(crate) S);

/// A [`Req`](super::Req) that is to receive the answer, or a [`Rep`](super::Rep) that is to receive a
/// question. It can only receive, and is a [`ToSend`] afterwards.
///
/// Dropping it, or a future of it, closes the socket.
///
/// # Examples
/// See [`ToSend`].
#[derive(Debug)]
pub struct ToRecv<S>(pub(crate) S);

/// A step that was not made, and whose turn it is now.
#[derive(Debug)]
pub enum NotDone<Same, Other, E> {
    /// The same turn: the step may be tried again.
    Again(Same, E),
    /// The other turn, as the peer has gone: a Req may ask another one, a Rep hears the next.
    Over(Other, E),
}

impl<Same, Other, E> NotDone<Same, Other, E> {
    /// Returns why.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Context;
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let req = context.req().unwrap().to_send().unwrap();
    /// let refused = req.try_send(7).unwrap_err(); // nobody is there
    /// assert_eq!(refused.into_error().into_inner(), 7);
    /// ```
    pub fn into_error(self) -> E {
        match self {
            NotDone::Again(_, error) | NotDone::Over(_, error) => error,
        }
    }
}

/// The result of a step of [`ToSend`].
pub type Sent<S, T> = Result<ToRecv<S>, NotDone<ToSend<S>, ToRecv<S>, SendError<T>>>;
/// The result of a step of [`ToRecv`].
pub type Received<S, T> = Result<(T, ToSend<S>), NotDone<ToRecv<S>, ToSend<S>, RecvError>>;

/// The turns of a socket that takes turns.
impl<'c, T, P: TakesTurns<T>> Socket<'c, T, P> {
    /// Returns `true` if it is the turn to send: of a Req to ask, of a Rep to answer.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// assert!(context.req().unwrap().is_to_send()); // a Req asks first
    /// assert!(!context.rep().unwrap().is_to_send());
    /// ```
    pub fn is_to_send(&self) -> bool {
        self.policy().is_to_send()
    }

    /// Returns the socket as one that can only send.
    ///
    /// # Errors
    /// The socket as it is, if it is the turn to receive.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
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
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
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

impl<S> ToSend<S> {
    /// Returns the socket, whose turns are then looked at when it is used.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let req = context.req().unwrap().to_send().unwrap();
    /// assert!(req.into_socket().is_to_send());
    /// ```
    pub fn into_socket(self) -> S {
        self.0
    }
}

impl<S> ToRecv<S> {
    /// Returns the socket, whose turns are then looked at when it is used.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let rep = context.rep().unwrap().to_recv().unwrap();
    /// assert!(!rep.into_socket().is_to_send());
    /// ```
    pub fn into_socket(self) -> S {
        self.0
    }
}

impl<'c, T, P: TakesTurns<T>> ToSend<Socket<'c, T, P>> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// [`NotDone`], with the message.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (req, rep) = (context.req().unwrap(), context.rep().unwrap());
    /// rep.bind("inproc://service").unwrap();
    /// req.connect("inproc://service").unwrap();
    /// assert!(req.to_send().unwrap().try_send(7).is_ok());
    /// ```
    pub fn try_send(mut self, value: T) -> Sent<Socket<'c, T, P>, T> {
        let sent = self.0.try_send(value);
        self.0.sent(sent)
    }

    /// Sends, waiting for a peer with room.
    ///
    /// # Errors
    /// [`NotDone`], with the message.
    ///
    /// # Cancel safety
    /// Dropping the future drops the message, and closes the socket.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (req, rep) = (context.req().unwrap(), context.rep().unwrap());
    /// rep.bind("inproc://service").unwrap();
    /// req.connect("inproc://service").unwrap();
    /// assert!(req.to_send().unwrap().send(7).await.is_ok());
    /// # });
    /// ```
    pub async fn send(mut self, value: T) -> Sent<Socket<'c, T, P>, T> {
        let sent = self.0.send(value).await;
        self.0.sent(sent)
    }
}

impl<'c, T, P: TakesTurns<T>> ToRecv<Socket<'c, T, P>> {
    /// Receives without waiting.
    ///
    /// # Errors
    /// [`NotDone`].
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut req, rep) = (context.req().unwrap(), context.rep().unwrap());
    /// rep.bind("inproc://service").unwrap();
    /// req.connect("inproc://service").unwrap();
    /// req.try_send(7).unwrap();
    /// let Ok((question, rep)) = rep.to_recv().unwrap().try_recv() else { unreachable!() };
    /// assert!(rep.try_send(2 * question).is_ok());
    /// assert_eq!(req.try_recv(), Ok(14));
    /// ```
    pub fn try_recv(mut self) -> Received<Socket<'c, T, P>, T> {
        let received = self.0.try_recv();
        self.0.received(received)
    }

    /// Receives, waiting for a message.
    ///
    /// # Errors
    /// [`NotDone`].
    ///
    /// # Cancel safety
    /// Dropping the future closes the socket.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut req, rep) = (context.req().unwrap(), context.rep().unwrap());
    /// rep.bind("inproc://service").unwrap();
    /// req.connect("inproc://service").unwrap();
    /// req.try_send(7).unwrap();
    /// let Ok((question, _rep)) = rep.to_recv().unwrap().recv().await else { unreachable!() };
    /// assert_eq!(question, 7);
    /// # });
    /// ```
    pub async fn recv(mut self) -> Received<Socket<'c, T, P>, T> {
        let received = self.0.recv().await;
        self.0.received(received)
    }
}
