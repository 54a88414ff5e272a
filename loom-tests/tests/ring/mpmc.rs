//! The MPMC ring: hand-over of slots, exact Full and Empty, honest Busy, eviction.
//!
//! An outcome is what the operations of each thread said, in order: a push `+` done, `F` full, `B` busy; a pop `o` an item,
//! `E` empty, `B` busy. Which items came is asserted in every execution: each once, those of one thread in order.
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
        outcomes: ["+ E", "+ B", "+ o"],
        bound: EXHAUSTIVE,
    }
    e2_pop_publishes_to_push {
        kills: ["ring/mpmc.rs#E2"],
        outcomes: ["F o", "B o", "+ o"],
        bound: EXHAUSTIVE,
    }
    e3_full_is_exact {
        kills: ["ring/mpmc.rs#E3"],
        outcomes: ["+BF +", "+o+ +"],
        bound: 3,
    }
    e4_empty_is_exact {
        kills: ["ring/mpmc.rs#E4"],
        outcomes: ["o+o o", "oBE o"],
        bound: 3,
    }
    e4_empty_is_exact_beside_evictions {
        kills: ["ring/mpmc.rs#E4"],
        outcomes: ["+o o", "B+ o", "BB o", "o+ o", "oB o", "oo o"],
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
        outcomes: ["+E Fo", "+o +o", "+o BE", "+o FB", "+o FE", "BE +o", "FB +o", "FE +o", "Fo +E"],
        bound: 3,
    }
    own_push_is_never_empty_two_slots {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: ["+B +o", "+o +B", "+o +o"],
        bound: 3,
    }
    own_pop_is_never_full_one_slot {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: ["BF o+", "E+ oF", "EB o+", "EF o+", "o+ BF", "o+ EB", "o+ EF", "o+ o+", "oF E+"],
        bound: 3,
    }
    own_pop_is_never_full_two_slots {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: ["o+ o+", "o+ oB", "oB o+"],
        bound: 3,
    }
    e4_len_beside_push_and_pop {
        kills: ["ring/mpmc.rs#E4"],
        outcomes: ["0", "1"],
        bound: 3,
    }
    pushes_beside_pops_one_slot {
        kills: ["ring/mpmc.rs#E1", "ring/mpmc.rs#E2"],
        outcomes: ["++ Bo", "++ Eo", "++ oB", "++ oE", "++ oo", "+B Bo", "+B Eo", "+B oE", "+F BB", "+F Bo", "+F EB", "+F EE", "+F Eo", "+F oE"],
        bound: 3,
    }
    pushes_beside_pops_two_slots {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: ["++ BB", "++ Bo", "++ EB", "++ EE", "++ Eo", "++ oB", "++ oE", "++ oo"],
        bound: 3,
    }
    overwrite_beside_pop_one_slot {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: ["+ oB", "+ oE", "+ oo", "B oE", "o BB", "o Bo", "o EB", "o EE", "o Eo", "o oE"],
        bound: 3,
    }
    overwrite_beside_pop_two_slots {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: ["+ oo", "B oo", "o oB", "o oE", "o oo"],
        bound: 3,
    }
    overwrite_beside_push_one_slot {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: ["+ F", "B +", "o +"],
        bound: EXHAUSTIVE,
    }
    overwrite_beside_overwrite_one_slot {
        kills: ["ring/mpmc.rs#E1"],
        outcomes: ["+ B", "+ o", "B +", "o +"],
        bound: EXHAUSTIVE,
    }
    overwrite_beside_overwrite_two_slots {
        outcomes: ["B o", "o B", "o o"],
        bound: 3,
    }
    three_parties { outcomes: ["+ + o", "+ B o", "+ F B", "+ F E", "+ F o", "B + o", "F + B", "F + E", "F + o"] }
    overwrite_beside_push_and_pop { outcomes: ["+ B o", "+ F o", "B + o", "B B o", "B F o", "o + o", "o B o", "o F o"] }
    drops_each_item_once {
        outcomes: ["0 popped", "1 popped"],
        bound: EXHAUSTIVE,
    }
}

/// What the operations of one thread said, and which items came out of them.
#[derive(Default)]
struct Said {
    words: String,
    pushed: Vec<u32>,
    popped: Vec<u32>,
}

/// Makes the operations of `script`: `+` push, `-` pop, `!` push with eviction. Items are numbered from `first` on.
fn script<const N: usize>(ring: &Ring<Box<u32>, N>, script: &str, first: u32) -> Said {
    let mut said = Said::default();
    let mut item = first;
    for step in script.chars() {
        let word = match step {
            '+' => match ring.push(Box::new(item)) {
                Ok(()) => '+',
                Err(PushError::Full(back)) => {
                    assert_eq!(*back, item);
                    'F'
                }
                Err(PushError::Busy(back)) => {
                    assert_eq!(*back, item);
                    'B'
                }
            },
            '!' => match ring.push_overwrite(Box::new(item)) {
                Ok(None) => '+',
                Ok(Some(oldest)) => {
                    said.popped.push(*oldest);
                    'o'
                }
                Err(Busy(back)) => {
                    assert_eq!(*back, item);
                    'B'
                }
            },
            _ => match ring.pop() {
                Ok(item) => {
                    said.popped.push(*item);
                    'o'
                }
                Err(PopError::Empty) => 'E',
                Err(PopError::Busy) => 'B',
            },
        };
        if step != '-' && word != 'F' && word != 'B' {
            said.pushed.push(item);
        }
        item += u32::from(step != '-');
        said.words.push(word);
    }
    said
}

/// Fills a ring of `N` with `filled` items, makes the operations of two threads, and looks whether every item came out once.
fn beside<const N: usize>(seen: Seen, filled: u32, there: &str, here: &str) {
    let ring = Ring::<Box<u32>, N>::new();
    // Once round the ring's lap, or half of it: nothing stands where it began.
    assert_eq!(script(&ring, "+-", 90).words, "+o");
    let before = script(&ring, &"+".repeat(filled as usize), 1);
    let (there, here) = both(|| script(&ring, there, 10), || script(&ring, here, 20));
    let after = script(&ring, &"-".repeat(N + 1), 0);
    assert!(after.words.ends_with('E') && !after.words.contains('B'));
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
    seen.outcome(format!("{} {}", there.words, here.words));
}

fn e1_push_publishes_to_pop(seen: Seen) {
    beside::<1>(seen, 0, "+", "-");
}

fn e2_pop_publishes_to_push(seen: Seen) {
    beside::<1>(seen, 1, "+", "-");
}

/// The other thread never leaves more than one item in: what this one pushes always fits.
fn e3_full_is_exact(seen: Seen) {
    beside::<2>(seen, 0, "+-+", "+");
}

/// The other thread never leaves less than one item in.
fn e4_empty_is_exact(seen: Seen) {
    beside::<2>(seen, 2, "-+-", "-");
}

fn e4_empty_is_exact_beside_evictions(seen: Seen) {
    beside::<2>(seen, 2, "!!", "-");
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
    beside::<1>(seen, 0, "+-", "+-");
}

fn own_push_is_never_empty_two_slots(seen: Seen) {
    beside::<2>(seen, 0, "+-", "+-");
}

fn own_pop_is_never_full_one_slot(seen: Seen) {
    beside::<1>(seen, 1, "-+", "-+");
}

fn own_pop_is_never_full_two_slots(seen: Seen) {
    beside::<2>(seen, 2, "-+", "-+");
}

fn pushes_beside_pops_one_slot(seen: Seen) {
    beside::<1>(seen, 0, "++", "--");
}

fn pushes_beside_pops_two_slots(seen: Seen) {
    beside::<2>(seen, 0, "++", "--");
}

fn overwrite_beside_pop_one_slot(seen: Seen) {
    beside::<1>(seen, 1, "!", "--");
}

fn overwrite_beside_pop_two_slots(seen: Seen) {
    beside::<2>(seen, 2, "!", "--");
}

fn overwrite_beside_push_one_slot(seen: Seen) {
    beside::<1>(seen, 0, "!", "+");
}

fn overwrite_beside_overwrite_one_slot(seen: Seen) {
    beside::<1>(seen, 0, "!", "!");
}

fn overwrite_beside_overwrite_two_slots(seen: Seen) {
    beside::<2>(seen, 2, "!", "!");
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
        || script(&ring, "+", 10),
        || script(&ring, "+", 20),
        || script(&ring, "-", 0),
    );
    let left = script(&ring, "--", 0);
    assert_eq!(
        a.pushed.len() + b.pushed.len(),
        c.popped.len() + left.popped.len()
    );
    assert!(a.words == "+" || b.words == "+");
    seen.outcome(format!("{} {} {}", a.words, b.words, c.words));
}

fn overwrite_beside_push_and_pop(seen: Seen) {
    let ring = Ring::<Box<u32>, 2>::new();
    assert_eq!(script(&ring, "++", 0).words, "++");
    let (a, b, c) = all_three(
        || script(&ring, "!", 10),
        || script(&ring, "+", 20),
        || script(&ring, "-", 0),
    );
    let left = script(&ring, "---", 0);
    let mut out = [c.popped, a.popped, left.popped].concat();
    let mut all = [vec![0, 1], a.pushed, b.pushed].concat();
    out.sort_unstable();
    all.sort_unstable();
    assert_eq!(out, all, "each item comes out once");
    seen.outcome(format!("{} {} {}", a.words, b.words, c.words));
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
