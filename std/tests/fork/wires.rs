//! Wires, of which a child has none of its parent's, and makes its own.

use gimmal::socket::Kind;
use gimmal::{Context, Pull, Push};

use crate::forking::forked;
use crate::kit::child::{Child, Part};
use crate::kit::{LONG, SHORT};

pub(crate) const PARTS: &[Part] = &[("wires", wires), ("questions", questions), ("terms", terms)];

/// A Pull that listens, and a Push that is connected with it, of one context each.
fn linked() -> (Context, Pull, Context, Push) {
    let (here, there) = (Context::new(), Context::new());
    let mut pull = here.pull().unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let mut push = there.push().unwrap();
    push.connect(&pull.last_endpoint().unwrap()).unwrap();
    push.send("hello").unwrap();
    assert!(pull.recv_timeout(LONG).unwrap() == "hello");
    (here, pull, there, push)
}

/// The child makes wires of its own and drops those of its parent, which go on.
fn wires() -> i32 {
    let mut all = Some(linked());
    forked(|| {
        drop(linked());
        drop(all.take());
        drop(linked());
    });
    let (_here, mut pull, _there, mut push) = all.unwrap();
    for number in ["1", "2", "3"] {
        push.send(number).unwrap();
        assert!(pull.recv_timeout(LONG).unwrap() == number);
    }
    0
}

/// The child ends its parent's contexts: their wires are the parent's, and are not waited for.
fn terms() -> i32 {
    let mut all = Some(linked());
    forked(|| {
        let (here, pull, there, push) = all.take().unwrap();
        drop(push);
        // What its parent's wire has is not thrown away here, nor waited for.
        assert!(there.discard(&pull.last_endpoint().unwrap()) == Ok(0));
        there.term();
        let open = here.term_timeout(SHORT).unwrap_err();
        assert!(open.sockets.len() == 1 && open.sockets[0].kind == Kind::Pull);
        drop(pull);
        here.term();
    });
    // Wires of the child beside one of its parent.
    forked(|| {
        let (here, mut pull, there, push) = all.take().unwrap();
        let mut mine = there.push().unwrap();
        let own = Context::new();
        let mut takes = own.pull().unwrap();
        takes.bind("tcp://127.0.0.1:*").unwrap();
        mine.connect(&takes.last_endpoint().unwrap()).unwrap();
        mine.send("mine").unwrap();
        assert!(takes.recv_timeout(LONG).unwrap() == "mine");
        drop((mine, push));
        let mut unheard = there.push().unwrap();
        unheard.connect("tcp://127.0.0.1:1").unwrap();
        unheard.send("to nobody").unwrap();
        drop(unheard);
        assert!(there.discard("tcp://127.0.0.1:1") == Ok(1));
        there.term();
        assert!(pull.try_recv().is_err());
        drop((pull, takes));
        here.term();
        own.term();
    });
    let (here, mut pull, there, mut push) = all.unwrap();
    push.send("still").unwrap();
    assert!(pull.recv_timeout(LONG).unwrap() == "still");
    drop((pull, push));
    here.term();
    there.term();
    0
}

#[test]
fn a_child_ends_its_parents_contexts_without_their_wires() {
    Child::start("terms").exits_with(0);
}

/// What the child asks on the Req of its parent goes nowhere: the connection is its parent's.
fn questions() -> i32 {
    let context = Context::new();
    let mut rep = context.rep().unwrap();
    rep.bind("tcp://127.0.0.1:*").unwrap();
    let mut req = context.req().unwrap();
    req.connect(&rep.last_endpoint().unwrap()).unwrap();
    for (by_child, number) in [("a", "1"), ("b", "2"), ("c", "3")] {
        req.send(number).unwrap();
        assert!(rep.recv_timeout(LONG).unwrap() == number);
        rep.send("yes").unwrap();
        assert!(req.recv_timeout(LONG).unwrap() == "yes");
        // The wires rest, which is when a question is written by the thread that asks.
        std::thread::sleep(std::time::Duration::from_millis(20));
        forked(|| req.send(by_child).unwrap());
    }
    0
}

#[test]
fn what_a_child_asks_on_its_parents_socket_goes_nowhere() {
    Child::start("questions").exits_with(0);
}

#[test]
fn a_child_has_wires_of_its_own_and_leaves_its_parents_alone() {
    Child::start("wires").exits_with(0);
}
