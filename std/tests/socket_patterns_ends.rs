//! How waits of the patterns end: by a peer that goes while it is waited for, and by a shutdown, whatever is waited for.
#![allow(
    clippy::result_large_err,
    reason = "a message that was not sent comes back"
)]

mod kit;

use std::any::Any;
use std::thread;

use gimmal::socket::{
    DealerPattern, PairPattern, Pattern, Publish, PublishPattern, PullPattern, PushPattern,
    RecvError, Rep, RepPattern, Req, ReqPattern, RouterPattern, SendReason, Socket, Subscribe,
    SubscribePattern, WhenFull,
};
use gimmal::{Context, Message};

use kit::verbs::{
    Hears, Says, To, answers_nobody_fetches, drain, fill, small, while_it_sleeps, why,
};
use kit::{bounded, until_it_sleeps};

/// So many ways to go.
const WAYS: [fn(Rep); 4] = [
    drop,
    |rep| {
        rep.close();
    },
    |rep| rep.disconnect("inproc://req").unwrap(),
    |rep| {
        let panics = move || {
            let _rep = rep;
            std::panic::resume_unwind(Box::new(()));
        };
        assert!(thread::spawn(panics).join().is_err());
    },
];

#[test]
fn a_req_is_told_when_its_rep_goes_while_it_waits() {
    bounded(|| {
        for (way, go) in WAYS.into_iter().enumerate() {
            for waits in <Req as Hears>::WAITS {
                for heard in [false, true] {
                    let context = small();
                    let mut req = context.req().unwrap();
                    req.bind("inproc://req").unwrap();
                    let mut rep = context.rep().unwrap();
                    rep.connect("inproc://req").unwrap();
                    let mut other = context.rep().unwrap();
                    other.connect("inproc://req").unwrap();
                    req.send("a question").unwrap();
                    if rep.can_recv() != Ok(true) {
                        std::mem::swap(&mut rep, &mut other);
                    }
                    if heard {
                        rep.recv().unwrap();
                    }
                    let end = while_it_sleeps("req-of-dying", || waits(&mut req), || go(rep));
                    assert_eq!(end.err(), Some(RecvError::Disconnected), "way {way}");
                    // The other one is there all the time, and is asked next.
                    req.send("the next").unwrap();
                    assert!(other.recv().unwrap() == "the next");
                    other.send("an answer").unwrap();
                    assert!(req.recv().unwrap() == "an answer");
                }
            }
        }
    });
}

#[test]
fn who_sends_to_a_full_peer_is_told_when_that_goes() {
    bounded(|| {
        for waits in To::WAITS {
            let context = small();
            let router = context.router().unwrap();
            router.bind("inproc://router").unwrap();
            let (peer, other) = (context.dealer().unwrap(), context.dealer().unwrap());
            peer.connect("inproc://router").unwrap();
            other.connect("inproc://router").unwrap();
            let mut to = To(router, peer.identity());
            fill(&mut to);
            let sent = while_it_sleeps("to-dying", || waits(&mut to, "back".into()), || drop(peer));
            let (reason, message) = why(sent);
            assert!(reason == SendReason::Unreachable && message == "back");
            to.1 = other.identity();
            to.tries("to the other".into()).unwrap();
        }
        // An answer to who has gone comes back too.
        for waits in <Rep as Says>::WAITS {
            let context = small();
            let mut rep = context.rep().unwrap();
            rep.bind("inproc://rep").unwrap();
            let mut dealer = context.dealer().unwrap();
            dealer.connect("inproc://rep").unwrap();
            answers_nobody_fetches(&mut rep, &mut dealer);
            let waits = || waits(&mut rep, "back".into());
            let (reason, message) = why(while_it_sleeps("rep-of-dying", waits, || drop(dealer)));
            assert!(reason == SendReason::Unreachable && message == "back");
            assert_eq!(
                rep.try_recv().err(),
                Some(RecvError::Empty),
                "it hears the next"
            );
        }
    });
}

/// A publisher that loses nothing, a subscriber that is full, and one that has room.
fn held_up(context: &Context) -> (Publish, Subscribe, Subscribe) {
    let mut publish = context.publish().unwrap();
    publish.bind("inproc://news").unwrap();
    publish.set_when_full(WhenFull::Wait);
    let [slow, mut quick] = [(); 2].map(|()| {
        let subscribe = context.subscribe().unwrap();
        subscribe.connect("inproc://news").unwrap();
        subscribe.subscribe("a").unwrap();
        subscribe
    });
    while publish.try_send("a1").is_ok() {}
    assert_eq!(drain(&mut quick), 2);
    (publish, slow, quick)
}

#[test]
fn who_holds_a_lossless_publish_up_holds_it_no_longer_when_it_goes_or_wants_nothing() {
    bounded(|| {
        let ways: [fn(&mut Option<Subscribe>); 4] = [
            |slow| drop(slow.take()),
            |slow| {
                slow.take().unwrap().close();
            },
            |slow| slow.as_ref().unwrap().disconnect("inproc://news").unwrap(),
            |slow| slow.as_ref().unwrap().unsubscribe("a").unwrap(),
        ];
        for go in ways {
            for waits in <Publish as Says>::WAITS {
                let context = small();
                let (mut publish, slow, mut quick) = held_up(&context);
                let mut slow = Some(slow);
                let waits = || waits(&mut publish, "a2".into());
                while_it_sleeps("held-up", waits, || go(&mut slow)).unwrap();
                assert!(quick.recv().unwrap() == "a2");
                assert_eq!(publish.dropped(), 0);
            }
        }
    });
}

/// One that waits and returns whether a shutdown has ended that.
type Waits = Box<dyn FnOnce() -> bool + Send>;

fn ended_recv<S: Hears + 'static>(mut socket: S, form: usize) -> Waits {
    Box::new(move || S::WAITS[form](&mut socket).err() == Some(RecvError::Terminated))
}

/// It gets its message back, too.
fn ended_send<S: Says + 'static>(mut socket: S, form: usize) -> Waits {
    Box::new(move || {
        let (reason, message) = why(S::WAITS[form](&mut socket, "back".into()));
        reason == SendReason::Terminated && message == "back"
    })
}

/// Fills it.
fn filled<S: Says>(mut socket: S) -> S {
    fill(&mut socket);
    socket
}

/// What waits, and the sockets at the other ends, which do nothing.
#[derive(Default)]
struct Scene {
    waits: Vec<Waits>,
    idle: Vec<Box<dyn Any>>,
}

impl Scene {
    /// Every verb of every pattern that can wait, in one of its four forms, and a close that lingers: sixteen waits.
    fn of_all_verbs(context: &Context, form: usize) -> Self {
        let mut scene = Scene::default();
        scene.of_receivers(context, form);
        scene.of_senders(context, form);
        scene
    }

    /// Two linked sockets; the first has bound the name.
    fn linked<A: Pattern, B: Pattern>(
        context: &Context,
        name: &str,
    ) -> (Socket<Message, A>, Socket<Message, B>) {
        let (a, b) = (context.open().unwrap(), context.open().unwrap());
        a.bind(name).unwrap();
        b.connect(name).unwrap();
        (a, b)
    }

    /// Nobody sends anything to them.
    fn of_receivers(&mut self, context: &Context, form: usize) {
        let name = |name: &str| format!("inproc://receives-{name}");
        let (pair, peer) = Self::linked::<PairPattern, PairPattern>(context, &name("pair"));
        self.waits.push(ended_recv(pair, form));
        self.idle.push(Box::new(peer));
        let (pull, peer) = Self::linked::<PullPattern, PushPattern>(context, &name("pull"));
        self.waits.push(ended_recv(pull, form));
        self.idle.push(Box::new(peer));
        let (rep, peer) = Self::linked::<RepPattern, ReqPattern>(context, &name("rep"));
        self.waits.push(ended_recv(rep, form));
        self.idle.push(Box::new(peer));
        let (dealer, router) = Self::linked::<DealerPattern, RouterPattern>(context, &name("both"));
        self.waits.push(ended_recv(dealer, form));
        self.waits.push(ended_recv(router, form));
        let (ear, peer) = Self::linked::<SubscribePattern, PublishPattern>(context, &name("ear"));
        ear.subscribe("").unwrap();
        self.waits.push(ended_recv(ear, form));
        self.idle.push(Box::new(peer));
        // Whether the Rep has heard the question or not.
        for heard in [false, true] {
            let at = format!("inproc://asks-{heard}");
            let (mut rep, mut req) = Self::linked::<RepPattern, ReqPattern>(context, &at);
            req.send("a question").unwrap();
            if heard {
                rep.recv().unwrap();
            }
            self.waits.push(ended_recv(req, form));
            self.idle.push(Box::new(rep));
        }
    }

    /// Their peers have no room, or are not there.
    fn of_senders(&mut self, context: &Context, form: usize) {
        let name = |name: &str| format!("inproc://sends-{name}");
        let (pair, peer) = Self::linked::<PairPattern, PairPattern>(context, &name("pair"));
        self.waits.push(ended_send(filled(pair), form));
        self.idle.push(Box::new(peer));
        let push = context.push().unwrap();
        push.bind(&name("push")).unwrap();
        self.waits.push(ended_send(push, form));
        let req = context.req().unwrap();
        req.bind(&name("req")).unwrap();
        self.waits.push(ended_send(req, form));
        let (dealer, peer) = Self::linked::<DealerPattern, RouterPattern>(context, &name("dealer"));
        self.waits.push(ended_send(filled(dealer), form));
        self.idle.push(Box::new(peer));
        let (router, peer) = Self::linked::<RouterPattern, DealerPattern>(context, &name("router"));
        let to = filled(To(router, peer.identity()));
        self.waits.push(ended_send(to, form));
        self.idle.push(Box::new(peer));
        let (mut news, peer) =
            Self::linked::<PublishPattern, SubscribePattern>(context, &name("news"));
        news.set_when_full(WhenFull::Wait);
        peer.subscribe("").unwrap();
        self.waits.push(ended_send(filled(news), form));
        self.idle.push(Box::new(peer));
        let (mut rep, mut asker) = Self::linked::<RepPattern, DealerPattern>(context, &name("rep"));
        answers_nobody_fetches(&mut rep, &mut asker);
        self.waits.push(ended_send(rep, form));
        self.idle.push(Box::new(asker));
        let (mut push, pull) = Self::linked::<PushPattern, PullPattern>(context, &name("linger"));
        push.send("nobody reads it").unwrap();
        push.set_linger(None);
        self.waits.push(Box::new(move || push.close().unread == 1));
        self.idle.push(Box::new(pull));
    }
}

#[test]
fn a_shutdown_wakes_every_wait_of_every_pattern_in_every_form() {
    bounded(|| {
        for form in 0..4 {
            let context = small();
            let scene = Scene::of_all_verbs(&context, form);
            assert_eq!(scene.waits.len(), 16);
            let threads: Vec<_> = (0..)
                .zip(scene.waits)
                .map(|(number, waits)| {
                    let name = format!("waits-{number}");
                    let thread = thread::Builder::new().name(name.clone());
                    (thread.spawn(waits).unwrap(), name)
                })
                .collect();
            for (_, name) in &threads {
                until_it_sleeps(name);
            }
            context.shutdown();
            for (thread, name) in threads {
                assert!(thread.join().unwrap(), "{name} in form {form}");
            }
            drop(scene.idle);
            assert_eq!(context.open_sockets(), 0);
        }
    });
}

#[test]
fn what_was_sent_before_a_shutdown_is_received_in_every_pattern() {
    let context = small();
    let mut rep = context.rep().unwrap();
    rep.bind("inproc://rep").unwrap();
    let [mut asked, mut asks] = [(); 2].map(|()| {
        let req = context.req().unwrap();
        req.connect("inproc://rep").unwrap();
        req
    });
    asked.send("answered").unwrap();
    let question = rep.recv().unwrap();
    rep.send(question).unwrap();
    asks.send("a question").unwrap();
    let mut router = context.router().unwrap();
    router.bind("inproc://router").unwrap();
    let mut dealer = context.dealer().unwrap();
    dealer.connect("inproc://router").unwrap();
    dealer.send("to the router").unwrap();
    router.send_to(dealer.identity(), "to the dealer").unwrap();
    let (mut publish, mut subscribe) = (context.publish().unwrap(), context.subscribe().unwrap());
    subscribe.bind("inproc://ear").unwrap();
    subscribe.subscribe("").unwrap();
    publish.connect("inproc://ear").unwrap();
    publish.send("news").unwrap();

    context.shutdown();
    assert!(asked.recv().unwrap() == "answered");
    assert!(rep.recv().unwrap() == "a question");
    assert!(router.recv().unwrap().1 == "to the router");
    assert!(dealer.recv().unwrap() == "to the dealer");
    assert!(subscribe.recv().unwrap() == "news");
    assert_eq!(asks.recv().err(), Some(RecvError::Terminated));
    assert_eq!(router.recv().err(), Some(RecvError::Terminated));
    assert_eq!(dealer.recv().err(), Some(RecvError::Terminated));
    assert_eq!(subscribe.recv().err(), Some(RecvError::Terminated));
    for sent in [
        asked.send("late"),
        rep.send("late"),
        dealer.send("late"),
        router.send_to(dealer.identity(), "late"),
        publish.send("late"),
    ] {
        let (reason, message) = why(sent);
        assert!(reason == SendReason::Terminated && message == "late");
    }
}
