//! The wait cell: one waiter, any number of notifiers.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_change_or_waiter_is_seen` | a change is never slept through |
//! | `e2_waker_is_handed_over` | the waker is never touched by two, however polls and wakes overlap |
//! | `e2_waker_is_changed` | a task that polls with another waker is woken by that one, or has seen the change |
//! | `e3_two_notifiers` | a waiter that one notifier wakes learns of the other one's change too |
//! | `leaving_beside_a_wake` | a waiter that leaves takes its waker along; the cell can be used again |

use gimmal_core_loom::wait::WaitCell;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::operations::look;
use crate::support::{Task, Word, all_three, block_on, both};

models! {
    e1_change_or_waiter_is_seen {
        kills: ["wait/cell.rs#E1", "wait/until.rs#E1", "step:look-again"],
        outcomes: ["woken"],
        bound: 3,
    }
    e2_waker_is_handed_over {
        kills: ["wait/cell.rs#E2"],
        outcomes: ["1 wakes", "2 wakes", "3 wakes"],
        bound: 3,
    }
    e2_waker_is_changed {
        kills: ["wait/cell.rs#E2"],
        outcomes: ["seen", "woken"],
        bound: 3,
    }
    e3_two_notifiers {
        kills: ["wait/cell.rs#E3"],
        outcomes: ["both"],
    }
    leaving_beside_a_wake {
        kills: ["wait/cell.rs#E2"],
        outcomes: ["0 wakes", "1 wakes"],
        bound: EXHAUSTIVE,
    }
}

fn e1_change_or_waiter_is_seen(seen: Seen) {
    let (cell, words) = (WaitCell::new(), [Word::new(0)]);
    both(
        || {
            words[0].set(1);
            cell.wake();
        },
        || {
            block_on(look(&cell, &words));
        },
    );
    seen.outcome("woken");
}

/// Three polls beside two wakes, without any change.
fn e2_waker_is_handed_over(seen: Seen) {
    let (cell, words) = (WaitCell::new(), [Word::new(0)]);
    let mut task = Task::new(look(&cell, &words));
    task.park();
    both(
        || {
            cell.wake();
            cell.wake();
        },
        || {
            task.park();
            task.park();
        },
    );
    let woken = task.wakes();
    task.cancel();
    seen.outcome(format!("{woken} wakes"));
}

fn e2_waker_is_changed(seen: Seen) {
    let (cell, words) = (WaitCell::new(), [Word::new(0)]);
    let mut task = Task::new(look(&cell, &words));
    task.park();
    let ((), polled) = both(
        || {
            words[0].set(1);
            cell.wake();
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

fn e3_two_notifiers(seen: Seen) {
    let (cell, words) = (WaitCell::new(), [Word::new(0), Word::new(0)]);
    let notify = |own: usize| {
        words[own].set(1);
        cell.wake();
    };
    all_three(
        || notify(0),
        || notify(1),
        || {
            block_on(look(&cell, &words));
        },
    );
    seen.outcome("both");
}

fn leaving_beside_a_wake(seen: Seen) {
    let (cell, words) = (WaitCell::new(), [Word::new(0)]);
    let mut task = Task::new(look(&cell, &words));
    task.park();
    both(|| cell.wake(), || task.cancel());
    let wakes = task.wakes();
    let mut next = Task::new(look(&cell, &words));
    next.park();
    assert_eq!(next.wakes(), 0, "woken by what came before");
    cell.wake();
    assert_eq!((task.wakes(), next.wakes()), (wakes, 1));
    next.cancel();
    seen.outcome(format!("{wakes} wakes"));
}
