//! The patterns of the facade: the core's sockets with blocking and timed verbs.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::time::Duration;

use gimmal_core::socket as core;

use super::verbs::{common, receives, sends};
use crate::boxed::Held;

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
pub struct Pair<T: Send + 'static = crate::Message> {
    held: Held<core::Pair<'static, T>, T>,
    send_timeout: Cell<Option<Duration>>,
    recv_timeout: Cell<Option<Duration>>,
    linger: Cell<Option<Duration>>,
}

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
pub struct Push<T: Send + 'static = crate::Message> {
    held: Held<core::Push<'static, T>, T>,
    send_timeout: Cell<Option<Duration>>,
    linger: Cell<Option<Duration>>,
}

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
pub struct Pull<T: Send + 'static = crate::Message> {
    held: Held<core::Pull<'static, T>, T>,
    recv_timeout: Cell<Option<Duration>>,
    linger: Cell<Option<Duration>>,
}

impl<T: Send + 'static> Pair<T> {
    pub(super) fn new(held: Held<core::Pair<'static, T>, T>) -> Self {
        Pair {
            held,
            send_timeout: Cell::new(None),
            recv_timeout: Cell::new(None),
            linger: Cell::new(Some(Duration::ZERO)),
        }
    }
}

impl<T: Send + 'static> Push<T> {
    pub(super) fn new(held: Held<core::Push<'static, T>, T>) -> Self {
        Push {
            held,
            send_timeout: Cell::new(None),
            linger: Cell::new(Some(Duration::ZERO)),
        }
    }
}

impl<T: Send + 'static> Pull<T> {
    pub(super) fn new(held: Held<core::Pull<'static, T>, T>) -> Self {
        Pull {
            held,
            recv_timeout: Cell::new(None),
            linger: Cell::new(Some(Duration::ZERO)),
        }
    }
}

common!(Pair);
sends!(Pair, PairPattern);
receives!(Pair, PairPattern);

common!(Push);
sends!(Push, PushPattern);

common!(Pull);
receives!(Pull, PullPattern);
