//! A ring between two threads: one by one and in chunks.
//!
//! * `alone`: one thread pushes one item and pops it. What is left when no line has to move.
//! * `1024`, `16`: two threads, as fast as they can; the smaller ring changes hands more often.
//! * `chunks`: two threads, 64 items at a time through 1024 slots.

use super::ours::SPSC_RING;
use crate::book::{Against::Best, Kind, Row, Rows};
use crate::contract::{ChunkRings, Chunks, Spsc, SpscRings};
use crate::race::{Backoff, Outcome, Worker, alone, race};
use gimmal_benches::message::{Fresh, Seen, stamp};
use std::hint::black_box;

const CHUNK: u64 = 64;

pub(crate) fn rows() -> Vec<Row> {
    use Kind::{OneThread, Threads};
    let row = |kind, name, about, goal| Row::new(kind, name, about).goal(SPSC_RING, Best, goal);
    vec![
        row(
            OneThread,
            "spsc/alone/u64",
            "push and pop on one thread, 1024 slots",
            0.8,
        ),
        row(
            OneThread,
            "spsc/alone/64B",
            "push and pop on one thread, 1024 slots",
            0.8,
        ),
        row(Threads, "spsc/1024/u64", "two threads, one by one", 1.0),
        row(Threads, "spsc/1024/64B", "two threads, one by one", 1.0),
        row(Threads, "spsc/16/u64", "two threads, one by one", 1.0),
        row(Threads, "spsc/16/64B", "two threads, one by one", 1.0),
        row(
            Threads,
            "spsc/chunks/u64",
            "two threads, 64 at a time through 1024 slots",
            0.9,
        ),
        row(
            Threads,
            "spsc/chunks/64B",
            "two threads, 64 at a time through 1024 slots",
            0.9,
        ),
    ]
}

/// Enters a library's rings, one by one.
pub(crate) fn enter<R: SpscRings>(book: &mut Rows, name: &'static str) {
    book.time(
        "spsc/alone/u64",
        name,
        one_thread::<u64, R::Ring<u64, 1024>>,
    );
    book.time(
        "spsc/alone/64B",
        name,
        one_thread::<[u8; 64], R::Ring<[u8; 64], 1024>>,
    );
    book.time("spsc/1024/u64", name, one_by_one::<u64, R::Ring<u64, 1024>>);
    book.time(
        "spsc/1024/64B",
        name,
        one_by_one::<[u8; 64], R::Ring<[u8; 64], 1024>>,
    );
    book.time("spsc/16/u64", name, one_by_one::<u64, R::Ring<u64, 16>>);
    book.time(
        "spsc/16/64B",
        name,
        one_by_one::<[u8; 64], R::Ring<[u8; 64], 16>>,
    );
}

/// Enters a library's rings, in chunks.
pub(crate) fn enter_chunks<R: ChunkRings>(book: &mut Rows, name: &'static str) {
    book.time(
        "spsc/chunks/u64",
        name,
        in_chunks::<u64, R::Ring<u64, 1024>>,
    );
    book.time(
        "spsc/chunks/64B",
        name,
        in_chunks::<[u8; 64], R::Ring<[u8; 64], 1024>>,
    );
}

fn one_thread<T: Fresh, R: Spsc<T>>(n: u64) -> Outcome {
    let mut ring = R::build();
    let (mut tx, mut rx) = ring.split();
    alone(|| {
        let mut faults = 0u64;
        for number in 1..=n {
            let pushed = R::push(&mut tx, black_box(T::stamped(number))).is_ok();
            let popped = R::pop(&mut rx).and_then(|item| item.read());
            faults += u64::from(!pushed || popped != Some(number));
        }
        if faults > 0 {
            Err(format!("{faults} wrong items"))
        } else {
            Ok(None)
        }
    })
}

fn one_by_one<T: Fresh, R: Spsc<T>>(n: u64) -> Outcome {
    let mut ring = R::build();
    let (mut tx, mut rx) = ring.split();
    let producer = Worker::new(move || {
        let mut backoff = Backoff::default();
        for number in 1..=n {
            let mut item = T::stamped(stamp(0, number));
            while let Err(back) = R::push(&mut tx, item) {
                item = back;
                backoff.miss();
            }
            backoff.hit();
        }
        Seen::default()
    });
    let consumer = Worker::new(move || {
        let (mut seen, mut backoff) = (Seen::default(), Backoff::default());
        for _ in 0..n {
            let item = loop {
                match R::pop(&mut rx) {
                    Some(item) => break item,
                    None => backoff.miss(),
                }
            };
            backoff.hit();
            seen.note(item.read());
        }
        seen
    });
    let (sample, seen) = race(vec![producer, consumer])?;
    seen.verify(1, n)?;
    Ok(sample)
}

/// `n` counts items; the last chunk is filled up.
fn in_chunks<T: Fresh, R: Chunks<T>>(n: u64) -> Outcome {
    let chunks = n.div_ceil(CHUNK);
    let mut ring = R::build();
    let (mut tx, mut rx) = ring.split();
    let producer = Worker::new(move || {
        let (mut number, mut backoff) = (0, Backoff::default());
        for _ in 0..chunks {
            let mut next = || {
                number += 1;
                T::stamped(stamp(0, number))
            };
            while !R::push_chunk(&mut tx, CHUNK as usize, &mut next) {
                backoff.miss();
            }
            backoff.hit();
        }
        Seen::default()
    });
    let consumer = Worker::new(move || {
        let (mut seen, mut backoff) = (Seen::default(), Backoff::default());
        for _ in 0..chunks {
            while !R::pop_chunk(&mut rx, CHUNK as usize, |item| seen.note(item.read())) {
                backoff.miss();
            }
            backoff.hit();
        }
        seen
    });
    let (sample, seen) = race(vec![producer, consumer])?;
    seen.verify(1, chunks * CHUNK)?;
    Ok(sample)
}
