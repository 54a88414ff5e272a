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
    /// The same, but there was room when this push began, and it held a slot meanwhile that
    /// another one may have missed (`ring::exact`).
    FullAfterAll,
    Busy,
    Closed,
}

impl Refused {
    /// The same for a push that held a slot.
    pub(crate) fn belated(self) -> Self {
        match self {
            Refused::Full => Refused::FullAfterAll,
            other => other,
        }
    }
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
