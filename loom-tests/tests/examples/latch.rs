//! The count-down latch of the guide, `core/examples/latch/latch.rs`: the same source, over loom's
//! atomics.
//!
//! | edge | one half | other half | what it carries |
//! |---|---|---|---|
//! | E1 | `count_down`: `left.fetch_update(Release)` | `Opened`: `left.load(Acquire)` | what was done before each count-down |
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_count_downs_publish_to_the_waiter` | a waiter sees what was done before both count-downs, and never sleeps through them |
//! | `all_waiters_are_woken` | the last count-down wakes both waiters, and the first none |
//! | `cancel_beside_the_last_count_down` | a waiter that leaves in the same moment takes nothing from the other one |
//! | `open_is_for_good` | a count-down of an open latch changes nothing |

use std::future::IntoFuture;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, Task, all_three, block_on, both};

use self::shown::Latch;

/// The source that the guide shows. The names that it uses mean here what they mean under loom.
#[allow(dead_code, unreachable_pub)]
mod shown {
    use gimmal_core_loom as gimmal_core;

    mod core {
        pub(super) mod sync {
            pub(in super::super) use crate::support::seeded as atomic;
        }
        pub(super) use ::core::task;
    }

    include!("../../../core/examples/latch/latch.rs");
}

models! {
    e1_count_downs_publish_to_the_waiter {
        kills: ["examples/latch/latch.rs#E1", "step:latch-wakes", "wait/queue.rs#E1", "wait/until.rs#E1", "step:look-again"],
        outcomes: ["open"],
    }
    all_waiters_are_woken {
        kills: ["step:latch-wakes"],
        outcomes: ["both"],
        bound: EXHAUSTIVE,
    }
    cancel_beside_the_last_count_down {
        kills: ["step:latch-wakes"],
        outcomes: ["left woken", "left waiting"],
        bound: EXHAUSTIVE,
    }
    open_is_for_good {
        outcomes: ["open"],
        bound: EXHAUSTIVE,
    }
}

fn e1_count_downs_publish_to_the_waiter(seen: Seen) {
    let (latch, done) = (Latch::new(2), [Payload::new(), Payload::new()]);
    let work = |own: usize| {
        done[own].write(7);
        latch.count_down();
    };
    all_three(
        || work(0),
        || work(1),
        || {
            block_on(latch.wait().into_future());
            assert_eq!(done.each_ref().map(Payload::read), [7, 7]);
        },
    );
    seen.outcome("open");
}

fn all_waiters_are_woken(seen: Seen) {
    let latch = Latch::new(2);
    let mut tasks = [(); 2].map(|()| Task::new(latch.wait().into_future()));
    tasks.iter_mut().for_each(Task::park);
    both(|| latch.count_down(), || latch.count_down());
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        assert!(task.run().is_some(), "woken, and the latch is not open");
    }
    seen.outcome("both");
}

fn cancel_beside_the_last_count_down(seen: Seen) {
    let latch = Latch::new(1);
    let mut tasks = [(); 2].map(|()| Task::new(latch.wait().into_future()));
    tasks.iter_mut().for_each(Task::park);
    let [leaving, staying] = &mut tasks;
    both(|| latch.count_down(), || leaving.cancel());
    assert!(
        staying.run().is_some(),
        "the latch is open, and nobody says so"
    );
    let woken = leaving.wakes() > 0;
    seen.outcome(if woken { "left woken" } else { "left waiting" });
}

fn open_is_for_good(seen: Seen) {
    let latch = Latch::new(1);
    let mut task = Task::new(latch.wait().into_future());
    both(|| latch.count_down(), || latch.count_down());
    latch.count_down();
    assert!(task.poll().is_ready());
    seen.outcome("open");
}
