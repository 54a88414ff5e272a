//! The exact ring beside a `VecDeque`: one by one, from every start position, with threads that were stopped for ever at
//! each of their accesses, and in random schedules of real threads.

mod kit;
#[path = "kit/stops.rs"]
mod stops;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gimmal_core::error::{Busy, Empty, PushError};
use gimmal_core::ring::exact::{Ring, RingView};
use gimmal_core::test_hooks;
use kit::{Bang, Item, Ledger, bangs, within};
use proptest::prelude::*;
use stops::{accesses_of, schedule, stopped_before};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Push,
    Pop,
    Overwrite,
}
use Op::{Overwrite, Pop, Push};

const OPS: [Op; 3] = [Push, Pop, Overwrite];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Stored,
    Item(usize),
    Full,
    Empty,
    Busy,
}

/// Does an operation; what is pushed is `item`.
fn one<const SPARE: usize>(ring: &RingView<Box<usize>, SPARE>, op: Op, item: usize) -> Answer {
    match op {
        Push => match ring.push(Box::new(item)) {
            Ok(()) => Answer::Stored,
            Err(PushError::Full(back)) if *back == item => Answer::Full,
            Err(PushError::Busy(back)) if *back == item => Answer::Busy,
            Err(other) => panic!("gives back another value: {other:?}"),
        },
        Pop => ring.pop().map_or(Answer::Empty, |item| Answer::Item(*item)),
        Overwrite => match ring.push_overwrite(Box::new(item)) {
            Ok(None) => Answer::Stored,
            Ok(Some(oldest)) => Answer::Item(*oldest),
            Err(Busy(back)) => {
                assert_eq!(*back, item);
                Answer::Busy
            }
        },
    }
}

/// The same on a plain queue.
fn plain(queue: &mut VecDeque<usize>, capacity: usize, op: Op, item: usize) -> Answer {
    let full = queue.len() == capacity;
    if op == Pop {
        return queue.pop_front().map_or(Answer::Empty, Answer::Item);
    }
    if op == Push && full {
        return Answer::Full;
    }
    let oldest = if full { queue.pop_front() } else { None };
    queue.push_back(item);
    oldest.map_or(Answer::Stored, Answer::Item)
}

fn compare<const SPARE: usize>(ring: &RingView<Box<usize>, SPARE>, ops: &[Op]) {
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
    let mut ring = Ring::<Box<usize>, N, 1>::new();
    test_hooks::exact_at(&mut ring, usize::MAX - lap, index % N, usize::MAX - free);
    compare(&ring, ops);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 }))]

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

/// What the queue may be like when an operation was stopped: it has happened, or it has not.
fn either(
    queues: &[VecDeque<usize>],
    capacity: usize,
    op: Op,
    item: usize,
) -> Vec<VecDeque<usize>> {
    let mut after = queues.to_vec();
    for queue in queues {
        let mut done = queue.clone();
        plain(&mut done, capacity, op, item);
        after.push(done);
    }
    after
}

/// More than any operation needs that runs alone, wherever others were stopped: two rounds of its loop, and an eviction
/// that first moves the head on.
const OWN_STEPS: usize = 20;

/// What the others do afterwards.
const AFTER: [Op; 14] = [
    Push, Push, Overwrite, Push, Push, Pop, Overwrite, Pop, Pop, Pop, Pop, Push, Pop, Pop,
];

/// Fills a ring of `N` with `filled` items, stops each of `stopped` before its access of that number, and does the rest;
/// `false` if one of them ended before that.
fn with_stopped<const N: usize>(filled: usize, stopped: &[(Op, usize)]) -> bool {
    let ring = Ring::<Box<usize>, N, 3>::new();
    let view: &RingView<Box<usize>, 3> = &ring;
    assert_eq!(one(view, Push, 90), Answer::Stored);
    assert_eq!(one(view, Pop, 0), Answer::Item(90));
    let mut queue = VecDeque::new();
    for item in 0..filled {
        assert_eq!(plain(&mut queue, N, Push, item), one(view, Push, item));
    }
    let mut queues = vec![queue];
    for (i, (op, accesses)) in stopped.iter().enumerate() {
        if !stopped_before(*accesses, || _ = one(view, *op, 50 + i)) {
            return false;
        }
        queues = either(&queues, N, *op, 50 + i);
    }
    for (i, op) in AFTER.iter().enumerate() {
        let (answer, steps) = accesses_of(|| one(view, *op, 100 + i));
        queues.retain_mut(|queue| plain(queue, N, *op, 100 + i) == answer);
        assert!(
            !queues.is_empty(),
            "{op:?} number {i} answers {answer:?} after {filled} items and {stopped:?}"
        );
        assert!(
            steps <= OWN_STEPS,
            "{op:?} number {i} takes {steps} steps after {filled} items and {stopped:?}"
        );
    }
    true
}

/// Each operation stopped at each of its accesses, and so that at most `deep` of them are.
fn each_stop<const N: usize>(deep: usize, filled: usize, stopped: &mut Vec<(Op, usize)>) -> usize {
    let mut places = 0;
    for op in OPS {
        for accesses in 0.. {
            stopped.push((op, accesses));
            let stops = with_stopped::<N>(filled, stopped);
            if stops {
                places += 1;
                if stopped.len() < deep {
                    places += each_stop::<N>(deep, filled, stopped);
                }
            }
            stopped.pop();
            if !stops {
                break;
            }
        }
    }
    places
}

#[test]
fn a_thread_stopped_for_ever_at_any_access_delays_nobody() {
    for filled in 0..=3 {
        let mut places = 0;
        if filled <= 1 {
            places += each_stop::<1>(1, filled, &mut Vec::new());
        }
        if filled <= 2 {
            places += each_stop::<2>(1, filled, &mut Vec::new());
        }
        places += each_stop::<3>(1, filled, &mut Vec::new());
        // At the least the two loads of a push that finds the ring full, of a pop that finds it empty.
        assert!(places > 10, "only {places} places");
    }
}

#[test]
fn two_threads_stopped_for_ever_at_any_accesses_delay_nobody() {
    for filled in 0..=2 {
        if filled <= 1 {
            each_stop::<1>(2, filled, &mut Vec::new());
        }
        let places = each_stop::<2>(2, filled, &mut Vec::new());
        assert!(places > 100, "only {places} places");
        if cfg!(miri) {
            break;
        }
    }
}

/// A push stopped before the access that would put its slot into the cell.
fn a_push_with_its_slot<const N: usize, const SPARE: usize>(ring: &Ring<Box<usize>, N, SPARE>) {
    // Tail, cell, top of the list, its exchange.
    assert!(stopped_before(4, || _ = one(ring, Push, 50)));
}

#[test]
fn busy_says_that_more_than_the_spare_slots_are_held_and_full_says_nothing_else() {
    let ring = Ring::<Box<usize>, 2, 2>::new();
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
    let ring = Ring::<Box<usize>, 2, 1>::new();
    a_push_with_its_slot(&ring);
    let answers = [Push, Push, Push].map(|op| one(&ring, op, 1));
    assert_eq!(answers, [Answer::Stored, Answer::Stored, Answer::Full]);
}

/// One operation of a history.
#[derive(Clone, Copy, Debug)]
struct Done {
    op: Op,
    item: usize,
    begun: usize,
    /// `None` if it was stopped, with no answer.
    ended: Option<(usize, Answer)>,
}

/// Is there an order of the operations that a plain queue answers like this? Each comes after all that had ended before it
/// began. One without an answer may have happened or not.
fn linearizable(history: &mut Vec<Done>, queue: &VecDeque<usize>, capacity: usize) -> bool {
    let Some(first_end) = (history.iter().filter_map(|done| done.ended))
        .map(|(ended, _)| ended)
        .min()
    else {
        return true;
    };
    for i in 0..history.len() {
        let done = history[i];
        if done.begun > first_end {
            continue;
        }
        let mut next = queue.clone();
        let answer = plain(&mut next, capacity, done.op, done.item);
        if done.ended.is_none_or(|(_, wanted)| wanted == answer) {
            history.remove(i);
            let found = linearizable(history, &next, capacity);
            history.insert(i, done);
            if found {
                return true;
            }
        }
    }
    false
}

/// Three threads do three operations each in a random schedule, of which `stops` stop for ever somewhere.
fn random_history<const N: usize>(seed: u64, stops: usize) {
    let ring = Ring::<Box<usize>, N, 3>::new();
    let view: &RingView<Box<usize>, 3> = &ring;
    let scripts: Vec<_> = (0..3_usize)
        .map(|thread| {
            move |clock: &dyn Fn() -> usize, record: &dyn Fn(Done)| {
                for turn in 0..3_usize {
                    let op = OPS[(seed as usize / 3_usize.pow((3 * thread + turn) as u32)) % 3];
                    let mut done = Done {
                        op,
                        item: 10 * thread + turn,
                        begun: clock(),
                        ended: None,
                    };
                    record(done);
                    let answer = one(view, op, done.item);
                    done.ended = Some((clock(), answer));
                    record(done);
                }
            }
        })
        .collect();
    let mut history: Vec<Done> = Vec::new();
    for done in schedule(seed, stops, scripts) {
        history.retain(|old| old.item != done.item);
        history.push(done);
    }
    let whole = history.iter().filter(|done| done.ended.is_some()).count();
    assert!(
        whole >= 3 * (3 - stops),
        "the others have done all: {history:?}"
    );
    let mut ended = history.clone();
    ended.iter_mut().for_each(|done| {
        assert!(
            !matches!(done.ended, Some((_, Answer::Busy))),
            "{history:?}"
        );
    });
    // What is left is popped by one that comes last.
    while let Answer::Item(item) = one(view, Pop, 0) {
        ended.push(Done {
            op: Pop,
            item: 0,
            begun: usize::MAX - 1,
            ended: Some((usize::MAX, Answer::Item(item))),
        });
    }
    assert!(
        linearizable(&mut ended, &VecDeque::new(), N),
        "no order explains {history:?}, seed {seed}"
    );
}

fn seeds() -> u64 {
    if cfg!(miri) { 3 } else { 150 }
}

#[test]
fn histories_of_random_schedules_are_linearizable() {
    within(std::time::Duration::from_secs(300), || {
        for seed in 0..seeds() {
            random_history::<1>(seed * 7919, 0);
            random_history::<2>(seed * 7919 + 1, 0);
        }
    });
}

#[test]
fn so_are_those_of_threads_that_are_stopped_for_ever() {
    within(std::time::Duration::from_secs(300), || {
        for seed in 0..seeds() {
            random_history::<1>(seed * 7919, 1);
            random_history::<2>(seed * 7919 + 1, 2);
        }
    });
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
    let ended = catch_unwind(AssertUnwindSafe(|| {
        std::panic::resume_unwind(Box::new(Bang))
    }));
    assert!(ended.is_err());
}
