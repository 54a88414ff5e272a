//! Peers that are wrong on purpose, by hand: each is refused with its reason, takes no memory, and
//! disturbs nobody. After each of them a good peer is served.
#![cfg(feature = "net")]

#[path = "net_hostile/frames.rs"]
mod frames;
#[path = "net_hostile/inputs.rs"]
mod inputs;
#[path = "net_hostile/listeners.rs"]
mod listeners;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use frames::*;
use gimmal::net::{WireError, WireOptions};
use inputs::bad_inputs;
use listeners::{At, Listeners};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// Why a connection has ended, without its details.
fn name(why: &WireError) -> &'static str {
    match why {
        WireError::Protocol(_) => "protocol",
        WireError::Security(_) => "security",
        WireError::TooLarge => "too large",
        WireError::TooManyFrames => "too many frames",
        WireError::HandshakeTimeout => "timeout",
        WireError::Closed => "closed",
        WireError::Io(_) => "io",
        _ => "another reason",
    }
}

/// Writes until all is taken, or the other side has closed or takes no more.
fn write(stream: &mut TcpStream, bytes: &[u8]) {
    stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    if let Err(why) = stream.write_all(bytes) {
        let kinds = [
            ErrorKind::WouldBlock,
            ErrorKind::TimedOut,
            ErrorKind::BrokenPipe,
            ErrorKind::ConnectionReset,
        ];
        assert!(kinds.contains(&why.kind()), "{why}");
    }
}

/// Returns whether the other side closes.
fn is_closed(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    !read.is_err_and(|why| why.kind() != ErrorKind::ConnectionReset)
}

/// What is resident of this process, in KiB.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let number = line.unwrap().split_whitespace().nth(1);
    number.unwrap().parse().unwrap()
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

#[test]
fn each_bad_peer_is_refused_with_its_reason_and_the_next_good_one_is_served() {
    let mut listeners = Listeners::new();
    for at in [
        At::Pull,
        At::Push,
        At::Rep,
        At::Router,
        At::Dealer,
        At::Publish,
        At::Plain,
    ] {
        listeners.serve(at);
    }
    let inputs = bad_inputs();
    #[cfg(target_os = "linux")]
    let before = resident();
    let mut wrong = Vec::new();
    for (what, at, bytes, expected) in &inputs {
        let mut stream = listeners.stream(*at);
        let address = stream.local_addr().unwrap().to_string();
        write(&mut stream, bytes);
        if *expected == "leaves" {
            listeners.serve(*at);
            drop(stream);
        } else {
            stream.set_read_timeout(Some(LONG / 10)).unwrap();
            if !is_closed(stream) {
                wrong.push(format!("{what}: not closed"));
            }
        }
        let why = listeners.end_of(&address);
        let is_expected = match *expected {
            // Its own end, however the system tells it.
            "leaves" => matches!(why, WireError::Closed | WireError::Io(_)),
            expected => name(&why) == expected,
        };
        if !is_expected {
            wrong.push(format!("{what}: {why:?} instead of {expected}"));
        }
        listeners.serve(*at);
        listeners.has_no_wires();
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    #[cfg(target_os = "linux")]
    {
        let grown = resident().saturating_sub(before);
        assert!(grown < 20 * 1024, "{grown} KiB");
    }
}

#[test]
fn a_peer_that_speaks_byte_by_byte_is_understood() {
    let mut listeners = Listeners::new();
    let mut stream = listeners.stream(At::Pull);
    for byte in known("PUSH", &[frame(MORE, b"slow"), frame(WIDE, b"ly")].concat()) {
        stream.write_all(&[byte]).unwrap();
    }
    let got = listeners.pull.recv_timeout(LONG).unwrap();
    assert_eq!(got, gimmal::Message::from(["slow", "ly"]));
}

#[test]
fn a_message_of_one_frame_is_always_allowed() {
    let context = gimmal::Context::new();
    let mut pull = context.pull().unwrap();
    pull.set_wire(WireOptions::new().max_frames(0));
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    let mut stream = TcpStream::connect(at.strip_prefix("tcp://").unwrap()).unwrap();
    let says = [frame(0, b"one"), frame(MORE, b"two"), frame(0, b"")].concat();
    stream.write_all(&known("PUSH", &says)).unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "one");
    stream.set_read_timeout(Some(LONG)).unwrap();
    assert!(is_closed(stream));
    assert!(pull.try_recv().is_err());
}

#[test]
fn sessions_with_random_faults_disturb_nobody() {
    let mut listeners = Listeners::new();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let parts = [frame(MORE, b""), frame(0, b"body"), frame(0, &[7; 300])].concat();
    let ping = command("PING", b"\0\0you");
    let sessions = [
        (At::Pull, known("PUSH", &[&parts[..], &ping].concat())),
        (At::Rep, known("REQ", &parts)),
        (At::Router, known("DEALER", &parts)),
        (
            At::Publish,
            known(
                "SUB",
                &[command("SUBSCRIBE", b"a"), frame(0, b"\x01b")].concat(),
            ),
        ),
    ];
    let end = Instant::now() + Duration::from_secs(2);
    for round in 0..400 {
        let (at, session) = &sessions[round % sessions.len()];
        let mut bytes = session.clone();
        for _ in 0..=random.below(4) {
            // The greeting is a third of it: its faults end a session early.
            let from = [0, 64][random.below(4).min(1)].min(bytes.len());
            let place = from + random.below(bytes.len() - from + 1);
            match random.below(4) {
                0 if place < bytes.len() => bytes[place] ^= 1 << random.below(8),
                1 => bytes.truncate(place),
                2 => {
                    let again = bytes[place..(place + random.below(40)).min(bytes.len())].to_vec();
                    bytes.splice(place..place, again);
                }
                _ => {
                    let len = random.below(9);
                    let noise = random.bytes(len);
                    bytes.splice(place..place, noise);
                }
            }
        }
        let mut stream = listeners.stream(*at);
        write(&mut stream, &bytes);
        drop(stream);
        if round % 16 < sessions.len() {
            listeners.serve(*at);
        }
        if Instant::now() > end {
            break;
        }
    }
    for (at, _) in &sessions {
        listeners.serve(*at);
    }
    listeners.has_no_wires();
}
