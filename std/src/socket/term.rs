//! The end of a [`Context`], as calls that block and as a future.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use gimmal_core::TermReport;

use super::context::{Context, StillOpen};
use crate::block::{Limit, block, block_until};

impl<T: Send + 'static> Context<T> {
    /// Shuts down and blocks until every socket is closed. What was sent to names that nobody has bound is dropped first:
    /// nobody binds after the shutdown.
    ///
    /// It blocks the calling thread; in a task, await [`term_async`](Self::term_async) instead.
    ///
    /// A socket that this thread itself still holds is never closed meanwhile: drop it first, or use
    /// [`term_timeout`](Context::term_timeout). In a forked child the same goes for sockets that other threads of the parent
    /// held; for the wires of the parent it does not wait.
    ///
    /// # Sockets in messages
    /// A socket of this context that was sent as a message, or in one, is open until that message is dropped or the socket is
    /// received and closed. So `term` waits for it:
    /// * At a name that nobody has bound it ends with the message, at the beginning of `term`.
    /// * In a link whose reader is open it ends when that reader reads it, or closes.
    /// * In a link that it reads itself, or whose reader is in its turn in a message of its own, nothing ever closes it: `term` waits
    ///   for ever, [`term_timeout`](Context::term_timeout) reports it as [`StillOpen`], and it keeps the context in memory.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// drop(context.pull().unwrap());
    /// context.term(); // every socket is closed
    /// assert!(context.is_terminated());
    /// ```
    pub fn term(&self) -> TermReport {
        self.shutdown();
        block(self.inner.core.terminating_without(self.inner.net.lost()))
    }

    /// Shuts down and blocks until every socket is closed, for `timeout` at most.
    ///
    /// It blocks the calling thread; in a task, await [`term_async`](Self::term_async) instead.
    ///
    /// A socket that lies unread in a message counts as open: see [`term`](Context::term).
    ///
    /// # Errors
    /// [`StillOpen`] says who holds one.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// assert!(context.term_timeout(Duration::from_millis(1)).is_err()); // it is still open
    /// drop(pull);
    /// assert!(context.term_timeout(Duration::ZERO).is_ok());
    /// ```
    pub fn term_timeout(&self, timeout: Duration) -> Result<TermReport, StillOpen> {
        self.term_within(Limit::After(timeout))
    }

    /// Shuts down and blocks until every socket is closed, until `deadline` at most: a past one looks once.
    ///
    /// It blocks the calling thread; in a task, await [`term_async`](Self::term_async) instead.
    ///
    /// # Errors
    /// [`StillOpen`] says who holds one.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let context = gimmal::Context::new();
    /// let deadline = Instant::now() + Duration::from_secs(1); // for several contexts
    /// assert!(context.term_deadline(deadline).is_ok());
    /// ```
    pub fn term_deadline(&self, deadline: Instant) -> Result<TermReport, StillOpen> {
        self.term_within(Limit::At(deadline))
    }

    /// Shuts down and waits until every socket is closed, as a future for an executor: see [`term`](Context::term).
    ///
    /// It shuts down when it is first polled.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready leaves the context shut down; another call goes on waiting.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// let context = gimmal::Context::new();
    /// drop(context.pull().unwrap());
    /// let report = context.term_async().await;
    /// assert_eq!(report.undelivered, 0);
    /// # });
    /// ```
    pub async fn term_async(&self) -> TermReport {
        self.shutdown();
        let lost = self.inner.net.lost();
        self.inner.core.terminating_without(lost).await
    }

    fn term_within(&self, limit: Limit) -> Result<TermReport, StillOpen> {
        self.shutdown();
        let terminating = || {
            let lost = self.inner.net.lost();
            self.inner.core.terminating_without(lost)
        };
        match block_until(terminating(), limit) {
            Ok(report) => Ok(report),
            Err(_) => {
                let mut sockets = self.sockets_and_wires();
                sockets.retain(|socket| !self.inner.net.is_lost(socket.slot));
                for socket in &mut sockets {
                    if let Some(endpoint) = self.inner.net.wire_by(socket.slot) {
                        socket.opened_by = Some(Arc::from("gimmal-io"));
                        (socket.names, socket.connects) = (vec![endpoint], Vec::new());
                    }
                }
                match terminating().try_now() {
                    // The last one closed at this very moment.
                    Poll::Ready(report) => Ok(report),
                    Poll::Pending => Err(StillOpen { sockets }),
                }
            }
        }
    }
}
