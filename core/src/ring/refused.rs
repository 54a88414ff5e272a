//! L2: why a ring of many ends did not do what it was asked for, in the channel's terms.
//!
//! Both are as wide as a position: the two come out of a function in registers.

#![forbid(unsafe_code)]

/// Why nothing was pushed.
#[doc(hidden)]
#[derive(Debug)]
#[repr(usize)]
pub enum Refused {
    Full,
    Busy,
    Closed,
}

/// Why nothing was popped.
#[doc(hidden)]
#[derive(Debug)]
#[repr(usize)]
pub enum Nothing {
    Empty,
    Busy,
    /// Closed, and everything claimed before has been taken.
    Closed,
}
