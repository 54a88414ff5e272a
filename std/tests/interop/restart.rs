//! A peer is killed and starts again, in the middle of what it does: our side goes on with the next
//! one, without a call.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use gimmal::channel::Receiver;
use gimmal::net::{WireEvent, WireOptions};
use gimmal::socket::{
    Dealer, Publish, Pull, Push, RecvError, Rep, Req, Router, SocketEvent, Subscribe, What,
};
use gimmal::{Context, Message};

use super::LONG;
use super::peer::{Library, Link, Peer, endpoints};

/// One of our sockets, beside a peer that plays a role.
trait Session: Link {
    /// Does something with the peer that shows that both hear each other.
    fn exchange(&mut self, peer: &mut Peer, round: u32);

    /// Takes what is left of a peer that has gone.
    fn drain(&mut self) {}
}

impl Session for Push {
    fn exchange(&mut self, peer: &mut Peer, round: u32) {
        for number in round * 100..round * 100 + 10 {
            let body = number.to_le_bytes().to_vec();
            self.send_timeout(body, LONG).unwrap();
        }
        for number in round * 100..round * 100 + 10 {
            assert_eq!(peer.got(), number.to_string());
        }
    }
}

impl Session for Pull {
    fn exchange(&mut self, _: &mut Peer, _: u32) {
        for number in 0..100_u32 {
            let message = self.recv_timeout(LONG).unwrap();
            assert_eq!(message.len(), 1000);
            assert_eq!(message.as_bytes()[..4], number.to_le_bytes());
        }
    }

    fn drain(&mut self) {
        // What has come is whole.
        while let Ok(message) = self.try_recv() {
            assert_eq!(message.len(), 1000);
        }
    }
}

impl Session for Req {
    fn exchange(&mut self, _: &mut Peer, round: u32) {
        for number in 0..10 {
            let question = format!("{round} {number}");
            self.send_timeout(question.clone(), LONG).unwrap();
            assert_eq!(self.recv_timeout(LONG).unwrap(), question);
        }
    }
}

impl Session for Dealer {
    fn exchange(&mut self, _: &mut Peer, round: u32) {
        let message = |number: i32| format!("{round} {number}");
        (0..10).for_each(|number| self.send_timeout(message(number), LONG).unwrap());
        for number in 0..10 {
            assert_eq!(self.recv_timeout(LONG).unwrap(), message(number));
        }
    }
}

impl Session for Rep {
    fn exchange(&mut self, _: &mut Peer, _: u32) {
        for number in 0..=10 {
            let question = self.recv_timeout(LONG).unwrap();
            assert_eq!(question, asked(number));
            // A peer that asks the last one has got the answers before.
            if number < 10 {
                self.send_timeout(question, LONG).unwrap();
            }
        }
    }

    fn drain(&mut self) {
        // An answer for a peer that has gone; the next one must not get it.
        let _ = self.try_send("for nobody");
        while self.try_recv().is_ok() {
            let _ = self.try_send("for nobody");
        }
    }
}

impl Session for Router {
    fn exchange(&mut self, _: &mut Peer, _: u32) {
        for number in 0..=10 {
            let (who, question) = self.recv_timeout(LONG).unwrap();
            assert_eq!(question, asked(number));
            if number < 10 {
                self.send_to_timeout(who, question, LONG).unwrap();
            }
        }
    }

    fn drain(&mut self) {
        // An answer for a peer that has gone; the next one must not get it.
        while let Ok((who, _)) = self.try_recv() {
            let _ = self.try_send_to(who, "for nobody");
        }
    }
}

/// What a Req asks.
fn asked(number: u32) -> Message {
    Message::from(["hello".to_string(), String::new(), number.to_string()])
}

impl Session for Subscribe {
    fn exchange(&mut self, _: &mut Peer, _: u32) {
        for _ in 0..2 {
            let heard = self.recv_timeout(LONG).unwrap();
            assert_eq!(heard, Message::from(["rome", "21"]));
        }
    }
}

impl Session for Publish {
    fn exchange(&mut self, peer: &mut Peer, round: u32) {
        let text = round.to_string();
        let (heard, has_heard) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| heard.send(peer.got()).unwrap());
            loop {
                self.send(["rome".to_string(), text.clone()]).unwrap();
                match has_heard.recv_timeout(Duration::from_millis(5)) {
                    Ok(what) => break assert_eq!(what, text),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(why) => panic!("{why}"),
                }
            }
        });
    }
}

/// Waits until the connection with a peer has ended, and takes what it has left.
fn has_lost_its_peer(socket: &mut impl Session, events: &Receiver<SocketEvent>) {
    let end = Instant::now() + LONG;
    loop {
        assert!(Instant::now() < end);
        socket.drain();
        let event = events.recv_timeout(Duration::from_millis(5));
        if event.is_ok_and(|event| matches!(event.what, What::Wire(WireEvent::Disconnected { .. })))
        {
            return socket.drain();
        }
    }
}

/// Removes the file that a killed peer has left, where the next one would not.
pub(super) fn clear_the_way(library: Library, at: &str) {
    if !library.has("a file that is replaced")
        && let Some(path) = at.strip_prefix("ipc://")
    {
        // There is none at first.
        let _ = std::fs::remove_file(path);
    }
}

/// The peer is killed twice; with each new one the socket goes on.
fn peers_restart<S: Session>(what: &str, role: &[&str], open: impl Fn(&Context) -> S) {
    let folder = tempfile::tempdir().unwrap();
    for library in Library::with(what) {
        for at in endpoints(&folder) {
            for peer_binds in [false, true] {
                println!("{library:?} at {at}, which binds: {peer_binds}");
                let context = Context::new();
                let events = context.events(1 << 16);
                let mut socket = open(&context);
                let mut at = match peer_binds {
                    true => at.clone(),
                    false => socket.bind(&at),
                };
                let how = if peer_binds { "bind" } else { "connect" };
                for round in 0..3 {
                    let arguments = [&[role[0], how, &at], &role[1..]].concat();
                    if peer_binds {
                        clear_the_way(library, &at);
                    }
                    let mut peer = Peer::start(library, &arguments);
                    if peer_binds {
                        let bound = peer.endpoint();
                        if round == 0 {
                            socket.connect(&bound);
                            at = bound;
                        }
                    }
                    socket.exchange(&mut peer, round);
                    drop(peer);
                    // What is sent from here on is for the next one.
                    has_lost_its_peer(&mut socket, &events);
                }
                drop(socket);
                context.term_timeout(LONG).expect("all is closed");
            }
        }
    }
}

/// It connects again at once.
fn quick() -> WireOptions {
    let quick = Duration::from_millis(20);
    WireOptions::new().reconnect(quick, quick)
}

macro_rules! restart {
    ($test:ident, $kind:ident, $what:literal, $role:expr) => {
        #[test]
        fn $test() {
            peers_restart($what, $role, |context| {
                let socket = context.$kind().unwrap();
                socket.set_linger(Some(Duration::ZERO));
                socket.set_wire(quick());
                socket
            });
        }
    };
}

restart!(
    a_push_goes_on_when_its_pull_is_killed,
    push,
    "PULL",
    &["take"]
);
restart!(
    a_pull_goes_on_when_its_push_is_killed,
    pull,
    "PUSH",
    &["push", "1000000000", "1000"]
);
restart!(
    a_req_goes_on_when_its_rep_is_killed,
    req,
    "REP",
    &["rep", "1000000"]
);
restart!(
    a_dealer_goes_on_when_its_router_is_killed,
    dealer,
    "ROUTER",
    &["router", "1000000"]
);
restart!(
    a_rep_goes_on_when_its_req_is_killed,
    rep,
    "REQ",
    &["req", "1000000"]
);
restart!(
    a_router_goes_on_when_its_req_is_killed,
    router,
    "REQ",
    &["req", "1000000"]
);
restart!(
    a_publish_goes_on_when_its_sub_is_killed,
    publish,
    "SUB",
    &["hear"]
);

#[test]
fn a_subscribe_goes_on_when_its_pub_is_killed() {
    peers_restart("PUB", &["pub", "PUB"], |context| {
        let socket = context.subscribe().unwrap();
        socket.subscribe("rome").unwrap();
        socket.set_wire(quick());
        socket
    });
}

#[test]
fn a_req_whose_rep_is_killed_before_it_answers_is_told_and_asks_the_next() {
    let folder = tempfile::tempdir().unwrap();
    for library in Library::with("REP") {
        for at in endpoints(&folder) {
            let context = Context::new();
            let mut req = context.req().unwrap();
            req.set_wire(quick());
            let mut at = at;
            for round in ["first", "second"] {
                clear_the_way(library, &at);
                let mut peer = Peer::start(library, &["mute", "bind", &at]);
                let bound = peer.endpoint();
                if round == "first" {
                    Link::connect(&req, &bound);
                    at = bound;
                }
                req.send_timeout(round, LONG).unwrap();
                assert_eq!(peer.line(), "heard");
                drop(peer);
                assert_eq!(req.recv_timeout(LONG), Err(RecvError::Disconnected));
            }
            clear_the_way(library, &at);
            let mut peer = Peer::start(library, &["rep", "bind", &at, "1"]);
            peer.endpoint();
            req.send_timeout("third", LONG).unwrap();
            assert_eq!(req.recv_timeout(LONG).unwrap(), "third");
            peer.ends_well();
        }
    }
}
