//! A poll in memory of the caller's, as the facade's poll set has it. What is shown of the poller
//! holds here too.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | a change beside the poll, in either place, is seen by the second pass, or wakes it |
//! | `a_wake_up_is_passed_on` | a wake-up that the poll has received goes to the receiver behind it |
//! | `cancel_beside_a_send` | so it does if the poll is given up |

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use gimmal_core_loom::channel::mpmc::Channel;
use gimmal_core_loom::facade::poll::{WatcherSlot, enqueue, leave, look};
use gimmal_core_loom::poll::{Readiness, Source};
use gimmal_core_loom::wait::Phase;

use crate::harness::{Seen, models};
use crate::support::{Task, block_on, both};

models! {
    e1_a_send_in_the_second_place {
        kills: ["wait/until.rs#E1", "wait/queue.rs#E1", "step:poller-looks-again"],
        outcomes: ["7"],
    }
    a_wake_up_is_passed_on {
        kills: ["step:drop-passes-on", "step:poller-forwards"],
        outcomes: ["ready", "ready when woken"],
        bound: 3,
    }
    cancel_beside_a_send {
        kills: ["step:drop-passes-on"],
        outcomes: ["nothing", "readable"],
        bound: 3,
    }
}

/// A poll of `N` sources, with its waiters on the heap.
struct Many<'a, const N: usize> {
    sources: [Source<'a>; N],
    found: [Readiness; N],
    slots: Pin<Box<[WatcherSlot<'a>; N]>>,
}

impl<'a, const N: usize> Many<'a, N> {
    fn new(sources: [Source<'a>; N]) -> Self {
        Many {
            sources,
            found: [Readiness::NONE; N],
            slots: Box::pin([(); N].map(|()| WatcherSlot::default())),
        }
    }

    fn pass(&mut self) -> bool {
        look(&mut self.sources, &mut self.found, Phase::First)
    }

    fn cancel(&mut self) -> bool {
        leave(self.slots.as_mut());
        self.pass()
    }
}

/// As `SetGroup` of the facade polls.
impl<const N: usize> Future for Many<'_, N> {
    type Output = [Readiness; N];

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<[Readiness; N]> {
        let this = &mut *self;
        let ready =
            this.pass() || enqueue(&mut this.sources, &mut this.found, this.slots.as_mut(), cx);
        if !ready {
            return Poll::Pending;
        }
        leave(this.slots.as_mut());
        Poll::Ready(this.found)
    }
}

fn e1_a_send_in_the_second_place(seen: Seen) {
    let (empty, channel) = (Channel::<u32, 1>::new(), Channel::<u32, 1>::new());
    both(
        || channel.try_send(7).unwrap(),
        || {
            let found = block_on(Many::new([empty.readable(), channel.readable()]));
            assert_eq!(found, [Readiness::NONE, Readiness::READABLE]);
        },
    );
    seen.outcome(channel.try_recv().unwrap().to_string());
}

/// A poll in front of a receiver, and one message: the poll is told, the receiver receives.
fn a_wake_up_is_passed_on(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    let mut poll = Task::new(Many::new([channel.readable()]));
    poll.park();
    let mut receiver = Task::new(channel.recv());
    receiver.park();
    let ((), ready) = both(|| channel.try_send(7).unwrap(), || poll.poll().is_ready());
    assert!(ready || poll.run().is_some(), "the poll is told");
    assert_eq!(
        receiver.run(),
        Some(Ok(7)),
        "the receiver sleeps beside a message"
    );
    seen.outcome(if ready { "ready" } else { "ready when woken" });
}

fn cancel_beside_a_send(seen: Seen) {
    let channel = Channel::<u32, 1>::new();
    let mut poll = Task::new(Many::new([channel.readable()]));
    poll.park();
    let mut receiver = Task::new(channel.recv());
    receiver.park();
    let ((), found) = both(|| channel.try_send(7).unwrap(), || poll.future().cancel());
    assert_eq!(receiver.run(), Some(Ok(7)), "the wake went with the poll");
    seen.outcome(if found { "readable" } else { "nothing" });
}
