//! How sockets with wires end, and what is told of it: a linger is over once, and what keeps a context open has a name.
#![cfg(feature = "net")]

use std::time::{Duration, Instant};

use gimmal::socket::{EndpointError, What};
use gimmal::{Context, Pull, Push};

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

/// What closed sockets have left is thrown away, and only that: of those that are still open, of other endpoints, nothing.
#[test]
fn what_closed_sockets_have_left_is_discarded() {
    let (context, at) = nobody_listens();
    let pushed = |at: &str, messages: usize| {
        let mut push = context.push().unwrap();
        push.connect(at).unwrap();
        (0..messages).for_each(|_| push.send("to nobody").unwrap());
        push
    };
    let open = pushed(&at, 1);
    assert_eq!(pushed(&at, 2).close().unread, 2);
    assert_eq!(pushed(&at, 3).close().unread, 3);
    assert_eq!(pushed("tcp://127.0.0.1:1", 4).close().unread, 4);
    assert_eq!(context.discard(&at), Ok(5));
    assert_eq!(context.discard(&at), Ok(0));
    assert_eq!(context.discard("tcp://127.0.0.1:2"), Ok(0));
    assert_eq!(open.close().unread, 1);
    assert_eq!(context.discard(&at), Ok(1));
    assert_eq!(context.discard("tcp://127.0.0.1:1"), Ok(4));
    for wrong in ["tcp://127.0.0.1", "tcp://127.0.0.1:80x", "tcp://[::1:5"] {
        let refused = context.discard(wrong);
        assert_eq!(refused, Err(EndpointError::InvalidEndpoint), "{wrong}");
    }
    assert_eq!(context.term().undelivered, 10);
}

/// A peer that comes after it gets the new question, and no old one.
#[test]
fn a_discarded_question_is_not_asked() {
    let (context, at) = nobody_listens();
    let asked = |question: &'static str| {
        let mut req = context.req().unwrap();
        req.connect(&at).unwrap();
        req.send(question).unwrap();
        req
    };
    drop(asked("old"));
    assert_eq!(context.discard(&at), Ok(1));
    let mut req = asked("new");
    let peer = Context::new();
    let mut rep = peer.rep().unwrap();
    rep.bind(&at).unwrap();
    assert_eq!(rep.recv_timeout(LONG).unwrap(), "new");
    rep.send("answer").unwrap();
    assert_eq!(req.recv_timeout(LONG).unwrap(), "answer");
    assert!(rep.try_recv().is_err());
}

/// A peer that does not read keeps what was sent to it waiting: it is thrown away too, and the connection ends.
#[test]
fn what_a_peer_does_not_read_is_discarded() {
    let (context, at) = nobody_listens();
    let peer = Context::new();
    let mut pull = peer.pull().unwrap();
    pull.bind(&at).unwrap();
    pull.set_recv_hwm(1).unwrap();
    let push = context.push().unwrap();
    push.set_send_hwm(4).unwrap();
    push.connect(&at).unwrap();
    discarded_behind(&context, push, &mut pull, &at);
}

/// The same of a socket that was bound, by the endpoint as it was asked for.
#[test]
fn what_a_peer_of_a_listener_does_not_read_is_discarded() {
    let (context, peer) = (Context::new(), Context::new());
    for (asked, as_told) in [("tcp://127.0.0.1:*", false), ("tcp://localhost:*", true)] {
        let push = context.push().unwrap();
        push.set_send_hwm(4).unwrap();
        push.bind(asked).unwrap();
        let told = push.last_endpoint().unwrap();
        let mut pull = peer.pull().unwrap();
        pull.set_recv_hwm(1).unwrap();
        pull.connect(&told).unwrap();
        let endpoint = if as_told { told.as_str() } else { asked };
        discarded_behind(&context, push, &mut pull, endpoint);
    }
}

#[cfg(unix)]
#[test]
fn what_is_sent_by_a_path_is_discarded() {
    let context = Context::new();
    let path = std::env::temp_dir().join(format!("gimmal-discard-{}", std::process::id()));
    let at = format!("ipc://{}", path.display());
    let mut push = context.push().unwrap();
    push.connect(&at).unwrap();
    push.send("to nobody").unwrap();
    push.disconnect(&at).unwrap();
    assert_eq!(
        context.discard(&at),
        Ok(1),
        "it is open, and has gone there"
    );
    push.connect(&at).unwrap();
    push.send("to nobody").unwrap();
    assert_eq!(context.discard(&at), Ok(0));
}

/// Sends until there is no more room, closes, and throws away what was not read.
fn discarded_behind(context: &Context, mut push: Push, pull: &mut Pull, endpoint: &str) {
    push.send("first").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "first");
    let large = vec![0_u8; 1 << 20];
    let soon = Duration::from_millis(200);
    while push.send_timeout(large.clone(), soon).is_ok() {}
    let unread = push.close().unread;
    assert!(unread > 0);
    // Of several that ask at the same time none finds what another one has found.
    let found = std::thread::scope(|scope| {
        let asking = [(); 4].map(|()| scope.spawn(|| context.discard(endpoint).unwrap()));
        asking.map(|one| one.join().unwrap())
    });
    assert_eq!(found.iter().sum::<usize>(), unread, "{found:?}");
    assert_eq!(context.discard(endpoint), Ok(0));
}

#[test]
fn a_context_of_numbers_has_no_wires_to_discard() {
    let context = Context::<u32>::typed();
    let refused = context.discard("tcp://127.0.0.1:5");
    assert_eq!(refused, Err(EndpointError::CarriesBytesOnly));
}
