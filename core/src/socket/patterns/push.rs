//! L6: [`Push`]. Sends whole messages, round robin over the peers that have room: a full peer is passed over and comes back, one
//! that has gone is taken out. Nothing is ever dropped.

#![forbid(unsafe_code)]

use crate::socket::pattern::{Pattern, Sends};
use crate::socket::patterns::Kind;
use crate::socket::policy::sealed::Sealed;
use crate::socket::policy::{Balance, Never};
use crate::socket::socket::Socket;

/// Sends whole messages to [`Pull`](crate::socket::Pull) sockets, round robin over those with room.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, with feature `critical-section` |
/// | bounded | it looks at each peer once |
/// | many peers | with an operating system, those that are full are not looked at again until there is room: a message costs the same |
/// | longest masked section | one waker moved in or out; after a link was made or has ended one walk over names and pipes |
///
/// # Fairness
/// Each peer with room gets a message in its turn.
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// ```
/// use gimmal_core::Context;
///
/// static CONTEXT: Context<u32, 2, 1, 4> = Context::new();
///
/// let mut pull = CONTEXT.pull().unwrap();
/// pull.bind("inproc://jobs").unwrap();
/// let mut push = CONTEXT.push().unwrap();
/// push.connect("inproc://jobs").unwrap();
/// push.try_send(7).unwrap();
/// assert_eq!(pull.try_recv(), Ok(7));
/// ```
///
/// A Push does not receive:
/// ```compile_fail
/// static CONTEXT: gimmal_core::Context<u32, 2, 1, 4> = gimmal_core::Context::new();
/// CONTEXT.push().unwrap().try_recv();
/// ```
pub type Push<'c, T> = Socket<'c, T, PushPattern>;

/// The pattern of [`Push`].
#[derive(Clone, Copy, Debug)]
pub struct PushPattern;

impl Sealed for PushPattern {}

impl Pattern for PushPattern {
    const KIND: Kind = Kind::Push;
    type Policy = (Balance, Never);
}

impl<T> Sends<T> for PushPattern {}
