//! The event: what `set` publishes, whom it releases, and whom not.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | who sees that it is set sees what was done before, at a look or after a wait |
//! | `e1_set_in_the_queue_publishes` | the same of a `set` that finds somebody waiting |
//! | `e1_wait_clear_look`, `e1_seen_clear_look` | what was done before a `set` that a `clear` takes back is seen by a look after it |
//! | `wait_beside_set` | nobody sleeps through a `set` |
//! | `set_then_clear_releases_those_who_wait` | a `clear` takes nothing back from who waited before the `set` |
//! | `set_then_clear_beside_a_wait` | who comes in between is released or waits for the next `set`, nothing else |
//! | `back_after_a_clear` | one `set` never releases the same task twice |
//! | `clear_beside_a_wait` | a `clear` does not forget that somebody waits |
//! | `seen_set_then_cleared_then_waited` | who has seen a `set`, cleared it and waits then is not released by it |
//! | `two_sets` | each waiter is released by one of them |
//! | `drop_beside_set` | a waiter that goes takes nothing from the others |

use gimmal_core_loom::sync::Event;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, Task, Word, block_on, both};

models! {
    e1_set_publishes_to_is_set {
        kills: ["sync/event.rs#E1"],
        outcomes: ["set", "unset"],
        bound: EXHAUSTIVE,
    }
    e1_set_publishes_to_wait {
        kills: ["sync/event.rs#E1"],
        outcomes: ["set", "unset"],
        bound: EXHAUSTIVE,
    }
    e1_set_in_the_queue_publishes {
        kills: ["sync/event.rs#E1"],
        outcomes: ["set", "unset"],
        bound: EXHAUSTIVE,
    }
    e1_wait_clear_look {
        kills: ["sync/event.rs#E1"],
        outcomes: ["all seen", "told again"],
        bound: 3,
    }
    e1_seen_clear_look {
        kills: ["sync/event.rs#E1"],
        outcomes: ["all seen", "not set yet", "told again"],
        bound: EXHAUSTIVE,
    }
    wait_beside_set {
        kills: ["sync/event.rs#E1"],
        outcomes: ["released"],
        bound: 3,
    }
    set_then_clear_releases_those_who_wait {
        outcomes: ["both"],
        bound: EXHAUSTIVE,
    }
    set_then_clear_beside_a_wait {
        outcomes: ["released", "released at once", "waits for the next"],
        bound: EXHAUSTIVE,
    }
    back_after_a_clear {
        outcomes: ["released later", "waits again"],
        bound: EXHAUSTIVE,
    }
    clear_beside_a_wait {
        outcomes: ["released"],
        bound: EXHAUSTIVE,
    }
    seen_set_then_cleared_then_waited {
        outcomes: ["not yet", "waits again"],
        bound: EXHAUSTIVE,
    }
    two_sets {
        outcomes: ["each once"],
        bound: EXHAUSTIVE,
    }
    drop_beside_set {
        outcomes: ["the other"],
        bound: EXHAUSTIVE,
    }
}

/// A `set` beside a look; true if the look saw it.
fn set_beside_a_look(event: &Event) -> bool {
    let payload = Payload::new();
    let ((), set) = both(
        || {
            payload.write(7);
            event.set();
        },
        || {
            let set = event.is_set();
            if set {
                assert_eq!(payload.read(), 7);
            }
            set
        },
    );
    set
}

fn e1_set_publishes_to_is_set(seen: Seen) {
    let set = set_beside_a_look(&Event::new());
    seen.outcome(if set { "set" } else { "unset" });
}

/// The first poll of a wait: it looks without the queue's lock.
fn e1_set_publishes_to_wait(seen: Seen) {
    let (event, payload) = (Event::new(), Payload::new());
    let mut task = Task::new(event.wait());
    let ((), set) = both(
        || {
            payload.write(7);
            event.set();
        },
        || {
            let set = task.poll().is_ready();
            if set {
                assert_eq!(payload.read(), 7);
            }
            set
        },
    );
    assert!(set || task.run().is_some(), "sleeps beside a set event");
    seen.outcome(if set { "set" } else { "unset" });
}

fn e1_set_in_the_queue_publishes(seen: Seen) {
    let event = Event::new();
    let mut parked = Task::new(event.wait());
    parked.park();
    let set = set_beside_a_look(&event);
    assert!(parked.run().is_some());
    seen.outcome(if set { "set" } else { "unset" });
}

/// Two changes, each announced, beside `consume`, which clears and looks: how many changes the look saw, if it looked.
fn two_changes_beside(
    event: &Event,
    consume: impl FnOnce(&dyn Fn() -> usize) -> Option<usize>,
) -> &'static str {
    let made = Word::new(0);
    let ((), looked) = both(
        || {
            for change in 1..=2 {
                made.set(change);
                event.set();
            }
        },
        || consume(&|| made.get()),
    );
    match looked {
        None => "not set yet",
        Some(2) => "all seen",
        Some(_) => {
            assert!(
                event.is_set(),
                "a change was not seen, and nobody will tell of it"
            );
            "told again"
        }
    }
}

fn e1_wait_clear_look(seen: Seen) {
    let event = Event::new();
    seen.outcome(two_changes_beside(&event, |look| {
        block_on(event.wait());
        event.clear();
        Some(look())
    }));
}

fn e1_seen_clear_look(seen: Seen) {
    let event = Event::new();
    seen.outcome(two_changes_beside(&event, |look| {
        if !event.is_set() {
            return None;
        }
        event.clear();
        Some(look())
    }));
}

fn wait_beside_set(seen: Seen) {
    let (event, payload) = (Event::new(), Payload::new());
    both(
        || {
            payload.write(7);
            event.set();
        },
        || {
            block_on(event.wait());
            assert_eq!(payload.read(), 7);
        },
    );
    seen.outcome("released");
}

fn set_then_clear_releases_those_who_wait(seen: Seen) {
    let event = Event::new();
    let (mut first, mut second) = (Task::new(event.wait()), Task::new(event.wait()));
    first.park();
    second.park();
    let ((), early) = both(
        || {
            event.set();
            event.clear();
        },
        || first.poll().is_ready(),
    );
    assert!(early || first.run().is_some());
    assert!(second.run().is_some());
    assert!(!event.is_set());
    seen.outcome("both");
}

fn set_then_clear_beside_a_wait(seen: Seen) {
    let event = Event::new();
    let mut task = Task::new(event.wait());
    let ((), early) = both(
        || {
            event.set();
            event.clear();
        },
        || task.poll().is_ready(),
    );
    let word = match early {
        true => "released at once",
        false if task.run().is_some() => "released",
        false => {
            event.set();
            assert!(task.run().is_some(), "the next one releases it");
            "waits for the next"
        }
    };
    seen.outcome(word);
}

fn back_after_a_clear(seen: Seen) {
    let event = Event::new();
    let (mut task, mut again) = (Task::new(event.wait()), Task::new(event.wait()));
    task.park();
    let ((), back) = both(
        || event.set(),
        || {
            let released = task.poll().is_ready();
            if released {
                event.clear();
                again.park();
            }
            released
        },
    );
    assert_eq!(again.wakes(), 0, "released by the same set");
    assert!(back || task.run().is_some());
    seen.outcome(if back {
        "waits again"
    } else {
        "released later"
    });
}

/// A `clear` beside a wait, or after it, does not forget that somebody waits.
fn clear_beside_a_wait(seen: Seen) {
    let event = Event::new();
    let mut task = Task::new(event.wait());
    let ((), early) = both(|| event.clear(), || task.poll().is_ready());
    assert!(!early, "nobody has set it");
    event.clear();
    event.set();
    event.clear();
    assert!(task.run().is_some(), "the set after it releases it");
    seen.outcome("released");
}

/// A `set` that somebody has seen, and cleared before it waits, does not release it.
fn seen_set_then_cleared_then_waited(seen: Seen) {
    let event = Event::new();
    let (mut parked, mut again) = (Task::new(event.wait()), Task::new(event.wait()));
    parked.park();
    let ((), back) = both(
        || event.set(),
        || {
            let set = event.is_set();
            if set {
                event.clear();
                again.park();
            }
            set
        },
    );
    assert!(parked.run().is_some());
    assert_eq!(
        again.wakes(),
        0,
        "released by a set that was cleared before"
    );
    if back {
        event.set();
        assert!(again.run().is_some());
    }
    seen.outcome(if back { "waits again" } else { "not yet" });
}

fn two_sets(seen: Seen) {
    let event = Event::new();
    let (mut first, mut second) = (Task::new(event.wait()), Task::new(event.wait()));
    first.park();
    second.park();
    both(|| event.set(), || event.set());
    assert!(first.run().is_some() && second.run().is_some());
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    seen.outcome("each once");
}

fn drop_beside_set(seen: Seen) {
    let event = Event::new();
    let (mut first, mut second) = (Task::new(event.wait()), Task::new(event.wait()));
    first.park();
    second.park();
    both(|| event.set(), || first.cancel());
    assert!(second.run().is_some());
    seen.outcome("the other");
}
