//! A queue with any number of ends that never waits. Who finds it full or empty tries again, all with the same
//! patience: `race::Patience`.
//!
//! * `alone`: one thread pushes and pops.
//! * `1p1c`, `2p2c`, `4p4c`: threads through 1024 slots. Each consumer takes its share and stops.

use super::ours::MPMC_RING;
use crate::book::{Against, Book, Kind, Row};
use crate::contract::{Mpmc, MpmcRings};
use crate::race::{Outcome, Patience, Worker, alone, race};
use gimmal_benches::message::{Seen, stamp};
use std::hint::black_box;

/// What `alone` is measured against.
pub(crate) const ARRAY_QUEUE: &str = "crossbeam ArrayQueue";

pub(crate) fn rows() -> Vec<Row> {
    let alone = "push and pop on one thread, 1024 slots";
    let threads = |name, goal| {
        Row::new(Kind::Threads, name, "try operations through 1024 slots").goal(
            MPMC_RING,
            Against::Best,
            goal,
        )
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
    ]
}

/// Enters a library's queues.
pub(crate) fn enter<R: MpmcRings>(book: &mut Book, name: &'static str) {
    book.time("mpmc/alone", name, one_thread::<R::Ring<1024>>);
    book.time("mpmc/1p1c", name, |n| many::<R::Ring<1024>>(1, n));
    book.time("mpmc/2p2c", name, |n| many::<R::Ring<1024>>(2, n));
    book.time("mpmc/4p4c", name, |n| many::<R::Ring<1024>>(4, n));
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
            let mut patience = Patience::default();
            for number in 1..=n {
                let mut item = stamp(lane, number);
                while let Err(back) = queue.push(item) {
                    item = back;
                    patience.miss();
                }
                patience.hit();
            }
            Seen::default()
        })
    });
    let consumers = (0..pairs).map(|_| {
        Worker::new(move || {
            let (mut seen, mut patience) = (Seen::default(), Patience::default());
            while seen.count() < n {
                match queue.pop() {
                    Some(item) => {
                        patience.hit();
                        seen.note(Some(item));
                    }
                    None => patience.miss(),
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
