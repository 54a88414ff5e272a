//! The keys of CURVE.
//!
//! The key exchange and the message authentication are those of the crates `x25519-dalek` and
//! `poly1305`; the cipher is `salsabox`, which is young and which nobody has audited. Who cannot
//! rest on that takes a tunnel (WireGuard, TLS) and [`Security::None`](super::Security::None) inside.

#![forbid(unsafe_code)]

use std::fmt;

use omq_proto::proto::mechanism as omq;

/// A text that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is 40 characters of Z85")
    }
}

impl std::error::Error for InvalidKey {}

/// A pair of keys of one side.
#[derive(Clone)]
pub struct CurveKeys(pub(super) omq::CurveKeypair);

/// The public key of a side, by which others know it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CurvePublicKey(pub(super) omq::CurvePublicKey);

impl CurveKeys {
    /// Makes a new pair.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::CurveKeys;
    ///
    /// let keys = CurveKeys::generate();
    /// let known = keys.public().to_z85();
    /// assert_eq!(known.len(), 40);
    /// ```
    pub fn generate() -> Self {
        CurveKeys(omq::CurveKeypair::generate())
    }

    /// Returns the pair of a secret key, as `zmq.curve_keypair` of Python writes it.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn from_secret_z85(secret: &str) -> Result<Self, InvalidKey> {
        let secret = omq::CurveSecretKey::from_z85(secret).map_err(|_| InvalidKey)?;
        let public = secret.derive_public();
        Ok(CurveKeys(omq::CurveKeypair { public, secret }))
    }

    /// Returns the secret key as a text. Anybody who has it can pass for this side.
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::CurveKeys;
    ///
    /// let keys = CurveKeys::generate();
    /// let same = CurveKeys::from_secret_z85(&keys.secret_z85()).unwrap();
    /// assert_eq!(same.public(), keys.public());
    /// ```
    pub fn secret_z85(&self) -> String {
        self.0.secret.to_z85()
    }

    /// Returns the public key.
    ///
    /// # Examples
    /// ```
    /// let keys = gimmal::net::CurveKeys::generate();
    /// assert_eq!(keys.public(), keys.clone().public());
    /// ```
    pub fn public(&self) -> CurvePublicKey {
        CurvePublicKey(self.0.public)
    }
}

impl fmt::Debug for CurveKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CurveKeys").field(&self.public()).finish()
    }
}

impl CurvePublicKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`InvalidKey`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::net::{CurveKeys, CurvePublicKey};
    ///
    /// let known = CurveKeys::generate().public();
    /// assert_eq!(CurvePublicKey::from_z85(&known.to_z85()), Ok(known));
    /// assert!(CurvePublicKey::from_z85("no key").is_err());
    /// ```
    pub fn from_z85(text: &str) -> Result<Self, InvalidKey> {
        let key = omq::CurvePublicKey::from_z85(text);
        key.map(CurvePublicKey).map_err(|_| InvalidKey)
    }

    /// Returns the key as a text.
    pub fn to_z85(self) -> String {
        self.0.to_z85()
    }

    /// Returns the bytes of the key.
    pub fn to_bytes(self) -> [u8; 32] {
        *self.0.as_bytes()
    }
}

impl fmt::Debug for CurvePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurvePublicKey({})", self.to_z85())
    }
}
