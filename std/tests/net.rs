//! Sockets over `tcp://` and `ipc://`, with peers of this library: what is the same on a wire, and
//! what the module `net` says is different. Peers of other libraries: `tests/interop`.
#![cfg(feature = "net")]

use std::fs;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use gimmal::net::{WireEvent, WireOptions};
use gimmal::socket::{EndpointError, RecvError, SendReason, What};
use gimmal::{Context, Message};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// The endpoints that are tried: of each transport one. The path is in a folder of its own.
fn endpoints(folder: &tempfile::TempDir) -> Vec<String> {
    let path = folder.path().join("socket");
    let name = format!(
        "ipc://@gimmal-test-{}-{:?}",
        std::process::id(),
        thread::current().id()
    );
    let mut all = vec![
        "tcp://127.0.0.1:*".into(),
        format!("ipc://{}", path.display()),
    ];
    if cfg!(target_os = "linux") {
        all.push(name);
    }
    all
}

/// Two contexts, as if of two processes.
fn both() -> (Context, Context) {
    (Context::new(), Context::new())
}

#[test]
fn every_pattern_speaks_over_every_transport_bound_and_connected() {
    let folder = tempfile::tempdir().unwrap();
    for endpoint in endpoints(&folder) {
        for listens in [true, false] {
            let (here, there) = both();
            macro_rules! link {
                ($one:ident, $other:ident) => {{
                    let (one, other) = (here.$one().unwrap(), there.$other().unwrap());
                    let at = match listens {
                        true => {
                            one.bind(&endpoint).unwrap();
                            one.last_endpoint().unwrap()
                        }
                        false => {
                            other.bind(&endpoint).unwrap();
                            other.last_endpoint().unwrap()
                        }
                    };
                    match listens {
                        true => other.connect(&at).unwrap(),
                        false => one.connect(&at).unwrap(),
                    }
                    (one, other)
                }};
            }
            let (mut push, mut pull) = link!(push, pull);
            for number in 0..1000_u32 {
                push.send(number.to_le_bytes().to_vec()).unwrap();
            }
            for number in 0..1000_u32 {
                let got = pull.recv_timeout(LONG).unwrap();
                assert_eq!(got.as_bytes(), number.to_le_bytes());
            }
            drop((push, pull));

            let (mut a, mut b) = link!(pair, pair);
            a.send(["one", "", "three"]).unwrap();
            assert_eq!(
                b.recv_timeout(LONG).unwrap(),
                Message::from(["one", "", "three"])
            );
            b.send("back").unwrap();
            assert_eq!(a.recv_timeout(LONG).unwrap(), "back");
            drop((a, b));

            let (mut req, mut rep) = link!(req, rep);
            for round in ["a", "b", "c"] {
                req.send(round).unwrap();
                assert_eq!(rep.recv_timeout(LONG).unwrap(), round);
                rep.send(["answer to", round]).unwrap();
                let answer = req.recv_timeout(LONG).unwrap();
                assert_eq!(answer, Message::from(["answer to", round]));
            }
            drop((req, rep));

            let (mut dealer, mut rep) = link!(dealer, rep);
            dealer.send("first").unwrap();
            dealer.send("second").unwrap();
            for question in ["first", "second"] {
                assert_eq!(rep.recv_timeout(LONG).unwrap(), question);
                rep.send(question).unwrap();
                assert_eq!(dealer.recv_timeout(LONG).unwrap(), question);
            }
            drop((dealer, rep));

            let (mut router, mut dealer) = link!(router, dealer);
            dealer.send("hello").unwrap();
            let (who, message) = router.recv_timeout(LONG).unwrap();
            assert_eq!(message, "hello");
            router.send_to(who, "you").unwrap();
            assert_eq!(dealer.recv_timeout(LONG).unwrap(), "you");
            drop((router, dealer));

            let (mut router, mut req) = link!(router, req);
            req.send("who?").unwrap();
            let (who, message) = router.recv_timeout(LONG).unwrap();
            assert_eq!(message, "who?");
            router.send_to(who, "you").unwrap();
            assert_eq!(req.recv_timeout(LONG).unwrap(), "you");
            drop((router, req));

            let (mut publish, mut subscribe) = link!(publish, subscribe);
            subscribe.subscribe("rome").unwrap();
            subscribe.subscribe("oslo").unwrap();
            // Subscribing takes its time over a wire.
            let end = Instant::now() + LONG;
            let got = loop {
                publish.send("paris 20").unwrap();
                publish.send("rome 21").unwrap();
                if let Ok(got) = subscribe.recv_timeout(Duration::from_millis(20)) {
                    break got;
                }
                assert!(Instant::now() < end, "never subscribed");
            };
            assert_eq!(got, "rome 21");
            subscribe.unsubscribe("rome").unwrap();
            let end = Instant::now() + LONG;
            loop {
                publish.send("rome 22").unwrap();
                publish.send("oslo -3").unwrap();
                let mut heard_rome = false;
                while subscribe.recv_timeout(LONG).unwrap() != "oslo -3" {
                    heard_rome = true;
                }
                if !heard_rome {
                    break;
                }
                assert!(Instant::now() < end, "never unsubscribed");
            }
            drop((publish, subscribe));
            here.term_timeout(LONG).unwrap();
            there.term_timeout(LONG).unwrap();
        }
    }
}

#[test]
fn one_socket_has_endpoints_of_all_transports_and_gives_each_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = both();
    let mut pull = here.pull().unwrap();
    let mut at = vec!["inproc://work".to_string()];
    pull.bind("inproc://work").unwrap();
    for endpoint in endpoints(&folder) {
        pull.bind(&endpoint).unwrap();
        at.push(pull.last_endpoint().unwrap());
    }
    let mut pushes = Vec::new();
    for (number, endpoint) in at.iter().enumerate() {
        let context = if number == 0 { &here } else { &there };
        let mut push = context.push().unwrap();
        push.connect(endpoint).unwrap();
        push.send(endpoint.clone()).unwrap();
        pushes.push(push);
    }
    let mut got: Vec<String> = at
        .iter()
        .map(|_| pull.recv_timeout(LONG).unwrap().to_string())
        .collect();
    got.sort();
    at.sort();
    assert_eq!(got, at);
    assert_eq!(here.open_sockets(), 2, "wires are no sockets of the user's");
    let snapshot = here.snapshot();
    assert_eq!(snapshot.wires.len(), at.len() - 1);
    let mut names = snapshot.sockets[0].names.clone();
    names.sort();
    let mut bound: Vec<_> = at
        .iter()
        .map(|at| at.trim_start_matches("inproc://"))
        .collect();
    bound.sort();
    assert_eq!(names, bound, "endpoints are shown as they were bound");
    let text = snapshot.to_string();
    for endpoint in &at[1..] {
        assert!(
            text.contains(&format!("wire of [0] by {endpoint} to ")),
            "{text}"
        );
    }
}

#[test]
fn what_cannot_be_bound_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let context = Context::new();
    let pull = context.pull().unwrap();
    let other = context.pull().unwrap();
    pull.bind("tcp://127.0.0.1:0").unwrap();
    let taken = pull.last_endpoint().unwrap();
    assert_eq!(other.bind(&taken), Err(EndpointError::AddressInUse));
    assert_eq!(
        other.bind("tcp://192.0.2.1:*"),
        Err(EndpointError::AddressNotAvailable)
    );
    assert_eq!(
        other.bind("tcp://no-such-host.invalid:*"),
        Err(EndpointError::NameUnresolved)
    );
    assert_eq!(
        other.connect("tcp://*:80"),
        Err(EndpointError::InvalidEndpoint)
    );
    assert_eq!(other.unbind(&taken), Err(EndpointError::NotConnected));
    assert_eq!(other.disconnect(&taken), Err(EndpointError::NotConnected));
    let typed = Context::<u32>::typed();
    let pair = typed.pair().unwrap();
    assert_eq!(
        pair.bind("tcp://127.0.0.1:*"),
        Err(EndpointError::CarriesBytesOnly)
    );

    let path = folder.path().join("a file");
    fs::write(&path, "precious").unwrap();
    let endpoint = format!("ipc://{}", path.display());
    assert_eq!(other.bind(&endpoint), Err(EndpointError::AddressInUse));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let endpoint = format!("ipc://{}/none/socket", folder.path().display());
    assert_eq!(
        other.bind(&endpoint),
        Err(EndpointError::AddressNotAvailable)
    );
    let endpoint = format!("ipc://{}/{}", folder.path().display(), "x".repeat(200));
    assert_eq!(other.bind(&endpoint), Err(EndpointError::InvalidEndpoint));
    context.shutdown();
    assert_eq!(
        other.bind("tcp://127.0.0.1:*"),
        Err(EndpointError::Terminated)
    );
}

#[test]
fn an_address_is_free_when_unbind_or_close_returns() {
    let folder = tempfile::tempdir().unwrap();
    let context = Context::new();
    for endpoint in endpoints(&folder) {
        let pull = context.pull().unwrap();
        pull.bind(&endpoint).unwrap();
        let at = pull.last_endpoint().unwrap();
        for round in 0..50 {
            pull.unbind(&at).unwrap();
            if let Some(path) = at.strip_prefix("ipc:///") {
                assert!(!fs::exists(format!("/{path}")).unwrap(), "the file is gone");
            }
            pull.bind(&at)
                .unwrap_or_else(|why| panic!("{at}, round {round}: {why}"));
        }
        pull.close();
        let next = context.pull().unwrap();
        next.bind(&at).unwrap();
        // Somebody listens: nobody else takes it.
        assert_eq!(
            context.pull().unwrap().bind(&at),
            Err(EndpointError::AddressInUse)
        );
    }
    // What a process that was killed has left is replaced.
    let path = folder.path().join("left");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(fs::exists(&path).unwrap());
    context
        .pull()
        .unwrap()
        .bind(&format!("ipc://{}", path.display()))
        .unwrap();
}

#[test]
fn a_connect_before_the_bind_keeps_what_is_sent_also_after_the_close() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = format!("tcp://{}", free.local_addr().unwrap());
    drop(free);
    for endpoint in [
        tcp,
        format!("ipc://{}", folder.path().join("late").display()),
    ] {
        let (here, there) = both();
        let mut push = here.push().unwrap();
        let quick = Duration::from_millis(10);
        push.set_wire(WireOptions::new().reconnect(quick, quick));
        push.connect(&endpoint).unwrap();
        for number in ["1", "2", "3"] {
            push.send(number).unwrap();
        }
        assert_eq!(
            push.close().unread,
            3,
            "it is not lost, and the report says so"
        );
        thread::sleep(Duration::from_millis(50));
        let mut pull = there.pull().unwrap();
        pull.bind(&endpoint).unwrap();
        for number in ["1", "2", "3"] {
            assert_eq!(pull.recv_timeout(LONG).unwrap(), number);
        }
        drop(pull);
        // Nothing is left behind: the wire ends with the last message.
        let end = Instant::now() + LONG;
        while !here.snapshot().wires.is_empty() {
            assert!(Instant::now() < end);
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_lingering_close_waits_until_all_is_written_and_no_longer() {
    let (here, there) = both();
    let mut pull = there.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut push = here.push().unwrap();
    push.connect(&pull.last_endpoint().unwrap()).unwrap();
    push.set_linger(Some(LONG));
    (0..1000).for_each(|_| push.send("x").unwrap());
    let begun = Instant::now();
    assert_eq!(push.close().unread, 0);
    assert!(begun.elapsed() < LONG);
    (0..1000).for_each(|_| assert_eq!(pull.recv_timeout(LONG).unwrap(), "x"));
}

#[test]
fn a_connection_that_is_lost_is_made_again_and_the_queue_is_kept() {
    let (here, there) = both();
    let mut push = here.push().unwrap();
    let quick = Duration::from_millis(10);
    push.set_wire(WireOptions::new().reconnect(quick, quick));
    let mut pull = there.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let at = pull.last_endpoint().unwrap();
    let events = here.events(64);
    push.connect(&at).unwrap();
    push.send("before").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "before");
    pull.close();
    // The end was seen: nothing is written into a connection that is dead.
    loop {
        let event = events.recv_timeout(LONG).unwrap();
        if matches!(event.what, What::Wire(WireEvent::Disconnected { .. })) {
            break;
        }
    }
    for number in 0..100 {
        push.send(number.to_string()).unwrap();
    }
    let mut pull = there.pull().unwrap();
    pull.bind(&at).unwrap();
    for number in 0..100 {
        assert_eq!(pull.recv_timeout(LONG).unwrap(), number.to_string());
    }
}

#[test]
fn a_req_whose_rep_restarts_hears_of_it_and_asks_again() {
    let (here, there) = both();
    let mut req = here.req().unwrap();
    let quick = Duration::from_millis(10);
    req.set_wire(WireOptions::new().reconnect(quick, quick));
    let mut rep = there.rep().unwrap();
    rep.bind("tcp://127.0.0.1:*").unwrap();
    let at = rep.last_endpoint().unwrap();
    req.connect(&at).unwrap();
    req.send("1").unwrap();
    assert_eq!(rep.recv_timeout(LONG).unwrap(), "1");
    drop(rep);
    assert_eq!(req.recv_timeout(LONG), Err(RecvError::Disconnected));
    // A question that was not sent yet waits for the next one.
    req.send_timeout("2", LONG).unwrap();
    let mut rep = there.rep().unwrap();
    rep.bind(&at).unwrap();
    assert_eq!(rep.recv_timeout(LONG).unwrap(), "2");
    rep.send("two").unwrap();
    assert_eq!(req.recv_timeout(LONG).unwrap(), "two");
}

#[test]
fn subscriptions_are_told_again_after_a_reconnect() {
    let (here, there) = both();
    let mut subscribe = here.subscribe().unwrap();
    let quick = Duration::from_millis(10);
    subscribe.set_wire(WireOptions::new().reconnect(quick, quick));
    subscribe.subscribe("a").unwrap();
    let mut at = "tcp://127.0.0.1:*".to_string();
    for round in 0..3 {
        let mut publish = there.publish().unwrap();
        publish.bind(&at).unwrap();
        at = publish.last_endpoint().unwrap();
        if round == 0 {
            subscribe.connect(&at).unwrap();
        }
        let end = Instant::now() + LONG;
        let text = format!("a{round}");
        loop {
            publish.send("b").unwrap();
            publish.send(text.clone()).unwrap();
            if subscribe
                .recv_timeout(Duration::from_millis(10))
                .is_ok_and(|got| got == text)
            {
                break;
            }
            assert!(Instant::now() < end, "round {round}");
        }
    }
}

#[test]
fn blocked_calls_end_with_the_context_and_a_stalled_peer_delays_nobody() {
    // A peer that shakes hands and then never reads: of this library, stopped by its own mark.
    let (here, there) = both();
    let pull = there.pull().unwrap();
    pull.set_recv_hwm(1).unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut push = here.push().unwrap();
    push.set_send_hwm(10).unwrap();
    push.connect(&pull.last_endpoint().unwrap()).unwrap();
    let body = vec![0_u8; 64 * 1024];
    while push
        .send_timeout(body.clone(), Duration::from_millis(200))
        .is_ok()
    {}
    let mut quiet = here.pull().unwrap();
    quiet.bind("tcp://127.0.0.1:*").unwrap();
    let waiting = thread::spawn(move || quiet.recv());
    let sending = thread::spawn(move || push.send(body).map_err(|error| error.reason));
    thread::sleep(Duration::from_millis(50));
    here.shutdown();
    assert_eq!(waiting.join().unwrap(), Err(RecvError::Terminated));
    assert_eq!(sending.join().unwrap(), Err(SendReason::Terminated));
    let report = here.term_timeout(LONG).unwrap();
    assert!(report.undelivered >= 1, "{report:?}");
}
