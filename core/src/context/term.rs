//! L7: the end of a context, as a wait: until the last socket has closed.

#![forbid(unsafe_code)]

use core::future::IntoFuture;
use core::task::Poll;

use super::{ContextOf, ContextStorage};
use crate::ring::to_the_end;
use crate::wait::{Operation, Phase, Until, Wait, WaitQueue};

/// The messages that a terminated context leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TermReport {
    /// Messages that were sent and that nobody has received: left for a name that was never bound, or unread at a close.
    pub undelivered: usize,
}

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// Shuts the context down, drops what was left for names that nobody has bound, and waits until every socket is closed. A
    /// socket of this context that lies unread in a message is open as long as that message is.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the context shut down.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// drop(context.pull().unwrap());
    /// context.term().await; // all sockets are closed
    /// assert!(context.is_terminated());
    /// # });
    /// ```
    pub fn term(&self) -> Until<'_, WaitQueue, Terminating<'_, T, S>> {
        self.shutdown();
        self.terminating().into_future()
    }

    /// Returns the wait of [`term`](ContextOf::term), for a caller that has called
    /// [`shutdown`](ContextOf::shutdown) and blocks in its own way.
    pub fn terminating(&self) -> Wait<'_, WaitQueue, Terminating<'_, T, S>> {
        self.terminating_without(0)
    }

    /// Returns the same wait for a caller that knows of `lost` sockets that nobody will close: they are left open.
    #[doc(hidden)]
    pub fn terminating_without(&self, lost: usize) -> Wait<'_, WaitQueue, Terminating<'_, T, S>> {
        let context = self;
        Wait::new(&self.leaving, Terminating { context, lost })
    }

    /// Drops what was left for names that nobody has bound.
    pub(super) fn discard_pending(&self) {
        to_the_end(|| {
            let mut names = self.storage.names().iter();
            names.any(|name| self.discard_one(name))
        });
    }
}

/// The operation of [`ContextOf::term`].
#[doc(hidden)]
pub struct Terminating<'c, T: Send, S: ContextStorage<T>> {
    context: &'c ContextOf<T, S>,
    /// Sockets that are never closed.
    lost: usize,
}

impl<T: Send, S: ContextStorage<T>> Operation for Terminating<'_, T, S> {
    type Output = TermReport;

    fn try_once(&mut self, _when: Phase) -> Poll<TermReport> {
        // Nobody binds a name any more. What is dropped here may hold sockets of this very context. A name that another thread has
        // just used may be missed here; after the lock in `open_sockets` it is found.
        to_the_end(|| {
            let mut names = self.context.storage.names().iter();
            names.any(|name| self.context.discard_left(name))
        });
        if self.context.open_sockets() > self.lost {
            return Poll::Pending;
        }
        self.context.discard_pending();
        Poll::Ready(TermReport {
            undelivered: self.context.locked(|hub| hub.undelivered),
        })
    }
}
