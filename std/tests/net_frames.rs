//! Memory is measured, so nothing else is in this process: a peer whose messages have no end.
#![cfg(feature = "net")]

#[allow(dead_code)] // It uses its part.
#[path = "net_hostile/frames.rs"]
mod frames;

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::time::Duration;

use gimmal::net::{WireError, WireEvent};
use gimmal::socket::What;
use gimmal::{Context, Message};

use frames::{MORE, frame, known};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// The most that was ever resident of this process, in KiB.
#[cfg(target_os = "linux")]
fn most_resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let number = line.unwrap().split_whitespace().nth(1);
    number.unwrap().parse().unwrap()
}

/// With the limits that nobody has set.
#[test]
fn frames_without_end_take_no_memory_and_the_next_peer_is_served() {
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    let events = context.events(1 << 12);
    let frames = frame(MORE, b"").repeat(1 << 19);
    #[cfg(target_os = "linux")]
    let before = most_resident();
    let mut good = Message::from_frames(std::iter::repeat_n("", 65_536));
    for round in 0..20 {
        let mut stream = TcpStream::connect(at.strip_prefix("tcp://").unwrap()).unwrap();
        let address = stream.local_addr().unwrap().to_string();
        stream.set_write_timeout(Some(LONG)).unwrap();
        stream.write_all(&known("PUSH", b"")).unwrap();
        let mut said = 0;
        let refused = loop {
            assert!(said < 64, "round {round}: it is listened to without end");
            match stream.write_all(&frames) {
                Ok(()) => said += 1,
                Err(why) => break why.kind(),
            }
        };
        assert!(
            matches!(refused, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset),
            "round {round}: {refused:?}"
        );
        let why = loop {
            if let What::Wire(WireEvent::Disconnected { peer, why, .. }) =
                events.recv_timeout(LONG).unwrap().what
                && peer == address
            {
                break why;
            }
        };
        assert_eq!(why, WireError::TooManyFrames);
        // The next peer's message has as many as there may be.
        let there = Context::new();
        let mut push = there.push().unwrap();
        push.connect(&at).unwrap();
        push.send(good).unwrap();
        good = pull.recv_timeout(LONG).unwrap();
        assert_eq!(good.frame_count(), 65_536);
    }
    assert!(pull.try_recv().is_err(), "nothing of what was refused");
    #[cfg(target_os = "linux")]
    {
        let grown = most_resident() - before;
        assert!(grown < 32 * 1024, "{grown} KiB");
    }
}
