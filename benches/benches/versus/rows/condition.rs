//! `notify_one` when nobody waits for the condition: a system call here is one for nothing.

use crate::book::{Kind, Row, Rows};
use crate::contract::Condition;
use crate::race::{Apart, Outcome, alone};
use std::hint::black_box;

pub(crate) fn rows() -> Vec<Row> {
    vec![Row::new(
        Kind::OneThread,
        "condition/notify-alone",
        "notify_one, nobody waiting",
    )]
}

/// Enters a condition.
pub(crate) fn enter<C: Condition>(book: &mut Rows, name: &'static str) {
    book.time("condition/notify-alone", name, notify_alone::<C>);
}

fn notify_alone<C: Condition>(n: u64) -> Outcome {
    let condition = Apart(C::build());
    alone(|| {
        let notify = |_| black_box(&condition.0).notify_one();
        match (0..n).map(notify).sum::<usize>() {
            0 => Ok(None),
            woken => Err(format!("{woken} woken, where nobody waits")),
        }
    })
}
