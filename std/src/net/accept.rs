//! Listening: each connection that comes in is a peer when its handshake is over.
//!
//! When there are as many half-open connections as may be, the oldest of them makes room for the next
//! one: peers that say nothing do not keep out those that have something to say.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::Duration;

use gimmal_core::error::socket::EndpointError;
use gimmal_core::socket::Kind;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::bridge::Bridge;
use super::direct::direct;
use super::events::{WireError, WireEvent};
use super::info::WireStatus;
use super::listener::Listener;
use super::our_side::{Connected, OurSide};
use super::stream::Stream;
use super::wire::{Ended, Wire};

/// Takes connections until it is stopped or the context is over; then the address is free, and
/// `closed` says so by its end.
pub(super) async fn accept(
    listener: Listener,
    ours: OurSide,
    mut stop: oneshot::Receiver<()>,
    given_up: Arc<AtomicBool>,
    closed: mpsc::Sender<()>,
) {
    let mut half_open = HalfOpen::default();
    let mut over = ours.hub.is_over();
    // Those whose handshake is not over end with the listener.
    let (_listening, listens) = watch::channel(());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stop => break,
            _ = over.wait_for(|over| *over) => break,
        };
        let Ok((stream, peer)) = accepted else {
            // The process has no descriptor left, say: later it may have one.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(mut makes_room) = half_open.enter(ours.options.max_half_open) else {
            ours.tell(WireEvent::Refused {
                endpoint: ours.endpoint.to_string(),
                peer,
                why: WireError::TooManyHalfOpen,
            });
            continue;
        };
        let (ours, given_up) = (ours.clone(), given_up.clone());
        let mut listens = listens.clone();
        tokio::spawn(async move {
            let mut over = ours.hub.is_over();
            let opened = tokio::select! {
                opened = open(&ours, stream, &peer, &given_up) => opened,
                Ok(()) = &mut makes_room => Err(WireError::TooManyHalfOpen),
                _ = over.wait_for(|over| *over) => Err(WireError::Terminated),
                _ = listens.changed() => Err(WireError::SocketClosed),
            };
            drop(makes_room);
            match opened {
                Ok((mut wire, connected)) => {
                    let kind = ours.owner.kind;
                    let serve = move |gate| {
                        wire.ours.gate = gate;
                        serve(wire, connected, peer)
                    };
                    direct(Handle::current(), kind, serve).await;
                }
                Err(why) => ours.tell(WireEvent::Refused {
                    endpoint: ours.endpoint.to_string(),
                    peer,
                    why,
                }),
            }
        });
    }
    drop(listener);
    drop(closed);
}

/// Connections whose handshake is not over, the oldest first.
#[derive(Default)]
struct HalfOpen {
    connections: VecDeque<oneshot::Sender<()>>,
    /// How many there may be before those are forgotten whose handshake is over.
    room: usize,
}

impl HalfOpen {
    /// Enters one more of at most `most`. It is to end when it is told, and to drop what it was given
    /// when its handshake is over.
    fn enter(&mut self, most: usize) -> Option<oneshot::Receiver<()>> {
        if self.connections.len() >= self.room.min(most) {
            self.connections.retain(|one| !one.is_closed());
            self.room = 2 * self.connections.len() + 16;
        }
        if self.connections.len() >= most {
            // Its handshake may be over in this moment.
            let _ = self.connections.pop_front()?.send(());
        }
        let (ends, is_told) = oneshot::channel();
        self.connections.push_back(ends);
        Some(is_told)
    }
}

/// From a connection to a peer of the socket.
async fn open(
    ours: &OurSide,
    stream: Stream,
    peer: &str,
    given_up: &AtomicBool,
) -> Result<(Wire, Connected), WireError> {
    // Before it thinks that it is let in, and sends something.
    if ours.owner.kind == Kind::Pair && ours.hub.has_wire(ours.owner.slot) {
        return Err(WireError::PeerTaken);
    }
    let connected = ours.shake_hands(stream, true, peer).await?;
    let status = Arc::new(WireStatus::new(
        ours.owner.slot,
        &ours.endpoint,
        &ours.asked,
    ));
    let bridge = Bridge::open(&ours.hub, ours.form.opposite, &status);
    let bridge = bridge.map_err(|_| WireError::TooManyConnections)?;
    if let Some(name) = connected
        .peer
        .identity
        .as_ref()
        .filter(|name| !name.is_empty())
    {
        let identity = ours
            .hub
            .identity(name)
            .ok_or(WireError::TooManyConnections)?;
        let set = bridge.set_identity(identity);
        set.map_err(|_| WireError::IdentityTaken)?;
    }
    if given_up.load(Relaxed) {
        // R: the lock of the context: see `give_up`
        return Err(WireError::SocketClosed);
    }
    bridge.connect(&ours.name).map_err(|why| match why {
        EndpointError::PeerTaken => WireError::PeerTaken,
        EndpointError::Terminated => WireError::Terminated,
        _ => WireError::TooManyConnections,
    })?;
    // Given up meanwhile, the name is nobody's.
    if given_up.load(Relaxed) {
        // R: the lock of the context: see `give_up`
        return Err(WireError::SocketClosed);
    }
    status.is_connected_with(peer);
    Ok((Wire::new(ours.clone(), bridge, status), connected))
}

async fn serve(mut wire: Wire, connected: Connected, peer: String) {
    let endpoint = wire.ours.endpoint.to_string();
    wire.ours.tell(WireEvent::Connected {
        endpoint: endpoint.clone(),
        peer: peer.clone(),
    });
    let why = match wire.run(connected).await {
        Ended::Here => return,
        Ended::There(why) => why,
    };
    let lost = wire.unwritten();
    let ours = wire.ours.clone();
    drop(wire);
    ours.tell(WireEvent::Disconnected {
        endpoint,
        peer,
        why,
        lost,
    });
}
