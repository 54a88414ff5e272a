//! Addresses of wires: `tcp://host:port` and `ipc://path`, read strictly.

#![forbid(unsafe_code)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use gimmal_core::error::socket::EndpointError;

/// The host of a TCP address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// `*`: every IPv4 interface.
    Any,
    Ip(IpAddr),
    /// Resolved each time it is used.
    Name(String),
}

/// An address of one of the transports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A host, and a port; 0: one that the system chooses.
    Tcp(Host, u16),
    /// A path of the file system.
    Ipc(PathBuf),
    /// A name of Linux's abstract name space.
    Abstract(String),
}

/// Returns `true` if the endpoint is of a transport that leaves the process.
pub(crate) fn is_wire(endpoint: &str) -> bool {
    let scheme = endpoint.split_once("://");
    scheme.is_some_and(|(scheme, _)| scheme == "tcp" || scheme == "ipc" && cfg!(unix))
}

impl Address {
    /// Reads an endpoint to be bound.
    pub(super) fn to_bind(endpoint: &str) -> Result<Self, EndpointError> {
        Address::read(endpoint, true)
    }

    /// Reads an endpoint to be connected: there is a host, and a port.
    pub(super) fn to_connect(endpoint: &str) -> Result<Self, EndpointError> {
        match Address::read(endpoint, false)? {
            Address::Tcp(Host::Any, _) | Address::Tcp(_, 0) => Err(EndpointError::InvalidEndpoint),
            address => Ok(address),
        }
    }

    fn read(endpoint: &str, bind: bool) -> Result<Self, EndpointError> {
        let invalid = EndpointError::InvalidEndpoint;
        let (scheme, rest) = endpoint.split_once("://").ok_or(invalid)?;
        match scheme {
            "tcp" => {
                let (host, port) = rest.rsplit_once(':').ok_or(invalid)?;
                let port = match port {
                    "*" if bind => 0,
                    port => number(port).ok_or(invalid)?,
                };
                Ok(Address::Tcp(host_of(host).ok_or(invalid)?, port))
            }
            "ipc" => match rest.strip_prefix('@') {
                Some("") => Err(invalid),
                Some(_) if !cfg!(target_os = "linux") => Err(EndpointError::UnsupportedTransport),
                Some(name) => Ok(Address::Abstract(name.into())),
                None if rest.is_empty() || rest == "*" || rest.contains('\0') => Err(invalid),
                None => Ok(Address::Ipc(rest.into())),
            },
            _ => Err(EndpointError::UnsupportedTransport),
        }
    }
}

/// A port: digits and nothing else, up to 65535.
fn number(port: &str) -> Option<u16> {
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| port.parse().ok()).flatten()
}

fn host_of(host: &str) -> Option<Host> {
    if host == "*" {
        return Some(Host::Any);
    }
    if let Some(inner) = host.strip_prefix('[') {
        let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
        return Some(Host::Ip(address.into()));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(Host::Ip(address.into()));
    }
    // What looks like a number and is none is a slip, not a name.
    let is_name = host.bytes().any(|byte| byte.is_ascii_alphabetic())
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    is_name.then(|| Host::Name(host.into()))
}

impl Host {
    /// Where to listen. Blocks while a name is resolved.
    pub(super) fn resolve(&self, port: u16) -> Result<Vec<SocketAddr>, EndpointError> {
        match self {
            Host::Any => Ok(vec![(Ipv4Addr::UNSPECIFIED, port).into()]),
            Host::Ip(address) => Ok(vec![(*address, port).into()]),
            Host::Name(name) => {
                let found = (name.as_str(), port).to_socket_addrs();
                let found: Vec<_> = found.map_err(|_| EndpointError::NameUnresolved)?.collect();
                match found.is_empty() {
                    true => Err(EndpointError::NameUnresolved),
                    false => Ok(found),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused() {
        for endpoint in [
            "tcp://",
            "tcp://:5555",
            "tcp://*",
            "tcp://*:",
            "tcp://*:99999",
            "tcp://*:65536",
            "tcp://*:80x",
            "tcp://*:-1",
            "tcp://*:+80",
            "tcp://* :80",
            "tcp://[::1:80",
            "tcp://::1:80",
            "tcp://[127.0.0.1]:80",
            "tcp://1.2.3:80",
            "tcp://1.2.3.400:80",
            "tcp://a b:80",
            "tcp://a/b:80",
            "ipc://",
            "ipc://*",
            "ipc://@",
            "ipc://a\0b",
            "tcp",
        ] {
            let read = Address::to_bind(endpoint);
            assert_eq!(read, Err(EndpointError::InvalidEndpoint), "{endpoint}");
        }
        for endpoint in ["tcp://*:80", "tcp://host:0", "tcp://host:*"] {
            assert!(Address::to_bind(endpoint).is_ok(), "{endpoint}");
            let read = Address::to_connect(endpoint);
            assert_eq!(read, Err(EndpointError::InvalidEndpoint), "{endpoint}");
        }
        let other = Address::to_bind("udp://127.0.0.1:80");
        assert_eq!(other, Err(EndpointError::UnsupportedTransport));
    }

    #[test]
    fn addresses_are_read() {
        let tcp = |host, port| Ok(Address::Tcp(host, port));
        assert_eq!(Address::to_bind("tcp://*:*"), tcp(Host::Any, 0));
        let six = Host::Ip(IpAddr::V6(Ipv6Addr::LOCALHOST));
        assert_eq!(Address::to_connect("tcp://[::1]:65535"), tcp(six, 65535));
        let name = Host::Name("my-host.example".into());
        assert_eq!(
            Address::to_connect("tcp://my-host.example:5555"),
            tcp(name, 5555)
        );
        let path = Ok(Address::Ipc("/tmp/a:b".into()));
        assert_eq!(Address::to_connect("ipc:///tmp/a:b"), path);
    }
}
