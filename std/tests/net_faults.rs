//! What wires do when connections break, peers stall, and sockets go: nothing is lost that has come,
//! no answer reaches the wrong question, and no wire stops the others.
#![cfg(feature = "net")]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use gimmal::net::{Heartbeat, WireEvent, WireInfo, WireOptions, WireStage};
use gimmal::socket::{RecvError, Router, SendReason, What};
use gimmal::{Context, Frame};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// The handshake of a peer of this type, by hand.
fn shake_hands(peer: &mut TcpStream, kind: &str) {
    peer.set_read_timeout(Some(LONG)).unwrap();
    let mut greeting = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1];
    greeting.extend(b"NULL");
    greeting.resize(64, 0);
    peer.write_all(&greeting).unwrap();
    let mut ready = b"\x05READY\x0bSocket-Type".to_vec();
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

fn connected(endpoint: &str, kind: &str) -> TcpStream {
    let mut peer = TcpStream::connect(endpoint.strip_prefix("tcp://").unwrap()).unwrap();
    shake_hands(&mut peer, kind);
    peer
}

/// Waits until the context has so many wires.
fn has_wires(context: &Context, wires: usize) {
    let end = Instant::now() + LONG;
    while context.snapshot().wires.len() != wires {
        assert!(Instant::now() < end, "{:?}", context.snapshot().wires);
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_socket_that_closes_before_its_answers_are_read_stops_no_other_wire() {
    let context = Context::new();
    let pull = context.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut peer = connected(&pull.last_endpoint().unwrap(), "PUSH");
    // It asks, and does not read the answers, until nothing more is taken.
    let questions = b"\x04\x17\x04PING\0\x000123456789abcdef".repeat(1000);
    peer.set_write_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let mut asked = 0;
    let stopped = loop {
        match peer.write(&questions[asked % questions.len()..]) {
            Ok(bytes) => asked += bytes,
            Err(why) => break why,
        }
        assert!(asked < 256 << 20, "its answers are kept without end");
    };
    assert!(matches!(
        stopped.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));
    pull.close();
    has_wires(&context, 0);
    let mut other = context.pull().unwrap();
    other.bind("tcp://127.0.0.1:*").unwrap();
    let there = Context::new();
    let mut push = there.push().unwrap();
    push.connect(&other.last_endpoint().unwrap()).unwrap();
    push.send("served").unwrap();
    assert_eq!(other.recv_timeout(LONG).unwrap(), "served");
}

#[test]
fn what_has_come_is_received_although_nothing_can_be_written_any_more() {
    let context = Context::new();
    let mut dealer = context.dealer().unwrap();
    dealer.set_recv_hwm(1).unwrap();
    dealer.bind("tcp://127.0.0.1:*").unwrap();
    let mut peer = connected(&dealer.last_endpoint().unwrap(), "DEALER");
    for number in 0..100 {
        peer.write_all(&[0, 1, number]).unwrap();
    }
    drop(peer);
    // The first is answered by a reset, the others cannot be written.
    for _ in 0..5 {
        thread::sleep(Duration::from_millis(20));
        // It may have heard of the end.
        let _ = dealer.try_send("nobody reads it");
    }
    for number in 0..100 {
        let got = dealer.recv_timeout(LONG).expect("all has come");
        assert_eq!(got.as_bytes(), [number]);
    }
    has_wires(&context, 0);
}

#[test]
fn what_was_written_arrives_although_the_peers_own_messages_were_not_read() {
    let context = Context::new();
    let mut dealer = context.dealer().unwrap();
    dealer.set_recv_hwm(1).unwrap();
    dealer.set_linger(Some(LONG));
    dealer.bind("tcp://127.0.0.1:*").unwrap();
    let mut peer = connected(&dealer.last_endpoint().unwrap(), "DEALER");
    // More than the wire reads ahead.
    let mut message = b"\x02\0\0\0\0\0\0\x20\0".to_vec();
    message.resize(9 + 0x2000, 0);
    peer.write_all(&message.repeat(40)).unwrap();
    dealer.recv_timeout(LONG).unwrap();
    let body = vec![7; 60_000];
    let mut sent = 0;
    // As much as the system takes of a peer that does not read yet.
    while dealer
        .send_timeout(body.clone(), Duration::from_millis(300))
        .is_ok()
    {
        sent += 1;
        if sent == 200 {
            break;
        }
    }
    let reading = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        let mut got = Vec::<u8>::new();
        let mut piece = vec![0; 4096];
        loop {
            match peer.read(&mut piece) {
                Ok(0) => return Ok(got.len()),
                Ok(bytes) => got.extend(&piece[..bytes]),
                Err(why) => return Err((got.len(), why.kind())),
            }
            // Slower than the other side closes.
            thread::sleep(Duration::from_micros(100));
        }
    });
    assert_eq!(dealer.close().unread, 0);
    assert_eq!(reading.join().unwrap(), Ok(sent * (9 + 60_000)));
}

#[test]
fn an_answer_that_came_before_its_question_is_no_answer() {
    let context = Context::new();
    let mut req = context.req().unwrap();
    req.bind("tcp://127.0.0.1:*").unwrap();
    let mut peer = connected(&req.last_endpoint().unwrap(), "REP");
    let answer = |text: &[u8]| [b"\x01\x00\x00\x05", text].concat();
    peer.write_all(&answer(b"stale").repeat(5000)).unwrap();
    let (mut question, mut pong) = ([0; 8], [0; 7]);
    for text in [b"right", b"again"] {
        // What was said before this is heard when it is answered.
        peer.write_all(b"\x04\x07\x04PING\0\0").unwrap();
        peer.read_exact(&mut pong).unwrap();
        assert_eq!(&pong, b"\x04\x05\x04PONG");
        req.send_timeout("what", LONG).unwrap();
        peer.read_exact(&mut question).unwrap();
        assert_eq!(&question, b"\x01\x00\x00\x04what");
        peer.write_all(&answer(text)).unwrap();
        peer.write_all(&answer(b"twice").repeat(10)).unwrap();
        assert_eq!(req.recv_timeout(LONG).unwrap().as_bytes(), text);
    }
}

#[test]
fn an_answer_goes_to_nobody_when_its_question_came_by_another_connection() {
    let context = Context::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut rep = context.rep().unwrap();
    let quick = Duration::from_millis(10);
    rep.set_wire(WireOptions::new().reconnect(quick, quick));
    rep.connect(&format!("tcp://{}", listener.local_addr().unwrap()))
        .unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    shake_hands(&mut peer, "REQ");
    peer.write_all(b"\x01\x00\x00\x05first").unwrap();
    assert_eq!(rep.recv_timeout(LONG).unwrap(), "first");
    drop(peer);
    let (mut peer, _) = listener.accept().unwrap();
    shake_hands(&mut peer, "REQ");
    peer.write_all(b"\x01\x00\x00\x06second").unwrap();
    let _ = rep.send("1");
    assert_eq!(rep.recv_timeout(LONG).unwrap(), "second");
    rep.send("2").unwrap();
    let mut answer = [0; 5];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\x01\x00\x00\x012");
}

#[test]
fn what_a_router_sends_to_a_peer_that_has_gone_reaches_no_other_and_is_told() {
    let context = Context::new();
    let events = context.events(64);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut router = context.router().unwrap();
    let quick = Duration::from_millis(10);
    router.set_wire(WireOptions::new().reconnect(quick, quick));
    router.set_send_hwm(4).unwrap();
    router
        .connect(&format!("tcp://{}", listener.local_addr().unwrap()))
        .unwrap();
    let ask = |router: &mut Router, text: &[u8; 5]| {
        let (mut peer, _) = listener.accept().unwrap();
        shake_hands(&mut peer, "REQ");
        peer.write_all(b"\x01\x00\x00\x05").unwrap();
        peer.write_all(text).unwrap();
        let (asker, question) = router.recv_timeout(LONG).unwrap();
        assert_eq!(question.as_bytes(), text);
        (peer, asker)
    };
    // It does not read: the last of the answers are not written when it goes.
    let (peer, first) = ask(&mut router, b"first");
    let mut waiting = 0;
    while waiting < 4 {
        match router.try_send_to(first, Frame::from(vec![0; 1 << 20])) {
            Ok(()) => waiting = 0,
            Err(_) => waiting += 1,
        }
        thread::sleep(Duration::from_millis(5));
    }
    drop(peer);
    let lost = loop {
        let event = events.recv_timeout(LONG).unwrap();
        if let What::Wire(WireEvent::Disconnected { lost, .. }) = event.what {
            break lost;
        }
    };
    assert!(lost > 0);
    let (mut peer, second) = ask(&mut router, b"other");
    assert_ne!(first, second);
    let late = router.try_send_to(first, "for the first").unwrap_err();
    assert_eq!(late.reason, SendReason::Unreachable);
    router.send_to(second, "2").unwrap();
    let mut answer = [0; 5];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\x01\x00\x00\x012");
}

#[test]
fn a_peer_is_not_silent_while_it_is_not_listened_to() {
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.set_recv_hwm(1).unwrap();
    let beat = Heartbeat::every(Duration::from_millis(200)).timeout(Duration::from_millis(300));
    pull.set_wire(WireOptions::new().heartbeat(beat));
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut peer = connected(&pull.last_endpoint().unwrap(), "PUSH");
    peer.write_all(&b"\x00\x01x".repeat(10)).unwrap();
    thread::sleep(Duration::from_millis(600));
    for _ in 0..10 {
        assert_eq!(pull.recv_timeout(LONG).unwrap(), "x");
    }
    // It is asked first.
    let mut question = [0; 9];
    peer.read_exact(&mut question).unwrap();
    assert_eq!(&question[..7], b"\x04\x07\x04PING");
}

#[test]
fn times_without_end_are_times_without_end() {
    let context = Context::new();
    let there = Context::new();
    let mut pull = there.pull().unwrap();
    pull.set_wire(WireOptions::new().heartbeat(Heartbeat::every(Duration::MAX)));
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut push = context.push().unwrap();
    push.set_linger(Some(Duration::MAX));
    push.set_wire(
        WireOptions::new()
            .heartbeat(Heartbeat::every(Duration::MAX))
            .handshake_timeout(Duration::MAX),
    );
    push.connect(&pull.last_endpoint().unwrap()).unwrap();
    (0..100).for_each(|_| push.send("x").unwrap());
    context.shutdown();
    (0..100).for_each(|_| assert_eq!(pull.recv_timeout(LONG).unwrap(), "x"));
    let dead = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("tcp://{}", dead.local_addr().unwrap());
    drop(dead);
    let push = there.push().unwrap();
    push.set_wire(WireOptions::new().reconnect(Duration::MAX, Duration::MAX));
    let events = there.events(16);
    push.connect(&at).unwrap();
    loop {
        let event = events.recv_timeout(LONG).unwrap().to_string();
        if event.contains("again") {
            break;
        }
    }
    assert_eq!(
        there
            .snapshot()
            .wires
            .iter()
            .filter(|wire| wire.endpoint == at)
            .count(),
        1
    );
    push.close();
}

#[test]
fn both_sides_send_much_and_have_little_room() {
    let (here, there) = (Context::new(), Context::new());
    let (mut a, mut b) = (here.pair().unwrap(), there.pair().unwrap());
    for pair in [&a, &b] {
        pair.set_send_hwm(1).unwrap();
        pair.set_recv_hwm(1).unwrap();
    }
    a.bind("tcp://127.0.0.1:*").unwrap();
    b.connect(&a.last_endpoint().unwrap()).unwrap();
    let body = vec![1; 64 * 1024];
    thread::scope(|scope| {
        for pair in [&mut a, &mut b] {
            let body = body.clone();
            scope.spawn(move || {
                // More is on its way than the system holds, before anything is received.
                let (mut sent, mut got) = (0, 0);
                let end = Instant::now() + LONG;
                while got < 500 || sent < 500 {
                    assert!(Instant::now() < end, "{sent} sent, {got} received");
                    if sent < 500 && pair.try_send(body.clone()).is_ok() {
                        sent += 1;
                        continue;
                    }
                    match pair.recv_timeout(Duration::from_millis(1)) {
                        Ok(message) => {
                            assert_eq!(message.as_bytes().len(), body.len());
                            got += 1;
                        }
                        Err(RecvError::TimedOut) => {}
                        Err(why) => panic!("{why}"),
                    }
                }
            });
        }
    });
}

#[test]
fn wires_end_with_a_context_that_is_dropped_and_sockets_that_go_in_the_handshake() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("tcp://{}", silent.local_addr().unwrap());
    for round in 0..30 {
        let context = Context::new();
        let pull = context.pull().unwrap();
        pull.bind("tcp://127.0.0.1:*").unwrap();
        let listens_at = pull.last_endpoint().unwrap();
        let push = context.push().unwrap();
        push.connect(&at).unwrap();
        let address = listens_at.strip_prefix("tcp://").unwrap();
        let half_open = TcpStream::connect(address).unwrap();
        let mut other = connected(&listens_at, "PUSH");
        has_wires(&context, 2);
        // Until its link is made, an unbind refuses it.
        let end = Instant::now() + LONG;
        let is_linked = |wire: &WireInfo| wire.stage == WireStage::Connected;
        while !context.snapshot().wires.iter().any(is_linked) {
            assert!(Instant::now() < end);
            thread::sleep(Duration::from_millis(1));
        }
        match round % 3 {
            0 => {
                drop((pull, push));
                has_wires(&context, 0);
                context.term_timeout(LONG).unwrap();
            }
            1 => drop((context, pull, push)),
            _ => {
                push.disconnect(&at).unwrap();
                pull.unbind(&listens_at).unwrap();
                has_wires(&context, 1);
                other.write_all(b"\x00\x01x").unwrap();
                drop(pull);
                has_wires(&context, 0);
            }
        }
        // Both connections are closed, also the one whose handshake was not over.
        for mut stream in [half_open, other] {
            stream.set_read_timeout(Some(LONG)).unwrap();
            let mut rest = Vec::new();
            match stream.read_to_end(&mut rest) {
                Ok(_) => {}
                Err(why) => assert_eq!(why.kind(), ErrorKind::ConnectionReset, "round {round}"),
            }
        }
    }
}

/// Bytes whose drop stops the thread that drops them, until it is let go.
struct Holds(mpsc::Sender<()>, mpsc::Receiver<()>);

impl AsRef<[u8]> for Holds {
    fn as_ref(&self) -> &[u8] {
        &[0; 2000]
    }
}

impl Drop for Holds {
    fn drop(&mut self) {
        let _ = self.0.send(());
        let _ = self.1.recv_timeout(LONG);
    }
}

/// The I/O thread is held meanwhile: nothing here may need it.
#[test]
fn a_question_is_written_by_the_thread_that_asks() {
    let context = Context::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    let mut req = context.req().unwrap();
    req.connect(&endpoint).unwrap();
    let (mut rep, _) = listener.accept().unwrap();
    shake_hands(&mut rep, "REP");
    let mut push = context.push().unwrap();
    push.connect(&endpoint).unwrap();
    let (mut pull, _) = listener.accept().unwrap();
    shake_hands(&mut pull, "PULL");
    // One round the usual way; then the wire has nothing left to do.
    let frames = b"\x01\0\0\x05hello";
    let mut asked = [0; 9];
    req.send("hello").unwrap();
    rep.read_exact(&mut asked).unwrap();
    rep.write_all(frames).unwrap();
    assert_eq!(req.recv_timeout(LONG).unwrap(), "hello");

    let (told, is_held) = mpsc::channel();
    let (let_go, go_on) = mpsc::channel();
    push.send(Frame::from_owner(Holds(told, go_on))).unwrap();
    is_held.recv_timeout(LONG).unwrap();
    // Before it is let go in any case.
    rep.set_read_timeout(Some(LONG / 4)).unwrap();
    req.send("hello").unwrap();
    rep.read_exact(&mut asked).expect("without the I/O thread");
    assert_eq!(asked, *frames);
    drop(let_go);
}
