//! The SPSC ring: publication both ways, exact Full and Empty, the handles' change of hands.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_push_publishes_to_pop` | who pops sees the value whole, or the ring empty |
//! | `e2_pop_publishes_to_push` | who pushes into a full ring overwrites nothing that is being read |
//! | `e3_*` | who splits again has seen all that the old handles did, whichever was dropped last |
//! | `len_*` | a third party's `len` never leaves `0..=capacity` |
//! | `exact_*` | 2 pushes beside 2 pops: Full and Empty only where they are true, items in order, N = 1 and 2 |
//! | `drops_each_item_once` | popped, given back or left in the ring: one drop each |
//! | `peek_holds_the_slot` | an item that is looked at is not overwritten |

use gimmal_core_loom::ring::spsc::{Consumer, Producer, Ring};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Drops, all_three, both};

models! {
    e1_push_publishes_to_pop {
        kills: ["ring/spsc/protocol.rs#E1"],
        outcomes: ["empty", "7"],
        bound: EXHAUSTIVE,
    }
    e2_pop_publishes_to_push {
        kills: ["ring/spsc/protocol.rs#E2"],
        outcomes: ["full, 7, empty", "pushed, 7, 8", "pushed, 7, empty"],
        bound: EXHAUSTIVE,
    }
    e3_split_after_producer_dropped_last {
        kills: ["ring/spsc/protocol.rs#E3"],
        outcomes: ["refused", "7 then 8"],
        bound: EXHAUSTIVE,
    }
    e3_split_after_consumer_dropped_last {
        kills: ["ring/spsc/protocol.rs#E3"],
        outcomes: ["refused", "empty then 8"],
        bound: EXHAUSTIVE,
    }
    len_beside_push_and_pop {
        outcomes: ["1", "2"],
        bound: 3,
    }
    len_from_full_beside_push_and_pop {
        outcomes: ["0", "1"],
        bound: 3,
    }
    exact_one_slot {
        kills: ["ring/spsc/protocol.rs#E1", "ring/spsc/protocol.rs#E2"],
        outcomes: [
            "pushed, full | empty, empty", "pushed, full | 1, empty", "pushed, full | empty, 1",
            "pushed, pushed | 1, empty", "pushed, pushed | empty, 1", "pushed, pushed | 1, 2",
        ],
        bound: EXHAUSTIVE,
    }
    exact_two_slots {
        kills: ["ring/spsc/protocol.rs#E1"],
        outcomes: ["pushed, pushed | empty, empty", "pushed, pushed | 1, empty", "pushed, pushed | empty, 1", "pushed, pushed | 1, 2"],
        bound: EXHAUSTIVE,
    }
    exact_two_slots_from_full {
        kills: ["ring/spsc/protocol.rs#E2"],
        outcomes: ["full, full | 1, 2", "pushed, full | 1, 2", "full, pushed | 1, 2", "pushed, pushed | 1, 2"],
        bound: EXHAUSTIVE,
    }
    drops_each_item_once {
        outcomes: ["0 popped", "1 popped"],
        bound: EXHAUSTIVE,
    }
    peek_holds_the_slot {
        kills: ["ring/spsc/protocol.rs#E2"],
        outcomes: ["full", "pushed"],
        bound: EXHAUSTIVE,
    }
}

fn push<const N: usize>(producer: &mut Producer<'_, u32, N>, item: u32) -> &'static str {
    match producer.push(item) {
        Ok(()) => "pushed",
        Err(full) => {
            assert_eq!(full.0, item);
            "full"
        }
    }
}

fn pop<const N: usize>(consumer: &mut Consumer<'_, u32, N>) -> String {
    consumer
        .pop()
        .map_or("empty".to_string(), |item| item.to_string())
}

fn e1_push_publishes_to_pop(seen: Seen) {
    let mut ring = Ring::<Box<u32>, 1>::new();
    let (mut producer, mut consumer) = ring.split();
    let ((), popped) = both(
        move || producer.push(Box::new(7)).expect("room"),
        || consumer.pop(),
    );
    match popped {
        Ok(item) => seen.outcome(item),
        Err(_) => seen.outcome("empty"),
    }
}

fn e2_pop_publishes_to_push(seen: Seen) {
    let mut ring = Ring::<u32, 1>::new();
    let (mut producer, mut consumer) = ring.split();
    producer.push(7).expect("room");
    let (pushed, (first, second)) = both(
        || match producer.push(8) {
            Ok(()) => "pushed",
            Err(_) => "full",
        },
        || {
            let first = consumer.pop().expect("an item");
            let second = consumer.pop();
            (first, second)
        },
    );
    let second = second.map_or("empty".to_string(), |item| item.to_string());
    seen.outcome(format!("{pushed}, {first}, {second}"));
}

/// The other thread pushes and lets go; this one has let go of the consumer before.
fn e3_split_after_producer_dropped_last(seen: Seen) {
    let ring = Ring::<u32, 2>::new();
    let (mut producer, consumer) = ring.try_split().expect("free");
    drop(consumer);
    let ((), outcome) = both(
        move || {
            producer.push(7).expect("room");
        },
        || {
            let Some((mut producer, mut consumer)) = ring.try_split() else {
                return "refused".to_string();
            };
            producer.push(8).expect("room");
            format!("{} then {}", pop(&mut consumer), pop(&mut consumer))
        },
    );
    seen.outcome(outcome);
}

/// The other thread pops and lets go; this one has let go of the producer before.
fn e3_split_after_consumer_dropped_last(seen: Seen) {
    let ring = Ring::<u32, 1>::new();
    let (mut producer, mut consumer) = ring.try_split().expect("free");
    producer.push(7).expect("room");
    drop(producer);
    let ((), outcome) = both(
        move || {
            assert_eq!(consumer.pop(), Ok(7));
        },
        || {
            let Some((mut producer, mut consumer)) = ring.try_split() else {
                return "refused".to_string();
            };
            let first = consumer.pop().map_or("empty", |_| "an item");
            producer.push(8).expect("room");
            format!("{first} then {}", pop(&mut consumer))
        },
    );
    seen.outcome(outcome);
}

/// From 2 of 2 items: a look that combined the old head with the newest tail would count 3.
fn len_beside_push_and_pop(seen: Seen) {
    let ring = Ring::<u32, 2>::new();
    let (mut producer, mut consumer) = ring.try_split().expect("free");
    producer.push(1).expect("room");
    producer.push(2).expect("room");
    let (_, _, len) = all_three(
        || producer.push(3).is_ok(),
        || consumer.pop().expect("an item"),
        || ring.len(),
    );
    seen.outcome(len);
}

/// From an empty ring: a look that combined the newest head with the old tail would count 3 of 2.
fn len_from_full_beside_push_and_pop(seen: Seen) {
    let ring = Ring::<u32, 2>::new();
    let (mut producer, mut consumer) = ring.try_split().expect("free");
    let (_, _, len) = all_three(
        || producer.push(1).expect("room"),
        || consumer.pop().is_ok(),
        || ring.len(),
    );
    seen.outcome(len);
}

fn two_and_two<const N: usize>(seen: Seen, filled: u32) {
    let mut ring = Ring::<u32, N>::new();
    let (mut producer, mut consumer) = ring.split();
    for item in 1..=filled {
        producer.push(item).expect("room");
    }
    let (pushed, popped) = both(
        || {
            [
                push(&mut producer, filled + 1),
                push(&mut producer, filled + 2),
            ]
            .join(", ")
        },
        || [pop(&mut consumer), pop(&mut consumer)].join(", "),
    );
    seen.outcome(format!("{pushed} | {popped}"));
}

fn exact_one_slot(seen: Seen) {
    two_and_two::<1>(seen, 0);
}

fn exact_two_slots(seen: Seen) {
    two_and_two::<2>(seen, 0);
}

fn exact_two_slots_from_full(seen: Seen) {
    two_and_two::<2>(seen, 2);
}

fn drops_each_item_once(seen: Seen) {
    let drops = Drops::new();
    let mut ring = Ring::new();
    let (mut producer, mut consumer) = Ring::<_, 2>::split(&mut ring);
    let (left, popped) = both(
        || {
            let first = producer.push(drops.item(1)).is_ok();
            let second = producer.push(drops.item(2)).is_ok();
            u32::from(first) + u32::from(second)
        },
        || usize::from(consumer.pop().is_ok()),
    );
    assert_eq!(left, 2, "both fit");
    assert_eq!(drops.count(), popped);
    drop((producer, consumer));
    drop(ring);
    assert_eq!(drops.count(), 2);
    seen.outcome(format!("{popped} popped"));
}

fn peek_holds_the_slot(seen: Seen) {
    let mut ring = Ring::<u32, 1>::new();
    let (mut producer, mut consumer) = ring.split();
    producer.push(7).expect("room");
    let (pushed, ()) = both(
        || producer.push(8).is_ok(),
        || {
            assert_eq!(consumer.peek(), Ok(&7));
            assert_eq!(consumer.pop(), Ok(7));
        },
    );
    seen.outcome(if pushed { "pushed" } else { "full" });
}
