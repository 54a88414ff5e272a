//! The links of a socket one by one, as the facade's broker chooses among them: the broker itself
//! runs here, beside what its clients and workers do. It ends when its workers have all gone, or its
//! clients have.
//!
//! | model | what it shows |
//! |---|---|
//! | `the_death_*` | a client whose worker goes away is told |
//! | `an_answer_*` | an answer that was sent reaches its client, once, or its client has gone |
//! | `a_question_*` | a question wakes the broker; beside the death of the only worker it is asked, and lost, or nobody is asked |
//! | `a_worker_*` | a question that waits for a worker gets the one that comes, or that answers |
//! | `room_*` | an answer that waits for room at its client goes on when there is room |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::RecvError;
use gimmal_core_loom::socket::{Dealer, Rep, Req, Router, WhenAlone};

use crate::harness::{Seen, models};
use crate::socket::only;
use crate::support::broker::{Broker, Report};
use crate::support::{block_on, both};

models! {
    the_death_of_a_worker_that_was_asked {
        kills: ["step:broker-tells-the-client"],
        outcomes: ["Disconnected"],
        bound: 1,
    }
    the_death_of_a_worker_wakes_the_broker {
        kills: ["step:broker-misses-a-worker"],
        outcomes: ["Disconnected"],
        bound: 1,
    }
    an_answer_and_the_death_of_its_worker {
        kills: ["step:broker-sees-an-answer"],
        outcomes: ["7"],
        bound: 1,
    }
    an_answer_beside_the_death_of_its_client {
        outcomes: ["answered", "unclaimed", "unanswered"],
    }
    a_question_wakes_the_broker { outcomes: ["asked"], bound: 1 }
    a_question_beside_the_death_of_the_worker {
        kills: ["step:broker-holds-the-question"],
        outcomes: ["lost", "held", "unread"],
        bound: 1,
    }
    a_worker_that_comes_is_asked {
        kills: ["step:broker-sees-a-new-worker"],
        outcomes: ["asked"],
        bound: 1,
    }
    a_worker_that_answers_is_asked_again {
        kills: ["step:broker-settles", "step:broker-sees-an-answer"],
        outcomes: ["asked"],
        bound: 1,
    }
    room_for_an_answer { kills: ["step:broker-waits-for-room"], outcomes: ["7, 8"] }
}

/// Each link has room for one message.
type Room = Context<u32, 4, 4, 1>;

/// The two sockets of a broker, each of which is over when the peers that it has had have gone.
fn sides(context: &Room) -> (Router<'_, u32>, Dealer<'_, u32>) {
    let front = context.router().expect("a slot");
    let back = context.dealer().expect("a slot");
    front.bind("inproc://front").expect("free");
    back.bind("inproc://back").expect("free");
    front.expect_peers(1);
    back.expect_peers(1);
    (front, back)
}

fn client(context: &Room) -> Req<'_, u32> {
    let req = context.req().expect("a slot");
    req.connect("inproc://front").expect("two pipes");
    req
}

fn worker(context: &Room) -> Rep<'_, u32> {
    let rep = context.rep().expect("a slot");
    rep.connect("inproc://back").expect("two pipes");
    rep
}

/// Each question that was given out has ended in one way, and nothing is held.
fn accounted(report: &Report) {
    let ends = report.answers + report.lost + report.unclaimed + report.unanswered;
    assert_eq!(report.questions, ends, "{report:?}");
    assert_eq!(report.unsent, [], "{report:?}");
    assert_eq!(report.end, RecvError::Disconnected);
}

fn the_death_of_a_worker_that_was_asked(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    let (mut req, rep) = (client(&context), worker(&context));
    let mut broker = Broker::new(&mut front, &mut back);
    req.try_send(1).expect("room");
    broker.settle();
    let ((), report) = both(|| drop(rep), || broker.run());
    accounted(&report);
    assert_eq!((report.questions, report.lost), (1, 1));
    seen.outcome(format!("{:?}", req.try_recv().expect_err("nobody answers")));
}

/// The back waits for other workers, so that nothing but the missing one ends the wait.
fn the_death_of_a_worker_wakes_the_broker(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    back.set_when_alone(WhenAlone::Wait);
    let (mut req, rep) = (client(&context), worker(&context));
    let mut broker = Broker::new(&mut front, &mut back);
    req.try_send(1).expect("room");
    broker.settle();
    let (told, report) = both(
        move || {
            drop(rep);
            block_on(req.recv())
        },
        || broker.run(),
    );
    accounted(&report);
    assert_eq!((report.questions, report.lost), (1, 1));
    seen.outcome(format!("{:?}", told.expect_err("nobody answers")));
}

fn an_answer_and_the_death_of_its_worker(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    let (mut req, mut rep) = (client(&context), worker(&context));
    let mut broker = Broker::new(&mut front, &mut back);
    req.try_send(1).expect("room");
    broker.settle();
    assert_eq!(rep.try_recv(), Ok(1));
    let ((), report) = both(
        move || {
            rep.try_send(7).expect("room");
            drop(rep);
        },
        || broker.run(),
    );
    accounted(&report);
    assert_eq!((report.questions, report.answers), (1, 1));
    seen.outcome(req.try_recv().expect("it was answered"));
}

fn an_answer_beside_the_death_of_its_client(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    let (mut req, mut rep) = (client(&context), worker(&context));
    let mut broker = Broker::new(&mut front, &mut back);
    req.try_send(1).expect("room");
    broker.settle();
    assert_eq!(rep.try_recv(), Ok(1));
    rep.try_send(7).expect("room");
    let ((), report) = both(|| drop(req), || broker.run());
    accounted(&report);
    seen.outcome(match (report.answers, report.unclaimed) {
        (1, 0) => "answered",
        (0, 1) => "unclaimed",
        // It was going while its room was looked at: with no client left the broker ends.
        (0, 0) => "unanswered",
        _ => panic!("{report:?}"),
    });
}

fn a_question_wakes_the_broker(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    let (mut req, mut rep) = (client(&context), worker(&context));
    let broker = Broker::new(&mut front, &mut back);
    let ((), report) = both(
        move || {
            req.try_send(1).expect("room");
            drop(req);
        },
        || broker.run(),
    );
    accounted(&report);
    assert_eq!((report.questions, report.unanswered), (1, 1));
    assert_eq!(rep.try_recv(), Ok(1));
    seen.outcome("asked");
}

fn a_question_beside_the_death_of_the_worker(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    let (mut req, rep) = (client(&context), worker(&context));
    let broker = Broker::new(&mut front, &mut back);
    req.try_send(1).expect("room");
    let ((), report) = both(|| drop(rep), || broker.run());
    assert_eq!(report.end, RecvError::Disconnected);
    assert_eq!(report.questions, report.lost, "{report:?}");
    let (held, unread) = (report.unsent.len(), front.close().discarded);
    // It is in one place, and its client is told.
    seen.outcome(match (report.lost, held, unread) {
        (1, 0, 0) => "lost",
        (0, 1, 0) => "held",
        (0, 0, 1) => "unread",
        _ => panic!("{report:?}, {unread} unread"),
    });
    assert_eq!(req.try_recv(), Err(RecvError::Disconnected));
}

/// The client has gone: its question is read all the same.
fn a_worker_that_comes_is_asked(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    let (mut req, mut rep) = (client(&context), context.rep().expect("a slot"));
    let mut broker = Broker::new(&mut front, &mut back);
    req.try_send(1).expect("room");
    drop(req);
    broker.settle();
    let worker = &mut rep;
    let ((), report) = both(
        || only(worker).connect("inproc://back").expect("two pipes"),
        || broker.run(),
    );
    accounted(&report);
    assert_eq!((report.questions, report.unanswered), (1, 1));
    assert_eq!(rep.try_recv(), Ok(1));
    seen.outcome("asked");
}

/// The client of both questions has gone: the second one is read all the same.
fn a_worker_that_answers_is_asked_again(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    let mut dealer = context.dealer().expect("a slot");
    dealer.connect("inproc://front").expect("two pipes");
    let mut rep = worker(&context);
    let mut broker = Broker::new(&mut front, &mut back);
    dealer.try_send(1).expect("room");
    broker.settle();
    dealer.try_send(2).expect("room");
    drop(dealer);
    assert_eq!(rep.try_recv(), Ok(1));
    let worker = &mut rep;
    let ((), report) = both(|| only(worker).try_send(7).expect("room"), || broker.run());
    accounted(&report);
    assert_eq!((report.questions, report.unclaimed), (2, 1));
    assert_eq!(rep.try_recv(), Ok(2));
    seen.outcome("asked");
}

/// A client with two questions and room for one answer; the second answer lies in the link of a
/// worker that has gone.
fn room_for_an_answer(seen: Seen) {
    let context = Room::new();
    let (mut front, mut back) = sides(&context);
    let mut dealer = context.dealer().expect("a slot");
    dealer.connect("inproc://front").expect("two pipes");
    let mut rep = worker(&context);
    let mut broker = Broker::new(&mut front, &mut back);
    for (question, answer) in [(1, 7), (2, 8)] {
        dealer.try_send(question).expect("room");
        broker.settle();
        assert_eq!(rep.try_recv(), Ok(question));
        rep.try_send(answer).expect("room");
        broker.settle();
    }
    drop(rep);
    let client = &mut dealer;
    let (first, report) = both(|| only(client).try_recv(), || broker.run());
    accounted(&report);
    assert_eq!((report.questions, report.answers), (2, 2));
    assert_eq!(first, Ok(7));
    seen.outcome(format!(
        "7, {}",
        dealer.try_recv().expect("it was answered")
    ));
}
