//! Runs of items: one publication for a whole run, both ways, also round the end of the array.
//!
//! | model | what it shows |
//! |---|---|
//! | `a_run_is_published_whole` | a reader sees all items of a committed run or none |
//! | `a_dropped_run_publishes_nothing` | its items are dropped, once, and nobody sees them |
//! | `a_released_run_frees_its_slots` | who writes after it overwrites nothing that is being read |
//! | `pop_each_frees_slot_by_slot` | the same for items moved out one by one |
//! | `memory_of_a_run` | the slices and the uninitialised memory are the slots, with the same edges |

use gimmal_core_loom::error::ReadError;
use gimmal_core_loom::ring::spsc::Ring;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Drops, both};

models! {
    a_run_is_published_whole {
        kills: ["ring/spsc/protocol.rs#E1"],
        outcomes: ["none", "1 2"],
        bound: EXHAUSTIVE,
    }
    a_dropped_run_publishes_nothing {
        outcomes: ["none", "3"],
        bound: EXHAUSTIVE,
    }
    a_released_run_frees_its_slots {
        kills: ["ring/spsc/protocol.rs#E2"],
        outcomes: ["0 free", "2 free"],
        bound: EXHAUSTIVE,
    }
    pop_each_frees_slot_by_slot {
        kills: ["ring/spsc/protocol.rs#E2"],
        outcomes: ["0 free", "1 free", "2 free"],
        bound: EXHAUSTIVE,
    }
    memory_of_a_run {
        kills: ["ring/spsc/protocol.rs#E1"],
        outcomes: ["none", "1 2"],
        bound: EXHAUSTIVE,
    }
}

/// A ring of two slots whose next run goes round the end of the array.
fn turned<T>(mut item: impl FnMut() -> T) -> Ring<T, 2> {
    let mut ring = Ring::new();
    let (mut producer, mut consumer) = ring.split();
    assert!(producer.push(item()).is_ok());
    drop(consumer.pop());
    drop((producer, consumer));
    ring
}

fn a_run_is_published_whole(seen: Seen) {
    let mut ring = turned(|| Box::new(0));
    let (mut producer, mut consumer) = ring.split();
    let ((), read) = both(
        || {
            let mut run = producer.reserve(2).expect("room");
            run.push(Box::new(1)).expect("reserved");
            run.push(Box::new(2)).expect("reserved");
            run.commit();
        },
        || match consumer.read_chunk(2) {
            Ok(run) => {
                let (first, second) = run.as_slices();
                let text = format!("{} {}", first[0], second[0]);
                run.release(2);
                text
            }
            Err(why) => {
                assert_eq!(why, ReadError::TooFew { available: 0 });
                "none".to_string()
            }
        },
    );
    seen.outcome(read);
}

fn a_dropped_run_publishes_nothing(seen: Seen) {
    let drops = Drops::new();
    let mut ring = turned(|| drops.item(0));
    let (mut producer, mut consumer) = ring.split();
    let ((), popped) = both(
        || {
            let mut run = producer.reserve(2).expect("room");
            run.push(drops.item(1)).expect("reserved");
            run.push(drops.item(2)).expect("reserved");
            drop(run);
            producer.push(drops.item(3)).expect("room");
        },
        || consumer.pop(),
    );
    assert_eq!(drops.count(), 3);
    match popped {
        Ok(item) => seen.outcome(item.number),
        Err(_) => seen.outcome("none"),
    }
    drop((producer, consumer));
    drop(ring);
    assert_eq!(drops.count(), 4);
}

fn a_released_run_frees_its_slots(seen: Seen) {
    let mut ring = turned(|| 0);
    let (mut producer, mut consumer) = ring.split();
    producer.push(1).expect("room");
    producer.push(2).expect("room");
    let (free, ()) = both(
        || {
            let free = producer.free();
            if let Ok(mut run) = producer.reserve(free) {
                for item in 0..free {
                    run.push(item).expect("reserved");
                }
                run.commit();
            }
            free
        },
        || {
            let run = consumer.read_chunk(2).expect("two items");
            assert_eq!(run.as_slices(), (&[1][..], &[2][..]));
            run.release(2);
        },
    );
    seen.outcome(format!("{free} free"));
}

fn pop_each_frees_slot_by_slot(seen: Seen) {
    let mut ring = turned(|| 0);
    let (mut producer, mut consumer) = ring.split();
    producer.push(1).expect("room");
    producer.push(2).expect("room");
    let (free, popped) = both(
        || {
            let free = producer.free();
            for item in 0..free {
                producer.push(item).expect("room");
            }
            free
        },
        || {
            let mut run = consumer.read_chunk(2).expect("two items").pop_each();
            [run.next(), run.next(), run.next()]
        },
    );
    assert_eq!(popped, [Some(1), Some(2), None]);
    seen.outcome(format!("{free} free"));
}

#[allow(unsafe_code)]
fn memory_of_a_run(seen: Seen) {
    let mut ring = turned(|| 0_u32);
    let (mut producer, mut consumer) = ring.split();
    let ((), read) = both(
        || {
            let mut run = producer.reserve(2).expect("room");
            let (first, second) = run.as_uninit();
            first[0].write(1);
            second[0].write(2);
            // SAFETY: both slots have just been written.
            unsafe { run.commit_uninit(2) };
        },
        || match consumer.read_chunk(2) {
            Ok(run) => {
                let items: Vec<u32> = run.pop_each().collect();
                format!("{} {}", items[0], items[1])
            }
            Err(_) => "none".to_string(),
        },
    );
    seen.outcome(read);
}
