//! Connections that cannot be made, or break: they are made again, later each time, and what a broken
//! one had cut off is sent again, once.
#![cfg(feature = "net")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use gimmal::channel::Receiver;
use gimmal::net::{WireError, WireEvent, WireOptions};
use gimmal::socket::{RecvError, SocketEvent, What};
use gimmal::{Context, Message, Push};
use socket2::SockRef;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// The next thing that happens to a wire.
fn next(events: &Receiver<SocketEvent>) -> WireEvent {
    loop {
        if let What::Wire(event) = events.recv_timeout(LONG).unwrap().what {
            return event;
        }
    }
}

#[test]
fn a_connect_to_a_closed_port_tells_when_it_is_tried_again() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("tcp://{}", port.local_addr().unwrap());
    drop(port);
    let context = Context::new();
    let events = context.events(64);
    let mut push = context.push().unwrap();
    let (first, most) = (Duration::from_millis(20), Duration::from_millis(80));
    push.set_wire(WireOptions::new().reconnect(first, most));
    let begun = Instant::now();
    push.connect(&at).unwrap();
    let mut waited = Duration::ZERO;
    for whole in [first, 2 * first, most, most] {
        let refused = next(&events);
        let WireEvent::Refused { endpoint, why, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(*endpoint, at);
        assert!(matches!(why, WireError::Io(_)), "{why:?}");
        assert!(begun.elapsed() >= waited, "it has not waited");
        let retrying = next(&events);
        let WireEvent::Retrying { endpoint, wait } = retrying else {
            panic!("{retrying}");
        };
        assert_eq!(endpoint, at);
        assert!(whole * 3 / 4 < wait && wait <= whole, "{wait:?}");
        waited += wait;
    }
    // The port opens: the next try finds it.
    let there = Context::new();
    let mut pull = there.pull().unwrap();
    pull.bind(&at).unwrap();
    push.send("at last").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "at last");
}

/// How much the system keeps for one side of a connection: little, so that no large message fits.
const BUFFER: usize = 16 * 1024;

/// The frames of the message that is cut off, all much larger than what the system keeps.
const LARGE: [usize; 3] = [5, 400_000, 400_000];

fn large() -> Message {
    let body = |len: usize| (0..len).map(|at| (at % 251) as u8).collect::<Vec<u8>>();
    Message::from_frames(LARGE.map(body))
}

/// A Pull by hand.
struct Peer(TcpStream);

impl Peer {
    /// Shakes hands.
    fn new(mut stream: TcpStream) -> Peer {
        SockRef::from(&stream).set_recv_buffer_size(BUFFER).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut greeting = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1];
        greeting.extend(b"NULL");
        greeting.resize(64, 0);
        stream.write_all(&greeting).unwrap();
        let ready = b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PULL";
        stream.write_all(ready).unwrap();
        stream.read_exact(&mut [0; 64]).unwrap();
        let mut peer = Peer(stream);
        let (flags, len) = peer.header().expect("READY");
        assert_eq!(flags, 4);
        peer.body(len);
        peer
    }

    /// The flags and the length of the next frame; `None` at the end of the stream.
    fn header(&mut self) -> Option<(u8, usize)> {
        let mut flags = [0];
        if self.0.read(&mut flags).unwrap() == 0 {
            return None;
        }
        let len = match flags[0] & 2 {
            0 => self.body(1)[0].into(),
            _ => u64::from_be_bytes(self.body(8).try_into().unwrap()),
        };
        Some((flags[0], len as usize))
    }

    fn body(&mut self, len: usize) -> Vec<u8> {
        let mut body = vec![0; len];
        self.0.read_exact(&mut body).unwrap();
        body
    }

    /// The next whole message; `None` at the end of the stream.
    fn message(&mut self) -> Option<Message> {
        let mut frames = Vec::new();
        loop {
            let (flags, len) = self.header()?;
            frames.push(self.body(len));
            if flags & 1 == 0 {
                return Some(Message::from_frames(frames));
            }
        }
    }

    /// Takes three small messages and a part of the large one, and goes.
    fn goes_in_the_middle(mut self) {
        for number in ["0", "1", "2"] {
            assert_eq!(self.message().unwrap(), number);
        }
        for (len, taken) in LARGE.into_iter().zip([5, 400_000, 100_000]) {
            assert_eq!(self.header().unwrap().1, len);
            self.body(taken);
        }
    }
}

/// Few bytes of it are kept on the way, and it comes back at once.
fn narrow() -> WireOptions {
    let quick = Duration::from_millis(10);
    WireOptions::new()
        .send_buffer(BUFFER)
        .reconnect(quick, quick)
}

/// How many messages a connection has lost, once it has ended.
fn lost(events: &Receiver<SocketEvent>) -> usize {
    loop {
        if let WireEvent::Disconnected { lost, .. } = next(events) {
            return lost;
        }
    }
}

/// A listener by hand that takes little at a time, and a Push that connects to it.
fn to_a_listener(options: WireOptions) -> (TcpListener, Push, Context) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // Before a connection is made, so that it begins with little.
    let buffer = SockRef::from(&listener).set_recv_buffer_size(BUFFER);
    buffer.unwrap();
    let context = Context::new();
    let push = context.push().unwrap();
    push.set_wire(options);
    let at = format!("tcp://{}", listener.local_addr().unwrap());
    push.connect(&at).unwrap();
    (listener, push, context)
}

#[test]
fn a_message_that_is_cut_off_is_sent_again_whole_and_once() {
    let (listener, mut push, context) = to_a_listener(narrow());
    let events = context.events(64);
    for number in ["0", "1", "2"] {
        push.send(number).unwrap();
    }
    push.send(large()).unwrap();
    push.send("4").unwrap();
    Peer::new(listener.accept().unwrap().0).goes_in_the_middle();
    assert_eq!(lost(&events), 0);
    push.send("5").unwrap();
    let mut peer = Peer::new(listener.accept().unwrap().0);
    assert!(peer.message().unwrap() == large(), "it is whole");
    for number in ["4", "5"] {
        assert_eq!(peer.message().unwrap(), number);
    }
    // It is counted after it is written.
    let end = Instant::now() + LONG;
    let wire = loop {
        let mut wires = context.snapshot().wires;
        let wire = wires.pop().expect("one");
        if wire.sent == 6 || Instant::now() > end {
            break wire;
        }
    };
    assert_eq!((wire.sent, wire.connections), (6, 2));
    push.set_linger(Some(LONG));
    assert_eq!(push.close().unread, 0);
    assert_eq!(peer.message(), None, "that was all");
}

/// Of a listener the link ends with its connection: what was cut off is counted, with what was behind it.
#[test]
fn a_listener_counts_what_it_had_not_written_as_a_whole_and_goes_on_with_the_next_peer() {
    let context = Context::new();
    let events = context.events(64);
    let mut push = context.push().unwrap();
    push.set_wire(narrow());
    push.bind("tcp://127.0.0.1:*").unwrap();
    let at = push.last_endpoint().unwrap();
    let connect = || TcpStream::connect(at.strip_prefix("tcp://").unwrap()).unwrap();
    let peer = Peer::new(connect());
    for number in ["0", "1", "2"] {
        push.send(number).unwrap();
    }
    push.send(large()).unwrap();
    push.send("4").unwrap();
    peer.goes_in_the_middle();
    assert_eq!(lost(&events), 2, "the large one, and the one behind it");
    let mut peer = Peer::new(connect());
    push.send("5").unwrap();
    push.send(large()).unwrap();
    assert_eq!(peer.message().unwrap(), "5");
    assert!(peer.message().unwrap() == large());
    push.set_linger(Some(LONG));
    assert_eq!(push.close().unread, 0);
    assert_eq!(peer.message(), None, "that was all");
}

/// Waits until so much of a message has arrived, and goes.
fn takes(listener: &TcpListener, bytes: usize) {
    let mut peer = Peer::new(listener.accept().unwrap().0);
    peer.body(bytes);
}

#[test]
fn a_message_that_no_connection_takes_is_given_up_and_what_is_behind_it_arrives() {
    let (listener, mut push, context) = to_a_listener(narrow().max_deliveries(3));
    let events = context.events(64);
    push.send(large()).unwrap();
    push.send("behind").unwrap();
    for expected in [0, 0, 1] {
        takes(&listener, 100_000);
        assert_eq!(lost(&events), expected);
    }
    let mut peer = Peer::new(listener.accept().unwrap().0);
    assert_eq!(peer.message().unwrap(), "behind");
    // What was counted for one message is not for another.
    push.send(large()).unwrap();
    peer.body(100_000);
    drop(peer);
    assert_eq!(lost(&events), 0);
    takes(&listener, 100_000);
    assert_eq!(lost(&events), 0);
    let mut peer = Peer::new(listener.accept().unwrap().0);
    assert!(peer.message().unwrap() == large());
    push.set_linger(Some(LONG));
    assert_eq!(push.close().unread, 0);
    assert_eq!(peer.message(), None, "that was all");
}

/// A connection that ends before the message is begun says nothing of it.
#[test]
fn connections_that_end_between_messages_give_none_up() {
    let (listener, mut push, context) = to_a_listener(narrow().max_deliveries(0));
    let events = context.events(64);
    for _ in 0..3 {
        drop(Peer::new(listener.accept().unwrap().0));
        assert_eq!(lost(&events), 0);
    }
    push.send(large()).unwrap();
    let mut peer = Peer::new(listener.accept().unwrap().0);
    assert!(peer.message().unwrap() == large());
    // 0 counts as 1.
    push.send(large()).unwrap();
    peer.body(100_000);
    drop(peer);
    assert_eq!(lost(&events), 1);
    push.set_linger(Some(LONG));
    assert_eq!(push.close().unread, 0);
}

#[test]
fn a_req_whose_question_is_given_up_hears_that_no_answer_will_come() {
    let (here, there) = (Context::new(), Context::new());
    let mut rep = here.rep().unwrap();
    rep.set_wire(WireOptions::new().max_message(1000));
    rep.bind("tcp://127.0.0.1:*").unwrap();
    let mut req = there.req().unwrap();
    req.set_wire(narrow().max_deliveries(2));
    req.connect(&rep.last_endpoint().unwrap()).unwrap();
    req.send(vec![0; 32 << 20]).unwrap();
    assert_eq!(req.recv_timeout(LONG), Err(RecvError::Disconnected));
    req.send("a small one").unwrap();
    let question = rep.recv_timeout(LONG).unwrap();
    assert_eq!(question, "a small one");
    rep.send(question).unwrap();
    assert_eq!(req.recv_timeout(LONG).unwrap(), "a small one");
}
