//! Sockets beside those of other libraries: libzmq (in Python by pyzmq), zmq.rs and omq. Every
//! pattern, both ways, over tcp and ipc.
//!
//! `tests/interop/run.sh` makes the environment and the programs, and runs this with them; it names the
//! versions. Without them the tests say that they are skipped; with `pyzmq` and `rust-peers` among the
//! words of `GIMMAL_REQUIRE` in the environment they fail instead.
//!
//! | | what a peer does not do | so |
//! |---|---|---|
//! | zmq.rs | it has no Pair, no PLAIN and no CURVE | not asked for |
//! | zmq.rs | it ends a connection by which a PING comes | [`a_peer_that_is_asked_is_alive`]: no heartbeats with it |
//! | zmq.rs | it connects once; only its Sub connects again | its others are not connected when we are killed |
//! | zmq.rs | its Req asks a Rep that has gone, and says then that there is no message | not asked for |
//! | zmq.rs | it does not wait for its first peer, and loses at its end what it has not written | its peer tries again, and stays until all has come |
//! | zmq.rs | it does not replace a socket file that a killed process has left | the test removes it |
//! | libzmq | the answer of its Rep to a Req that has gone reaches the next Req at that endpoint, if it has connected | our Req and our Dealer are killed when all their questions are answered |
//! | omq | its CURVE is the one that we use | libzmq is asked |
//!
//! The rest is as with libzmq.
#![cfg(all(feature = "net", unix))]

#[path = "kit/example.rs"]
mod example;
#[path = "interop/killed.rs"]
mod killed;
#[path = "interop/peer.rs"]
mod peer;
#[path = "interop/programs.rs"]
mod programs;
#[path = "interop/restart.rs"]
mod restart;

use std::time::{Duration, Instant};

use gimmal::net::{Heartbeat, Security, WireError, WireEvent, WireOptions, same_secret};
use gimmal::socket::What;
use gimmal::{Context, Message};
use peer::{Library, Link, Peer, each_way};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_pull_takes_what_a_push_sends_in_its_order() {
    each_way("PUSH", |context, start| {
        let mut pull = context.pull().unwrap();
        let peer = start(&pull, "push", &["1000"]);
        for number in 0..1000_u32 {
            let message = pull.recv_timeout(LONG).unwrap();
            assert_eq!(message.as_bytes()[..4], number.to_le_bytes());
        }
        peer.ends_well();
    });
}

#[test]
fn a_push_sends_what_a_pull_takes_in_its_order() {
    each_way("PULL", |context, start| {
        let mut push = context.push().unwrap();
        let peer = start(&push, "pull", &["1000"]);
        for number in 0..1000_u32 {
            push.send(number.to_le_bytes().to_vec()).unwrap();
        }
        peer.ends_well();
    });
}

#[test]
fn pairs_exchange_frames_of_every_kind() {
    each_way("PAIR", |context, start| {
        let mut pair = context.pair().unwrap();
        let peer = start(&pair, "pair", &[]);
        pair.send(["one", "", "three"]).unwrap();
        let back = pair.recv_timeout(LONG).unwrap();
        assert_eq!(
            back,
            Message::from(["".to_string(), "x".repeat(300), "".to_string()])
        );
        peer.ends_well();
    });
}

#[test]
fn a_rep_answers_a_req_and_a_dealer() {
    each_way("REQ", |context, start| {
        let mut rep = context.rep().unwrap();
        let peer = start(&rep, "req", &["50"]);
        for _ in 0..50 {
            let question = rep.recv_timeout(LONG).unwrap();
            assert_eq!(question.frame_count(), 3, "no empty frame is shown");
            rep.send(question).unwrap();
        }
        peer.ends_well();
    });
    each_way("DEALER", |context, start| {
        let mut rep = context.rep().unwrap();
        let peer = start(&rep, "dealer", &["someone", "delimited"]);
        for text in ["first", "second"] {
            let question = rep.recv_timeout(LONG).unwrap();
            assert_eq!(question, Message::from([text, "body"]));
            rep.send(question).unwrap();
        }
        peer.ends_well();
    });
}

#[test]
fn a_req_asks_a_rep_and_a_router() {
    for (role, kind) in [("rep", "REP"), ("router", "ROUTER")] {
        each_way(kind, |context, start| {
            let mut req = context.req().unwrap();
            let peer = start(&req, role, &["50"]);
            for number in 0..50 {
                let question = Message::from([number.to_string(), String::new()]);
                req.send(question.clone()).unwrap();
                assert_eq!(req.recv_timeout(LONG).unwrap(), question);
            }
            peer.ends_well();
        });
    }
}

#[test]
fn a_dealer_talks_to_a_rep_and_a_router() {
    for (role, kind) in [("rep", "REP"), ("router", "ROUTER")] {
        each_way(kind, |context, start| {
            let mut dealer = context.dealer().unwrap();
            let peer = start(&dealer, role, &["20"]);
            for number in 0..20 {
                dealer
                    .send(["question".to_string(), number.to_string()])
                    .unwrap();
            }
            for number in 0..20 {
                let answer = dealer.recv_timeout(LONG).unwrap();
                assert_eq!(
                    answer,
                    Message::from(["question".to_string(), number.to_string()])
                );
            }
            peer.ends_well();
        });
    }
}

#[test]
fn a_router_knows_a_dealer_by_its_identity_and_a_req() {
    each_way("DEALER", |context, start| {
        let mut router = context.router().unwrap();
        let peer = start(&router, "dealer", &["worker-1", "plain"]);
        for text in ["first", "second"] {
            let (who, message) = router.recv_timeout(LONG).unwrap();
            assert_eq!(message, Message::from([text, "body"]));
            router.send_to(who, message).unwrap();
        }
        peer.ends_well();
    });
    each_way("REQ", |context, start| {
        let mut router = context.router().unwrap();
        let peer = start(&router, "req", &["20"]);
        for _ in 0..20 {
            let (who, message) = router.recv_timeout(LONG).unwrap();
            assert_eq!(message.frame_count(), 3, "no empty frame is shown");
            router.send_to(who, message).unwrap();
        }
        peer.ends_well();
    });
}

#[test]
fn publishers_and_subscribers_agree_about_topics() {
    for kind in ["SUB", "XSUB"] {
        each_way(kind, |context, start| {
            let mut publish = context.publish().unwrap();
            let mut peer = start(&publish, "sub", &[kind]);
            let end = Instant::now() + LONG;
            while !peer.has_ended() {
                publish.send(["paris", "20"]).unwrap();
                publish.send(["rome", "21"]).unwrap();
                assert!(Instant::now() < end);
                std::thread::sleep(Duration::from_millis(5));
            }
            peer.ends_well();
        });
    }
    for kind in ["PUB", "XPUB"] {
        each_way(kind, |context, start| {
            let mut subscribe = context.subscribe().unwrap();
            subscribe.subscribe("rome").unwrap();
            let peer = start(&subscribe, "pub", &[kind]);
            for _ in 0..2 {
                let heard = subscribe.recv_timeout(LONG).unwrap();
                assert_eq!(heard, Message::from(["rome", "21"]));
            }
            drop(subscribe);
            peer.ends_well();
        });
    }
}

#[test]
fn a_peer_that_is_asked_is_alive() {
    for library in Library::with("PULL") {
        let context = Context::new();
        let events = context.events(64);
        let mut push = context.push().unwrap();
        let beat = Heartbeat::every(Duration::from_millis(50)).timeout(Duration::from_millis(800));
        push.set_wire(WireOptions::new().heartbeat(beat));
        let at = Link::bind(&push, "tcp://127.0.0.1:*");
        let mut peer = Peer::start(library, &["take", "connect", &at]);
        push.send_timeout(1_u32.to_le_bytes().to_vec(), LONG)
            .unwrap();
        assert_eq!(peer.got(), "1");
        let is_end = |what: &What| matches!(what, What::Wire(WireEvent::Disconnected { .. }));
        if !library.has("PONG") {
            while !is_end(&events.recv_timeout(LONG).unwrap().what) {}
            continue;
        }
        // Longer than a silence may be.
        std::thread::sleep(Duration::from_millis(1600));
        push.send_timeout(2_u32.to_le_bytes().to_vec(), LONG)
            .unwrap();
        assert_eq!(peer.got(), "2");
        while let Ok(event) = events.try_recv() {
            assert!(!is_end(&event.what), "{event}");
        }
    }
}

#[test]
fn frames_of_a_hundred_megabytes_come_whole() {
    each_way("PUSH", |context, start| {
        let mut pull = context.pull().unwrap();
        pull.set_recv_hwm(1).unwrap();
        let peer = start(&pull, "large", &["100", "2"]);
        for _ in 0..2 {
            let array = pull.recv_timeout(LONG).unwrap();
            let values = array.as_bytes().chunks_exact(4);
            assert_eq!(values.len(), 25_000_000);
            assert!(values.step_by(1001).all(|one| one == 1_f32.to_le_bytes()));
        }
        peer.ends_well();
    });
}

/// A server that lets in peers with the right keys, and says why another one is not let in.
fn guards(mechanism: &str, security: Security, right: &str, wrong: &[&str]) {
    for library in Library::with(mechanism) {
        guards_against(library, security.clone(), right, wrong);
    }
}

fn guards_against(library: Library, security: Security, right: &str, wrong: &[&str]) {
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.set_wire(WireOptions::new().security(security));
    let at = Link::bind(&pull, "tcp://127.0.0.1:*");
    let events = context.events(256);
    for keys in wrong {
        let _peer = Peer::start(library, &["push", "connect", &at, "3", "16", keys]);
        loop {
            let event = events.recv_timeout(LONG).unwrap();
            if let What::Wire(WireEvent::Refused { why, .. }) = event.what {
                assert!(
                    matches!(
                        why,
                        WireError::Security(_) | WireError::Closed | WireError::Io(_)
                    ),
                    "{keys}: {why:?}"
                );
                break;
            }
        }
    }
    let peer = Peer::start(library, &["push", "connect", &at, "3", "16", right]);
    for number in 0..3_u32 {
        let message = pull.recv_timeout(LONG).unwrap();
        assert_eq!(message.as_bytes()[..4], number.to_le_bytes());
    }
    peer.ends_well();
}

#[test]
fn plain_guards_a_server() {
    let check = |client: &gimmal::net::Client| {
        client.username == "admin" && same_secret(&client.password, "sesame")
    };
    guards(
        "PLAIN",
        Security::plain_server(check),
        "plain admin sesame",
        &["plain admin barley", "null"],
    );
}

#[cfg(feature = "curve")]
#[test]
fn curve_guards_a_server() {
    use gimmal::net::CurveKeys;

    let (server, client, stranger) = (
        CurveKeys::generate(),
        CurveKeys::generate(),
        CurveKeys::generate(),
    );
    let known = client.public().to_bytes();
    let line = |keys: &CurveKeys, server: &CurveKeys| {
        let (server, public) = (server.public().to_z85(), keys.public().to_z85());
        format!("curve {server} {public} {}", keys.secret_z85())
    };
    guards(
        "CURVE",
        Security::curve_server(server.clone(), move |client| client.public_key == known),
        &line(&client, &server),
        &[&line(&stranger, &server), &line(&client, &stranger), "null"],
    );
}

/// A server of libzmq that lets in peers with the right keys and tells the others that it does not.
fn is_let_in(mechanism: &str, server: &str, right: Security, wrong: Security) {
    for library in Library::with(mechanism) {
        is_let_in_by(library, server, right.clone(), wrong.clone());
    }
}

fn is_let_in_by(library: Library, server: &str, right: Security, wrong: Security) {
    let context = Context::new();
    let mut peer = Peer::start(library, &["guarded", "bind", "tcp://127.0.0.1:*", server]);
    let at = peer.endpoint();
    let events = context.events(256);
    let mut stranger = context.push().unwrap();
    stranger.set_wire(WireOptions::new().security(wrong));
    Link::connect(&stranger, &at);
    stranger.send("let me in, too").unwrap();
    loop {
        let event = events.recv_timeout(LONG).unwrap();
        if matches!(event.what, What::Wire(WireEvent::Refused { .. })) {
            break;
        }
    }
    let mut push = context.push().unwrap();
    push.set_wire(WireOptions::new().security(right));
    Link::connect(&push, &at);
    push.send("let me in").unwrap();
    peer.ends_well();
}

#[test]
fn a_plain_server_lets_a_client_in() {
    is_let_in(
        "PLAIN",
        "plain admin sesame",
        Security::plain_client("admin", "sesame"),
        Security::plain_client("admin", "barley"),
    );
}

#[cfg(feature = "curve")]
#[test]
fn a_curve_server_lets_a_client_in() {
    use gimmal::net::CurveKeys;

    let (server, client) = (CurveKeys::generate(), CurveKeys::generate());
    is_let_in(
        "CURVE",
        &format!("curve {}", server.secret_z85()),
        Security::curve_client(client.clone(), server.public()),
        Security::curve_client(client.clone(), client.public()),
    );
}
