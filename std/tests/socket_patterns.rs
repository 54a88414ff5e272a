//! The patterns of sockets between threads: every form of their verbs, turns as types, identities by name, subscriptions.
//! What a pattern does without waiting is tested in the core; how waits end in `socket_patterns_ends.rs`.
#![allow(
    clippy::result_large_err,
    reason = "a message that was not sent comes back"
)]

mod kit;

use std::cell::RefCell;
use std::thread;
use std::time::Instant;

use gimmal::socket::{
    Dealer, Identity, IdentityError, NotDone, Publish, RecvError, Rep, Req, Router, SendReason,
    WhenFull,
};
use gimmal::wait::block_on;
use gimmal::{Context, Message};

use kit::verbs::{
    Hears, Says, To, answers_nobody_fetches, drain, fill, small, while_it_sleeps, why,
};
use kit::{LONG, SHORT, bounded};

/// Each form waits for what `feed` sends, and gives up without taking anything; `ready` makes it the socket's turn.
#[track_caller]
fn every_form_receives<S: Hears>(
    name: &str,
    socket: &mut S,
    mut ready: impl FnMut(&mut S),
    mut feed: impl FnMut(),
    mut check: impl FnMut(&mut S, S::Heard),
) {
    for waits in S::WAITS {
        ready(socket);
        assert_eq!(socket.tries().err(), Some(RecvError::Empty), "{name}");
        for gives_up in S::GIVES_UP {
            assert_eq!(gives_up(socket).err(), Some(RecvError::TimedOut), "{name}");
        }
        let heard = while_it_sleeps(name, || waits(socket), &mut feed);
        check(socket, heard.unwrap());
        // What is there is received by every form, although the time is over.
        for takes in S::GIVES_UP.into_iter().chain([waits]) {
            ready(socket);
            feed();
            let heard = takes(socket).unwrap();
            check(socket, heard);
        }
    }
}

#[test]
fn every_form_of_recv_waits_in_every_pattern() {
    bounded(|| {
        let context = small();
        let is = |message: Message| assert!(message == "a message");

        let mut subscribe = context.subscribe().unwrap();
        subscribe.bind("inproc://ear").unwrap();
        subscribe.subscribe("a").unwrap();
        let mut publish = context.publish().unwrap();
        publish.connect("inproc://ear").unwrap();
        let feed = || {
            publish.send("not wanted").unwrap();
            publish.send("a message").unwrap();
        };
        every_form_receives("forms-sub", &mut subscribe, |_| (), feed, |_, it| is(it));

        let mut dealer = context.dealer().unwrap();
        dealer.bind("inproc://dealer").unwrap();
        let mut router = context.router().unwrap();
        router.connect("inproc://dealer").unwrap();
        let to = dealer.identity();
        let feed = || router.send_to(to, "a message").unwrap();
        every_form_receives("forms-dealer", &mut dealer, |_| (), feed, |_, it| is(it));
        let feed = || dealer.send("a message").unwrap();
        let from = |_: &mut Router, (who, it)| {
            assert_eq!(who, to);
            is(it);
        };
        every_form_receives("forms-router", &mut router, |_| (), feed, from);

        let mut rep = context.rep().unwrap();
        rep.bind("inproc://rep").unwrap();
        let dealer = RefCell::new(context.dealer().unwrap());
        dealer.borrow().connect("inproc://rep").unwrap();
        let feed = || dealer.borrow_mut().send("a message").unwrap();
        let answer = |rep: &mut Rep, it| {
            is(it);
            rep.send("answered").unwrap();
            assert!(dealer.borrow_mut().recv().unwrap() == "answered");
        };
        every_form_receives("forms-rep", &mut rep, |_| (), feed, answer);

        let mut req = context.req().unwrap();
        req.connect("inproc://rep").unwrap();
        let ask = |req: &mut Req| req.send("a question").unwrap();
        let feed = || {
            assert!(rep.recv().unwrap() == "a question");
            rep.send("a message").unwrap();
        };
        every_form_receives("forms-req", &mut req, ask, feed, |_, it| is(it));
    });
}

/// Each form waits while there is no room, goes on when `free` has made some, and gives the message back when the time
/// is over; `full` leaves no room.
#[track_caller]
fn every_form_sends<S: Says>(
    name: &str,
    socket: &mut S,
    mut full: impl FnMut(&mut S),
    mut free: impl FnMut(),
) {
    for waits in S::WAITS {
        full(socket);
        let (reason, _) = why(socket.tries("back".into()));
        assert_eq!(reason, SendReason::Full, "{name}");
        for gives_up in S::GIVES_UP {
            let (reason, message) = why(gives_up(socket, "back".into()));
            assert!(
                reason == SendReason::TimedOut && message == "back",
                "{name}"
            );
        }
        while_it_sleeps(name, || waits(socket, "sent".into()), &mut free).unwrap();
        // Where there is room every form sends, although the time is over.
        for sends in S::GIVES_UP.into_iter().chain([waits]) {
            full(socket);
            free();
            sends(socket, "sent".into()).unwrap();
        }
    }
}

#[test]
fn every_form_of_send_waits_in_every_pattern() {
    bounded(|| {
        let context = small();
        let mut subscribe = context.subscribe().unwrap();
        subscribe.bind("inproc://ear").unwrap();
        subscribe.subscribe("").unwrap();
        let mut publish = context.publish().unwrap();
        publish.connect("inproc://ear").unwrap();
        publish.set_when_full(WhenFull::Wait);
        let full = |publish: &mut Publish| fill(publish);
        every_form_sends("full-pub", &mut publish, full, || {
            assert!(drain(&mut subscribe) >= 2);
        });
        assert_eq!(publish.dropped(), 0);

        let mut dealer = context.dealer().unwrap();
        dealer.bind("inproc://dealer").unwrap();
        let mut router = context.router().unwrap();
        router.connect("inproc://dealer").unwrap();
        let full = |dealer: &mut Dealer| fill(dealer);
        every_form_sends("full-dealer", &mut dealer, full, || {
            assert!(drain(&mut router) >= 2);
        });
        let mut to = To(router, dealer.identity());
        let full = |to: &mut To| fill(to);
        every_form_sends("full-router", &mut to, full, || {
            assert!(drain(&mut dealer) >= 2);
        });

        // A Rep has no room if nobody fetches the answers.
        let mut rep = context.rep().unwrap();
        rep.bind("inproc://rep").unwrap();
        let asker = RefCell::new(context.dealer().unwrap());
        asker.borrow().connect("inproc://rep").unwrap();
        let full = |rep: &mut Rep| answers_nobody_fetches(rep, &mut asker.borrow_mut());
        let free = || assert!(drain(&mut asker.borrow_mut()) >= 2);
        every_form_sends("full-rep", &mut rep, full, free);

        // A Req has no room if nobody is there.
        let mut req = context.req().unwrap();
        req.bind("inproc://req").unwrap();
        let rep = RefCell::new(None);
        let full = |req: &mut Req| {
            if let Some(rep) = rep.take() {
                Rep::close(rep);
                assert_eq!(req.recv().err(), Some(RecvError::Disconnected));
            }
        };
        let free = || {
            let new = context.rep().unwrap();
            new.connect("inproc://req").unwrap();
            rep.replace(Some(new));
        };
        every_form_sends("full-req", &mut req, full, free);
    });
}

#[test]
fn a_wrong_turn_is_refused_by_every_form_and_changes_nothing() {
    let context = small();
    let (mut rep, mut req) = (context.rep().unwrap(), context.req().unwrap());
    rep.bind("inproc://rep").unwrap();
    req.connect("inproc://rep").unwrap();
    fn cannot_send<S: Says>(socket: &mut S) {
        for sends in S::WAITS.into_iter().chain(S::GIVES_UP) {
            let (reason, message) = why(sends(socket, "back".into()));
            assert!(reason == SendReason::WrongTurn && message == "back");
        }
    }
    fn cannot_receive<S: Hears>(socket: &mut S) {
        for receives in S::WAITS.into_iter().chain(S::GIVES_UP) {
            assert_eq!(receives(socket).err(), Some(RecvError::WrongTurn));
        }
    }
    for _ in 0..3 {
        cannot_receive(&mut req);
        cannot_send(&mut rep);
        req.send("a question").unwrap();
        cannot_send(&mut req);
        assert!(rep.recv().unwrap() == "a question");
        cannot_receive(&mut rep);
        rep.send("an answer").unwrap();
        assert!(req.recv().unwrap() == "an answer");
    }
}

#[test]
fn each_of_many_askers_gets_its_own_answers() {
    bounded(|| {
        const ASKERS: u64 = 6;
        const QUESTIONS: u64 = 500;
        let context = Context::<u64>::typed();
        let mut rep = context.rep().unwrap();
        rep.bind("inproc://square").unwrap();
        thread::scope(|scope| {
            for asker in 0..ASKERS {
                let mut req = context.req().unwrap();
                req.connect("inproc://square").unwrap();
                scope.spawn(move || {
                    for number in 0..QUESTIONS {
                        let question = asker * QUESTIONS + number;
                        req.send(question).unwrap();
                        assert_eq!(req.recv(), Ok(question * question));
                    }
                });
            }
            for _ in 0..ASKERS * QUESTIONS {
                let question = rep.recv().unwrap();
                rep.send(question * question).unwrap();
            }
        });
    });
}

#[test]
fn a_dealer_sends_to_each_in_turn_passes_a_full_one_over_and_receives_from_each_in_turn() {
    let context = Context::builder().hwm(2, 2).typed::<u64>().build();
    let mut dealer = context.dealer().unwrap();
    dealer.bind("inproc://dealer").unwrap();
    let mut routers = [(); 3].map(|()| {
        let router = context.router().unwrap();
        router.connect("inproc://dealer").unwrap();
        router
    });
    for number in 0..6_u64 {
        dealer.send(number).unwrap();
    }
    // Each has its own, and answers all of it at once; the last one has read nothing.
    for (place, router) in routers.iter_mut().take(2).enumerate() {
        for round in 0..2 {
            let (who, number) = router.recv().unwrap();
            assert_eq!(number, round * 3 + place as u64);
            router.send_to(who, number).unwrap();
        }
    }
    let got: Vec<u64> = (0..4).map(|_| dealer.recv().unwrap()).collect();
    assert_eq!(got, [0, 1, 3, 4], "one of each in turn");
    // Two places are left in the last one, and four in each of the others.
    for number in 0..10_u64 {
        dealer.try_send(number).unwrap();
    }
    assert!(dealer.try_send(10_u64).is_err());
    let counts = routers.map(|mut router| std::iter::from_fn(|| router.try_recv().ok()).count());
    assert_eq!(counts, [4, 4, 4]);
}

#[test]
fn a_subscription_made_in_another_thread_is_effective_when_it_returns() {
    bounded(|| {
        const ROUNDS: usize = 500;
        let context = Context::new();
        let mut publish = context.publish().unwrap();
        publish.bind("inproc://news").unwrap();
        let (say, said) = gimmal::channel::bounded::<()>(1);
        let (go_on, gone_on) = gimmal::channel::bounded::<()>(1);
        let mut subscribe = context.subscribe().unwrap();
        subscribe.connect("inproc://news").unwrap();
        let reads = thread::spawn(move || {
            for round in 0..ROUNDS {
                subscribe.subscribe(format!("{round}.")).unwrap();
                say.send(()).unwrap();
                // What is sent from now on arrives: a wait for ever if not.
                assert!(subscribe.recv().unwrap() == format!("{round}.").as_bytes());
                subscribe.unsubscribe(format!("{round}.")).unwrap();
                say.send(()).unwrap();
                gone_on.recv().unwrap();
                assert_eq!(subscribe.try_recv().err(), Some(RecvError::Empty));
            }
        });
        for round in 0..ROUNDS {
            said.recv().unwrap();
            publish.send(format!("{round}.")).unwrap();
            said.recv().unwrap();
            publish.send(format!("{round}.")).unwrap();
            go_on.send(()).unwrap();
        }
        reads.join().unwrap();
    });
}

#[test]
fn identities_have_names_that_are_taken_again() {
    let context = Context::new();
    let mut router = context.router().unwrap();
    router.bind("inproc://office").unwrap();
    let names = ["worker 1", "worker 2", ""];
    let identities = names.map(|name| context.identity(name));
    assert_eq!(names.map(|name| context.identity(name)), identities);
    for (one, name) in identities.iter().zip(names) {
        assert_eq!(identities.iter().filter(|other| *other == one).count(), 1);
        assert_eq!(
            context.identity_name(*one).as_deref(),
            Some(name.as_bytes())
        );
    }
    assert_eq!(context.identity_name(Identity::new(7)), None);
    assert_eq!(context.identity_name(router.identity()), None);
    let [first, second, _] = identities;
    for round in 0..20_u8 {
        // A thread of its own each time; the name is free when the socket is closed.
        let worker = context.dealer().unwrap();
        worker.set_identity(first).unwrap();
        assert_eq!(
            context.dealer().unwrap().set_identity(first),
            Err(IdentityError::InUse)
        );
        worker.connect("inproc://office").unwrap();
        let thread = thread::spawn(move || {
            let mut worker = worker;
            let job = worker.recv().unwrap();
            worker.send(job).unwrap();
        });
        router.send_to(first, vec![round]).unwrap();
        let (who, done) = router.recv().unwrap();
        assert!(who == first && done == vec![round]);
        thread.join().unwrap();
        let nobody = why(router.try_send_to(first, "lost?"));
        assert!(nobody.0 == SendReason::Unreachable && nobody.1 == "lost?");
        assert_eq!(
            why(router.try_send_to(second, "")).0,
            SendReason::Unreachable
        );
    }
}

#[test]
fn turns_as_types_go_round_between_threads() {
    bounded(|| {
        let context = small();
        let rep = context.rep().unwrap();
        rep.bind("inproc://rep").unwrap();
        let req = context.req().unwrap();
        req.connect("inproc://rep").unwrap();
        assert!(req.is_to_send() && !rep.is_to_send());
        let req = req.to_recv().expect_err("it is to ask first");
        let rep = rep.to_send().expect_err("it is to hear first");
        let served = thread::spawn(move || {
            let mut rep = rep.to_recv().unwrap();
            for _ in 0..100 {
                let (asked, answering) = rep.recv().unwrap();
                rep = answering.send_timeout(asked, LONG).unwrap();
            }
            let (_, answering) = block_on(rep.recv_async()).unwrap();
            drop(answering);
        });
        let mut req = req.to_send().unwrap();
        for number in 0..100_u8 {
            let asked = req.send(vec![number]).unwrap();
            let (answer, next) = asked.recv_timeout(LONG).unwrap();
            assert!(answer == vec![number]);
            req = next;
        }
        let asked = block_on(req.send_async("never answered")).unwrap();
        let req = match asked.recv() {
            Err(NotDone::Over(req, RecvError::Disconnected)) => req,
            other => panic!("the Rep has gone: {other:?}"),
        };
        served.join().unwrap();
        let error = req.try_send("nobody is there").unwrap_err().into_error();
        assert!(error.reason == SendReason::Disconnected && error.value == "nobody is there");
    });
}

#[test]
fn a_turn_that_was_not_made_gives_the_socket_back() {
    let context = small();
    let rep = context.rep().unwrap();
    rep.bind("inproc://rep").unwrap();
    let rep = match rep.to_recv().unwrap().recv_timeout(SHORT) {
        Err(NotDone::Again(rep, RecvError::TimedOut)) => rep,
        other => panic!("nobody has asked: {other:?}"),
    };
    let req = context.req().unwrap();
    req.bind("inproc://req").unwrap();
    let req = match req.to_send().unwrap().send_timeout("back", SHORT) {
        Err(NotDone::Again(req, error)) => {
            assert!(error.reason == SendReason::TimedOut && error.value == "back");
            req.into_socket()
        }
        other => panic!("nobody is there: {other:?}"),
    };
    req.connect("inproc://rep").unwrap();
    let asked = req.to_send().unwrap().send("a question").unwrap();
    let (question, rep) = rep.try_recv().unwrap();
    assert!(question == "a question");
    drop(asked);
    let rep = match rep.send("an answer") {
        Err(NotDone::Over(rep, error)) => {
            assert!(error.reason == SendReason::Unreachable && error.value == "an answer");
            rep
        }
        other => panic!("the Req has gone: {other:?}"),
    };
    assert!(rep.into_socket().try_recv().is_err());
}

#[test]
fn a_turn_with_a_deadline_waits_until_then_and_gives_the_socket_back() {
    bounded(|| {
        let context = small();
        let rep = context.rep().unwrap();
        rep.bind("inproc://rep").unwrap();
        let begun = Instant::now();
        let rep = match rep.to_recv().unwrap().recv_deadline(begun + SHORT) {
            Err(NotDone::Again(rep, RecvError::TimedOut)) => rep,
            other => panic!("nobody has asked: {other:?}"),
        };
        assert!(begun.elapsed() >= SHORT);
        let req = context.req().unwrap().to_send().unwrap();
        let begun = Instant::now();
        let req = match req.send_deadline("back", begun + SHORT) {
            Err(NotDone::Again(req, error)) => {
                assert!(error.reason == SendReason::TimedOut && error.value == "back");
                req.into_socket()
            }
            other => panic!("nobody is there: {other:?}"),
        };
        assert!(begun.elapsed() >= SHORT);
        req.connect("inproc://rep").unwrap();

        // What can be done is done, however late it is.
        let past = Instant::now();
        let req = req.to_send().unwrap().send_deadline("asked", past).unwrap();
        let (question, rep) = rep.recv_deadline(past).unwrap();
        assert!(question == "asked");
        let rep = rep.send_deadline("answered", past).unwrap();
        let (answer, req) = req.recv_deadline(past).unwrap();
        assert!(answer == "answered");

        // A wait ends when something comes.
        let answerer = thread::spawn(move || {
            let (question, rep) = rep.recv_deadline(Instant::now() + LONG).unwrap();
            rep.send_deadline(question, Instant::now() + LONG).unwrap()
        });
        let req = req.send_deadline("again", Instant::now() + LONG).unwrap();
        let (answer, _) = req.recv_deadline(Instant::now() + LONG).unwrap();
        assert!(answer == "again");
        drop(answerer.join().unwrap());
    });
}
