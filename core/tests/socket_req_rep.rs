//! Req and Rep: strict turns, the answer goes to who has asked, and a peer that goes away is
//! reported, never waited for.

mod kit;

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, RecvError, SendReason};
use gimmal_core::socket::{NotDone, Rep, Req, WhenAlone};
use kit::wait;

type Six = Context<u32, 6, 12, 4>;

/// A Rep and so many Reqs of it.
fn office(context: &Six, reqs: usize) -> (Rep<'_, u32>, Vec<Req<'_, u32>>) {
    let rep = context.rep().unwrap();
    rep.bind("inproc://office").unwrap();
    let connected = (0..reqs).map(|_| {
        let req = context.req().unwrap();
        req.connect("inproc://office").unwrap();
        req
    });
    (rep, connected.collect())
}

fn refused<T>(sent: Result<(), gimmal_core::error::socket::SendError<T>>) -> (SendReason, T) {
    let error = sent.unwrap_err();
    (error.reason, error.into_inner())
}

#[test]
fn turns_are_enforced_and_a_wrong_one_changes_nothing() {
    let context = Six::new();
    let (mut rep, mut reqs) = office(&context, 1);
    let req = &mut reqs[0];
    for round in 0..10 {
        assert_eq!(req.try_recv(), Err(RecvError::WrongTurn));
        assert_eq!(refused(rep.try_send(99)), (SendReason::WrongTurn, 99));
        req.try_send(round).unwrap();
        assert_eq!(refused(req.try_send(99)), (SendReason::WrongTurn, 99));
        assert_eq!(req.try_recv(), Err(RecvError::Empty));
        assert_eq!(rep.try_recv(), Ok(round));
        assert_eq!(rep.try_recv(), Err(RecvError::WrongTurn));
        rep.try_send(round + 100).unwrap();
        assert_eq!(req.try_recv(), Ok(round + 100));
    }
}

#[test]
fn readiness_follows_the_turn() {
    let context = Six::new();
    let (mut rep, mut reqs) = office(&context, 1);
    let req = &mut reqs[0];
    let is = |req: &mut Req<'_, u32>, rep: &mut Rep<'_, u32>| {
        [
            req.can_send() == Ok(true),
            req.can_recv() == Ok(true),
            rep.can_recv() == Ok(true),
            rep.can_send() == Ok(true),
        ]
    };
    assert_eq!(is(req, &mut rep), [true, false, false, false]);
    req.try_send(1).unwrap();
    assert_eq!(is(req, &mut rep), [false, false, true, false]);
    rep.try_recv().unwrap();
    assert_eq!(is(req, &mut rep), [false, false, false, true]);
    rep.try_send(2).unwrap();
    assert_eq!(is(req, &mut rep), [false, true, false, false]);
    req.try_recv().unwrap();
    assert_eq!(is(req, &mut rep), [true, false, false, false]);
}

#[test]
fn the_answer_goes_to_who_has_asked() {
    let context = Six::new();
    let (mut rep, mut reqs) = office(&context, 4);
    for round in 0..20 {
        let asked: Vec<u32> = (0..4).map(|who| round * 10 + who).collect();
        for (req, question) in reqs.iter_mut().zip(&asked) {
            req.try_send(*question).unwrap();
        }
        for _ in 0..4 {
            let question = rep.try_recv().unwrap();
            rep.try_send(question + 1000).unwrap();
        }
        for (req, question) in reqs.iter_mut().zip(&asked) {
            assert_eq!(req.try_recv(), Ok(question + 1000));
        }
    }
}

#[test]
fn questions_go_round_robin_over_the_reps() {
    let context = Six::new();
    let mut reps = [(); 3].map(|()| context.rep().unwrap());
    let mut req = context.req().unwrap();
    req.bind("inproc://many").unwrap();
    for rep in &reps {
        rep.connect("inproc://many").unwrap();
    }
    for round in 0..12 {
        req.try_send(round).unwrap();
        let heard: Vec<usize> = (0..3).filter(|at| reps[*at].try_recv().is_ok()).collect();
        assert_eq!(heard, [round as usize % 3], "one of them, in its turn");
        reps[heard[0]].try_send(round).unwrap();
        assert_eq!(req.try_recv(), Ok(round));
    }
}

#[test]
fn a_rep_that_goes_is_reported_and_the_req_asks_another() {
    let context = Six::new();
    let (rep, mut reqs) = office(&context, 1);
    let req = &mut reqs[0];
    let mut other = context.rep().unwrap();
    other.bind("inproc://other").unwrap();
    req.connect("inproc://other").unwrap();
    // It goes before it has read the question.
    req.try_send(7).unwrap();
    assert_eq!(rep.close().discarded, 1);
    assert_eq!(req.can_recv(), Err(RecvError::Disconnected));
    assert_eq!(req.try_recv(), Err(RecvError::Disconnected));
    assert_eq!(
        req.try_recv(),
        Err(RecvError::WrongTurn),
        "it may ask again"
    );
    // Its next question goes to who is left.
    req.try_send(8).unwrap();
    assert_eq!(other.try_recv(), Ok(8));
    other.try_send(9).unwrap();
    assert_eq!(req.try_recv(), Ok(9));
    // It goes after it has read the question.
    req.try_send(10).unwrap();
    assert_eq!(other.try_recv(), Ok(10));
    other.close();
    assert_eq!(req.try_recv(), Err(RecvError::Disconnected));
    assert_eq!(refused(req.try_send(11)), (SendReason::Disconnected, 11));
}

#[test]
fn an_answer_that_was_sent_is_received_although_the_rep_has_gone() {
    let context = Six::new();
    let (mut rep, mut reqs) = office(&context, 1);
    reqs[0].try_send(1).unwrap();
    rep.try_recv().unwrap();
    rep.try_send(2).unwrap();
    rep.close();
    assert_eq!(reqs[0].try_recv(), Ok(2));
}

#[test]
fn a_req_that_goes_gives_the_answer_back_and_the_rep_hears_the_next() {
    let context = Six::new();
    let (mut rep, mut reqs) = office(&context, 2);
    reqs[0].try_send(1).unwrap();
    assert_eq!(rep.try_recv(), Ok(1));
    reqs.remove(0).close();
    reqs[0].try_send(2).unwrap();
    assert_eq!(rep.can_send(), Err(SendReason::Unreachable));
    assert_eq!(refused(rep.try_send(10)), (SendReason::Unreachable, 10));
    assert_eq!(rep.try_recv(), Ok(2));
    rep.try_send(20).unwrap();
    assert_eq!(reqs[0].try_recv(), Ok(20));
}

#[test]
fn questions_of_reqs_that_have_gone_can_still_be_heard() {
    let context = Six::new();
    let (mut rep, mut reqs) = office(&context, 2);
    for (req, question) in reqs.iter_mut().zip([1, 2]) {
        req.try_send(question).unwrap();
    }
    drop(reqs);
    for question in [1, 2] {
        assert_eq!(rep.try_recv(), Ok(question));
        assert_eq!(refused(rep.try_send(0)).0, SendReason::Unreachable);
    }
    assert_eq!(
        rep.try_recv(),
        Err(RecvError::Empty),
        "it holds a bound name"
    );
}

#[test]
fn a_question_before_the_bind_is_answered() {
    let context = Six::new();
    let mut req = context.req().unwrap();
    req.connect("inproc://later").unwrap();
    req.try_send(3).unwrap();
    assert_eq!(
        req.try_recv(),
        Err(RecvError::Empty),
        "it waits for who binds"
    );
    let mut rep = context.rep().unwrap();
    rep.bind("inproc://later").unwrap();
    assert_eq!(rep.try_recv(), Ok(3));
    rep.try_send(4).unwrap();
    assert_eq!(req.try_recv(), Ok(4));
}

#[test]
fn a_cancelled_wait_leaves_the_turn() {
    let context = Six::new();
    let (mut rep, mut reqs) = office(&context, 1);
    let req = &mut reqs[0];
    req.try_send(1).unwrap();
    drop(req.recv());
    assert_eq!(refused(req.try_send(2)).0, SendReason::WrongTurn);
    rep.try_recv().unwrap();
    rep.try_send(5).unwrap();
    assert_eq!(wait(req.recv()), Ok(5));
}

#[test]
fn a_dealers_many_questions_wait_for_room_for_the_answers() {
    let context = Six::new();
    let mut rep = context.rep().unwrap();
    rep.bind("inproc://office").unwrap();
    let mut dealer = context.dealer().unwrap();
    dealer.connect("inproc://office").unwrap();
    // As many answers as the link holds are not fetched.
    for question in 0..5 {
        dealer.try_send(question).unwrap();
        assert_eq!(rep.try_recv(), Ok(question));
        if question < 4 {
            rep.try_send(question).unwrap();
        } else {
            assert_eq!(refused(rep.try_send(4)), (SendReason::Full, 4));
            assert_eq!(rep.can_send(), Ok(false));
        }
    }
    assert_eq!(
        rep.try_recv(),
        Err(RecvError::WrongTurn),
        "it still has to answer"
    );
    assert_eq!(dealer.try_recv(), Ok(0));
    rep.try_send(4).unwrap();
    // Dead wins over full.
    dealer.try_send(5).unwrap();
    rep.try_recv().unwrap();
    assert_eq!(refused(rep.try_send(6)).0, SendReason::Full);
    dealer.close();
    assert_eq!(refused(rep.try_send(6)), (SendReason::Unreachable, 6));
}

#[test]
fn the_end_of_the_context_ends_both_turns() {
    let context = Six::new();
    let (mut rep, mut reqs) = office(&context, 2);
    let mut asked = reqs.remove(0);
    asked.try_send(1).unwrap();
    context.shutdown();
    assert_eq!(refused(reqs[0].try_send(2)).0, SendReason::Terminated);
    assert_eq!(rep.try_recv(), Ok(1), "what was sent before is read");
    assert_eq!(refused(rep.try_send(1)).0, SendReason::Terminated);
    assert_eq!(asked.try_recv(), Err(RecvError::Terminated));
}

#[test]
fn who_waits_for_an_answer_is_alone_when_that_peer_is_gone_although_others_are_there() {
    let context = Six::new();
    let (rep, mut reqs) = office(&context, 1);
    let req = &mut reqs[0];
    req.set_when_alone(WhenAlone::Wait);
    let other = context.rep().unwrap();
    other.bind("inproc://other").unwrap();
    req.connect("inproc://other").unwrap();
    req.try_send(1).unwrap();
    rep.close();
    // Even who waits for new peers is told: this answer never comes.
    assert_eq!(wait(req.recv()), Err(RecvError::Disconnected));
}

#[test]
fn only_partners_are_linked() {
    let context = Six::new();
    let (rep, _) = office(&context, 0);
    for refused in [
        context.push().unwrap().connect("inproc://office"),
        context.rep().unwrap().connect("inproc://office"),
        context.router().unwrap().connect("inproc://office"),
        context.pair().unwrap().connect("inproc://office"),
    ] {
        assert_eq!(refused, Err(EndpointError::PatternMismatch));
    }
    drop(rep);
    // At a name that is not bound yet: who could bind it for both?
    let dealer = context.dealer().unwrap();
    dealer.connect("inproc://later").unwrap();
    context.req().unwrap().connect("inproc://later").unwrap();
    let push = context.push().unwrap();
    assert_eq!(
        push.connect("inproc://later"),
        Err(EndpointError::PatternMismatch)
    );
    let req = context.req().unwrap();
    req.connect("inproc://later").unwrap();
    let other = context.dealer().unwrap();
    assert_eq!(
        other.bind("inproc://later"),
        Err(EndpointError::PatternMismatch)
    );
    context.router().unwrap().bind("inproc://later").unwrap();
}

#[test]
fn turns_as_types_go_round_and_say_when_a_turn_is_over() {
    let context = Six::new();
    let (rep, mut reqs) = office(&context, 1);
    let req = reqs.remove(0).to_recv().unwrap_err();
    let mut req = req.to_send().unwrap();
    let mut rep = rep.to_recv().unwrap();
    for round in 0..5 {
        let asked = wait(req.send(round)).unwrap();
        let (question, answering) = wait(rep.recv()).unwrap();
        let asked = match asked.try_recv() {
            Err(NotDone::Again(asked, RecvError::Empty)) => asked,
            other => panic!("it has not been answered: {other:?}"),
        };
        rep = answering.try_send(question + 1).unwrap();
        let (answer, next) = asked.try_recv().unwrap();
        assert_eq!(answer, round + 1);
        req = next;
    }
    let asked = req.try_send(1).unwrap();
    let (_, answering) = rep.try_recv().unwrap();
    drop(answering);
    // Nobody will answer: it is the turn to ask again.
    let req = match wait(asked.recv()) {
        Err(NotDone::Over(req, RecvError::Disconnected)) => req,
        other => panic!("its peer has gone: {other:?}"),
    };
    let error = req.try_send(2).unwrap_err().into_error();
    assert_eq!((error.reason, error.value), (SendReason::Disconnected, 2));
}

#[test]
fn a_socket_is_got_back_from_its_turn_and_keeps_it() {
    let context = Six::new();
    let (rep, mut reqs) = office(&context, 1);
    let mut req = reqs.remove(0).to_send().unwrap().into_socket();
    assert!(req.is_to_send());
    req.try_send(1).unwrap();
    let mut req = req.to_recv().unwrap().into_socket();
    assert!(!req.is_to_send());
    let mut rep = rep.to_recv().unwrap().into_socket();
    assert_eq!(rep.try_recv(), Ok(1));
    rep.try_send(2).unwrap();
    assert_eq!(req.try_recv(), Ok(2));
}

#[test]
fn a_rep_whose_asker_has_gone_is_to_receive_again() {
    let context = Six::new();
    let (rep, mut reqs) = office(&context, 2);
    reqs[0].try_send(1).unwrap();
    let (_, rep) = rep.to_recv().unwrap().try_recv().unwrap();
    reqs.remove(0).close();
    let rep = match rep.try_send(10) {
        Err(NotDone::Over(rep, error)) => {
            assert_eq!((error.reason, error.value), (SendReason::Unreachable, 10));
            rep
        }
        other => panic!("its peer has gone: {other:?}"),
    };
    reqs[0].try_send(2).unwrap();
    assert_eq!(rep.try_recv().unwrap().0, 2);
}
