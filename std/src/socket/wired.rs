//! The verbs of endpoints that leave the process.

#![forbid(unsafe_code)]

use gimmal_core::socket::Pattern;

use super::socket::Socket;
use crate::net::WireOptions;

/// Endpoints that leave the process: see the module [`net`](crate::net).
impl<T: Send + 'static, P: Pattern> Socket<T, P> {
    /// Sets how the wires of endpoints are that are bound or connected from now on.
    pub fn set_wire(&self, options: WireOptions) {
        self.wires.set_options(options);
    }

    /// Returns where the socket listens by the latest `bind` of a `tcp://` or `ipc://` endpoint,
    /// with the port that the system has chosen; `None` if it has bound none.
    pub fn last_endpoint(&self) -> Option<String> {
        self.wires.last()
    }
}
