//! The slots that nobody holds.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_give_publishes_to_take` | a push overwrites nothing that is being read |
//! | `two_takers_beside_a_giver` | a slot has one owner |
//! | `no_slot_is_busy` | without spare slots a push beside a pop is Busy, and neither Full nor lost |
//! | `drops_each_item_once` | popped, given back or left in the ring: one drop each |

use gimmal_core_loom::error::PushError;
use gimmal_core_loom::ring::exact::Ring;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Drops, all_three, both};

use super::{History, Pop, Push, rest, ring_of, run, words};

models! {
    e1_give_publishes_to_take {
        kills: ["ring/exact/free_list.rs#E1"],
        outcomes: ["1 | busy", "1 | full", "1 | stored"],
        bound: EXHAUSTIVE,
    }
    two_takers_beside_a_giver {
        outcomes: ["full | stored | 1", "stored | full | 1", "stored | stored | 1"],
    }
    no_slot_is_busy {
        outcomes: ["busy", "full", "stored"],
        bound: 3,
    }
    drops_each_item_once {
        outcomes: ["0 popped", "1 popped"],
        bound: EXHAUSTIVE,
    }
}

/// One slot in all.
fn e1_give_publishes_to_take(seen: Seen) {
    let ring = ring_of::<1, 0>(&[1]);
    let (popped, pushed) = both(|| run(&ring, &[Pop]), || run(&ring, &[Push(2)]));
    seen.outcome(format!("{} | {}", words(&popped), words(&pushed)));
}

fn two_takers_beside_a_giver(seen: Seen) {
    let ring = ring_of::<2, 2>(&[1]);
    let ops = [Push(2), Push(3), Pop];
    let (a, b, c) = all_three(
        || run(&ring, &ops[..1]),
        || run(&ring, &ops[1..2]),
        || run(&ring, &ops[2..]),
    );
    History {
        capacity: 2,
        threads: &[(&ops[..1], &a), (&ops[1..2], &b), (&ops[2..], &c)],
        rest: &rest(&ring),
    }
    .check(&[1]);
    seen.outcome(format!("{} | {} | {}", words(&a), words(&b), words(&c)));
}

/// Two places, two slots: while the pop holds one of them there may be room and no slot.
fn no_slot_is_busy(seen: Seen) {
    let ring = Ring::<u32, 2, 0>::new();
    assert_eq!((ring.push(1), ring.push(2)), (Ok(()), Ok(())));
    let (popped, pushed) = both(|| ring.pop(), || ring.push(3));
    assert_eq!(popped, Ok(1));
    let left: Vec<u32> = std::iter::from_fn(|| ring.pop().ok()).collect();
    let (word, wanted) = match pushed {
        Ok(()) => ("stored", &[2, 3][..]),
        Err(PushError::Full(3)) => ("full", &[2][..]),
        Err(PushError::Busy(3)) => ("busy", &[2][..]),
        Err(other) => panic!("gives back another value: {other:?}"),
    };
    assert_eq!(left, wanted);
    seen.outcome(word);
}

fn drops_each_item_once(seen: Seen) {
    let drops = Drops::default();
    let ring = Ring::<_, 1, 1>::new();
    let (popped, _) = both(
        || ring.pop().is_ok(),
        || {
            (
                ring.push(drops.item(1)).is_ok(),
                ring.push(drops.item(2)).is_ok(),
            )
        },
    );
    drop(ring);
    assert_eq!(drops.count(), 2);
    seen.outcome(format!("{} popped", usize::from(popped)));
}
