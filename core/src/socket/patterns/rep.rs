//! L6: [`Rep`]. Hears one question, and answers it before it hears the next.

#![forbid(unsafe_code)]

use crate::socket::pattern::{HasIdentity, Pattern, Receives, Sends};
use crate::socket::patterns::Kind;
use crate::socket::policy::Answer;
use crate::socket::policy::sealed::Sealed;
use crate::socket::socket::Socket;

/// Receives a question of a [`Req`](crate::socket::Req) or a [`Dealer`](crate::socket::Dealer), then sends the answer to the one that has asked.
///
/// `recv` and `send` take turns. The other one is refused with `WrongTurn`, which changes nothing. If
/// the peer that has asked is gone, `send` gives the answer back as `Unreachable`, and the socket hears
/// the next question. [`to_recv`](Socket::to_recv) gives a form of which the wrong turn does not compile.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, `try_recv`, with feature `critical-section` |
/// | bounded | it looks at each peer once |
/// | longest masked section | one waker moved in or out; after a link was made or has ended one walk over names and pipes |
///
/// # Fairness
/// A peer with questions waits for one question of each other peer at most.
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// See [`Req`](crate::socket::Req).
pub type Rep<'c, T> = Socket<'c, T, RepPattern>;

/// The pattern of [`Rep`].
#[derive(Clone, Copy, Debug)]
pub struct RepPattern;

impl Sealed for RepPattern {}

impl Pattern for RepPattern {
    const KIND: Kind = Kind::Rep;
    type Policy = Answer;
}

impl<T> Sends<T> for RepPattern {}
impl<T> Receives<T> for RepPattern {
    type Received = T;
}
impl HasIdentity for RepPattern {}
