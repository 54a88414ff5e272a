//! The MPMC channel: both sides waiting, cancelled, closed, drained.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | a send beside `close_and_drain`: refused, or dropped once, before the channel goes |
//! | `two_messages_one_slot` | both sides wait in turn, nobody sleeps through a change |
//! | `two_parked_senders_two_places` | a Busy place hides behind a free one: the chain of wakes reaches both senders |
//! | `parked_senders_beside_recv_many` | places that are freed together reach as many senders, beside a send that barges |
//! | `two_senders_one_slot*` | two senders and a receiver, all asleep in turn |
//! | `close_*` | waiting senders and receivers end; a message that was accepted is received before Closed |
//! | `cancel_*`, `drop_*` | the wake of who leaves goes to the next; messages are neither lost nor doubled |

use gimmal_core_loom::channel::mpmc::Channel;
use gimmal_core_loom::error::{Closed, TryRecvError, TrySendError};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Drops, Task, all_three, block_on, both};

models! {
    e1_send_beside_close_and_drain {
        kills: ["channel/mpmc.rs#E1"],
        outcomes: ["sent; 0 dropped", "sent; 1 dropped", "closed; 0 dropped"],
        bound: 3,
    }
    e1_two_sends_beside_close_and_drain {
        kills: ["channel/mpmc.rs#E1"],
        outcomes: [
            "sent, sent; 0 dropped", "sent, sent; 1 dropped", "sent, sent; 2 dropped",
            "sent, closed; 0 dropped", "sent, closed; 1 dropped", "closed, closed; 0 dropped",
        ],
        bound: 3,
    }
    e1_senders_beside_close_and_drain {
        kills: ["channel/mpmc.rs#E1"],
        outcomes: [
            "sent, sent; 0 dropped", "sent, sent; 1 dropped", "sent, sent; 2 dropped",
            "sent, closed; 0 dropped", "sent, closed; 1 dropped", "closed, sent; 0 dropped",
            "closed, sent; 1 dropped", "closed, closed; 0 dropped",
        ],
    }
    e1_send_beside_close_and_drain_before_a_stopped_one {
        outcomes: ["sent; 0 dropped", "closed; 0 dropped"],
        bound: EXHAUSTIVE,
    }
    send_waits_for_room {
        kills: ["wait/queue.rs#E1", "step:look-again"],
        outcomes: ["1 2"],
        bound: 3,
    }
    recv_waits_for_a_message {
        kills: ["wait/queue.rs#E1", "step:look-again"],
        outcomes: ["7"],
        bound: 3,
    }
    two_messages_one_slot {
        kills: ["wait/queue.rs#E1", "step:look-again"],
        outcomes: ["1 2"],
    }
    two_parked_senders_two_places {
        kills: ["step:chain-wake"],
        outcomes: ["early", "late"],
        bound: 3,
    }
    close_ends_send {
        kills: ["step:look-again"],
        outcomes: ["2 came back"],
        bound: 3,
    }
    close_beside_send_and_recv { outcomes: ["refused, closed", "sent, received 7"] }
    close_after_the_last_message {
        outcomes: ["7, closed", "closed, 7"],
        bound: 3,
    }
    close_beside_a_half_done_send {
        kills: ["step:chain-wake"],
        outcomes: ["7, closed", "closed, 7", "closed, closed"],
        bound: 3,
    }
    parked_senders_beside_recv_many {
        outcomes: ["barged", "both"],
        bound: 3,
    }
    two_senders_one_slot {
        outcomes: ["1 2", "2 1"],
        bound: 1,
    }
    two_senders_one_slot_deep {
        outcomes: ["1 2", "2 1"],
        deep: true,
    }
    cancel_recv_beside_send {
        outcomes: ["left to the other", "received"],
        bound: EXHAUSTIVE,
    }
    cancel_send_beside_recv {
        outcomes: ["came back", "sent"],
        bound: EXHAUSTIVE,
    }
    drop_recv_beside_send {
        kills: ["step:drop-passes-on"],
        outcomes: ["first woken: false", "first woken: true"],
        bound: EXHAUSTIVE,
    }
    drop_send_beside_recv {
        kills: ["step:drop-passes-on"],
        outcomes: ["the second"],
        bound: EXHAUSTIVE,
    }
}

fn try_send<const N: usize>(
    channel: &Channel<crate::support::Item, N>,
    drops: &Drops,
) -> &'static str {
    match channel.try_send(drops.item(1)) {
        Ok(()) => "sent",
        Err(TrySendError::Closed(_)) => "closed",
        Err(TrySendError::Full(_)) => "full",
        Err(TrySendError::Busy(_)) => "busy",
    }
}

/// Every item made is gone: refused, dropped by `close_and_drain`, or by the send that met it.
fn all_gone<const N: usize>(
    channel: Channel<crate::support::Item, N>,
    drops: &Drops,
    made: usize,
    words: &str,
) {
    assert_eq!(drops.count(), made, "{words}");
    drop(channel);
    assert_eq!(drops.count(), made, "dropped again: {words}");
}

fn e1_send_beside_close_and_drain(seen: Seen) {
    let (drops, channel) = (Drops::new(), Channel::<_, 1>::new());
    let (word, dropped) = both(|| try_send(&channel, &drops), || channel.close_and_drain());
    let words = format!("{word}; {dropped} dropped");
    all_gone(channel, &drops, 1, &words);
    seen.outcome(words);
}

fn e1_two_sends_beside_close_and_drain(seen: Seen) {
    let (drops, channel) = (Drops::new(), Channel::<_, 2>::new());
    let ([a, b], dropped) = both(
        || [(); 2].map(|()| try_send(&channel, &drops)),
        || channel.close_and_drain(),
    );
    let words = format!("{a}, {b}; {dropped} dropped");
    all_gone(channel, &drops, 2, &words);
    seen.outcome(words);
}

fn e1_senders_beside_close_and_drain(seen: Seen) {
    let (drops, channel) = (Drops::new(), Channel::<_, 2>::new());
    let (a, b, dropped) = all_three(
        || try_send(&channel, &drops),
        || try_send(&channel, &drops),
        || channel.close_and_drain(),
    );
    let words = format!("{a}, {b}; {dropped} dropped");
    all_gone(channel, &drops, 2, &words);
    seen.outcome(words);
}

/// The first send has claimed its place, and goes on when everything else is over: the sign is still there.
fn e1_send_beside_close_and_drain_before_a_stopped_one(seen: Seen) {
    let (drops, mut channel) = (Drops::new(), Channel::<_, 2>::new());
    let stopped = drops.item(0);
    let words = gimmal_core_loom::test_hooks::stopped_send(&mut channel, stopped, |channel| {
        let (word, dropped) = both(|| try_send(channel, &drops), || channel.close_and_drain());
        format!("{word}; {dropped} dropped")
    });
    let words = words.expect("a place");
    all_gone(channel, &drops, 2, &words);
    seen.outcome(words);
}

fn send_waits_for_room(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    channel.try_send(1).expect("room");
    let ((), first) = both(
        || block_on(channel.send(2)).expect("open"),
        || channel.try_recv().expect("a message"),
    );
    let second = channel.try_recv().expect("a message");
    seen.outcome(format!("{first} {second}"));
}

fn recv_waits_for_a_message(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    let (received, ()) = both(
        || block_on(channel.recv()).expect("open"),
        || channel.try_send(7).expect("room"),
    );
    seen.outcome(received);
}

fn two_messages_one_slot(seen: Seen) {
    let channel = Channel::<Box<u32>, 1>::new();
    let ((), received) = both(
        || {
            block_on(channel.send(Box::new(1))).expect("open");
            block_on(channel.send(Box::new(2))).expect("open");
        },
        || [(); 2].map(|()| block_on(channel.recv()).expect("open")),
    );
    seen.outcome(format!("{} {}", received[0], received[1]));
}

/// Two places are freed. While the first one's receiver is half done the second one's wake finds only a Busy place.
fn two_parked_senders_two_places(seen: Seen) {
    let channel = Channel::<u32, 2>::new();
    channel.try_send(1).expect("room");
    channel.try_send(2).expect("room");
    let (mut first, mut second) = (Task::new(channel.send(3)), Task::new(channel.send(4)));
    first.park();
    second.park();
    let (there, (here, early)) = both(
        || channel.try_recv(),
        || {
            let received = channel.try_recv();
            (received, first.poll().is_ready())
        },
    );
    assert!(there.is_ok() && here.is_ok());
    let late = first.run().is_some();
    assert!(early != late, "the first sleeps beside a free place");
    assert!(
        second.run().is_some(),
        "the second sleeps beside a free place"
    );
    seen.outcome(if early { "early" } else { "late" });
}

fn close_ends_send(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    channel.try_send(1).expect("room");
    let (sent, first) = both(|| block_on(channel.send(2)), || channel.close());
    assert!(first);
    seen.outcome(format!("{} came back", sent.expect_err("closed").0));
}

/// A sender, a third party that closes, a receiver: what was accepted is received, and then comes Closed.
fn close_beside_send_and_recv(seen: Seen) {
    let channel = Channel::<Box<u32>, 1>::new();
    let (sent, _, received) = all_three(
        || channel.try_send(Box::new(7)).is_ok(),
        || channel.close(),
        || {
            let first = block_on(channel.recv());
            let second = first.is_ok().then(|| block_on(channel.recv()));
            (first, second)
        },
    );
    seen.outcome(match (sent, received) {
        (true, (Ok(value), Some(Err(Closed)))) => format!("sent, received {value}"),
        (false, (Err(Closed), None)) => "refused, closed".to_string(),
        other => panic!("{other:?}"),
    });
}

/// Two receivers wait; one message, then the close: one gets it, both end.
fn close_after_the_last_message(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    let (mut first, mut second) = (Task::new(channel.recv()), Task::new(channel.recv()));
    first.park();
    second.park();
    let ((), early) = both(
        || {
            channel.try_send(7).expect("room");
            channel.close();
        },
        || [first.start(), second.start()],
    );
    let [mut a, mut b] = early;
    for _ in 0..2 {
        a = a.or_else(|| first.run());
        b = b.or_else(|| second.run());
    }
    let word = |received: Option<Result<u32, Closed>>| match received {
        Some(Ok(value)) => value.to_string(),
        Some(Err(Closed)) => "closed".to_string(),
        None => panic!("a receiver sleeps beside a closed channel"),
    };
    seen.outcome(format!("{}, {}", word(a), word(b)));
}

/// Two receivers wait, woken by the close: the message may still be on its way, and its one wake must reach both.
fn close_beside_a_half_done_send(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    let (mut first, mut second) = (Task::new(channel.recv()), Task::new(channel.recv()));
    first.park();
    second.park();
    let (sent, mut said) = both(
        || channel.try_send(7).is_ok(),
        || {
            channel.close();
            [first.run(), second.run()]
        },
    );
    for _ in 0..2 {
        said[0] = said[0].or_else(|| first.run());
        said[1] = said[1].or_else(|| second.run());
    }
    let word = |received: Option<Result<u32, Closed>>| match received {
        Some(Ok(value)) => value.to_string(),
        Some(Err(Closed)) => "closed".to_string(),
        None => panic!("a receiver sleeps beside a closed channel"),
    };
    assert_eq!(said.contains(&Some(Ok(7))), sent, "accepted, so received");
    seen.outcome(format!("{}, {}", word(said[0]), word(said[1])));
}

fn two_senders_one_slot(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    let ((), (), [a, b]) = all_three(
        || block_on(channel.send(1)).expect("open"),
        || block_on(channel.send(2)).expect("open"),
        || [(); 2].map(|()| block_on(channel.recv()).expect("open")),
    );
    seen.outcome(format!("{a} {b}"));
}

fn two_senders_one_slot_deep(seen: Seen) {
    two_senders_one_slot(seen);
}

fn cancel_recv_beside_send(seen: Seen) {
    let channel = Channel::<u32, 2>::new();
    let (mut first, mut second) = (Task::new(channel.recv()), Task::new(channel.recv()));
    first.park();
    second.park();
    let ((), cancelled) = both(
        || channel.try_send(7).expect("room"),
        || match first.future().cancel() {
            Ok(received) => received == Ok(7),
            Err(_) => false,
        },
    );
    assert_eq!(second.run().is_some(), !cancelled, "one message, one taker");
    assert_eq!(channel.try_recv(), Err(TryRecvError::Empty));
    seen.outcome(if cancelled {
        "received"
    } else {
        "left to the other"
    });
}

fn cancel_send_beside_recv(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    channel.try_send(1).expect("room");
    let (mut first, mut second) = (Task::new(channel.send(2)), Task::new(channel.send(3)));
    first.park();
    second.park();
    let (received, sent) = both(
        || channel.try_recv(),
        || match first.future().cancel() {
            Ok(sent) => sent.is_ok(),
            Err(attempt) => {
                assert_eq!(attempt.into_inner(), 2);
                false
            }
        },
    );
    assert_eq!(received, Ok(1));
    assert_eq!(second.run().is_some(), !sent, "one place, one taker");
    assert_eq!(channel.try_recv(), Ok(if sent { 2 } else { 3 }));
    seen.outcome(if sent { "sent" } else { "came back" });
}

fn drop_recv_beside_send(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    let (mut first, mut second) = (Task::new(channel.recv()), Task::new(channel.recv()));
    first.park();
    second.park();
    both(|| channel.try_send(7).expect("room"), || first.cancel());
    assert_eq!(second.run(), Some(Ok(7)));
    seen.outcome(format!("first woken: {}", first.woken()));
}

fn drop_send_beside_recv(seen: Seen) {
    let (drops, channel) = (Drops::new(), Channel::<_, 1>::new());
    assert!(channel.try_send(drops.item(1)).is_ok());
    let mut first = Task::new(channel.send(drops.item(2)));
    let mut second = Task::new(channel.send(drops.item(3)));
    first.park();
    second.park();
    both(
        || drop(channel.try_recv().expect("a message")),
        || first.cancel(),
    );
    assert_eq!(drops.count(), 2);
    assert!(second.run().is_some(), "the wake went with the first");
    drop((first, second));
    assert_eq!(channel.try_recv().expect("a message").number, 3);
    assert_eq!(drops.count(), 3);
    seen.outcome("the second");
}

/// One sender may find its place taken by the third party: then it waits for the next one.
fn parked_senders_beside_recv_many(seen: Seen) {
    let channel = Channel::<u32, 2>::new();
    channel.try_send(1).expect("room");
    channel.try_send(2).expect("room");
    let (mut first, mut second) = (Task::new(channel.send(3)), Task::new(channel.send(4)));
    first.park();
    second.park();
    let mut all = Vec::new();
    let (taken, barged) = both(
        || channel.try_recv_many(2, |n| all.push(n)),
        || channel.try_send(5).is_ok(),
    );
    assert_eq!((taken, &all[..]), (Ok(2), &[1, 2][..]));
    let sent = [first.run().is_some(), second.run().is_some()];
    assert_eq!(sent, [true, !barged], "a sender sleeps beside a free place");
    assert!(channel.is_full());
    seen.outcome(if barged { "barged" } else { "both" });
}
