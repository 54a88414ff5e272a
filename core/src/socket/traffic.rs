//! L6: what a socket has done so far, and what it waits for: noted by its owner and readable by anybody.

#![forbid(unsafe_code)]

use core::fmt;

use crate::shim::{Counter, Note, Onsets};

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
    /// Messages that the socket has dropped: of a Publish those that a full subscriber has lost, once for
    /// each subscriber; of a Req what it had not asked for. No other socket drops what it was given.
    pub dropped: usize,
}

/// The aim of a call that waits in a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsTo {
    /// To send: no peer has room.
    Send,
    /// To receive: no peer has a message.
    Receive,
    /// To close: its peers have not read everything that it lingers for.
    Close,
    /// To find the socket ready: a poller waits in it.
    Poll,
}

impl WaitsTo {
    const ALL: [WaitsTo; 4] = [
        WaitsTo::Send,
        WaitsTo::Receive,
        WaitsTo::Close,
        WaitsTo::Poll,
    ];
}

impl fmt::Display for WaitsTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitsTo::Send => "send",
            WaitsTo::Receive => "receive",
            WaitsTo::Close => "close",
            WaitsTo::Poll => "poll",
        })
    }
}

/// What the owner of the socket of one slot notes.
pub(crate) struct Counters {
    pub(crate) sent: Counter,
    pub(crate) received: Counter,
    pub(crate) full: Counter,
    pub(crate) dropped: Counter,
    /// What the call wants that has begun to wait last: an index of `WaitsTo::ALL`, plus one.
    waits_to: Note,
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Counters {
            sent: Counter::new(),
            received: Counter::new(),
            full: Counter::new(),
            dropped: Counter::new(),
            waits_to: Note::new(),
        }
    }

    /// A new socket uses the slot.
    pub(crate) fn reset(&self) {
        self.sent.reset();
        self.received.reset();
        self.full.reset();
        self.dropped.reset();
        self.waits_to.set(0);
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            sent: self.sent.get(),
            received: self.received.get(),
            full: self.full.get(),
            dropped: self.dropped.get(),
        }
    }

    /// How many messages it has moved. It wraps.
    pub(crate) fn moved(&self) -> usize {
        self.sent.get().wrapping_add(self.received.get())
    }

    /// A call waits from now on, and wants this.
    pub(crate) fn waits_to(&self, what: WaitsTo) {
        self.waits_to.set(what as u8 + 1);
    }

    /// What the last call wants, or wanted, that has waited; `None` before the first.
    pub(crate) fn last_waited_to(&self) -> Option<WaitsTo> {
        let number = usize::from(self.waits_to.get());
        WaitsTo::ALL.get(number.checked_sub(1)?).copied()
    }
}

/// What the writer of a link notes.
pub(crate) struct LinkCounters {
    /// How often it found as many messages as the link may hold.
    pub(crate) full: Onsets,
    /// Messages that it has put in.
    pub(crate) sent: Counter,
    /// Messages for which there was no room, and which it has dropped.
    pub(crate) dropped: Counter,
}

impl LinkCounters {
    pub(crate) const fn new() -> Self {
        LinkCounters {
            full: Onsets::new(),
            sent: Counter::new(),
            dropped: Counter::new(),
        }
    }

    /// A new link uses the pipe.
    pub(crate) fn reset(&self) {
        self.full.reset();
        self.sent.reset();
        self.dropped.reset();
    }
}
