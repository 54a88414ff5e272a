//! The verbs of sockets that choose the peer that they send to, and of those that peers choose.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use gimmal_core::error::socket::{IdentityError, SendError, SendReason};
use gimmal_core::socket::{HasIdentity, Identity, SendsTo};

use super::socket::Socket;
use crate::block::{Limit, block, block_until};
use crate::cooperate::cooperative;

/// The verbs of a socket that sends to the peer that is named.
impl<T: Send + 'static, P: SendsTo<T>> Socket<T, P> {
    /// Sends to the peer with this identity without waiting.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Unreachable` if no such peer is there, else `Full`;
    /// `Terminated`.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let mut router = context.router().unwrap();
    /// let nobody = context.identity("nobody");
    /// assert!(router.try_send_to(nobody, "message").is_err()); // Unreachable
    /// ```
    pub fn try_send_to(
        &mut self,
        to: Identity,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Result<(), SendError<T>> {
        self.inner.try_send_to(to, message.into())
    }

    /// Returns `true` if a message can be sent now to the peer with this identity:
    /// [`try_send_to`](Socket::try_send_to) would not be refused. Moves nothing.
    ///
    /// # Errors
    /// Why none can be sent, however long one waits: `Unreachable` if no such peer is there.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut router, dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// assert!(router.can_send_to(dealer.identity()).is_err()); // it is not there
    /// dealer.connect("inproc://router").unwrap();
    /// assert_eq!(router.can_send_to(dealer.identity()), Ok(true));
    /// ```
    pub fn can_send_to(&mut self, to: Identity) -> Result<bool, SendReason> {
        self.inner.can_send_to(to)
    }

    /// Sends to the peer with this identity, blocking while it has no room, or for the socket's send
    /// time-out.
    ///
    /// It blocks the calling thread; in a task, await [`send_to_async`](Self::send_to_async) instead.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Unreachable` if no such peer is there, or when it goes
    /// meanwhile; `Terminated`; with a time-out set `TimedOut`, or `Full` if it is `ZERO`.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// dealer.connect("inproc://router").unwrap();
    /// router.send_to(dealer.identity(), "message").unwrap();
    /// assert_eq!(dealer.recv().unwrap(), "message");
    /// ```
    pub fn send_to(
        &mut self,
        to: Identity,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Result<(), SendError<T>> {
        match self.inner.try_send_to(to, message.into()) {
            Err(SendError {
                reason: SendReason::Full,
                value,
            }) => self.send_to_slow(to, value),
            done => done,
        }
    }

    /// The peer had no room.
    #[cold]
    fn send_to_slow(&mut self, to: Identity, message: T) -> Result<(), SendError<T>> {
        self.note_waiter();
        match self.send_timeout.get() {
            None => block(self.inner.sending_to(to, message)),
            Some(Duration::ZERO) => Err(SendError {
                reason: SendReason::Full,
                value: message,
            }),
            Some(time) => self.send_to_within(to, message, Limit::After(time)),
        }
    }

    /// Sends to the peer with this identity, blocking for `timeout` at most: `ZERO` tries once,
    /// `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`send_to_async`](Self::send_to_async) instead.
    ///
    /// # Errors
    /// As for [`send_to`](Socket::send_to), with `TimedOut` when the time is over.
    pub fn send_to_timeout(
        &mut self,
        to: Identity,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
        timeout: Duration,
    ) -> Result<(), SendError<T>> {
        self.send_to_within(to, message.into(), Limit::After(timeout))
    }

    /// Sends to the peer with this identity, blocking until `deadline` at most: a past one tries
    /// once.
    ///
    /// It blocks the calling thread; in a task, await [`send_to_async`](Self::send_to_async) instead.
    ///
    /// # Errors
    /// As for [`send_to`](Socket::send_to), with `TimedOut` when the time is over.
    pub fn send_to_deadline(
        &mut self,
        to: Identity,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
        deadline: Instant,
    ) -> Result<(), SendError<T>> {
        self.send_to_within(to, message.into(), Limit::At(deadline))
    }

    fn send_to_within(
        &mut self,
        to: Identity,
        message: T,
        limit: Limit,
    ) -> Result<(), SendError<T>> {
        self.note_waiter();
        match block_until(self.inner.sending_to(to, message), limit) {
            Ok(sent) => sent,
            Err(attempt) => Err(SendError {
                reason: SendReason::TimedOut,
                value: attempt.into_inner(),
            }),
        }
    }

    /// Returns the future of `send_to` without a time-out, for an executor. Dropping it before it
    /// is ready drops the message, unsent.
    pub fn send_to_async(
        &mut self,
        to: Identity,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> impl Future<Output = Result<(), SendError<T>>> + '_ {
        cooperative(self.inner.send_to(to, message.into()))
    }
}

/// The verbs of a socket that routers among its peers know by its identity.
impl<T: Send + 'static, P: HasIdentity> Socket<T, P> {
    /// Returns by what a Router among the peers knows this socket. It is known from the moment the
    /// socket is opened.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (left, right) = (context.dealer().unwrap(), context.dealer().unwrap());
    /// assert_ne!(left.identity(), right.identity());
    /// ```
    pub fn identity(&self) -> Identity {
        self.inner.identity()
    }

    /// Gives the socket an identity that it can take again when it is opened anew, as soon as this
    /// one is closed: of a name ([`Context::identity`](super::Context::identity)), or of a number.
    ///
    /// # Errors
    /// [`IdentityError`]; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let dealer = context.dealer().unwrap();
    /// dealer.set_identity(context.identity("worker-1")).unwrap();
    /// assert_eq!(dealer.identity(), context.identity("worker-1"));
    /// ```
    pub fn set_identity(&self, identity: Identity) -> Result<(), IdentityError> {
        self.inner.set_identity(identity)
    }
}
