//! [`SocketEvent`]s: what happens to the sockets of a context, told to whoever has asked for it.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use gimmal_core::error::socket::EndpointError;
use gimmal_core::socket::Kind;

use crate::channel::{self, Receiver, Sender, TrySendError};
use crate::panic_guard::locked;

/// Something that has happened to a socket; received from
/// [`Context::events`](super::Context::events).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketEvent {
    /// The slot of the socket.
    pub slot: usize,
    /// Its pattern.
    pub kind: Kind,
    /// What has happened.
    pub what: What,
}

/// What has happened to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// It was opened.
    Opened,
    /// It has bound this endpoint.
    Bound(String),
    /// It has given this endpoint up.
    Unbound(String),
    /// It waits for somebody to bind this endpoint.
    Connecting(String),
    /// It has cut a link that it had made by this endpoint.
    Left(String),
    /// It has a new link, with the socket in this slot.
    Connected {
        /// The slot of the peer.
        peer: usize,
    },
    /// A link of it has ended: the socket in this slot has closed, or has disconnected.
    Disconnected {
        /// The slot of the peer.
        peer: usize,
    },
    /// It was refused this endpoint.
    Refused(String, EndpointError),
    /// It was closed.
    Closed,
}

impl fmt::Display for SocketEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {:?} ", self.slot, self.kind)?;
        match &self.what {
            What::Opened => f.write_str("was opened"),
            What::Bound(endpoint) => write!(f, "has bound {endpoint}"),
            What::Unbound(endpoint) => write!(f, "has given up {endpoint}"),
            What::Connecting(endpoint) => write!(f, "waits for {endpoint} to be bound"),
            What::Left(endpoint) => write!(f, "has cut its link by {endpoint}"),
            What::Connected { peer } => write!(f, "is linked with [{peer}]"),
            What::Disconnected { peer } => write!(f, "has lost its link with [{peer}]"),
            What::Refused(endpoint, why) => write!(f, "was refused {endpoint}: {why}"),
            What::Closed => f.write_str("was closed"),
        }
    }
}

/// Those who have asked for the events of a context.
#[derive(Default)]
pub(super) struct Observers {
    /// Whether there is one. Most contexts have none, and then nothing is made up to be told.
    any: AtomicBool,
    /// Events that an observer had no room for.
    missed: AtomicUsize,
    all: Mutex<Vec<Sender<SocketEvent>>>,
}

impl Observers {
    /// A new one, with room for so many events.
    pub(super) fn add(&self, capacity: usize) -> Receiver<SocketEvent> {
        let (sender, receiver) = channel::bounded(capacity);
        locked(&self.all).push(sender);
        self.any.store(true, Relaxed); // R: who asks while something happens may miss it
        receiver
    }

    pub(super) fn missed(&self) -> usize {
        self.missed.load(Relaxed) // R: a count
    }

    #[inline]
    pub(super) fn any(&self) -> bool {
        self.any.load(Relaxed) // R: see `add`
    }

    /// Tells all of them. One that has no room misses the event; one that is gone is forgotten.
    pub(super) fn tell(&self, slot: usize, kind: Kind, what: What) {
        let event = SocketEvent { slot, kind, what };
        // Sending runs the wakers of users: not under the lock.
        let all = locked(&self.all).clone();
        let mut gone = false;
        for observer in &all {
            match observer.try_send(event.clone()) {
                Ok(()) => {}
                Err(TrySendError::Closed(_)) => gone = true,
                Err(_) => {
                    self.missed.fetch_add(1, Relaxed); // R: a count
                }
            }
        }
        if gone {
            let mut all = locked(&self.all);
            all.retain(|observer| !observer.is_closed());
            self.any.store(!all.is_empty(), Relaxed); // R: see `add`
        }
    }
}
