//! Our side is killed and starts again, in the middle of what it does: its peer, of another library,
//! goes on with the next one.

use std::time::{Duration, Instant};

use gimmal::Context;
use gimmal::channel::Receiver;
use gimmal::net::WireEvent;
use gimmal::socket::{SocketEvent, What};

use super::LONG;
use super::peer::{Library, Link, Peer, endpoints};
use super::restart::clear_the_way;

/// What a child does with our sockets: its role, `bind` or `connect`, its endpoint, and a text.
const PART: &str = "GIMMAL_INTEROP_PART";

/// How many questions a child asks.
const QUESTIONS: u32 = 3;

/// Plays the part that the parent has named, until it is killed. As a test of its own it plays
/// nothing.
#[test]
fn child() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let [role, how, at, text] = part.split(' ').collect::<Vec<_>>()[..] else {
        panic!("ROLE bind|connect ENDPOINT TEXT");
    };
    let context = Context::new();
    let link = |socket: &dyn Link| match how {
        "bind" => println!("@at {}", socket.bind(at)),
        _ => socket.connect(at),
    };
    match role {
        "pull" => {
            let mut pull = context.pull().unwrap();
            link(&pull);
            for _ in 0..100 {
                let message = pull.recv().unwrap();
                assert_eq!(message.len(), 1000);
            }
            println!("@got 100");
            // In the middle of what comes.
            while pull.recv().is_ok() {}
        }
        "rep" => {
            let events = context.events(64);
            let mut rep = context.rep().unwrap();
            link(&rep);
            says_that_it_has_a_peer(&events);
            loop {
                let question = rep.recv().unwrap();
                rep.send([format!("{text} {question}")]).unwrap();
            }
        }
        "push" => {
            let mut push = context.push().unwrap();
            link(&push);
            for number in first_number(text).. {
                push.send(number.to_le_bytes().to_vec()).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        "req" => {
            let mut req = context.req().unwrap();
            link(&req);
            for number in 0..QUESTIONS {
                req.send(format!("{text} {number}")).unwrap();
                println!("@got {}", req.recv().unwrap());
            }
            // Without a question: its answer would reach the next child, by some peers.
            std::thread::park();
        }
        "dealer" => {
            let mut dealer = context.dealer().unwrap();
            link(&dealer);
            for number in 0..QUESTIONS {
                dealer.send(format!("{text} {number}")).unwrap();
                println!("@got {}", dealer.recv().unwrap());
            }
            // Without a question: its answer would reach the next child, by some peers.
            std::thread::park();
        }
        "router" => {
            let events = context.events(64);
            let mut router = context.router().unwrap();
            link(&router);
            says_that_it_has_a_peer(&events);
            loop {
                let (who, question) = router.recv().unwrap();
                router.send_to(who, [format!("{text} {question}")]).unwrap();
            }
        }
        "subscribe" => {
            let mut subscribe = context.subscribe().unwrap();
            subscribe.subscribe("rome").unwrap();
            link(&subscribe);
            for _ in 0..3 {
                println!("@got {}", subscribe.recv().unwrap());
            }
            // In the middle of what comes.
            while subscribe.recv().is_ok() {}
        }
        _ => {
            let mut publish = context.publish().unwrap();
            link(&publish);
            loop {
                publish
                    .send(["rome".to_string(), text.to_string()])
                    .unwrap();
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

fn says_that_it_has_a_peer(events: &Receiver<SocketEvent>) {
    let is_linked = |what: &What| matches!(what, What::Wire(WireEvent::Connected { .. }));
    while !is_linked(&events.recv().unwrap().what) {}
    println!("@got a peer");
}

/// The first number that a Push of ours sends in this round; it does not come to the next one.
fn first_number(text: &str) -> u32 {
    match text {
        "one" => 1_000_000,
        "two" => 2_000_000,
        _ => 3_000_000,
    }
}

fn our_child(role: &str, how: &str, at: &str, text: &str) -> Peer {
    Peer::ours(PART, &[role, how, at, text].join(" "), "killed::child")
}

/// We are killed twice; the peer goes on with each new child. `shows` looks whether they hear each
/// other.
fn we_restart(what: &str, ours: &str, role: &[&str], shows: impl Fn(&mut Peer, &mut Peer, &str)) {
    let folder = tempfile::tempdir().unwrap();
    for library in Library::with(what) {
        for at in endpoints(&folder) {
            for peer_binds in [false, true] {
                if !peer_binds && what != "SUB" && !library.has("another connection") {
                    continue;
                }
                println!("{library:?} at {at}, which binds: {peer_binds}");
                // A child of ours that was killed has left its file.
                clear_the_way(library, &at);
                let start = |how, at: &str| {
                    let arguments = [&[role[0], how, at], &role[1..]].concat();
                    Peer::start(library, &arguments)
                };
                let (mut peer, at) = match peer_binds {
                    true => {
                        let mut peer = start("bind", &at);
                        let at = peer.endpoint();
                        (Some(peer), at)
                    }
                    false => (None, at.clone()),
                };
                let mut at = at;
                for text in ["one", "two", "three"] {
                    let how = if peer_binds { "connect" } else { "bind" };
                    let mut child = our_child(ours, how, &at, text);
                    if !peer_binds {
                        at = child.endpoint();
                    }
                    let peer = peer.get_or_insert_with(|| start("connect", &at));
                    shows(&mut child, peer, text);
                    drop(child);
                }
            }
        }
    }
}

#[test]
fn a_push_goes_on_when_our_pull_is_killed() {
    we_restart(
        "PUSH",
        "pull",
        &["push", "1000000000", "1000"],
        |child, _, _| {
            assert_eq!(child.got(), "100");
        },
    );
}

/// The peer asks, and gets the answers.
fn asks(child: &mut Peer, peer: &mut Peer, text: &str) {
    assert_eq!(child.got(), "a peer");
    for question in ["who", "where"] {
        peer.tell(question);
        assert_eq!(peer.got(), format!("{text} {question}"));
    }
}

#[test]
fn a_req_goes_on_when_our_rep_is_killed() {
    we_restart("a Req that hears of its Rep's end", "rep", &["ask"], asks);
}

#[test]
fn a_sub_goes_on_when_our_publish_is_killed() {
    we_restart("SUB", "publish", &["hear"], |_, peer, text| {
        let end = Instant::now() + LONG;
        while peer.got() != text {
            assert!(Instant::now() < end);
        }
    });
}

#[test]
fn a_pull_goes_on_when_our_push_is_killed() {
    we_restart("PULL", "push", &["take"], |_, peer, text| {
        let end = Instant::now() + LONG;
        let first = first_number(text);
        let mut last = 0;
        while last < first + 10 {
            assert!(Instant::now() < end);
            let number: u32 = peer.got().parse().unwrap();
            assert!(number > last, "in their order: {last}, {number}");
            last = number;
        }
        assert!(last < first + 1_000_000);
    });
}

/// It asks the first questions, and the peer's answers come.
fn answered(child: &mut Peer, _: &mut Peer, text: &str) {
    for number in 0..QUESTIONS {
        assert_eq!(child.got(), format!("{text} {number}"));
    }
}

#[test]
fn a_rep_goes_on_when_our_req_is_killed() {
    we_restart("REP", "req", &["rep", "1000000000"], answered);
}

#[test]
fn a_router_goes_on_when_our_dealer_is_killed() {
    we_restart("ROUTER", "dealer", &["router", "1000000000"], answered);
}

#[test]
fn a_req_goes_on_when_our_router_is_killed() {
    we_restart(
        "a Req that hears of its Rep's end",
        "router",
        &["ask"],
        asks,
    );
}

#[test]
fn a_pub_goes_on_when_our_subscribe_is_killed() {
    we_restart("PUB", "subscribe", &["say"], |child, _, _| {
        for _ in 0..3 {
            assert_eq!(child.got(), "rome, 21");
        }
    });
}
