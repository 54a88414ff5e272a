//! Links that a socket has set aside: a change of one is seen at once or brings it back, however the socket looks
//! meanwhile. In a model a socket keeps one link in its list, and sets each other one aside that it has looked at in vain.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | what changes while a link is set aside is found by the next look |
//! | `brought_back_*` | a change of a link that is aside wakes the socket that waits |
//! | `closed_*` | a peer that goes, in the list or aside, is known to have gone, and its pipe can be taken again |
//! | `closed_while_*`, `closed_in_turn_*` | a socket that waits learns that all have gone, and not before |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{RecvError, SendError};
use gimmal_core_loom::socket::{Pull, Push, WhenAlone};

use crate::harness::{Seen, models};
use crate::socket::pipe::takes_all;
use crate::support::{block_on, both};

models! {
    e1_a_message_beside_a_look {
        kills: ["context/aside.rs#E1", "step:look-aside"],
        outcomes: ["7", "Empty"],
    }
    e1_room_beside_a_look {
        kills: ["context/aside.rs#E1", "step:look-aside"],
        outcomes: ["Full", "sent"],
    }
    brought_back_by_a_message { kills: ["step:bring-back-notice"], outcomes: ["7"] }
    brought_back_by_room { kills: ["step:bring-back-notice"], outcomes: ["sent"] }
    closed_beside_a_look { outcomes: ["Empty"] }
    closed_with_a_message_beside_a_look { outcomes: ["7", "Empty"] }
    closed_while_a_receiver_waits {
        kills: ["step:recv-alone-again"],
        outcomes: ["Disconnected"],
    }
    closed_while_a_sender_waits {
        kills: ["step:send-alone-again"],
        outcomes: ["Disconnected", "sent"],
    }
    closed_in_turn_while_another_is_aside { kills: ["step:recall"], outcomes: ["7"] }
    closed_in_turn_while_another_is_full { kills: ["step:recall"], outcomes: ["sent"] }
}

type Two = Context<u32, 3, 2, 1>;

/// A bound Pull and two connected Pushes, which it has not looked at yet. It will set the second aside.
fn pull_of_two(context: &Two) -> (Pull<'_, u32>, Push<'_, u32>, Push<'_, u32>) {
    let pull = context.pull().expect("a slot");
    pull.bind("inproc://x").expect("free");
    let push = || {
        let push = context.push().expect("a slot");
        push.connect("inproc://x").expect("a pipe");
        push
    };
    (pull, push(), push())
}

/// A bound Push and two connected Pulls, whose links it has filled. It will set the second aside.
fn push_of_two(context: &Two) -> (Push<'_, u32>, Pull<'_, u32>, Pull<'_, u32>) {
    let mut push = context.push().expect("a slot");
    push.bind("inproc://x").expect("free");
    let pull = || {
        let pull = context.pull().expect("a slot");
        pull.connect("inproc://x").expect("a pipe");
        pull
    };
    let (one, two) = (pull(), pull());
    (1..=2).for_each(|n| push.try_send(n).expect("room"));
    (push, one, two)
}

fn word(received: Result<u32, RecvError>) -> String {
    received.map_or_else(|why| format!("{why:?}"), |value| value.to_string())
}

fn sent(sent: Result<(), SendError<u32>>) -> String {
    sent.map_or_else(|why| format!("{:?}", why.reason), |()| "sent".to_string())
}

fn e1_a_message_beside_a_look(seen: Seen) {
    let context = Two::new();
    let (mut pull, _one, mut two) = pull_of_two(&context);
    let (sent, received) = both(|| two.try_send(7), || pull.try_recv());
    sent.expect("room");
    if received.is_err() {
        assert_eq!(pull.try_recv(), Ok(7), "it was sent before this look");
    }
    seen.outcome(word(received));
}

fn e1_room_beside_a_look(seen: Seen) {
    let context = Two::new();
    let (mut push, _one, mut two) = push_of_two(&context);
    let (received, first) = both(|| two.try_recv(), || push.try_send(7));
    assert_eq!(received, Ok(2));
    if first.is_err() {
        assert_eq!(
            push.try_send(7).map_err(|why| why.reason),
            Ok(()),
            "there is room now"
        );
    }
    assert_eq!(two.try_recv(), Ok(7));
    seen.outcome(sent(first));
}

fn brought_back_by_a_message(seen: Seen) {
    let context = Two::new();
    let (mut pull, _one, mut two) = pull_of_two(&context);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    let (sent, received) = both(|| two.try_send(7), || block_on(pull.recv()));
    sent.expect("room");
    seen.outcome(word(received));
}

fn brought_back_by_room(seen: Seen) {
    let context = Two::new();
    let (mut push, _one, mut two) = push_of_two(&context);
    assert!(push.try_send(3).is_err());
    let (received, last) = both(|| two.try_recv(), || block_on(push.send(7)));
    assert_eq!(received, Ok(2));
    seen.outcome(sent(last));
}

fn closed_beside_a_look(seen: Seen) {
    let context = Two::new();
    let (mut pull, _one, two) = pull_of_two(&context);
    let ((), received) = both(|| drop(two), || pull.try_recv());
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(word(received));
}

fn closed_with_a_message_beside_a_look(seen: Seen) {
    let context = Two::new();
    let (mut pull, _one, mut two) = pull_of_two(&context);
    let ((), received) = both(
        || {
            two.try_send(7).expect("room");
            drop(two);
        },
        || pull.try_recv(),
    );
    if received.is_err() {
        assert_eq!(pull.try_recv(), Ok(7), "it was sent before this look");
    }
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(word(received));
}

fn closed_while_a_receiver_waits(seen: Seen) {
    let context = Two::new();
    let (mut pull, one, two) = pull_of_two(&context);
    pull.set_when_alone(WhenAlone::Disconnect);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    let ((), received) = both(
        || {
            drop(one);
            drop(two);
        },
        || block_on(pull.recv()),
    );
    seen.outcome(word(received));
}

/// A message that goes into a link while its reader closes is sent, and dropped by the reader.
fn closed_while_a_sender_waits(seen: Seen) {
    let context = Two::new();
    let (mut push, one, two) = push_of_two(&context);
    push.set_when_alone(WhenAlone::Disconnect);
    assert!(push.try_send(3).is_err());
    let ((), last) = both(
        || {
            drop(one);
            drop(two);
        },
        || block_on(push.send(7)),
    );
    seen.outcome(sent(last));
}

fn closed_in_turn_while_another_is_aside(seen: Seen) {
    let context = Two::new();
    let (mut pull, one, mut two) = pull_of_two(&context);
    pull.set_when_alone(WhenAlone::Disconnect);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    let ((), received) = both(
        || {
            drop(one);
            two.try_send(7).expect("room");
        },
        || block_on(pull.recv()),
    );
    seen.outcome(word(received));
}

fn closed_in_turn_while_another_is_full(seen: Seen) {
    let context = Two::new();
    let (mut push, one, mut two) = push_of_two(&context);
    push.set_when_alone(WhenAlone::Disconnect);
    assert!(push.try_send(3).is_err());
    let (received, last) = both(
        || {
            drop(one);
            two.try_recv()
        },
        || block_on(push.send(7)),
    );
    assert_eq!(received, Ok(2));
    seen.outcome(sent(last));
}
