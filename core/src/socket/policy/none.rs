//! L6: the policy of a direction in which a pattern moves no messages.

#![forbid(unsafe_code)]

use super::Policy;
use super::sealed::Sealed;

/// No message moves in this direction.
#[derive(Default)]
pub struct Never;

impl Sealed for Never {}

impl Policy for Never {
    const SENDS: bool = false;
    const RECEIVES: bool = false;
}
