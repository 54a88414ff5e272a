//! Select: exactly one operation is done, and nothing of the others is lost.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | a change beside the select is seen by the second round, or wakes it, whichever branch it is for |
//! | `two_become_ready` | two messages for two branches: one is received, the other stays |
//! | `an_unused_wake_up_*`, `an_unused_grant_*` | what a branch has received that is not taken goes to the next waiter, or back |
//! | `two_sends_*` | of two sends one is done; the value of the other comes back |
//! | `cancel_*` | a time-out beside two messages: at most one is received |

use std::task::Poll;

use gimmal_core_loom::channel::mpmc::Channel;
use gimmal_core_loom::poll::{Selected2, select};
use gimmal_core_loom::sync::{Event, Semaphore};

use crate::harness::{Seen, models};
use crate::support::{Drops, Task, block_on, both};

models! {
    e1_a_send_to_the_second_is_seen {
        kills: ["wait/until.rs#E1", "wait/queue.rs#E1", "step:look-again"],
        outcomes: ["second"],
    }
    e1_a_send_to_the_first_is_seen {
        kills: ["wait/until.rs#E1", "wait/queue.rs#E1", "step:look-again"],
        outcomes: ["first"],
    }
    two_become_ready {
        kills: ["step:select-withdraws"],
        outcomes: ["first", "second"],
    }
    an_unused_wake_up_goes_on {
        kills: ["step:drop-passes-on"],
        outcomes: ["first", "second"],
    }
    an_unused_grant_goes_back {
        outcomes: ["event", "permit"],
    }
    two_sends_beside_two_receives {
        kills: ["step:select-withdraws"],
        outcomes: ["first", "second"],
    }
    cancel_beside_two_sends {
        kills: ["step:select-withdraws"],
        outcomes: ["none", "first", "second"],
    }
}

type Pair = (Channel<u32, 1>, Channel<u32, 1>);

fn pair() -> Pair {
    (Channel::new(), Channel::new())
}

/// The branch that was done, and what it received.
fn name(index: usize) -> &'static str {
    ["first", "second"][index]
}

fn e1_a_send_to_the_second_is_seen(seen: Seen) {
    let (left, right) = pair();
    let ((), done) = both(
        || right.try_send(7).unwrap(),
        || match block_on(select((left.recv(), right.recv()))) {
            Selected2::First(..) => panic!("nothing was sent there"),
            Selected2::Second(received, _) => {
                assert_eq!(received, Ok(7));
                1
            }
        },
    );
    seen.outcome(name(done));
}

fn e1_a_send_to_the_first_is_seen(seen: Seen) {
    let (left, right) = pair();
    let ((), done) = both(
        || left.try_send(7).unwrap(),
        || match block_on(select((left.recv(), right.recv()))) {
            Selected2::First(received, _) => {
                assert_eq!(received, Ok(7));
                0
            }
            Selected2::Second(..) => panic!("nothing was sent there"),
        },
    );
    seen.outcome(name(done));
}

fn two_become_ready(seen: Seen) {
    let (left, right) = pair();
    let mut any = Task::new(select((left.recv(), right.recv())));
    any.park();
    let ((), polled) = both(
        || {
            left.try_send(0).unwrap();
            right.try_send(1).unwrap();
        },
        || any.poll(),
    );
    let done = match polled {
        Poll::Ready(done) => done,
        Poll::Pending => any.run().expect("asleep beside two messages"),
    };
    let index = done.index();
    let (Selected2::First(received, _) | Selected2::Second(received, _)) = done;
    assert_eq!(received, Ok(index as u32));
    let (taken, kept) = if index == 0 {
        (&left, &right)
    } else {
        (&right, &left)
    };
    assert_eq!(kept.try_recv(), Ok(1 - index as u32), "the other is lost");
    assert!(taken.is_empty());
    seen.outcome(name(index));
}

/// A receiver waits behind the select in the second channel.
fn an_unused_wake_up_goes_on(seen: Seen) {
    let (left, right) = pair();
    let mut any = Task::new(select((left.recv(), right.recv())));
    any.park();
    let mut other = Task::new(right.recv());
    other.park();
    let ((), polled) = both(
        || {
            right.try_send(1).unwrap();
            left.try_send(0).unwrap();
        },
        || any.poll(),
    );
    let done = match polled {
        Poll::Ready(done) => done,
        Poll::Pending => any.run().expect("asleep beside two messages"),
    };
    if done.index() == 0 {
        assert_eq!(other.run(), Some(Ok(1)), "the wake went with the select");
        seen.outcome(name(0));
    } else {
        assert_eq!(left.try_recv(), Ok(0));
        seen.outcome(name(1));
    }
}

/// A permit is granted to a branch, and another branch is done.
fn an_unused_grant_goes_back(seen: Seen) {
    let (semaphore, event) = (Semaphore::new(0), Event::new());
    let mut any = Task::new(select((event.wait(), semaphore.acquire())));
    any.park();
    let ((), polled) = both(
        || {
            semaphore.release(1).unwrap();
            event.set();
        },
        || any.poll(),
    );
    let done = match polled {
        Poll::Ready(done) => done,
        Poll::Pending => any.run().expect("asleep beside a permit"),
    };
    let word = match done {
        Selected2::First((), _) => "event",
        Selected2::Second(permit, _) => {
            assert_eq!(semaphore.available(), 0);
            drop(permit);
            "permit"
        }
    };
    assert_eq!(semaphore.available(), 1, "the permit is lost");
    seen.outcome(word);
}

/// Both channels are full; both get room.
fn two_sends_beside_two_receives(seen: Seen) {
    let (left, right) = (Channel::<_, 1>::new(), Channel::<_, 1>::new());
    let drops = Drops::new();
    left.try_send(drops.item(0)).unwrap();
    right.try_send(drops.item(0)).unwrap();
    let mut any = Task::new(select((
        left.send(drops.item(1)),
        right.send(drops.item(2)),
    )));
    any.park();
    let ((), polled) = both(
        || {
            assert_eq!(left.try_recv().unwrap().number, 0);
            assert_eq!(right.try_recv().unwrap().number, 0);
        },
        || any.poll(),
    );
    let done = match polled {
        Poll::Ready(done) => done,
        Poll::Pending => any.run().expect("asleep beside room"),
    };
    assert_eq!(drops.count(), 2, "what was not sent was dropped");
    let index = done.index();
    let unsent = match done {
        Selected2::First(sent, unsent) => {
            assert!(sent.is_ok());
            unsent.into_inner()
        }
        Selected2::Second(sent, unsent) => {
            assert!(sent.is_ok());
            unsent.into_inner()
        }
    };
    assert_eq!(unsent.number, 2 - index as u32);
    let (filled, empty) = if index == 0 {
        (&left, &right)
    } else {
        (&right, &left)
    };
    assert_eq!(filled.try_recv().unwrap().number, 1 + index as u32);
    assert!(empty.is_empty());
    seen.outcome(name(index));
}

fn cancel_beside_two_sends(seen: Seen) {
    let (left, right) = pair();
    let mut any = Task::new(select((left.recv(), right.recv())));
    any.park();
    let ((), ended) = both(
        || {
            right.try_send(1).unwrap();
            left.try_send(0).unwrap();
        },
        || any.future().cancel(),
    );
    let received = usize::from(ended.is_ok());
    assert_eq!(left.len() + right.len() + received, 2, "one is lost");
    seen.outcome(match ended {
        Ok(done) => name(done.index()),
        Err(_) => "none",
    });
}
