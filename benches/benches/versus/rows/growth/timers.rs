//! A timer more, beside others that wait for their time.
//!
//! One thread starts a timer and cancels it, again and again. The others are due before it and after it, none of them while
//! the turn lasts.

use super::alone;
use crate::book::{Curve, Rows};
use crate::contract::Timers;
use crate::race::{self, Outcome};
use std::time::Duration;

/// When the timer that is cancelled would be due.
pub(crate) const DUE: Duration = Duration::from_secs(3600);

pub(super) fn curves() -> Vec<Curve> {
    let about = "start and cancel a timer beside others, one thread";
    vec![alone(
        "timers",
        about,
        "timer",
        "pending timers",
        &[1, 100, 10_000],
    )]
}

/// When the others are due: one after the other, half of them before [`DUE`].
pub(crate) fn dues(pending: usize) -> impl Iterator<Item = Duration> {
    let step = DUE / pending as u32;
    (0..pending as u32).map(move |number| DUE / 2 + step * number)
}

/// Enters timers.
pub(crate) fn enter<T: Timers>(book: &mut Rows, name: &'static str) {
    book.grow("timers", name, usize::MAX, |pending| {
        move |n| start_and_cancel::<T>(pending, n)
    });
}

fn start_and_cancel<T: Timers>(pending: usize, n: u64) -> Outcome {
    let mut timers = T::build(pending);
    race::alone(|| match timers.start_and_cancel(n) {
        cancelled if cancelled == n => Ok(None),
        cancelled => Err(format!("{cancelled} timers of {n} cancelled")),
    })
}
