//! [`JoinError`].

#![forbid(unsafe_code)]

use std::any::Any;
use std::fmt;

use crate::panic_guard::{Payload, panic_accessors, said};

/// The reason why a join returns no result.
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
    /// The thread panicked, with this payload.
    Panicked(Box<dyn Any + Send>),
    /// The thread would wait for its own end; or a forked child for a thread of its parent that had
    /// not returned before the fork.
    WouldDeadlock,
}

panic_accessors!(
    JoinError,
    "the thread",
    JoinError::Panicked(payload) => payload,
    "let thread = gimmal::thread::spawn(|| -> () { panic!(\"out of paper\") });\nlet error = thread.join().unwrap_err();"
);

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
