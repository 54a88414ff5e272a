//! What is asked of ZeroMQ's sockets on a wire, asked of these, where no test of `net` shows it. The name of a test is the row
//! of `zeromq.md` that it belongs to.
#![cfg(feature = "net")]

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use gimmal::Context;
use gimmal::channel::Receiver;
use gimmal::net::{Security, WireError, WireEvent, WireOptions};
use gimmal::socket::{EndpointError, SocketEvent, What};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// Two contexts, as if of two processes.
fn both() -> (Context, Context) {
    (Context::new(), Context::new())
}

/// Connects again at once.
fn quick() -> WireOptions {
    WireOptions::new().reconnect(Duration::from_millis(10), Duration::from_millis(10))
}

/// What comes next of the events of one socket.
fn next(events: &Receiver<SocketEvent>) -> What {
    events.recv_timeout(LONG).unwrap().what
}

/// The next event of a wire. What is told of links comes between.
fn next_of_wires(events: &Receiver<SocketEvent>) -> WireEvent {
    loop {
        if let What::Wire(event) = next(events) {
            return event;
        }
    }
}

/// Waits for an event of a wire.
fn until(events: &Receiver<SocketEvent>, is: fn(&WireEvent) -> bool) {
    while !is(&next_of_wires(events)) {}
}

fn is_connected(event: &WireEvent) -> bool {
    matches!(event, WireEvent::Connected { .. })
}

fn is_lost(event: &WireEvent) -> bool {
    matches!(event, WireEvent::Disconnected { .. })
}

fn is_too_large(event: &WireEvent) -> bool {
    matches!(
        event,
        WireEvent::Disconnected {
            why: WireError::TooLarge,
            ..
        }
    )
}

#[test]
fn d1_d2_the_whole_greeting_comes_before_the_peer_has_said_anything_and_names_zmtp_3_1() {
    let (mut signature, version) = ([0; 10], [3, 1]);
    (signature[0], signature[9]) = (0xff, 0x7f);
    let check = |mut stream: TcpStream| {
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut greeting = [0; 64];
        stream.read_exact(&mut greeting).unwrap();
        // The eight bytes in between are padding, or a length for old peers.
        assert_eq!((greeting[0], greeting[9]), (signature[0], signature[9]));
        assert_eq!(greeting[10..12], version);
        assert_eq!(greeting[12..32], *b"NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    };
    let context = Context::new();
    let pull = context.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    check(TcpStream::connect(at.strip_prefix("tcp://").unwrap()).unwrap());
    // Who connects says it too.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    pull.connect(&format!("tcp://{address}")).unwrap();
    check(listener.accept().unwrap().0);
}

/// Where the system has IPv6, it is spoken without an option; where it has none, a bind says so.
#[test]
fn x16_ipv6_is_spoken_without_being_asked_for() {
    let (here, there) = both();
    let mut pull = here.pull().unwrap();
    let bound = pull.bind("tcp://[::1]:*");
    if TcpListener::bind("[::1]:0").is_err() {
        assert!(bound.is_err());
        return;
    }
    bound.unwrap();
    let at = pull.last_endpoint().unwrap();
    assert!(at.starts_with("tcp://[::1]:"), "{at}");
    let mut push = there.push().unwrap();
    push.connect(&at).unwrap();
    push.send("six").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "six");
}

#[test]
fn x17_events_tell_what_becomes_of_an_endpoint_and_of_each_try() {
    let (here, there) = both();
    // Nobody listens there: the port is free again.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("tcp://{}", listener.local_addr().unwrap());
    drop(listener);
    let events = here.events(1 << 12);
    let mut push = here.push().unwrap();
    push.set_wire(quick());
    push.connect(&at).unwrap();
    assert_eq!(next(&events), What::Opened);
    let refused = next_of_wires(&events);
    assert!(
        matches!(&refused, WireEvent::Refused { endpoint, peer, .. } if *endpoint == at && peer.is_empty()),
        "{refused:?}"
    );
    let retries = next_of_wires(&events);
    assert!(
        matches!(&retries, WireEvent::Retrying { endpoint, wait } if *endpoint == at && *wait <= Duration::from_millis(10)),
        "{retries:?}"
    );
    // The listener's side, from its bind to its end; what is told of the links in between is left out.
    let heard = there.events(64);
    let mut pull = there.pull().unwrap();
    pull.bind(&at).unwrap();
    assert_eq!(next(&heard), What::Opened);
    // Who waited for the port may be told of before the call that bound it tells.
    let (mut bound, mut connected) = (false, false);
    while !(bound && connected) {
        match next(&heard) {
            What::Wire(event) => connected |= is_connected(&event),
            event => bound |= event == What::Bound(at.clone()),
        }
    }
    until(&events, is_connected);
    let second = there.pull().unwrap();
    let in_use = second.bind(&at).unwrap_err();
    assert_eq!(in_use, EndpointError::AddressInUse);
    let refused = What::Refused(at.clone(), in_use);
    while next(&heard) != refused {}
    pull.unbind(&at).unwrap();
    while next(&heard) != What::Unbound(at.clone()) {}
    // Unbinding leaves the connection, closing ends it.
    push.send("still there").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "still there");
    pull.close();
    while next(&heard) != What::Closed {}
    until(&events, is_lost);
    until(&events, |event| matches!(event, WireEvent::Retrying { .. }));
}

/// A client that was turned away asks again, and comes in when it may.
#[test]
fn x20_a_client_that_was_turned_away_tries_again() {
    let (here, there) = both();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let mut pull = here.pull().unwrap();
    pull.set_wire(
        WireOptions::new().security(Security::plain_server(move |_| {
            count.fetch_add(1, SeqCst) > 1
        })),
    );
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let (told, heard) = (there.events(64), here.events(64));
    let mut push = there.push().unwrap();
    push.set_wire(quick().security(Security::plain_client("me", "secret")));
    push.connect(&pull.last_endpoint().unwrap()).unwrap();
    push.send("late").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "late");
    assert_eq!(asked.load(SeqCst), 3);
    for events in [told, heard] {
        let refused = |what: &What| {
            matches!(
                what,
                What::Wire(WireEvent::Refused {
                    why: WireError::Security(_),
                    ..
                })
            )
        };
        let all = std::iter::from_fn(|| events.try_recv().ok());
        assert_eq!(all.filter(|event| refused(&event.what)).count(), 2);
    }
}

/// A message that the peer does not take ends the connection, and both sides are told. If the system had taken it, it goes
/// with the connection, perhaps with what was written behind it, and the next connection goes on. If not, it is written again
/// by each next one, until the link is cut.
#[test]
fn x48_a_message_that_is_too_large_for_the_peer_ends_the_connection_at_its_header() {
    for (size, is_taken) in [(2_000, true), (32 << 20, false)] {
        let (here, there) = both();
        let mut pull = here.pull().unwrap();
        pull.set_wire(WireOptions::new().max_message(1000));
        pull.bind("tcp://127.0.0.1:*").unwrap();
        let at = pull.last_endpoint().unwrap();
        let (told, heard) = (there.events(1 << 14), here.events(1 << 14));
        let mut push = there.push().unwrap();
        push.set_wire(quick());
        push.connect(&at).unwrap();
        for message in [vec![b'a'], vec![b'b'], vec![0; size]] {
            push.send(message).unwrap();
        }
        for message in ["a", "b"] {
            assert_eq!(pull.recv_timeout(LONG).unwrap(), message);
        }
        until(&told, is_connected);
        until(&heard, is_too_large);
        until(&told, is_lost);
        until(&told, is_connected);
        push.send("d").unwrap();
        assert_eq!(pull.recv_timeout(LONG).unwrap(), "d");
        if !is_taken {
            // What only this side knows of was begun ten times, as `max_deliveries` says.
            let mut heard = heard.try_iter().map(|event| event.what);
            let refused = heard
                .by_ref()
                .filter(|what| matches!(what, What::Wire(event) if is_too_large(event)));
            assert_eq!(refused.count(), 9, "and the one above");
        }
    }
}
