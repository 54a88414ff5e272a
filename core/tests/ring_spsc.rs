//! The SPSC ring beside a `VecDeque`: one by one, in runs, in place, over arrays and views, from every start position.
//! And its handles: there is never a second one.

mod kit;

use std::collections::VecDeque;
use std::thread;

use gimmal_core::error::{Empty, Full, ReadError, ReserveError};
use gimmal_core::ring::spsc::{ConsumerOf, Erase, ProducerOf, Ring, RingView};
use gimmal_core::ring::{Slot, Storage};
use gimmal_core::test_hooks;
use kit::{Item, Ledger};
use proptest::prelude::*;

/// What a write run ends with.
#[derive(Clone, Copy, Debug)]
enum End {
    Commit,
    CommitFirst(usize),
    Drop,
}

/// What a read run ends with.
#[derive(Clone, Copy, Debug)]
enum How {
    Release(usize),
    Next(usize),
    Fold,
    Leave,
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Push,
    Pop,
    Peek,
    Write(usize, usize, End),
    Read(usize, How),
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0..10_usize;
    let end = prop_oneof![
        Just(End::Commit),
        n.clone().prop_map(End::CommitFirst),
        Just(End::Drop)
    ];
    let how = prop_oneof![
        n.clone().prop_map(How::Release),
        n.clone().prop_map(How::Next),
        Just(How::Fold),
        Just(How::Leave)
    ];
    prop_oneof![
        4 => Just(Op::Push),
        4 => Just(Op::Pop),
        1 => Just(Op::Peek),
        2 => (n.clone(), n.clone(), end).prop_map(|(n, w, end)| Op::Write(n, w, end)),
        2 => (n, how).prop_map(|(n, how)| Op::Read(n, how)),
    ]
}

/// Does the operations on both and compares every answer.
fn compare<P, C>(
    producer: &mut ProducerOf<'_, P>,
    consumer: &mut ConsumerOf<'_, C>,
    ops: &[Op],
    ledger: &Ledger,
    model: &mut VecDeque<usize>,
) where
    P: Storage<Slot = Slot<Item>> + Erase<Item> + ?Sized,
    C: Storage<Slot = Slot<Item>> + Erase<Item> + ?Sized,
{
    let capacity = producer.capacity();
    for op in ops {
        let (len, free) = (model.len(), capacity - model.len());
        match *op {
            Op::Push => {
                let item = ledger.item();
                let id = item.id;
                match producer.push(item) {
                    Ok(()) => {
                        assert!(free > 0);
                        model.push_back(id);
                    }
                    Err(Full(back)) => assert!(free == 0 && back == id),
                }
            }
            Op::Pop => match consumer.pop() {
                Ok(item) => assert_eq!(Some(item.id), model.pop_front()),
                Err(Empty) => assert_eq!(len, 0),
            },
            Op::Peek => match consumer.peek() {
                Ok(item) => assert_eq!(Some(&item.id), model.front()),
                Err(Empty) => assert_eq!(len, 0),
            },
            Op::Write(n, w, end) => match producer.reserve(n) {
                Err(ReserveError::TooLong { capacity: all }) => {
                    assert!(n > capacity && all == capacity)
                }
                Err(ReserveError::TooFew { free: now }) => assert!(n > free && now == free),
                Ok(mut run) => {
                    assert!(n <= free && run.len() == n && run.is_empty() == (n == 0));
                    let mut ids = Vec::new();
                    for _ in 0..w {
                        let item = ledger.item();
                        ids.push(item.id);
                        if let Err(Full(back)) = run.push(item) {
                            assert!(ids.len() > n && ids.pop() == Some(back.id));
                        }
                    }
                    assert_eq!(run.written(), ids.len());
                    match end {
                        End::Commit => run.commit(),
                        End::CommitFirst(k) => {
                            ids.truncate(k);
                            run.commit_first(ids.len());
                        }
                        End::Drop => {
                            ids.clear();
                            drop(run);
                        }
                    }
                    model.extend(ids);
                }
            },
            Op::Read(n, how) => match consumer.read_chunk(n) {
                Err(ReadError::TooLong { capacity: all }) => {
                    assert!(n > capacity && all == capacity)
                }
                Err(ReadError::TooFew { available }) => assert!(n > len && available == len),
                Ok(run) => {
                    assert!(n <= len && run.len() == n && run.is_empty() == (n == 0));
                    let (first, second) = run.as_slices();
                    let seen: Vec<usize> = first.iter().chain(second).map(|i| i.id).collect();
                    let expected: Vec<usize> = model.iter().take(n).copied().collect();
                    assert_eq!(seen, expected);
                    let taken: Vec<usize> = match how {
                        How::Release(k) => {
                            run.release(k.min(n));
                            seen[..k.min(n)].to_vec()
                        }
                        How::Next(k) => {
                            let mut each = run.pop_each();
                            assert_eq!(each.len(), n);
                            each.by_ref().take(k).map(|i| i.id).collect()
                        }
                        How::Fold => {
                            let mut ids = Vec::new();
                            run.pop_each().for_each(|i| ids.push(i.id));
                            ids
                        }
                        How::Leave => Vec::new(),
                    };
                    assert!(model.drain(..taken.len()).eq(taken));
                }
            },
        }
        let len = model.len();
        assert_eq!((producer.len(), consumer.len()), (len, len));
        assert_eq!(
            (producer.free(), consumer.free()),
            (capacity - len, capacity - len)
        );
        assert!(producer.is_empty() == (len == 0) && consumer.is_empty() == (len == 0));
        assert!(producer.is_full() == (len == capacity) && consumer.is_full() == (len == capacity));
        assert_eq!(
            ledger.living(),
            len,
            "what is not in the ring has been dropped"
        );
    }
}

fn model<const N: usize>(start: usize, erased: (bool, bool), ops: &[Op]) {
    let ledger = Ledger::new();
    let mut ring = Ring::<Item, N>::new();
    test_hooks::spsc_at(&mut ring, test_hooks::last_position(N) - start % (2 * N));
    let mut queue = VecDeque::new();
    let (first, second) = ops.split_at(ops.len() / 2);
    {
        let (mut producer, mut consumer) = ring.split();
        compare(&mut producer, &mut consumer, first, &ledger, &mut queue);
    }
    {
        // The handles have gone, the items are still there for the next ones.
        let (mut producer, mut consumer) = ring.try_split().expect("the handles have gone");
        match erased {
            (false, false) => compare(&mut producer, &mut consumer, second, &ledger, &mut queue),
            (true, false) => compare(
                &mut producer.erase(),
                &mut consumer,
                second,
                &ledger,
                &mut queue,
            ),
            (false, true) => compare(
                &mut producer,
                &mut consumer.erase(),
                second,
                &ledger,
                &mut queue,
            ),
            (true, true) => {
                let (mut producer, mut consumer) = (producer.erase(), consumer.erase());
                compare(&mut producer, &mut consumer, second, &ledger, &mut queue);
            }
        }
    }
    assert_eq!(ring.len(), queue.len());
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
        start in 0..64_usize,
        erased in any::<(bool, bool)>(),
        ops in prop::collection::vec(op(), 0..if cfg!(miri) { 40 } else { 200 }),
    ) {
        model::<1>(start, erased, &ops);
        model::<2>(start, erased, &ops);
        model::<3>(start, erased, &ops);
        model::<7>(start, erased, &ops);
        model::<8>(start, erased, &ops);
    }
}

#[test]
fn a_second_split_is_refused_while_a_handle_lives() {
    static RING: Ring<u8, 2> = Ring::new();
    let (mut producer, consumer) = RING.try_split().unwrap();
    assert!(RING.try_split().is_none());
    producer.push(1).unwrap();
    drop(producer);
    assert!(
        RING.try_split().is_none(),
        "the consumer lives: no second one beside it"
    );
    drop(consumer);
    let (producer, mut consumer) = RING.try_split().unwrap();
    drop(producer);
    assert_eq!(consumer.pop(), Ok(1), "what was pushed is still there");
    assert!(RING.try_split().is_none());
}

#[test]
fn an_erased_handle_holds_its_place_like_any_other() {
    let ring = Ring::<u8, 3>::new();
    let (producer, consumer) = ring.try_split().unwrap();
    let (producer, consumer) = (producer.erase(), consumer.erase());
    drop(producer);
    assert!(ring.try_split().is_none());
    drop(consumer);
    assert!(ring.try_split().is_some());
}

#[test]
fn a_view_of_a_ring_splits_like_the_ring() {
    let ring = Ring::<u8, 3>::new();
    let view: &RingView<u8> = &ring;
    let (mut producer, mut consumer) = view.try_split().unwrap();
    for i in 0..3 {
        producer.push(i).unwrap();
    }
    assert_eq!(producer.push(3), Err(Full(3)));
    assert_eq!((view.len(), view.capacity(), consumer.pop()), (3, 3, Ok(0)));
}

#[test]
fn forgotten_handles_are_forgotten_by_the_next_exclusive_split() {
    let mut ring = Ring::<u8, 2>::new();
    let (mut producer, consumer) = ring.split();
    producer.push(1).unwrap();
    std::mem::forget((producer, consumer));
    assert!(
        ring.try_split().is_none(),
        "from outside a forgotten handle lives for ever"
    );
    let (_, mut consumer) = ring.split();
    assert_eq!(consumer.pop(), Ok(1));
}

#[test]
fn a_run_of_no_slots_is_fine_at_every_fill() {
    let mut ring = Ring::<u8, 1>::new();
    let (mut producer, mut consumer) = ring.split();
    for fill in 0..2 {
        producer.reserve(0).unwrap().commit();
        let run = consumer.read_chunk(0).unwrap();
        assert_eq!(run.as_slices(), (&[][..], &[][..]));
        run.release(0);
        assert_eq!(consumer.len(), fill);
        let _ = producer.push(0);
    }
}

#[test]
fn a_request_that_can_never_fit_is_told_so_at_every_fill() {
    let mut ring = Ring::<u8, 3>::new();
    let (mut producer, mut consumer) = ring.split();
    for _ in 0..4 {
        for n in [4, 5, usize::MAX] {
            let error = producer.reserve(n).unwrap_err();
            assert_eq!(error, ReserveError::TooLong { capacity: 3 });
            let error = consumer.read_chunk(n).unwrap_err();
            assert_eq!(error, ReadError::TooLong { capacity: 3 });
        }
        let _ = producer.push(0);
    }
}

#[test]
fn publishing_more_than_was_written_panics_and_publishes_nothing() {
    let ledger = Ledger::new();
    let mut ring = Ring::<Item, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    let mut run = producer.reserve(3).unwrap();
    run.push(ledger.item()).unwrap();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.commit_first(2)));
    assert!(result.is_err());
    assert_eq!((consumer.len(), ledger.living()), (0, 0));
    producer.push(ledger.item()).unwrap();
    let run = consumer.read_chunk(1).unwrap();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.release(2)));
    assert!(result.is_err());
    assert_eq!((consumer.len(), ledger.living()), (1, 1));
    drop((producer, consumer));
    drop(ring);
    ledger.settle();
}

#[test]
fn a_forgotten_write_run_leaks_and_publishes_nothing() {
    let ledger = Ledger::new();
    let mut ring = Ring::<Item, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    let mut run = producer.reserve(3).unwrap();
    run.push(ledger.item()).unwrap();
    run.push(ledger.item()).unwrap();
    std::mem::forget(run);
    assert!(consumer.is_empty());
    for _ in 0..4 {
        producer.push(ledger.item()).unwrap();
    }
    assert_eq!(consumer.pop().unwrap(), 2);
    drop((producer, consumer));
    drop(ring);
    ledger.settle_but(2);
}

#[test]
#[allow(clippy::forget_non_drop)] // A run without a destructor today may have one tomorrow.
fn a_forgotten_read_run_or_iterator_takes_only_what_it_gave() {
    let ledger = Ledger::new();
    let mut ring = Ring::<Item, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    for _ in 0..4 {
        producer.push(ledger.item()).unwrap();
    }
    std::mem::forget(consumer.read_chunk(4).unwrap());
    assert_eq!((consumer.len(), producer.free()), (4, 0));
    let mut each = consumer.read_chunk(4).unwrap().pop_each();
    assert_eq!(each.next().unwrap(), 0);
    std::mem::forget(each);
    assert_eq!((consumer.len(), producer.free()), (3, 1));
    drop((producer, consumer));
    drop(ring);
    ledger.settle();
}

/// A chunk goes to another thread and is filled, or read, there; its handle waits meanwhile.
#[test]
fn chunks_may_move_between_threads() {
    let mut ring = Ring::<Box<u32>, 4>::new();
    let (mut producer, mut consumer) = ring.split();
    for round in 0..3 {
        let mut chunk = producer.reserve(3).unwrap();
        thread::scope(|scope| {
            scope.spawn(move || {
                assert_eq!(chunk.fill((0..3).map(|n| Box::new(10 * round + n))), 3);
                chunk.commit();
            });
        });
        let chunk = consumer.read_chunk(3).unwrap();
        let read = move || chunk.pop_each().map(|item| *item).sum::<u32>();
        let sum = thread::scope(|scope| scope.spawn(read).join().unwrap());
        assert_eq!(sum, 30 * round + 3);
    }
}
