//! A blocking call that succeeds at once: it tries before it makes a wait of its value, so a value
//! is moved straight into its slot and out of it (`large/alone`). What comes after a first try that
//! has failed is a call of its own.

#![forbid(unsafe_code)]

use gimmal_core::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};

use crate::block::Limit;

/// What `first`, a try to send, comes to; `wait` sends a value for which there was no room.
#[inline]
pub(super) fn sent<T>(
    first: Result<(), TrySendError<T>>,
    wait: impl FnOnce(T) -> Result<(), SendError<T>>,
) -> Result<(), SendError<T>> {
    #[cold]
    fn slow<T>(
        refused: TrySendError<T>,
        wait: impl FnOnce(T) -> Result<(), SendError<T>>,
    ) -> Result<(), SendError<T>> {
        match refused {
            TrySendError::Closed(value) => Err(SendError(value)),
            TrySendError::Full(value) | TrySendError::Busy(value) => wait(value),
        }
    }
    match first {
        Ok(()) => Ok(()),
        Err(refused) => slow(refused, wait),
    }
}

/// The same for a wait with a limit.
#[inline]
pub(super) fn sent_within<T>(
    first: Result<(), TrySendError<T>>,
    limit: Limit,
    wait: impl FnOnce(T) -> Result<(), SendTimeoutError<T>>,
) -> Result<(), SendTimeoutError<T>> {
    #[cold]
    fn slow<T>(
        refused: TrySendError<T>,
        limit: Limit,
        wait: impl FnOnce(T) -> Result<(), SendTimeoutError<T>>,
    ) -> Result<(), SendTimeoutError<T>> {
        match refused {
            TrySendError::Closed(value) => Err(SendTimeoutError::Closed(value)),
            TrySendError::Full(value) | TrySendError::Busy(value) if limit.is_now() => {
                Err(SendTimeoutError::TimedOut(value))
            }
            TrySendError::Full(value) | TrySendError::Busy(value) => wait(value),
        }
    }
    match first {
        Ok(()) => Ok(()),
        Err(refused) => slow(refused, limit, wait),
    }
}

/// What `first`, which took what is visible, comes to; `wait` receives where nothing was, or says why not.
#[inline]
pub(super) fn taken<T, E>(first: Option<T>, wait: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    #[cold]
    fn slow<T, E>(wait: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        wait()
    }
    match first {
        Some(value) => Ok(value),
        None => slow(wait),
    }
}

/// What `first`, a try to receive that says why not, comes to; `wait` receives where there was nothing.
#[inline]
pub(super) fn received<T>(
    first: Result<T, TryRecvError>,
    wait: impl FnOnce() -> Result<T, Closed>,
) -> Result<T, Closed> {
    #[cold]
    fn slow<T>(wait: impl FnOnce() -> Result<T, Closed>) -> Result<T, Closed> {
        wait()
    }
    match first {
        Ok(value) => Ok(value),
        Err(TryRecvError::Closed) => Err(Closed),
        Err(TryRecvError::Empty | TryRecvError::Busy) => slow(wait),
    }
}

/// The same for a wait with a limit.
#[inline]
pub(super) fn received_within<T>(
    first: Result<T, TryRecvError>,
    limit: Limit,
    wait: impl FnOnce() -> Result<T, RecvTimeoutError>,
) -> Result<T, RecvTimeoutError> {
    #[cold]
    fn slow<T>(
        limit: Limit,
        wait: impl FnOnce() -> Result<T, RecvTimeoutError>,
    ) -> Result<T, RecvTimeoutError> {
        match limit.is_now() {
            true => Err(RecvTimeoutError::TimedOut),
            false => wait(),
        }
    }
    match first {
        Ok(value) => Ok(value),
        Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
        Err(TryRecvError::Empty | TryRecvError::Busy) => slow(limit, wait),
    }
}
