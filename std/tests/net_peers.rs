//! Wires whose peers are wrong, silent, strange or too many: each is refused with its reason, and
//! nobody else is disturbed.
#![cfg(feature = "net")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::Context;
use gimmal::net::{Heartbeat, Security, WireError, WireEvent, WireOptions, same_secret};
use gimmal::socket::{SendReason, What};
use socket2::{Domain, Socket, Type};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// Two contexts, as if of two processes.
fn both() -> (Context, Context) {
    (Context::new(), Context::new())
}

#[test]
fn identities_are_known_refused_twice_and_free_with_their_peer() {
    let (here, there) = both();
    let mut router = here.router().unwrap();
    router.bind("tcp://127.0.0.1:*").unwrap();
    let at = router.last_endpoint().unwrap();
    let events = here.events(64);
    for round in ["first", "second"] {
        let mut worker = there.dealer().unwrap();
        worker.set_identity(there.identity("worker 1")).unwrap();
        worker.connect(&at).unwrap();
        worker.send(round).unwrap();
        let (who, message) = router.recv_timeout(LONG).unwrap();
        assert_eq!(message, round);
        assert_eq!(who, here.identity("worker 1"));
        router.send_to(who, "a job").unwrap();
        assert_eq!(worker.recv_timeout(LONG).unwrap(), "a job");

        let twin_context = Context::new();
        let twin = twin_context.dealer().unwrap();
        twin.set_identity(twin_context.identity("worker 1"))
            .unwrap();
        twin.connect(&at).unwrap();
        loop {
            match events.recv_timeout(LONG).unwrap().what {
                What::Wire(WireEvent::Refused { why, .. }) => {
                    assert_eq!(why, WireError::IdentityTaken);
                    break;
                }
                _ => continue,
            }
        }
        drop((twin, twin_context));
        drop(worker);
        loop {
            let error = router
                .try_send_to(who, "nobody")
                .map_err(|error| error.reason);
            if error == Err(SendReason::Unreachable) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_pair_refuses_a_second_peer_and_takes_one_when_it_is_alone() {
    let (here, there) = both();
    let mut pair = here.pair().unwrap();
    pair.bind("tcp://127.0.0.1:*").unwrap();
    let at = pair.last_endpoint().unwrap();
    let mut first = there.pair().unwrap();
    first.connect(&at).unwrap();
    first.send("first").unwrap();
    assert_eq!(pair.recv_timeout(LONG).unwrap(), "first");
    let events = here.events(64);
    let mut second = there.pair().unwrap();
    let quick = Duration::from_millis(10);
    second.set_wire(WireOptions::new().reconnect(quick, quick));
    second.connect(&at).unwrap();
    second.send("second").unwrap();
    loop {
        if let What::Wire(WireEvent::Refused { why, .. }) = events.recv_timeout(LONG).unwrap().what
        {
            assert_eq!(why, WireError::PeerTaken);
            break;
        }
    }
    drop(first);
    assert_eq!(pair.recv_timeout(LONG).unwrap(), "second");
}

#[test]
fn credit_is_exact_when_the_peer_does_not_read() {
    /// What the system is asked to keep of one side; it may keep twice as much.
    const BUFFER: usize = 16 * 1024;
    for (size, header) in [(64, 2), (64 * 1024, 9)] {
        // A peer by hand: it shakes hands and reads nothing more.
        let context = Context::new();
        let mut push = context.push().unwrap();
        push.set_send_hwm(10).unwrap();
        push.set_wire(WireOptions::new().send_buffer(BUFFER));
        push.bind("tcp://127.0.0.1:*").unwrap();
        let at = push.last_endpoint().unwrap();
        let at: SocketAddr = at.strip_prefix("tcp://").unwrap().parse().unwrap();
        let peer = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        peer.set_recv_buffer_size(BUFFER).unwrap();
        peer.connect(&at.into()).unwrap();
        let mut peer = TcpStream::from(peer);
        shake_hands(&mut peer, "PULL");
        let body = vec![7_u8; size];
        let mut accepted = 0;
        while push
            .send_timeout(body.clone(), Duration::from_millis(500))
            .is_ok()
        {
            accepted += 1;
            assert!(accepted * size < 64 << 20, "it never blocks");
        }
        // What is in the link is exactly the mark of this side and the wire's one.
        let links = context.snapshot().links;
        assert_eq!((links[0].messages, links[0].capacity), (11, 11));
        // All else has left, but for a part of the oldest: into what the system keeps.
        let beyond = (accepted - 11) * (size + header);
        assert!(beyond <= 4 * BUFFER, "{beyond}");
        // One message read by the peer, with what the system holds before it, makes room again.
        let mut read = vec![0; 1 << 20];
        let end = Instant::now() + LONG;
        while push.try_send(body.clone()).is_err() {
            let _ = peer.read(&mut read).unwrap();
            thread::sleep(Duration::from_millis(1));
            assert!(Instant::now() < end);
        }
    }
}

/// The handshake of a peer of this type, by hand.
fn shake_hands(peer: &mut TcpStream, kind: &str) {
    let mut greeting = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1];
    greeting.extend(b"NULL");
    greeting.resize(64, 0);
    peer.write_all(&greeting).unwrap();
    let mut ready = vec![5];
    ready.extend(b"READY");
    ready.push(11);
    ready.extend(b"Socket-Type");
    ready.extend((kind.len() as u32).to_be_bytes());
    ready.extend(kind.as_bytes());
    peer.write_all(&[4, ready.len() as u8]).unwrap();
    peer.write_all(&ready).unwrap();
    let mut answer = [0; 64];
    peer.read_exact(&mut answer).unwrap();
    let mut header = [0; 2];
    peer.read_exact(&mut header).unwrap();
    let mut body = vec![0; header[1].into()];
    peer.read_exact(&mut body).unwrap();
    assert_eq!(&body[..6], b"\x05READY");
}

#[test]
fn half_open_connections_take_no_place_and_are_closed() {
    let context = Context::builder().wires(2).build();
    let mut pull = context.pull().unwrap();
    let soon = Duration::from_millis(300);
    pull.set_wire(WireOptions::new().handshake_timeout(soon).max_half_open(64));
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    let address = at.strip_prefix("tcp://").unwrap();
    let events = context.events(1024);
    let silent: Vec<_> = (0..50)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let there = Context::new();
    let mut push = there.push().unwrap();
    push.connect(&at).unwrap();
    push.send("served").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "served");
    for mut one in silent {
        one.set_read_timeout(Some(LONG)).unwrap();
        let mut rest = Vec::new();
        // Closed by the listener: the end, or a reset.
        let _ = one.read_to_end(&mut rest);
    }
    let mut late = 0;
    while late < 50 {
        if let What::Wire(WireEvent::Refused { why, .. }) = events.recv_timeout(LONG).unwrap().what
        {
            assert_eq!(why, WireError::HandshakeTimeout);
            late += 1;
        }
    }
    // One place is left: one more peer is served, a third is refused.
    let more: Vec<_> = (0..2)
        .map(|_| {
            let mut push = there.push().unwrap();
            push.connect(&at).unwrap();
            push.send("more").unwrap();
            push
        })
        .collect();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "more");
    loop {
        if let What::Wire(WireEvent::Refused { why, .. }) = events.recv_timeout(LONG).unwrap().what
        {
            assert_eq!(why, WireError::TooManyConnections);
            break;
        }
    }
    drop(more);
}

/// What is resident of this process, in KiB.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let number = line.unwrap().split_whitespace().nth(1);
    number.unwrap().parse().unwrap()
}

#[test]
fn two_hundred_half_open_connections_keep_nobody_out() {
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    let address = at.strip_prefix("tcp://").unwrap();
    let events = context.events(1024);
    #[cfg(target_os = "linux")]
    let before = resident();
    // Some say nothing, some a part of their greeting.
    let silent: Vec<_> = (0..200_usize)
        .map(|number| {
            let mut stream = TcpStream::connect(address).unwrap();
            let greeting = [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3];
            let _ = stream.write(&greeting[..number % greeting.len()]);
            (stream.local_addr().unwrap().to_string(), stream)
        })
        .collect();
    let there = Context::new();
    let mut push = there.push().unwrap();
    push.connect(&at).unwrap();
    push.send("served").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "served");
    #[cfg(target_os = "linux")]
    {
        let grown = resident().saturating_sub(before);
        assert!(grown < 20 * 1024, "{grown} KiB");
    }
    // The oldest had to go: for the others, and for the good one.
    let mut gone = Vec::new();
    while gone.len() < 200 + 1 - 128 {
        let event = events.recv_timeout(LONG).unwrap();
        if let What::Wire(WireEvent::Refused { peer, why, .. }) = event.what {
            assert_eq!(why, WireError::TooManyHalfOpen);
            gone.push(peer);
        }
    }
    gone.sort();
    let mut oldest: Vec<_> = silent.iter().map(|(peer, _)| peer.clone()).collect();
    oldest.truncate(gone.len());
    oldest.sort();
    assert_eq!(gone, oldest);
}

#[test]
fn a_silent_peer_is_found_out_by_heartbeats_and_its_own_questions_are_answered() {
    let context = Context::new();
    let pull = context.pull().unwrap();
    let beat = Heartbeat::every(Duration::from_millis(100)).timeout(Duration::from_millis(400));
    pull.set_wire(WireOptions::new().heartbeat(beat));
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let events = context.events(64);
    let at = pull.last_endpoint().unwrap();
    let mut peer = TcpStream::connect(at.strip_prefix("tcp://").unwrap()).unwrap();
    peer.set_read_timeout(Some(LONG)).unwrap();
    shake_hands(&mut peer, "PUSH");
    peer.write_all(b"\x04\x0a\x04PING\0\0abc").unwrap();
    let mut answer = [0; 10];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\x04\x08\x04PONGabc");
    let mut question = [0; 9];
    peer.read_exact(&mut question).unwrap();
    assert_eq!(&question[..7], b"\x04\x07\x04PING");
    loop {
        if let What::Wire(WireEvent::Disconnected { why, .. }) =
            events.recv_timeout(LONG).unwrap().what
        {
            assert_eq!(why, WireError::Silence);
            break;
        }
    }
    let mut rest = Vec::new();
    let _ = peer.read_to_end(&mut rest);
}

#[test]
fn the_silence_that_a_ping_allows_begins_again_with_the_next_ping_only() {
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let events = context.events(64);
    let at = pull.last_endpoint().unwrap();
    let mut peer = TcpStream::connect(at.strip_prefix("tcp://").unwrap()).unwrap();
    shake_hands(&mut peer, "PUSH");
    // Whoever says something else after it is alive, and may be silent for as long as it likes.
    for word in ["a message", "more"] {
        peer.write_all(b"\x04\x07\x04PING\0\x02").unwrap();
        peer.write_all(&[0, word.len() as u8]).unwrap();
        peer.write_all(word.as_bytes()).unwrap();
        assert_eq!(pull.recv_timeout(LONG).unwrap(), word);
        thread::sleep(Duration::from_millis(500));
    }
    // Whoever says nothing else is gone.
    peer.write_all(b"\x04\x07\x04PING\0\x02").unwrap();
    loop {
        if let What::Wire(WireEvent::Disconnected { why, .. }) =
            events.recv_timeout(LONG).unwrap().what
        {
            assert_eq!(why, WireError::Silence);
            break;
        }
    }
}

#[test]
fn plain_lets_in_who_knows_the_password_and_tells_of_who_does_not() {
    let (here, there) = both();
    let mut pull = here.pull().unwrap();
    pull.set_wire(
        WireOptions::new().security(Security::plain_server(|client| {
            assert_ne!(
                client.username, "bomb",
                "a check that panics lets nobody in"
            );
            client.username == "admin" && same_secret(&client.password, "sesame")
        })),
    );
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    let events = here.events(64);
    let wrong = [
        Some(Security::plain_client("admin", "barley")),
        Some(Security::plain_client("bomb", "sesame")),
        None,
    ];
    for security in wrong {
        let mut push = there.push().unwrap();
        if let Some(security) = security {
            push.set_wire(WireOptions::new().security(security));
        }
        push.connect(&at).unwrap();
        push.send("no").unwrap();
        loop {
            if let What::Wire(WireEvent::Refused { why, .. }) =
                events.recv_timeout(LONG).unwrap().what
            {
                assert!(matches!(why, WireError::Security(_)), "{why:?}");
                break;
            }
        }
        push.disconnect(&at).unwrap();
    }
    let mut push = there.push().unwrap();
    push.set_wire(WireOptions::new().security(Security::plain_client("admin", "sesame")));
    push.connect(&at).unwrap();
    push.send("yes").unwrap();
    // Nothing of the others has come.
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "yes");
}
