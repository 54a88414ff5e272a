//! Looking at a context from outside: snapshots, as text and as graph, and the events of its sockets.

mod kit;

use std::thread;

use gimmal::Context;
use gimmal::error::socket::EndpointError;
use gimmal::socket::{Kind, SocketEvent, What};

/// Everything that has been told so far.
fn told(events: &gimmal::channel::Receiver<SocketEvent>) -> Vec<(usize, What)> {
    let all = std::iter::from_fn(|| events.try_recv().ok());
    all.map(|event| (event.slot, event.what)).collect()
}

#[test]
fn a_snapshot_shows_who_is_linked_how_full_and_who_waits() {
    let context = Context::new();
    let builder = thread::Builder::new().name("worker".into());
    let waiting = {
        let context = context.clone();
        let main = move || {
            let mut rep = context.rep().unwrap();
            rep.bind("inproc://office").unwrap();
            rep.recv().is_ok()
        };
        builder.spawn(main).unwrap()
    };
    let mut req = context.req().unwrap();
    req.connect("inproc://office").unwrap();
    let snapshot = loop {
        let snapshot = context.snapshot();
        let rep = snapshot.sockets.iter().find(|one| one.kind == Kind::Rep);
        if rep.is_some_and(|rep| rep.is_waited_on && rep.names == ["office"]) {
            break snapshot;
        }
        thread::yield_now();
    };
    let [rep, asker] = [Kind::Rep, Kind::Req].map(|kind| {
        snapshot
            .sockets
            .iter()
            .find(|one| one.kind == kind)
            .unwrap()
    });
    assert_eq!(rep.opened_by.as_deref(), Some("worker"));
    assert_eq!(rep.opened_at.is_some(), cfg!(debug_assertions));
    if let Some(at) = rep.opened_at {
        assert!(at.file().ends_with("look.rs"), "{at}");
    }
    assert_eq!(
        (asker.links, asker.traffic.sent, asker.is_waited_on),
        (1, 0, false)
    );
    assert_eq!(snapshot.links.len(), 2, "both ways");
    let (to, from) = (rep.slot, asker.slot);
    let text = snapshot.to_string();
    assert!(text.starts_with("2 sockets, 2 ways of links\n"), "{text}");
    assert!(
        text.contains(&format!("[{from}] --0/2000--> [{to}] by \"office\"")),
        "{text}"
    );
    assert!(
        text.contains("0 sent, 0 received, 0 times full, waits"),
        "{text}"
    );
    let dot = snapshot.dot();
    assert!(
        dot.contains(&format!("s{from} -> s{to} [label=\"office\\n0/2000\"];")),
        "{dot}"
    );
    req.send("anybody?").unwrap();
    assert!(waiting.join().unwrap());
    assert_eq!(
        req.try_recv().unwrap_err(),
        gimmal::socket::RecvError::Disconnected
    );
    let sent = context.snapshot().sockets[0].traffic;
    assert_eq!((sent.sent, sent.received), (1, 0));
}

/// How often each link of a context has reached its mark.
fn times_full<T: Send + 'static>(context: &Context<T>) -> Vec<usize> {
    let links = context.snapshot().links;
    links.iter().map(|link| link.times_full).collect()
}

#[test]
fn a_link_counts_how_often_it_has_reached_its_mark() {
    let context = Context::builder().hwm(2, 1).typed::<u64>().build();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://a").unwrap();
    push.connect("inproc://a").unwrap();
    // Read in time, it does not reach its mark; after many messages neither.
    for n in 0..100_u64 {
        push.send(n).unwrap();
        assert_eq!(pull.recv(), Ok(n));
    }
    (0..3_u64).for_each(|n| push.send(n).unwrap());
    assert_eq!(times_full(&context), [0], "nobody has looked for more room");
    for round in 1..=10 {
        // However often one looks.
        assert!((0..4_u64).all(|n| push.try_send(n).is_err()));
        assert_eq!(push.can_send(), Ok(false));
        assert_eq!(times_full(&context), [round]);
        // Some are read, and as many are sent.
        let read = round % 3 + 1;
        for _ in 0..read {
            pull.recv().unwrap();
        }
        assert_eq!(push.can_send(), Ok(true));
        (0..read).for_each(|_| push.send(7_u64).unwrap());
        assert_eq!(times_full(&context), [round]);
    }
}

#[test]
fn a_new_link_in_a_pipe_begins_to_count_anew() {
    // One pipe for all of them.
    let context = gimmal_core::Context::<u64, 2, 1, 1>::new();
    for times in [0, 1, 0] {
        let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://a").unwrap();
        push.connect("inproc://a").unwrap();
        push.try_send(1).unwrap();
        for _ in 0..times {
            assert!(push.try_send(2).is_err());
        }
        context.each_link(|link| assert_eq!(link.times_full, times));
    }
}

#[test]
fn a_publisher_counts_for_each_subscriber_that_it_found_full() {
    let context = Context::builder().hwm(1, 1).build();
    let mut publish = context.publish().unwrap();
    publish.bind("inproc://news").unwrap();
    let mut subscribers = [(); 2].map(|()| {
        let subscribe = context.subscribe().unwrap();
        subscribe.connect("inproc://news").unwrap();
        subscribe.subscribe("").unwrap();
        subscribe
    });
    for _ in 0..5 {
        publish.send("news").unwrap();
        subscribers[0].recv().unwrap();
    }
    let mut times = times_full(&context);
    times.sort_unstable();
    assert_eq!((times, publish.dropped()), (vec![0, 1], 3));
}

#[test]
fn a_full_link_is_marked_and_refusals_are_counted() {
    let context = Context::<u64>::typed();
    let mut push = context.push().unwrap();
    push.set_send_hwm(2).unwrap();
    push.connect("inproc://a\"quoted\\name").unwrap();
    (0..2_u64).for_each(|n| push.send(n).unwrap());
    assert!((0..3_u64).all(|n| push.try_send(n).is_err()));
    let snapshot = context.snapshot();
    assert_eq!(
        (
            snapshot.sockets[0].traffic.sent,
            snapshot.sockets[0].traffic.full
        ),
        (2, 3)
    );
    let text = snapshot.to_string();
    assert!(text.contains("[0] --2/2--> nobody yet"), "{text}");
    assert!(text.contains(", 1 times full (full)"), "{text}");
    let dot = snapshot.dot();
    assert!(
        dot.contains(r#"s0 -> "a\"quoted\\name" [label="a\"quoted\\name\n2/2", color=red];"#),
        "{dot}"
    );
    context.shutdown();
    assert!(context.snapshot().to_string().contains("shut down"));
}

#[test]
fn a_new_socket_in_a_slot_begins_to_count_anew() {
    let context = Context::<u64>::typed();
    let pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    for _ in 0..3 {
        let mut push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        push.send(1_u64).unwrap();
        let sockets = context.sockets();
        assert_eq!((sockets[1].slot, sockets[1].traffic.sent), (1, 1));
    }
}

#[test]
fn events_tell_both_sides_of_every_link() {
    let context = Context::<u64>::typed();
    let events = context.events(64);
    let push = context.push().unwrap();
    push.connect("inproc://jobs").unwrap();
    let endpoint = || "inproc://jobs".to_string();
    assert_eq!(
        told(&events),
        [(0, What::Opened), (0, What::Connecting(endpoint()))]
    );
    let pull = context.pull().unwrap();
    pull.bind("inproc://jobs").unwrap();
    let linked = [
        (1, What::Opened),
        (1, What::Bound(endpoint())),
        (1, What::Connected { peer: 0 }),
        (0, What::Connected { peer: 1 }),
    ];
    assert_eq!(told(&events), linked);
    push.connect("inproc://jobs").unwrap();
    let linked = [
        (0, What::Connected { peer: 1 }),
        (1, What::Connected { peer: 0 }),
    ];
    assert_eq!(told(&events), linked, "a second link");
    push.disconnect("inproc://jobs").unwrap();
    let cut = [
        (0, What::Left(endpoint())),
        (0, What::Disconnected { peer: 1 }),
        (1, What::Disconnected { peer: 0 }),
    ];
    assert_eq!(told(&events), cut);
    let refused = pull.bind("inproc://jobs").unwrap_err();
    assert_eq!(refused, EndpointError::AddressInUse);
    assert_eq!(told(&events), [(1, What::Refused(endpoint(), refused))]);
    pull.unbind("inproc://jobs").unwrap();
    assert_eq!(told(&events), [(1, What::Unbound(endpoint()))]);
    drop(push);
    assert_eq!(
        told(&events),
        [(0, What::Closed), (1, What::Disconnected { peer: 0 })]
    );
    pull.close();
    assert_eq!(told(&events), [(1, What::Closed)], "once");
    assert_eq!(context.missed_events(), 0);
}

#[test]
fn a_listener_that_is_full_or_gone_holds_nobody_up() {
    let context = Context::<u64>::typed();
    let (full, gone, all) = (context.events(1), context.events(1), context.events(64));
    drop(gone);
    for _ in 0..3 {
        context.pull().unwrap().close();
    }
    assert_eq!((full.len(), all.len(), context.missed_events()), (1, 6, 5));
    drop((full, all));
    context.pull().unwrap().close();
    context.pull().unwrap().close();
    assert_eq!(context.missed_events(), 5, "nobody listens");
}
