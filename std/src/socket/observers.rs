//! The listeners that are told what happens to the sockets of a context.

#![forbid(unsafe_code)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use gimmal_core::socket::Kind;

use super::events::{SocketEvent, What};
use super::trace;
use crate::channel::{self, Receiver, Sender, TrySendError};
use crate::panic_guard::between_forks;

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
    /// A new one, with room for `capacity` events.
    pub(super) fn add(&self, capacity: usize) -> Receiver<SocketEvent> {
        let (sender, receiver) = channel::bounded(capacity);
        between_forks(&self.all, |all| all.push(sender));
        self.any.store(true, Relaxed); // R: who asks while something happens may miss it
        receiver
    }

    pub(super) fn missed(&self) -> usize {
        self.missed.load(Relaxed) // R: a count
    }

    #[inline]
    pub(super) fn any(&self) -> bool {
        self.any.load(Relaxed) || trace::is_on() // R: see `add`
    }

    /// Tells all of them. One that has no room misses the event; one that is gone is forgotten.
    pub(super) fn tell(&self, slot: usize, kind: Kind, what: What) {
        let event = SocketEvent { slot, kind, what };
        trace::tell(&event);
        // Sending runs the wakers of users: not under the lock.
        let all = between_forks(&self.all, |all| all.clone());
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
            // The last end of a channel drops what is in it: not under the lock.
            let _gone: Vec<_> = between_forks(&self.all, |all| {
                let gone = all
                    .extract_if(.., |observer| observer.is_closed())
                    .collect();
                self.any.store(!all.is_empty(), Relaxed); // R: see `add`
                gone
            });
        }
    }
}
