//! L6: [`Subscribe`]. Receives the messages whose topics it has subscribed to.

#![forbid(unsafe_code)]

use crate::error::socket::SubscribeError;
use crate::socket::pattern::{Pattern, Receives};
use crate::socket::patterns::Kind;
use crate::socket::policy::sealed::Sealed;
use crate::socket::policy::{Fair, Never};
use crate::socket::socket::Socket;

/// Receives the messages of [`Publish`](crate::socket::Publish) sockets whose topics begin with a
/// prefix that it has subscribed to, one of each publisher in turn.
///
/// A new socket has subscribed to nothing. A subscription is effective when
/// [`subscribe`](Socket::subscribe) returns: a message that is sent after that arrives. It holds for
/// every publisher among the peers, now and later. What was sent before it ended can still be received.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_recv`, with feature `critical-section` |
/// | bounded | it looks at each peer once |
/// | longest masked section | one waker moved in or out; after a link was made or has ended one walk over names and pipes |
///
/// # Fairness
/// A publisher with messages waits for one message of each other publisher at most.
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// See [`Publish`](crate::socket::Publish).
pub type Subscribe<'c, T> = Socket<'c, T, SubscribePattern>;

/// The pattern of [`Subscribe`].
#[derive(Clone, Copy, Debug)]
pub struct SubscribePattern;

impl Sealed for SubscribePattern {}

impl Pattern for SubscribePattern {
    const KIND: Kind = Kind::Subscribe;
    type Policy = (Never, Fair);
}

impl<T> Receives<T> for SubscribePattern {
    type Received = T;
}

/// What only a Subscribe has.
impl<T> Socket<'_, T, SubscribePattern> {
    /// Subscribes to topics that begin with this prefix; the empty one is every topic's. It counts:
    /// two subscriptions to one prefix need two [`unsubscribe`](Socket::unsubscribe)s. A message
    /// that several prefixes fit arrives once.
    ///
    /// # Errors
    /// [`SubscribeError`]: `TooMany`, `TooLong`; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<[u8; 4], 4, 4, 8, 4>::new();
    /// let reader = context.subscribe().unwrap();
    /// reader.subscribe("ra").unwrap(); // in force at once
    /// assert!(reader.unsubscribe("ra").is_ok());
    /// ```
    pub fn subscribe(&self, prefix: impl AsRef<[u8]>) -> Result<(), SubscribeError> {
        self.state.borrow().subscribe(prefix.as_ref())
    }

    /// Takes back one subscription to this prefix.
    ///
    /// # Errors
    /// `NotSubscribed`.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<[u8; 4], 4, 4, 8, 4>::new();
    /// let reader = context.subscribe().unwrap();
    /// assert!(reader.unsubscribe("ra").is_err()); // it was not subscribed to
    /// ```
    pub fn unsubscribe(&self, prefix: impl AsRef<[u8]>) -> Result<(), SubscribeError> {
        self.state.borrow_mut().unsubscribe(prefix.as_ref())
    }
}
