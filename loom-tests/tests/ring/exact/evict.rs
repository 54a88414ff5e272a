//! Eviction: one step for everybody. What an outcome is: see `protocol.rs`.

use crate::harness::{Seen, models};
use crate::support::both;

use super::{History, Op, Overwrite, Pop, Push, rest, ring_of, run, words};

models! {
    e1_push_publishes_to_overwrite {
        kills: ["ring/exact/protocol.rs#E1"],
        outcomes: ["full | stored", "stored | 1"],
        bound: 3,
    }
    e2_an_overwrite_finds_its_cell {
        kills: ["ring/exact/protocol.rs#E2"],
        outcomes: [
            "1 | stored, 3, stored, 2", "2 | stored, 1, stored, 3", "stored | full, 3, stored, 2",
            "stored | stored, 1, full, 3", "stored | stored, 1, stored, 2",
        ],
        bound: 2,
    }
    overwrite_beside_pop_one_slot {
        outcomes: ["1 | 2", "stored | 1"],
        bound: 3,
    }
    overwrite_beside_pops_two_slots {
        outcomes: ["1 | 2, 3", "stored | 1, 2"],
        bound: 3,
    }
    overwrites_beside_pops_one_slot {
        outcomes: [
            "1, 2 | 3, empty", "1, stored | 2, 3", "1, stored | 2, empty", "stored, 2 | 1, 3",
            "stored, 2 | 1, empty", "stored, stored | 1, 2",
        ],
        bound: 3,
    }
    overwrite_beside_overwrite {
        outcomes: ["1 | 2", "2 | 1"],
        bound: 2,
    }
    overwrite_beside_push_and_pop {
        outcomes: [
            "1, 2 | 3, stored", "1, 3 | 2, stored", "2, 4 | 1, stored", "stored, 2 | 1, full",
            "stored, 2 | 1, stored",
        ],
        bound: 2,
    }
}

fn beside<const N: usize>(seen: Seen, items: &[u32], there: &[Op], here: &[Op]) {
    let ring = ring_of::<N, 2>(items);
    let (a, b) = both(|| run(&ring, there), || run(&ring, here));
    History {
        capacity: N,
        threads: &[(there, &a), (here, &b)],
        rest: &rest(&ring),
    }
    .check(items);
    seen.outcome(format!("{} | {}", words(&a), words(&b)));
}

fn e1_push_publishes_to_overwrite(seen: Seen) {
    beside::<1>(seen, &[], &[Push(1)], &[Overwrite(2)]);
}

/// The cell has been used twice meanwhile: an old one of it would be two laps behind.
fn e2_an_overwrite_finds_its_cell(seen: Seen) {
    beside::<1>(seen, &[], &[Overwrite(3)], &[Push(1), Pop, Push(2), Pop]);
}

fn overwrite_beside_pop_one_slot(seen: Seen) {
    beside::<1>(seen, &[1], &[Overwrite(2)], &[Pop]);
}

fn overwrite_beside_pops_two_slots(seen: Seen) {
    beside::<2>(seen, &[1, 2], &[Overwrite(3)], &[Pop, Pop]);
}

fn overwrites_beside_pops_one_slot(seen: Seen) {
    beside::<1>(seen, &[1], &[Overwrite(2), Overwrite(3)], &[Pop, Pop]);
}

fn overwrite_beside_overwrite(seen: Seen) {
    beside::<2>(seen, &[1, 2], &[Overwrite(3)], &[Overwrite(4)]);
}

fn overwrite_beside_push_and_pop(seen: Seen) {
    beside::<2>(seen, &[1, 2], &[Overwrite(3), Pop], &[Pop, Push(4)]);
}
