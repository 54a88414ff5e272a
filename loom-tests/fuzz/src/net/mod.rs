//! The facade's files of the same names, and a [`stream`] in memory.

#[path = "../../../../std/src/net/address.rs"]
mod address;
#[path = "../../../../std/src/net/bodies.rs"]
mod bodies;
#[path = "../../../../std/src/net/codec.rs"]
mod codec;
#[path = "../../../../std/src/net/envelope.rs"]
mod envelope;
#[path = "../../../../std/src/net/events.rs"]
mod events;
#[path = "../../../../std/src/net/incoming.rs"]
mod incoming;
#[path = "../../../../std/src/net/options.rs"]
mod options;
#[path = "../../../../std/src/net/outgoing.rs"]
mod outgoing;
#[path = "../../../../std/src/net/security.rs"]
mod security;

pub(crate) mod plain;
mod stream;
pub(crate) mod targets;
