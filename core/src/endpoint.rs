//! L1: endpoints: `inproc://` and a name.
//!
//! A name is 1 to [`NAME`] bytes of UTF-8, compared byte by byte. It is known inside its socket
//! context only.

#![forbid(unsafe_code)]

use crate::error::socket::EndpointError;

/// Maximum length of a name, in bytes.
pub(crate) const NAME: usize = 64;

/// Returns the name in an endpoint.
pub(crate) fn name_of(endpoint: &str) -> Result<&str, EndpointError> {
    let (scheme, name) = endpoint
        .split_once("://")
        .ok_or(EndpointError::InvalidEndpoint)?;
    if scheme.is_empty() {
        return Err(EndpointError::InvalidEndpoint);
    }
    if scheme != "inproc" {
        return Err(EndpointError::UnsupportedTransport);
    }
    if name.is_empty() || name.len() > NAME {
        return Err(EndpointError::InvalidEndpoint);
    }
    Ok(name)
}
