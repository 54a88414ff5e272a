//! The MPMC ring beside a `VecDeque`: one by one, overwriting, over arrays and views, from every start position, with
//! operations of others that stand still in the middle.

mod kit;

use std::collections::VecDeque;
use std::time::Duration;

use gimmal_core::error::{Busy, PopError, PushError};
use gimmal_core::ring::mpmc::{Ring, RingOf, RingView};
use gimmal_core::ring::{Storage, TurnSlot};
use gimmal_core::test_hooks;
use kit::{Item, Ledger, within};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Op {
    Push,
    Pop,
    Overwrite,
    /// A push during which others push and pop that often.
    StoppedPush(usize, usize),
    /// A pop during which others pop and push that often.
    StoppedPop(usize, usize),
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0..5_usize;
    prop_oneof![
        4 => Just(Op::Push),
        4 => Just(Op::Pop),
        2 => Just(Op::Overwrite),
        1 => (n.clone(), n.clone()).prop_map(|(a, b)| Op::StoppedPush(a, b)),
        1 => (n.clone(), n).prop_map(|(a, b)| Op::StoppedPop(a, b)),
    ]
}

/// Does the operations on both and compares every answer.
fn compare<S>(ring: &mut RingOf<S>, ops: &[Op], ledger: &Ledger, model: &mut VecDeque<usize>)
where
    S: Storage<Slot = TurnSlot<Item>> + ?Sized,
{
    let capacity = ring.capacity();
    for op in ops {
        let full = model.len() == capacity;
        match *op {
            Op::Push => {
                let item = ledger.item();
                let id = item.id;
                match ring.push(item) {
                    Ok(()) => {
                        assert!(!full);
                        model.push_back(id);
                    }
                    Err(PushError::Full(back)) => assert!(full && back == id),
                    Err(PushError::Busy(_)) => panic!("nobody else is there"),
                }
            }
            Op::Pop => match ring.pop() {
                Ok(item) => assert_eq!(Some(item.id), model.pop_front()),
                Err(why) => assert!(why == PopError::Empty && model.is_empty()),
            },
            Op::Overwrite => {
                let item = ledger.item();
                model.push_back(item.id);
                match ring.push_overwrite(item) {
                    Ok(None) => assert!(!full),
                    Ok(Some(oldest)) => assert!(full && Some(oldest.id) == model.pop_front()),
                    Err(Busy(_)) => panic!("nobody else is there"),
                }
            }
            Op::StoppedPush(pushes, pops) => {
                let item = ledger.item();
                let id = item.id;
                let done = test_hooks::stopped_push(ring, item, |ring| {
                    model.push_back(id);
                    others(ring, (pushes, pops), ledger, model, Some(id));
                });
                assert_eq!(done.is_none(), full);
            }
            Op::StoppedPop(pushes, pops) => {
                let held = model.front().copied();
                let done = test_hooks::stopped_pop(ring, |ring| {
                    model.pop_front();
                    let room = capacity - 1 - model.len();
                    others(ring, (pushes.min(room), pops), ledger, model, None);
                    others(ring, (room - pushes.min(room), 0), ledger, model, None);
                    // The next slot is the one that is being emptied.
                    let refused = ring.push(ledger.item());
                    assert!(
                        matches!(refused, Err(PushError::Busy(_))),
                        "one place is not taken: not full"
                    );
                    let refused = ring.push_overwrite(ledger.item());
                    assert!(refused.is_err(), "busy, and nothing evicted");
                });
                assert_eq!(done.map(|(item, ())| item.id), held);
            }
        }
        let len = model.len();
        assert_eq!((ring.len(), ring.free()), (len, capacity - len));
        assert_eq!(
            (ring.is_empty(), ring.is_full()),
            (len == 0, len == capacity)
        );
        assert_eq!(
            ledger.living(),
            len,
            "what is not in the ring has been dropped"
        );
    }
}

/// What others do while somebody stands still; `unfinished` is the item that is not published yet.
fn others<S>(
    ring: &RingOf<S>,
    (pushes, pops): (usize, usize),
    ledger: &Ledger,
    model: &mut VecDeque<usize>,
    unfinished: Option<usize>,
) where
    S: Storage<Slot = TurnSlot<Item>> + ?Sized,
{
    for _ in 0..pushes {
        let item = ledger.item();
        let id = item.id;
        match ring.push(item) {
            Ok(()) => model.push_back(id),
            Err(why) => {
                assert!(matches!(why, PushError::Full(_)) && model.len() == ring.capacity());
            }
        }
    }
    for _ in 0..pops {
        match ring.pop() {
            Ok(item) => assert_eq!(Some(item.id), model.pop_front()),
            Err(PopError::Busy) => {
                assert!(unfinished.is_some() && model.front() == unfinished.as_ref())
            }
            Err(PopError::Empty) => assert!(model.is_empty()),
        }
    }
}

fn model<const N: usize>(lap: usize, index: usize, ops: &[Op]) {
    let ledger = Ledger::new();
    let mut ring = Ring::<Item, N>::new();
    test_hooks::mpmc_at(&mut ring, test_hooks::laps(N) - 1 - lap, index % N);
    let mut queue = VecDeque::new();
    let (first, second) = ops.split_at(ops.len() / 2);
    compare(&mut ring, first, &ledger, &mut queue);
    let view: &mut RingView<Item> = &mut ring;
    compare(view, second, &ledger, &mut queue);
    drop(ring);
    ledger.settle();
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 192 })
    })]

    #[test]
    fn behaves_like_a_bounded_vec_deque(
        lap in 0..20_usize,
        index in 0..8_usize,
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 40 } else { 200 }),
    ) {
        model::<1>(lap, index, &ops);
        model::<2>(lap, index, &ops);
        model::<3>(lap, index, &ops);
        model::<7>(lap, index, &ops);
        model::<8>(lap, index, &ops);
    }
}

#[test]
fn overwriting_a_ring_that_is_not_full_evicts_nothing() {
    let ring = Ring::<u8, 2>::new();
    assert_eq!(ring.push_overwrite(1), Ok(None));
    assert_eq!(ring.push_overwrite(2), Ok(None));
    assert_eq!(ring.push_overwrite(3), Ok(Some(1)));
    assert_eq!(
        [ring.pop(), ring.pop(), ring.pop()],
        [Ok(2), Ok(3), Err(PopError::Empty)]
    );
}

#[test]
fn a_stopped_push_makes_nobody_spin() {
    within(Duration::from_secs(20), || {
        let mut ring = Ring::<u8, 2>::new();
        let done = test_hooks::stopped_push(&mut ring, 1, |ring| {
            assert_eq!(ring.pop(), Err(PopError::Busy));
            ring.push(2).unwrap();
            assert_eq!(ring.pop(), Err(PopError::Busy), "order is kept");
            assert_eq!(
                ring.push(3),
                Err(PushError::Full(3)),
                "both positions are claimed"
            );
            // The oldest cannot be evicted yet: it is not there.
            assert_eq!(ring.push_overwrite(3), Err(Busy(3)));
        });
        assert!(done.is_some());
        assert_eq!(ring.push_overwrite(3), Ok(Some(1)));
        assert_eq!([ring.pop(), ring.pop()], [Ok(2), Ok(3)]);
    });
}

#[test]
fn a_stopped_push_into_a_ring_of_one_makes_nobody_spin() {
    within(Duration::from_secs(20), || {
        let mut ring = Ring::<u8, 1>::new();
        let done = test_hooks::stopped_push(&mut ring, 1, |ring| {
            assert_eq!(ring.pop(), Err(PopError::Busy));
            assert_eq!(ring.push(2), Err(PushError::Full(2)));
            assert_eq!(ring.push_overwrite(2), Err(Busy(2)));
        });
        assert!(done.is_some());
        assert_eq!((ring.pop(), ring.pop()), (Ok(1), Err(PopError::Empty)));
    });
}

#[test]
fn a_stopped_pop_makes_nobody_spin_and_nothing_look_full() {
    within(Duration::from_secs(20), || {
        let mut ring = Ring::<u8, 2>::new();
        ring.push(1).unwrap();
        ring.push(2).unwrap();
        let (item, ()) = test_hooks::stopped_pop(&mut ring, |ring| {
            assert_eq!(ring.push(3), Err(PushError::Busy(3)), "one place is free");
            assert_eq!(ring.push_overwrite(3), Err(Busy(3)));
            assert_eq!(
                ring.pop(),
                Ok(2),
                "the other slot is nobody's but the next popper's"
            );
            assert_eq!(ring.pop(), Err(PopError::Empty));
            assert_eq!(
                ring.push(3),
                Err(PushError::Busy(3)),
                "both places are free"
            );
        })
        .unwrap();
        assert_eq!(item, 1);
        ring.push(4).unwrap();
        assert_eq!((ring.pop(), ring.pop()), (Ok(4), Err(PopError::Empty)));
    });
}

#[test]
fn debug_shows_the_fill_and_no_slot() {
    let ring = Ring::<u8, 2>::new();
    ring.push(7).unwrap();
    assert_eq!(format!("{ring:?}"), "Ring { len: 1, capacity: 2 }");
}
