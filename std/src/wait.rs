//! Waiting, for a primitive of your own: the core's parts, and calls that block a thread on it.
//!
//! Keep a state and a [`WaitQueue`] beside it, and write an [`Operation`] that looks at the state.
//! [`Wait`] is both together before the wait begins: it is awaited in a task, or given to one of
//! the functions here. The core's
//! [guide](https://docs.rs/gimmal-core/latest/gimmal_core/guide/index.html#build-your-own-primitive) builds a whole primitive.
//!
//! | call | blocks the thread until |
//! |---|---|
//! | [`block`] | the operation has succeeded |
//! | [`block_timeout`], [`block_deadline`] | it has succeeded, or the time is over |
//! | [`block_on`] | a future is ready, any future |
//!
//! [`cooperate`] is for a loop in a task that may never have to wait.
//!
//! # Examples
//! ```
//! use std::sync::atomic::{AtomicBool, Ordering};
//! use std::task::Poll;
//! use std::thread;
//! use std::time::Duration;
//!
//! use gimmal::wait::{Operation, Phase, Wait, WaitQueue, block, block_timeout};
//!
//! /// A door that opens once.
//! struct Door {
//!     open: AtomicBool,
//!     waiters: WaitQueue,
//! }
//!
//! struct Opened<'d>(&'d Door);
//!
//! impl Operation for Opened<'_> {
//!     type Output = ();
//!
//!     fn try_once(&mut self, _when: Phase) -> Poll<()> {
//!         match self.0.open.load(Ordering::Acquire) {
//!             true => Poll::Ready(()),
//!             false => Poll::Pending,
//!         }
//!     }
//! }
//!
//! impl Door {
//!     fn wait(&self) -> Wait<'_, WaitQueue, Opened<'_>> {
//!         Wait::new(&self.waiters, Opened(self))
//!     }
//!
//!     fn open(&self) {
//!         self.open.store(true, Ordering::Release);
//!         self.waiters.wake_all();
//!     }
//! }
//!
//! static DOOR: Door = Door { open: AtomicBool::new(false), waiters: WaitQueue::new() };
//!
//! assert!(block_timeout(DOOR.wait(), Duration::from_millis(1)).is_err());
//! thread::scope(|scope| {
//!     scope.spawn(|| block(DOOR.wait()));
//!     DOOR.open();
//! });
//! ```

#![forbid(unsafe_code)]

use std::future::IntoFuture;
use std::time::{Duration, Instant};

use crate::block::{self, Limit};

pub use crate::cooperate::cooperate;
pub use gimmal_core::wait::{
    Operation, Phase, Protocol, Until, Wait, WaitCell, WaitQueue, Waiters,
};

/// Blocks the thread until the operation succeeds; for a future see [`block_on`]. Before it sleeps it retries for a moment, as
/// [`Operation::spin_hint`] says.
///
/// # Panics
/// If the operation panics.
///
/// # Examples
/// ```
/// use gimmal::{channel, wait::block};
///
/// let (sender, receiver) = channel::bounded(1);
/// block(sender.sending(1)).unwrap();
/// assert_eq!(block(receiver.receiving()), Ok(1));
/// ```
pub fn block<P: Waiters, O: Protocol>(wait: Wait<'_, P, O>) -> O::Output {
    block::block(wait)
}

/// Blocks the thread until the operation succeeds, for `timeout` at most: `ZERO` is exactly one
/// try, `MAX` is for ever. Success beats the time-out when both hold.
///
/// # Errors
/// The operation, with the value that it was to pass on: it has not succeeded in time.
///
/// # Panics
/// If the operation panics.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use gimmal::{sync::Event, wait::block_timeout};
///
/// let event = Event::new();
/// assert!(block_timeout(event.waiting(), Duration::from_millis(1)).is_err());
/// event.set();
/// assert!(block_timeout(event.waiting(), Duration::ZERO).is_ok());
/// ```
pub fn block_timeout<P: Waiters, O: Protocol>(
    wait: Wait<'_, P, O>,
    timeout: Duration,
) -> Result<O::Output, O> {
    block::block_until(wait, Limit::After(timeout))
}

/// Blocks the thread until the operation succeeds, until `deadline` at most: a past one is exactly
/// one try. Success beats the time-out when both hold.
///
/// # Errors
/// The operation, with the value that it was to pass on: it has not succeeded in time.
///
/// # Panics
/// If the operation panics.
///
/// # Examples
/// ```
/// use std::time::Instant;
/// use gimmal::{sync::Event, wait::block_deadline};
///
/// let event = Event::new();
/// assert!(block_deadline(event.waiting(), Instant::now()).is_err());
/// ```
pub fn block_deadline<P: Waiters, O: Protocol>(
    wait: Wait<'_, P, O>,
    deadline: Instant,
) -> Result<O::Output, O> {
    block::block_until(wait, Limit::At(deadline))
}

/// Blocks the thread until the future is ready, and returns its output: a small executor for one
/// future. The thread sleeps between two polls.
///
/// For what this library has a blocking call of its own, that call retries before it sleeps, and is
/// the better one.
///
/// # Panics
/// If the future panics.
///
/// # Examples
/// ```
/// use gimmal::channel;
/// use gimmal::wait::block_on;
///
/// let (sender, receiver) = channel::bounded(1);
/// let both = async {
///     sender.send_async(1).await.unwrap();
///     receiver.recv_async().await.unwrap()
/// };
/// assert_eq!(block_on(both), 1);
/// ```
pub fn block_on<F: IntoFuture>(future: F) -> F::Output {
    block::block_on(future.into_future())
}
