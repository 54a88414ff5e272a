//! The orderly end of an SPSC link, through the SPSC channel: nothing sent before a close is missed, nothing that meets an
//! drained receiver is leaked or dropped twice.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | Closed only after everything the sender had sent, and with all it had done |
//! | `e2_*`, `e3_*`, `e4_*`, `e5_*` | a send beside `close_and_drain`: refused, or dropped once, before the channel goes |
//!
//! An outcome of those is what the sends said (`+` done, `C` closed, `F` full) and how many messages `close_and_drain` dropped.

use gimmal_core_loom::channel::spsc::Channel;
use gimmal_core_loom::error::{TryRecvError, TrySendError};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Drops, Payload, both};

models! {
    e1_close_publishes_the_last_message {
        kills: ["channel/closable_ring.rs#E1"],
        outcomes: ["7, Closed", "7, Empty", "Empty, 7", "Empty, Empty"],
        bound: EXHAUSTIVE,
    }
    e1_close_publishes_what_was_done_before {
        kills: ["channel/closable_ring.rs#E1"],
        outcomes: ["empty", "closed"],
        bound: EXHAUSTIVE,
    }
    e2_send_beside_close_and_drain {
        kills: ["channel/closable_ring.rs#E2", "channel/closable_ring.rs#E4"],
        outcomes: ["sent; 1 dropped", "closed; 0 dropped"],
        bound: 3,
    }
    e3_send_beside_close_and_drain_of_an_unread_message {
        kills: ["channel/closable_ring.rs#E3", "channel/closable_ring.rs#E4"],
        outcomes: ["sent; 2 dropped", "closed; 1 dropped"],
        bound: 3,
    }
    e5_two_sends_beside_close_and_drain {
        kills: ["channel/closable_ring.rs#E5", "channel/closable_ring.rs#E2"],
        outcomes: [
            "sent, sent; 2 dropped", "sent, closed; 1 dropped", "closed, closed; 0 dropped",
        ],
        bound: 3,
    }
    one_slot_beside_close_and_drain {
        outcomes: ["sent; 2 dropped", "closed; 1 dropped", "full; 1 dropped"],
        bound: 3,
    }
}

fn e1_close_publishes_the_last_message(seen: Seen) {
    let mut channel = Channel::<Box<u32>, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let ((), [first, second]) = both(
        || {
            assert!(sender.try_send(Box::new(7)).is_ok());
            sender.close();
        },
        || [(); 2].map(|()| receiver.try_recv()),
    );
    let word = |received: Result<Box<u32>, TryRecvError>| match received {
        Ok(value) => value.to_string(),
        Err(why) => format!("{why:?}"),
    };
    seen.outcome(format!("{}, {}", word(first), word(second)));
}

fn e1_close_publishes_what_was_done_before(seen: Seen) {
    let payload = Payload::new();
    let mut channel = Channel::<u32, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let ((), closed) = both(
        || {
            let sender = &mut sender;
            payload.write(7);
            sender.close();
        },
        || {
            let closed = receiver.try_recv() == Err(TryRecvError::Closed);
            if closed {
                assert_eq!(payload.read(), 7);
            }
            closed
        },
    );
    seen.outcome(if closed { "closed" } else { "empty" });
}

/// `before` messages are unread; so many `sends` run beside `close_and_drain`.
fn beside_close_and_drain<const N: usize>(seen: Seen, before: u32, sends: u32) {
    let drops = Drops::new();
    let mut channel = Channel::<_, N>::new();
    let (mut sender, mut receiver) = channel.split();
    // Both positions have moved: a stale one is noticed.
    assert!(sender.try_send(drops.item(90)).is_ok());
    assert!(receiver.try_recv().is_ok());
    for number in 0..before {
        assert!(sender.try_send(drops.item(number)).is_ok());
    }
    let (words, dropped) = both(
        || {
            let send = |number| match sender.try_send(drops.item(10 + number)) {
                Ok(()) => "sent",
                Err(TrySendError::Closed(_)) => "closed",
                Err(TrySendError::Full(_)) => "full",
                Err(TrySendError::Busy(_)) => panic!("never busy"),
            };
            (0..sends).map(send).collect::<Vec<_>>().join(", ")
        },
        || receiver.close_and_drain(),
    );
    // Refused ones have been dropped by the closure above.
    let all = (1 + before + sends) as usize;
    assert_eq!(drops.count(), all, "sends {words}, {dropped} dropped here");
    drop(sender);
    drop(channel);
    assert_eq!(drops.count(), all, "dropped again");
    seen.outcome(format!("{words}; {dropped} dropped"));
}

fn e2_send_beside_close_and_drain(seen: Seen) {
    beside_close_and_drain::<2>(seen, 0, 1);
}

fn e3_send_beside_close_and_drain_of_an_unread_message(seen: Seen) {
    beside_close_and_drain::<2>(seen, 1, 1);
}

fn e5_two_sends_beside_close_and_drain(seen: Seen) {
    beside_close_and_drain::<2>(seen, 0, 2);
}

fn one_slot_beside_close_and_drain(seen: Seen) {
    beside_close_and_drain::<1>(seen, 1, 1);
}
