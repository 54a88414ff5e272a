//! What the exact ring is compared with: a plain queue, and orders of operations on it.

use std::collections::VecDeque;

use gimmal_core::error::{Busy, PushError};
use gimmal_core::ring::exact::RingView;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Push,
    Pop,
    Overwrite,
}
pub(crate) use Op::{Overwrite, Pop, Push};

pub(crate) const OPS: [Op; 3] = [Push, Pop, Overwrite];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Stored,
    Item(usize),
    Full,
    Empty,
    Busy,
}

/// Does an operation; what is pushed is `item`.
pub(crate) fn one<const SPARE: usize>(
    ring: &RingView<usize, SPARE>,
    op: Op,
    item: usize,
) -> Answer {
    match op {
        Push => match ring.push(item) {
            Ok(()) => Answer::Stored,
            Err(PushError::Full(back)) if back == item => Answer::Full,
            Err(PushError::Busy(back)) if back == item => Answer::Busy,
            Err(other) => panic!("gives back another value: {other:?}"),
        },
        Pop => ring.pop().map_or(Answer::Empty, Answer::Item),
        Overwrite => match ring.push_overwrite(item) {
            Ok(None) => Answer::Stored,
            Ok(Some(oldest)) => Answer::Item(oldest),
            Err(Busy(back)) => {
                assert_eq!(back, item);
                Answer::Busy
            }
        },
    }
}

/// The same on a plain queue.
pub(crate) fn plain(queue: &mut VecDeque<usize>, capacity: usize, op: Op, item: usize) -> Answer {
    let full = queue.len() == capacity;
    if op == Pop {
        return queue.pop_front().map_or(Answer::Empty, Answer::Item);
    }
    if op == Push && full {
        return Answer::Full;
    }
    let oldest = if full { queue.pop_front() } else { None };
    queue.push_back(item);
    oldest.map_or(Answer::Stored, Answer::Item)
}

/// One operation of a history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) op: Op,
    pub(crate) item: usize,
    pub(crate) begun: usize,
    /// `None` if it was stopped, with no answer.
    pub(crate) ended: Option<(usize, Answer)>,
}

/// Is there an order of the operations that a plain queue answers like this? Each comes after all that had ended before it
/// began. One without an answer may have happened or not.
pub(crate) fn linearizable(
    history: &mut Vec<Done>,
    queue: &VecDeque<usize>,
    capacity: usize,
) -> bool {
    let Some(first_end) = (history.iter().filter_map(|done| done.ended))
        .map(|(ended, _)| ended)
        .min()
    else {
        return true;
    };
    for i in 0..history.len() {
        let done = history[i];
        if done.begun > first_end {
            continue;
        }
        let mut next = queue.clone();
        let answer = plain(&mut next, capacity, done.op, done.item);
        if done.ended.is_none_or(|(_, wanted)| wanted == answer) {
            history.remove(i);
            let found = linearizable(history, &next, capacity);
            history.insert(i, done);
            if found {
                return true;
            }
        }
    }
    false
}
