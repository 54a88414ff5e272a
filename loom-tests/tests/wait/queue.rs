//! The wait queue: any number of waiters, any number of notifiers.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | a change is never slept through, whichever way it is notified |
//! | `two_wakes_reach_two_waiters` | wakes that overlap go to different waiters |
//! | `all_means_those_who_wait_now` | who was told and waits again is not told again by the same call, across batches |
//! | `all_means_each_of_them` | a waiter that lost and came back takes nobody's turn, across batches |
//! | `given_under_the_lock` | `give_all` changes and gives in one moment: who comes after it is not given |

use gimmal_core_loom::wait::{Until, WaitQueue};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::attempts::Look;
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
    e1_give_one {
        kills: ["wait/queue.rs#E1", "wait/until.rs#E1", "step:look-again"],
        outcomes: ["seen", "given"],
        bound: EXHAUSTIVE,
    }
    give_all {
        outcomes: ["seen", "given"],
        bound: 3,
    }
    two_wakes_reach_two_waiters {
        outcomes: ["1 1"],
        bound: EXHAUSTIVE,
    }
    all_means_those_who_wait_now {
        outcomes: ["8 told, again: false", "8 told, again: true", "9 told, again: true"],
        bound: EXHAUSTIVE,
    }
    all_means_each_of_them {
        outcomes: ["each once"],
        bound: EXHAUSTIVE,
    }
    given_under_the_lock {
        outcomes: ["given", "given at once", "saw it", "waits on"],
        bound: EXHAUSTIVE,
    }
}

type Waiting<'a> = Until<Look<'a, WaitQueue>>;

fn waiting<'a>(place: &'a WaitQueue, words: &'a [Word]) -> Waiting<'a> {
    Until::new(Look { place, words })
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

fn e1_give_one(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let (given, ()) = both(
        || {
            words[0].set(1);
            queue.give_one()
        },
        || block_on(waiting(&queue, &words)),
    );
    seen.outcome(if given { "given" } else { "seen" });
}

fn give_all(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let (given, ()) = both(
        || queue.give_all(|| words[0].set(1)),
        || block_on(waiting(&queue, &words)),
    );
    seen.outcome(if given == 1 { "given" } else { "seen" });
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

/// The first comes back as soon as it is told, the last leaves.
fn all_means_those_who_wait_now(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let mut tasks = [(); MANY].map(|()| Task::new(waiting(&queue, &words)));
    tasks.iter_mut().for_each(Task::park);
    let mut again = Task::new(waiting(&queue, &words));
    let (told, ()) = both(
        || queue.give_all(|| ()),
        || {
            tasks[MANY - 1].cancel();
            if tasks[0].poll().is_ready() {
                again.park();
            }
        },
    );
    assert_eq!(again.wakes(), 0, "told twice");
    for task in &tasks[..MANY - 1] {
        assert_eq!(task.wakes(), 1);
    }
    seen.outcome(format!("{told} told, again: {}", again.is_parked()));
}

/// The first finds nothing and waits again, in front of the others.
fn all_means_each_of_them(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let mut tasks = [(); MANY].map(|()| Task::new(waiting(&queue, &words)));
    tasks.iter_mut().for_each(Task::park);
    let (told, ()) = both(|| queue.wake_all(), || tasks[0].park());
    assert_eq!(told, MANY);
    for task in &tasks {
        assert_eq!(task.wakes(), 1);
    }
    seen.outcome("each once");
}

/// Set and cleared again beside a waiter that comes.
fn given_under_the_lock(seen: Seen) {
    let (queue, words) = (WaitQueue::new(), [Word::new(0)]);
    let mut task = Task::new(waiting(&queue, &words));
    let (told, early) = both(
        || {
            let told = queue.give_all(|| words[0].set(1));
            words[0].set(0);
            told
        },
        || task.poll().is_ready(),
    );
    assert_eq!(task.wakes(), told);
    if !early {
        assert_eq!(task.start().is_some(), told == 1);
    }
    seen.outcome(match (early, told) {
        (true, 0) => "saw it",
        (true, _) => "given at once",
        (false, 0) => "waits on",
        (false, _) => "given",
    });
}
