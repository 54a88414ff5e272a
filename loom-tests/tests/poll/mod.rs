//! Waiting for any of several things.

pub(crate) mod many;
pub(crate) mod poller;
pub(crate) mod select;
pub(crate) mod sockets;
