//! A bridge beside the socket at the other side of its link: what it reads in place stays until it is released, and it sleeps
//! beside no change of either direction.
//!
//! | model | what it shows |
//! |---|---|
//! | `a_place_*` | the writer, who waits for room, writes into a place only after it was released |
//! | `a_bridge_waits_*` | who waits for messages, for room, or for the end, is woken by each |

use gimmal_core_loom::Context;
use gimmal_core_loom::facade::socket::BridgeWants;
use gimmal_core_loom::socket::Pull;

use crate::harness::{Seen, models};
use crate::support::{block_on, both};

models! {
    a_place_is_written_again_after_its_release {
        kills: ["ring/spsc/protocol.rs#E2", "socket/pipe.rs#E2"],
        outcomes: ["1, 2"],
    }
    a_bridge_waits_for_room { kills: ["socket/pipe.rs#E2"], outcomes: ["7, 8"] }
    a_bridge_waits_for_the_last_message_and_the_end { outcomes: ["7, the end"] }
}

const MESSAGES: BridgeWants = BridgeWants {
    unread_beyond: Some(0),
    room: false,
    shutdown: false,
};

/// Waits for a message, and reads it in its place.
fn next(bridge: &mut Pull<'_, u32>) -> Option<u32> {
    let link = block_on(bridge.bridging(MESSAGES).into_future());
    let mut value = None;
    bridge.read_in_place(0, |one| {
        value = Some(*one);
        false
    });
    assert_eq!(value.is_none(), link.is_read_out && link.unread == 0);
    value
}

fn a_place_is_written_again_after_its_release(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let (mut push, mut bridge) = (
        context.push().expect("a slot"),
        context.pull().expect("a slot"),
    );
    push.bind("inproc://wire").expect("free");
    bridge.connect("inproc://wire").expect("a pipe");
    push.try_send(1).expect("room");
    let (sent, read) = both(
        || block_on(push.send(2)),
        || {
            let first = next(&mut bridge).expect("it was sent");
            bridge.release(1);
            let second = next(&mut bridge).expect("it is sent");
            format!("{first}, {second}")
        },
    );
    sent.expect("there was room");
    seen.outcome(read);
}

fn a_bridge_waits_for_room(seen: Seen) {
    let context = Context::<u32, 2, 2, 1>::new();
    let (mut pair, mut bridge) = (
        context.pair().expect("a slot"),
        context.pair().expect("a slot"),
    );
    pair.bind("inproc://wire").expect("free");
    bridge.connect("inproc://wire").expect("two pipes");
    bridge.try_send(7).expect("room");
    let (first, second) = both(
        || pair.try_recv().expect("it was sent"),
        || {
            let wants = BridgeWants {
                unread_beyond: None,
                room: true,
                shutdown: false,
            };
            let link = block_on(bridge.bridging(wants).into_future());
            assert!(link.has_room);
            bridge
                .try_send(8)
                .expect("room that was seen is still there");
            8
        },
    );
    assert_eq!(pair.try_recv(), Ok(8));
    seen.outcome(format!("{first}, {second}"));
}

fn a_bridge_waits_for_the_last_message_and_the_end(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let (mut push, mut bridge) = (
        context.push().expect("a slot"),
        context.pull().expect("a slot"),
    );
    push.bind("inproc://wire").expect("free");
    bridge.connect("inproc://wire").expect("a pipe");
    let ((), read) = both(
        move || {
            push.try_send(7).expect("room");
            drop(push);
        },
        || {
            let last = next(&mut bridge).expect("it was sent before the end");
            bridge.release(1);
            assert_eq!(next(&mut bridge), None);
            format!("{last}, the end")
        },
    );
    seen.outcome(read);
}
