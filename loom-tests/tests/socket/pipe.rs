//! The pipe between two sockets: nobody sleeps beside a change, nothing is lost or dropped twice at an end, and who takes a
//! pipe again finds it as it was left.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | a pipe taken again is seen as both its last sides left it |
//! | `e2_*` | send, receive and close reach who waits for them |
//! | `last_message_*` | a sender's close comes after everything it sent |
//! | `send_beside_the_readers_close*` | such a message is refused, or dropped exactly once |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{EndpointError, RecvError, SendReason};
use gimmal_core_loom::socket::{Pair, Pull, Push};

use crate::harness::{Seen, models};
use crate::support::{Drops, block_on, both};

models! {
    e1_taken_again_after_the_readers_close {
        kills: ["socket/pipe.rs#E1"],
        outcomes: ["no pipe", "taken"],
    }
    e1_taken_again_beside_the_writer_that_was_left {
        kills: ["socket/pipe.rs#E1"],
        outcomes: ["no pipe", "taken"],
    }
    e2_send_wakes_the_reader { kills: ["socket/pipe.rs#E2"], outcomes: ["7"] }
    e2_receive_wakes_the_writer { kills: ["socket/pipe.rs#E2"], outcomes: ["sent"] }
    e2_the_readers_close_wakes_the_writer {
        kills: ["socket/pipe.rs#E2"],
        outcomes: ["refused; 1 discarded", "sent; 2 discarded"],
    }
    e2_the_writers_close_wakes_the_reader {
        kills: ["socket/pipe.rs#E2"],
        outcomes: ["Disconnected"],
    }
    last_message_is_received { outcomes: ["7, Disconnected"] }
    last_message_beside_two_looks {
        outcomes: ["7, Disconnected", "7, Empty", "Empty, 7", "Empty, Empty"],
    }
    send_beside_the_readers_close { outcomes: ["sent; 1 discarded", "refused; 0 discarded"] }
    send_beside_the_readers_close_of_an_unread_message { outcomes: ["sent; 2 discarded", "refused; 1 discarded"] }
    both_sides_of_a_pair_close { outcomes: ["0 0", "1 0"] }
}

/// A Pull bound to a name, and a Push connected to it.
fn linked<const S: usize, const P: usize, const H: usize>(
    context: &Context<u32, S, P, H>,
) -> (Pull<'_, u32>, Push<'_, u32>) {
    let (pull, push) = (
        context.pull().expect("a slot"),
        context.push().expect("a slot"),
    );
    pull.bind("inproc://x").expect("free");
    push.connect("inproc://x").expect("a pipe");
    (pull, push)
}

/// A Push of its own takes the only pipe if it can, and what it sends then is all that is read.
fn take_again<const S: usize>(context: &Context<u32, S, 1, 2>) -> bool {
    let mut push = context.push().expect("a slot");
    match push.connect("inproc://y") {
        Ok(()) => (1..=2).for_each(|i| push.try_send(i).expect("an empty pipe")),
        Err(why) => {
            assert_eq!(why, EndpointError::TooManyPipes);
            return false;
        }
    }
    assert_eq!(
        push.try_send(3).map_err(|e| e.reason),
        Err(SendReason::Full)
    );
    drop(push);
    let mut pull = context.pull().expect("a slot");
    pull.bind("inproc://y").expect("free");
    assert_eq!(
        [(); 3].map(|()| pull.try_recv()),
        [Ok(1), Ok(2), Err(RecvError::Empty)]
    );
    true
}

fn e1_taken_again_after_the_readers_close(seen: Seen) {
    let context = Context::<u32, 4, 1, 2>::new();
    let (mut pull, mut push) = linked(&context);
    push.try_send(90).expect("room");
    push.try_send(91).expect("room");
    drop(push);
    let ((), taken) = both(
        || {
            assert_eq!(pull.try_recv(), Ok(90));
            drop(pull);
        },
        || take_again(&context),
    );
    seen.outcome(if taken { "taken" } else { "no pipe" });
}

/// The reader gives back the writer's end too.
fn e1_taken_again_beside_the_writer_that_was_left(seen: Seen) {
    let context = Context::<u32, 4, 1, 2>::new();
    let (mut pull, mut push) = linked(&context);
    push.try_send(90).expect("room");
    assert_eq!(pull.try_recv(), Ok(90));
    let ((), taken) = both(|| drop(pull), || take_again(&context));
    assert!(push.try_send(91).is_err());
    seen.outcome(if taken { "taken" } else { "no pipe" });
}

fn e2_send_wakes_the_reader(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let (mut pull, mut push) = linked(&context);
    let ((), received) = both(|| push.try_send(7).expect("room"), || block_on(pull.recv()));
    seen.outcome(received.expect("a message"));
}

fn e2_receive_wakes_the_writer(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let (mut pull, mut push) = linked(&context);
    push.try_send(1).expect("room");
    let (first, sent) = both(|| pull.try_recv(), || block_on(push.send(2)));
    assert_eq!((first, pull.try_recv()), (Ok(1), Ok(2)));
    sent.expect("room");
    seen.outcome("sent");
}

fn e2_the_readers_close_wakes_the_writer(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let (pull, mut push) = linked(&context);
    push.try_send(1).expect("room");
    let (report, sent) = both(|| pull.close(), || block_on(push.send(2)));
    // It may still meet the close and count as sent: then the reader drops it, and counts it.
    if let Err(error) = &sent {
        assert_eq!((error.reason, error.value), (SendReason::Disconnected, 2));
    }
    let sign = if sent.is_ok() { "sent" } else { "refused" };
    seen.outcome(format!("{sign}; {} discarded", report.discarded));
}

fn e2_the_writers_close_wakes_the_reader(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let push = context.push().expect("a slot");
    let mut pull = context.pull().expect("a slot");
    push.bind("inproc://x").expect("free");
    pull.connect("inproc://x").expect("a pipe");
    let ((), received) = both(|| drop(push), || block_on(pull.recv()));
    seen.outcome(format!("{:?}", received.expect_err("nobody writes")));
}

fn word(received: Result<u32, RecvError>) -> String {
    received.map_or_else(|why| format!("{why:?}"), |value| value.to_string())
}

/// The connected side reads, so that it may find itself alone.
fn last_message(seen: Seen, read: impl FnOnce(&mut Pull<'_, u32>) -> [Result<u32, RecvError>; 2]) {
    let context = Context::<u32, 2, 1, 1>::new();
    let push = context.push().expect("a slot");
    let mut pull = context.pull().expect("a slot");
    push.bind("inproc://x").expect("free");
    pull.connect("inproc://x").expect("a pipe");
    let ((), [first, second]) = both(
        || {
            let mut push = push;
            push.try_send(7).expect("room");
            drop(push);
        },
        || read(&mut pull),
    );
    seen.outcome(format!("{}, {}", word(first), word(second)));
}

fn last_message_is_received(seen: Seen) {
    last_message(seen, |pull| [(); 2].map(|()| block_on(pull.recv())));
}

fn last_message_beside_two_looks(seen: Seen) {
    last_message(seen, |pull| [(); 2].map(|()| pull.try_recv()));
}

/// `before` messages are unread. The outcome: did the send go through, and how many did the close drop.
fn beside_the_readers_close(seen: Seen, before: u32) {
    let drops = Drops::new();
    let context = Context::<_, 2, 1, 2>::new();
    let pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    pull.bind("inproc://x").expect("free");
    push.connect("inproc://x").expect("a pipe");
    for number in 0..before {
        assert!(push.try_send(drops.item(number)).is_ok());
    }
    let (sent, report) = both(
        || match push.try_send(drops.item(9)) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.reason, SendReason::Disconnected);
                assert_eq!(error.value.number, 9, "the value comes back");
                false
            }
        },
        || pull.close(),
    );
    assert_eq!(drops.count(), before as usize + 1);
    drop(push);
    assert!(takes_all(&context, 1), "a pipe was kept");
    drop(context);
    assert_eq!(drops.count(), before as usize + 1);
    let sign = if sent { "sent" } else { "refused" };
    seen.outcome(format!("{sign}; {} discarded", report.discarded));
}

fn send_beside_the_readers_close(seen: Seen) {
    beside_the_readers_close(seen, 0);
}

fn send_beside_the_readers_close_of_an_unread_message(seen: Seen) {
    beside_the_readers_close(seen, 1);
}

/// Can all of so many pipes be taken?
pub(crate) fn takes_all<T: Send, const S: usize, const P: usize, const H: usize>(
    context: &Context<T, S, P, H>,
    pipes: usize,
) -> bool {
    let push = context.push().expect("a slot");
    let taken = (0..pipes).all(|_| push.connect("inproc://all").is_ok());
    assert_eq!(
        push.connect("inproc://all"),
        Err(EndpointError::TooManyPipes)
    );
    taken
}

fn both_sides_of_a_pair_close(seen: Seen) {
    let drops = Drops::new();
    let context = Context::<_, 2, 2, 1>::new();
    let (mut a, b): (Pair<'_, _>, Pair<'_, _>) = (
        context.pair().expect("a slot"),
        context.pair().expect("a slot"),
    );
    a.bind("inproc://x").expect("free");
    b.connect("inproc://x").expect("two pipes");
    assert!(a.try_send(drops.item(1)).is_ok());
    let (first, second) = both(|| a.close(), || b.close());
    assert_eq!(
        (drops.count(), first.discarded, second.discarded),
        (1, 0, 1)
    );
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(format!("{} {}", first.unread, second.unread));
}
