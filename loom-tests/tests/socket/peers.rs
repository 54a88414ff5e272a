//! The door to a socket's peers: a peer that closes gives back the socket's end of their pipe, beside whatever the socket does.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | a visitor and the owner are never among the peers at the same time |
//! | `e2_*` | what the owner did there is seen by the visitor that comes after it |
//! | `f13_*` | when the close has returned and the owner is idle, or has read the last message, the pipe can be taken |
//! | `taken_again_*` | a pipe that is taken again beside its old owner hands on what is sent through it now |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{EndpointError, RecvError, SendReason};
use gimmal_core_loom::socket::{Pull, Push};

use super::pipe::takes_all;
use crate::harness::{Seen, models};
use crate::support::{all_three, both};

models! {
    e1_the_writers_close_beside_a_look {
        kills: ["socket/peers.rs#E1"],
        outcomes: ["Empty"],
    }
    e1_the_readers_close_beside_a_send {
        kills: ["socket/peers.rs#E1"],
        outcomes: ["Full", "sent"],
    }
    e2_the_writers_close_after_a_look { kills: ["socket/peers.rs#E2"], outcomes: ["Empty"] }
    f13_the_last_message_frees_the_pipe {
        kills: ["step:over"],
        outcomes: ["7", "Empty"],
    }
    f13_a_pipe_that_a_busy_owner_still_has { kills: ["step:reclaim"], outcomes: ["Empty"] }
    f13_two_peers_close_beside_a_look { outcomes: ["Empty"] }
    f13_both_ways_of_a_pair { outcomes: ["Empty", "Full"] }
    f13_a_peer_closes_beside_a_new_one { outcomes: ["linked", "TooManyPipes"] }
    taken_again_by_a_link_of_the_same_owner { outcomes: ["7", "Empty", "no pipe"] }
    taken_again_by_a_link_of_others { outcomes: ["7", "no pipe"] }
}

/// A bound Pull and a connected Push that know of each other.
fn acquainted<const S: usize, const P: usize>(
    context: &Context<u32, S, P, 1>,
) -> (Pull<'_, u32>, Push<'_, u32>) {
    let mut pull = context.pull().expect("a slot");
    let push = context.push().expect("a slot");
    pull.bind("inproc://x").expect("free");
    push.connect("inproc://x").expect("a pipe");
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    (pull, push)
}

fn word<R: ToString>(received: Result<R, RecvError>) -> String {
    received.map_or_else(|why| format!("{why:?}"), |value| value.to_string())
}

fn e1_the_writers_close_beside_a_look(seen: Seen) {
    let context = Context::<u32, 3, 1, 1>::new();
    let (mut pull, push) = acquainted(&context);
    let ((), received) = both(|| drop(push), || pull.try_recv());
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(word(received));
}

fn e1_the_readers_close_beside_a_send(seen: Seen) {
    let context = Context::<u32, 3, 1, 1>::new();
    let mut push = context.push().expect("a slot");
    let pull = context.pull().expect("a slot");
    push.bind("inproc://x").expect("free");
    pull.connect("inproc://x").expect("a pipe");
    // It has looked at its new link, and the link is empty.
    push.try_send(1).expect("room");
    let mut pull = pull;
    assert_eq!(pull.try_recv(), Ok(1));
    let ((), sent) = both(|| drop(pull), || push.try_send(2));
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(match sent {
        Ok(()) => "sent".to_string(),
        Err(error) => format!("{:?}", error.reason),
    });
}

/// Here the close may find the owner gone, and nothing else has told it what the owner did.
fn e2_the_writers_close_after_a_look(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let (mut pull, push) = acquainted(&context);
    let ((), received) = both(
        || drop(push),
        || {
            let received = pull.try_recv();
            assert_eq!(pull.try_recv(), received);
            received
        },
    );
    seen.outcome(word(received));
}

fn f13_the_last_message_frees_the_pipe(seen: Seen) {
    let context = Context::<u32, 3, 1, 1>::new();
    let (mut pull, mut push) = acquainted(&context);
    let ((), received) = both(
        || {
            push.try_send(7).expect("room");
            drop(push);
        },
        || pull.try_recv(),
    );
    if received.is_err() {
        assert_eq!(pull.try_recv(), Ok(7));
    }
    // It acts no more.
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(word(received));
}

fn f13_a_pipe_that_a_busy_owner_still_has(seen: Seen) {
    let context = Context::<u32, 3, 1, 1>::new();
    let (mut pull, push) = acquainted(&context);
    let ((), received) = both(|| drop(push), || pull.try_recv());
    let next = context.push().expect("a slot");
    next.connect("inproc://x")
        .expect("the pipe of the old link");
    seen.outcome(word(received));
}

fn f13_two_peers_close_beside_a_look(seen: Seen) {
    let context = Context::<u32, 4, 2, 1>::new();
    let (mut pull, first) = acquainted(&context);
    let second = context.push().expect("a slot");
    second.connect("inproc://x").expect("a pipe");
    let ((), (), received) = all_three(|| drop(first), || drop(second), || pull.try_recv());
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(word(received));
}

/// The owner of the one Pair sends while the other closes; both pipes are free then.
fn f13_both_ways_of_a_pair(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let mut a = context.pair().expect("a slot");
    let b = context.pair().expect("a slot");
    a.bind("inproc://x").expect("free");
    b.connect("inproc://x").expect("two pipes");
    assert_eq!(a.try_recv(), Err(RecvError::Empty));
    let ((), word) = both(
        || drop(b),
        || match a.try_send(1) {
            Ok(()) => word(a.try_recv()),
            Err(error) => {
                assert_eq!(error.reason, SendReason::Full);
                "Full".to_string()
            }
        },
    );
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(word);
}

fn f13_a_peer_closes_beside_a_new_one(seen: Seen) {
    let context = Context::<u32, 3, 1, 1>::new();
    let (mut pull, push) = acquainted(&context);
    let mut next = context.push().expect("a slot");
    let ((), linked) = both(|| drop(push), || next.connect("inproc://x"));
    seen.outcome(match linked {
        Ok(()) => {
            next.try_send(7).expect("room");
            assert_eq!(pull.try_recv(), Ok(7));
            "linked".to_string()
        }
        Err(why) => {
            assert_eq!(why, EndpointError::TooManyPipes);
            next.connect("inproc://x").expect("free by now");
            format!("{why:?}")
        }
    });
}

fn taken_again_by_a_link_of_the_same_owner(seen: Seen) {
    let context = Context::<u32, 3, 1, 1>::new();
    let (mut pull, push) = acquainted(&context);
    let mut next = context.push().expect("a slot");
    let (linked, received) = both(
        || {
            drop(push);
            next.connect("inproc://x")
                .map(|()| next.try_send(7).expect("room"))
        },
        || pull.try_recv(),
    );
    if linked.is_ok() && received.is_err() {
        assert_eq!(pull.try_recv(), Ok(7));
    }
    seen.outcome(match linked {
        Ok(()) => word(received),
        Err(_) => "no pipe".to_string(),
    });
}

fn taken_again_by_a_link_of_others(seen: Seen) {
    let context = Context::<u32, 4, 1, 1>::new();
    let (mut pull, push) = acquainted(&context);
    let mut other = context.pull().expect("a slot");
    other.bind("inproc://y").expect("free");
    let mut next = context.push().expect("a slot");
    let (linked, received) = both(
        || {
            drop(push);
            next.connect("inproc://y")
                .map(|()| next.try_send(7).expect("room"))
        },
        || pull.try_recv(),
    );
    assert_eq!(received, Err(RecvError::Empty));
    seen.outcome(match linked {
        Ok(()) => word(other.try_recv()),
        Err(_) => "no pipe".to_string(),
    });
}
