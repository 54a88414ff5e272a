//! Many threads asleep beside one event.
//!
//! `event/crowd-64`, `event/crowd-1000`: from just before `set` until the last of the threads has run. The setter first
//! waits until the process uses no CPU: so all of them sleep. Between two rounds they meet at a barrier of std's, for
//! every contender the same, and each round has an event of its own. The curve `waiters` is the same for other numbers of
//! threads.

use super::ours::EVENT;
use crate::book::{Against::Best, Curve, Kind, Row, Rows};
use crate::contract::Event;
use crate::race::{Apart, Outcome, Worker, race};
use cpu_time::ProcessTime;
use gimmal_benches::message::Seen;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The process sleeps if it used less than a tenth of this.
const QUIET: Duration = Duration::from_millis(2);

pub(crate) fn rows() -> Vec<Row> {
    let row = |name| {
        Row::new(
            Kind::Waking,
            name,
            "from set until the last of the threads that slept has run",
        )
        .stretched(5)
        .goal(EVENT, Best, 1.0)
    };
    vec![row("event/crowd-64"), row("event/crowd-1000")]
}

/// The same, by the number of threads.
pub(super) fn curves() -> Vec<Curve> {
    let about = "from set until the last of the threads that slept has run";
    let curve = Curve::new("waiters", about, "set", "threads").in_micros();
    vec![curve.at(Kind::Waking, &[1, 8, 64, 512]).stretched(5)]
}

/// Enters an event.
pub(crate) fn enter<E: Event>(book: &mut Rows, name: &'static str) {
    book.grow("waiters", name, usize::MAX, |threads| {
        move |n| crowd::<E>(threads, n)
    });
    book.time("event/crowd-64", name, |n| crowd::<E>(64, n));
    book.time("event/crowd-1000", name, |n| crowd::<E>(1000, n));
}

/// What is set in a round, and what it announces. The event has to carry the number to the waiters: it is relaxed.
struct Round<E> {
    event: E,
    number: AtomicU64,
    /// How many have not run yet.
    left: AtomicUsize,
    /// When the last of them ran, in nanoseconds of the turn.
    at: AtomicU64,
}

/// `n` counts the rounds.
fn crowd<E: Event>(threads: usize, n: u64) -> Outcome {
    let turn = Instant::now();
    let nanos = || turn.elapsed().as_nanos() as u64;
    let round = |_| {
        Apart(Round {
            event: E::build(),
            number: AtomicU64::new(0),
            left: AtomicUsize::new(threads),
            at: AtomicU64::new(0),
        })
    };
    let rounds: Vec<_> = (0..n).map(round).collect();
    let (rounds, meeting) = (&rounds, &Barrier::new(threads + 1));
    let crowd = (0..threads).map(|_| {
        Worker::new(move || {
            let mut seen = Seen::default();
            for (Apart(round), number) in rounds.iter().zip(1..) {
                round.event.wait();
                seen.fault(u64::from(round.number.load(Relaxed) != number));
                if round.left.fetch_sub(1, Relaxed) == 1 {
                    round.at.store(nanos(), Relaxed);
                }
                meeting.wait();
            }
            seen
        })
    });
    let mut scored = 0;
    let total = &mut scored;
    let setter = Worker::new(move || {
        for (Apart(round), number) in rounds.iter().zip(1..) {
            until_all_sleep();
            round.number.store(number, Relaxed);
            let set = nanos();
            round.event.set();
            meeting.wait();
            *total += round.at.load(Relaxed) - set;
        }
        Seen::default()
    });
    let (mut sample, seen) = race(crowd.chain([setter]).collect())?;
    seen.verify(0, 0)?;
    sample.scored = Duration::from_nanos(scored);
    Ok(sample)
}

/// Returns when the process uses no CPU.
fn until_all_sleep() {
    loop {
        let used = ProcessTime::now();
        thread::sleep(QUIET);
        if used.elapsed() < QUIET / 10 {
            return;
        }
    }
}
