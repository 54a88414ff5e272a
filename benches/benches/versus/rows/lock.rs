//! A lock around a count.
//!
//! * `alone`: one thread locks, counts and unlocks. What is asynchronous tries: nobody else is there.
//! * `2-threads`, `4-threads`, `32-threads`, `64-threads`: they lock, count, unlock and work outside, until all together have counted far enough.
//!   Who lets the same thread in again and again is fast, and unfair: hence `max/min`, the most that a thread counted in
//!   a round by the fewest.
//!
//! The count is plain memory. It has to be exact in the end.

use super::ours::{CORE_LOCK, LOCK};
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::Lock;
use crate::race::{Apart, Outcome, Worker, alone, race, work};
use crate::watchdog::collapsed;
use gimmal_benches::message::Seen;
use gimmal_benches::stats::unevenness;
use gimmal_benches::tally::Tally;

/// The locks that sleep: what ours are measured against.
pub(crate) const STD: &str = "std Mutex";
pub(crate) const PARKING_LOT: &str = "parking_lot Mutex";

/// Some times as long as to lock and unlock alone: somebody has to wait often, not always.
const OUTSIDE: u32 = 300;

pub(crate) fn rows() -> Vec<Row> {
    let threads = |name, about| {
        Row::new(Kind::Threads, name, about)
            .goal(LOCK, Against::BestOf(&[STD, PARKING_LOT]), 1.05)
            .goal(LOCK, Against::Shares, 8.0)
    };
    vec![
        Row::new(Kind::OneThread, "lock/alone", "lock and unlock, one thread")
            .goal(LOCK, Against::This(PARKING_LOT), 1.0)
            .goal(CORE_LOCK, Against::This(PARKING_LOT), 1.0),
        threads("lock/2-threads", "lock, unlock, work outside; two threads"),
        threads("lock/4-threads", "lock, unlock, work outside; four threads"),
        threads("lock/32-threads", "lock, unlock, work outside; 32 threads").stretched(5),
        threads("lock/64-threads", "lock, unlock, work outside; 64 threads").stretched(5),
    ]
}

/// Enters a lock in the row of one thread.
pub(crate) fn enter_alone<L: Lock>(book: &mut Rows, name: &'static str) {
    book.time("lock/alone", name, one_thread::<L>);
}

/// Enters a lock that blocks.
pub(crate) fn enter<L: Lock>(book: &mut Rows, name: &'static str) {
    enter_alone::<L>(book, name);
    enter_threads::<L>(book, name);
}

/// Enters a lock that blocks, in the rows of several threads.
pub(crate) fn enter_threads<L: Lock>(book: &mut Rows, name: &'static str) {
    book.time("lock/2-threads", name, |n| many::<L>(2, n));
    book.time("lock/4-threads", name, |n| many::<L>(4, n));
    book.time("lock/32-threads", name, |n| many::<L>(32, n));
    book.time("lock/64-threads", name, |n| many::<L>(64, n));
    for load in ["inside", "outside"] {
        book.time(&format!("loaded/lock/{load}"), name, |n| many::<L>(4, n));
    }
}

fn one_thread<L: Lock>(n: u64) -> Outcome {
    let lock = Apart(L::build());
    let sample = alone(|| {
        for _ in 0..n {
            let _ = lock.0.with(Tally::add);
        }
        Ok(None)
    });
    verify(&lock.0, n)?;
    sample
}

/// `n` counts what all threads do together.
fn many<L: Lock>(threads: usize, n: u64) -> Outcome {
    let lock = &Apart(L::build());
    let count = |tally: &mut Tally| {
        let more = tally.count() < n && !collapsed();
        if more {
            tally.add();
        }
        more
    };
    let mut shares = vec![0; threads];
    let workers = shares.iter_mut().map(|share| {
        Worker::new(move || {
            let mut mine = 0;
            while lock.0.with(count) == Some(true) {
                mine += 1;
                work(OUTSIDE);
            }
            *share = mine;
            Seen::default()
        })
    });
    let (mut sample, _) = race(workers.collect())?;
    verify(&lock.0, n)?;
    if shares.iter().sum::<u64>() != n {
        return Err(format!("{shares:?} are not {n} together"));
    }
    sample.asymmetric = Some(unevenness(&shares));
    Ok(sample)
}

fn verify(lock: &impl Lock, n: u64) -> Result<(), String> {
    let tally = lock.with(|tally| *tally);
    tally.ok_or("still locked")?.verify(n)
}
