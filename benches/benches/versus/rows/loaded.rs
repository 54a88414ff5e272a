//! Waits and hand-overs beside threads that compute, as many as there are cores: inside this process, or in a child
//! process (`load.rs`).
//!
//! * `late`: nothing comes. What counts is by how much a wait of 1 ms is longer than that; one row for everything that
//!   can wait for a while, so that each of ours stands beside the best sleeper. Coming back early is a fault.
//! * `pingpong`, `1p1c`: two threads hand over to each other, as in the rows of these names without load, through one
//!   slot.
//! * `lock`: four threads lock, as in the row `lock/4-threads`.
//!
//! Turns of hand-overs are fifteen times as long as elsewhere, and fewer. A turn begins in the middle of somebody's time slice,
//! and a thread loses a slice or two until it knows that yields are dear; a turn is to show more than that. (Beside
//! another process medians still scatter, from 0.9 to 2.4 between runs.) Those of the lock are ten times as long.
//!
//! The computing threads belong to the machine here: with them inside, the CPUs kept busy are theirs.

use super::ours::{
    BARRIER, CHANNEL, CONDITION, EVENT, LATE_LOCK, LOCK, QUEUE, SEMAPHORE, SPSC_CHANNEL,
};
use super::{channel, lock, pingpong};
use crate::book::{
    Against::{Best, BestOf},
    Kind, Row, Rows,
};
use crate::contract::{Channel, Timed};
use crate::load::Load;
use crate::race::{Outcome, alone};
use std::time::{Duration, Instant};

/// Not worse than the best sleeper, as the contract says, with what two noisy medians may differ by.
const GOAL: f64 = 1.2;

/// The rivals that do not yield. Those that do lead while they are lucky with their cores, and collapse when not.
const SLEEPERS: [&str; 4] = [
    "std sync_channel",
    "flume",
    "parking_lot Mutex and Condvar",
    "tokio mpsc (blocking)",
];

const LIMIT: Duration = Duration::from_millis(1);

pub(crate) fn rows() -> Vec<Row> {
    let late = |load, name, about| {
        let ours = [
            CONDITION,
            BARRIER,
            QUEUE,
            EVENT,
            SEMAPHORE,
            LATE_LOCK,
            CHANNEL,
            SPSC_CHANNEL,
        ];
        let row = Row::new(Kind::Loaded, name, about).under(load);
        ours.into_iter()
            .fold(row, |row, who| row.goal(who, Best, GOAL))
    };
    let hand_over = |load, name, about| {
        Row::new(Kind::Loaded, name, about)
            .under(load)
            .stretched(15)
            .goal(SPSC_CHANNEL, BestOf(&SLEEPERS), GOAL)
            .goal(CHANNEL, BestOf(&SLEEPERS), GOAL)
    };
    let locks = |load, name, about| {
        Row::new(Kind::Loaded, name, about)
            .under(load)
            .stretched(10)
            .goal(LOCK, BestOf(&[lock::STD, lock::PARKING_LOT]), GOAL)
    };
    vec![
        late(
            Load::Inside,
            "loaded/late/inside",
            "nothing comes: how much longer than 1 ms, beside computing threads",
        ),
        late(
            Load::Outside,
            "loaded/late/outside",
            "nothing comes: how much longer than 1 ms, beside a computing process",
        ),
        hand_over(
            Load::Inside,
            "loaded/pingpong/inside",
            "round trip, beside computing threads",
        ),
        hand_over(
            Load::Outside,
            "loaded/pingpong/outside",
            "round trip, beside a computing process",
        ),
        hand_over(
            Load::Inside,
            "loaded/1p1c/inside",
            "one slot, beside computing threads",
        ),
        hand_over(
            Load::Outside,
            "loaded/1p1c/outside",
            "one slot, beside a computing process",
        ),
        locks(
            Load::Inside,
            "loaded/lock/inside",
            "lock, unlock, work outside; four threads, beside computing threads",
        ),
        locks(
            Load::Outside,
            "loaded/lock/outside",
            "lock, unlock, work outside; four threads, beside a computing process",
        ),
    ]
}

/// Enters a channel whose ends wait.
pub(crate) fn enter<C: Channel<u64>>(book: &mut Rows, name: &'static str) {
    for load in ["inside", "outside"] {
        book.time(&format!("loaded/pingpong/{load}"), name, |n| {
            pingpong::run::<C>([None; 2], n)
        });
        book.time(&format!("loaded/1p1c/{load}"), name, |n| {
            let (tx, rx) = C::build(1);
            channel::run::<C>(vec![tx], vec![rx], n)
        });
    }
}

/// Enters a channel in the rows of waits.
pub(crate) fn enter_timed<C: Timed<u64>>(book: &mut Rows, name: &'static str) {
    enter_late(book, name, || {
        let (tx, mut rx) = C::build(1);
        move |limit| {
            let _open = &tx;
            C::recv_timeout(&mut rx, limit).is_none()
        }
    });
}

/// Enters something that waits for what never comes. `build` makes it, for each turn anew; what it makes waits for so
/// long and says whether the time-out was why it came back.
pub(crate) fn enter_late<W: FnMut(Duration) -> bool>(
    book: &mut Rows,
    name: &'static str,
    build: impl Fn() -> W + Copy + 'static,
) {
    for load in ["inside", "outside"] {
        book.time(&format!("loaded/late/{load}"), name, move |n| {
            late(n, build())
        });
    }
}

/// The score is the median of the waits, as if all had been like it: one preemption must not decide.
fn late(n: u64, mut wait: impl FnMut(Duration) -> bool) -> Outcome {
    alone(|| {
        let mut waits = Vec::new();
        for _ in 0..n {
            let clock = Instant::now();
            let nothing = wait(LIMIT);
            let Some(over) = clock.elapsed().checked_sub(LIMIT) else {
                return Err("came back early".to_owned());
            };
            if !nothing {
                return Err("something out of nothing".to_owned());
            }
            waits.push(over);
        }
        waits.sort();
        Ok(Some(waits[waits.len() / 2] * n as u32))
    })
}
