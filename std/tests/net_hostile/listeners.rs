//! The listeners that are attacked, and the good peers that they serve.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use gimmal::Context;
use gimmal::channel::Receiver;
use gimmal::net::{Security, WireError, WireEvent, WireOptions};
use gimmal::socket::{Dealer, Publish, Pull, Push, Rep, Router, SocketEvent, What};

use super::LONG;
use super::inputs::{MOST, MOST_FRAMES};

/// Which of the listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Pull,
    Push,
    Rep,
    Router,
    Dealer,
    Publish,
    Plain,
}

/// The listeners that are attacked.
pub(super) struct Listeners {
    context: Context,
    events: Receiver<SocketEvent>,
    pub(super) pull: Pull,
    push: Push,
    rep: Rep,
    router: Router,
    dealer: Dealer,
    publish: Publish,
    plain: Pull,
}

impl Listeners {
    pub(super) fn new() -> Self {
        let context = Context::new();
        let all = Listeners {
            events: context.events(1 << 16),
            pull: context.pull().unwrap(),
            push: context.push().unwrap(),
            rep: context.rep().unwrap(),
            router: context.router().unwrap(),
            dealer: context.dealer().unwrap(),
            publish: context.publish().unwrap(),
            plain: context.pull().unwrap(),
            context,
        };
        let options = WireOptions::new()
            .max_message(MOST)
            .max_frames(MOST_FRAMES)
            .handshake_timeout(Duration::from_millis(400));
        macro_rules! bind {
            ($($one:ident),*) => {$(
                all.$one.set_wire(options.clone());
                all.$one.bind("tcp://127.0.0.1:*").unwrap();
            )*};
        }
        bind!(pull, push, rep, router, dealer, publish);
        let check = Security::plain_server(|client| client.password == "right");
        all.plain.set_wire(options.security(check));
        all.plain.bind("tcp://127.0.0.1:*").unwrap();
        all
    }

    pub(super) fn endpoint(&self, at: At) -> String {
        let endpoint = match at {
            At::Pull => self.pull.last_endpoint(),
            At::Push => self.push.last_endpoint(),
            At::Rep => self.rep.last_endpoint(),
            At::Router => self.router.last_endpoint(),
            At::Dealer => self.dealer.last_endpoint(),
            At::Publish => self.publish.last_endpoint(),
            At::Plain => self.plain.last_endpoint(),
        };
        endpoint.unwrap()
    }

    pub(super) fn stream(&self, at: At) -> TcpStream {
        let endpoint = self.endpoint(at);
        let stream = TcpStream::connect(endpoint.strip_prefix("tcp://").unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    /// A good peer comes, is served, and goes.
    pub(super) fn serve(&mut self, at: At) {
        let there = Context::new();
        let endpoint = self.endpoint(at);
        let quick = Duration::from_millis(10);
        let options = WireOptions::new().reconnect(quick, quick);
        match at {
            At::Pull | At::Plain => {
                let mut push = there.push().unwrap();
                push.set_wire(match at {
                    At::Plain => options.security(Security::plain_client("me", "right")),
                    _ => options,
                });
                push.connect(&endpoint).unwrap();
                push.send("good").unwrap();
                let pull = if at == At::Plain {
                    &mut self.plain
                } else {
                    &mut self.pull
                };
                // Messages of the others may be before it.
                while pull.recv_timeout(LONG).unwrap() != "good" {}
            }
            At::Push => {
                let mut pull = there.pull().unwrap();
                pull.connect(&endpoint).unwrap();
                let end = Instant::now() + LONG;
                loop {
                    // Another peer may have got it.
                    let _ = self.push.try_send("good");
                    if pull.recv_timeout(quick).is_ok_and(|got| got == "good") {
                        break;
                    }
                    assert!(Instant::now() < end);
                }
            }
            At::Rep => {
                let mut req = there.req().unwrap();
                req.set_wire(options);
                req.connect(&endpoint).unwrap();
                req.send("good").unwrap();
                loop {
                    let question = self.rep.recv_timeout(LONG).unwrap();
                    let answered = self.rep.send("answer");
                    if question == "good" {
                        answered.unwrap();
                        break;
                    }
                }
                assert_eq!(req.recv_timeout(LONG).unwrap(), "answer");
            }
            At::Router => {
                let mut dealer = there.dealer().unwrap();
                dealer.set_wire(options);
                dealer.connect(&endpoint).unwrap();
                dealer.send("good").unwrap();
                let who = loop {
                    let (who, message) = self.router.recv_timeout(LONG).unwrap();
                    if message == "good" {
                        break who;
                    }
                };
                self.router.send_to(who, "answer").unwrap();
                assert_eq!(dealer.recv_timeout(LONG).unwrap(), "answer");
            }
            At::Dealer => {
                let mut dealer = there.dealer().unwrap();
                dealer.set_wire(options);
                dealer.connect(&endpoint).unwrap();
                dealer.send("good").unwrap();
                while self.dealer.recv_timeout(LONG).unwrap() != "good" {}
            }
            At::Publish => {
                let mut subscribe = there.subscribe().unwrap();
                subscribe.set_wire(options);
                subscribe.subscribe("good").unwrap();
                subscribe.connect(&endpoint).unwrap();
                let end = Instant::now() + LONG;
                loop {
                    self.publish.send("good").unwrap();
                    if subscribe.recv_timeout(quick).is_ok() {
                        break;
                    }
                    assert!(Instant::now() < end);
                }
            }
        }
    }

    /// Waits for the end of the connection of this peer, and returns why it ended.
    pub(super) fn end_of(&self, address: &str) -> WireError {
        loop {
            match self.events.recv_timeout(LONG).unwrap().what {
                What::Wire(WireEvent::Refused { peer, why, .. })
                | What::Wire(WireEvent::Disconnected { peer, why, .. })
                    if peer == address =>
                {
                    return why;
                }
                _ => {}
            }
        }
    }

    pub(super) fn has_no_wires(&self) {
        let end = Instant::now() + LONG;
        while !self.context.snapshot().wires.is_empty() {
            assert!(Instant::now() < end, "{:?}", self.context.snapshot().wires);
            thread::sleep(Duration::from_millis(1));
        }
    }
}
