//! Wires, of which a child has none of its parent's, and makes its own.

use gimmal::{Context, Pull, Push};

use crate::forking::forked;
use crate::kit::LONG;
use crate::kit::child::{Child, Part};

pub(crate) const PARTS: &[Part] = &[("wires", wires), ("questions", questions)];

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
