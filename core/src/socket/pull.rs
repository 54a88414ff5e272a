//! L6: [`Pull`]. Receives whole messages, one of each peer in turn.

#![forbid(unsafe_code)]

use core::cell::RefCell;

use super::Base;
use super::verbs::{common, receives};

/// Receives whole messages from [`Push`](super::Push) sockets, one of each in turn.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_recv`, with feature `critical-section` |
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
/// See [`Push`](super::Push). A Pull does not send:
/// ```compile_fail
/// static CONTEXT: gimmal_core::Context<u32, 2, 1, 4> = gimmal_core::Context::new();
/// CONTEXT.pull().unwrap().try_send(7);
/// ```
pub struct Pull<'c, T> {
    /// Messages move by `&mut`; the rare rest borrows.
    pub(crate) base: RefCell<Base<'c, T>>,
}

common!(Pull);
receives!(Pull);
