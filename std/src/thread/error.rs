//! [`JoinError`].

#![forbid(unsafe_code)]

use std::any::Any;
use std::fmt;

use crate::panic_guard::{Payload, said};

/// Why a join gives no result.
///
/// # Examples
/// ```
/// use gimmal::thread;
///
/// let failed = thread::spawn(|| panic!("out of paper")).join().unwrap_err();
/// assert_eq!(format!("{failed:?}"), "Panicked(\"out of paper\")");
/// assert_eq!(failed.to_string(), "the thread panicked: out of paper");
/// assert_eq!(failed.into_panic().downcast_ref(), Some(&"out of paper"));
/// ```
#[non_exhaustive]
pub enum JoinError {
    /// The thread panicked; here is what it panicked with.
    Panicked(Box<dyn Any + Send>),
    /// A thread cannot wait for its own end, and a forked child not for a thread of its parent that had not returned.
    WouldDeadlock,
}

impl JoinError {
    /// Returns `true` if the thread panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self, JoinError::Panicked(_))
    }

    /// Returns what the thread panicked with, for example to go on with it by [`std::panic::resume_unwind`].
    ///
    /// # Panics
    /// If the thread did not panic; [`try_into_panic`](JoinError::try_into_panic) returns the error instead.
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(why) => panic!("into_panic on an error that is no panic: {why}"),
        }
    }

    /// Returns what the thread panicked with.
    ///
    /// # Errors
    /// The error itself, if the thread did not panic.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self {
            JoinError::Panicked(payload) => Ok(payload),
            other => Err(other),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(payload) => Payload::of(payload).tuple("Panicked", f),
            JoinError::WouldDeadlock => f.write_str("WouldDeadlock"),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinError::Panicked(payload) => match said(&**payload) {
                Some(words) => write!(f, "the thread panicked: {words}"),
                None => f.write_str("the thread panicked"),
            },
            JoinError::WouldDeadlock => f.write_str(
                "this thread cannot wait for that one: it is itself, or one of a parent process",
            ),
        }
    }
}

impl std::error::Error for JoinError {}
