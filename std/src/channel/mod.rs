//! Channels between threads and tasks: [`bounded`] for any number of senders and receivers,
//! [`spsc::bounded`] for one of each.
//!
//! | | [`bounded`] | [`spsc::bounded`] |
//! |---|---|---|
//! | ends | cloned and shared | one of each, which may move |
//! | methods take | `&self` | `&mut self` |
//! | which end closes it | any; the last of a side that is dropped | either |
//!
//! A channel takes two allocations when it is made, and none per message. It is closed by
//! [`close`](Sender::close), or by dropping all ends of a side: from then on senders fail and get
//! the value back, and receivers get what was sent before, and then [`Closed`]. When the last
//! receiver is dropped, what is unread is dropped with it.
//!
//! Every operation has five forms: `try_send` never waits, `send` blocks the thread, `send_timeout`
//! and `send_deadline` block within a limit, and `send_async` is a future.
//!
//! # In tasks
//! | call | | needs |
//! |---|---|---|
//! | `recv_async`, `send_async` | a future that borrows the end | |
//! | [`into_recv_async`](Receiver::into_recv_async), [`into_send_async`](Sender::into_send_async) | a future that owns the end and returns it, for `tokio::spawn` | |
//! | `into_stream`, `into_sink` | a `Stream` or a `Sink` that owns the end: [`interop`](crate::interop) | features `futures-core-0_3`, `futures-sink-0_3` |
//!
//! A future that finds its message, or room, is ready at once. So that a loop around `recv_async`
//! whose channel never becomes empty does not keep the thread of its executor to itself, all of
//! them yield: after 128 that were ready at once on a thread, the next one wakes its task and is
//! `Pending` once, before it takes anything. [`wait::cooperate`](crate::wait::cooperate) says which
//! futures do so, and what to await in a loop over others. Streams and sinks yield after 128
//! messages without a wait. A future that is polled once only may be pending although a message is
//! there; `try_recv` tells.
//!
//! # One value, copies for everybody, the latest value
//! Channels of other libraries have kinds of their own for these. Here they are what there is.
//!
//! **One value, once** (`oneshot`) is a channel of capacity 1, whose send never has to wait. An end
//! that is dropped tells the other one:
//! ```
//! use gimmal::channel::{self, Closed, SendError};
//!
//! let (mut answer, mut question) = channel::spsc::bounded(1);
//! std::thread::spawn(move || answer.try_send(42));
//! assert_eq!(question.recv(), Ok(42));
//!
//! let (answer, mut question) = channel::spsc::bounded::<u32>(1);
//! drop(answer); // nobody will answer
//! assert_eq!(question.recv(), Err(Closed));
//!
//! let (mut answer, question) = channel::spsc::bounded(1);
//! drop(question); // nobody wants to know
//! assert_eq!(answer.send(42), Err(SendError(42)));
//! ```
//! The result of a job in a [`ThreadPool`](crate::ThreadPool) is its [`Job`](crate::Job) already.
//!
//! **A copy for each receiver** (`broadcast`) is [`Publish`](crate::Publish) and
//! [`Subscribe`](crate::Subscribe). Receivers that are too slow lose messages, which are counted, or
//! with [`WhenFull::Wait`](crate::socket::WhenFull::Wait) hold the sender up:
//! ```
//! use gimmal::Context;
//!
//! let context = Context::new();
//! let mut weather = context.publish().unwrap();
//! weather.bind("inproc://weather").unwrap();
//! let mut readers = [context.subscribe().unwrap(), context.subscribe().unwrap()];
//! for reader in &mut readers {
//!     reader.connect("inproc://weather").unwrap();
//!     reader.subscribe("").unwrap(); // everything
//! }
//! weather.send("rain").unwrap();
//! for mut reader in readers {
//!     assert!(reader.recv().unwrap() == "rain");
//! }
//! ```
//!
//! **The latest value** (`watch`, `Signal`) is a value under a [`Lock`](crate::sync::Lock), with a
//! number that counts its changes, and a [`Condition`](crate::sync::Condition) that announces them.
//! A reader waits for a number other than the one it has seen, and skips what it was too slow for:
//! ```
//! use std::thread;
//! use gimmal::sync::{Condition, Lock};
//!
//! struct Latest<T> {
//!     value: Lock<(u64, T)>,
//!     changed: Condition,
//! }
//!
//! impl<T: Clone> Latest<T> {
//!     fn set(&self, value: T) {
//!         let mut latest = self.value.lock();
//!         *latest = (latest.0 + 1, value);
//!         drop(latest);
//!         self.changed.notify_all();
//!     }
//!
//!     /// Blocks until there is a value that the caller has not seen; `None` once `changed` is
//!     /// closed. In a task: `lock_async` and `wait_while_async`.
//!     fn next(&self, seen: &mut u64) -> Option<T> {
//!         let latest = self.value.lock();
//!         let latest = self.changed.wait_while(latest, |now| now.0 == *seen).ok()?;
//!         *seen = latest.0;
//!         Some(latest.1.clone())
//!     }
//! }
//!
//! let level = Latest { value: Lock::new((0, 0)), changed: Condition::new() };
//! thread::scope(|scope| {
//!     scope.spawn(|| (1..=100).for_each(|n| level.set(n)));
//!     let (mut seen, mut last) = (0, 0);
//!     while last < 100 {
//!         let next = level.next(&mut seen).unwrap();
//!         assert!(next > last);
//!         last = next;
//!     }
//! });
//! ```
//! It is not a type of this library because those that use it differ in what a reader borrows, in
//! what a late reader sees first, and in who ends it. In a program that runs under tokio anyway,
//! `tokio::sync::watch` decides that well. For a flag, take [`Event`](crate::sync::Event).

#![forbid(unsafe_code)]

mod bytes;
mod capacity;
mod first_try;
mod iter;
mod look;
mod many;
mod mpmc;
mod owned;
mod shared;
mod slices;
pub mod spsc;
mod stop;

pub use capacity::CapacityError;
pub use gimmal_core::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use iter::{IntoIter, Iter, TryIter};
pub use mpmc::{Receiver, Receiving, Sender, Sending, bounded, try_bounded};
