//! [`Completion`]: when the last frame of a buffer has been dropped.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;

use crate::sync::Event;

/// Says when the receiver is done with a buffer that was sent without a copy: made by
/// [`Frame::with_completion`](super::Frame::with_completion).
///
/// It is done when the last frame that refers to the buffer has been dropped, on whatever thread,
/// and the destructor of the buffer's owner has ended. A frame that lies unread in a link refers to
/// it; it is dropped with the link. So every completion comes to its end, also when the receiver
/// closes, or its context is shut down and ended. Only a frame that is leaked keeps it open.
///
/// Clones are handles to the same buffer. Dropping them changes nothing.
///
/// # Fairness
/// The end releases everybody who waits at that moment, in arrival order.
///
/// # Memory ordering
/// What was done with any frame of the buffer before it was dropped, and the destructor of the
/// owner, happen before what a waiter does after `wait`, and what is done after [`is_done`] has
/// returned `true`.
///
/// [`is_done`]: Completion::is_done
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use gimmal::{Frame, Message};
///
/// let (frame, completion) = Frame::with_completion(vec![7; 4096]);
/// let message = Message::from(["header".into(), frame]);
/// assert!(completion.wait_timeout(Duration::ZERO).is_err());
///
/// std::thread::spawn(move || drop(message));
/// completion.wait();
/// assert!(completion.is_done());
/// ```
#[derive(Clone)]
pub struct Completion(Arc<Event>);

impl Completion {
    /// Returns `true` if the last frame of the buffer has been dropped. It stays `true`.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Frame;
    ///
    /// let (frame, completion) = Frame::with_completion([0; 64]);
    /// assert!(!completion.is_done());
    /// drop(frame);
    /// assert!(completion.is_done());
    /// ```
    pub fn is_done(&self) -> bool {
        self.0.is_set()
    }

    /// Blocks until the last frame of the buffer has been dropped.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Frame, thread};
    ///
    /// let (frame, completion) = Frame::with_completion([0; 64]);
    /// thread::spawn(move || println!("{} bytes", frame.len()));
    /// completion.wait();
    /// assert!(completion.is_done());
    /// ```
    pub fn wait(&self) {
        self.0.wait();
    }

    /// Blocks until the last frame of the buffer has been dropped, for at most `timeout`: `ZERO`
    /// looks once, `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`]: a frame was still there.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::Frame;
    /// use gimmal::error::TimedOut;
    ///
    /// let (frame, completion) = Frame::with_completion([0; 64]);
    /// assert_eq!(completion.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// drop(frame);
    /// assert_eq!(completion.wait_timeout(Duration::ZERO), Ok(()));
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.0.wait_timeout(timeout)
    }

    /// Blocks until the last frame of the buffer has been dropped, until `deadline` at most: a past
    /// one looks once.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`]: a frame was still there.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::Frame;
    ///
    /// let (frame, completion) = Frame::with_completion([0; 64]);
    /// assert!(completion.wait_deadline(Instant::now()).is_err());
    /// # drop(frame);
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.0.wait_deadline(deadline)
    }

    /// Returns the future of [`wait`](Completion::wait), for an executor.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use gimmal::Frame;
    ///
    /// let (frame, completion) = Frame::with_completion([0; 64]);
    /// drop(frame);
    /// completion.wait_async().await;
    /// # });
    /// ```
    pub fn wait_async(&self) -> impl Future<Output = ()> + Send + '_ {
        self.0.wait_async()
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completion")
            .field("done", &self.is_done())
            .finish()
    }
}

/// An owner of bytes whose end is told. The fields are dropped in this order, the second one also
/// if the first one's destructor panics.
pub(super) struct Tracked<O> {
    owner: O,
    _end: End,
}

impl<O> Tracked<O> {
    pub(super) fn new(owner: O) -> (Self, Completion) {
        let done = Arc::new(Event::new());
        let tracked = Tracked {
            owner,
            _end: End(done.clone()),
        };
        (tracked, Completion(done))
    }
}

impl<O: AsRef<[u8]>> AsRef<[u8]> for Tracked<O> {
    fn as_ref(&self) -> &[u8] {
        self.owner.as_ref()
    }
}

/// Sets the event when it is dropped.
struct End(Arc<Event>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.set();
    }
}
