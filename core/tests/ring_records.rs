//! Rings of byte records beside a queue of byte strings: every length, every place in the memory, dropped and kept.

use std::collections::VecDeque;
use std::thread;

use gimmal_core::error::{Empty, ReserveError};
use gimmal_core::ring::records::{RecordConsumer, RecordProducer, RecordRing};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    /// Reserves so much, and commits so much of it; or drops it.
    Write(usize, Option<usize>),
    /// Reads, and releases.
    Read(bool),
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0..20_usize;
    prop_oneof![
        (n.clone(), prop::option::weighted(0.8, n)).prop_map(|(n, used)| Op::Write(n, used)),
        any::<bool>().prop_map(Op::Read),
    ]
}

fn compare<const N: usize>(ops: &[Op]) {
    let mut ring = RecordRing::<N>::new();
    let (mut producer, mut consumer) = ring.split();
    let mut model: VecDeque<Vec<u8>> = VecDeque::new();
    let longest = producer.longest();
    assert_eq!(longest, N.div_ceil(2) - 2);
    let mut next = 0_u8;
    // What the last refusal said that there is room for.
    let mut room = None;
    for op in ops {
        if let Some(free) = room.take().filter(|free| *free > 0) {
            assert!(producer.reserve(free).is_ok());
        }
        match *op {
            Op::Write(len, used) => match producer.reserve(len) {
                Err(ReserveError::TooLong { capacity }) => {
                    assert!(len > longest && capacity == longest);
                }
                Err(ReserveError::TooFew { free }) => {
                    // Also an empty record needs its header.
                    assert!(len <= longest && (free < len || len == 0));
                    assert!(!model.is_empty(), "an empty ring has room for the longest");
                    room = Some(free);
                }
                Ok(mut record) => {
                    assert!(len <= longest);
                    assert_eq!((record.len(), record.is_empty()), (len, len == 0));
                    assert_eq!(record.as_mut_slice(), vec![0; len]);
                    let Some(used) = used else {
                        record.as_mut_slice().fill(0xAA);
                        continue;
                    };
                    let used = used.min(len);
                    for byte in record.as_mut_slice() {
                        next = next.wrapping_add(1);
                        *byte = next;
                    }
                    let bytes = record.as_mut_slice()[..used].to_vec();
                    record.commit(used);
                    model.push_back(bytes);
                }
            },
            Op::Read(release) => match (consumer.read(), model.front()) {
                (Err(Empty), None) => (),
                (Ok(record), Some(bytes)) => {
                    assert_eq!(*record, **bytes);
                    if release {
                        record.release();
                        model.pop_front();
                    }
                }
                (read, expected) => panic!("{read:?}, not {expected:?}"),
            },
        }
        assert_eq!(consumer.is_empty(), model.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 })
    })]

    #[test]
    fn behaves_like_a_queue_of_byte_strings(
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 40 } else { 300 }),
    ) {
        compare::<5>(&ops);
        compare::<6>(&ops);
        compare::<8>(&ops);
        compare::<17>(&ops);
        compare::<32>(&ops);
        compare::<37>(&ops);
    }
}

/// Sends records of all lengths, and reads them in another thread.
fn cross(producer: &mut RecordProducer<'_>, consumer: &mut RecordConsumer<'_>, rounds: usize) {
    let record = |n: usize, longest: usize| vec![n as u8; n % (longest + 1)];
    let longest = producer.longest();
    thread::scope(|s| {
        s.spawn(|| {
            for n in 0..rounds {
                let bytes = record(n, longest);
                while let Err(why) = producer.push(&bytes) {
                    assert!(matches!(why, ReserveError::TooFew { .. }));
                    thread::yield_now();
                }
            }
        });
        for n in 0..rounds {
            let got = loop {
                match consumer.read() {
                    Ok(record) => {
                        let bytes = record.to_vec();
                        record.release();
                        break bytes;
                    }
                    Err(Empty) => thread::yield_now(),
                }
            };
            assert_eq!(got, record(n, longest));
        }
    });
}

#[test]
fn records_of_all_lengths_cross_between_threads() {
    let rounds = if cfg!(miri) { 100 } else { 50_000 };
    let mut ring = RecordRing::<61>::new();
    let (mut producer, mut consumer) = ring.split();
    cross(&mut producer, &mut consumer, rounds);
}

#[test]
fn records_stay_for_the_next_handles() {
    static RING: RecordRing<16> = RecordRing::new();
    let (mut producer, consumer) = RING.try_split().unwrap();
    assert!(RING.try_split().is_none() && RING.is_empty());
    producer.push(b"left").unwrap();
    drop((producer, consumer));
    let (_, mut consumer) = RING.try_split().unwrap();
    assert_eq!(&*consumer.read().unwrap(), b"left");
    assert_eq!(
        format!("{RING:?} {consumer:?}"),
        "RecordRing { empty: false } RecordConsumer { empty: false }"
    );
}

#[test]
fn committing_more_than_was_reserved_panics_and_publishes_nothing() {
    let mut ring = RecordRing::<16>::new();
    let (mut producer, consumer) = ring.split();
    let record = producer.reserve(3).unwrap();
    let commit = std::panic::AssertUnwindSafe(|| record.commit(4));
    assert!(std::panic::catch_unwind(commit).is_err());
    assert!(consumer.is_empty());
}

#[test]
fn a_large_ring_has_records_as_long_as_its_headers_can_tell() {
    let ring = Box::new(RecordRing::<200_000>::new());
    let (mut producer, mut consumer) = ring.try_split().unwrap();
    assert_eq!(producer.longest(), 65_534);
    producer.reserve(65_534).unwrap().commit(65_534);
    let record = consumer.read().unwrap();
    assert_eq!(record.len(), 65_534);
    record.release();
    assert!(ring.is_empty());
}
