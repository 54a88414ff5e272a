//! L6: what a socket waits for, as operations: each waits in the socket's cell.

#![forbid(unsafe_code)]

use core::task::Poll;

use super::base::Base;
use crate::error::socket::{RecvError, SendError, SendReason};
use crate::panic_without_fmt::some_or_panic;
use crate::wait::{Operation, Phase};

/// The operation of a socket's `send`.
pub struct Sending<'s, 'c, T> {
    base: &'s mut Base<'c, T>,
    value: Option<T>,
}

impl<'s, 'c, T> Sending<'s, 'c, T> {
    pub(crate) fn new(base: &'s mut Base<'c, T>, value: T) -> Self {
        Sending {
            base,
            value: Some(value),
        }
    }

    /// The message that was not sent.
    ///
    /// # Panics
    /// If it was sent.
    pub fn into_inner(self) -> T {
        some_or_panic!(self.value, "the message was sent")
    }
}

impl<T> Operation for Sending<'_, '_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        match self
            .base
            .try_send(some_or_panic!(self.value.take(), "sent once"))
        {
            Err(SendError {
                reason: SendReason::Full,
                value,
            }) => {
                self.value = Some(value);
                Poll::Pending
            }
            done => Poll::Ready(done),
        }
    }

    fn spin_hint(&self) -> usize {
        self.base.patience_out()
    }
}

/// The operation of a socket's `recv`.
pub struct Receiving<'s, 'c, T> {
    base: &'s mut Base<'c, T>,
}

impl<'s, 'c, T> Receiving<'s, 'c, T> {
    pub(crate) fn new(base: &'s mut Base<'c, T>) -> Self {
        Receiving { base }
    }
}

impl<T> Operation for Receiving<'_, '_, T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        match self.base.try_recv() {
            Err(RecvError::Empty) => Poll::Pending,
            done => Poll::Ready(done),
        }
    }

    fn spin_hint(&self) -> usize {
        self.base.patience_into()
    }
}

/// The operation of seeing everything read that a socket has sent: what lingering waits for. It is ready also when no peer is left
/// to read it, and when the context is shut down.
pub struct Draining<'s, 'c, T> {
    base: &'s mut Base<'c, T>,
}

impl<'s, 'c, T> Draining<'s, 'c, T> {
    pub(crate) fn new(base: &'s mut Base<'c, T>) -> Self {
        Draining { base }
    }
}

impl<T> Operation for Draining<'_, '_, T> {
    type Output = ();

    fn try_once(&mut self, _when: Phase) -> Poll<()> {
        if self.base.is_drained() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
