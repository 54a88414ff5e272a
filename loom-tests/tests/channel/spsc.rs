//! The SPSC channel: both ends waiting, cancelled, closed.
//!
//! | model | what it shows |
//! |---|---|
//! | `two_messages_one_slot` | both ends wait in turn, nobody sleeps through a change |
//! | `send_waits_for_room`, `recv_waits_for_a_message` | each side asleep beside the other's only operation |
//! | `close_ends_*` | a waiting end learns of the close, a waiting sender keeps its value |
//! | `last_message_is_received` | a receiver that waits gets what was sent before the close, then Closed |
//! | `cancel_*` | a cancelled operation is done or not done, nothing between; messages are neither lost nor doubled |
//! | `another_waker` | a receiver that moved to another executor is woken there |

use gimmal_core_loom::channel::spsc::Channel;
use gimmal_core_loom::error::Closed;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Drops, Task, block_on, both};

models! {
    two_messages_one_slot {
        kills: ["wait/cell.rs#E1", "wait/until.rs#E1", "step:look-again"],
        outcomes: ["1 2"],
    }
    send_waits_for_room {
        kills: ["wait/cell.rs#E1", "step:look-again"],
        outcomes: ["1 2"],
        bound: 3,
    }
    recv_waits_for_a_message {
        kills: ["wait/cell.rs#E1", "step:look-again"],
        outcomes: ["7"],
        bound: 3,
    }
    close_ends_recv {
        kills: ["wait/cell.rs#E1", "step:look-again"],
        outcomes: ["closed"],
        bound: 3,
    }
    close_ends_send {
        kills: ["wait/cell.rs#E1", "step:look-again"],
        outcomes: ["2 came back"],
        bound: 3,
    }
    last_message_is_received {
        kills: ["channel/closable_ring.rs#E1"],
        outcomes: ["7, closed"],
    }
    cancel_unpolled_send {
        outcomes: ["dropped once"],
        bound: EXHAUSTIVE,
    }
    cancel_send_beside_recv {
        outcomes: ["came back", "sent"],
        bound: EXHAUSTIVE,
    }
    drop_send_beside_recv {
        outcomes: ["dropped", "sent"],
        bound: 3,
    }
    cancel_recv_beside_send {
        outcomes: ["left there", "received"],
        bound: 3,
    }
    another_waker {
        outcomes: ["at once", "woken"],
        bound: 3,
    }
}

fn two_messages_one_slot(seen: Seen) {
    let mut channel = Channel::<Box<u32>, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let ((), received) = both(
        || {
            block_on(sender.send(Box::new(1))).expect("open");
            block_on(sender.send(Box::new(2))).expect("open");
        },
        || [(); 2].map(|()| block_on(receiver.recv()).expect("open")),
    );
    seen.outcome(format!("{} {}", received[0], received[1]));
}

fn send_waits_for_room(seen: Seen) {
    let mut channel = Channel::<u32, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    sender.try_send(1).expect("room");
    let ((), first) = both(
        || block_on(sender.send(2)).expect("open"),
        || receiver.try_recv().expect("a message"),
    );
    let second = receiver.try_recv().expect("a message");
    seen.outcome(format!("{first} {second}"));
}

fn recv_waits_for_a_message(seen: Seen) {
    let mut channel = Channel::<u32, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let (received, ()) = both(
        || block_on(receiver.recv()).expect("open"),
        || sender.try_send(7).expect("room"),
    );
    seen.outcome(received);
}

fn close_ends_recv(seen: Seen) {
    let mut channel = Channel::<u32, 1>::new();
    let (sender, mut receiver) = channel.split();
    let (received, ()) = both(|| block_on(receiver.recv()), || sender.close());
    assert_eq!(received, Err(Closed));
    seen.outcome("closed");
}

fn close_ends_send(seen: Seen) {
    let mut channel = Channel::<u32, 1>::new();
    let (mut sender, receiver) = channel.split();
    sender.try_send(1).expect("room");
    let (sent, ()) = both(|| block_on(sender.send(2)), || receiver.close());
    let back = sent.expect_err("closed");
    seen.outcome(format!("{} came back", back.0));
}

fn last_message_is_received(seen: Seen) {
    let mut channel = Channel::<Box<u32>, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let ((), [first, second]) = both(
        || {
            assert!(sender.try_send(Box::new(7)).is_ok());
            sender.close();
        },
        || [(); 2].map(|()| block_on(receiver.recv())),
    );
    assert_eq!(second, Err(Closed));
    seen.outcome(match first {
        Ok(value) => format!("{value}, closed"),
        Err(Closed) => "closed".to_string(),
    });
}

fn cancel_unpolled_send(seen: Seen) {
    let drops = Drops::new();
    let mut channel = Channel::<_, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let (received, ()) = both(
        || receiver.try_recv().is_ok(),
        || drop(sender.send(drops.item(1))),
    );
    assert!(!received);
    assert_eq!(drops.count(), 1);
    seen.outcome("dropped once");
}

fn cancel_send_beside_recv(seen: Seen) {
    let mut channel = Channel::<u32, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    sender.try_send(1).expect("room");
    let mut task = Task::new(sender.send(2));
    task.park();
    let (first, sent) = both(
        || receiver.try_recv().expect("a message"),
        || match task.future().cancel() {
            Ok(sent) => {
                sent.expect("open");
                true
            }
            Err(attempt) => {
                assert_eq!(attempt.into_inner(), 2);
                false
            }
        },
    );
    assert_eq!(first, 1);
    assert_eq!(receiver.try_recv().is_ok(), sent);
    seen.outcome(if sent { "sent" } else { "came back" });
}

fn drop_send_beside_recv(seen: Seen) {
    let drops = Drops::new();
    let mut channel = Channel::<_, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    assert!(sender.try_send(drops.item(1)).is_ok());
    let mut task = Task::new(sender.send(drops.item(2)));
    task.park();
    let ((), polled) = both(
        || drop(receiver.try_recv().expect("a message")),
        || {
            let ready = task.poll().is_ready();
            task.cancel();
            ready
        },
    );
    assert_eq!(drops.count(), 2 - usize::from(polled));
    assert_eq!(receiver.try_recv().is_ok(), polled);
    assert_eq!(drops.count(), 2);
    seen.outcome(if polled { "sent" } else { "dropped" });
}

fn cancel_recv_beside_send(seen: Seen) {
    let mut channel = Channel::<u32, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let mut task = Task::new(receiver.recv());
    task.park();
    let ((), received) = both(
        || sender.try_send(7).expect("room"),
        || match task.future().cancel() {
            Ok(received) => received.expect("open") == 7,
            Err(_) => false,
        },
    );
    drop(task);
    assert_eq!(receiver.try_recv().is_ok(), !received);
    seen.outcome(if received { "received" } else { "left there" });
}

fn another_waker(seen: Seen) {
    let mut channel = Channel::<u32, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let mut task = Task::new(receiver.recv());
    task.park();
    let ((), polled) = both(
        || sender.try_send(7).expect("room"),
        || {
            task.move_on();
            task.poll()
        },
    );
    if polled.is_ready() {
        seen.outcome("at once");
    } else {
        assert!(task.woken(), "the new waker was not woken");
        assert_eq!(task.run(), Some(Ok(7)));
        seen.outcome("woken");
    }
}
