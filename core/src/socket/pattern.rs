//! L6: what a pattern is: whom its sockets talk to, how many peers they have, and the policies that choose among them.
//!
//! A pattern is a marker type in `patterns/` that implements [`Pattern`], and [`Sends`] or [`Receives`] or both. Its [`Kind`] ties it to
//! its row in `patterns/mod.rs`, which is how a context, which does not know types, knows its rules.

#![forbid(unsafe_code)]

use super::identity::Identity;
use super::patterns::{Kind, PeerLimit};
use super::policy::sealed::Sealed;
use super::policy::{Collect, Distribute, Policy};

/// The rules of one kind of socket. Sealed: the patterns are those of this crate.
pub trait Pattern: Sealed {
    /// The pattern as a value.
    const KIND: Kind;
    /// The kinds that such a socket can be linked with. It holds both ways: each of them lists this one.
    #[doc(hidden)]
    const TALKS_TO: &'static [Kind] = Self::KIND.rules().talks_to;
    /// The number of peers that it may have at the same time.
    #[doc(hidden)]
    const PEERS: PeerLimit = Self::KIND.rules().peers;
    /// Chooses the peers that a message is sent to, and the peer that the next one is received from.
    #[doc(hidden)]
    type Policy: Policy;
}

/// A pattern whose sockets send messages of type `T`.
#[diagnostic::on_unimplemented(
    message = "the trait bound `{Self}: Sends` is not satisfied",
    label = "sockets of this pattern do not send",
    note = "a Push, a Pair, a Dealer, a Req, a Rep or a Publish sends"
)]
pub trait Sends<T>: Pattern<Policy: Distribute<T, Item = T>> {}

/// A pattern whose sockets receive messages of type `T`.
#[diagnostic::on_unimplemented(
    message = "the trait bound `{Self}: Receives` is not satisfied",
    label = "sockets of this pattern do not receive",
    note = "a Pull, a Pair, a Dealer, a Router, a Req, a Rep or a Subscribe receives"
)]
pub trait Receives<T>: Pattern<Policy: Collect<T, Item = Self::Received>> {
    /// The result of `recv`: the message, or the message and the peer that it is from.
    type Received;
}

/// A pattern whose sockets send each message to the peer that it is for.
#[diagnostic::on_unimplemented(
    message = "the trait bound `{Self}: SendsTo` is not satisfied",
    label = "sockets of this pattern do not choose the peer that they send to",
    note = "a Router does; the others have `send`"
)]
pub trait SendsTo<T>: Pattern<Policy: Distribute<T, Item = (Identity, T)>> {}

/// A pattern whose sockets send messages of type `T`: to a peer that the socket chooses ([`Sends`]),
/// or to the peer that the caller names ([`SendsTo`]). It is the bound of what both have: high-water
/// marks, time-outs, and the question whether there is room.
pub trait CanSend<T>: Pattern<Policy: Distribute<T>> {}

impl<T, P: Pattern<Policy: Distribute<T>>> CanSend<T> for P {}

/// A pattern whose sockets are known by their [`Identity`] to the routers among their peers.
#[diagnostic::on_unimplemented(
    message = "the trait bound `{Self}: HasIdentity` is not satisfied",
    label = "no peer of such a socket asks for its identity",
    note = "a Dealer, a Req, a Rep or a Router has one"
)]
pub trait HasIdentity: Pattern {}
