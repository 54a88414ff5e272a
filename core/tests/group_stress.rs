//! Real threads, more than there are cores, on conditions and barriers: exact counts, nobody left behind.

mod kit;

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use gimmal_core::error::{BrokenBarrier, WaitError};
use gimmal_core::sync::{Barrier, Condition, Lock, Turn};
use gimmal_core::wait::block_on_until;
use kit::{Yield, asleep, give_way, rounds, within};

/// Far more than any of these takes: when one thread of a test has failed, its partners wait for ever.
const LIMIT: Duration = Duration::from_secs(50);

/// How long the threads of a test run at least; an interpreter counts turns only.
const TIME: Duration = Duration::from_millis(200);

const THREADS: usize = 8;

/// Is it still time? At least until `turns` says that there were enough.
fn goes_on(start: Instant, enough: bool) -> bool {
    !enough || (!cfg!(miri) && start.elapsed() < TIME)
}

/// Waits for some polls; then the future `or` says what was too late.
fn limit(polls: usize) -> impl Future<Output = ()> {
    let mut left = polls;
    std::future::poll_fn(move |_| match left.checked_sub(1) {
        Some(fewer) => {
            left = fewer;
            Poll::Pending
        }
        None => Poll::Ready(()),
    })
}

/// A whole wait at a barrier that gives up after so many polls; `None` if it did. Nothing that it was told is lost.
fn arrive(barrier: &Barrier<impl Fn()>, polls: usize) -> Option<Result<Turn, BrokenBarrier>> {
    let mut arrival = pin!(barrier.wait());
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(answer) = arrival.as_mut().poll(&mut context) {
            return Some(answer);
        }
        give_way();
    }
    arrival.cancel().ok()
}

#[test]
fn a_barrier_keeps_its_parties_in_step() {
    within(LIMIT, || {
        let generations = rounds(2_000);
        let (arrived, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let barrier = Barrier::with_action(THREADS, || {
            let run = runs.fetch_add(1, SeqCst);
            assert_eq!(
                arrived.load(SeqCst),
                (run + 1) * THREADS,
                "all, and nobody twice"
            );
        });
        let (leaders, indices) = (
            AtomicUsize::new(0),
            [const { AtomicUsize::new(0) }; THREADS],
        );
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for generation in 1..=generations {
                        arrived.fetch_add(1, SeqCst);
                        let turn = asleep(barrier.wait()).unwrap();
                        assert!(runs.load(SeqCst) >= generation, "the action comes first");
                        assert!(arrived.load(SeqCst) >= generation * THREADS);
                        assert_eq!(turn.is_leader(), turn.index() == THREADS - 1);
                        leaders.fetch_add(usize::from(turn.is_leader()), SeqCst);
                        indices[turn.index()].fetch_add(1, SeqCst);
                    }
                });
            }
        });
        assert_eq!(
            (leaders.into_inner(), runs.load(SeqCst)),
            (generations, generations)
        );
        assert!(
            indices
                .map(AtomicUsize::into_inner)
                .iter()
                .all(|n| *n == generations)
        );
    });
}

/// More threads than parties, some of which give up, and one that breaks it and mends it.
#[test]
fn a_generation_that_has_tripped_is_a_success_for_each_of_its_parties() {
    within(LIMIT, || {
        const PARTIES: usize = 3;
        let runs = AtomicUsize::new(0);
        let barrier = Barrier::with_action(PARTIES, || {
            runs.fetch_add(1, SeqCst);
            // Time for others to break it meanwhile.
            give_way();
        });
        let (indices, broken) = (
            [const { AtomicUsize::new(0) }; PARTIES],
            AtomicUsize::new(0),
        );
        let (done, gone) = (AtomicBool::new(false), AtomicUsize::new(0));
        let count = |answer: Option<Result<Turn, BrokenBarrier>>| match answer {
            Some(Ok(turn)) => drop(indices[turn.index()].fetch_add(1, SeqCst)),
            Some(Err(BrokenBarrier)) => {
                broken.fetch_add(1, SeqCst);
                give_way();
            }
            None => drop(gone.fetch_add(1, SeqCst)),
        };
        thread::scope(|scope| {
            for i in 1..THREADS {
                let (count, done, barrier) = (&count, &done, &barrier);
                scope.spawn(move || {
                    while !done.load(SeqCst) {
                        count(match i % 3 {
                            0 => arrive(barrier, 2 * i),
                            _ => Some(asleep(barrier.wait())),
                        });
                    }
                });
            }
            let (start, mut breaks) = (Instant::now(), 0);
            while goes_on(start, indices[0].load(SeqCst) > 50) {
                breaks += 1;
                if breaks % 3 == 0 {
                    barrier.abort();
                }
                if breaks % 2 == 0 || barrier.is_broken() {
                    barrier.reset();
                }
                (0..breaks % 50).for_each(|_| give_way());
            }
            done.store(true, SeqCst);
            barrier.abort();
        });
        let indices = indices.map(AtomicUsize::into_inner);
        println!("turns {indices:?}, broken {broken:?}, gone {gone:?}, runs {runs:?}");
        assert!(
            indices.iter().all(|n| *n == indices[0]),
            "each its own: {indices:?}"
        );
        assert!(runs.load(SeqCst) >= indices[0]);
        assert!(barrier.is_broken() && barrier.waiting() == 0);
    });
}

/// As many threads as parties, one of which gives up when it likes, and nobody else who could tell the others.
#[test]
fn all_of_a_generation_pass_or_nobody_does() {
    within(LIMIT, || {
        let barrier = Barrier::new(THREADS);
        let (next, passed) = (std::sync::Barrier::new(THREADS), AtomicUsize::new(0));
        let trips = AtomicUsize::new(0);
        let rounds = rounds(400);
        thread::scope(|scope| {
            for i in 0..THREADS {
                let (barrier, next, passed, trips) = (&barrier, &next, &passed, &trips);
                scope.spawn(move || {
                    for round in 0..rounds {
                        let answer = match round % THREADS == i {
                            true => arrive(barrier, 1 + round % 20),
                            false => Some(asleep(barrier.wait())),
                        };
                        passed.fetch_add(usize::from(matches!(answer, Some(Ok(_)))), SeqCst);
                        // Everybody has its answer; one of them looks, and mends it.
                        if next.wait().is_leader() {
                            let passed = passed.swap(0, SeqCst);
                            assert!(passed == 0 || passed == THREADS, "{passed} of them");
                            assert_eq!(barrier.is_broken(), passed == 0);
                            trips.fetch_add(usize::from(passed > 0), SeqCst);
                            barrier.reset();
                        }
                        next.wait();
                    }
                });
            }
        });
        println!("{} of {rounds} have tripped", trips.into_inner());
    });
}

/// A queue of two places between threads that sleep when it is full or empty.
#[test]
fn what_is_put_in_comes_out_once_until_it_is_closed() {
    within(LIMIT, || {
        const EACH: usize = 3_000;
        let each = rounds(EACH);
        let items = Lock::new(VecDeque::new());
        let (filled, emptied) = (Condition::new(), Condition::new());
        let (taken, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            let producers: Vec<_> = (0..THREADS / 2)
                .map(|producer| {
                    let (items, filled, emptied) = (&items, &filled, &emptied);
                    scope.spawn(move || {
                        for i in 0..each {
                            let guard = asleep(items.lock());
                            let full = |items: &mut VecDeque<usize>| items.len() == 2;
                            let mut guard = asleep(emptied.wait_while(guard, full)).unwrap();
                            guard.push_back(producer * each + i);
                            drop(guard);
                            filled.notify_one();
                        }
                    })
                })
                .collect();
            for _ in 0..THREADS / 2 {
                scope.spawn(|| {
                    loop {
                        let guard = asleep(items.lock());
                        let empty = |items: &mut VecDeque<usize>| items.is_empty();
                        let mut guard = match asleep(filled.wait_while(guard, empty)) {
                            Ok(guard) => guard,
                            Err(WaitError::Closed(_)) => break,
                            Err(other) => panic!("{other:?}"),
                        };
                        let item = guard.pop_front().expect("somebody has put it in");
                        drop(guard);
                        emptied.notify_one();
                        taken.fetch_add(1, SeqCst);
                        sum.fetch_add(item, SeqCst);
                    }
                });
            }
            for producer in producers {
                producer.join().unwrap();
            }
            filled.close();
        });
        let all = THREADS / 2 * each;
        assert_eq!(taken.into_inner(), all, "also what came last");
        assert_eq!(sum.into_inner(), all * (all - 1) / 2);
    });
}

/// Notifications of all kinds, and waiters that stop whenever they like: as many are told as return.
#[test]
fn as_many_are_told_as_return() {
    within(LIMIT, || {
        let (condition, lock) = (Condition::new(), Lock::new(0_usize));
        let (told, returned) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let stopped = AtomicUsize::new(0);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for i in 2..THREADS {
                let (condition, lock, done) = (&condition, &lock, &done);
                let (returned, stopped) = (&returned, &stopped);
                scope.spawn(move || {
                    while !done.load(SeqCst) {
                        let guard = asleep(lock.lock());
                        let waiting = condition.wait_or(guard, limit(i * i));
                        let (mut guard, ended) = kit::wait(waiting).unwrap();
                        *guard += 1;
                        let counter = if ended.is_ok() { returned } else { stopped };
                        counter.fetch_add(1, SeqCst);
                    }
                });
            }
            for i in 0..2 {
                let (condition, told, returned, done) = (&condition, &told, &returned, &done);
                scope.spawn(move || {
                    let start = Instant::now();
                    for round in 0.. {
                        let n = match (round + i) % 4 {
                            0 | 1 => usize::from(condition.notify_one()),
                            2 => condition.notify_many(3),
                            _ => condition.notify_all(),
                        };
                        told.fetch_add(n, SeqCst);
                        if !goes_on(start, returned.load(SeqCst) > 100) {
                            break;
                        }
                        give_way();
                    }
                    done.store(true, SeqCst);
                });
            }
        });
        let (returned, stopped) = (returned.into_inner(), stopped.into_inner());
        println!("{returned} returned, {stopped} stopped");
        assert_eq!(returned, told.into_inner());
        assert_eq!(returned + stopped, lock.into_inner());
        assert!(!condition.notify_one(), "nobody is thought to wait");
    });
}

/// One token at a time, and more who wait for it than want it: those go away, also with the notification.
#[test]
fn no_notification_goes_away_with_who_got_it() {
    within(LIMIT, || {
        let tokens = rounds(1_000);
        let (made, taken) = (Condition::new(), Condition::new());
        let token = Lock::new(false);
        thread::scope(|scope| {
            for i in 1..THREADS - 2 {
                let (made, token) = (&made, &token);
                scope.spawn(move || {
                    while !made.is_closed() {
                        let mut polls = i;
                        let waiting = made.wait(asleep(token.lock()));
                        let told = block_on_until::<Yield, _>(waiting, || {
                            polls -= 1;
                            polls == 0
                        });
                        // Whoever is told and does not go must tell another one itself.
                        if let Some(Ok(guard)) = told {
                            drop(guard);
                            made.notify_one();
                        }
                    }
                });
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let guard = asleep(token.lock());
                        match asleep(made.wait_while(guard, |token| !*token)) {
                            Ok(mut guard) => *guard = false,
                            Err(WaitError::Closed(_)) => break,
                            Err(other) => panic!("{other:?}"),
                        }
                        taken.notify_one();
                    }
                });
            }
            for _ in 0..tokens {
                *asleep(token.lock()) = true;
                made.notify_one();
                let guard = asleep(token.lock());
                drop(asleep(taken.wait_while(guard, |token| *token)).unwrap());
            }
            made.close();
        });
        assert!(!token.into_inner());
    });
}

#[test]
fn everybody_hears_of_each_change() {
    within(LIMIT, || {
        let changes = rounds(1_000);
        let (changed, heard) = (Condition::new(), Condition::new());
        // The number of the change, and how many have heard of it.
        let news = Lock::new((0_usize, 0_usize));
        thread::scope(|scope| {
            for _ in 1..THREADS {
                scope.spawn(|| {
                    for seen in 0..changes {
                        let guard = asleep(news.lock());
                        let old = |news: &mut (usize, usize)| news.0 == seen;
                        let mut guard = asleep(changed.wait_while(guard, old)).unwrap();
                        assert_eq!(guard.0, seen + 1, "none is missed");
                        guard.1 += 1;
                        drop(guard);
                        heard.notify_one();
                    }
                });
            }
            for change in 1..=changes {
                let mut guard = asleep(news.lock());
                *guard = (change, 0);
                changed.notify_all();
                let some = |news: &mut (usize, usize)| news.1 < THREADS - 1;
                drop(asleep(heard.wait_while(guard, some)).unwrap());
            }
        });
        assert_eq!(news.into_inner(), (changes, THREADS - 1));
    });
}
