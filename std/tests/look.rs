//! Looking at a context from outside: snapshots, as text and as graph, and the events of its sockets.

mod kit;

use std::thread;

use gimmal::Context;
use gimmal::error::socket::EndpointError;
use gimmal::socket::{Kind, SocketEvent, SocketInfo, WaitsTo, What};

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
        let waits = rep.is_some_and(|rep| rep.is_waited_on && rep.names == ["office"]);
        // The links of a socket that is at work just then may be missing.
        if waits && snapshot.links.len() == 2 {
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
    let (to, from) = (rep.slot, asker.slot);
    let text = snapshot.to_string();
    assert!(text.starts_with("2 sockets, 2 ways of links\n"), "{text}");
    assert!(
        text.contains(&format!("[{from}] --0/2000--> [{to}] by \"office\"")),
        "{text}"
    );
    assert!(
        text.contains("0 sent, 0 received, 0 times full, waits to receive\n"),
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

/// The socket of this slot, as soon as it is waited in.
fn once_waited_in(context: &Context, slot: usize) -> SocketInfo {
    loop {
        let mut sockets = context.sockets();
        let at = sockets.iter().position(|socket| socket.slot == slot);
        let socket = sockets.swap_remove(at.unwrap());
        if socket.is_waited_on && socket.waits_to.is_some() {
            return socket;
        }
        thread::yield_now();
    }
}

#[test]
fn a_socket_that_was_opened_elsewhere_is_shown_with_the_thread_that_waits_and_what_for() {
    let context = Context::builder().hwm(1, 1).build();
    let (mut jobs, mut done) = (context.pull().unwrap(), context.push().unwrap());
    jobs.bind("inproc://jobs").unwrap();
    done.connect("inproc://done").unwrap();
    let slots = [jobs.slot(), done.slot()];
    let opener = thread::current().name().map(str::to_owned);
    let store = thread::Builder::new().name("store".into()).spawn(move || {
        let job = jobs.recv().unwrap();
        (0..3).for_each(|_| done.send(job.clone()).unwrap());
        (jobs, done)
    });
    let waits = once_waited_in(&context, slots[0]);
    assert_eq!(waits.waits_to, Some(WaitsTo::Receive));
    assert_eq!(waits.waited_by.as_deref(), Some("store"));
    assert_eq!(
        (waits.opened_by.as_deref(), &waits.names[..]),
        (opener.as_deref(), &["jobs".to_owned()][..])
    );
    let text = context.snapshot().to_string();
    assert!(
        text.contains("0 times full, waits to receive, in store\n"),
        "{text}"
    );
    assert!(
        context
            .snapshot()
            .dot()
            .contains("\\nwaits to receive, in store")
    );

    let mut source = context.push().unwrap();
    source.connect("inproc://jobs").unwrap();
    source.send("a job").unwrap();
    let waits = once_waited_in(&context, slots[1]);
    assert_eq!(waits.waits_to, Some(WaitsTo::Send));
    assert_eq!(waits.waited_by.as_deref(), Some("store"));
    assert_eq!(waits.connects, ["done"]);
    assert!(waits.names.is_empty());

    let mut sink = context.pull().unwrap();
    sink.bind("inproc://done").unwrap();
    (0..3).for_each(|_| assert_eq!(sink.recv().unwrap(), "a job"));
    let (mut jobs, done) = store.unwrap().join().unwrap();
    // It is this thread now that has waited in it last, and does not wait any more.
    jobs.recv_timeout(std::time::Duration::from_millis(1))
        .unwrap_err();
    let sockets = context.sockets();
    let [jobs, done] = [&jobs.slot(), &done.slot()]
        .map(|slot| sockets.iter().find(|one| one.slot == *slot).unwrap());
    assert_eq!((jobs.is_waited_on, jobs.waits_to), (false, None));
    assert_eq!(jobs.waited_by.as_deref(), opener.as_deref());
    assert_eq!(done.waited_by.as_deref(), Some("store"));
    let link = context
        .snapshot()
        .links
        .into_iter()
        .find(|link| link.name == "done");
    let link = link.unwrap();
    assert_eq!((link.sent, link.messages, link.dropped), (3, 0, 0));
    assert_eq!(link.connecter, Some(done.slot));
    assert_eq!(context.traffic(done.slot).unwrap(), done.traffic);
    assert_eq!(context.traffic(usize::MAX), None);
}

#[test]
fn a_full_subscriber_is_shown_with_what_it_has_lost() {
    let context = Context::builder().hwm(1, 1).build();
    let (mut weather, reader) = (context.publish().unwrap(), context.subscribe().unwrap());
    weather.bind("inproc://weather").unwrap();
    reader.connect("inproc://weather").unwrap();
    reader.subscribe("").unwrap();
    (0..5).for_each(|_| weather.send("rain").unwrap());
    let snapshot = context.snapshot();
    assert_eq!((snapshot.links[0].sent, snapshot.links[0].dropped), (2, 3));
    let publisher = &snapshot.sockets[weather.slot()];
    assert_eq!(publisher.traffic, weather.traffic());
    assert_eq!(publisher.traffic.dropped, 3);
    let text = snapshot.to_string();
    assert!(
        text.contains("5 sent, 0 received, 0 times full, 3 dropped\n"),
        "{text}"
    );
    assert!(text.contains("1 times full, 3 dropped (full)\n"), "{text}");
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
