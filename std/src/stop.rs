//! [`Stop`]: what can be told to end, with one word for all of it.
//!
//! | what | `stop` is | who waits there |
//! |---|---|---|
//! | [`channel::Sender`](crate::channel::Sender), [`channel::Receiver`](crate::channel::Receiver) | `close` | senders get their value back, receivers drain, then get `Closed` |
//! | [`queue::Queue`](crate::queue::Queue) and the others | `close` | who puts gets its item back, who takes drains, then gets `Closed` |
//! | [`Context`] | `shutdown` | its sockets' calls return `Terminated`, when what was sent is read |
//! | [`sync::Semaphore`](crate::sync::Semaphore), [`sync::BoundedSemaphore`](crate::sync::BoundedSemaphore) | `close` | is told `Closed` |
//! | [`sync::Condition`](crate::sync::Condition) | `close` | is told `Closed`, with the guard |
//! | [`sync::Barrier`](crate::sync::Barrier) | `abort` | is told that it is broken |
//! | [`sync::Event`](crate::sync::Event) | `set` | is released |
//! | [`runtime::StopToken`](crate::runtime::StopToken) | `request` | is told that the run is to end |
//! | [`Timer`] | `cancel` | is released; a callback that runs runs to its end |
//! | `Arc<S>`, `&'static S` | that of `S` | |
//!
//! The ends of an SPSC channel are not here: only the thread that holds one may close it.

#![forbid(unsafe_code)]

use std::sync::Arc;

use crate::channel::{Receiver, Sender};
use crate::queue::{Ordered, Store};
use crate::socket::Context;
use crate::sync::{Barrier, BoundedSemaphore, Condition, Event, Semaphore};
use crate::timer::Timer;

/// Something that can be told to end.
///
/// Implementations do not wait, may be called more than once, and from any thread. They are called without any internal
/// lock held.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use gimmal::Stop;
/// use gimmal::channel::{self, Closed};
/// use gimmal::sync::Event;
///
/// let (sender, receiver) = channel::bounded::<u32>(4);
/// let event = Arc::new(Event::new());
/// let all: [Box<dyn Stop>; 2] = [Box::new(sender.clone()), Box::new(event.clone())];
///
/// sender.send(1).unwrap();
/// all.iter().for_each(|one| one.stop());
/// assert!(event.is_set());
/// assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(Closed)));
/// ```
pub trait Stop {
    /// Tells it to end. Again changes nothing.
    fn stop(&self);
}

impl<T> Stop for Sender<T> {
    /// Closes the channel.
    fn stop(&self) {
        self.close();
    }
}

impl<T> Stop for Receiver<T> {
    /// Closes the channel; what was sent can still be received.
    fn stop(&self) {
        self.close();
    }
}

impl<T, S: Store<T>> Stop for Ordered<T, S> {
    /// Closes the queue; what is left can still be taken.
    fn stop(&self) {
        self.close();
    }
}

impl<T: Send + 'static> Stop for Context<T> {
    /// Shuts it down: its sockets' blocked calls return `Terminated`.
    fn stop(&self) {
        self.shutdown();
    }
}

impl Stop for Semaphore {
    /// Closes it: who waits for permits is told so.
    fn stop(&self) {
        self.close();
    }
}

impl Stop for BoundedSemaphore {
    /// Closes it: who waits for permits is told so.
    fn stop(&self) {
        self.close();
    }
}

impl Stop for Condition {
    /// Closes it: who waits gets its guard back and is told so.
    fn stop(&self) {
        self.close();
    }
}

impl<F> Stop for Barrier<F> {
    /// Aborts it: it is broken for who waits and who comes.
    fn stop(&self) {
        self.abort();
    }
}

impl Stop for Event {
    /// Sets it.
    fn stop(&self) {
        self.set();
    }
}

impl Stop for Timer {
    /// Cancels it: its callback does not begin again.
    fn stop(&self) {
        self.cancel();
    }
}

impl<S: Stop + ?Sized> Stop for Arc<S> {
    fn stop(&self) {
        S::stop(self);
    }
}

impl<S: Stop + ?Sized> Stop for &'static S {
    fn stop(&self) {
        S::stop(self);
    }
}
