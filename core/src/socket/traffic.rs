//! L6: what a socket has done so far, counted by its owner and readable by anybody.

#![forbid(unsafe_code)]

use crate::shim::Counter;

/// The messages that a socket has moved since it was opened. Numbers wrap.
///
/// They are counted with the core's feature `counters`, which the facade sets; without it they are
/// all 0, and cost nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Calls that have sent a message: of a Publish also those that nobody wanted.
    pub sent: usize,
    /// Messages that were received.
    pub received: usize,
    /// The number of calls that found no room for their message. A call that waits looks more than
    /// once.
    pub full: usize,
}

/// The counters of the socket of one slot.
pub(crate) struct Counters {
    pub(crate) sent: Counter,
    pub(crate) received: Counter,
    pub(crate) full: Counter,
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Counters {
            sent: Counter::new(),
            received: Counter::new(),
            full: Counter::new(),
        }
    }

    /// A new socket uses the slot.
    pub(crate) fn reset(&self) {
        self.sent.reset();
        self.received.reset();
        self.full.reset();
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            sent: self.sent.get(),
            received: self.received.get(),
            full: self.full.get(),
        }
    }
}
