//! The one future: what it owes to others, in every state it can be left in. Over a queue, with a small semaphore.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_change_or_waiter_is_seen` | a change between the first try and the enqueueing is seen, or wakes the waiter |
//! | `chain_wakes_the_next` | one wake for two permits reaches two waiters |
//! | `success_passes_on` | a waiter that was woken while it succeeded by itself forwards the wake-up |
//! | `drop_*`, `cancel_*` | unpolled, enqueued, woken or granted: nothing is lost, whenever the wake-up comes |
//! | `granted_and_taken` | a waiter that was granted a permit while it took one by itself returns one |
//! | `another_waker` | the waker of the last poll is the one woken |

use std::task::Poll;

use gimmal_core_loom::wait::{Until, WaitQueue};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::operations::{Take, look};
use crate::support::{Task, Word, block_on, both};

models! {
    e1_change_or_waiter_is_seen {
        kills: ["wait/until.rs#E1", "wait/queue.rs#E1", "step:look-again"],
        outcomes: ["taken"],
        bound: EXHAUSTIVE,
    }
    chain_wakes_the_next {
        kills: ["step:chain-wake"],
        outcomes: ["early", "late"],
        bound: EXHAUSTIVE,
    }
    success_passes_on {
        kills: ["step:success-passes-on"],
        outcomes: ["at once, at once", "at once, later", "later, at once"],
        bound: 3,
    }
    drop_unpolled {
        outcomes: ["1 left"],
        bound: EXHAUSTIVE,
    }
    drop_beside_a_wake {
        kills: ["step:drop-passes-on"],
        outcomes: ["first woken: false", "first woken: true"],
        bound: EXHAUSTIVE,
    }
    drop_beside_a_grant {
        outcomes: ["first granted: false", "first granted: true"],
        bound: EXHAUSTIVE,
    }
    cancel_unpolled {
        outcomes: ["done", "not done"],
        bound: EXHAUSTIVE,
    }
    cancel_beside_a_wake {
        kills: ["step:cancel-passes-on"],
        outcomes: ["done", "not done"],
        bound: EXHAUSTIVE,
    }
    cancel_what_does_not_fit {
        kills: ["step:cancel-passes-on"],
        outcomes: ["first woken: false", "first woken: true"],
        bound: EXHAUSTIVE,
    }
    cancel_beside_a_grant {
        outcomes: ["done", "not done"],
        bound: EXHAUSTIVE,
    }
    granted_and_taken {
        outcomes: ["granted, and returned", "taken"],
        bound: EXHAUSTIVE,
    }
    another_waker {
        outcomes: ["seen", "woken"],
        bound: EXHAUSTIVE,
    }
}

/// A queue and the permits that are waited for in it.
struct Permits {
    queue: WaitQueue,
    free: Word,
}

impl Permits {
    fn new(free: usize) -> Self {
        Permits {
            queue: WaitQueue::new(),
            free: Word::new(free),
        }
    }

    fn take(&self, amount: usize, fair: bool) -> Task<Until<'_, WaitQueue, Take<'_>>> {
        let take = Take {
            place: &self.queue,
            permits: &self.free,
            amount,
            fair,
        };
        Task::new(Until::new(&self.queue, take))
    }

    fn release(&self, amount: usize) {
        self.free.add(amount);
        self.queue.wake_one();
    }

    /// To the first waiter, or back to the others.
    fn hand_over(&self) {
        if !self.queue.grant_one() {
            self.release(1);
        }
    }
}

fn e1_change_or_waiter_is_seen(seen: Seen) {
    let permits = Permits::new(0);
    both(
        || permits.release(1),
        || {
            let take = Take {
                place: &permits.queue,
                permits: &permits.free,
                amount: 1,
                fair: false,
            };
            block_on(Until::new(&permits.queue, take));
        },
    );
    assert_eq!(permits.free.get(), 0);
    seen.outcome("taken");
}

/// Two wait; one wake for two permits, beside the first one's poll.
fn chain_wakes_the_next(seen: Seen) {
    let permits = Permits::new(0);
    let (mut first, mut second) = (permits.take(1, false), permits.take(1, false));
    first.park();
    second.park();
    let ((), early) = both(|| permits.release(2), || first.poll().is_ready());
    let late = first.run().is_some();
    assert!(early != late, "the first gets one, once");
    assert!(second.run().is_some(), "sleeps beside a permit");
    assert_eq!(permits.free.get(), 0);
    seen.outcome(if early { "early" } else { "late" });
}

/// The first refuses to barge, and helps itself after it has been enqueued. The second comes meanwhile.
fn success_passes_on(seen: Seen) {
    let permits = Permits::new(1);
    let (mut first, mut second) = (permits.take(1, true), permits.take(1, true));
    let (first_ready, second_ready) = both(
        || first.poll().is_ready(),
        || {
            let ready = second.poll().is_ready();
            permits.release(1);
            ready
        },
    );
    let first_late = first.is_parked() && first.run().is_some();
    let second_late = second.is_parked() && second.run().is_some();
    let first_later = first.is_parked() && first.run().is_some();
    assert!(
        first_ready || first_late || first_later,
        "the first sleeps beside a permit"
    );
    assert!(
        second_ready || second_late,
        "the second sleeps beside a permit"
    );
    assert_eq!(permits.free.get(), 0);
    let word = |ready: bool| if ready { "at once" } else { "later" };
    seen.outcome(format!("{}, {}", word(first_ready), word(second_ready)));
}

fn drop_unpolled(seen: Seen) {
    let permits = Permits::new(0);
    let mut task = permits.take(1, false);
    both(|| permits.release(1), || task.cancel());
    seen.outcome(format!("{} left", permits.free.get()));
}

fn drop_beside_a_wake(seen: Seen) {
    let permits = Permits::new(0);
    let (mut first, mut second) = (permits.take(1, false), permits.take(1, false));
    first.park();
    second.park();
    both(|| permits.release(1), || first.cancel());
    assert!(second.run().is_some(), "the wake went with the first");
    seen.outcome(format!("first woken: {}", first.woken()));
}

fn drop_beside_a_grant(seen: Seen) {
    let permits = Permits::new(0);
    let (mut first, mut second) = (permits.take(1, false), permits.take(1, false));
    first.park();
    second.park();
    both(|| permits.hand_over(), || first.cancel());
    assert!(second.run().is_some(), "the grant went with the first");
    assert_eq!(permits.free.get(), 0);
    seen.outcome(format!("first granted: {}", first.woken()));
}

fn cancel_unpolled(seen: Seen) {
    let permits = Permits::new(0);
    let mut task = permits.take(1, false);
    let ((), done) = both(
        || permits.release(1),
        || task.future().cancel().map_err(drop).is_ok(),
    );
    assert_eq!(permits.free.get(), usize::from(!done));
    seen.outcome(if done { "done" } else { "not done" });
}

/// One wake for two permits: the first takes one in its last try, or none; the second gets one in any case.
fn cancel_beside_a_wake(seen: Seen) {
    let permits = Permits::new(0);
    let (mut first, mut second) = (permits.take(1, false), permits.take(1, false));
    first.park();
    second.park();
    let ((), done) = both(
        || permits.release(2),
        || first.future().cancel().map_err(drop).is_ok(),
    );
    assert!(second.run().is_some(), "the wake went with the first");
    assert_eq!(permits.free.get(), usize::from(!done));
    seen.outcome(if done { "done" } else { "not done" });
}

/// The first wants two, one comes: it is of use to the second only.
fn cancel_what_does_not_fit(seen: Seen) {
    let permits = Permits::new(0);
    let (mut first, mut second) = (permits.take(2, false), permits.take(1, false));
    first.park();
    second.park();
    let ((), done) = both(
        || permits.release(1),
        || first.future().cancel().map_err(drop).is_ok(),
    );
    assert!(!done);
    assert!(second.run().is_some(), "the wake went with the first");
    seen.outcome(format!("first woken: {}", first.woken()));
}

fn cancel_beside_a_grant(seen: Seen) {
    let permits = Permits::new(0);
    let (mut first, mut second) = (permits.take(1, false), permits.take(1, false));
    first.park();
    second.park();
    let ((), done) = both(
        || permits.hand_over(),
        || first.future().cancel().map_err(drop).is_ok(),
    );
    assert_eq!(second.run().is_some(), !done, "one permit, one taker");
    assert_eq!(permits.free.get(), 0);
    seen.outcome(if done { "done" } else { "not done" });
}

/// One permit to help itself to, another is handed over: one stays.
fn granted_and_taken(seen: Seen) {
    let permits = Permits::new(1);
    let mut task = permits.take(1, true);
    let ((), polled) = both(|| permits.hand_over(), || task.poll());
    let late = polled.is_pending() && task.run().is_some();
    assert!(polled.is_ready() || late);
    assert_eq!(permits.free.get(), 1);
    seen.outcome(match polled {
        Poll::Ready(()) if task.woken() => "granted, and returned",
        Poll::Ready(()) => "taken",
        Poll::Pending => "later",
    });
}

fn another_waker(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let mut task = Task::new(look(&queue, &words));
    task.park();
    let ((), polled) = both(
        || {
            words[0].set(1);
            queue.wake_one();
        },
        || {
            task.move_on();
            task.poll()
        },
    );
    if polled.is_ready() {
        seen.outcome("seen");
    } else {
        assert!(task.woken(), "the new waker was not woken");
        assert!(task.run().is_some(), "woken, and the change is not seen");
        seen.outcome("woken");
    }
}
