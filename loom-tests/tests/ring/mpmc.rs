//! The MPMC ring: hand-over of slots, exact Full and Empty, honest Busy, eviction.
//!
//! An outcome is what the operations of each thread answered, in order, one thread after the other: a push *stored* its item,
//! or the ring was *full* or *busy*; a pop, or a push with eviction, gave an *item*, or the ring was *empty* or *busy*. Which
//! items came is asserted in every execution: each once, those of one thread in order.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_push_publishes_to_pop` | who pops sees the value whole |
//! | `e2_pop_publishes_to_push` | who pushes overwrites nothing that is being read |
//! | `e3_full_is_exact` | no Full while the others never leave the ring full |
//! | `e4_empty_is_exact*` | no Empty while the others never leave it empty |
//! | `e4_len_beside_push_and_pop` | a third party's `len` never counts what was not there |
//! | `e5_*` | who sees that the ring is closed sees what was done before |
//! | `own_push_is_never_empty_*` | nor Empty after an own push that nobody else has taken |
//! | `own_pop_is_never_full_*` | nor Full after an own pop whose place nobody else has taken |
//! | `pushes_beside_pops_*` | 2 x 2 operations, N = 1 and 2 |
//! | `three_parties` | 2 pushes beside a pop, one slot |
//! | `overwrite_*` | eviction beside pop, push and another eviction: no item lost or doubled, no waiting for a peer |
//! | `drops_each_item_once` | popped, given back or left in the ring: one drop each |

use gimmal_core_loom::channel::mpmc::Channel;
use gimmal_core_loom::error::{Busy, PopError, PushError, TryRecvError};
use gimmal_core_loom::ring::mpmc::Ring;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Drops, Payload, all_three, both};

models! {
    e1_push_publishes_to_pop {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: ["stored | empty", "stored | busy", "stored | item"],
        bound: EXHAUSTIVE,
    }
    e2_pop_publishes_to_push {
        kills: ["ring/mpmc.rs#E2"],
        outcomes: ["full | item", "busy | item", "stored | item"],
        bound: EXHAUSTIVE,
    }
    e3_full_is_exact {
        kills: ["ring/mpmc.rs#E3"],
        outcomes: ["stored, busy, full | stored", "stored, item, stored | stored"],
        bound: 3,
    }
    e4_empty_is_exact {
        kills: ["ring/mpmc.rs#E4"],
        outcomes: ["item, stored, item | item", "item, busy, empty | item"],
        bound: 3,
    }
    e4_empty_is_exact_beside_evictions {
        kills: ["ring/mpmc.rs#E4"],
        outcomes: [
            "stored, item | item", "busy, stored | item", "busy, busy | item",
            "item, stored | item", "item, busy | item", "item, item | item",
        ],
        bound: 3,
    }
    e5_closing_publishes_to_closed {
        kills: ["ring/mpmc.rs#E5"],
        outcomes: ["empty", "closed"],
        bound: EXHAUSTIVE,
    }
    e5_closing_publishes_to_is_closed {
        kills: ["ring/mpmc.rs#E5"],
        outcomes: ["open", "closed"],
        bound: EXHAUSTIVE,
    }
    own_push_is_never_empty_one_slot {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: [
            "stored, empty | full, item", "stored, item | stored, item",
            "stored, item | busy, empty", "stored, item | full, busy",
            "stored, item | full, empty", "busy, empty | stored, item",
            "full, busy | stored, item", "full, empty | stored, item",
            "full, item | stored, empty",
        ],
        bound: 3,
    }
    own_push_is_never_empty_two_slots {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: [
            "stored, busy | stored, item", "stored, item | stored, busy",
            "stored, item | stored, item",
        ],
        bound: 3,
    }
    own_pop_is_never_full_one_slot {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: [
            "busy, full | item, stored", "empty, stored | item, full",
            "empty, busy | item, stored", "empty, full | item, stored",
            "item, stored | busy, full", "item, stored | empty, busy",
            "item, stored | empty, full", "item, stored | item, stored",
            "item, full | empty, stored",
        ],
        bound: 3,
    }
    own_pop_is_never_full_two_slots {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: [
            "item, stored | item, stored", "item, stored | item, busy",
            "item, busy | item, stored",
        ],
        bound: 3,
    }
    e4_len_beside_push_and_pop {
        kills: ["ring/mpmc.rs#E4"],
        outcomes: ["0", "1"],
        bound: 3,
    }
    pushes_beside_pops_one_slot {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: [
            "stored, stored | busy, item", "stored, stored | empty, item",
            "stored, stored | item, busy", "stored, stored | item, empty",
            "stored, stored | item, item", "stored, busy | busy, item",
            "stored, busy | empty, item", "stored, busy | item, empty",
            "stored, full | busy, busy", "stored, full | busy, item",
            "stored, full | empty, busy", "stored, full | empty, empty",
            "stored, full | empty, item", "stored, full | item, empty",
        ],
        bound: 3,
    }
    pushes_beside_pops_two_slots {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: [
            "stored, stored | busy, busy", "stored, stored | busy, item",
            "stored, stored | empty, busy", "stored, stored | empty, empty",
            "stored, stored | empty, item", "stored, stored | item, busy",
            "stored, stored | item, empty", "stored, stored | item, item",
        ],
        bound: 3,
    }
    overwrite_beside_pop_one_slot {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: [
            "stored | item, busy", "stored | item, empty", "stored | item, item",
            "busy | item, empty", "item | busy, busy", "item | busy, item",
            "item | empty, busy", "item | empty, empty", "item | empty, item",
            "item | item, empty",
        ],
        bound: 3,
    }
    overwrite_beside_pop_two_slots {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: [
            "stored | item, item", "busy | item, item", "item | item, busy",
            "item | item, empty", "item | item, item",
        ],
        bound: 3,
    }
    overwrite_beside_push_one_slot {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: ["stored | full", "busy | stored", "item | stored"],
        bound: EXHAUSTIVE,
    }
    overwrite_beside_overwrite_one_slot {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: ["stored | busy", "stored | item", "busy | stored", "item | stored"],
        bound: EXHAUSTIVE,
    }
    overwrite_beside_overwrite_two_slots {
        outcomes: ["busy | item", "item | busy", "item | item"],
        bound: 3,
    }
    three_parties {
        outcomes: [
            "stored | stored | item", "stored | busy | item", "stored | full | busy",
            "stored | full | empty", "stored | full | item", "busy | stored | item",
            "full | stored | busy", "full | stored | empty", "full | stored | item",
        ],
    }
    overwrite_beside_push_and_pop {
        outcomes: [
            "stored | busy | item", "stored | full | item", "busy | stored | item",
            "busy | busy | item", "busy | full | item", "item | stored | item",
            "item | busy | item", "item | full | item",
        ],
    }
    drops_each_item_once {
        outcomes: ["0 popped", "1 popped"],
        bound: EXHAUSTIVE,
    }
}

/// What is done to a ring.
#[derive(Clone, Copy)]
enum Op {
    Push,
    Overwrite,
    Pop,
}
use Op::{Overwrite, Pop, Push};

/// What one operation answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The ring took the item.
    Stored,
    /// It gave one: the item popped, or the one that had to make room.
    Item,
    Full,
    Empty,
    Busy,
}

/// What the operations of one thread answered, and which items came out of them.
#[derive(Default)]
struct Answers {
    outcomes: Vec<Outcome>,
    pushed: Vec<u32>,
    popped: Vec<u32>,
}

/// What the models print.
fn words(outcomes: &[Outcome]) -> String {
    let words = outcomes.iter().map(|outcome| format!("{outcome:?}"));
    words.collect::<Vec<_>>().join(", ").to_lowercase()
}

/// Does `ops` one after the other. Items are numbered from `first` on.
fn run<const N: usize>(ring: &Ring<Box<u32>, N>, ops: &[Op], first: u32) -> Answers {
    let mut answers = Answers::default();
    for (item, op) in (first..).zip(ops) {
        let stored = match op {
            Push => match ring.push(Box::new(item)) {
                Ok(()) => Ok(None),
                Err(PushError::Full(back)) => Err((Outcome::Full, back)),
                Err(PushError::Busy(back)) => Err((Outcome::Busy, back)),
            },
            Overwrite => ring
                .push_overwrite(Box::new(item))
                .map_err(|Busy(back)| (Outcome::Busy, back)),
            Pop => {
                answers.outcomes.push(match ring.pop() {
                    Ok(item) => {
                        answers.popped.push(*item);
                        Outcome::Item
                    }
                    Err(PopError::Empty) => Outcome::Empty,
                    Err(PopError::Busy) => Outcome::Busy,
                });
                continue;
            }
        };
        answers.outcomes.push(match stored {
            Ok(oldest) => {
                answers.pushed.push(item);
                let out = oldest.map(|oldest| answers.popped.push(*oldest));
                out.map_or(Outcome::Stored, |()| Outcome::Item)
            }
            Err((why, back)) => {
                assert_eq!(*back, item);
                why
            }
        });
    }
    answers
}

/// Fills a ring of `N` with `filled` items, makes the operations of two threads, and looks whether every item came out once.
fn beside<const N: usize>(seen: Seen, filled: u32, there: &[Op], here: &[Op]) {
    let ring = Ring::<Box<u32>, N>::new();
    // Once round the ring's lap, or half of it: nothing stands where it began.
    assert_eq!(
        run(&ring, &[Push, Pop], 90).outcomes,
        [Outcome::Stored, Outcome::Item]
    );
    let before = run(&ring, &vec![Push; filled as usize], 1);
    let (there, here) = both(|| run(&ring, there, 10), || run(&ring, here, 20));
    let after = run(&ring, &vec![Pop; N + 1], 0);
    assert_eq!(after.outcomes.last(), Some(&Outcome::Empty));
    assert!(!after.outcomes.contains(&Outcome::Busy));
    let mut pushed = [before.pushed, there.pushed, here.pushed].concat();
    let mut popped = [&there.popped[..], &here.popped, &after.popped].concat();
    for part in [&there.popped, &here.popped, &after.popped] {
        for decade in 0..3 {
            let own: Vec<_> = part.iter().filter(|i| *i / 10 == decade).collect();
            assert!(own.is_sorted(), "out of order: {part:?}");
        }
    }
    pushed.sort_unstable();
    popped.sort_unstable();
    assert_eq!(pushed, popped, "each item comes out once");
    seen.outcome(format!(
        "{} | {}",
        words(&there.outcomes),
        words(&here.outcomes)
    ));
}

fn e1_push_publishes_to_pop(seen: Seen) {
    beside::<1>(seen, 0, &[Push], &[Pop]);
}

fn e2_pop_publishes_to_push(seen: Seen) {
    beside::<1>(seen, 1, &[Push], &[Pop]);
}

/// The other thread never leaves more than one item in: what this one pushes always fits.
fn e3_full_is_exact(seen: Seen) {
    beside::<2>(seen, 0, &[Push, Pop, Push], &[Push]);
}

/// The other thread never leaves less than one item in.
fn e4_empty_is_exact(seen: Seen) {
    beside::<2>(seen, 2, &[Pop, Push, Pop], &[Pop]);
}

fn e4_empty_is_exact_beside_evictions(seen: Seen) {
    beside::<2>(seen, 2, &[Overwrite, Overwrite], &[Pop]);
}

/// Only a channel closes its ring.
fn e5_closing_publishes_to_closed(seen: Seen) {
    let (channel, payload) = (Channel::<u32, 1>::new(), Payload::new());
    let ((), received) = both(
        || {
            payload.write(7);
            channel.close();
        },
        || {
            let received = channel.try_recv();
            if received == Err(TryRecvError::Closed) {
                assert_eq!(payload.read(), 7);
            }
            received
        },
    );
    match received {
        Err(TryRecvError::Closed) => seen.outcome("closed"),
        other => {
            assert_eq!(other, Err(TryRecvError::Empty));
            seen.outcome("empty");
        }
    }
}

fn e5_closing_publishes_to_is_closed(seen: Seen) {
    let (channel, payload) = (Channel::<u32, 1>::new(), Payload::new());
    let ((), closed) = both(
        || {
            payload.write(7);
            channel.close();
        },
        || {
            let closed = channel.is_closed();
            if closed {
                assert_eq!(payload.read(), 7);
            }
            closed
        },
    );
    seen.outcome(if closed { "closed" } else { "open" });
}

fn own_push_is_never_empty_one_slot(seen: Seen) {
    beside::<1>(seen, 0, &[Push, Pop], &[Push, Pop]);
}

fn own_push_is_never_empty_two_slots(seen: Seen) {
    beside::<2>(seen, 0, &[Push, Pop], &[Push, Pop]);
}

fn own_pop_is_never_full_one_slot(seen: Seen) {
    beside::<1>(seen, 1, &[Pop, Push], &[Pop, Push]);
}

fn own_pop_is_never_full_two_slots(seen: Seen) {
    beside::<2>(seen, 2, &[Pop, Push], &[Pop, Push]);
}

fn pushes_beside_pops_one_slot(seen: Seen) {
    beside::<1>(seen, 0, &[Push, Push], &[Pop, Pop]);
}

fn pushes_beside_pops_two_slots(seen: Seen) {
    beside::<2>(seen, 0, &[Push, Push], &[Pop, Pop]);
}

fn overwrite_beside_pop_one_slot(seen: Seen) {
    beside::<1>(seen, 1, &[Overwrite], &[Pop, Pop]);
}

fn overwrite_beside_pop_two_slots(seen: Seen) {
    beside::<2>(seen, 2, &[Overwrite], &[Pop, Pop]);
}

fn overwrite_beside_push_one_slot(seen: Seen) {
    beside::<1>(seen, 0, &[Overwrite], &[Push]);
}

fn overwrite_beside_overwrite_one_slot(seen: Seen) {
    beside::<1>(seen, 0, &[Overwrite], &[Overwrite]);
}

fn overwrite_beside_overwrite_two_slots(seen: Seen) {
    beside::<2>(seen, 2, &[Overwrite], &[Overwrite]);
}

/// Head and tail of different laps: a new head with an old tail would count 2.
fn e4_len_beside_push_and_pop(seen: Seen) {
    let ring = Ring::<u32, 2>::new();
    ring.push(1).expect("room");
    ring.pop().expect("an item");
    let (_, _, len) = all_three(
        || ring.push(2).expect("room"),
        || ring.pop().is_ok(),
        || ring.len(),
    );
    seen.outcome(len);
}

/// Two push, one pops: one slot.
fn three_parties(seen: Seen) {
    let ring = Ring::<Box<u32>, 1>::new();
    let (a, b, c) = all_three(
        || run(&ring, &[Push], 10),
        || run(&ring, &[Push], 20),
        || run(&ring, &[Pop], 0),
    );
    let left = run(&ring, &[Pop, Pop], 0);
    assert_eq!(
        a.pushed.len() + b.pushed.len(),
        c.popped.len() + left.popped.len()
    );
    assert!([&a, &b].iter().any(|one| one.outcomes == [Outcome::Stored]));
    seen.outcome(format!(
        "{} | {} | {}",
        words(&a.outcomes),
        words(&b.outcomes),
        words(&c.outcomes)
    ));
}

fn overwrite_beside_push_and_pop(seen: Seen) {
    let ring = Ring::<Box<u32>, 2>::new();
    assert_eq!(run(&ring, &[Push, Push], 0).outcomes, [Outcome::Stored; 2]);
    let (a, b, c) = all_three(
        || run(&ring, &[Overwrite], 10),
        || run(&ring, &[Push], 20),
        || run(&ring, &[Pop], 0),
    );
    let left = run(&ring, &[Pop, Pop, Pop], 0);
    let mut out = [c.popped, a.popped, left.popped].concat();
    let mut all = [vec![0, 1], a.pushed, b.pushed].concat();
    out.sort_unstable();
    all.sort_unstable();
    assert_eq!(out, all, "each item comes out once");
    seen.outcome(format!(
        "{} | {} | {}",
        words(&a.outcomes),
        words(&b.outcomes),
        words(&c.outcomes)
    ));
}

fn drops_each_item_once(seen: Seen) {
    let drops = Drops::new();
    let ring = Ring::<_, 2>::new();
    let ((), popped) = both(
        || {
            assert!(ring.push(drops.item(1)).is_ok());
            assert!(ring.push(drops.item(2)).is_ok());
        },
        || usize::from(ring.pop().is_ok()),
    );
    assert_eq!(drops.count(), popped);
    drop(ring);
    assert_eq!(drops.count(), 2);
    seen.outcome(format!("{popped} popped"));
}
