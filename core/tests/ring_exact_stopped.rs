//! The exact ring beside threads that were stopped for ever at any of their accesses, beside handlers that interrupt an
//! operation at any of them, and in random schedules of real threads.

mod kit;
#[path = "kit/plain_queue.rs"]
mod plain_queue;
#[path = "kit/stops.rs"]
mod stops;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use gimmal_core::ring::exact::{Ring, RingView};
use kit::within;
use plain_queue::*;
use stops::{accesses_of, schedule, stopped_before, with_interrupts};

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
const AFTER: [&[Op]; 2] = [
    &[
        Push, Push, Overwrite, Push, Push, Pop, Overwrite, Pop, Pop, Pop, Pop, Push, Pop, Pop,
    ],
    // These would leave a head that nobody moves further and further behind.
    &[
        Overwrite, Overwrite, Overwrite, Overwrite, Overwrite, Overwrite, Overwrite, Overwrite,
        Overwrite, Overwrite, Overwrite, Pop, Push, Pop,
    ],
];

/// Fills a ring of `N` with `filled` items, stops each of `stopped` before its access of that number, and does the rest;
/// `false` if one of them ended before that.
fn with_stopped<const N: usize>(filled: usize, stopped: &[(Op, usize)], after: &[Op]) -> bool {
    let ring = Ring::<usize, N, 3>::new();
    let view: &RingView<usize, 3> = &ring;
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
    for (i, op) in after.iter().enumerate() {
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
            let stops = AFTER
                .iter()
                .all(|after| with_stopped::<N>(filled, stopped, after));
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
    if cfg!(miri) {
        each_stop::<1>(2, 1, &mut Vec::new());
        return;
    }
    for filled in 0..=2 {
        if filled <= 1 {
            each_stop::<1>(2, filled, &mut Vec::new());
        }
        let places = each_stop::<2>(2, filled, &mut Vec::new());
        assert!(places > 100, "only {places} places");
    }
}

/// More accesses than an operation has that is interrupted twice.
const PLACES: std::ops::Range<usize> = 0..16;

/// Each operation, interrupted at two of its accesses by handlers that do an operation each. No operation of another one
/// is in progress while this one runs, and but this one while a handler does: so one spare slot is enough for an overwrite,
/// and none for a push.
fn interrupted<const N: usize, const SPARE: usize>(ops: &[Op]) {
    let mut ran = 0;
    for filled in 0..=N {
        for (op, first, second) in ops.iter().flat_map(|a| {
            ops.iter()
                .flat_map(move |b| ops.iter().map(move |c| (*a, *b, *c)))
        }) {
            for (at, then) in PLACES.flat_map(|at| (at..PLACES.end).map(move |then| (at, then))) {
                let ring: Rc<Ring<usize, N, SPARE>> = Rc::new(Ring::new());
                (0..filled).for_each(|i| assert_eq!(one(&*ring, Push, i), Answer::Stored));
                let answers = Rc::new(RefCell::new(Vec::new()));
                let handler = |op, item| {
                    let (ring, answers) = (ring.clone(), answers.clone());
                    Box::new(move || answers.borrow_mut().push((op, one(&*ring, op, item)))) as _
                };
                let handlers = vec![(at, handler(first, 20)), (then, handler(second, 30))];
                let (answer, late) = with_interrupts(handlers, || one(&*ring, op, 10));
                let said = format!("{op:?} {answer:?}, within it {answers:?}");
                assert_ne!(answer, Answer::Busy, "{said}");
                let mut history = vec![Done {
                    op,
                    item: 10,
                    begun: 0,
                    ended: Some((9, answer)),
                }];
                for (i, (op, answer)) in answers.borrow().iter().enumerate() {
                    history.push(Done {
                        op: *op,
                        item: 20 + 10 * i,
                        begun: 2 * i + 1,
                        ended: Some((2 * i + 2, *answer)),
                    });
                }
                // A handler that finds no slot has done nothing: the one that it interrupts holds one.
                history.retain(|done| done.ended.is_some_and(|(_, answer)| answer != Answer::Busy));
                while let Answer::Item(item) = one(&*ring, Pop, 0) {
                    history.push(Done {
                        op: Pop,
                        item: 0,
                        begun: usize::MAX - 1,
                        ended: Some((usize::MAX, Answer::Item(item))),
                    });
                }
                let start = (0..filled).collect();
                assert!(
                    linearizable(&mut history, &start, N),
                    "no order explains {said}"
                );
                ran += usize::from(late == 0);
            }
        }
    }
    assert!(ran > 100, "only {ran} places");
}

#[test]
fn an_operation_interrupted_at_any_access_is_linearizable_and_never_busy() {
    interrupted::<1, 0>(&[Push, Pop]);
    if !cfg!(miri) {
        interrupted::<2, 0>(&[Push, Pop]);
        interrupted::<1, 1>(&OPS);
        interrupted::<2, 1>(&OPS);
        interrupted::<3, 1>(&OPS);
    }
}

/// Three threads do three operations each in a random schedule, of which `stops` stop for ever somewhere.
fn random_history<const N: usize>(seed: u64, stops: usize) {
    let ring = Ring::<usize, N, 3>::new();
    let view: &RingView<usize, 3> = &ring;
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
