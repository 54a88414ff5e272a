//! Wires, of which a child has none of its parent's, and makes its own.

use gimmal::{Context, Pull, Push};

use crate::forking::forked;
use crate::kit::LONG;
use crate::kit::child::{Child, Part};

pub(crate) const PARTS: &[Part] = &[("wires", wires)];

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

#[test]
fn a_child_has_wires_of_its_own_and_leaves_its_parents_alone() {
    Child::start("wires").exits_with(0);
}
