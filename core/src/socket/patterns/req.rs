//! L6: [`Req`]. Asks one peer, and hears its answer before it asks again.

#![forbid(unsafe_code)]

use crate::socket::pattern::{HasIdentity, Pattern, Receives, Sends};
use crate::socket::patterns::Kind;
use crate::socket::policy::Ask;
use crate::socket::policy::sealed::Sealed;
use crate::socket::socket::Socket;

/// Asks a [`Rep`](crate::socket::Rep) or a [`Router`](crate::socket::Router), then receives the answer of the one it has asked.
///
/// `send` and `recv` take turns. The other one is refused with `WrongTurn`, which changes nothing. The
/// questions go round robin over the peers with room. A peer that has been asked and goes away is
/// reported: `recv` returns `Disconnected`, and the socket may ask another peer. It is never waited for.
/// What a Router sends unasked, or after its answer, is dropped before the next question is sent.
///
/// A wait that was timed or cancelled leaves the turn as it was: the answer can be received later.
/// [`to_send`](Socket::to_send) gives a form of which the wrong turn does not compile.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, `try_recv`, with feature `critical-section` |
/// | bounded | it looks at each peer once |
/// | longest masked section | one waker moved in or out; after a link was made or has ended one walk over names and pipes |
///
/// # Fairness
/// Each peer with room is asked in its turn.
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// ```
/// use gimmal_core::Context;
/// use gimmal_core::error::socket::SendReason;
///
/// static CONTEXT: Context<u32, 2, 2, 4> = Context::new();
///
/// let mut rep = CONTEXT.rep().unwrap();
/// rep.bind("inproc://square").unwrap();
/// let mut req = CONTEXT.req().unwrap();
/// req.connect("inproc://square").unwrap();
///
/// req.try_send(7).unwrap();
/// assert_eq!(req.try_send(8).unwrap_err().reason, SendReason::WrongTurn);
/// let asked = rep.try_recv().unwrap();
/// rep.try_send(asked * asked).unwrap();
/// assert_eq!(req.try_recv(), Ok(49));
/// ```
pub type Req<'c, T> = Socket<'c, T, ReqPattern>;

/// The pattern of [`Req`].
#[derive(Clone, Copy, Debug)]
pub struct ReqPattern;

impl Sealed for ReqPattern {}

impl Pattern for ReqPattern {
    const KIND: Kind = Kind::Req;
    type Policy = Ask;
}

impl<T> Sends<T> for ReqPattern {}
impl<T> Receives<T> for ReqPattern {
    type Received = T;
}
impl HasIdentity for ReqPattern {}
