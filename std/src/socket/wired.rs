//! The verbs of endpoints that leave the process.

#![forbid(unsafe_code)]

use gimmal_core::socket::Pattern;

use super::socket::Socket;
use crate::net::WireOptions;

/// Endpoints that leave the process: see the module [`net`](crate::net).
impl<T: Send + 'static, P: Pattern> Socket<T, P> {
    /// Sets how the wires of endpoints are that are bound or connected from now on.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::WireOptions;
    ///
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// pull.set_wire(WireOptions::new().max_message(1 << 20));
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// ```
    pub fn set_wire(&self, options: WireOptions) {
        self.wires.set_options(options);
    }

    /// Returns where the socket listens by the latest `bind` of a `tcp://` or `ipc://` endpoint,
    /// with the port that the system has chosen; `None` if it has bound none.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let pull = context.pull().unwrap();
    /// assert_eq!(pull.last_endpoint(), None);
    /// pull.bind("tcp://127.0.0.1:*").unwrap();
    /// let endpoint = pull.last_endpoint().unwrap();
    /// assert!(endpoint.starts_with("tcp://127.0.0.1:") && !endpoint.ends_with('*'));
    /// ```
    pub fn last_endpoint(&self) -> Option<String> {
        self.wires.last()
    }
}
