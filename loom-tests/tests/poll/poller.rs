//! The poller: it misses no change, takes nothing, and keeps no wake-up from others.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | a change beside the poll is seen by the second pass, or wakes the poller: in queues, in a cell, in an event |
//! | `a_close_is_seen` | a close beside the poll ends the source, and not before what was sent is read |
//! | `a_wake_up_is_passed_on`, `cancel_*`, `drop_*` | a wake-up that the poller has received goes to the receiver behind it |
//! | `two_receivers_behind` | two messages and a poller in front: both receivers get one (by the poller, or by each other) |
//! | `beside_a_half_done_send` | what is behind a send that is not finished is reported when that is |

use gimmal_core_loom::channel::{mpmc, spsc};
use gimmal_core_loom::poll::{Poller, Readiness};
use gimmal_core_loom::sync::Event;

use crate::harness::{Seen, models};
use crate::support::{Task, block_on, both};

models! {
    e1_a_send_is_seen {
        kills: ["wait/until.rs#E1", "wait/queue.rs#E1", "step:poller-looks-again"],
        outcomes: ["7"],
        bound: 3,
    }
    e1_one_fence_for_two_places {
        kills: ["wait/until.rs#E1", "wait/queue.rs#E1", "step:poller-looks-again"],
        outcomes: ["7"],
    }
    e1_room_is_seen {
        kills: ["wait/until.rs#E1", "wait/queue.rs#E1", "step:poller-looks-again"],
        outcomes: ["sent"],
        bound: 3,
    }
    e1_a_send_to_an_end_is_seen {
        kills: ["wait/until.rs#E1", "wait/cell.rs#E1", "step:poller-looks-again"],
        outcomes: ["7"],
        bound: 3,
    }
    e1_a_set_event_is_seen {
        kills: ["step:poller-looks-again"],
        outcomes: ["set"],
        bound: 3,
    }
    a_close_is_seen {
        kills: ["step:poller-looks-again"],
        outcomes: ["7, ended"],
        bound: 3,
    }
    a_wake_up_is_passed_on {
        kills: ["step:drop-passes-on", "step:poller-forwards"],
        outcomes: ["ready", "ready when woken"],
        bound: 3,
    }
    two_receivers_behind { outcomes: ["both"] }
    cancel_beside_a_send {
        kills: ["step:drop-passes-on"],
        outcomes: ["nothing", "readable"],
        bound: 3,
    }
    drop_beside_a_send {
        kills: ["step:drop-passes-on"],
        outcomes: ["woken: false", "woken: true"],
        bound: 3,
    }
    beside_a_half_done_send { outcomes: ["1 2", "2 1"] }
}

fn e1_a_send_is_seen(seen: Seen) {
    let channel = mpmc::Channel::<u32, 1>::new();
    both(
        || channel.try_send(7).unwrap(),
        || {
            let mut poller = Poller::new([channel.readable()]);
            assert_eq!(block_on(poller.poll()).of(0), Readiness::READABLE);
        },
    );
    seen.outcome(channel.try_recv().unwrap().to_string());
}

/// The send goes to the second place.
fn e1_one_fence_for_two_places(seen: Seen) {
    let (empty, channel) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<u32, 1>::new(),
    );
    both(
        || channel.try_send(7).unwrap(),
        || {
            let mut poller = Poller::new([empty.readable(), channel.readable()]);
            let ready = block_on(poller.poll());
            assert!(!ready.is_ready(0) && ready.is_readable(1));
        },
    );
    seen.outcome(channel.try_recv().unwrap().to_string());
}

/// What is writable takes a message.
fn e1_room_is_seen(seen: Seen) {
    let channel = mpmc::Channel::<u32, 1>::new();
    channel.try_send(1).unwrap();
    both(
        || assert_eq!(channel.try_recv(), Ok(1)),
        || {
            let mut poller = Poller::new([channel.writable()]);
            assert_eq!(block_on(poller.poll()).of(0), Readiness::WRITABLE);
            channel.try_send(2).expect("it was writable");
        },
    );
    assert_eq!(channel.try_recv(), Ok(2));
    seen.outcome("sent");
}

fn e1_a_send_to_an_end_is_seen(seen: Seen) {
    let mut channel = spsc::Channel::<u32, 1>::new();
    let (mut sender, mut receiver) = channel.split();
    let ((), received) = both(
        move || sender.try_send(7).unwrap(),
        || {
            let mut poller = Poller::new([receiver.readable()]);
            assert_eq!(block_on(poller.poll()).of(0), Readiness::READABLE);
            receiver.try_recv().expect("it was readable")
        },
    );
    seen.outcome(received.to_string());
}

fn e1_a_set_event_is_seen(seen: Seen) {
    let event = Event::new();
    both(
        || event.set(),
        || {
            let mut poller = Poller::new([event.readable()]);
            assert_eq!(block_on(poller.poll()).of(0), Readiness::READABLE);
        },
    );
    assert!(event.is_set());
    seen.outcome("set");
}

fn a_close_is_seen(seen: Seen) {
    let channel = mpmc::Channel::<u32, 1>::new();
    let ((), first) = both(
        || {
            channel.try_send(7).unwrap();
            channel.close();
        },
        || {
            let mut poller = Poller::new([channel.readable()]);
            assert_eq!(block_on(poller.poll()).of(0), Readiness::READABLE);
            let first = channel.try_recv().expect("it was readable");
            assert_eq!(block_on(poller.poll()).of(0), Readiness::ENDED);
            first
        },
    );
    seen.outcome(format!("{first}, ended"));
}

/// A poller in front of a receiver, and one message: the poller is told, the receiver receives.
fn a_wake_up_is_passed_on(seen: Seen) {
    let channel = mpmc::Channel::<u32, 1>::new();
    let mut poller = Poller::new([channel.readable()]);
    let mut poll = Task::new(poller.poll());
    poll.park();
    let mut receiver = Task::new(channel.recv());
    receiver.park();
    let ((), ready) = both(|| channel.try_send(7).unwrap(), || poll.poll().is_ready());
    assert!(ready || poll.run().is_some(), "the poller is told");
    assert_eq!(
        receiver.run(),
        Some(Ok(7)),
        "the receiver sleeps beside a message"
    );
    seen.outcome(if ready { "ready" } else { "ready when woken" });
}

/// Two messages, a poller in front, and two receivers behind it.
fn two_receivers_behind(seen: Seen) {
    let channel = mpmc::Channel::<u32, 2>::new();
    let mut poller = Poller::new([channel.readable()]);
    let mut poll = Task::new(poller.poll());
    poll.park();
    let (mut first, mut second) = (Task::new(channel.recv()), Task::new(channel.recv()));
    first.park();
    second.park();
    let ((), ready) = both(
        || {
            channel.try_send(1).unwrap();
            channel.try_send(2).unwrap();
        },
        || poll.poll().is_ready(),
    );
    assert!(ready || poll.run().is_some(), "the poller is told");
    let first = first.run().expect("the first sleeps beside a message");
    let second = second.run().expect("the second sleeps beside a message");
    assert_eq!((first, second), (Ok(1), Ok(2)));
    seen.outcome("both");
}

fn cancel_beside_a_send(seen: Seen) {
    let channel = mpmc::Channel::<u32, 1>::new();
    let mut poller = Poller::new([channel.readable()]);
    let mut poll = Task::new(poller.poll());
    poll.park();
    let mut receiver = Task::new(channel.recv());
    receiver.park();
    let ((), found) = both(
        || channel.try_send(7).unwrap(),
        || poll.future().cancel().is_ok(),
    );
    assert_eq!(receiver.run(), Some(Ok(7)), "the wake went with the poller");
    seen.outcome(if found { "readable" } else { "nothing" });
}

fn drop_beside_a_send(seen: Seen) {
    let channel = mpmc::Channel::<u32, 1>::new();
    let mut poller = Poller::new([channel.readable()]);
    let mut poll = Task::new(poller.poll());
    poll.park();
    let mut receiver = Task::new(channel.recv());
    receiver.park();
    both(|| channel.try_send(7).unwrap(), || poll.cancel());
    assert_eq!(receiver.run(), Some(Ok(7)), "the wake went with the poller");
    seen.outcome(format!("woken: {}", poll.woken()));
}

/// Two senders: the one behind may have finished first, and is hidden until the other has.
fn beside_a_half_done_send(seen: Seen) {
    let channel = mpmc::Channel::<u32, 2>::new();
    let ((), received) = both(
        || channel.try_send(1).unwrap(),
        || {
            channel.try_send(2).unwrap();
            let mut poller = Poller::new([channel.readable()]);
            let mut next = || {
                assert_eq!(block_on(poller.poll()).of(0), Readiness::READABLE);
                channel.try_recv().expect("it was readable")
            };
            (next(), next())
        },
    );
    seen.outcome(format!("{} {}", received.0, received.1));
}
