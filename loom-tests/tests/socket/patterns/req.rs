//! Req and Rep beside what their peers do: who waits for an answer, or for room for one, is told when it will never come.
//!
//! | model | what it shows |
//! |---|---|
//! | `a_req_*` | who waits for an answer gets it, or is told that the peer has gone; and the link is free afterwards |
//! | `a_rep_*` | who waits for room for an answer is told that the asker has gone, and has the answer back |
//! | `bind_*` | both ways of a link end, whoever takes them over meanwhile |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{RecvError, SendReason};
use gimmal_core_loom::socket::{Dealer, Rep, Req};

use super::accounted;
use crate::harness::{Seen, models};
use crate::socket::only;
use crate::socket::pipe::takes_all;
use crate::support::{all_three, block_on, both};

models! {
    a_req_waits_beside_the_close_of_its_rep { outcomes: ["Disconnected"] }
    a_req_waits_beside_an_answer_and_a_close {
        kills: ["step:answered"],
        outcomes: ["7"],
    }
    a_req_looks_beside_an_answer_and_a_close { outcomes: ["7", "Empty"] }
    a_req_asks_beside_the_close_of_its_rep { outcomes: ["asked", "refused"] }
    a_req_is_ready_beside_an_answer_and_a_shutdown {
        kills: ["step:can-recv-again"],
        outcomes: ["ready", "not yet"],
    }
    a_req_beside_a_shutdown_that_its_rep_obeys {
        kills: ["step:ask-the-context"],
        outcomes: ["7", "Empty", "Terminated"],
    }
    a_rep_waits_beside_the_close_of_its_dealer { outcomes: ["discarded", "Unreachable"] }
    a_rep_answers_beside_the_close_of_its_req { outcomes: ["discarded", "Unreachable"] }
    bind_beside_the_close_of_a_pending_req { outcomes: ["answered to nobody"] }
    bind_beside_the_close_of_an_empty_pending_req { kills: ["step:closed-twin"], outcomes: ["free"] }
    bind_connect_and_close_of_a_req { outcomes: ["linked", "Disconnected"] }
}

/// A bound Rep and a connected Req that know of each other.
fn acquainted<const S: usize, const P: usize>(
    context: &Context<u32, S, P, 1>,
) -> (Rep<'_, u32>, Req<'_, u32>) {
    let mut rep = context.rep().expect("a slot");
    let req = context.req().expect("a slot");
    rep.bind("inproc://x").expect("free");
    req.connect("inproc://x").expect("two pipes");
    assert_eq!(rep.try_recv(), Err(RecvError::Empty));
    (rep, req)
}

/// The same, after the question has been heard.
fn asked<const S: usize, const P: usize>(
    context: &Context<u32, S, P, 1>,
) -> (Rep<'_, u32>, Req<'_, u32>) {
    let (mut rep, mut req) = acquainted(context);
    req.try_send(1).expect("room");
    assert_eq!(rep.try_recv(), Ok(1));
    (rep, req)
}

fn a_req_waits_beside_the_close_of_its_rep(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let (rep, mut req) = asked(&context);
    let ((), answer) = both(|| drop(rep), || block_on(req.recv()));
    assert!(req.is_to_send(), "it may ask another one");
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(format!("{:?}", answer.expect_err("nobody answers")));
}

fn a_req_waits_beside_an_answer_and_a_close(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let (mut rep, mut req) = asked(&context);
    let ((), answer) = both(
        || {
            rep.try_send(7).expect("room");
            drop(rep);
        },
        || block_on(req.recv()),
    );
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(answer.expect("the answer was sent"));
}

fn a_req_looks_beside_an_answer_and_a_close(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let (mut rep, mut req) = asked(&context);
    let ((), answer) = both(
        || {
            rep.try_send(7).expect("room");
            drop(rep);
        },
        || req.try_recv(),
    );
    seen.outcome(match answer {
        Ok(value) => value.to_string(),
        Err(why) => {
            assert_eq!((req.can_recv(), req.try_recv()), (Ok(true), Ok(7)));
            format!("{why:?}")
        }
    });
    assert!(takes_all(&context, 2), "a pipe was kept");
}

fn a_req_asks_beside_the_close_of_its_rep(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let (rep, mut req) = acquainted(&context);
    let ((), sent) = both(|| drop(rep), || req.try_send(1));
    let word = match sent {
        Ok(()) => {
            assert_eq!(req.try_recv(), Err(RecvError::Disconnected));
            "asked"
        }
        Err(error) => {
            assert_eq!(error.into_inner(), 1);
            assert!(req.is_to_send(), "nobody was asked");
            "refused"
        }
    };
    assert_eq!(req.can_send(), Err(SendReason::Disconnected));
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(word);
}

fn a_req_is_ready_beside_an_answer_and_a_shutdown(seen: Seen) {
    let context = Context::<u32, 2, 2, 1>::new();
    let (mut rep, mut req) = asked(&context);
    let (answered, ready) = both(
        || {
            let answered = rep.try_send(7).is_ok();
            context.shutdown();
            answered
        },
        || req.can_recv(),
    );
    assert!(answered, "nobody has shut it down before");
    assert_eq!(req.try_recv(), Ok(7), "sent before the shutdown");
    seen.outcome(match ready {
        Ok(true) => "ready".to_string(),
        Ok(false) => "not yet".to_string(),
        Err(why) => format!("{why:?}"),
    });
}

/// The Rep is told of the shutdown before the Req is, and goes at once.
fn a_req_beside_a_shutdown_that_its_rep_obeys(seen: Seen) {
    let context = Context::<u32, 2, 2, 1>::new();
    let (mut rep, mut req) = asked(&context);
    let ((), (), answer) = all_three(
        || context.shutdown(),
        || {
            let sent = rep.try_send(7);
            match sent.map_err(|error| error.reason) {
                Err(SendReason::Terminated) => drop(rep),
                _ => std::mem::forget(rep),
            }
        },
        || req.try_recv(),
    );
    seen.outcome(answer.map_or_else(|why| format!("{why:?}"), |value| value.to_string()));
}

/// A Rep that is to answer a Dealer that has no room for an answer.
fn full<'c, const S: usize>(context: &'c Context<u32, S, 2, 1>) -> (Rep<'c, u32>, Dealer<'c, u32>) {
    let mut rep = context.rep().expect("a slot");
    let mut dealer = context.dealer().expect("a slot");
    rep.bind("inproc://x").expect("free");
    dealer.connect("inproc://x").expect("two pipes");
    dealer.try_send(1).expect("room");
    assert_eq!(rep.try_recv(), Ok(1));
    rep.try_send(1).expect("room");
    dealer.try_send(2).expect("room");
    assert_eq!(rep.try_recv(), Ok(2));
    (rep, dealer)
}

fn a_rep_waits_beside_the_close_of_its_dealer(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let (mut rep, dealer) = full(&context);
    let (report, sent) = both(|| dealer.close(), || block_on(rep.send(7)));
    assert!(!rep.is_to_send(), "it hears the next question");
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(accounted(sent, 7, report.discarded - 1));
}

fn a_rep_answers_beside_the_close_of_its_req(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let (mut rep, req) = asked(&context);
    let (report, sent) = both(|| req.close(), || rep.try_send(7));
    assert!(!rep.is_to_send(), "it hears the next question");
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(accounted(sent, 7, report.discarded));
}

/// The Req's two ways end one after the other; a Rep that binds in between takes over one that has ended.
fn bind_beside_the_close_of_a_pending_req(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let mut rep = context.rep().expect("a slot");
    let mut req = context.req().expect("a slot");
    req.connect("inproc://x").expect("two pipes");
    req.try_send(1).expect("room");
    both(
        || only(&mut rep).bind("inproc://x").expect("free"),
        || drop(req),
    );
    assert_eq!(rep.try_recv(), Ok(1), "what was sent is not lost");
    let error = rep.try_send(2).expect_err("it has gone");
    assert_eq!(error.reason, SendReason::Unreachable);
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome("answered to nobody");
}

fn bind_beside_the_close_of_an_empty_pending_req(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let mut rep = context.rep().expect("a slot");
    let req = context.req().expect("a slot");
    req.connect("inproc://x").expect("two pipes");
    both(
        || only(&mut rep).bind("inproc://x").expect("free"),
        || drop(req),
    );
    // Whether the Rep acts or not.
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome("free");
}

fn bind_connect_and_close_of_a_req(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let mut rep = context.rep().expect("a slot");
    let mut req = context.req().expect("a slot");
    let mut next = context.rep().expect("a slot");
    let ((), (), bound) = all_three(
        || {
            // The other one may hold the name.
            let _ = only(&mut rep).bind("inproc://x");
            rep.close_now();
        },
        || only(&mut req).connect("inproc://x").expect("two pipes"),
        || next.bind("inproc://x"),
    );
    if bound.is_err() {
        next.bind("inproc://x").expect("free at once");
    }
    let word = match req.try_send(1) {
        Ok(()) => {
            assert_eq!(next.try_recv(), Ok(1));
            next.try_send(2).expect("room");
            assert_eq!(req.try_recv(), Ok(2));
            "linked"
        }
        Err(error) => {
            assert_eq!(error.reason, SendReason::Disconnected);
            "Disconnected"
        }
    };
    drop((rep, req, next));
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(word);
}
