//! [`WireInfo`]: a wire as it was at one moment, and what is counted for it.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, mpsc};

use tokio::sync::watch;

use crate::generation::Generation;
use crate::panic_guard::between_forks;

/// The state of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireStage {
    /// It is being connected, or waits to be connected again.
    Connecting,
    /// Both sides know each other.
    Connected,
}

/// A wire as it was at one moment: in [`Snapshot::wires`](crate::socket::Snapshot::wires).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WireInfo {
    /// The slot of its socket.
    pub socket: usize,
    /// The endpoint that was bound or connected.
    pub endpoint: String,
    /// The address of the peer, if it has one; else empty.
    pub peer: String,
    /// Its state.
    pub stage: WireStage,
    /// Messages that were written.
    pub sent: usize,
    /// Messages that were read.
    pub received: usize,
    /// Number of times that it was connected.
    pub connections: usize,
    /// The slot that it takes in the context, which the links of the snapshot name.
    pub slot: usize,
}

impl fmt::Display for WireInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WireInfo {
            socket,
            endpoint,
            peer,
            stage,
            sent,
            received,
            slot,
            ..
        } = self;
        let peer = if peer.is_empty() { "nobody" } else { peer };
        write!(
            f,
            "[{slot}] wire of [{socket}] by {endpoint} to {peer}: {stage:?}, {sent} sent, {received} received"
        )
    }
}

/// What a wire tells about itself while it works.
pub(super) struct WireStatus {
    pub(super) socket: usize,
    /// The process whose thread moves it.
    pub(super) process: Generation,
    endpoint: String,
    /// The endpoint as it was asked for.
    asked: Arc<str>,
    state: Mutex<(WireStage, String)>,
    pub(super) sent: AtomicUsize,
    pub(super) received: AtomicUsize,
    connections: AtomicUsize,
    discard: Discard,
}

/// A wish that a wire throw away what its socket has left.
#[derive(Default)]
struct Discard {
    /// Changes with each wish.
    wished: watch::Sender<()>,
    /// Where to tell how many messages that were. Without an answer each is dropped.
    answers: Mutex<Vec<mpsc::Sender<usize>>>,
}

impl WireStatus {
    pub(super) fn new(socket: usize, endpoint: &str, asked: &Arc<str>) -> Self {
        WireStatus {
            socket,
            process: Generation::current(),
            endpoint: endpoint.into(),
            asked: asked.clone(),
            state: Mutex::new((WireStage::Connecting, String::new())),
            sent: AtomicUsize::new(0),
            received: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            discard: Discard::default(),
        }
    }

    /// Wishes that the wire throw away what its socket has left, if it is of this endpoint.
    pub(super) fn wish_discard(&self, endpoint: &str, answer: &mpsc::Sender<usize>) {
        let is_it = self.endpoint == endpoint || &*self.asked == endpoint;
        if is_it && self.process.is_current() {
            between_forks(&self.discard.answers, |answers| {
                answers.push(answer.clone());
            });
            self.discard.wished.send_replace(());
        }
    }

    /// What tells of such wishes, that of one before it too.
    pub(super) fn discard_wishes(&self) -> watch::Receiver<()> {
        let mut wishes = self.discard.wished.subscribe();
        wishes.mark_changed();
        wishes
    }

    /// Takes the wishes that there are.
    pub(super) fn take_discards(&self) -> Vec<mpsc::Sender<usize>> {
        between_forks(&self.discard.answers, std::mem::take)
    }

    pub(super) fn is_connected_with(&self, peer: &str) {
        let connected = (WireStage::Connected, peer.into());
        between_forks(&self.state, |state| *state = connected);
        self.connections.fetch_add(1, Relaxed); // R: a count
    }

    pub(super) fn is_connecting(&self) {
        between_forks(&self.state, |state| state.0 = WireStage::Connecting);
    }

    pub(super) fn info(&self, slot: usize) -> WireInfo {
        let (stage, peer) = between_forks(&self.state, |state| state.clone());
        WireInfo {
            socket: self.socket,
            endpoint: self.endpoint.clone(),
            peer,
            stage,
            sent: self.sent.load(Relaxed),               // R: a count
            received: self.received.load(Relaxed),       // R: a count
            connections: self.connections.load(Relaxed), // R: a count
            slot,
        }
    }
}
