//! [`Security`]: who may be at the other end of a wire.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;

#[cfg(feature = "curve")]
use super::curve::{CurveKeys, CurvePublicKey};

/// Decides about a client that presents itself.
#[derive(Clone)]
pub struct Check(Arc<dyn Fn(&Client) -> bool + Send + Sync>);

impl Check {
    pub(super) fn allows(&self, client: &Client) -> bool {
        (self.0)(client)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Check")
    }
}

/// A client that wants to be let in.
#[derive(Clone)]
#[non_exhaustive]
pub struct Client {
    /// The address that it comes from; empty if it has none.
    pub address: String,
    /// The name that it gives; of PLAIN.
    pub username: String,
    /// The password that it gives; of PLAIN. Compare it with [`same_secret`].
    pub password: String,
    /// Its public key, which it has been proven to own; of CURVE, else zeros.
    pub public_key: [u8; 32],
}

impl Client {
    pub(super) fn new(
        address: Option<String>,
        username: Option<String>,
        password: Option<String>,
        public_key: [u8; 32],
    ) -> Self {
        Client {
            address: address.unwrap_or_default(),
            username: username.unwrap_or_default(),
            password: password.unwrap_or_default(),
            public_key,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", &self.address)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Returns `true` if both secrets are the same. How long it takes tells nothing about where they
/// differ.
///
/// # Examples
/// ```
/// use gimmal::net::same_secret;
///
/// assert!(same_secret("open sesame", "open sesame"));
/// assert!(!same_secret("open sesame", "open barley"));
/// ```
pub fn same_secret(given: impl AsRef<[u8]>, known: impl AsRef<[u8]>) -> bool {
    given.as_ref().ct_eq(known.as_ref()).into()
}

/// The security of a wire. Both sides must have the same kind; a peer of another one is refused,
/// with an event that says so. Its `Debug` shows no secret.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Security {
    /// No security: any program that reaches the port is a peer, and anybody on the way can read what
    /// is sent. For one machine, and for networks that are guarded otherwise.
    #[default]
    None,
    /// This side gives a name and a password. They are sent as they are: for `ipc://`, and inside
    /// of tunnels.
    PlainClient {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
    /// This side asks for a name and a password, and the check decides.
    PlainServer(Check),
    /// This side has keys and knows the server's public one: what is sent is encrypted, and the
    /// server is whom it claims to be.
    #[cfg(feature = "curve")]
    CurveClient {
        /// The keys of this side.
        keys: CurveKeys,
        /// The public key of the server.
        server: CurvePublicKey,
    },
    /// This side has keys of which clients know the public one: what is sent is encrypted, and the
    /// check decides about a client, whose key is proven by then.
    #[cfg(feature = "curve")]
    CurveServer {
        /// The keys of this side.
        keys: CurveKeys,
        /// Decides about a client.
        check: Check,
    },
}

impl Security {
    /// Returns the security of a client with a name and a password.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::{Security, WireOptions};
    ///
    /// let context = gimmal::Context::new();
    /// let push = context.push().unwrap();
    /// push.set_wire(WireOptions::new().security(Security::plain_client("admin", "sesame")));
    /// push.connect("tcp://127.0.0.1:5555").unwrap();
    /// ```
    pub fn plain_client(username: impl Into<String>, password: impl Into<String>) -> Self {
        Security::PlainClient {
            username: username.into(),
            password: password.into(),
        }
    }

    /// Returns the security of a server that asks for a name and a password. The check runs on a
    /// thread of its own and may block; one that panics lets nobody in.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::{Security, WireOptions, same_secret};
    ///
    /// let guarded = WireOptions::new().security(Security::plain_server(|client| {
    ///     client.username == "admin" && same_secret(&client.password, "open sesame")
    /// }));
    /// # let _ = guarded;
    /// ```
    pub fn plain_server(check: impl Fn(&Client) -> bool + Send + Sync + 'static) -> Self {
        Security::PlainServer(Check(Arc::new(check)))
    }

    /// Returns the security of a client that knows the server by its public key.
    #[cfg(feature = "curve")]
    pub fn curve_client(keys: CurveKeys, server: CurvePublicKey) -> Self {
        Security::CurveClient { keys, server }
    }

    /// Returns the security of a server. The check decides by `public_key`, and may block. To let
    /// in every client that knows the server's key, return `true`.
    #[cfg(feature = "curve")]
    pub fn curve_server(
        keys: CurveKeys,
        check: impl Fn(&Client) -> bool + Send + Sync + 'static,
    ) -> Self {
        Security::CurveServer {
            keys,
            check: Check(Arc::new(check)),
        }
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Security::None => f.write_str("None"),
            Security::PlainClient { username, .. } => f
                .debug_struct("PlainClient")
                .field("username", username)
                .finish_non_exhaustive(),
            Security::PlainServer(check) => f.debug_tuple("PlainServer").field(check).finish(),
            #[cfg(feature = "curve")]
            Security::CurveClient { keys, server } => f
                .debug_struct("CurveClient")
                .field("keys", keys)
                .field("server", server)
                .finish(),
            #[cfg(feature = "curve")]
            Security::CurveServer { keys, check } => f
                .debug_struct("CurveServer")
                .field("keys", keys)
                .field("check", check)
                .finish(),
        }
    }
}
