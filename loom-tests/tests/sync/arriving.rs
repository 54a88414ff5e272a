//! Threads at a barrier, as those of the facade: they look beside its queue before they wait in it.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_trip_beside_a_look` | a thread that finds its generation over sees what was done before the last party arrived |
//! | `e1_break_after_a_trip` | it still does when a later generation has been broken meanwhile |
//! | `e1_seen_after_a_trip` | and when others have seen that break |
//! | `a_look_after_a_break` | no later trip turns a broken generation into one that has tripped |
//! | `a_look_after_a_trip_and_a_break` | no later break turns one that has tripped into a broken one |
//! | `two_breaks_in_a_row` | a break that nobody has seen yet hides no other one |
//! | `abort_beside_the_last` | a generation trips for all of its parties or breaks for all |
//! | `enqueued_beside_the_last` | a party that goes into the queue misses no trip |
//! | `enqueued_beside_an_abort` | nor a break, and is not waited for once it has seen it |
//! | `given_up_beside_the_last` | a party whose time is over was released, or broke it for the other |
//! | `leaving_beside_the_last` | a party that goes breaks the generation for one in the same place, or was released |
//! | `comes_while_the_action_runs` | a thread that comes then is no party of the generation that is complete |
//! | `two_threads_meet_twice` | both are released, with the number of generations about to wrap |
//! | `three_in_both_places` | a thread, a task and the last one |

use std::future::IntoFuture;
use std::task::Poll;

use gimmal_core_loom::error::BrokenBarrier;
use gimmal_core_loom::sync::{Barrier, Turn};

use super::barrier::meet_twice;
use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, Task, Word, all_three, block_on, both};

models! {
    e1_trip_beside_a_look {
        kills: ["sync/barrier.rs#E1"],
        outcomes: ["not yet", "released"],
        bound: EXHAUSTIVE,
    }
    e1_break_after_a_trip {
        kills: ["sync/barrier.rs#E1"],
        outcomes: ["not yet", "released"],
        bound: EXHAUSTIVE,
    }
    e1_seen_after_a_trip {
        kills: ["sync/barrier.rs#E1"],
        outcomes: ["not yet", "released"],
        bound: EXHAUSTIVE,
    }
    a_look_after_a_break {
        outcomes: ["not yet", "sent away"],
        bound: EXHAUSTIVE,
    }
    a_look_after_a_trip_and_a_break {
        outcomes: ["not yet", "released"],
        bound: EXHAUSTIVE,
    }
    two_breaks_in_a_row {
        outcomes: ["sent away"],
        bound: EXHAUSTIVE,
    }
    abort_beside_the_last {
        outcomes: ["broken", "tripped"],
        bound: EXHAUSTIVE,
    }
    enqueued_beside_the_last {
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    enqueued_beside_an_abort {
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    given_up_beside_the_last {
        outcomes: ["broken", "tripped"],
        bound: EXHAUSTIVE,
    }
    leaving_beside_the_last {
        outcomes: ["broken", "tripped"],
        bound: EXHAUSTIVE,
    }
    comes_while_the_action_runs {
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    two_threads_meet_twice {
        outcomes: ["0 1", "1 0"],
    }
    three_in_both_places {
        outcomes: ["one leader"],
    }
}

/// A party beside the queue of `barrier`.
macro_rules! beside {
    ($barrier:expr) => {{
        let mut party = $barrier.arriving();
        assert!(party.try_now().is_pending(), "it is not the last");
        party
    }};
}

/// The last party of a generation, or one that finds the barrier broken.
fn arrives(barrier: &Barrier) -> Result<Turn, BrokenBarrier> {
    let mut party = barrier.arriving();
    match party.try_now() {
        Poll::Ready(result) => result,
        // While somebody has not seen that it is broken, that is found out in the queue.
        Poll::Pending => block_on(party.into_future()),
    }
}

/// What `arriving` and then the facade's loop do.
fn meets(barrier: &Barrier) -> Turn {
    let mut party = barrier.arriving();
    for _ in 0..2 {
        if let Poll::Ready(turn) = party.try_now() {
            return turn.expect("nobody breaks it");
        }
    }
    block_on(party.into_future()).expect("nobody breaks it")
}

/// The barrier is whole, and threads can wait beside its queue.
fn is_as_new(barrier: &Barrier) {
    barrier.reset();
    let mut first = beside!(barrier);
    assert_eq!(barrier.waiting(), 1);
    assert!(arrives(barrier).is_ok_and(|turn| turn.is_leader()));
    assert!(matches!(first.try_now(), Poll::Ready(Ok(_))));
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
}

/// A thread beside the queue looks while `there` runs, and once more if its generation was not over. Returns what `there` does, and
/// the thread's result and outcome. If it was released it sees the payload.
fn looks_beside<A: Send>(
    barrier: &Barrier,
    there: impl FnOnce(&Payload) -> A + Send,
) -> (A, Result<Turn, BrokenBarrier>, &'static str) {
    let payload = Payload::new();
    let mut first = beside!(barrier);
    let (there, early) = both(
        || there(&payload),
        || match first.try_now() {
            Poll::Ready(turn) => {
                assert!(turn.is_err() || payload.read() == 7);
                Some(turn)
            }
            Poll::Pending => None,
        },
    );
    match (early, first) {
        (Some(turn), _) if turn.is_ok() => (there, turn, "released"),
        (Some(turn), _) => (there, turn, "sent away"),
        (None, mut first) => match first.try_now() {
            Poll::Ready(turn) => (there, turn, "not yet"),
            Poll::Pending => panic!("its generation is over"),
        },
    }
}

fn e1_trip_beside_a_look(seen: Seen) {
    let barrier = Barrier::new(2);
    let (last, turn, outcome) = looks_beside(&barrier, |payload| {
        payload.write(7);
        arrives(&barrier)
    });
    assert!(last.is_ok_and(|turn| turn.is_leader()));
    assert!(turn.is_ok_and(|turn| turn.index() == 0 && !turn.is_leader()));
    is_as_new(&barrier);
    seen.outcome(outcome);
}

fn e1_break_after_a_trip(seen: Seen) {
    let barrier = Barrier::new(2);
    let (last, turn, outcome) = looks_beside(&barrier, |payload| {
        payload.write(7);
        let last = arrives(&barrier);
        barrier.abort();
        last
    });
    assert!(last.is_ok() && turn.is_ok());
    is_as_new(&barrier);
    seen.outcome(outcome);
}

fn e1_seen_after_a_trip(seen: Seen) {
    let barrier = Barrier::new(2);
    let (last, turn, outcome) = looks_beside(&barrier, |payload| {
        payload.write(7);
        let last = arrives(&barrier);
        let mut other = beside!(barrier);
        barrier.abort();
        assert!(matches!(other.try_now(), Poll::Ready(Err(_))));
        last
    });
    assert!(last.is_ok() && turn.is_ok());
    is_as_new(&barrier);
    seen.outcome(outcome);
}

/// Broken, reset, and tripped twice by others, beside a thread that looks.
fn a_look_after_a_break(seen: Seen) {
    let barrier = Barrier::new(2);
    let ((), turn, outcome) = looks_beside(&barrier, |_| {
        barrier.abort();
        barrier.reset();
        for _ in 0..2 {
            let mut other = Task::new(barrier.arriving().into_future());
            other.park();
            assert!(block_on(barrier.wait()).is_ok());
            assert!(other.run().is_some_and(|turn| turn.is_ok()));
        }
    });
    assert!(turn.is_err(), "of another generation");
    is_as_new(&barrier);
    seen.outcome(outcome);
}

/// Tripped; the next generation is broken, and its party has not seen it.
fn a_look_after_a_trip_and_a_break(seen: Seen) {
    let barrier = Barrier::new(2);
    let (mut other, turn, outcome) = looks_beside(&barrier, |payload| {
        payload.write(7);
        assert!(arrives(&barrier).is_ok());
        let other = beside!(barrier);
        barrier.abort();
        other
    });
    assert!(turn.is_ok(), "of another generation");
    assert!(matches!(other.try_now(), Poll::Ready(Err(_))));
    is_as_new(&barrier);
    seen.outcome(outcome);
}

/// A party of a broken generation that has not seen it; one of the next generation, which is broken too.
fn two_breaks_in_a_row(seen: Seen) {
    let barrier = Barrier::new(2);
    let mut first = beside!(barrier);
    barrier.abort();
    barrier.reset();
    let ((), second) = both(|| barrier.abort(), || arrives(&barrier));
    assert!(second.is_err(), "alone it has met nobody");
    assert!(matches!(first.try_now(), Poll::Ready(Err(_))));
    is_as_new(&barrier);
    seen.outcome("sent away");
}

fn abort_beside_the_last(seen: Seen) {
    let barrier = Barrier::new(2);
    let mut first = beside!(barrier);
    let ((), last) = both(|| barrier.abort(), || arrives(&barrier).is_ok());
    match first.try_now() {
        Poll::Ready(turn) => assert_eq!(turn.is_ok(), last, "one generation, two ends"),
        Poll::Pending => panic!("its generation is over"),
    }
    assert!(barrier.is_broken());
    is_as_new(&barrier);
    seen.outcome(if last { "tripped" } else { "broken" });
}

fn enqueued_beside_the_last(seen: Seen) {
    let barrier = Barrier::new(2);
    let mut first = Task::new(beside!(barrier).into_future());
    let (last, early) = both(|| arrives(&barrier), || first.poll());
    assert!(last.is_ok());
    let (outcome, turn) = match early {
        Poll::Ready(turn) => ("at once", turn),
        Poll::Pending => ("later", first.run().expect("released")),
    };
    assert!(turn.is_ok_and(|turn| turn.index() == 0));
    is_as_new(&barrier);
    seen.outcome(outcome);
}

fn enqueued_beside_an_abort(seen: Seen) {
    let barrier = Barrier::new(2);
    let mut first = Task::new(beside!(barrier).into_future());
    let ((), early) = both(|| barrier.abort(), || first.poll());
    let (outcome, turn) = match early {
        Poll::Ready(turn) => ("at once", turn),
        Poll::Pending => ("later", first.run().expect("sent away")),
    };
    assert!(turn.is_err());
    is_as_new(&barrier);
    seen.outcome(outcome);
}

fn given_up_beside_the_last(seen: Seen) {
    let barrier = Barrier::new(2);
    let first = beside!(barrier);
    let (last, left) = both(
        || arrives(&barrier).is_ok(),
        || first.into_operation().give_up(),
    );
    let left = match left {
        Some(turn) => turn.is_ok(),
        None => false,
    };
    assert_eq!(left, last, "one generation, two ends");
    assert_eq!(barrier.is_broken(), !last);
    is_as_new(&barrier);
    seen.outcome(if last { "tripped" } else { "broken" });
}

/// Two parties are there, beside the queue; a third is to come, and one of them goes.
fn leaving_beside_the_last(seen: Seen) {
    let barrier = Barrier::new(3);
    let (first, mut second) = (beside!(barrier), beside!(barrier));
    let (last, ()) = both(|| arrives(&barrier).is_ok(), || drop(first));
    match second.try_now() {
        Poll::Ready(turn) => assert_eq!(turn.is_ok(), last, "one generation, two ends"),
        Poll::Pending => panic!("its generation is over"),
    }
    assert_eq!(barrier.is_broken(), !last);
    seen.outcome(if last { "tripped" } else { "broken" });
}

/// One party: each wait is a generation, and runs the action.
fn comes_while_the_action_runs(seen: Seen) {
    let running = Word::new(1);
    let barrier = Barrier::with_action(1, || {
        assert!(running.take(1), "two actions at once");
        running.add(1);
    });
    let mut second = barrier.arriving();
    let (first, early) = both(|| barrier.arriving().try_now(), || second.try_now());
    // The one that came first is not the one that had to wait.
    let turn = |found| match found {
        Poll::Ready(turn) => Some(turn),
        Poll::Pending => None,
    };
    let (first, early) = (turn(first), turn(early));
    assert!(first.is_some() || early.is_some());
    let at_once = early.is_some() && first.is_some();
    let second = early.unwrap_or_else(|| block_on(second.into_future()));
    assert!(first.is_none_or(|turn| turn.is_ok()) && second.is_ok());
    seen.outcome(if at_once { "at once" } else { "later" });
}

fn two_threads_meet_twice(seen: Seen) {
    meet_twice(seen, meets);
}

fn three_in_both_places(seen: Seen) {
    let barrier = Barrier::new(3);
    let (first, second, third) = all_three(
        || meets(&barrier),
        || block_on(barrier.wait()).expect("nobody breaks it"),
        || meets(&barrier),
    );
    let mut turns = [first, second, third];
    turns.sort_by_key(Turn::index);
    let leaders = turns.iter().filter(|turn| turn.is_leader()).count();
    assert_eq!((turns.map(|turn| turn.index()), leaders), ([0, 1, 2], 1));
    seen.outcome("one leader");
}
