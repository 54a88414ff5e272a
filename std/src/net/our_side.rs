//! [`OurSide`]: this side of an endpoint, and how it shakes hands with a peer.

#![forbid(unsafe_code)]

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use gimmal_core::socket::Kind;
use tokio::io::Interest;

use super::bridge::Opposite;
use super::codec::{Answer, Codec, KindOnWire, Peer};
use super::direct::Gate;
use super::events::{WireError, WireEvent};
use super::hub::Hub;
use super::incoming::Incoming;
use super::options::WireOptions;
use super::outgoing::Outgoing;
use super::owner::Owner;
use super::stream::{Found, Stream};

/// A connection whose handshake is over.
pub(super) struct Connected {
    pub(super) stream: Stream,
    pub(super) codec: Codec,
    pub(super) incoming: Incoming,
    pub(super) peer: Peer,
}

/// The form that the sockets of one kind have on a wire.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) kind: KindOnWire,
    /// The pattern of their bridges.
    pub(super) opposite: Opposite,
}

impl Form {
    /// Returns `None` if they have none: nothing on a wire is like them.
    pub(super) fn of(kind: Kind) -> Option<Self> {
        Some(Form {
            kind: KindOnWire::of(kind)?,
            opposite: Opposite::of(kind)?,
        })
    }
}

/// This side of an endpoint: the socket, and how its wires are to be.
#[derive(Clone)]
pub(super) struct OurSide {
    pub(super) hub: Arc<Hub>,
    pub(super) owner: Arc<Owner>,
    pub(super) form: Form,
    pub(super) options: Arc<WireOptions>,
    pub(super) endpoint: Arc<str>,
    /// The endpoint as it was asked for.
    pub(super) asked: Arc<str>,
    /// The name that the owner has bound for it.
    pub(super) name: Arc<str>,
    /// Of the task of the wire.
    pub(super) gate: Gate,
}

impl OurSide {
    pub(super) fn tell(&self, event: WireEvent) {
        self.hub.tell(self.owner.slot, self.owner.kind, event);
    }

    /// Speaks with the peer until both know each other.
    pub(super) async fn shake_hands(
        &self,
        stream: Stream,
        is_listener: bool,
        address: &str,
    ) -> Result<Connected, WireError> {
        stream.set(&self.options);
        let identity = Bytes::copy_from_slice(&self.owner.identity);
        let kind = self.form.kind;
        let mut codec = Codec::new(is_listener, kind, identity, &self.options, address);
        let mut incoming = Incoming::new(self.options.max_message, self.options.max_frames);
        let mut outgoing = Outgoing::default();
        let shaking = async {
            loop {
                outgoing.commands(&mut codec);
                outgoing.write_handshake(&stream)?;
                if let Some(peer) = codec.peer() {
                    break Ok(peer);
                }
                if let Some(question) = codec.question() {
                    let ask = move || {
                        let ask = AssertUnwindSafe(|| question.ask());
                        std::panic::catch_unwind(ask).unwrap_or_else(|_| Answer::no())
                    };
                    let answer = tokio::task::spawn_blocking(ask).await;
                    codec.answer(answer.unwrap_or_else(|_| Answer::no()))?;
                    continue;
                }
                if codec.resume()? {
                    continue;
                }
                let bytes = match codec.greeting_left() {
                    0 => incoming.raw_frame()?,
                    left => Some(incoming.bytes(left)).filter(|bytes| !bytes.is_empty()),
                };
                if let Some(bytes) = bytes {
                    codec.take(bytes)?;
                    continue;
                }
                match incoming.read(&stream)? {
                    Found::Bytes => {}
                    Found::TheEnd => break Err(WireError::Closed),
                    Found::Nothing if outgoing.is_empty() => {
                        stream.ready(Interest::READABLE).await?;
                    }
                    Found::Nothing => {
                        let either = Interest::READABLE | Interest::WRITABLE;
                        stream.ready(either).await?;
                    }
                }
            }
        };
        let shaken = tokio::time::timeout(self.options.handshake, shaking).await;
        let shaken = shaken.unwrap_or(Err(WireError::HandshakeTimeout));
        // A refusal is told to the peer, as far as the system takes it at once; so is the last of
        // the greeting.
        outgoing.commands(&mut codec);
        let wrote = outgoing.write_handshake(&stream);
        let peer = shaken?;
        wrote?;
        if let Some(identity) = &peer.identity
            && identity.len() > 255
        {
            return Err(WireError::Protocol(
                "an identity of more than 255 bytes".into(),
            ));
        }
        let mut rest = outgoing;
        while !rest.is_empty() {
            stream.ready(Interest::WRITABLE).await?;
            rest.write_handshake(&stream)?;
        }
        Ok(Connected {
            stream,
            codec,
            incoming,
            peer,
        })
    }
}
