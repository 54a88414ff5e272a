//! Runs of the MPMC ring beside a `VecDeque`: over arrays and views, from every start position, beside operations of others
//! that stand still in the middle, and between threads.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

use gimmal_core::error::{PopError, PushError};
use gimmal_core::ring::mpmc::{Ring, RingOf, RingView};
use gimmal_core::ring::{Storage, TurnSlot};
use gimmal_core::test_hooks;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Push,
    Pop,
    Overwrite,
    Run(usize),
    PopRun(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => Just(Op::Push),
        1 => Just(Op::Pop),
        1 => Just(Op::Overwrite),
        4 => (0..9_usize).prop_map(Op::Run),
        4 => (0..9_usize).prop_map(Op::PopRun),
    ]
}

/// Does the operations on both and compares every answer.
fn compare<S>(ring: &RingOf<S>, ops: &[Op])
where
    S: Storage<Slot = TurnSlot<u32>> + ?Sized,
{
    let capacity = ring.capacity();
    let (mut model, mut next) = (VecDeque::new(), 0);
    for op in ops {
        let free = capacity - model.len();
        match *op {
            Op::Push => match ring.push(next) {
                Ok(()) => model.push_back(next),
                Err(why) => assert!(why == PushError::Full(next) && free == 0),
            },
            Op::Pop => assert_eq!(ring.pop().ok(), model.pop_front()),
            Op::Overwrite => {
                let evicted = if free == 0 { model.pop_front() } else { None };
                assert_eq!(ring.push_overwrite(next), Ok(evicted));
                model.push_back(next);
            }
            Op::Run(n) => {
                let items: Vec<u32> = (next..).take(n).collect();
                let fit = n.min(free);
                let pushed = match (n, fit) {
                    (1.., 0) => Err(PushError::Full(())),
                    _ => Ok(fit),
                };
                assert_eq!(ring.push_run(&items), pushed);
                model.extend(&items[..fit]);
            }
            Op::PopRun(n) => {
                let mut out = vec![u32::MAX; n];
                let popped = match (n, model.len()) {
                    (1.., 0) => Err(PopError::Empty),
                    (n, there) => Ok(n.min(there)),
                };
                assert_eq!(ring.pop_run(&mut out), popped);
                let n_popped = popped.unwrap_or(0);
                let expected: Vec<u32> = model.drain(..n_popped).collect();
                assert_eq!(&out[..n_popped], expected);
                assert!(out[n_popped..].iter().all(|place| *place == u32::MAX));
            }
        }
        next += 10;
        assert_eq!(ring.len(), model.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 })
    })]

    #[test]
    fn runs_are_what_they_would_be_one_by_one(
        lap in 0..3_usize,
        index in 0..60_usize,
        ops in prop::collection::vec(op(), 0..60),
    ) {
        compare(&begin_at::<1>(lap, index), &ops);
        compare(&begin_at::<3>(lap, index), &ops);
        compare(&begin_at::<4>(lap, index), &ops);
        let ring = begin_at::<5>(lap, index);
        let view: &RingView<u32> = &ring;
        compare(view, &ops);
    }
}

/// A ring that begins so many laps before its word wraps.
fn begin_at<const N: usize>(lap: usize, index: usize) -> Ring<u32, N> {
    let mut ring = Ring::new();
    test_hooks::mpmc_at(&mut ring, test_hooks::laps(N) - 1 - lap, index % N);
    ring
}

#[test]
fn a_run_to_read_ends_at_a_slot_that_somebody_has_not_written() {
    let mut ring = begin_at::<4>(0, 2);
    let mut out = [0; 4];
    ring.push(1).unwrap();
    let stopped = test_hooks::stopped_push(&mut ring, 2, |ring| {
        assert_eq!(ring.push_run(&[3, 4, 5]), Ok(2));
        assert_eq!(ring.pop_run(&mut out), Ok(1));
        assert_eq!(ring.pop_run(&mut out), Err(PopError::Busy));
        assert_eq!(ring.push_run(&[6, 7]), Ok(1));
    });
    assert!(stopped.is_some());
    assert_eq!((ring.pop_run(&mut out), out), (Ok(4), [2, 3, 4, 6]));
}

#[test]
fn a_run_to_write_ends_at_a_slot_that_somebody_has_not_read() {
    let mut ring = begin_at::<4>(0, 3);
    assert_eq!(ring.push_run(&[1, 2, 3, 4]), Ok(4));
    assert_eq!(ring.pop(), Ok(1));
    let stopped = test_hooks::stopped_pop(&mut ring, |ring| {
        assert_eq!(ring.pop(), Ok(3));
        assert_eq!(ring.push_run(&[5, 6, 7]), Ok(1));
        assert_eq!(ring.push_run(&[6, 7]), Err(PushError::Busy(())));
    });
    assert_eq!(stopped, Some((2, ())));
    let mut out = [0; 4];
    assert_eq!(ring.push_run(&[6, 7]), Ok(2));
    assert_eq!((ring.pop_run(&mut out), out), (Ok(4), [4, 5, 6, 7]));
}

/// Takes runs until it has seen so many items; adds them up, and counts those that are out of a producer's order.
fn take<const N: usize>(ring: &Ring<u64, N>, left: &AtomicU64) -> (u64, u64) {
    let (mut sum, mut faults, mut last) = (0, 0, [0; 2]);
    while left.load(SeqCst) > 0 {
        let mut out = [0; 7];
        match ring.pop_run(&mut out) {
            Ok(n) => {
                left.fetch_sub(n as u64, SeqCst);
                for item in &out[..n] {
                    let (lane, number) = ((item >> 32) as usize, item & 0xffff_ffff);
                    faults += u64::from(number <= last[lane]);
                    last[lane] = number;
                    sum += number;
                }
            }
            Err(_) => thread::yield_now(),
        }
    }
    (sum, faults)
}

#[test]
fn every_item_of_a_run_comes_out_once_and_in_order_between_threads() {
    const EACH: u64 = if cfg!(miri) { 100 } else { 20_000 };
    let ring = Ring::<u64, 13>::new();
    let left = AtomicU64::new(2 * EACH);
    let taken = thread::scope(|scope| {
        for lane in 0..2_u64 {
            let ring = &ring;
            scope.spawn(move || {
                let items: Vec<u64> = (1..=EACH).map(|number| lane << 32 | number).collect();
                let mut rest = &items[..];
                while !rest.is_empty() {
                    match ring.push_run(&rest[..rest.len().min(5)]) {
                        Ok(n) => rest = &rest[n..],
                        Err(_) => thread::yield_now(),
                    }
                }
            });
        }
        let takers = [(); 2].map(|()| scope.spawn(|| take(&ring, &left)));
        takers.map(|taker| taker.join().unwrap())
    });
    assert_eq!(taken[0].1 + taken[1].1, 0, "out of order");
    assert_eq!(taken[0].0 + taken[1].0, EACH * (EACH + 1));
    assert!(ring.is_empty());
}
