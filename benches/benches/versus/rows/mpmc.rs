//! A queue with any number of ends that never waits. Who finds it full or empty tries again, all with the same
//! backoff: `race::Backoff`.
//!
//! * `alone`: one thread pushes and pops.
//! * `1p1c`, `2p2c`, `4p4c`: threads through 1024 slots. Each consumer takes its share and stops.
//! * `runs/…`: the same. Who can moves up to 16 items by one claim, the others one by one.

use super::ours::{MPMC_RING, MPMC_RUNS};
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::{Mpmc, MpmcRings, Runs};
use crate::race::{Backoff, Outcome, Worker, alone, race};
use gimmal_benches::message::{Seen, stamp};
use std::array;
use std::hint::black_box;

/// What `alone` is measured against.
pub(crate) const ARRAY_QUEUE: &str = "crossbeam ArrayQueue";

/// How many items a run has at most.
const RUN: u64 = 16;

pub(crate) fn rows() -> Vec<Row> {
    let alone = "push and pop on one thread, 1024 slots";
    let threads = |name, goal| {
        Row::new(Kind::Threads, name, "try operations through 1024 slots").goal(
            MPMC_RING,
            Against::Best,
            goal,
        )
    };
    let runs = |name| {
        let about = "1024 slots, up to 16 items by one claim, beside one by one";
        Row::new(Kind::Threads, name, about).goal(MPMC_RUNS, Against::Best, 0.4)
    };
    vec![
        Row::new(Kind::OneThread, "mpmc/alone", alone).goal(
            MPMC_RING,
            Against::This(ARRAY_QUEUE),
            0.85,
        ),
        threads("mpmc/1p1c", 1.3),
        threads("mpmc/2p2c", 1.0),
        threads("mpmc/4p4c", 1.0),
        runs("mpmc/runs/1p1c"),
        runs("mpmc/runs/2p2c"),
        runs("mpmc/runs/4p4c"),
    ]
}

/// Enters a library's queues.
pub(crate) fn enter<R: MpmcRings>(book: &mut Rows, name: &'static str) {
    book.time("mpmc/alone", name, one_thread::<R::Ring<1024>>);
    book.time("mpmc/1p1c", name, |n| many::<R::Ring<1024>>(1, n));
    book.time("mpmc/2p2c", name, |n| many::<R::Ring<1024>>(2, n));
    book.time("mpmc/4p4c", name, |n| many::<R::Ring<1024>>(4, n));
    if name != MPMC_RING {
        book.time("mpmc/runs/1p1c", name, |n| many::<R::Ring<1024>>(1, n));
        book.time("mpmc/runs/2p2c", name, |n| many::<R::Ring<1024>>(2, n));
        book.time("mpmc/runs/4p4c", name, |n| many::<R::Ring<1024>>(4, n));
    }
}

/// Enters a queue that moves several items by one claim.
pub(crate) fn enter_runs<Q: Runs>(book: &mut Rows, name: &'static str) {
    book.time("mpmc/runs/1p1c", name, |n| in_runs::<Q>(1, n));
    book.time("mpmc/runs/2p2c", name, |n| in_runs::<Q>(2, n));
    book.time("mpmc/runs/4p4c", name, |n| in_runs::<Q>(4, n));
}

fn one_thread<R: Mpmc>(n: u64) -> Outcome {
    let queue = R::build();
    alone(|| {
        let mut faults = 0u64;
        for number in 1..=n {
            let pushed = queue.push(black_box(number)).is_ok();
            faults += u64::from(!pushed || queue.pop() != Some(number));
        }
        if faults > 0 {
            Err(format!("{faults} wrong items"))
        } else {
            Ok(None)
        }
    })
}

/// `n` counts the items of one producer.
fn many<R: Mpmc>(pairs: usize, n: u64) -> Outcome {
    let queue = &*R::build();
    let producers = (0..pairs).map(|lane| {
        Worker::new(move || {
            let mut backoff = Backoff::default();
            for number in 1..=n {
                let mut item = stamp(lane, number);
                while let Err(back) = queue.push(item) {
                    item = back;
                    backoff.miss();
                }
                backoff.hit();
            }
            Seen::default()
        })
    });
    let consumers = (0..pairs).map(|_| {
        Worker::new(move || {
            let (mut seen, mut backoff) = (Seen::default(), Backoff::default());
            while seen.count() < n {
                match queue.pop() {
                    Some(item) => {
                        backoff.hit();
                        seen.note(Some(item));
                    }
                    None => backoff.miss(),
                }
            }
            seen
        })
    });
    let (sample, seen) = race(producers.chain(consumers).collect())?;
    seen.verify(pairs as u64, n)?;
    match queue.pop() {
        None => Ok(sample),
        Some(_) => Err("more items than were pushed".to_owned()),
    }
}

/// `n` counts the items of one producer.
fn in_runs<R: Runs>(pairs: usize, n: u64) -> Outcome {
    let queue = &*R::build();
    let producers = (0..pairs).map(|lane| {
        Worker::new(move || {
            let mut backoff = Backoff::default();
            let mut number = 1;
            while number <= n {
                let items: [u64; RUN as usize] = array::from_fn(|i| stamp(lane, number + i as u64));
                match queue.push_run(&items[..RUN.min(n + 1 - number) as usize]) {
                    0 => backoff.miss(),
                    pushed => {
                        backoff.hit();
                        number += pushed as u64;
                    }
                }
            }
            Seen::default()
        })
    });
    let consumers = (0..pairs).map(|_| {
        Worker::new(move || {
            let (mut seen, mut backoff) = (Seen::default(), Backoff::default());
            while seen.count() < n {
                let mut out = [0; RUN as usize];
                let most = RUN.min(n - seen.count()) as usize;
                match queue.pop_run(&mut out[..most]) {
                    0 => backoff.miss(),
                    popped => {
                        backoff.hit();
                        out[..popped].iter().for_each(|item| seen.note(Some(*item)));
                    }
                }
            }
            seen
        })
    });
    let (sample, seen) = race(producers.chain(consumers).collect())?;
    seen.verify(pairs as u64, n)?;
    match queue.pop() {
        None => Ok(sample),
        Some(_) => Err("more items than were pushed".to_owned()),
    }
}
