//! A socket and its links: links that others make reach who waits, and whoever comes or goes meanwhile.
//!
//! | model | what it shows |
//! |---|---|
//! | `connect_*`, `bind_*` | a waiting socket learns of its new link, or of the room that a bind adds |
//! | `send_beside_bind*` | a message sent while the other side joins is not slept beside |
//! | `a_peer_that_*` | who has come and gone, or come before the last one went, is seen whatever the socket sees first |
//! | `*_beside_the_close_of_*` | a waiting socket goes on to another peer, or is told |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{RecvError, SendReason};
use gimmal_core_loom::socket::WhenAlone;

use crate::harness::{Seen, models};
use crate::socket::only;
use crate::support::{Task, block_on, both};

models! {
    connect_wakes_a_waiting_sender { outcomes: ["sent"] }
    connect_and_send_wake_a_waiting_receiver { outcomes: ["7"] }
    bind_wakes_the_sender_of_a_pending_connect { outcomes: ["sent"] }
    send_beside_bind_reaches_the_waiting_binder { outcomes: ["7"] }
    connect_beside_a_look { outcomes: ["7", "Empty"] }
    waiting_sender_goes_on_beside_the_close_of_a_peer { outcomes: ["to the other", "met the close"] }
    a_peer_that_bound_and_closed_is_counted { outcomes: ["sent", "refused"] }
    a_peer_that_came_before_the_last_went_is_known { outcomes: ["7", "Empty"] }
    task_is_woken_by_the_close_of_the_last_peer { outcomes: ["at once", "woken"] }
}

fn connect_wakes_a_waiting_sender(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut push = context.push().expect("a slot");
    let mut pull = context.pull().expect("a slot");
    push.bind("inproc://x").expect("free");
    let ((), sent) = both(
        || only(&mut pull).connect("inproc://x").expect("a pipe"),
        || block_on(push.send(7)),
    );
    sent.expect("a peer with room");
    assert_eq!(pull.try_recv(), Ok(7));
    seen.outcome("sent");
}

fn connect_and_send_wake_a_waiting_receiver(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut push = context.push().expect("a slot");
    let mut pull = context.pull().expect("a slot");
    pull.bind("inproc://x").expect("free");
    let ((), received) = both(
        || {
            push.connect("inproc://x").expect("a pipe");
            push.try_send(7).expect("room");
        },
        || block_on(pull.recv()),
    );
    seen.outcome(received.expect("a message"));
}

fn bind_wakes_the_sender_of_a_pending_connect(seen: Seen) {
    let context = Context::<u32, 2, 1, 2>::new();
    let mut push = context.push().expect("a slot");
    let mut pull = context.pull().expect("a slot");
    push.set_send_hwm(1).expect("small");
    pull.set_recv_hwm(1).expect("small");
    push.connect("inproc://x").expect("a pipe");
    push.try_send(1).expect("room for one");
    let ((), sent) = both(
        || only(&mut pull).bind("inproc://x").expect("free"),
        || block_on(push.send(2)),
    );
    sent.expect("the bind made room");
    assert_eq!((pull.try_recv(), pull.try_recv()), (Ok(1), Ok(2)));
    seen.outcome("sent");
}

fn send_beside_bind_reaches_the_waiting_binder(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut push = context.push().expect("a slot");
    let mut pull = context.pull().expect("a slot");
    push.connect("inproc://x").expect("a pipe");
    let ((), received) = both(
        || push.try_send(7).expect("room"),
        || {
            pull.bind("inproc://x").expect("free");
            block_on(pull.recv())
        },
    );
    seen.outcome(received.expect("a message"));
}

fn connect_beside_a_look(seen: Seen) {
    let context = Context::<Box<u32>, 2, 1, 1>::new();
    let mut push = context.push().expect("a slot");
    let mut pull = context.pull().expect("a slot");
    pull.bind("inproc://x").expect("free");
    let ((), received) = both(
        || {
            push.connect("inproc://x").expect("a pipe");
            push.try_send(Box::new(7)).expect("room");
        },
        || pull.try_recv(),
    );
    match received {
        Ok(value) => seen.outcome(value),
        Err(why) => {
            assert_eq!(pull.try_recv().as_deref(), Ok(&7));
            seen.outcome(format!("{why:?}"));
        }
    }
}

fn waiting_sender_goes_on_beside_the_close_of_a_peer(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let mut push = context.push().expect("a slot");
    push.bind("inproc://x").expect("free");
    let first = context.pull().expect("a slot");
    first.connect("inproc://x").expect("a pipe");
    push.try_send(1).expect("room");
    let mut second = context.pull().expect("a slot");
    let ((), sent) = both(
        || {
            drop(first);
            only(&mut second).connect("inproc://x").expect("a pipe");
        },
        || block_on(push.send(2)),
    );
    sent.expect("a peer with room");
    // A send that overlaps a receiver's close may count as sent.
    seen.outcome(match second.try_recv() {
        Ok(2) => "to the other",
        _ => "met the close",
    });
}

fn task_is_woken_by_the_close_of_the_last_peer(seen: Seen) {
    let context = Context::<u32, 2, 2, 1>::new();
    let a = context.pair().expect("a slot");
    let mut b = context.pair().expect("a slot");
    a.bind("inproc://x").expect("free");
    b.connect("inproc://x").expect("two pipes");
    let mut task = Task::new(b.recv());
    let ((), polled) = both(|| drop(a), || task.start());
    let early = polled.is_some();
    let received = polled.or_else(|| task.run());
    assert_eq!(received, Some(Err(RecvError::Disconnected)), "sleeps alone");
    seen.outcome(if early { "at once" } else { "woken" });
}

fn a_peer_that_bound_and_closed_is_counted(seen: Seen) {
    let context = Context::<u32, 2, 1, 2>::new();
    let mut push = context.push().expect("a slot");
    let mut pull = context.pull().expect("a slot");
    push.connect("inproc://x").expect("a pipe");
    let (sent, ()) = both(
        || push.try_send(1).is_ok(),
        || {
            only(&mut pull).bind("inproc://x").expect("free");
            pull.close_now();
        },
    );
    let alone = push.try_send(2).expect_err("nobody is there");
    assert_eq!(alone.reason, SendReason::Disconnected);
    seen.outcome(if sent { "sent" } else { "refused" });
}

fn a_peer_that_came_before_the_last_went_is_known(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let mut pull = context.pull().expect("a slot");
    pull.bind("inproc://x").expect("free");
    pull.set_when_alone(WhenAlone::Disconnect);
    let mut first = context.push().expect("a slot");
    first.connect("inproc://x").expect("a pipe");
    let mut second = context.push().expect("a slot");
    let ((), received) = both(
        || {
            second.connect("inproc://x").expect("a pipe");
            second.try_send(7).expect("room");
            first.close_now();
        },
        || pull.try_recv(),
    );
    seen.outcome(match received {
        Ok(value) => value.to_string(),
        Err(why) => format!("{why:?}"),
    });
}
