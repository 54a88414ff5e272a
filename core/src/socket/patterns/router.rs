//! L6: [`Router`]. Says whom each message is from, and sends to the peer that is named.

#![forbid(unsafe_code)]

use crate::socket::identity::Identity;
use crate::socket::pattern::{HasIdentity, Pattern, Receives, SendsTo};
use crate::socket::patterns::Kind;
use crate::socket::policy::Route;
use crate::socket::policy::sealed::Sealed;
use crate::socket::socket::Socket;

/// Receives from [`Dealer`](crate::socket::Dealer), [`Req`](crate::socket::Req) or other Router sockets, and sends to the one that is named.
///
/// `recv` returns the [`Identity`](crate::socket::Identity) of the sender with the message;
/// [`send_to`](Socket::send_to) takes one. A peer is known from the moment its `connect` returns, or
/// the router's. A message for a peer that is full waits, or comes back as `Full`; one for a peer that
/// has gone, or that never was, comes back as `Unreachable` at once: dead wins over full. Nothing is
/// ever dropped. In a poller, [`writable_to`](Socket::writable_to) waits for the room of one peer,
/// [`writable`](Socket::writable) for that of any.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, `try_recv`, with feature `critical-section` |
/// | bounded | it looks at each peer once |
/// | longest masked section | one waker moved in or out; after a link was made or has ended one walk over names and pipes |
///
/// # Fairness
/// A peer with messages waits for one message of each other peer at most.
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// See [`Dealer`](crate::socket::Dealer) and [`Identity`](crate::socket::Identity). A Router names the
/// peer that it sends to:
/// ```compile_fail
/// static CONTEXT: gimmal_core::Context<u32, 2, 2, 4> = gimmal_core::Context::new();
/// CONTEXT.router().unwrap().try_send(7);
/// ```
pub type Router<'c, T> = Socket<'c, T, RouterPattern>;

/// The pattern of [`Router`].
#[derive(Clone, Copy, Debug)]
pub struct RouterPattern;

impl Sealed for RouterPattern {}

impl Pattern for RouterPattern {
    const KIND: Kind = Kind::Router;
    type Policy = Route;
}

impl<T> SendsTo<T> for RouterPattern {}
impl<T> Receives<T> for RouterPattern {
    type Received = (Identity, T);
}
impl HasIdentity for RouterPattern {}
