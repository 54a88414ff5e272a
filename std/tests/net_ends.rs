//! How sockets with wires end, and what is told of it: a linger is over once, and what keeps a context open has a name.
#![cfg(feature = "net")]

use std::time::{Duration, Instant};

use gimmal::Context;
use gimmal::socket::What;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// A context, and an endpoint that was bound and closed.
fn nobody_listens() -> (Context, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("tcp://{}", port.local_addr().unwrap());
    (Context::new(), at)
}

/// A close that has waited in vain leaves nothing for the end of the context to wait for; nor does a drop that may not wait.
#[test]
fn a_linger_is_over_once() {
    let (context, at) = nobody_listens();
    let connected = || {
        let mut push = context.push().unwrap();
        push.connect(&at).unwrap();
        push.send("to nobody").unwrap();
        push
    };
    let push = connected();
    push.set_linger(Some(Duration::from_secs(1)));
    assert_eq!(push.close().unread, 1);
    let dropped = connected();
    dropped.set_linger(None);
    drop(dropped);
    let begun = Instant::now();
    let report = context.term_timeout(LONG).unwrap();
    assert_eq!(report.undelivered, 2);
    assert!(
        begun.elapsed() < Duration::from_millis(900),
        "{:?}",
        begun.elapsed()
    );
}

/// What keeps a context from its end is named, a wire by its endpoint.
#[test]
fn a_wire_that_still_writes_is_named() {
    let (context, at) = nobody_listens();
    let mut push = context.push().unwrap();
    push.connect(&at).unwrap();
    push.send("to nobody").unwrap();
    push.set_linger(Some(Duration::from_secs(1)));
    context.shutdown();
    drop(push);
    let open = context.term_timeout(Duration::from_millis(50)).unwrap_err();
    let said = open.to_string();
    let wanted = format!("1 socket is still open: Pull of gimmal-io at {at:?}");
    assert_eq!(said, wanted);
    context.term();
}

#[test]
fn a_bound_port_is_told_as_it_is() {
    let context = Context::new();
    let events = context.events(4);
    let pull = context.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let told: Vec<_> = events.try_iter().map(|event| event.what).collect();
    let at = pull.last_endpoint().unwrap();
    assert_eq!(told, [What::Opened, What::Bound(at)]);
}
