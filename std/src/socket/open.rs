//! Opening sockets. The verbs that name a pattern are beside the patterns.

#![forbid(unsafe_code)]

use std::panic::Location;

use gimmal_core::error::socket::OpenError;
use gimmal_core::socket::Pattern;

use super::context::Context;
use super::events::What;
use super::socket::Socket;
use crate::owned_socket::OwnedSocket;

impl<T: Send + 'static> Context<T> {
    /// Opens a socket of the pattern `P`: what [`pair`](Context::pair), [`push`](Context::push) and
    /// [`pull`](Context::pull) are names for, for code that is generic in the pattern.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, socket::generic::PushPattern};
    ///
    /// let context = Context::new();
    /// let push: gimmal::Push = context.open::<PushPattern>().unwrap();
    /// # drop(push);
    /// assert_eq!(context.open_sockets(), 0);
    /// ```
    #[track_caller]
    pub fn open<P: Pattern>(&self) -> Result<Socket<T, P>, OpenError> {
        let here = Location::caller();
        let socket = self.inner.net.beside(|wires| {
            // The slots of wires are not for others.
            match self.inner.core.open_sockets() >= self.inner.most.saturating_add(wires) {
                true => Err(OpenError::TooManySockets),
                false => OwnedSocket::open(&self.inner.core),
            }
        })?;
        let at = cfg!(debug_assertions).then_some(here);
        self.inner.users.has_opened(socket.slot(), at);
        let observers = self.inner.observers.clone();
        if observers.any() {
            observers.tell(socket.slot(), P::KIND, What::Opened);
        }
        let users = self.inner.users.clone();
        Ok(Socket::new(socket, observers, users, &self.inner.net))
    }
}
