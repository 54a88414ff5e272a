//! [`CapacityError`]: the one reason why a channel or a queue is not made.

#![forbid(unsafe_code)]

use std::fmt;

/// The reason why a channel or queue was not made: the capacity is 0, or there is no memory for all
/// of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityError;

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the capacity must be at least 1, and there must be memory for all of it")
    }
}

impl std::error::Error for CapacityError {}
