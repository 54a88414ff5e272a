//! [`Stop`]: what can be told to end, with one word for all of it.
//!
//! | type | `stop` does | effect on its waiters |
//! |---|---|---|
//! | [`channel::Sender`](crate::channel::Sender), [`channel::Receiver`](crate::channel::Receiver) | `close` | senders get their value back; receivers drain the channel, then get `Closed` |
//! | [`queue::Queue`](crate::queue::Queue) and the other queues | `close` | putting gives the item back; taking drains the queue, then gives `Closed` |
//! | [`Context`](crate::Context) | `shutdown` | calls of its sockets return `Terminated` once pending messages are read |
//! | [`sync::Semaphore`](crate::sync::Semaphore), [`sync::BoundedSemaphore`](crate::sync::BoundedSemaphore) | `close` | they get `Closed` |
//! | [`sync::Condition`](crate::sync::Condition) | `close` | they get `Closed`, with their guard |
//! | [`sync::Barrier`](crate::sync::Barrier) | `abort` | they get `BrokenBarrier` |
//! | [`sync::Event`](crate::sync::Event) | `set` | they are released |
//! | [`runtime::StopToken`](crate::runtime::StopToken) | `request` | they are released; the run is to end |
//! | `SocketStop` (Unix), made by `on_socket` for a TCP or Unix socket of std | `shutdown(2)` | accepting fails; reading ends once what was received is read; writing fails |
//! | [`ThreadPool`](crate::ThreadPool) | `shutdown(Drain)` | submitting gives the closure back; the jobs that were submitted are run |
//! | [`Timer`](crate::Timer) | `cancel` | they are released; a callback that is running runs to its end |
//! | `Arc<S>`, `&'static S` | that of `S` | that of `S` |
//!
//! The halves of an SPSC channel do not implement it: only the thread that holds one may close it.
//! Neither does a [`sync::Lock`](crate::sync::Lock): it has no end that those who wait for it could
//! be told of.

#![forbid(unsafe_code)]

#[cfg(unix)]
mod net;
mod subscribers;

use std::sync::Arc;

#[cfg(unix)]
pub use self::net::{NetSocket, SocketStop, on_reads, on_socket};
pub use self::subscribers::Subscription;
pub(crate) use self::subscribers::{Publisher, Subscribers};

/// Something that can be told to end.
///
/// An implementation does not wait, may be called more than once, and may be called from any
/// thread. The library calls it without any internal lock held.
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
///
/// A lock cannot be told to end:
/// ```compile_fail,E0277
/// fn stop(object: impl gimmal::Stop) {
///     object.stop();
/// }
/// stop(gimmal::sync::Event::new());
/// stop(gimmal::sync::Lock::new(()));
/// ```
pub trait Stop {
    /// Tells it to end. Idempotent.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Stop, channel};
    ///
    /// let (sender, receiver) = channel::bounded::<u32>(1);
    /// receiver.stop(); // closes the channel
    /// assert!(sender.is_closed());
    /// ```
    fn stop(&self);
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
