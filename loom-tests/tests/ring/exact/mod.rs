//! Models of the exact ring, and what they compare it with.
//!
//! What the threads of a model got must be what some order of their operations gives, one after the other, on a plain queue
//! of the ring's capacity: each thread's own operations in their order, and every item as it is. So an answer that is not
//! linearizable fails the model, whichever it is. The table of outcomes says which of the legal ones are reached.

pub(crate) mod evict;
pub(crate) mod free_list;
pub(crate) mod protocol;

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use gimmal_core_loom::error::{Busy, Empty, PushError};
use gimmal_core_loom::ring::exact::Ring;
use gimmal_core_loom::test_hooks::set_stop_hook;

/// What is done to a ring.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Push(u32),
    Overwrite(u32),
    Pop,
}
pub(crate) use Op::{Overwrite, Pop, Push};

/// What one operation answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Stored,
    /// The item popped, or the one that had to make room.
    Item(u32),
    Full,
    Empty,
    /// In no order of the operations: the models have spare slots for all their threads.
    Busy,
}

/// What the models print.
pub(crate) fn words(answers: &[Answer]) -> String {
    let words = answers.iter().map(|answer| match answer {
        Answer::Item(item) => item.to_string(),
        other => format!("{other:?}").to_lowercase(),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Does the operations one after the other.
pub(crate) fn run<const N: usize, const SPARE: usize>(
    ring: &Ring<Box<u32>, N, SPARE>,
    ops: &[Op],
) -> Vec<Answer> {
    ops.iter().map(|op| one(ring, *op)).collect()
}

fn one<const N: usize, const SPARE: usize>(ring: &Ring<Box<u32>, N, SPARE>, op: Op) -> Answer {
    match op {
        Push(item) => match ring.push(Box::new(item)) {
            Ok(()) => Answer::Stored,
            Err(PushError::Full(back)) => given_back(item, *back, Answer::Full),
            Err(PushError::Busy(back)) => given_back(item, *back, Answer::Busy),
        },
        Overwrite(item) => match ring.push_overwrite(Box::new(item)) {
            Ok(None) => Answer::Stored,
            Ok(Some(oldest)) => Answer::Item(*oldest),
            Err(Busy(back)) => given_back(item, *back, Answer::Busy),
        },
        Pop => match ring.pop() {
            Ok(item) => Answer::Item(*item),
            Err(Empty) => Answer::Empty,
        },
    }
}

fn given_back(item: u32, back: u32, answer: Answer) -> Answer {
    assert_eq!(item, back);
    answer
}

/// What is left in a ring that nobody else uses: as much as it says. (One that is broken might be popped for ever.)
pub(crate) fn rest<const N: usize, const SPARE: usize>(
    ring: &Ring<Box<u32>, N, SPARE>,
) -> Vec<u32> {
    let pops = (0..ring.len()).map_while(|_| ring.pop().ok());
    pops.map(|item| *item).collect()
}

/// What is left in a ring in which somebody was stopped: its length may be one behind.
pub(crate) fn rest_after_stop<const N: usize, const SPARE: usize>(
    ring: &Ring<Box<u32>, N, SPARE>,
) -> Vec<u32> {
    std::iter::from_fn(|| ring.pop().ok().map(|item| *item)).collect()
}

/// A ring that has gone round half a lap and holds `items`.
pub(crate) fn ring_of<const N: usize, const SPARE: usize>(
    items: &[u32],
) -> Ring<Box<u32>, N, SPARE> {
    let ring = Ring::new();
    assert_eq!(
        run(&ring, &[Push(99), Pop]),
        [Answer::Stored, Answer::Item(99)]
    );
    for item in items {
        assert_eq!(run(&ring, &[Push(*item)]), [Answer::Stored]);
    }
    ring
}

/// The plain queue.
fn plain(queue: &mut VecDeque<u32>, capacity: usize, op: Op) -> Answer {
    let full = queue.len() == capacity;
    match op {
        Push(_) if full => Answer::Full,
        Push(item) => {
            queue.push_back(item);
            Answer::Stored
        }
        Overwrite(item) => {
            let oldest = if full { queue.pop_front() } else { None };
            queue.push_back(item);
            oldest.map_or(Answer::Stored, Answer::Item)
        }
        Pop => queue.pop_front().map_or(Answer::Empty, Answer::Item),
    }
}

/// What the threads did, and what they got.
pub(crate) struct History<'h> {
    pub(crate) capacity: usize,
    pub(crate) threads: &'h [(&'h [Op], &'h [Answer])],
    pub(crate) rest: &'h [u32],
}

impl History<'_> {
    /// Fails unless some order of the operations explains it, from `items` on.
    pub(crate) fn check(&self, items: &[u32]) {
        assert!(
            self.holds(items),
            "no order of the operations explains {:?} and then {:?}",
            self.threads,
            self.rest
        );
    }

    /// Returns `true` if some order of the operations explains it, from `items` on.
    pub(crate) fn holds(&self, items: &[u32]) -> bool {
        let start: VecDeque<u32> = items.iter().copied().collect();
        self.explained(&start, &mut vec![0; self.threads.len()])
    }

    fn explained(&self, queue: &VecDeque<u32>, done: &mut Vec<usize>) -> bool {
        let mut over = true;
        for thread in 0..self.threads.len() {
            let (ops, answers) = self.threads[thread];
            let at = done[thread];
            if at == answers.len() {
                continue;
            }
            over = false;
            let mut next = queue.clone();
            if plain(&mut next, self.capacity, ops[at]) == answers[at] {
                done[thread] += 1;
                if self.explained(&next, done) {
                    return true;
                }
                done[thread] -= 1;
            }
        }
        over && *queue == self.rest
    }
}

loom::thread_local! {
    /// After how many further accesses of atomics this thread stops.
    static LEFT: Cell<Option<usize>> = Cell::new(None);
}

struct Stopped;

/// Does `body`, and stops for ever before its access of an atomic number `accesses`, counted from 0. The thread goes on
/// after it, and must not touch the ring again. `false` if it ended before that.
pub(crate) fn stopped_before(accesses: usize, body: impl FnOnce()) -> bool {
    set_stop_hook(Some(|| {
        let stop = LEFT.with(|left| match left.get() {
            Some(0) => true,
            Some(more) => {
                left.set(Some(more - 1));
                false
            }
            None => false,
        });
        if stop {
            LEFT.with(|left| left.set(None));
            resume_unwind(Box::new(Stopped));
        }
    }));
    LEFT.with(|left| left.set(Some(accesses)));
    let ended = catch_unwind(AssertUnwindSafe(body));
    LEFT.with(|left| left.set(None));
    match ended {
        Ok(()) => false,
        Err(why) if why.is::<Stopped>() => true,
        Err(why) => resume_unwind(why),
    }
}
