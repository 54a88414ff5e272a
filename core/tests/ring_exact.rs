//! The exact ring beside a `VecDeque`: one by one, from every start position; slots that are held; values of every kind.
//! Threads that were stopped are in `ring_exact_stopped.rs`.

mod kit;
#[path = "kit/plain_queue.rs"]
#[allow(dead_code)] // Other tests use the rest.
mod plain_queue;
#[path = "kit/stops.rs"]
#[allow(dead_code)]
mod stops;

use std::collections::VecDeque;

use gimmal_core::error::{Empty, PushError};
use gimmal_core::ring::exact::{Ring, RingView};
use gimmal_core::test_hooks;
use kit::{Item, Ledger, bangs};
use plain_queue::*;
use proptest::prelude::*;
use stops::stopped_before;

fn compare<const SPARE: usize>(ring: &RingView<usize, SPARE>, ops: &[Op]) {
    let mut queue = VecDeque::new();
    for (item, op) in ops.iter().enumerate() {
        let answer = one(ring, *op, item);
        assert_eq!(answer, plain(&mut queue, ring.capacity(), *op, item));
        assert_eq!(
            (ring.len(), ring.free(), ring.is_empty(), ring.is_full()),
            (
                queue.len(),
                ring.capacity() - queue.len(),
                queue.is_empty(),
                queue.len() == ring.capacity()
            )
        );
    }
}

/// From the last lap, or one that is a little earlier, of the positions and of the free list.
fn from_the_end<const N: usize>(ops: &[Op], lap: usize, index: usize, free: usize) {
    let mut ring = Ring::<usize, N, 1>::new();
    test_hooks::exact_at(&mut ring, usize::MAX - lap, index % N, usize::MAX - free);
    compare(&ring, ops);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 256 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn answers_as_a_plain_queue_does_also_where_its_words_wrap(
        ops in prop::collection::vec(prop::sample::select(&OPS[..]), 0..60),
        lap in 0..4_usize,
        index in 0..7_usize,
        free in 0..20_usize,
    ) {
        from_the_end::<1>(&ops, lap, index, free);
        from_the_end::<2>(&ops, lap, index, free);
        from_the_end::<3>(&ops, lap, index, free);
        from_the_end::<4>(&ops, lap, index, free);
        from_the_end::<7>(&ops, lap, index, free);
    }
}

/// A push stopped before the access that would put its slot into the cell.
fn a_push_with_its_slot<const N: usize, const SPARE: usize>(ring: &Ring<usize, N, SPARE>) {
    // Tail, cell, top of the list, its exchange.
    assert!(stopped_before(4, || _ = one(ring, Push, 50)));
}

#[test]
fn busy_says_that_more_than_the_spare_slots_are_held_and_full_says_nothing_else() {
    let ring = Ring::<usize, 2, 2>::new();
    for _ in 0..2 {
        a_push_with_its_slot(&ring);
    }
    compare(&ring, &[Push, Push, Push, Pop, Push, Push, Pop, Pop, Pop]);
    a_push_with_its_slot(&ring);
    // One slot is left, and two places.
    let answers = [Push, Push, Pop, Push, Push].map(|op| one(&ring, op, 1));
    let wanted = [
        Answer::Stored,
        Answer::Busy,
        Answer::Item(1),
        Answer::Stored,
        Answer::Busy,
    ];
    assert_eq!(answers, wanted);
    assert!(!ring.is_full());
    assert_eq!(one(&ring, Overwrite, 2), Answer::Busy);
}

#[test]
fn a_full_ring_is_full_also_without_a_free_slot() {
    let ring = Ring::<usize, 2, 1>::new();
    a_push_with_its_slot(&ring);
    let answers = [Push, Push, Push].map(|op| one(&ring, op, 1));
    assert_eq!(answers, [Answer::Stored, Answer::Stored, Answer::Full]);
}

#[test]
fn threads_get_each_item_once_and_each_sender_s_in_order() {
    const EACH: usize = if cfg!(miri) { 30 } else { 20_000 };
    let ring = Ring::<Box<(usize, usize)>, 3, 3>::new();
    let left = std::sync::atomic::AtomicUsize::new(2 * EACH);
    let taken = std::thread::scope(|scope| {
        for sender in 0..2 {
            let ring = &ring;
            scope.spawn(move || {
                for i in 0..EACH {
                    let mut item = Box::new((sender, i));
                    while let Err(refused) = ring.push(item) {
                        assert!(matches!(refused, PushError::Full(_)), "four threads");
                        item = refused.into_inner();
                        std::thread::yield_now();
                    }
                }
            });
        }
        let left = &left;
        let receivers = [(); 2].map(|()| {
            let ring = &ring;
            scope.spawn(move || {
                let mut taken = Vec::new();
                while left.load(std::sync::atomic::Ordering::Relaxed) > 0 {
                    match ring.pop() {
                        Ok(item) => {
                            left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
                            taken.push(*item);
                        }
                        Err(Empty) => std::thread::yield_now(),
                    }
                }
                taken
            })
        });
        receivers.map(|receiver| receiver.join().expect("no panic"))
    });
    for part in &taken {
        for sender in 0..2 {
            assert!(part.iter().filter(|item| item.0 == sender).is_sorted());
        }
    }
    let mut all = taken.concat();
    all.sort_unstable();
    let wanted: Vec<_> = (0..2)
        .flat_map(|s| (0..EACH).map(move |i| (s, i)))
        .collect();
    assert_eq!(all, wanted);
}

#[test]
fn what_is_left_is_dropped_once_and_a_destructor_that_panics_stops_no_other() {
    for armed in 0..4 {
        let ledger = Ledger::new();
        let ring = Ring::<Item, 3, 1>::new();
        let pick = |i| {
            if i == armed {
                ledger.bomb()
            } else {
                ledger.item()
            }
        };
        assert!(ring.push(ledger.item()).is_ok());
        assert!(ring.pop().is_ok());
        (0..3).for_each(|i| assert!(ring.push(pick(i)).is_ok()));
        assert_eq!(ledger.living(), 3);
        if armed < 3 {
            bangs(|| drop(ring));
        } else {
            drop(ring);
        }
        ledger.settle();
    }
}

#[test]
fn an_item_of_a_thread_that_was_stopped_is_not_dropped_with_the_ring() {
    let ledger = Ledger::new();
    let ring = Ring::<Item, 2, 1>::new();
    assert!(stopped_before(4, || drop(ring.push(ledger.item()))));
    assert!(ring.push(ledger.item()).is_ok());
    drop(ring);
    ledger.settle_but(1);
}

#[test]
fn values_without_a_size_and_with_a_wide_alignment() {
    #[repr(align(64))]
    #[derive(Debug, PartialEq)]
    struct Wide(u8);

    let none = Ring::<(), 3>::new();
    (0..3).for_each(|_| assert_eq!(none.push(()), Ok(())));
    assert_eq!(none.push(()), Err(PushError::Full(())));
    (0..3).for_each(|_| assert_eq!(none.pop(), Ok(())));
    assert_eq!(none.pop(), Err(Empty));

    let wide = Ring::<Wide, 1>::new();
    for i in 0..9 {
        assert_eq!(wide.push(Wide(i)), Ok(()));
        assert_eq!(wide.pop(), Ok(Wide(i)));
    }
}

#[test]
fn a_value_s_destructor_may_use_the_ring() {
    struct Again<'r>(&'r Ring<usize, 2>);
    impl Drop for Again<'_> {
        fn drop(&mut self) {
            assert_eq!(self.0.push(7), Ok(()));
        }
    }
    let inner = Ring::<usize, 2>::new();
    let ring = Ring::<Again<'_>, 1>::new();
    assert!(ring.push(Again(&inner)).is_ok());
    drop(ring.push_overwrite(Again(&inner)));
    drop(ring);
    assert_eq!((inner.pop(), inner.pop()), (Ok(7), Ok(7)));
}
