//! L6: [`Pull`]. Receives whole messages, one of each peer in turn.

#![forbid(unsafe_code)]

use crate::socket::pattern::{Pattern, Receives};
use crate::socket::patterns::Kind;
use crate::socket::policy::sealed::Sealed;
use crate::socket::policy::{Fair, Never};
use crate::socket::socket::Socket;

/// Receives whole messages from [`Push`](crate::socket::Push) sockets, one of each in turn.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_recv`, with feature `critical-section` |
/// | bounded | it looks at each peer once |
/// | many peers | with an operating system, those without a message are not looked at again until one comes: a message costs the same |
/// | longest masked section | one waker moved in or out; after a link was made or has ended one walk over names and pipes |
///
/// # Fairness
/// A peer with messages waits for one message of each other peer at most.
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// See [`Push`](crate::socket::Push). A Pull does not send:
/// ```compile_fail
/// static CONTEXT: gimmal_core::Context<u32, 2, 1, 4> = gimmal_core::Context::new();
/// CONTEXT.pull().unwrap().try_send(7);
/// ```
pub type Pull<'c, T> = Socket<'c, T, PullPattern>;

/// The pattern of [`Pull`].
#[derive(Clone, Copy, Debug)]
pub struct PullPattern;

impl Sealed for PullPattern {}

impl Pattern for PullPattern {
    const KIND: Kind = Kind::Pull;
    type Policy = (Never, Fair);
}

impl<T> Receives<T> for PullPattern {
    type Received = T;
}
