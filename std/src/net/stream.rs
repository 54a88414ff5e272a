//! [`Stream`]: a connection of either transport, as bytes without waiting.

#![forbid(unsafe_code)]

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::address::{Address, Host};
use super::events::WireError;
use super::options::WireOptions;

/// How long a connection that has ended here waits for its peer's end.
const PARTING: Duration = Duration::from_secs(5);
/// How much of what comes meanwhile is read at once.
const PARTED: usize = 16 * 1024;

/// A connection.
pub(super) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Ipc(UnixStream),
}

macro_rules! either {
    ($stream:expr, $one:ident => $do:expr) => {
        match $stream {
            Stream::Tcp($one) => $do,
            #[cfg(unix)]
            Stream::Ipc($one) => $do,
        }
    };
}

/// What a try to read has found.
pub(super) enum Found {
    Bytes,
    Nothing,
    TheEnd,
}

impl Stream {
    /// Connects, and says with whom.
    pub(super) async fn connect(address: &Address) -> Result<(Stream, String), WireError> {
        match address {
            Address::Tcp(host, port) => {
                let stream = match host {
                    Host::Any => TcpStream::connect(("127.0.0.1", *port)).await?,
                    Host::Ip(ip) => TcpStream::connect((*ip, *port)).await?,
                    Host::Name(name) => {
                        let found = tokio::net::lookup_host((name.as_str(), *port)).await;
                        let found = found.map_err(|_| WireError::NameUnresolved)?;
                        let found: Vec<SocketAddr> = found.collect();
                        TcpStream::connect(&found[..]).await?
                    }
                };
                let peer = stream.peer_addr().map(|peer| peer.to_string());
                Ok((Stream::Tcp(stream), peer.unwrap_or_default()))
            }
            #[cfg(unix)]
            Address::Ipc(path) => {
                let stream = UnixStream::connect(path).await?;
                Ok((Stream::Ipc(stream), path.display().to_string()))
            }
            #[cfg(target_os = "linux")]
            Address::Abstract(name) => {
                use std::os::linux::net::SocketAddrExt;
                let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
                let stream = std::os::unix::net::UnixStream::connect_addr(&address)?;
                stream.set_nonblocking(true)?;
                Ok((
                    Stream::Ipc(UnixStream::from_std(stream)?),
                    format!("@{name}"),
                ))
            }
            #[cfg(not(target_os = "linux"))]
            _ => Err(WireError::Io(io::ErrorKind::Unsupported)),
        }
    }

    /// Sets what the options say. A system that refuses has its own idea of it: that is no error.
    pub(super) fn set(&self, options: &WireOptions) {
        match self {
            Stream::Tcp(stream) => {
                let _ = stream.set_nodelay(options.no_delay);
            }
            #[cfg(unix)]
            Stream::Ipc(_) => {}
        }
        let socket = either!(self, stream => SockRef::from(stream));
        if let Some(bytes) = options.send_buffer {
            let _ = socket.set_send_buffer_size(bytes);
        }
        if let Some(bytes) = options.recv_buffer {
            let _ = socket.set_recv_buffer_size(bytes);
        }
    }

    /// Waits until one of them may be possible.
    pub(super) async fn ready(&self, interest: Interest) -> io::Result<()> {
        either!(self, stream => stream.ready(interest).await).map(drop)
    }

    /// Reads behind what is in the buffer, which has so much room, `most` bytes at most.
    pub(super) fn read(
        &self,
        buffer: &mut impl BufMut,
        room: usize,
        most: usize,
    ) -> io::Result<Found> {
        let room = room.min(most);
        let mut buffer = buffer.limit(most);
        let mut found = 0;
        // A read that leaves room has emptied the system's buffer. The error has tokio forget that
        // there was something, so that the next look asks the system only when more has come: edges
        // tell of that. Where there are none tokio does not do so either.
        let read = either!(self, stream => stream.try_io(Interest::READABLE, || {
            found = stream.try_read_buf(&mut buffer)?;
            match cfg!(unix) && (1..room).contains(&found) {
                true => Err(io::ErrorKind::WouldBlock.into()),
                false => Ok(()),
            }
        }));
        match read {
            _ if found > 0 => Ok(Found::Bytes),
            Ok(()) => Ok(Found::TheEnd),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Found::Nothing),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Found::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Writes what the system takes, and says how much that was.
    pub(super) fn write(&self, from: &[IoSlice<'_>]) -> io::Result<usize> {
        match either!(self, stream => stream.try_write_vectored(from)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            written => written,
        }
    }

    /// Tells the peer that nothing more comes, and waits until it closes, or for [`PARTING`]. A
    /// connection that is closed while there is something to be read throws away what the system
    /// has not delivered yet.
    pub(super) async fn finish(self) {
        {
            let socket = either!(&self, stream => SockRef::from(stream));
            // It may have gone already.
            let _ = socket.shutdown(std::net::Shutdown::Write);
        }
        let reading = async {
            let mut nobody_wants_it = BytesMut::with_capacity(PARTED);
            loop {
                match self.read(&mut nobody_wants_it, PARTED, PARTED) {
                    Ok(Found::Bytes) => {}
                    Ok(Found::Nothing) => self.ready(Interest::READABLE).await?,
                    Ok(Found::TheEnd) => return Ok(()),
                    Err(why) => return Err(why),
                }
                nobody_wants_it.clear();
                tokio::task::yield_now().await;
            }
        };
        // However it ends, the connection has done its work.
        let _: Result<io::Result<()>, _> = tokio::time::timeout(PARTING, reading).await;
    }
}
