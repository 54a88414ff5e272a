//! Threads that wait for an event beside its queue, as those of the facade do, up to the call that puts them to sleep.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_set_beside_sleeping` | a thread that is told not to sleep sees what was done before `set`; one that would sleep is woken, or the system finds another word |
//! | `e1_set_beside_a_look` | a thread that finds its wait over sees what was done before `set` |
//! | `set_then_clear_ends_a_round` | a `clear` takes nothing back from threads that waited before the `set` |
//! | `seen_set_then_cleared_then_beside` | a thread that has seen a `set`, cleared it and waits then is not released by it |
//! | `both_places` | a `set` releases the waiters in the queue and those beside it |
//! | `a_round_is_not_used_again` | a `set` that nobody waits for does not begin the count anew |
//! | `clear_beside_sleeping` | a `clear` does not forget that somebody sleeps |

use gimmal_core_loom::sync::Event;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, Task, both};

models! {
    e1_set_beside_sleeping {
        kills: ["sync/event.rs#E1"],
        outcomes: ["set before", "over", "sleeps"],
        bound: EXHAUSTIVE,
    }
    e1_set_beside_a_look {
        kills: ["sync/event.rs#E1"],
        outcomes: ["set before", "over", "not yet"],
        bound: EXHAUSTIVE,
    }
    set_then_clear_ends_a_round {
        outcomes: ["over", "sleeps"],
        bound: EXHAUSTIVE,
    }
    seen_set_then_cleared_then_beside {
        outcomes: ["not yet", "waits again"],
        bound: EXHAUSTIVE,
    }
    both_places {
        outcomes: ["over", "sleeps"],
        bound: EXHAUSTIVE,
    }
    a_round_is_not_used_again {
        outcomes: ["over"],
        bound: EXHAUSTIVE,
    }
    clear_beside_sleeping {
        outcomes: ["woken"],
        bound: EXHAUSTIVE,
    }
}

fn e1_set_beside_sleeping(seen: Seen) {
    let (event, payload) = (Event::new(), Payload::new());
    let (asked, slept) = both(
        || {
            payload.write(7);
            event.set_and_ask()
        },
        || {
            let Some(round) = event.wait_beside() else {
                assert_eq!(payload.read(), 7);
                return Err("set before");
            };
            if event.fall_asleep(round).is_none() {
                assert_eq!(payload.read(), 7);
                return Err("over");
            }
            Ok(round)
        },
    );
    seen.outcome(match slept {
        Err(not) => not,
        Ok(round) => {
            assert!(asked, "nobody wakes it");
            assert!(event.is_over(round), "the system would find the same word");
            "sleeps"
        }
    });
}

fn e1_set_beside_a_look(seen: Seen) {
    let (event, payload) = (Event::new(), Payload::new());
    let ((), found) = both(
        || {
            payload.write(7);
            event.set();
        },
        || {
            let Some(round) = event.wait_beside() else {
                return "set before";
            };
            if !event.is_over(round) {
                return "not yet";
            }
            assert_eq!(payload.read(), 7);
            "over"
        },
    );
    seen.outcome(found);
}

fn set_then_clear_ends_a_round(seen: Seen) {
    let event = Event::new();
    let round = event.wait_beside().expect("nobody has set it");
    let (asked, slept) = both(
        || {
            let asked = event.set_and_ask();
            event.clear();
            asked
        },
        || event.fall_asleep(round),
    );
    assert!(event.is_over(round), "a clear has taken its release back");
    seen.outcome(match slept {
        None => "over",
        Some(_) => {
            assert!(asked, "nobody wakes it");
            "sleeps"
        }
    });
}

fn seen_set_then_cleared_then_beside(seen: Seen) {
    let event = Event::new();
    let mut parked = Task::new(event.wait());
    parked.park();
    let ((), again) = both(
        || event.set(),
        || {
            event.is_set().then(|| {
                event.clear();
                event.wait_beside().expect("it is cleared")
            })
        },
    );
    assert!(parked.run().is_some());
    let Some(round) = again else {
        return seen.outcome("not yet");
    };
    assert!(!event.is_over(round), "released by a set that was cleared");
    assert!(event.fall_asleep(round).is_some());
    assert!(event.set_and_ask());
    assert!(event.is_over(round));
    seen.outcome("waits again");
}

fn both_places(seen: Seen) {
    let event = Event::new();
    let mut parked = Task::new(event.wait());
    parked.park();
    let round = event.wait_beside().expect("nobody has set it");
    let (asked, slept) = both(|| event.set_and_ask(), || event.fall_asleep(round));
    assert!(parked.run().is_some() && event.is_over(round));
    assert!(asked || slept.is_none(), "nobody wakes it");
    seen.outcome(if slept.is_some() { "sleeps" } else { "over" });
}

fn clear_beside_sleeping(seen: Seen) {
    let event = Event::new();
    let round = event.wait_beside().expect("nobody has set it");
    let ((), slept) = both(|| event.clear(), || event.fall_asleep(round));
    assert!(slept.is_some(), "nobody has set it");
    event.clear();
    assert_eq!(
        event.fall_asleep(round),
        slept,
        "the system would find another word"
    );
    assert!(event.set_and_ask(), "nobody wakes it");
    seen.outcome("woken");
}

/// A thread that stands still between two looks, while the event is set and cleared, with others waiting and without.
fn a_round_is_not_used_again(seen: Seen) {
    let event = Event::new();
    let first = event.wait_beside().expect("nobody has set it");
    event.set();
    event.clear();
    let second = event.wait_beside().expect("it is cleared");
    for _ in 0..3 {
        event.set();
        event.clear();
        assert!(event.is_over(first) && event.is_over(second));
        assert!(event.fall_asleep(first).is_none() && event.fall_asleep(second).is_none());
        event.set();
        event.clear();
        event.set();
        event.clear();
        assert!(event.is_over(first) && event.is_over(second));
    }
    seen.outcome("over");
}
