//! Runs of the MPMC ring: several positions by one claim.
//!
//! An outcome is what the operation of each thread answered: a run says how many items it moved. Which items came is asserted
//! in every execution: each once, those of one run in order and as neighbours.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_run_publishes_to_pop_run` | who pops a run sees each value whole |
//! | `e2_pop_run_publishes_to_run` | who pushes a run overwrites nothing that is being read |
//! | `run_beside_pop`, `pop_run_beside_push` | a run ends where the slots are not its own |
//! | `run_beside_push`, `pop_run_beside_pop` | runs and single operations claim different positions |
//! | `run_beside_run`, `pop_run_beside_pop_run` | so do two runs |
//! | `pop_run_beside_overwrite`, `run_beside_overwrite` | eviction takes part |
//! | `run_and_pop_run_beside_push_and_pop` | 2 x 2 operations |

use gimmal_core_loom::error::{Busy, PopError, PushError};
use gimmal_core_loom::ring::mpmc::Ring;

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::both;

models! {
    e1_run_publishes_to_pop_run {
        kills: ["ring/runs.rs#E1"],
        outcomes: ["2 in | 1 out", "2 in | 2 out", "2 in | busy", "2 in | empty"],
        bound: EXHAUSTIVE,
    }
    e2_pop_run_publishes_to_run {
        kills: ["ring/runs.rs#E2"],
        outcomes: ["2 out | 1 in", "2 out | 2 in", "2 out | busy", "2 out | full"],
        bound: EXHAUSTIVE,
    }
    run_beside_pop {
        kills: ["step:free-slots-only"],
        outcomes: ["1 in | 1 out", "2 in | 1 out"],
        bound: EXHAUSTIVE,
    }
    pop_run_beside_push {
        kills: ["step:filled-slots-only"],
        outcomes: ["1 out | 1 in", "2 out | 1 in"],
        bound: EXHAUSTIVE,
    }
    run_beside_push {
        outcomes: ["1 in | 1 in; 1 in", "2 in | 1 in; full"],
        bound: 3,
    }
    pop_run_beside_pop {
        outcomes: ["1 out | 1 out; 1 out", "2 out | 1 out; empty"],
        bound: 3,
    }
    run_beside_run {
        outcomes: ["1 in | 2 in", "2 in | 1 in"],
        bound: 3,
    }
    pop_run_beside_pop_run {
        outcomes: ["1 out | 2 out", "2 out | 1 out"],
        bound: 3,
    }
    pop_run_beside_overwrite {
        outcomes: ["1 out | 1 in, 1 out", "2 out | 1 in", "2 out | 1 in, 1 out", "2 out | busy"],
        bound: 3,
    }
    run_beside_overwrite {
        outcomes: ["1 in | 1 in, 1 out", "full | 1 in"],
        bound: 3,
    }
    run_and_pop_run_beside_push_and_pop {
        outcomes: [
            "1 in; 1 out | full; 1 out", "1 in; 2 out | 1 in; 1 out",
            "1 in; 2 out | busy; empty", "1 in; 2 out | full; empty",
            "busy; 1 out | 1 in; 1 out", "full; 1 out | 1 in; 1 out",
            "full; 2 out | 1 in; empty",
        ],
        bound: 3,
    }
}

/// What is done to a ring.
#[derive(Clone, Copy)]
enum Op {
    Push,
    Pop,
    Overwrite,
    /// So many items.
    Run(u32),
    /// So many places.
    PopRun(usize),
}
use Op::{Overwrite, Pop, PopRun, Push, Run};

/// What the operations of one thread answered, and which items went in and came out.
#[derive(Default)]
struct Answers {
    words: Vec<String>,
    pushed: Vec<u32>,
    popped: Vec<u32>,
}

/// Does `ops` one after the other. Items are numbered from `first` on.
fn run<const N: usize>(ring: &Ring<u32, N>, ops: &[Op], first: u32) -> Answers {
    let mut answers = Answers::default();
    let mut next = first;
    for op in ops {
        let before = (answers.pushed.len(), answers.popped.len());
        let refused = match *op {
            Push => match ring.push(next) {
                Ok(()) => {
                    answers.pushed.push(next);
                    None
                }
                Err(PushError::Full(_)) => Some("full"),
                Err(PushError::Busy(_)) => Some("busy"),
            },
            Overwrite => match ring.push_overwrite(next) {
                Ok(evicted) => {
                    answers.pushed.push(next);
                    answers.popped.extend(evicted);
                    None
                }
                Err(Busy(_)) => Some("busy"),
            },
            Run(n) => {
                let items: Vec<u32> = (next..next + n).collect();
                match ring.push_run(&items) {
                    Ok(n) => {
                        answers.pushed.extend(&items[..n]);
                        None
                    }
                    Err(PushError::Full(())) => Some("full"),
                    Err(PushError::Busy(())) => Some("busy"),
                }
            }
            Pop => match ring.pop() {
                Ok(item) => {
                    answers.popped.push(item);
                    None
                }
                Err(PopError::Empty) => Some("empty"),
                Err(PopError::Busy) => Some("busy"),
            },
            PopRun(n) => {
                let mut out = vec![0; n];
                match ring.pop_run(&mut out) {
                    Ok(n) => {
                        assert!(out[n..].iter().all(|place| *place == 0));
                        answers.popped.extend(&out[..n]);
                        None
                    }
                    Err(PopError::Empty) => Some("empty"),
                    Err(PopError::Busy) => Some("busy"),
                }
            }
        };
        next += 4;
        let moved = match (
            answers.pushed.len() - before.0,
            answers.popped.len() - before.1,
        ) {
            (pushed, 0) => format!("{pushed} in"),
            (0, popped) => format!("{popped} out"),
            (pushed, popped) => format!("{pushed} in, {popped} out"),
        };
        answers.words.push(refused.map_or(moved, str::to_owned));
    }
    answers
}

/// Fills a ring of `N` with `filled` items, makes the operations of two threads, and looks whether every item came out once,
/// those of one thread in order.
fn beside<const N: usize>(seen: Seen, filled: u32, there: &[Op], here: &[Op]) {
    let ring = Ring::<u32, N>::new();
    // Nothing stands where it began: a run goes across the end.
    assert_eq!(run(&ring, &[Push, Pop], 90).words, ["1 in", "1 out"]);
    let before = run(&ring, &vec![Push; filled as usize], 1);
    let (there, here) = both(|| run(&ring, there, 100), || run(&ring, here, 200));
    let mut rest = Vec::new();
    while let Ok(item) = ring.pop() {
        rest.push(item);
    }
    assert_eq!(ring.pop(), Err(PopError::Empty));
    let mut pushed = [before.pushed, there.pushed, here.pushed].concat();
    let mut popped = [&there.popped[..], &here.popped, &rest].concat();
    for part in [&there.popped, &here.popped, &rest] {
        for hundred in 0..3 {
            let own: Vec<_> = part.iter().filter(|i| *i / 100 == hundred).collect();
            assert!(own.is_sorted(), "out of order: {part:?}");
        }
    }
    pushed.sort_unstable();
    popped.sort_unstable();
    assert_eq!(pushed, popped, "each item comes out once");
    seen.outcome(format!(
        "{} | {}",
        there.words.join("; "),
        here.words.join("; ")
    ));
}

fn e1_run_publishes_to_pop_run(seen: Seen) {
    beside::<2>(seen, 0, &[Run(2)], &[PopRun(2)]);
}

fn e2_pop_run_publishes_to_run(seen: Seen) {
    beside::<2>(seen, 2, &[PopRun(2)], &[Run(2)]);
}

fn run_beside_pop(seen: Seen) {
    beside::<2>(seen, 1, &[Run(2)], &[Pop]);
}

fn pop_run_beside_push(seen: Seen) {
    beside::<2>(seen, 1, &[PopRun(2)], &[Push]);
}

fn run_beside_push(seen: Seen) {
    beside::<3>(seen, 0, &[Run(2)], &[Push, Push]);
}

fn pop_run_beside_pop(seen: Seen) {
    beside::<3>(seen, 3, &[PopRun(2)], &[Pop, Pop]);
}

fn run_beside_run(seen: Seen) {
    beside::<3>(seen, 0, &[Run(2)], &[Run(2)]);
}

fn pop_run_beside_pop_run(seen: Seen) {
    beside::<3>(seen, 3, &[PopRun(2)], &[PopRun(2)]);
}

fn pop_run_beside_overwrite(seen: Seen) {
    beside::<2>(seen, 2, &[PopRun(2)], &[Overwrite]);
}

fn run_beside_overwrite(seen: Seen) {
    beside::<2>(seen, 1, &[Run(2)], &[Overwrite]);
}

fn run_and_pop_run_beside_push_and_pop(seen: Seen) {
    beside::<2>(seen, 1, &[Run(2), PopRun(2)], &[Push, Pop]);
}
