//! The patterns: names of [`Socket`], for messages of [`Message`] unless another type is named.

#![forbid(unsafe_code)]

use gimmal_core::socket::{PairPattern, PullPattern, PushPattern};

use super::socket::Socket;
use crate::message::Message;

/// Sends to and receives from exactly one other Pair.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::Context;
///
/// let context = Context::new();
/// let mut here = context.pair().unwrap();
/// here.bind("inproc://talk").unwrap();
/// let mut there = context.pair().unwrap();
/// thread::scope(|scope| {
///     scope.spawn(move || {
///         there.connect("inproc://talk").unwrap();
///         there.send("ping").unwrap();
///         assert!(there.recv().unwrap() == "pong");
///     });
///     assert!(here.recv().unwrap() == "ping");
///     here.send("pong").unwrap();
/// });
/// ```
///
/// A socket is not shared between threads:
/// ```compile_fail
/// let context = gimmal::Context::new();
/// let pair = context.pair().unwrap();
/// std::thread::scope(|scope| { scope.spawn(|| { let _ = &pair; }); });
/// ```
/// A message that was sent is gone:
/// ```compile_fail
/// let context = gimmal::Context::new();
/// let mut pair = context.pair().unwrap();
/// let message = gimmal::Message::new("once");
/// let _ = pair.try_send(message);
/// let _ = pair.try_send(message);
/// ```
pub type Pair<T = Message> = Socket<T, PairPattern>;

/// Sends whole messages to [`Pull`] sockets, round robin over those with room; never drops one.
///
/// # Fairness
/// Each peer with room gets a message in its turn.
///
/// # Examples
/// See the module [`socket`](crate::socket). A Push does not receive:
/// ```compile_fail
/// let context = gimmal::Context::new();
/// let _ = context.push().unwrap().recv();
/// ```
pub type Push<T = Message> = Socket<T, PushPattern>;

/// Receives whole messages from [`Push`] sockets, one of each in turn.
///
/// # Fairness
/// A peer with messages waits for one message of each other peer at most.
///
/// # Examples
/// See the module [`socket`](crate::socket). A Pull does not send:
/// ```compile_fail
/// let context = gimmal::Context::new();
/// let _ = context.pull().unwrap().send("no");
/// ```
pub type Pull<T = Message> = Socket<T, PullPattern>;
