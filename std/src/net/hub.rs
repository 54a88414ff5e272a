//! [`Hub`]: what the wires of a context share.
//!
//! A forked child has its own of what is guarded here: the thread that moves its parent's wires may
//! be in the middle of a change at the fork.

#![forbid(unsafe_code)]

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use gimmal_core::error::socket::{EndpointError, OpenError};
use gimmal_core::socket::{Identity, Kind};
use tokio::sync::watch;

use super::address::Address;
use super::events::{Watcher, WireEvent};
use super::info::{WireInfo, WireStatus};
use crate::heap::HeapContext;
use crate::identities::Identities;
use crate::message::Message;
use crate::panic_guard::between_forks;
use crate::per_process::PerProcess;

/// How many names the peers of a context may bring in.
const MOST_NAMES: usize = 1 << 16;

/// How long to wait until wires have answered. They do so at once, unless the process is stopped.
const ANSWERS: Duration = Duration::from_secs(1);

/// The sockets that belong to wires, by their slots.
type Bridges = HashMap<usize, Arc<WireStatus>>;
/// Endpoints by the names that stand for them.
type Names = HashMap<Arc<str>, Arc<str>>;

/// What the wires of a context share.
pub(crate) struct Hub {
    core: Arc<HeapContext<Message>>,
    /// Whether the context is shut down, or nobody uses it any more.
    over: PerProcess<watch::Sender<bool>>,
    bridges: PerProcess<Mutex<Bridges>>,
    /// How many there may be.
    most: usize,
    /// The endpoint of each name that a socket has bound for its wires.
    names: PerProcess<Mutex<Names>>,
    watcher: Arc<dyn Watcher>,
    identities: Arc<Mutex<Identities>>,
}

impl Hub {
    /// The hub of a context, if that carries messages.
    pub(crate) fn of(
        core: &dyn Any,
        most: usize,
        watcher: Arc<dyn Watcher>,
        identities: Arc<Mutex<Identities>>,
    ) -> Option<Arc<Hub>> {
        let core: &Arc<HeapContext<Message>> = core.downcast_ref()?;
        Some(Arc::new(Hub {
            core: core.clone(),
            over: PerProcess::of(watch::Sender::new(false)),
            bridges: PerProcess::of(Mutex::default()),
            names: PerProcess::of(Mutex::default()),
            most,
            watcher,
            identities,
        }))
    }

    /// The context is shut down, or nobody uses it any more: wires end, each after the linger of its
    /// socket.
    pub(crate) fn end(&self) {
        self.over_here().send_replace(true);
    }

    pub(super) fn is_over(&self) -> watch::Receiver<bool> {
        self.over_here().subscribe()
    }

    /// In a child nothing is over to begin with: in a context that is shut down it makes no wires.
    fn over_here(&self) -> &watch::Sender<bool> {
        self.over.get(|_| watch::Sender::new(false))
    }

    /// Runs `open` with the number of sockets that belong to wires, while no other is made.
    pub(crate) fn beside<R>(&self, open: impl FnOnce(usize) -> R) -> R {
        let bridges = self.bridges.locked();
        open(bridges.len())
    }

    /// The name is bound for this endpoint, or no longer.
    pub(super) fn name_endpoint(&self, name: &Arc<str>, endpoint: Option<&Arc<str>>) {
        let mut names = self.names.locked();
        match endpoint {
            Some(endpoint) => names.insert(name.clone(), endpoint.clone()),
            None => names.remove(name),
        };
    }

    /// What to show for a name of the context, given without its scheme: the endpoint, if it was
    /// bound for one.
    pub(crate) fn shown(&self, name: &str) -> Option<String> {
        let number = name.strip_prefix('\0')?;
        let names = self.names.locked();
        let endpoint = names.get(format!("inproc://{name}").as_str());
        Some(endpoint.map_or(format!("{number}, given up"), |endpoint| {
            endpoint.to_string()
        }))
    }

    /// The wires as they are.
    pub(crate) fn wires(&self) -> Vec<WireInfo> {
        let bridges = self.bridges.locked();
        let mut wires: Vec<_> = bridges
            .iter()
            .map(|(slot, status)| status.info(*slot))
            .collect();
        wires.sort_by_key(|wire| wire.slot);
        wires
    }

    /// Throws away what closed sockets have left in wires of this endpoint. Returns how many
    /// messages that were.
    pub(crate) fn discard(&self, endpoint: &str) -> Result<usize, EndpointError> {
        Address::to_connect(endpoint).or_else(|_| Address::to_bind(endpoint))?;
        let (answer, answers) = mpsc::channel();
        let wires: Vec<_> = self.bridges.locked().values().cloned().collect();
        wires
            .iter()
            .for_each(|status| status.wish_discard(endpoint, &answer));
        drop((wires, answer));
        let until = Instant::now() + ANSWERS;
        let next = || {
            let left = until.saturating_duration_since(Instant::now());
            answers.recv_timeout(left).ok()
        };
        Ok(std::iter::from_fn(next).sum())
    }

    /// The slots of the wires that stayed behind in the process that this one was forked from: its
    /// thread moves them, and nobody closes them here.
    pub(crate) fn lost(&self) -> Vec<usize> {
        let bridges = self.bridges.locked();
        let lost = bridges
            .iter()
            .filter(|(_, status)| !status.process.is_current());
        lost.map(|(slot, _)| *slot).collect()
    }

    /// Whether the socket in this slot has a wire.
    pub(super) fn has_wire(&self, socket: usize) -> bool {
        let bridges = self.bridges.locked();
        bridges.values().any(|status| status.socket == socket)
    }

    pub(super) fn open_bridge<S>(
        &self,
        status: &Arc<WireStatus>,
        open: impl FnOnce(&Arc<HeapContext<Message>>) -> Result<S, OpenError>,
        slot: impl FnOnce(&S) -> usize,
    ) -> Result<S, OpenError> {
        let mut bridges = self.bridges.locked();
        if bridges.len() >= self.most {
            return Err(OpenError::TooManySockets);
        }
        let side = open(&self.core)?;
        bridges.insert(slot(&side), status.clone());
        Ok(side)
    }

    pub(super) fn forget_bridge(&self, slot: usize, status: &Arc<WireStatus>) {
        let mut bridges = self.bridges.locked();
        if bridges
            .get(&slot)
            .is_some_and(|one| Arc::ptr_eq(one, status))
        {
            bridges.remove(&slot);
        }
    }

    pub(super) fn tell(&self, slot: usize, kind: Kind, event: WireEvent) {
        self.watcher.tell(slot, kind, event);
    }

    /// The identity of a name that a peer brings; `None` if peers have brought too many.
    pub(super) fn identity(&self, name: &[u8]) -> Option<Identity> {
        between_forks(&self.identities, |all| all.of_peer(name, MOST_NAMES))
    }

    /// The name of an identity.
    pub(super) fn name(&self, identity: Identity) -> Option<Arc<[u8]>> {
        between_forks(&self.identities, |all| all.name(identity))
    }
}
