//! `stop::on_socket` and `stop::on_reads`: what the calls on a stopped socket return, whether they are blocked when it is
//! stopped or come later.
#![cfg(unix)]

mod kit;
#[path = "stop_sockets/signals.rs"]
mod signals;

use std::fmt::Debug;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Builder};

use gimmal::stop::{NetSocket, SocketStop, on_reads, on_socket};
use gimmal::{Runtime, Stop};
use tempfile::TempDir;

use kit::child::play;
use kit::{SHORT, bounded, until_it_sleeps};

/// The child side of the tests with a signal.
#[test]
fn child() {
    play(signals::PARTS);
}

/// A listener of any kind.
trait Listener: NetSocket + Send + Sync + Sized + 'static {
    type Stream: NetSocket + Read + Write + Debug + Send + Sync + 'static;

    fn accepts(&self) -> io::Result<Self::Stream>;
    fn connects(&self) -> io::Result<Self::Stream>;
    /// The reads of this side return at once.
    fn never_waits(stream: &Self::Stream);
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    fn accepts(&self) -> io::Result<TcpStream> {
        self.accept().map(|(stream, _)| stream)
    }

    fn connects(&self) -> io::Result<TcpStream> {
        TcpStream::connect(self.local_addr()?)
    }

    fn never_waits(stream: &TcpStream) {
        stream.set_nonblocking(true).unwrap();
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    fn accepts(&self) -> io::Result<UnixStream> {
        self.accept().map(|(stream, _)| stream)
    }

    fn connects(&self) -> io::Result<UnixStream> {
        UnixStream::connect(self.local_addr()?.as_pathname().unwrap())
    }

    fn never_waits(stream: &UnixStream) {
        stream.set_nonblocking(true).unwrap();
    }
}

fn v4() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// `None` on a machine without IPv6.
fn v6() -> Option<TcpListener> {
    TcpListener::bind("[::1]:0").ok()
}

fn unix() -> (UnixListener, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(directory.path().join("socket")).unwrap();
    (listener, directory)
}

/// Both ends of a connection: the one that is accepted, and the one that connects.
fn connected<L: Listener>(listener: &L) -> (L::Stream, L::Stream) {
    let connects = listener.connects().unwrap();
    (listener.accepts().unwrap(), connects)
}

/// What `call` returns in a thread that was blocked in it before the stop.
fn blocked<R: Send + 'static>(
    name: &str,
    stop: &SocketStop,
    call: impl FnOnce() -> R + Send + 'static,
) -> R {
    let thread = Builder::new().name(name.into()).spawn(call).unwrap();
    until_it_sleeps(name);
    assert!(!stop.is_stopped() && !thread.is_finished());
    stop.stop();
    assert!(stop.is_stopped());
    bounded(move || thread.join().unwrap())
}

fn a_blocked_accept_ends<L: Listener>(name: &str, listener: L) {
    let stop = on_socket(&listener).unwrap();
    let its = stop.clone();
    let ended = blocked(name, &stop, move || its.until_stopped(listener.accepts()));
    assert!(ended.unwrap().is_none());
}

#[test]
fn a_blocked_accept_ends_with_the_stop() {
    a_blocked_accept_ends("accept-v4", v4());
    if let Some(listener) = v6() {
        a_blocked_accept_ends("accept-v6", listener);
    }
    let (listener, _directory) = unix();
    a_blocked_accept_ends("accept-unix", listener);
}

fn later_accepts_end<L: Listener>(listener: L) {
    let stop = on_socket(&listener).unwrap();
    for _ in 0..3 {
        stop.stop();
        stop.clone().stop();
        // Each of them, not only one.
        for _ in 0..3 {
            assert!(stop.until_stopped(listener.accepts()).unwrap().is_none());
        }
    }
}

#[test]
fn an_accept_after_the_stop_ends_at_once_and_a_second_stop_changes_nothing() {
    bounded(|| {
        later_accepts_end(v4());
        let (listener, _directory) = unix();
        later_accepts_end(listener);
    });
}

fn every_accept_ends<L: Listener>(listener: L) {
    let (stop, listener) = (on_socket(&listener).unwrap(), Arc::new(listener));
    let ended = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let (stop, listener, ended) = (stop.clone(), listener.clone(), ended.clone());
            thread::spawn(move || {
                while stop.until_stopped(listener.accepts()).unwrap().is_some() {}
                ended.fetch_add(1, SeqCst);
            })
        })
        .collect();
    // It serves until then.
    for _ in 0..32 {
        drop(listener.connects().unwrap());
    }
    assert_eq!(ended.load(SeqCst), 0);
    stop.stop();
    bounded(move || {
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap())
    });
    assert_eq!(ended.load(SeqCst), 16);
}

#[test]
fn all_threads_that_accept_at_one_listener_end() {
    every_accept_ends(v4());
    let (listener, _directory) = unix();
    every_accept_ends(listener);
}

/// No connection is lost in silence: its peer is told, or it is accepted.
#[cfg(target_os = "linux")]
#[test]
fn connections_that_wait_to_be_accepted_are_reset_by_tcp_and_accepted_of_unix() {
    bounded(|| {
        let listener = v4();
        let stop = on_socket(&listener).unwrap();
        let mut waits = listener.connects().unwrap();
        stop.stop();
        assert!(stop.until_stopped(listener.accept()).unwrap().is_none());
        let told = waits.read(&mut [0]).unwrap_err();
        assert_eq!(told.kind(), ErrorKind::ConnectionReset);
        let refused = listener.connects().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);

        let (listener, _directory) = unix();
        let stop = on_socket(&listener).unwrap();
        let mut waits = listener.connects().unwrap();
        stop.stop();
        let refused = listener.connects().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let accepted = stop.until_stopped(listener.accept()).unwrap();
        assert_eq!(accepted.unwrap().0.write(b"x").unwrap(), 1);
        assert_eq!(waits.read(&mut [0]).unwrap(), 1);
        assert!(stop.until_stopped(listener.accept()).unwrap().is_none());
    });
}

fn a_blocked_read_ends<L: Listener>(
    name: &str,
    listener: &L,
    stop: fn(&L::Stream) -> io::Result<SocketStop>,
) {
    let (mut stream, mut peer) = connected(listener);
    let stop = stop(&stream).unwrap();
    let its = stop.clone();
    let ended = blocked(name, &stop, move || {
        let ended = its.until_stopped(stream.read(&mut [0; 8])).unwrap();
        (ended, stream)
    });
    assert_eq!(ended.0, Some(0));
    // The peer is told when both descriptors are gone, if not before.
    drop((ended, stop));
    assert_eq!(bounded(move || peer.read(&mut [0]).unwrap()), 0);
}

#[test]
fn a_blocked_read_ends_with_the_end_of_the_stream() {
    let (listener, _directory) = unix();
    a_blocked_read_ends("read-v4", &v4(), on_socket);
    a_blocked_read_ends("read-unix", &listener, on_socket);
    a_blocked_read_ends("reads-v4", &v4(), on_reads);
    a_blocked_read_ends("reads-unix", &listener, on_reads);
    if let Some(listener) = v6() {
        a_blocked_read_ends("read-v6", &listener, on_socket);
    }
}

fn a_blocked_write_ends<L: Listener>(name: &str, listener: &L) {
    let (mut stream, _peer) = connected(listener);
    let stop = on_socket(&stream).unwrap();
    let its = stop.clone();
    let ended = blocked(name, &stop, move || {
        loop {
            // A write that had begun says how far it came.
            let written = stream.write(&[7; 1 << 16]);
            let kind = written.as_ref().err().map(io::Error::kind);
            if its.until_stopped(written).unwrap().is_none() {
                return kind;
            }
        }
    });
    assert_eq!(ended, Some(ErrorKind::BrokenPipe));
}

#[test]
fn a_blocked_write_to_a_peer_that_does_not_read_ends() {
    a_blocked_write_ends("write-v4", &v4());
    let (listener, _directory) = unix();
    a_blocked_write_ends("write-unix", &listener);
}

/// What was received before the stop is read after it.
#[cfg(target_os = "linux")]
fn what_was_received_is_read<L: Listener>(listener: &L) {
    for stops in [on_socket, on_reads] {
        let (mut stream, mut peer) = connected(listener);
        let stop = stops(&stream).unwrap();
        peer.write_all(b"before").unwrap();
        // It has arrived when a part of it can be read.
        let mut first = [0; 2];
        stream.read_exact(&mut first).unwrap();
        stop.stop();
        stop.stop();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!((&first, rest.as_slice()), (b"be", b"fore".as_slice()));
        assert_eq!(stream.read(&mut first).unwrap(), 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_received_before_the_stop_is_read_first() {
    bounded(|| {
        what_was_received_is_read(&v4());
        let (listener, _directory) = unix();
        what_was_received_is_read(&listener);
    });
}

fn answers_after_the_stop<L: Listener>(listener: &L) {
    let (mut stream, mut peer) = connected(listener);
    on_reads(&stream).unwrap().stop();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    stream.write_all(b"answer").unwrap();
    drop(stream);
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer");

    // The whole stop sends what was written before, and nothing after it.
    let (mut stream, mut peer) = connected(listener);
    let stop = on_socket(&stream).unwrap();
    stream.write_all(b"before").unwrap();
    stop.stop();
    let written = stream.write(b"after");
    let kind = written.as_ref().unwrap_err().kind();
    assert_eq!(kind, ErrorKind::BrokenPipe);
    assert_eq!(stop.until_stopped(written).unwrap(), None);
    let mut all = String::new();
    peer.read_to_string(&mut all).unwrap();
    assert_eq!(all, "before");
}

#[test]
fn a_stop_of_reads_lets_the_answer_go_out_and_a_whole_stop_what_was_written_before() {
    bounded(|| {
        answers_after_the_stop(&v4());
        let (listener, _directory) = unix();
        answers_after_the_stop(&listener);
    });
}

#[test]
fn other_errors_are_not_taken_for_the_stop() {
    bounded(|| {
        let listener = v4();
        let stop = on_socket(&listener).unwrap();
        listener.set_nonblocking(true).unwrap();
        let nobody = stop.until_stopped(listener.accept()).unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::WouldBlock);
        stop.stop();
        assert!(stop.until_stopped(listener.accept()).unwrap().is_none());

        let (mut stream, peer) = connected(&v4());
        let stop = on_socket(&stream).unwrap();
        stream.set_read_timeout(Some(SHORT)).unwrap();
        let late = stop.until_stopped(stream.read(&mut [0])).unwrap_err();
        assert!([ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&late.kind()));
        drop(peer);
        // The peer's end is no stop, and a stop after it is no error.
        assert_eq!(stop.until_stopped(stream.read(&mut [0])).unwrap(), Some(0));
        assert!(!stop.is_stopped());
        stop.stop();
        assert_eq!(stop.until_stopped(stream.read(&mut [0])).unwrap(), Some(0));
    });
}

/// Dropping one stops nothing, and closes its descriptor: the connection is over when both are gone.
fn the_descriptor_goes<L: Listener>(listener: &L) {
    let (mut stream, mut peer) = connected(listener);
    let stop = on_socket(&stream).unwrap();
    drop((stop.clone(), on_reads(&stream).unwrap()));
    peer.write_all(b"x").unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 1);
    drop(stream);
    L::never_waits(&peer);
    let still = peer.read(&mut [0]).unwrap_err();
    assert_eq!(still.kind(), ErrorKind::WouldBlock);
    drop(stop);
    kit::until(|| peer.read(&mut [0]).is_ok_and(|length| length == 0));
}

#[test]
fn dropping_it_stops_nothing_and_closes_its_descriptor() {
    the_descriptor_goes(&v4());
    let (listener, _directory) = unix();
    the_descriptor_goes(&listener);
}

/// The address of a listener is free when its stop is gone, too, whether it was stopped or not.
#[test]
fn an_address_is_free_when_the_listener_and_its_stop_are_gone() {
    for stopped in [false, true] {
        let listener = v4();
        let stop = on_socket(&listener).unwrap();
        let address = listener.local_addr().unwrap();
        if stopped {
            stop.stop();
        }
        drop((listener, stop));
        // A process that is being started for another test may have the descriptors until it executes.
        kit::until(|| TcpListener::bind(address).is_ok());
    }
}

#[test]
fn a_token_stops_what_is_subscribed_and_not_what_was_removed() {
    let (kept, removed) = (v4(), v4());
    let outcome = bounded(move || {
        Runtime::run(|run| {
            let (token, stop) = (run.termination(), on_socket(&kept).unwrap());
            let _subscription = token.on(stop.clone());
            let other = on_socket(&removed).unwrap();
            drop(token.on(other.clone()));
            token.request();
            assert!(stop.until_stopped(kept.accept()).unwrap().is_none());
            assert!(!other.is_stopped());
            let _peer = removed.connects().unwrap();
            assert!(other.until_stopped(removed.accept()).unwrap().is_some());
            // Who comes after the request is stopped on the spot.
            let _late = token.on(other.clone());
            assert!(other.until_stopped(removed.accept()).unwrap().is_none());
        })
    });
    outcome.unwrap_or_resume();
}

#[cfg(target_os = "linux")]
#[test]
fn a_unix_datagram_socket_is_stopped_once_it_is_read() {
    use std::os::unix::net::UnixDatagram;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let (socket, peer) = (
        UnixDatagram::bind(&path).unwrap(),
        UnixDatagram::unbound().unwrap(),
    );
    let stop = on_socket(&socket).unwrap();
    peer.send_to(b"one", &path).unwrap();
    let its = stop.clone();
    let read = blocked("datagram", &stop, move || {
        let mut buffer = [0; 8];
        let mut read = Vec::new();
        while let Some(length) = its.until_stopped(socket.recv(&mut buffer)).unwrap() {
            if length == 0 {
                break;
            }
            read.push(length);
        }
        assert_eq!(socket.recv_from(&mut buffer).unwrap().0, 0);
        read
    });
    assert_eq!(read, [3]);
}

#[test]
fn a_stop_says_whether_it_has_been_used() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stop = on_socket(&listener).unwrap();
    assert_eq!(format!("{stop:?}"), "SocketStop { is_stopped: false, .. }");
    stop.clone().stop();
    assert_eq!(format!("{stop:?}"), "SocketStop { is_stopped: true, .. }");
}
