//! The barrier: who is released, who is sent away, and that these never mix.
//!
//! | model | what it shows |
//! |---|---|
//! | `two_meet` | both are released, with numbers of their own and one leader; each sees what the other did before |
//! | `two_meet_twice` | it is usable at once, with the number of generations about to wrap |
//! | `the_action_comes_first` | nobody is released before the action is over |
//! | `leaving_beside_the_last` | a party that goes breaks the generation or was released by it |
//! | `cancelled_beside_the_last` | a party whose time is over was released, or broke it for the other |
//! | `abort_beside_the_last` | a generation trips for all of its parties or breaks for all |
//! | `abort_after_a_trip` | what has tripped is a success, whatever comes then |
//! | `reset_with_a_waiter` | who waits is sent away; the next generation is whole |
//! | `reset_beside_a_leaver` | a party that goes beside a reset breaks nothing of the next generation |
//! | `comes_while_the_action_runs` | a newcomer is no party of the generation that is complete |
//! | `three_meet` | one of them is the leader |

use std::task::Poll;

use gimmal_core_loom::sync::{Barrier, Turn};
use gimmal_core_loom::test_hooks;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, Task, Word, all_three, block_on, both};

models! {
    two_meet {
        outcomes: ["0 1", "1 0"],
        bound: 3,
    }
    two_meet_twice {
        outcomes: ["0 1", "1 0"],
    }
    the_action_comes_first {
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    leaving_beside_the_last {
        kills: ["step:leaving-breaks", "step:leaving-wakes"],
        outcomes: ["broken", "tripped"],
        bound: EXHAUSTIVE,
    }
    cancelled_beside_the_last {
        outcomes: ["broken", "tripped"],
        bound: EXHAUSTIVE,
    }
    abort_beside_the_last {
        kills: ["step:trip-looks"],
        outcomes: ["broken", "tripped"],
        bound: EXHAUSTIVE,
    }
    abort_after_a_trip {
        outcomes: ["released"],
        bound: EXHAUSTIVE,
    }
    reset_with_a_waiter {
        outcomes: ["sent away", "tripped"],
        bound: EXHAUSTIVE,
    }
    reset_beside_a_leaver {
        kills: ["step:leaves-notified"],
        outcomes: ["usable"],
        bound: EXHAUSTIVE,
    }
    comes_while_the_action_runs {
        outcomes: ["arrived", "outside"],
        bound: EXHAUSTIVE,
    }
    three_meet {
        outcomes: ["one leader"],
    }
}

fn meet(barrier: &Barrier) -> Turn {
    block_on(barrier.wait()).expect("nobody breaks it")
}

fn two_meet(seen: Seen) {
    let barrier = Barrier::new(2);
    let payloads = [Payload::new(), Payload::new()];
    let (there, here) = both(
        || {
            payloads[0].write(7);
            let turn = meet(&barrier);
            assert_eq!(payloads[1].read(), 8);
            turn
        },
        || {
            payloads[1].write(8);
            let turn = meet(&barrier);
            assert_eq!(payloads[0].read(), 7);
            turn
        },
    );
    assert!(there.is_leader() != here.is_leader());
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
    seen.outcome(format!("{} {}", there.index(), here.index()));
}

fn two_meet_twice(seen: Seen) {
    meet_twice(seen, meet);
}

/// Two threads meet twice, with the number of generations about to wrap.
pub(super) fn meet_twice(seen: Seen, meet: fn(&Barrier) -> Turn) {
    let mut barrier = Barrier::new(2);
    test_hooks::barrier_at(&mut barrier, usize::MAX);
    let payload = Payload::new();
    let (there, here) = both(
        || {
            meet(&barrier);
            payload.write(7);
            meet(&barrier)
        },
        || {
            meet(&barrier);
            let turn = meet(&barrier);
            assert_eq!(payload.read(), 7);
            turn
        },
    );
    assert!(there.is_leader() != here.is_leader());
    seen.outcome(format!("{} {}", there.index(), here.index()));
}

fn the_action_comes_first(seen: Seen) {
    let done = Word::new(0);
    let barrier = Barrier::with_action(2, || done.set(1));
    let mut first = Task::new(barrier.wait());
    first.park();
    let (turn, early) = both(
        || block_on(barrier.wait()),
        || {
            let early = first.poll().is_ready();
            assert!(!early || done.get() == 1, "released before the action");
            early
        },
    );
    assert!(turn.is_ok_and(|turn| turn.is_leader()));
    assert!(early || first.run().is_some_and(|turn| turn.is_ok()));
    seen.outcome(if early { "at once" } else { "later" });
}

/// Two parties are there; a third is to come, and one of them goes.
fn leaving_beside_the_last(seen: Seen) {
    let barrier = Barrier::new(3);
    let mut tasks = [(); 2].map(|()| Task::new(barrier.wait()));
    tasks.iter_mut().for_each(Task::park);
    let mut third = Task::new(barrier.wait());
    let (last, left) = both(
        || match third.poll() {
            Poll::Ready(turn) => turn.is_ok(),
            Poll::Pending => panic!("the last one never waits"),
        },
        || matches!(tasks[0].future().cancel(), Ok(Ok(_))),
    );
    let other = tasks[1].run().expect("released or sent away");
    assert_eq!(
        (other.is_ok(), left),
        (last, last),
        "one generation, two ends"
    );
    assert_eq!(barrier.is_broken(), !last);
    seen.outcome(if last { "tripped" } else { "broken" });
}

fn cancelled_beside_the_last(seen: Seen) {
    let barrier = Barrier::new(2);
    let mut first = Task::new(barrier.wait());
    first.park();
    let mut second = Task::new(barrier.wait());
    let (last, here) = both(
        || matches!(second.poll(), Poll::Ready(Ok(_))),
        || matches!(first.future().cancel(), Ok(Ok(_))),
    );
    assert_eq!(last, here, "one generation, two ends");
    assert_eq!(barrier.is_broken(), !last);
    seen.outcome(if last { "tripped" } else { "broken" });
}

fn abort_beside_the_last(seen: Seen) {
    let barrier = Barrier::new(2);
    let mut first = Task::new(barrier.wait());
    first.park();
    let mut second = Task::new(barrier.wait());
    let ((), last) = both(
        || barrier.abort(),
        || matches!(second.poll(), Poll::Ready(Ok(_))),
    );
    assert_eq!(first.run().expect("released or sent away").is_ok(), last);
    assert!(barrier.is_broken());
    assert!(block_on(barrier.wait()).is_err(), "until it is reset");
    seen.outcome(if last { "tripped" } else { "broken" });
}

/// Tripped, then aborted by the same thread, beside a party that looks.
fn abort_after_a_trip(seen: Seen) {
    let barrier = Barrier::new(2);
    let mut first = Task::new(barrier.wait());
    first.park();
    let (last, early) = both(
        || {
            let turn = block_on(barrier.wait());
            barrier.abort();
            turn.is_ok()
        },
        || match first.poll() {
            Poll::Ready(turn) => Some(turn.is_ok()),
            Poll::Pending => None,
        },
    );
    let first = early.or_else(|| first.run().map(|turn| turn.is_ok()));
    assert_eq!((last, first), (true, Some(true)));
    seen.outcome("released");
}

fn reset_with_a_waiter(seen: Seen) {
    let barrier = Barrier::new(2);
    let mut first = Task::new(barrier.wait());
    first.park();
    let mut second = Task::new(barrier.wait());
    let ((), tripped) = both(
        || barrier.reset(),
        || match second.poll() {
            Poll::Ready(turn) => turn.is_ok(),
            Poll::Pending => false,
        },
    );
    assert_eq!(first.run().expect("released or sent away").is_ok(), tripped);
    assert!(!barrier.is_broken());
    if second.is_parked() {
        assert_eq!(barrier.waiting(), 1);
        // The next generation is made of the second and a third.
        assert!(block_on(barrier.wait()).is_ok_and(|turn| turn.index() == 1));
        assert!(second.run().is_some_and(|turn| turn.is_ok()));
    }
    seen.outcome(if tripped { "tripped" } else { "sent away" });
}

/// The party that goes belongs to the generation before the reset, or breaks the barrier after it.
fn reset_beside_a_leaver(seen: Seen) {
    // More than are woken in one locked section.
    const MANY: usize = 9;
    let barrier = Barrier::new(MANY + 1);
    let mut tasks = [(); MANY].map(|()| Task::new(barrier.wait()));
    tasks.iter_mut().for_each(Task::park);
    let mut newcomer = Task::new(barrier.wait());
    let ((), ()) = both(
        || {
            barrier.reset();
            newcomer.park();
        },
        || tasks[MANY - 1].cancel(),
    );
    assert!(!newcomer.woken(), "it came after the reset");
    assert_eq!((barrier.is_broken(), barrier.waiting()), (false, 1));
    let sent_away = |task: &mut Task<_>| task.run().is_some_and(|turn: Result<_, _>| turn.is_err());
    assert!(tasks[..MANY - 1].iter_mut().all(sent_away));
    seen.outcome("usable");
}

/// One party: each wait is a generation, and runs the action.
fn comes_while_the_action_runs(seen: Seen) {
    let running = Word::new(0);
    let barrier = Barrier::with_action(1, || {
        assert!(running.take(1), "two actions at once");
        running.add(1);
    });
    running.add(1);
    let mut second = Task::new(barrier.wait());
    let (first, early) = both(
        || block_on(barrier.wait()).is_ok(),
        || second.poll().is_ready(),
    );
    assert!(first);
    assert!(early || second.run().is_some_and(|turn| turn.is_ok()));
    seen.outcome(if early { "arrived" } else { "outside" });
}

fn three_meet(seen: Seen) {
    let barrier = Barrier::new(3);
    let (first, second, third) = all_three(|| meet(&barrier), || meet(&barrier), || meet(&barrier));
    let mut turns = [first, second, third];
    turns.sort_by_key(Turn::index);
    let leaders = turns.iter().filter(|turn| turn.is_leader()).count();
    assert_eq!((turns.map(|turn| turn.index()), leaders), ([0, 1, 2], 1));
    seen.outcome("one leader");
}
