//! [`SocketStop`]: ends the calls that are blocked on a socket of the operating system.
//!
//! It has a duplicate of the descriptor, so that it can be used while threads are blocked in calls
//! on the socket, and never uses a number that is somebody else's by now. The end is `shutdown(2)`,
//! which concerns the socket and not the descriptor.
//!
//! | socket | Linux | elsewhere |
//! |---|---|---|
//! | stream | `shutdown` | `shutdown` |
//! | listener | `shutdown`: each `accept`, now and later, fails | `shutdown` has no effect on a listener, or wakes one `accept` only: a connection to the listener wakes one, and the woken thread makes the next |
//! | Unix datagrams | `shutdown` | none |
//!
//! `shutdown` also ends the calls on a UDP socket on Linux (and reports `ENOTCONN` if that is not
//! connected). But a `recvfrom` that ends so fills in no address, and `UdpSocket::recv_from` of std
//! takes what lies there for one: it panics or fails, as chance will have it (seen with Rust 1.95).
//! So a UDP socket is not among the types.
//!
//! The duplicate is closed by the drop of the last clone, in whatever process. A forked child does
//! not end its parent's sockets: there the end of a `SocketStop` of the parent is refused.

#![forbid(unsafe_code)]

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::time::Duration;

use self::sealed::{Address, Kind};
use super::Stop;
use crate::generation::Generation;

/// Whether `shutdown` of a listener ends every `accept`, now and later.
const SHUTDOWN_ENDS_ACCEPT: bool = cfg!(target_os = "linux");

/// How long a connection to the listener may take, where that is the way to end an `accept`. It is
/// made at once, unless so many others are there already that no `accept` is blocked.
const CONNECT: Duration = Duration::from_millis(100);

/// Makes a [`SocketStop`] for `socket`: its `stop` ends every blocked call on it, and every later
/// one.
///
/// # Errors
/// If the operating system refuses another descriptor. On another system than Linux, also if a Unix
/// listener has no path.
///
/// # Examples
/// A listener that Ctrl-C ends; the whole server is the example `tcp_echo`:
/// ```
/// use std::net::TcpListener;
/// use gimmal::{Termination, stop};
///
/// let termination = Termination::install()?;
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let stop = stop::on_socket(&listener)?;
/// let _subscription = termination.on(stop.clone());
/// # termination.request();
///
/// while let Some((stream, peer)) = stop.until_stopped(listener.accept())? {
///     println!("{peer} is here");
///     drop(stream);
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn on_socket<S: NetSocket>(socket: &S) -> io::Result<SocketStop> {
    SocketStop::new(socket, Shutdown::Both)
}

/// Makes a [`SocketStop`] for `socket` whose `stop` ends receiving only: a thread that is blocked
/// in a read finds the end of the stream, and can still send its answer.
///
/// A blocked write goes on until the peer reads or goes away. What a TCP peer sends after the stop
/// is still received, so a loop over a peer that never pauses has to look at
/// [`is_stopped`](SocketStop::is_stopped). For a listener it is the same as [`on_socket`].
///
/// # Errors
/// Those of [`on_socket`].
///
/// # Examples
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use gimmal::{Stop, stop};
///
/// let (mut server, mut client) = UnixStream::pair()?;
/// let stop = stop::on_reads(&server)?;
/// client.write_all(b"a question")?;
/// stop.stop();
///
/// let mut question = String::new();
/// server.read_to_string(&mut question)?; // does not wait for the client to end
/// server.write_all(b"its answer")?;
/// assert_eq!(question, "a question");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn on_reads<S: NetSocket>(socket: &S) -> io::Result<SocketStop> {
    SocketStop::new(socket, Shutdown::Read)
}

/// Ends the blocked calls on a socket of the operating system; made by [`on_socket`] and
/// [`on_reads`].
///
/// A clone stops the same socket. Unix only.
///
/// # What the calls return
/// | call | once it is stopped | what was there before the stop |
/// |---|---|---|
/// | `accept` | an error | connections that wait to be accepted: of TCP, they are reset; of a Unix socket, they are accepted first |
/// | read of a stream | 0, the end of the stream | is read first |
/// | write to a stream | the error `BrokenPipe`; after [`on_reads`] it works as before | is sent, and then the end of the stream |
/// | receiving of a `UnixDatagram` | 0, as for an empty datagram | is received first |
/// | sending to a stopped `UnixDatagram` | the error `BrokenPipe` | |
///
/// [`until_stopped`](SocketStop::until_stopped) tells these ends from other errors. The table was
/// tried on Linux. If a TCP peer sends after the stop of [`on_socket`], it gets a reset, and what
/// was not read by then is lost.
///
/// # How long to keep it
/// It has a descriptor of its own for the socket. The socket is closed when both are gone: a peer
/// is told that the connection is over, and a listener's address is free, when the socket *and*
/// every clone of its `SocketStop` are dropped. A subscription keeps the clone that it was given
/// until it is dropped or told. Let all of them go together, as local variables of one function do.
///
/// Dropping it stops nothing.
///
/// # Other systems than Linux
/// `shutdown` ends the calls on a stream there, too. A listener is different: there `stop` makes a
/// connection to it, and `until_stopped` makes the next one for the next thread that is blocked. So
/// each `accept` must be wrapped in `until_stopped`, which then drops every connection that is
/// accepted after the stop; a Unix listener needs a path; and `stop` may take 100 ms if the
/// listener's queue is full. That way has been run on Linux only.
///
/// # Fork
/// A socket is shared with a forked child, and so would its end be. In a child, stopping a
/// `SocketStop` of the parent does nothing, and dropping it only closes the child's descriptor.
/// One that the child makes does stop the socket, for the parent as well.
///
/// # Examples
/// One thread per connection; the stop ends the ones that wait for their peer:
/// ```
/// use std::io::Read;
/// use std::net::{TcpListener, TcpStream};
/// use gimmal::{Runtime, stop, thread};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let outcome = Runtime::run(|rt| -> std::io::Result<()> {
///     let client = TcpStream::connect(listener.local_addr()?)?; // sends nothing
///     let (mut stream, _) = listener.accept()?;
///     let token = rt.termination();
///     thread::spawn(move || {
///         let stop = stop::on_socket(&stream).unwrap();
///         let _subscription = token.on(stop.clone());
///         assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
///         assert!(stop.is_stopped());
///     });
///     rt.termination().request();
///     drop(client);
///     Ok(())
/// });
/// outcome.unwrap_or_resume()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "it stops nothing by itself: subscribe it, or call `stop`"]
pub struct SocketStop {
    inner: Arc<Inner>,
}

struct Inner {
    /// The duplicate, whatever kind of socket it is.
    socket: TcpStream,
    kind: Kind,
    how: Shutdown,
    stopped: AtomicBool,
    generation: Generation,
}

impl SocketStop {
    fn new(socket: &impl NetSocket, how: Shutdown) -> io::Result<Self> {
        let kind = socket.kind()?;
        let duplicate = socket.as_fd().try_clone_to_owned()?;
        let inner = Inner {
            socket: duplicate.into(),
            kind,
            how,
            stopped: AtomicBool::new(false),
            generation: Generation::current(),
        };
        Ok(SocketStop {
            inner: Arc::new(inner),
        })
    }

    /// Returns `true` if the socket has been stopped by this one or a clone. Once `true`, it stays
    /// `true`, and it is `true` before any call on the socket ends because of that.
    ///
    /// # Examples
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use gimmal::{Stop, stop};
    ///
    /// let (stream, _peer) = UnixStream::pair()?;
    /// let stop = stop::on_socket(&stream)?;
    /// assert!(!stop.is_stopped());
    /// stop.stop();
    /// assert!(stop.is_stopped());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_stopped(&self) -> bool {
        // R: the call that has ended comes after the store by way of the kernel
        self.inner.stopped.load(Relaxed)
    }

    /// Takes what a call on the socket returned, and tells the end by a stop from other errors:
    /// returns `None` if the socket has been stopped and the call failed.
    ///
    /// What succeeded is returned: a connection that was accepted, bytes that were read, and also 0
    /// for the end of a stream, be it because of the stop or of the peer.
    ///
    /// # Errors
    /// That of the call, if the socket has not been stopped.
    ///
    /// # Examples
    /// ```
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    /// use gimmal::{Stop, stop};
    ///
    /// let (mut stream, _peer) = UnixStream::pair()?;
    /// let stop = stop::on_socket(&stream)?;
    /// assert_eq!(stop.until_stopped(stream.write(b"one"))?, Some(3));
    /// stop.stop();
    /// assert_eq!(stop.until_stopped(stream.write(b"two"))?, None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn until_stopped<R>(&self, returned: io::Result<R>) -> io::Result<Option<R>> {
        if !self.is_stopped() {
            return returned.map(Some);
        }
        let value = returned.ok();
        match &self.inner.kind {
            Kind::Listener(Some(address)) => {
                // It may be the connection that `stop` has made, and another thread may be blocked.
                address.connect();
                Ok(None)
            }
            Kind::Listener(None) | Kind::Connected => Ok(value),
        }
    }
}

impl Stop for SocketStop {
    /// Ends every blocked call on the socket, and every later one. Does nothing in a forked child.
    fn stop(&self) {
        let inner = &*self.inner;
        if !inner.generation.is_current() {
            // The parent's: the end would be that of its socket.
            return;
        }
        inner.stopped.store(true, Relaxed); // R: the system call comes after it; see `is_stopped`
        // It fails if there is no connection any more: then no call is blocked, or none for long.
        let _ = inner.socket.shutdown(inner.how);
        if let Kind::Listener(Some(address)) = &inner.kind {
            address.connect();
        }
    }
}

impl fmt::Debug for SocketStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketStop")
            .field("is_stopped", &self.is_stopped())
            .finish_non_exhaustive()
    }
}

/// The sockets of std that can be stopped: [`TcpListener`], [`TcpStream`], [`UnixListener`] and
/// [`UnixStream`]; on Linux also [`UnixDatagram`](std::os::unix::net::UnixDatagram).
///
/// [`UdpSocket`](std::net::UdpSocket) is not one: its `recv_from` can panic when its socket is shut
/// down. Give it a read time-out, and look at the stop in between. No other type can implement it.
pub trait NetSocket: sealed::Sealed {}

mod sealed {
    use super::*;

    pub trait Sealed: AsFd {
        /// # Errors
        /// If the operating system does not say where a listener can be reached.
        fn kind(&self) -> io::Result<Kind>;
    }

    /// What a socket is for.
    #[derive(Debug)]
    pub enum Kind {
        /// With the address by which an `accept` is ended, where `shutdown` does not do that.
        Listener(Option<Address>),
        /// A stream, or a socket for datagrams.
        Connected,
    }

    /// Where a listener can be reached from this machine.
    #[derive(Debug)]
    pub enum Address {
        Tcp(SocketAddr),
        Unix(PathBuf),
    }
}

impl Address {
    /// Connects to the listener, which ends one `accept`, and gives the connection up.
    fn connect(&self) {
        // Refused: the listener is gone, or its queue is full. No `accept` is blocked then.
        match self {
            Address::Tcp(address) => drop(TcpStream::connect_timeout(address, CONNECT)),
            Address::Unix(path) => drop(UnixStream::connect(path)),
        }
    }
}

impl NetSocket for TcpListener {}

impl sealed::Sealed for TcpListener {
    fn kind(&self) -> io::Result<Kind> {
        if SHUTDOWN_ENDS_ACCEPT {
            return Ok(Kind::Listener(None));
        }
        let mut local = self.local_addr()?;
        match local.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => local.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => local.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        Ok(Kind::Listener(Some(Address::Tcp(local))))
    }
}

impl NetSocket for UnixListener {}

impl sealed::Sealed for UnixListener {
    fn kind(&self) -> io::Result<Kind> {
        if SHUTDOWN_ENDS_ACCEPT {
            return Ok(Kind::Listener(None));
        }
        let local = self.local_addr()?;
        let path = local.as_pathname().ok_or(io::ErrorKind::Unsupported)?;
        Ok(Kind::Listener(Some(Address::Unix(path.into()))))
    }
}

macro_rules! connected {
    ($($socket:ty)+) => {
        $(impl NetSocket for $socket {}

        impl sealed::Sealed for $socket {
            fn kind(&self) -> io::Result<Kind> {
                Ok(Kind::Connected)
            }
        })+
    };
}

connected! { TcpStream UnixStream }

#[cfg(target_os = "linux")]
connected! { std::os::unix::net::UnixDatagram }
