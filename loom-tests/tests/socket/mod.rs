//! Models of `core/src/socket`.

pub(crate) mod bridge;
pub(crate) mod by_link;
pub(crate) mod patterns;
pub(crate) mod peers;
pub(crate) mod pipe;
pub(crate) mod state;
pub(crate) mod subscriptions;

/// A socket, for the one thread that uses it: making links takes `&self`, but a socket is not `Sync`.
pub(crate) fn only<S>(socket: &mut S) -> &mut S {
    socket
}
