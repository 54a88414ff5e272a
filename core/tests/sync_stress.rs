//! Real threads on locks and semaphores: exact counts, one owner at a time, never a permit too many, nobody starved.

mod kit;

use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gimmal_core::error::Closed;
use gimmal_core::sync::{BoundedSemaphore, Lock, Semaphore};
use gimmal_core::wait::block_on_until;
use kit::{Yield, asleep as wait, give_way, rounds, within};

/// Far more than any of these takes: when one thread of a test has failed, its partners wait for ever.
const LIMIT: Duration = Duration::from_secs(50);

/// How long the threads of a test run at least; an interpreter counts turns only.
const TIME: Duration = Duration::from_millis(150);

const THREADS: usize = 4;

/// How often each thread must have its turn at least, however long that takes.
const TURNS: usize = 10;

/// Runs `work` again and again on each of the threads, for a while and until each of them had its turns; says how often
/// each of them did it.
fn threads(work: impl Fn(usize) + Sync) -> [usize; THREADS] {
    let counts = [const { AtomicUsize::new(0) }; THREADS];
    let (together, start) = (Barrier::new(THREADS), Instant::now());
    let goes_on = || {
        let in_time = !cfg!(miri) && start.elapsed() < TIME;
        in_time || counts.iter().any(|count| count.load(SeqCst) < TURNS)
    };
    thread::scope(|scope| {
        for (i, count) in counts.iter().enumerate() {
            let (work, goes_on, together) = (&work, &goes_on, &together);
            scope.spawn(move || {
                together.wait();
                while goes_on() {
                    work(i);
                    count.fetch_add(1, SeqCst);
                }
            });
        }
    });
    counts.map(AtomicUsize::into_inner)
}

/// Says how often the luckless one and the lucky one had their turn.
fn say(what: &str, counts: [usize; THREADS]) -> (usize, usize) {
    let (least, most) = (*counts.iter().min().unwrap(), *counts.iter().max().unwrap());
    println!("{what}: {least} to {most}, {counts:?}");
    (least, most)
}

/// They are not worlds apart: for work during which the others come, so that none runs for long by itself. On a busy
/// machine one may not run for a while, which is nobody's fault.
#[track_caller]
fn fair(what: &str, counts: [usize; THREADS]) {
    let (least, most) = say(what, counts);
    assert!(most <= 20_000 + 100 * least, "{what}: {counts:?}");
}

/// Lets the others come.
fn linger() {
    (0..3).for_each(|_| give_way());
}

#[test]
fn a_lock_has_one_owner_at_a_time_and_counts_exactly() {
    within(LIMIT, || {
        let lock = Lock::new(0_usize);
        let owned = AtomicBool::new(false);
        let counts = threads(|_| {
            let mut guard = wait(lock.lock());
            assert!(!owned.swap(true, SeqCst), "two owners");
            *guard += 1;
            assert!(owned.swap(false, SeqCst));
        });
        assert_eq!(lock.into_inner(), counts.iter().sum());
        say("lock", counts);
    });
}

#[test]
fn a_lock_that_is_held_for_long_is_nobody_s_for_ever() {
    within(LIMIT, || {
        let lock = Lock::new(0_usize);
        let counts = threads(|_| {
            let mut guard = wait(lock.lock());
            *guard += 1;
            // Others come meanwhile, and this one comes again at once.
            linger();
        });
        assert_eq!(lock.into_inner(), counts.iter().sum());
        fair("long lock", counts);
    });
}

#[test]
fn trying_waiting_and_leaving_lose_no_lock() {
    within(LIMIT, || {
        let lock = Lock::new(0_usize);
        let taken = AtomicUsize::new(0);
        let rounds = threads(|i| {
            let mut limit = i;
            let guard = match i {
                0 => lock.try_lock(),
                1 => Some(wait(lock.lock())),
                _ => block_on_until::<Yield, _>(lock.lock(), || {
                    limit -= 1;
                    limit == 0
                }),
            };
            if let Some(mut guard) = guard {
                *guard += 1;
                taken.fetch_add(1, SeqCst);
                if *guard % 7 == 0 {
                    give_way();
                }
            }
        });
        say("trying", rounds);
        assert!(!lock.is_locked(), "everybody has gone");
        assert_eq!(lock.into_inner(), taken.into_inner());
    });
}

#[test]
fn there_are_never_more_permits_out_than_there_are() {
    within(LIMIT, || {
        const PERMITS: usize = 3;
        let semaphore = BoundedSemaphore::new(PERMITS);
        let (out, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let counts = threads(|i| {
            // One thread asks for all of them, time and again: the small requests do not starve it.
            let n = if i == 0 { PERMITS } else { 1 + i % 2 };
            let permit = wait(semaphore.acquire_many(n).unwrap()).unwrap();
            let now = out.fetch_add(n, SeqCst) + n;
            assert!(now <= PERMITS, "{now} permits at once");
            most.fetch_max(now, SeqCst);
            linger();
            out.fetch_sub(n, SeqCst);
            drop(permit);
        });
        assert_eq!(semaphore.available(), PERMITS);
        assert_eq!(most.into_inner(), PERMITS);
        fair("bounded semaphore", counts);
    });
}

#[test]
fn a_semaphore_of_one_is_a_lock_in_turns() {
    within(LIMIT, || {
        let semaphore = Semaphore::new(1);
        let owned = AtomicBool::new(false);
        let counts = threads(|_| {
            let permit = wait(semaphore.acquire()).unwrap();
            assert!(!owned.swap(true, SeqCst), "two owners");
            linger();
            assert!(owned.swap(false, SeqCst));
            // Given back by hand: what counts is the number.
            permit.forget();
            semaphore.release(1).unwrap();
        });
        assert_eq!(semaphore.available(), 1);
        fair("semaphore", counts);
    });
}

#[test]
fn trying_waiting_and_leaving_lose_no_permit() {
    within(LIMIT, || {
        const PERMITS: usize = 4;
        let semaphore = Semaphore::new(PERMITS);
        let out = AtomicUsize::new(0);
        let counts = threads(|i| {
            let mut limit = i;
            let n = 1 + i;
            let permit = match i {
                0 => semaphore.try_acquire(),
                1 => wait(semaphore.acquire_many(n)).ok(),
                _ => block_on_until::<Yield, _>(semaphore.acquire_many(n), || {
                    limit -= 1;
                    limit == 0
                })
                .map(Result::unwrap),
            };
            if let Some(permit) = permit {
                let now = out.fetch_add(permit.count(), SeqCst) + permit.count();
                assert!(now <= PERMITS, "{now} permits at once");
                if i == 3 {
                    give_way();
                }
                out.fetch_sub(permit.count(), SeqCst);
            }
        });
        say("leaving", counts);
        assert_eq!(semaphore.available(), PERMITS);
        let last = semaphore.try_acquire_many(PERMITS);
        assert!(last.is_some(), "and nobody is thought to wait");
    });
}

#[test]
fn what_is_released_is_what_is_taken_until_it_is_closed() {
    within(LIMIT, || {
        for _ in 0..rounds(50) {
            let semaphore = Semaphore::new(0);
            let balance = AtomicIsize::new(0);
            thread::scope(|scope| {
                for n in 1..4 {
                    let (semaphore, balance) = (&semaphore, &balance);
                    scope.spawn(move || {
                        loop {
                            match wait(semaphore.acquire_many(n)) {
                                Ok(permit) => permit.forget(),
                                Err(Closed) => break,
                            }
                            balance.fetch_sub(n.cast_signed(), SeqCst);
                        }
                    });
                }
                for i in 0..rounds(500) {
                    semaphore.release(i % 5).unwrap();
                    balance.fetch_add((i % 5).cast_signed(), SeqCst);
                }
                semaphore.close();
            });
            let left = semaphore.available().cast_signed();
            assert_eq!(left, balance.into_inner(), "none lost, none made");
        }
    });
}

#[test]
fn whoever_came_first_is_served_first_also_among_threads() {
    within(LIMIT, || {
        for _ in 0..rounds(100) {
            let semaphore = Arc::new(Semaphore::new(0));
            let (here, order) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
            thread::scope(|scope| {
                for i in 0..THREADS {
                    let (semaphore, here, order) = (&semaphore, &here, &order);
                    scope.spawn(move || {
                        while here.load(SeqCst) != i {
                            give_way();
                        }
                        let mut said = false;
                        let acquire = semaphore.acquire();
                        let permit = block_on_until::<Yield, _>(acquire, || {
                            // After the first poll it waits: the next one may come.
                            if !std::mem::replace(&mut said, true) {
                                here.store(i + 1, SeqCst);
                            }
                            false
                        });
                        order.lock().unwrap().push(i);
                        drop(permit);
                    });
                }
                while here.load(SeqCst) != THREADS {
                    give_way();
                }
                semaphore.release(1).unwrap();
            });
            assert!(order.into_inner().unwrap().into_iter().eq(0..THREADS));
        }
    });
}
