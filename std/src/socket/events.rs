//! [`SocketEvent`]: what happens to the sockets of a context.

#![forbid(unsafe_code)]

use std::fmt;

use gimmal_core::error::socket::EndpointError;
use gimmal_core::socket::Kind;

/// Something that has happened to a socket; received from
/// [`Context::events`](super::Context::events).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketEvent {
    /// The slot of the socket.
    pub slot: usize,
    /// Its pattern.
    pub kind: Kind,
    /// The kind of event.
    pub what: What,
}

/// The kinds of events of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// It was opened.
    Opened,
    /// It has bound this endpoint, of which a port that the system has chosen is the true one.
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
    /// Something has happened to a wire of it.
    #[cfg(feature = "net")]
    Wire(crate::net::WireEvent),
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
            #[cfg(feature = "net")]
            What::Wire(event) => event.fmt(f),
        }
    }
}
