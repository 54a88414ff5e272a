//! Connecting: until there is a connection, and again when it is lost.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::address::Address;
use super::bridge::Bridge;
use super::events::{WireError, WireEvent};
use super::info::WireStatus;
use super::our_side::OurSide;
use super::stream::Stream;
use super::waits::Backoff;
use super::wire::{Ended, Wire};

/// A connection that lasts so long was a good one: the next wait is the first again.
const LASTING: Duration = Duration::from_secs(1);

/// Connects for ever. The link, and what is in it, outlives connections.
pub(super) async fn dial(
    ours: OurSide,
    bridge: Bridge,
    status: Arc<WireStatus>,
    address: Address,
    given_up: Arc<AtomicBool>,
) {
    let mut backoff = Backoff::new(ours.options.reconnect);
    let mut wire = Wire::new(ours.clone(), bridge, status.clone());
    loop {
        let mut peer = String::new();
        let reached = async {
            let reached = Stream::connect(&address);
            let reached = tokio::time::timeout(ours.options.handshake, reached).await;
            let (stream, at) = reached.unwrap_or(Err(WireError::HandshakeTimeout))?;
            peer = at;
            ours.shake_hands(stream, false, &peer).await
        };
        let reached = tokio::select! {
            reached = reached => reached,
            () = wire.ended() => return,
        };
        let endpoint = ours.endpoint.to_string();
        match reached {
            Ok(connected) => {
                let begun = Instant::now();
                status.is_connected_with(&peer);
                ours.tell(WireEvent::Connected {
                    endpoint: endpoint.clone(),
                    peer: peer.clone(),
                });
                let why = match wire.run(connected).await {
                    Ended::Here => return,
                    Ended::There(why) => why,
                };
                status.is_connecting();
                if begun.elapsed() >= LASTING {
                    backoff.reset();
                }
                let given_up = usize::from(wire.gives_up_a_message());
                let lost = match wire.ends_with_its_connection() {
                    true => given_up + wire.unwritten(),
                    false => given_up,
                };
                ours.tell(WireEvent::Disconnected {
                    endpoint: endpoint.clone(),
                    peer,
                    why,
                    lost,
                });
            }
            Err(why) => ours.tell(WireEvent::Refused {
                endpoint: endpoint.clone(),
                peer,
                why,
            }),
        }
        let wait = backoff.next();
        ours.tell(WireEvent::Retrying { endpoint, wait });
        if wire.ends_with_its_connection() {
            drop(wire);
            let Some(bridge) = another(&ours, &status, &given_up).await else {
                return;
            };
            wire = Wire::new(ours.clone(), bridge, status.clone());
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = wire.ended() => return,
        }
    }
}

/// Another link with the socket; `None` if that has given the endpoint up.
async fn another(
    ours: &OurSide,
    status: &Arc<WireStatus>,
    given_up: &AtomicBool,
) -> Option<Bridge> {
    loop {
        if given_up.load(Relaxed) || *ours.hub.is_over().borrow() {
            // R: the lock of the context: see `give_up`
            return None;
        }
        let opened = Bridge::open(&ours.hub, ours.form.opposite, status);
        if let Ok(bridge) = opened
            && bridge.connect(&ours.name).is_ok()
        {
            // Given up meanwhile, the name is nobody's.
            return (!given_up.load(Relaxed)).then_some(bridge); // R: the lock of the context: see `give_up`
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
