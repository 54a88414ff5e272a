//! What the patterns owe when a link ends or a message is for nobody: pipes and names are given back,
//! who waits is told, and the answers come in the documented order.

mod kit;

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, RecvError, SendReason};
use gimmal_core::socket::WhenFull;
use kit::{Waiter, wait};

#[test]
fn the_last_answer_of_a_closed_rep_frees_its_link() {
    // Room for two links: the one of now, and none that is forgotten.
    let context = Context::<u32, 2, 2, 1>::new();
    let mut req = context.req().unwrap();
    req.bind("inproc://clients").unwrap();
    for round in 0..10 {
        let mut rep = context.rep().unwrap();
        rep.connect("inproc://clients").unwrap();
        req.try_send(round).unwrap();
        assert_eq!(rep.try_recv(), Ok(round));
        rep.try_send(round + 100).unwrap();
        drop(rep);
        assert_eq!(req.try_recv(), Ok(round + 100));
    }
}

#[test]
fn an_answer_that_nobody_asked_for_is_not_the_next_answer() {
    let context = Context::<u32, 3, 4, 4>::new();
    let mut router = context.router().unwrap();
    router.bind("inproc://office").unwrap();
    let mut req = context.req().unwrap();
    req.connect("inproc://office").unwrap();
    for round in 0..10 {
        req.try_send(round).unwrap();
        let (who, asked) = router.try_recv().unwrap();
        assert_eq!(asked, round);
        router.try_send_to(who, round + 100).unwrap();
        router.try_send_to(who, 999).unwrap();
        assert_eq!(req.try_recv(), Ok(round + 100));
        assert_eq!(req.try_recv(), Err(RecvError::WrongTurn));
    }
}

#[test]
fn what_a_closed_router_said_unasked_does_not_keep_its_link() {
    let context = Context::<u32, 2, 2, 4>::new();
    let mut req = context.req().unwrap();
    req.bind("inproc://clients").unwrap();
    for round in 0..10 {
        let mut router = context.router().unwrap();
        router.connect("inproc://clients").unwrap();
        req.try_send(round).unwrap();
        let (who, _) = router.try_recv().unwrap();
        router.try_send_to(who, round + 100).unwrap();
        router.try_send_to(who, 999).unwrap();
        drop(router);
        assert_eq!(req.try_recv(), Ok(round + 100));
        // With the next question at the latest.
        assert_eq!(
            req.try_send(0).map_err(|error| error.reason),
            Err(SendReason::Full)
        );
    }
}

#[test]
fn unsubscribing_wakes_a_publisher_that_waits_for_room() {
    let context = Context::<&str, 3, 2, 1, 2>::new();
    let mut publish = context.publish().unwrap();
    publish.set_when_full(WhenFull::Wait);
    publish.bind("inproc://news").unwrap();
    let mut full = context.subscribe().unwrap();
    let mut other = context.subscribe().unwrap();
    for subscribe in [&full, &other] {
        subscribe.connect("inproc://news").unwrap();
        subscribe.subscribe("").unwrap();
    }
    publish.try_send("one").unwrap();
    assert_eq!(other.try_recv(), Ok("one"));
    {
        let mut sending = Waiter::of(publish.send("two"));
        full.unsubscribe("").unwrap();
        assert_eq!(sending.wakes(), 1, "it is no obstacle any more");
        assert_eq!(sending.gets_it(), Ok(()));
    }
    assert_eq!(other.try_recv(), Ok("two"));
    assert_eq!(full.try_recv(), Ok("one"));
    assert_eq!(full.try_recv(), Err(RecvError::Empty));
}

#[test]
fn a_pending_connect_that_has_gone_decides_nothing() {
    let context = Context::<u32, 3, 4, 1>::new();
    let mut first = context.dealer().unwrap();
    first.connect("inproc://x").unwrap();
    let req = context.req().unwrap();
    req.connect("inproc://x").unwrap();
    let mut second = context.dealer().unwrap();
    assert_eq!(
        second.bind("inproc://x"),
        Err(EndpointError::PatternMismatch),
        "a Req waits"
    );
    drop(req);
    second.bind("inproc://x").unwrap();
    first.try_send(7).unwrap();
    assert_eq!(second.try_recv(), Ok(7));
}

#[test]
fn disconnecting_from_oneself_cuts_both_ways() {
    let context = Context::<u32, 1, 2, 1>::new();
    let mut dealer = context.dealer().unwrap();
    dealer.bind("inproc://x").unwrap();
    for _ in 0..3 {
        dealer.connect("inproc://x").unwrap();
        dealer.try_send(1).unwrap();
        dealer.try_send(2).unwrap();
        dealer.disconnect("inproc://x").unwrap();
        assert_eq!(
            dealer.disconnect("inproc://x"),
            Err(EndpointError::NotConnected)
        );
        assert_eq!(dealer.try_recv(), Err(RecvError::Empty));
        assert_eq!(
            dealer.try_send(3).map_err(|error| error.reason),
            Err(SendReason::Full)
        );
    }
    dealer.unbind("inproc://x").unwrap();
    drop(dealer);
    assert_eq!(wait(context.term()).undelivered, 6);
}

#[test]
fn a_req_is_told_of_the_shutdown_and_not_of_the_rep_that_obeyed_it() {
    let context = Context::<u32, 2, 2, 1>::new();
    let rep = context.rep().unwrap();
    rep.bind("inproc://x").unwrap();
    let mut req = context.req().unwrap();
    req.connect("inproc://x").unwrap();
    req.try_send(7).unwrap();
    context.shutdown();
    drop(rep);
    assert_eq!(req.can_recv(), Err(RecvError::Terminated));
    assert_eq!(req.try_recv(), Err(RecvError::Terminated));
}

#[test]
fn what_can_send_says_is_what_try_send_says() {
    let context = Context::<u32, 2, 2, 1>::new();
    let mut rep = context.rep().unwrap();
    let mut req = context.req().unwrap();
    req.bind("inproc://x").unwrap();
    rep.connect("inproc://x").unwrap();
    req.try_send(7).unwrap();
    assert_eq!(rep.try_recv(), Ok(7));
    drop(req);
    assert_eq!(rep.can_send(), Err(SendReason::Unreachable));
    assert_eq!(rep.try_send(8).unwrap_err().reason, SendReason::Unreachable);
}

/// So many rounds that anything kept by one of them is missing soon.
const ROUNDS: u32 = if cfg!(miri) { 50 } else { 100_000 };

#[test]
fn clients_may_come_ask_and_go_for_ever() {
    static CONTEXT: Context<u32, 2, 2, 1> = Context::new();
    let mut rep = CONTEXT.rep().unwrap();
    rep.bind("inproc://office").unwrap();
    for round in 0..ROUNDS {
        let mut req = CONTEXT.req().unwrap();
        // In every fourth round each: before the bind; gone before the question is heard; before the answer.
        if round % 4 == 1 {
            rep.unbind("inproc://office").unwrap();
        }
        req.connect("inproc://office").unwrap();
        req.try_send(round).unwrap();
        if round % 4 == 1 {
            rep.bind("inproc://office").unwrap();
        }
        if round % 4 == 2 {
            req.close_now();
        }
        assert_eq!(rep.try_recv(), Ok(round));
        if round % 4 == 3 {
            req.close_now();
        }
        let answered = rep.try_send(round + 1).map_err(|error| error.reason);
        match round % 4 {
            0 | 1 => assert_eq!((answered, req.try_recv()), (Ok(()), Ok(round + 1))),
            _ => assert_eq!(answered, Err(SendReason::Unreachable)),
        }
    }
    drop(rep);
    assert_eq!(wait(CONTEXT.term()).undelivered, 0);
}

#[test]
fn subscribers_may_come_listen_and_go_for_ever() {
    static CONTEXT: Context<[u8; 2], 2, 1, 1, 1> = Context::new();
    let mut publish = CONTEXT.publish().unwrap();
    publish.bind("inproc://news").unwrap();
    let mut left = 0;
    for round in 0..ROUNDS {
        let mut subscribe = CONTEXT.subscribe().unwrap();
        let topic = [round as u8, (round >> 8) as u8];
        subscribe.subscribe(topic).unwrap();
        subscribe.connect("inproc://news").unwrap();
        publish.try_send(topic).unwrap();
        publish.try_send([!topic[0], topic[1]]).unwrap();
        match round % 2 {
            0 => assert_eq!(subscribe.try_recv(), Ok(topic)),
            _ => left += 1,
        }
    }
    assert_eq!(publish.dropped(), 0);
    drop(publish);
    assert_eq!(wait(CONTEXT.term()).undelivered, left);
}
