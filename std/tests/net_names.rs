//! A name is resolved anew each time that it is connected to: what `/etc/hosts` says of it changes, in a process that has a
//! file of its own there.
//!
//! That process has mounts of its own, made by `unshare`. Where that is missing or refused, the test says that it is
//! skipped; with `unshare` among the words of `GIMMAL_REQUIRE` in the environment it fails instead.
#![cfg(all(feature = "net", target_os = "linux"))]

mod kit;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use gimmal::net::{WireError, WireEvent, WireOptions};
use gimmal::socket::What;
use gimmal::{Context, Pull};

use kit::child::{Child, Part, play};
use kit::{LONG, small};

/// The child side of the test.
#[test]
fn child() {
    play(PARTS);
}

const PARTS: &[Part] = &[("moves", moves)];

/// A line of `/etc/hosts`. All are as long as each other: one that replaces another is written at once, and nobody finds
/// the name missing meanwhile and asks the network for it.
fn moves_to(last: u8) -> String {
    format!("127.0.0.{last} moves.test\n")
}

/// A Pull at this address, and its port.
fn bound(there: &Context, last: u8, port: &str) -> (Pull, String) {
    let pull = there.pull().unwrap();
    pull.bind(&format!("tcp://127.0.0.{last}:{port}")).unwrap();
    let at = pull.last_endpoint().unwrap();
    let (_, port) = at.rsplit_once(':').unwrap();
    (pull, port.into())
}

fn moves() -> i32 {
    let hosts = OpenOptions::new().write(true).open("/etc/hosts").unwrap();
    let write = |last| {
        let line = moves_to(last);
        assert_eq!(hosts.write_at(line.as_bytes(), 0).unwrap(), line.len());
    };
    let (here, there) = (small().build(), small().build());
    let events = here.events(1 << 12);
    let next = || loop {
        if let What::Wire(event) = events.recv_timeout(LONG).unwrap().what {
            break event;
        }
    };
    let (mut first, port) = bound(&there, 3, "*");
    let mut push = here.push().unwrap();
    let quick = Duration::from_millis(10);
    push.set_wire(WireOptions::new().reconnect(quick, quick));
    push.connect(&format!("tcp://moves.test:{port}")).unwrap();
    // Nobody is at the address that the name has at first.
    let refused = next();
    let WireEvent::Refused { why, .. } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(*why, WireError::Io(io::ErrorKind::ConnectionRefused));
    write(3);
    push.send("first").unwrap();
    assert_eq!(first.recv_timeout(LONG).unwrap(), "first");
    // The one that it was connected with goes, and another one comes at another address.
    write(4);
    first.close();
    while !matches!(next(), WireEvent::Disconnected { .. }) {}
    let (mut second, _) = bound(&there, 4, &port);
    push.send("second").unwrap();
    assert_eq!(second.recv_timeout(LONG).unwrap(), "second");
    0
}

#[test]
fn a_name_is_resolved_at_each_try_and_after_a_connection_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let hosts = folder.path().join("hosts");
    fs::write(&hosts, moves_to(2)).unwrap();
    match Child::start_with_hosts("moves", &hosts) {
        Ok(child) => child.exits_with(0),
        Err(why) => {
            let required = std::env::var("GIMMAL_REQUIRE").unwrap_or_default();
            assert!(!required.split(' ').any(|word| word == "unshare"), "{why}");
            let test = "a_name_is_resolved_at_each_try_and_after_a_connection_was_lost";
            let line = format!("SKIPPED {test}: unshare: {why}\n");
            io::stderr().write_all(line.as_bytes()).unwrap();
        }
    }
}
