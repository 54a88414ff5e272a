//! Sockets beside libzmq itself, in Python by pyzmq: every pattern, both ways, over tcp and ipc.
//!
//! `tests/interop/run.sh` makes the environment and runs this with it. Without it the tests say that
//! they are skipped; with `pyzmq` among the words of `GIMMAL_REQUIRE` in the environment they fail
//! instead.
#![cfg(all(feature = "net", unix))]

use std::env;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gimmal::net::{Security, WireError, WireEvent, WireOptions, same_secret};
use gimmal::socket::{RecvError, What};
use gimmal::{Context, Message};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// The Python that has pyzmq.
fn python() -> Option<String> {
    let python = env::var("GIMMAL_PYTHON").ok();
    if python.is_none() {
        let required = env::var("GIMMAL_REQUIRE").unwrap_or_default();
        let required = required.split([' ', ',']).any(|word| word == "pyzmq");
        assert!(!required, "GIMMAL_PYTHON names no Python with pyzmq");
        println!("SKIPPED: GIMMAL_PYTHON names no Python with pyzmq; tests/interop/run.sh does");
    }
    python
}

/// A peer that runs; ended with the test, whatever happens.
struct Peer(Child);

impl Peer {
    fn start(python: &str, arguments: &[&str]) -> Peer {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peers.py");
        let child = Command::new(python)
            .arg(script)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn();
        Peer(child.expect("Python starts"))
    }

    /// The next line that it prints.
    fn line(&mut self) -> String {
        let mut line = Vec::new();
        let out = self.0.stdout.as_mut().expect("it is piped");
        // Byte by byte: what comes behind the line is the next call's.
        while line.last() != Some(&b'\n') {
            let mut byte = [0];
            out.read_exact(&mut byte).expect("it prints a line");
            line.push(byte[0]);
        }
        String::from_utf8(line).expect("a text").trim().into()
    }

    /// Where it has bound.
    fn endpoint(&mut self) -> String {
        let line = self.line();
        line.strip_prefix("at ").expect("an endpoint").into()
    }

    /// Waits for its end, which is a good one.
    fn ends_well(mut self) {
        let end = Instant::now() + LONG + LONG;
        let status = loop {
            if let Some(status) = self.0.try_wait().expect("it is ours") {
                break status;
            }
            assert!(Instant::now() < end, "the peer does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "the peer has found something wrong");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs `case` for each transport, with the peer connecting and binding. It is given a way to start
/// the peer and link it with a socket.
fn each_way(case: impl Fn(&Context, &dyn Fn(&dyn Link, &str, &[&str]) -> Peer)) {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let ipc = format!("ipc://{}", folder.path().join("socket").display());
    for endpoint in ["tcp://127.0.0.1:*", &ipc] {
        for peer_binds in [false, true] {
            let context = Context::new();
            case(&context, &|socket, role, arguments| match peer_binds {
                true => {
                    let all = [&[role, "bind", endpoint], arguments].concat();
                    let mut peer = Peer::start(&python, &all);
                    socket.connect(&peer.endpoint());
                    peer
                }
                false => {
                    let at = socket.bind(endpoint);
                    let all = [&[role, "connect", &at], arguments].concat();
                    Peer::start(&python, &all)
                }
            });
            context.term_timeout(LONG).expect("all is closed");
        }
    }
}

/// A socket of any pattern, to be linked.
trait Link {
    fn bind(&self, endpoint: &str) -> String;
    fn connect(&self, endpoint: &str);
}

impl<P: gimmal::socket::Pattern> Link for gimmal::socket::Socket<Message, P> {
    fn bind(&self, endpoint: &str) -> String {
        gimmal::socket::Socket::bind(self, endpoint).unwrap();
        self.last_endpoint().unwrap()
    }

    fn connect(&self, endpoint: &str) {
        gimmal::socket::Socket::connect(self, endpoint).unwrap();
    }
}

#[test]
fn a_pull_takes_what_a_push_sends_in_its_order() {
    each_way(|context, start| {
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
    each_way(|context, start| {
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
    each_way(|context, start| {
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
    each_way(|context, start| {
        let mut rep = context.rep().unwrap();
        let peer = start(&rep, "req", &["50"]);
        for _ in 0..50 {
            let question = rep.recv_timeout(LONG).unwrap();
            assert_eq!(question.frame_count(), 3, "no empty frame is shown");
            rep.send(question).unwrap();
        }
        peer.ends_well();
    });
    each_way(|context, start| {
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
    for role in ["rep", "router"] {
        each_way(|context, start| {
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
    for role in ["rep", "router"] {
        each_way(|context, start| {
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
    each_way(|context, start| {
        let mut router = context.router().unwrap();
        let peer = start(&router, "dealer", &["worker-1", "plain"]);
        for text in ["first", "second"] {
            let (who, message) = router.recv_timeout(LONG).unwrap();
            assert_eq!(message, Message::from([text, "body"]));
            router.send_to(who, message).unwrap();
        }
        peer.ends_well();
    });
    each_way(|context, start| {
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
        each_way(|context, start| {
            let mut publish = context.publish().unwrap();
            let mut peer = start(&publish, "sub", &[kind]);
            let end = Instant::now() + LONG;
            while peer.0.try_wait().unwrap().is_none() {
                publish.send(["paris", "20"]).unwrap();
                publish.send(["rome", "21"]).unwrap();
                assert!(Instant::now() < end);
                std::thread::sleep(Duration::from_millis(5));
            }
            peer.ends_well();
        });
    }
    for kind in ["PUB", "XPUB"] {
        each_way(|context, start| {
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
fn frames_of_a_hundred_megabytes_come_whole() {
    each_way(|context, start| {
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

#[test]
fn a_req_whose_peer_is_killed_is_told_and_asks_the_next() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = format!("ipc://{}", folder.path().join("socket").display());
    let context = Context::new();
    let mut req = context.req().unwrap();
    let quick = Duration::from_millis(20);
    req.set_wire(WireOptions::new().reconnect(quick, quick));
    Link::connect(&req, &at);
    for round in ["first", "second"] {
        let mut peer = Peer::start(&python, &["mute", "bind", &at]);
        peer.endpoint();
        req.send_timeout(round, LONG).unwrap();
        assert_eq!(peer.line(), "heard");
        drop(peer);
        assert_eq!(req.recv_timeout(LONG), Err(RecvError::Disconnected));
    }
    let mut peer = Peer::start(&python, &["rep", "bind", &at, "1"]);
    peer.endpoint();
    req.send_timeout("third", LONG).unwrap();
    assert_eq!(req.recv_timeout(LONG).unwrap(), "third");
    peer.ends_well();
}

#[test]
fn a_pull_goes_on_when_a_push_is_killed_in_the_middle() {
    let Some(python) = python() else { return };
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    let at = Link::bind(&pull, "tcp://127.0.0.1:*");
    let events = context.events(1024);
    let endless = Peer::start(&python, &["push", "connect", &at, "1000000000", "1000"]);
    for number in 0..5000_u32 {
        assert_eq!(
            pull.recv_timeout(LONG).unwrap().as_bytes()[..4],
            number.to_le_bytes()
        );
    }
    drop(endless);
    let is_end = |what: &What| matches!(what, What::Wire(WireEvent::Disconnected { .. }));
    let mut last = 5000_u32;
    // What had come is whole, and in its order.
    while let Ok(message) = pull.recv_timeout(Duration::from_millis(300)) {
        assert_eq!(
            (message.len(), &message.as_bytes()[..4]),
            (1000, &last.to_le_bytes()[..])
        );
        last += 1;
    }
    while !is_end(&events.recv_timeout(LONG).unwrap().what) {}
    let next = Peer::start(&python, &["push", "connect", &at, "10"]);
    for number in 0..10_u32 {
        assert_eq!(
            pull.recv_timeout(LONG).unwrap().as_bytes()[..4],
            number.to_le_bytes()
        );
    }
    next.ends_well();
}

/// A server that lets in who has the right keys, and says why another one is not let in.
fn guards(security: Security, right: &str, wrong: &[&str]) {
    let Some(python) = python() else { return };
    let context = Context::new();
    let mut pull = context.pull().unwrap();
    pull.set_wire(WireOptions::new().security(security));
    let at = Link::bind(&pull, "tcp://127.0.0.1:*");
    let events = context.events(256);
    for keys in wrong {
        let _peer = Peer::start(&python, &["push", "connect", &at, "3", "16", keys]);
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
    let peer = Peer::start(&python, &["push", "connect", &at, "3", "16", right]);
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
        Security::curve_server(server.clone(), move |client| client.public_key == known),
        &line(&client, &server),
        &[&line(&stranger, &server), &line(&client, &stranger), "null"],
    );
}

/// A server of libzmq that lets in who has the right keys; who has others is told so.
fn is_let_in(server: &str, right: Security, wrong: Security) {
    let Some(python) = python() else { return };
    let context = Context::new();
    let mut peer = Peer::start(&python, &["guarded", "bind", "tcp://127.0.0.1:*", server]);
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
        &format!("curve {}", server.secret_z85()),
        Security::curve_client(client.clone(), server.public()),
        Security::curve_client(client.clone(), client.public()),
    );
}
