//! What wires ask the operating system for, and what is told when it refuses.
#![cfg(all(feature = "net", target_os = "linux"))]
#![allow(unsafe_code)] // Sockets of the library, looked at from outside.

mod kit;

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, RawFd};

use gimmal::net::WireOptions;
use gimmal::socket::EndpointError;
use gimmal::{Context, Message};
use socket2::SockRef;

use kit::child::{Child, Part, play};
use kit::{bounded, small};

/// The child side of the test with few files.
#[test]
fn child() {
    play(PARTS);
}

const PARTS: &[Part] = &[("few files", few_files)];

/// What the operating system says of a connection.
#[derive(Debug, PartialEq)]
struct Set {
    no_delay: bool,
    send_buffer: usize,
    recv_buffer: usize,
}

/// The connection of this process that has this port on its own side.
fn connection_at(port: u16) -> Set {
    let numbers = fs::read_dir("/proc/self/fd").unwrap().filter_map(|file| {
        let name = file.ok()?.file_name();
        name.to_str()?.parse::<RawFd>().ok()
    });
    let mut found = numbers.filter_map(|number| {
        // SAFETY: it is only asked what it is. If it has been closed meanwhile, it is another file or none, and says so.
        let file = unsafe { BorrowedFd::borrow_raw(number) };
        let socket = SockRef::from(&file);
        let here = socket.local_addr().ok()?.as_socket()?;
        // Who listens has no peer.
        socket.peer_addr().ok()?;
        (here.port() == port).then(|| Set {
            no_delay: socket.tcp_nodelay().unwrap(),
            send_buffer: socket.send_buffer_size().unwrap(),
            recv_buffer: socket.recv_buffer_size().unwrap(),
        })
    });
    let first = found.next().expect("it is connected");
    assert!(found.next().is_none(), "there is one");
    first
}

/// What the accepting side of a new connection has, of a socket with these options.
fn accepted_with(options: WireOptions) -> Set {
    let (here, there) = (small().build(), small().build());
    let mut pull = here.pull().unwrap();
    pull.set_wire(options);
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    let mut push = there.push().unwrap();
    push.connect(&at).unwrap();
    push.send("through").unwrap();
    assert_eq!(pull.recv().unwrap(), "through");
    let address: SocketAddr = at.strip_prefix("tcp://").unwrap().parse().unwrap();
    connection_at(address.port())
}

#[test]
fn connections_have_the_buffers_and_the_delay_that_were_asked_for() {
    bounded(|| {
        let left_to_the_system = accepted_with(WireOptions::new());
        assert!(left_to_the_system.no_delay, "small messages leave at once");
        let (send, recv) = (20_000, 30_000);
        let options = WireOptions::new().no_delay(false);
        let asked = accepted_with(options.send_buffer(send).recv_buffer(recv));
        // Linux doubles what it is asked for, to have room for its own books.
        let wanted = Set {
            no_delay: false,
            send_buffer: 2 * send,
            recv_buffer: 2 * recv,
        };
        assert_eq!(asked, wanted);
        assert_ne!(left_to_the_system.send_buffer, asked.send_buffer);
        assert_ne!(left_to_the_system.recv_buffer, asked.recv_buffer);
    });
}

/// "Too many open files".
const EMFILE: i32 = 24;

fn few_files() -> i32 {
    let context = Context::<Message>::default();
    let mut pull = context.pull().unwrap();
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    let refused = Err(EndpointError::System(EMFILE));
    assert_eq!(pull.bind("tcp://127.0.0.1:*"), refused);
    assert_eq!(pull.connect("tcp://127.0.0.1:1"), refused);
    assert_eq!(pull.last_endpoint(), None);
    // Nothing is kept of what did not work: with files it does.
    drop(files);
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut push = context.push().unwrap();
    push.connect(&pull.last_endpoint().unwrap()).unwrap();
    push.send("with files").unwrap();
    assert_eq!(pull.recv().unwrap(), "with files");
    0
}

#[test]
fn a_process_without_files_is_told_so_and_binds_when_it_has_some() {
    Child::start_with_few_files("few files").exits_with(0);
}
