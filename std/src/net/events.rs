//! [`WireEvent`]: what happens to the wires of a socket, and why.

#![forbid(unsafe_code)]

use std::fmt;
use std::io;
use std::time::Duration;

/// Something that has happened to a wire of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireEvent {
    /// A peer is connected, and both sides know each other.
    Connected {
        /// The endpoint that was bound or connected.
        endpoint: String,
        /// The address of the peer.
        peer: String,
    },
    /// A peer was refused, or has refused, before both sides knew each other.
    Refused {
        /// The endpoint that was bound or connected.
        endpoint: String,
        /// The address of the peer; empty if it was not reached.
        peer: String,
        /// Why.
        why: WireError,
    },
    /// A connection has ended.
    Disconnected {
        /// The endpoint that was bound or connected.
        endpoint: String,
        /// The address of the peer.
        peer: String,
        /// Why.
        why: WireError,
        /// Messages for this peer that had not been written as a whole and will not be: those of a link
        /// that ends with its connection. That is a listener's, and a connecter's whose answers would
        /// reach a peer that has not asked; else they are written to the next peer, but for one that
        /// was begun too often: [`max_deliveries`](super::WireOptions::max_deliveries).
        /// Messages that the system had taken are not counted: nobody knows how many of them have
        /// arrived.
        lost: usize,
    },
    /// It connects again after this time.
    Retrying {
        /// The endpoint.
        endpoint: String,
        /// How long it waits.
        wait: Duration,
    },
}

impl fmt::Display for WireEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireEvent::Connected { endpoint, peer } => {
                write!(f, "is connected with {peer} by {endpoint}")
            }
            WireEvent::Refused {
                endpoint,
                peer,
                why,
            } => {
                let peer = if peer.is_empty() { "anybody" } else { peer };
                write!(f, "has no connection with {peer} by {endpoint}: {why}")
            }
            WireEvent::Disconnected {
                endpoint,
                peer,
                why,
                lost,
            } => write!(
                f,
                "has lost its connection with {peer} by {endpoint}, and {lost} messages: {why}"
            ),
            WireEvent::Retrying { endpoint, wait } => {
                write!(f, "connects to {endpoint} again in {} ms", wait.as_millis())
            }
        }
    }
}

/// The reason why a connection was not made, or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// The peer has closed the connection.
    Closed,
    /// The system says so.
    Io(io::ErrorKind),
    /// The name of the host leads to no address.
    NameUnresolved,
    /// The peer was silent in the handshake for too long.
    HandshakeTimeout,
    /// Nothing was heard of the peer for too long.
    Silence,
    /// The peer does not keep to the protocol, or to the pattern; in the words of the codec.
    Protocol(String),
    /// The peer's message is larger than it may be: see
    /// [`WireOptions::max_message`](super::WireOptions::max_message).
    TooLarge,
    /// The peer's message has more frames than it may: see
    /// [`WireOptions::max_frames`](super::WireOptions::max_frames).
    TooManyFrames,
    /// The peer has another kind of security, or has not proven what it should.
    Security(String),
    /// A Pair has exactly one peer, and this one has one.
    PeerTaken,
    /// Another peer has this identity.
    IdentityTaken,
    /// Every connection of the context is in use.
    TooManyConnections,
    /// Too many connections of this listener are in their handshake.
    TooManyHalfOpen,
    /// The socket has closed, or has given the endpoint up.
    SocketClosed,
    /// The context has been shut down.
    Terminated,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            WireError::Closed => "the peer has closed it",
            WireError::Io(kind) => return kind.fmt(f),
            WireError::NameUnresolved => "the name of the host leads to no address",
            WireError::HandshakeTimeout => "the handshake took too long",
            WireError::Silence => "nothing was heard of the peer for too long",
            WireError::Protocol(what) => return write!(f, "protocol error: {what}"),
            WireError::TooLarge => "a message is larger than allowed",
            WireError::TooManyFrames => "a message has more frames than allowed",
            WireError::Security(what) => return write!(f, "security: {what}"),
            WireError::PeerTaken => "a pair has exactly one peer, and this one has one",
            WireError::IdentityTaken => "another peer has this identity",
            WireError::TooManyConnections => "every connection of the context is in use",
            WireError::TooManyHalfOpen => "too many connections are in their handshake",
            WireError::SocketClosed => "the socket is closed",
            WireError::Terminated => "the context has been shut down",
        };
        f.write_str(text)
    }
}

impl std::error::Error for WireError {}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        WireError::Io(error.kind())
    }
}

/// Who is told what happens to wires.
pub(crate) trait Watcher: Send + Sync {
    /// Tells what has happened to a wire of the socket in this slot.
    fn tell(&self, slot: usize, kind: gimmal_core::socket::Kind, event: WireEvent);
}
