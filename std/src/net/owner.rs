//! [`Owner`]: what the wires of a socket know of it, from another thread and after it has closed.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gimmal_core::socket::Kind;
use tokio::sync::watch;

use crate::generation::Generation;
use crate::panic_guard::between_forks;

pub(super) struct Owner {
    pub(super) slot: usize,
    pub(super) kind: Kind,
    /// The name by which Routers of other processes know it; empty: none.
    pub(super) identity: Arc<[u8]>,
    linger: Mutex<Option<Duration>>,
    prefixes: Mutex<BTreeMap<Box<[u8]>, usize>>,
    changed: watch::Sender<()>,
    /// The one whose thread has the wires.
    process: Generation,
}

impl Owner {
    pub(super) fn new(slot: usize, kind: Kind, identity: Arc<[u8]>) -> Self {
        Owner {
            slot,
            kind,
            identity,
            linger: Mutex::new(Some(Duration::ZERO)),
            prefixes: Mutex::default(),
            changed: watch::Sender::new(()),
            process: Generation::current(),
        }
    }

    pub(super) fn linger(&self) -> Option<Duration> {
        between_forks(&self.linger, |linger| *linger)
    }

    pub(super) fn set_linger(&self, linger: Option<Duration>) {
        between_forks(&self.linger, |mine| *mine = linger);
    }

    /// It has subscribed once more, or once less.
    pub(super) fn subscribes(&self, prefix: &[u8], more: bool) {
        between_forks(&self.prefixes, |prefixes| {
            if more {
                *prefixes.entry(prefix.into()).or_default() += 1;
            } else if let Some(times) = prefixes.get_mut(prefix) {
                *times -= 1;
                if *times == 0 {
                    prefixes.remove(prefix);
                }
            }
        });
        // Of a forked child no peer hears; its parent's thread may be in the middle of looking there.
        if self.process.is_current() {
            self.changed.send_replace(());
        }
    }

    pub(super) fn prefixes(&self) -> BTreeSet<Box<[u8]>> {
        between_forks(&self.prefixes, |prefixes| {
            prefixes.keys().cloned().collect()
        })
    }

    pub(super) fn subscriptions(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
