//! [`Listener`]: where connections come in.
//!
//! A socket file that nobody listens at is replaced; one that somebody listens at, and a file that is
//! no socket, are left alone. The file is removed with its listener, if it is still that listener's.

#![forbid(unsafe_code)]

use std::io;
use std::net::TcpListener as StdTcpListener;
#[cfg(unix)]
use std::os::unix::fs::{FileTypeExt, MetadataExt};
#[cfg(unix)]
use std::os::unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream};
#[cfg(unix)]
use std::path::{Path, PathBuf};

use gimmal_core::error::socket::EndpointError;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::address::Address;
use super::stream::Stream;

/// A bound endpoint.
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Ipc {
        listener: UnixListener,
        /// Removed with it.
        _file: Option<SocketFile>,
    },
}

fn why(error: io::Error) -> EndpointError {
    match error.kind() {
        io::ErrorKind::AddrInUse => EndpointError::AddressInUse,
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::NotFound => {
            EndpointError::AddressNotAvailable
        }
        io::ErrorKind::PermissionDenied => EndpointError::PermissionDenied,
        // A path that is too long for the system.
        io::ErrorKind::InvalidInput => EndpointError::InvalidEndpoint,
        _ => EndpointError::System(error.raw_os_error().unwrap_or(0)),
    }
}

impl Listener {
    /// Listens, and says where: with the port that the system has chosen. On a thread that has
    /// entered the runtime.
    pub(super) fn open(address: &Address) -> Result<(Listener, String), EndpointError> {
        match address {
            Address::Tcp(host, port) => {
                let at = host.resolve(*port)?;
                let listener = StdTcpListener::bind(&at[..]).map_err(why)?;
                listener.set_nonblocking(true).map_err(why)?;
                let shown = format!("tcp://{}", listener.local_addr().map_err(why)?);
                let listener = TcpListener::from_std(listener).map_err(why)?;
                Ok((Listener::Tcp(listener), shown))
            }
            #[cfg(unix)]
            Address::Ipc(path) => {
                clear_the_way(path)?;
                let listener = StdUnixListener::bind(path).map_err(why)?;
                let _file = SocketFile::of(path);
                listener.set_nonblocking(true).map_err(why)?;
                let listener = UnixListener::from_std(listener).map_err(why)?;
                Ok((
                    Listener::Ipc { listener, _file },
                    format!("ipc://{}", path.display()),
                ))
            }
            #[cfg(target_os = "linux")]
            Address::Abstract(name) => {
                use std::os::linux::net::SocketAddrExt;
                let at = std::os::unix::net::SocketAddr::from_abstract_name(name).map_err(why)?;
                let listener = StdUnixListener::bind_addr(&at).map_err(why)?;
                listener.set_nonblocking(true).map_err(why)?;
                let listener = UnixListener::from_std(listener).map_err(why)?;
                Ok((
                    Listener::Ipc {
                        listener,
                        _file: None,
                    },
                    format!("ipc://@{name}"),
                ))
            }
            #[cfg(not(target_os = "linux"))]
            _ => Err(EndpointError::UnsupportedTransport),
        }
    }

    /// Takes the next connection, and says whom it is from.
    pub(super) async fn accept(&self) -> io::Result<(Stream, String)> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Stream::Tcp(stream), peer.to_string()))
            }
            #[cfg(unix)]
            Listener::Ipc { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Ipc(stream), "a local process".into()))
            }
        }
    }
}

/// Removes what an earlier listener has left at the path.
#[cfg(unix)]
fn clear_the_way(path: &Path) -> Result<(), EndpointError> {
    let Ok(there) = path.symlink_metadata() else {
        return Ok(());
    };
    if !there.file_type().is_socket() {
        return Err(EndpointError::AddressInUse);
    }
    match StdUnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(why)
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(EndpointError::PermissionDenied)
        }
        _ => Err(EndpointError::AddressInUse),
    }
}

/// The file of a listener, removed with it.
#[cfg(unix)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and number: another listener may have taken the path meanwhile.
    is: (u64, u64),
}

#[cfg(unix)]
impl SocketFile {
    fn of(path: &Path) -> Option<Self> {
        // The current folder may change before it is removed.
        let path = std::path::absolute(path).ok()?;
        let is = SocketFile::number(&path)?;
        Some(SocketFile { path, is })
    }

    fn number(path: &Path) -> Option<(u64, u64)> {
        let there = path.symlink_metadata().ok()?;
        Some((there.dev(), there.ino()))
    }
}

#[cfg(unix)]
impl Drop for SocketFile {
    fn drop(&mut self) {
        if SocketFile::number(&self.path) == Some(self.is) {
            // Somebody else may have removed it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
