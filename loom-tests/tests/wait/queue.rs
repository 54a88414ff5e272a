//! The wait queue: any number of waiters, any number of notifiers.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | a change is never slept through, whichever way it is notified |
//! | `two_wakes_reach_two_waiters` | wakes that overlap go to different waiters |
//! | `all_means_those_who_wait_now` | a waiter that was notified and waits again is not notified twice by the same call, across batches |
//! | `all_means_each_of_them` | a waiter that lost and came back does not take the wake-up of another one, across batches |
//! | `released_under_the_lock` | `release_all` changes and releases in one moment: a later waiter is not released |
//! | `released_before_it_leaves` | a waiter that leaves after that moment leaves released, taken out of the list or not |
//! | `one_beside_all` | a notification of one waiter is not used up by one that is released already |
//! | `asked_after_a_mutex` | a mutex around change and look stands for both fences: the notifier may just ask whether there are waiters |
//! | `many_means_the_first_ones` | `grant_many` grants the first ones, and no more |

use gimmal_core_loom::test_hooks;
use gimmal_core_loom::wait::{Until, WaitQueue};
use loom::sync::Mutex;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::operations::{Look, TakeLocked, look};
use crate::support::{Task, Word, block_on, both};

models! {
    e1_wake_one {
        kills: ["wait/queue.rs#E1", "wait/until.rs#E1", "step:look-again"],
        outcomes: ["woken"],
        bound: EXHAUSTIVE,
    }
    e1_wake_all {
        kills: ["wait/queue.rs#E1", "wait/until.rs#E1", "step:look-again"],
        outcomes: ["woken"],
        bound: 3,
    }
    e1_grant_one {
        kills: ["wait/queue.rs#E1", "wait/until.rs#E1", "step:look-again"],
        outcomes: ["seen", "granted"],
        bound: EXHAUSTIVE,
    }
    e1_grant_many {
        kills: ["wait/queue.rs#E1", "wait/until.rs#E1", "step:look-again"],
        outcomes: ["seen", "granted"],
        bound: EXHAUSTIVE,
    }
    release_all {
        outcomes: ["seen", "granted"],
        bound: 3,
    }
    two_wakes_reach_two_waiters {
        outcomes: ["1 1"],
        bound: EXHAUSTIVE,
    }
    all_means_those_who_wait_now {
        outcomes: ["8 notified, again: false", "8 notified, again: true", "9 notified, again: true"],
        bound: EXHAUSTIVE,
    }
    all_means_each_of_them {
        outcomes: ["each once"],
        bound: EXHAUSTIVE,
    }
    released_under_the_lock {
        outcomes: ["released", "released at once", "saw it", "waits on"],
        bound: EXHAUSTIVE,
    }
    released_before_it_leaves {
        kills: ["step:leaves-notified"],
        outcomes: ["left before", "released"],
        bound: EXHAUSTIVE,
    }
    one_beside_all {
        kills: ["step:notified-come-first"],
        outcomes: ["alone", "for the newcomer"],
        bound: EXHAUSTIVE,
    }
    asked_after_a_mutex {
        kills: ["step:look-again"],
        outcomes: ["asked in vain", "found"],
        bound: EXHAUSTIVE,
    }
    many_means_the_first_ones {
        outcomes: ["the first two", "the last two"],
        bound: EXHAUSTIVE,
    }
}

type Waiting<'a> = Until<'a, WaitQueue, Look<'a>>;

fn waiting<'a>(place: &'a WaitQueue, words: &'a [Word]) -> Waiting<'a> {
    look(place, words)
}

fn e1_wake_one(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    both(
        || {
            words[0].set(1);
            queue.wake_one();
        },
        || block_on(waiting(&queue, &words)),
    );
    seen.outcome("woken");
}

fn e1_wake_all(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    both(
        || {
            words[0].set(1);
            queue.wake_all();
        },
        || block_on(waiting(&queue, &words)),
    );
    seen.outcome("woken");
}

fn e1_grant_one(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let (granted, ()) = both(
        || {
            words[0].set(1);
            queue.grant_one()
        },
        || block_on(waiting(&queue, &words)),
    );
    seen.outcome(if granted { "granted" } else { "seen" });
}

fn e1_grant_many(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let (granted, ()) = both(
        || {
            words[0].set(1);
            queue.grant_many(2)
        },
        || block_on(waiting(&queue, &words)),
    );
    seen.outcome(if granted == 1 { "granted" } else { "seen" });
}

fn release_all(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let (granted, ()) = both(
        || {
            test_hooks::release_all_if(&queue, || {
                words[0].set(1);
                true
            })
        },
        || block_on(waiting(&queue, &words)),
    );
    seen.outcome(if granted == 1 { "granted" } else { "seen" });
}

fn two_wakes_reach_two_waiters(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let mut tasks = [(); 2].map(|()| Task::new(waiting(&queue, &words)));
    tasks.iter_mut().for_each(Task::park);
    let (there, here) = both(|| queue.wake_one(), || queue.wake_one());
    assert!(there && here);
    seen.outcome(format!("{} {}", tasks[0].wakes(), tasks[1].wakes()));
}

/// One more than a batch.
const MANY: usize = 9;

/// The first comes back as soon as it is notified, the last leaves.
fn all_means_those_who_wait_now(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let mut tasks = [(); MANY].map(|()| Task::new(waiting(&queue, &words)));
    tasks.iter_mut().for_each(Task::park);
    let mut again = Task::new(waiting(&queue, &words));
    let (notified, early) = both(
        || queue.release_all(),
        || {
            tasks[MANY - 1].cancel();
            let early = tasks[0].poll().is_ready();
            if early {
                again.park();
            }
            early
        },
    );
    assert_eq!(again.wakes(), 0, "notified twice");
    assert!(early || tasks[0].wakes() == 1);
    for task in &tasks[1..MANY - 1] {
        assert_eq!(task.wakes(), 1);
    }
    seen.outcome(format!("{notified} notified, again: {}", again.is_parked()));
}

/// The first finds nothing and waits again, in front of the others.
fn all_means_each_of_them(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let mut tasks = [(); MANY].map(|()| Task::new(waiting(&queue, &words)));
    tasks.iter_mut().for_each(Task::park);
    let (notified, ()) = both(|| queue.wake_all(), || tasks[0].park());
    assert_eq!(notified, MANY);
    for task in &tasks {
        assert_eq!(task.wakes(), 1);
    }
    seen.outcome("each once");
}

/// Set and cleared again beside a waiter that comes.
fn released_under_the_lock(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let mut task = Task::new(waiting(&queue, &words));
    let (notified, early) = both(
        || {
            let notified = test_hooks::release_all_if(&queue, || {
                words[0].set(1);
                true
            });
            words[0].set(0);
            notified
        },
        || task.poll().is_ready(),
    );
    if !early {
        assert_eq!(task.wakes(), notified);
        assert_eq!(task.start().is_some(), notified == 1);
    }
    seen.outcome(match (early, notified) {
        (true, 0) => "saw it",
        (true, _) => "released at once",
        (false, 0) => "waits on",
        (false, _) => "released",
    });
}

/// More than a batch wait. The last one leaves when it has seen the change that comes with the release.
fn released_before_it_leaves(seen: Seen) {
    let (queue, never, changed) = (WaitQueue::new(), [Word::new(0)], Word::new(0));
    let mut tasks = [(); MANY].map(|()| Task::new(waiting(&queue, &never)));
    tasks.iter_mut().for_each(Task::park);
    let (notified, (after, left)) = both(
        || {
            test_hooks::release_all_if(&queue, || {
                changed.set(1);
                true
            })
        },
        || {
            let after = changed.get() == 1;
            (after, tasks[MANY - 1].future().cancel().is_ok())
        },
    );
    assert!(left || !after, "it was released");
    assert_eq!(notified, if left { MANY } else { MANY - 1 });
    assert!(tasks[0].run().is_some());
    seen.outcome(if left { "released" } else { "left before" });
}

/// More than a batch wait when all are released; another comes and is notified by its own notifier.
fn one_beside_all(seen: Seen) {
    let (queue, never) = (WaitQueue::new(), [Word::new(0)]);
    let mut tasks = [(); MANY].map(|()| Task::new(waiting(&queue, &never)));
    tasks.iter_mut().for_each(Task::park);
    let mut second = Task::new(waiting(&queue, &never));
    let (_, found) = both(
        || queue.release_all(),
        || {
            second.park();
            queue.grant_one()
        },
    );
    assert!(tasks.iter_mut().all(|task| task.run().is_some()));
    assert!(
        second.run().is_some(),
        "the notification went to one who was released"
    );
    seen.outcome(if found { "for the newcomer" } else { "alone" });
}

/// The facade's queues: state under a mutex, and no fence of the notifier's while nobody waits.
fn asked_after_a_mutex(seen: Seen) {
    let (queue, count) = (WaitQueue::new(), Mutex::new(0));
    let (found, ()) = both(
        || {
            *count.lock().unwrap() += 1;
            queue.is_waited_on() && queue.wake_one()
        },
        || block_on(Until::new(&queue, TakeLocked(&count))),
    );
    assert_eq!(*count.lock().unwrap(), 0);
    seen.outcome(if found { "found" } else { "asked in vain" });
}

/// Three wait, two are notified, one leaves.
fn many_means_the_first_ones(seen: Seen) {
    let (queue, never) = (WaitQueue::new(), [Word::new(0)]);
    let mut tasks = [(); 3].map(|()| Task::new(waiting(&queue, &never)));
    tasks.iter_mut().for_each(Task::park);
    let (notified, left) = both(
        || queue.grant_many(2),
        || tasks[0].future().cancel().is_err(),
    );
    assert_eq!(notified, 2);
    assert!(tasks[1].run().is_some());
    assert_eq!(tasks[2].run().is_some(), left);
    seen.outcome(if left {
        "the last two"
    } else {
        "the first two"
    });
}
