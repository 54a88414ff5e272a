//! Conditions among threads: who is told and how many, that the guard always comes back with the lock held, closing, tasks
//! and threads in one queue, and exact counts under stress. What time does is in `conditions_time.rs`.

mod kit;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use gimmal::Stop;
use gimmal::error::{TimedOut, WaitError};
use gimmal::sync::{Condition, Lock, LockGuard};

use kit::logged::Logged;
use kit::{SHORT, bounded, until};

#[test]
fn notifying_nobody_is_nothing_and_is_kept_for_nobody() {
    static CONDITION: Condition = Condition::new();
    let lock = Lock::new(());
    assert!(!CONDITION.notify_one());
    assert_eq!((CONDITION.notify_many(3), CONDITION.notify_all()), (0, 0));
    let (guard, told) = CONDITION.wait_timeout(lock.lock(), SHORT).unwrap();
    assert_eq!(told, Err(TimedOut));
    drop(guard);
    // Nor does who has left count as a waiter.
    assert_eq!((CONDITION.notify_many(1), CONDITION.notify_all()), (0, 0));
}

#[test]
fn waiters_are_told_in_arrival_order_and_counted() {
    bounded(|| {
        let logged = Logged::default();
        let changed = &logged.changed;
        thread::scope(|scope| {
            for who in 0..9 {
                let logged = &logged;
                scope.spawn(move || logged.waits(who));
                drop(logged.with(who + 1));
            }
            assert_eq!(changed.notify_many(0), 0);
            assert!(changed.notify_one());
            assert_eq!(logged.back(1), [0]);
            assert!(changed.notify_one());
            assert_eq!(logged.back(2), [0, 1]);
            assert_eq!(changed.notify_many(3), 3);
            assert_eq!(logged.back(5), [0, 1, 2, 3, 4]);
            assert_eq!(changed.notify_many(1), 1);
            assert_eq!(changed.notify_all(), 3);
            assert_eq!(logged.back(9), Vec::from_iter(0..9));
            assert!(!changed.notify_one());
        });
    });
}

#[test]
fn no_more_are_told_than_wait() {
    bounded(|| {
        let logged = Logged::default();
        thread::scope(|scope| {
            for who in 0..3 {
                let logged = &logged;
                scope.spawn(move || logged.waits(who));
            }
            drop(logged.with(3));
            assert_eq!(logged.changed.notify_many(usize::MAX), 3);
            scope.spawn(|| logged.waits(3));
            drop(logged.with(4));
            // The fourth came later: nothing was left over for it.
            assert_eq!(logged.changed.notify_all(), 1);
        });
        assert_eq!(logged.back(4), [0, 1, 2, 3]);
    });
}

#[test]
fn a_wait_gives_the_lock_away_and_comes_back_with_it() {
    bounded(|| {
        let logged = Logged::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                let log = logged.changed.wait(logged.comes()).unwrap();
                assert_eq!(log.items, 7);
                assert!(logged.lock.try_lock().is_none());
            });
            let mut log = logged.with(1);
            assert!(logged.changed.notify_one());
            // Told, but not back: the lock is held here.
            log.items = 7;
        });
        assert!(!logged.lock.is_locked());
    });
}

#[test]
fn a_guard_that_came_back_unlocks_when_its_thread_panics() {
    bounded(|| {
        let logged = Logged::default();
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let _book = logged.changed.wait(logged.comes()).unwrap();
                std::panic::resume_unwind(Box::new(3_u8));
            });
            drop(logged.with(1));
            assert!(logged.changed.notify_one());
            assert!(thread.join().is_err());
        });
        assert!(!logged.lock.is_locked());
    });
}

#[test]
fn a_predicate_that_panics_unlocks_and_leaves_nobody_in_the_queue() {
    bounded(|| {
        let logged = Logged::default();
        // Before any wait, and after a notification.
        for good in [0, 1] {
            thread::scope(|scope| {
                let thread = scope.spawn(|| {
                    let mut asked = 0;
                    let waits = || {
                        let log = logged.comes();
                        let panics = |_: &mut _| {
                            asked += 1;
                            asked <= good || std::panic::resume_unwind(Box::new(3_u8))
                        };
                        drop(logged.changed.wait_while(log, panics));
                    };
                    catch_unwind(AssertUnwindSafe(waits)).unwrap_err();
                });
                if good > 0 {
                    drop(logged.with(2));
                    assert!(logged.changed.notify_one());
                }
                thread.join().unwrap();
            });
            assert!(!logged.lock.is_locked());
            assert!(!logged.changed.notify_one());
        }
    });
}

#[test]
fn a_wait_for_what_is_already_so_does_not_wait() {
    let (lock, condition) = (Lock::new(1), Condition::new());
    condition.close();
    // Nor is it told that the condition is closed.
    let guard = condition.wait_while(lock.lock(), |value| *value != 1);
    assert_eq!(*guard.unwrap(), 1);
    let waited = condition.wait_while_timeout(lock.lock(), |value| *value != 1, Duration::ZERO);
    let (guard, last) = waited.unwrap();
    assert_eq!((*guard, last), (1, false));
}

#[test]
fn who_finds_it_taken_waits_on() {
    bounded(|| {
        const TAKERS: usize = 5;
        let logged = Logged::default();
        thread::scope(|scope| {
            for who in 0..TAKERS {
                let logged = &logged;
                scope.spawn(move || {
                    let none = |log: &mut kit::logged::Log| log.items == 0;
                    let mut log = logged.changed.wait_while(logged.comes(), none).unwrap();
                    log.items -= 1;
                    log.back.push(who);
                });
            }
            drop(logged.with(TAKERS));
            for taken in 1..=TAKERS {
                logged.lock.lock().items = 1;
                // All look, one gets it; the others wait again, sooner or later.
                logged.changed.notify_all();
                let all_wait = || logged.changed.notify_all() == TAKERS - taken;
                logged.back(taken);
                until(all_wait);
                assert_eq!(logged.lock.lock().back.len(), taken);
            }
        });
    });
}

#[test]
fn another_lock_is_refused_while_somebody_waits() {
    bounded(|| {
        let (logged, other) = (Logged::default(), Lock::new(8));
        let changed = &logged.changed;
        let refused = |ended| match ended {
            Err(WaitError::WrongLock(guard)) => guard,
            _ => panic!("it was let in"),
        };
        thread::scope(|scope| {
            scope.spawn(|| logged.waits(0));
            drop(logged.with(1));
            let guard: LockGuard<'_, i32> = refused(changed.wait(other.lock()));
            assert!(other.try_lock().is_none());
            // Not a time-out either, and no notification is lost.
            let ended = changed.wait_timeout(guard, Duration::ZERO);
            let guard = refused(ended.map(|(guard, _)| guard));
            let guard = refused(changed.wait_while(guard, |value| *value == 8));
            assert_eq!(*guard, 8);
            drop(guard);
            assert!(!other.is_locked());
            // Who has been told waits here no longer, although it has not locked yet.
            let log = logged.lock.lock();
            assert!(changed.notify_one());
            let waited = changed.wait_timeout(other.lock(), Duration::ZERO);
            assert_eq!(waited.unwrap().1, Err(TimedOut));
            drop(log);
        });
        let error = WaitError::WrongLock(3);
        assert_eq!(
            (
                error.to_string().contains("another lock"),
                error.into_inner()
            ),
            (true, 3)
        );
    });
}

#[test]
fn closing_gives_everybody_the_guard_back() {
    bounded(|| {
        const WAITERS: usize = 6;
        let logged = Logged::default();
        thread::scope(|scope| {
            for who in 0..WAITERS {
                let logged = &logged;
                scope.spawn(move || {
                    let log = logged.comes();
                    let ended = match who % 3 {
                        0 => logged.changed.wait(log).map(drop),
                        1 => logged.changed.wait_timeout(log, Duration::MAX).map(drop),
                        _ => logged.changed.wait_while(log, |_| true).map(drop),
                    };
                    let Err(WaitError::Closed(mut log)) = ended else {
                        panic!("it is closed");
                    };
                    assert!(logged.lock.try_lock().is_none());
                    log.back.push(who);
                });
            }
            drop(logged.with(WAITERS));
            // As what is subscribed to a `Termination` does.
            logged.changed.stop();
            logged.changed.stop();
        });
        assert_eq!(logged.back(WAITERS), Vec::from_iter(0..WAITERS));
        assert!(logged.changed.is_closed());
        assert_eq!(logged.changed.notify_all(), 0);
        // Who comes later is sent away at once, with the guard that it brought.
        for time in [Duration::ZERO, SHORT, Duration::MAX] {
            let ended = logged.changed.wait_timeout(logged.lock.lock(), time);
            assert!(matches!(ended, Err(WaitError::Closed(log)) if log.came == WAITERS));
        }
        assert!(!logged.lock.is_locked());
    });
}

#[test]
fn who_was_told_before_the_close_was_told() {
    bounded(|| {
        let logged = Logged::default();
        thread::scope(|scope| {
            scope.spawn(|| logged.waits(0));
            scope.spawn(|| {
                drop(logged.with(1));
                let ended = logged.changed.wait(logged.comes());
                assert!(matches!(ended, Err(WaitError::Closed(_))));
            });
            let log = logged.with(2);
            assert!(logged.changed.notify_one());
            logged.changed.close();
            assert_eq!(logged.changed.notify_all(), 0);
            drop(log);
        });
        assert_eq!(logged.back(1), [0]);
    });
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The core's guard, of a lock that is free.
fn task_guard<T>(lock: &Lock<T>) -> gimmal_core::sync::LockGuard<'_, T> {
    match poll(pin!(lock.lock_async())) {
        Poll::Ready(guard) => guard,
        Poll::Pending => panic!("the lock is held"),
    }
}

#[test]
fn what_a_dropped_task_was_told_goes_to_the_next_thread() {
    // It is dropped when it has been told, or later, when it waits for the lock.
    for locking in [false, true] {
        bounded(move || {
            let logged = Logged::default();
            let mut first = Box::pin(logged.changed.wait_async(task_guard(&logged.lock)));
            assert!(poll(first.as_mut()).is_pending());
            thread::scope(|scope| {
                scope.spawn(|| logged.waits(0));
                let log = logged.with(1);
                assert!(logged.changed.notify_one());
                if locking {
                    assert!(poll(first.as_mut()).is_pending());
                }
                drop(first);
                drop(log);
            });
            assert_eq!(logged.back(1), [0]);
        });
    }
}

#[test]
fn a_dropped_task_that_was_told_with_everybody_owes_nothing() {
    bounded(|| {
        let logged = Logged::default();
        let mut first = Box::pin(logged.changed.wait_async(task_guard(&logged.lock)));
        assert!(poll(first.as_mut()).is_pending());
        assert_eq!(logged.changed.notify_all(), 1);
        thread::scope(|scope| {
            scope.spawn(|| logged.waits(0));
            drop(logged.with(1));
            drop(first);
            assert!(logged.changed.notify_one());
        });
    });
}

#[test]
fn a_dropped_task_that_was_told_nothing_takes_nothing() {
    bounded(|| {
        let logged = Logged::default();
        let mut first = Box::pin(logged.changed.wait_async(task_guard(&logged.lock)));
        assert!(poll(first.as_mut()).is_pending());
        thread::scope(|scope| {
            scope.spawn(|| logged.waits(0));
            drop(logged.with(1));
            drop(first);
            assert_eq!(logged.changed.notify_many(2), 1);
        });
    });
}

const THREADS: usize = 8;

#[test]
fn stress_a_narrow_shelf_between_eight_threads() {
    const EACH: usize = kit::rounds(20_000);
    #[derive(Default)]
    struct Shelf {
        items: Vec<usize>,
        taken: usize,
        sum: usize,
    }
    bounded(|| {
        let (shelf, room, stock) = (
            Lock::new(Shelf::default()),
            Condition::new(),
            Condition::new(),
        );
        thread::scope(|scope| {
            for _ in 0..THREADS / 2 {
                scope.spawn(|| {
                    for item in 0..EACH {
                        let full = |shelf: &mut Shelf| shelf.items.len() == 2;
                        let mut shelf = room.wait_while(shelf.lock(), full).unwrap();
                        shelf.items.push(item);
                        stock.notify_one();
                    }
                });
                scope.spawn(|| {
                    for _ in 0..EACH {
                        let empty = |shelf: &mut Shelf| shelf.items.is_empty();
                        let mut shelf = stock.wait_while(shelf.lock(), empty).unwrap();
                        shelf.sum += shelf.items.pop().unwrap();
                        shelf.taken += 1;
                        room.notify_one();
                    }
                });
            }
        });
        let shelf = shelf.into_inner();
        assert!(shelf.items.is_empty());
        assert_eq!(shelf.taken, THREADS / 2 * EACH);
        assert_eq!(shelf.sum, THREADS / 2 * (EACH * (EACH - 1) / 2));
    });
}

#[test]
fn stress_a_baton_goes_round_between_eight_threads() {
    const LAPS: usize = kit::rounds(2_000);
    bounded(|| {
        let (baton, passed) = (Lock::new(0_usize), Condition::new());
        thread::scope(|scope| {
            for own in 0..THREADS {
                let (baton, passed) = (&baton, &passed);
                scope.spawn(move || {
                    for lap in 0..LAPS {
                        let others = |at: &mut usize| *at % THREADS != own;
                        let mut at = passed.wait_while(baton.lock(), others).unwrap();
                        assert_eq!(*at, lap * THREADS + own);
                        *at += 1;
                        passed.notify_all();
                    }
                });
            }
        });
        assert_eq!(baton.into_inner(), LAPS * THREADS);
    });
}

/// However time-outs and notifications race: as many waits say that they were told as notifiers say that they told.
#[test]
fn stress_every_notification_is_got_by_one_of_seven_that_time_out() {
    const EACH: usize = kit::rounds(10_000);
    bounded(|| {
        let (lock, condition) = (Lock::new(()), Condition::new());
        let (got, expired) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let over = AtomicBool::new(false);
        let mut told = 0;
        thread::scope(|scope| {
            for own in 1..THREADS {
                let (lock, condition, got, expired, over) =
                    (&lock, &condition, &got, &expired, &over);
                scope.spawn(move || {
                    let times = (0..).map(|n| Duration::from_micros(n * own as u64 % 90));
                    for time in times.take_while(|_| !over.load(SeqCst)) {
                        let (_guard, ended) = condition.wait_timeout(lock.lock(), time).unwrap();
                        let count = if ended.is_ok() { got } else { expired };
                        count.fetch_add(1, SeqCst);
                    }
                });
            }
            let mut n = 0;
            until(|| {
                n += 1;
                told += match n % 8 {
                    0 => condition.notify_all(),
                    1 | 2 => condition.notify_many(n % 5),
                    _ => usize::from(condition.notify_one()),
                };
                got.load(SeqCst) >= EACH && expired.load(SeqCst) >= EACH
            });
            over.store(true, SeqCst);
        });
        assert_eq!(got.into_inner(), told);
        assert!(!lock.is_locked());
    });
}

#[test]
fn it_says_what_it_is() {
    let condition = Condition::default();
    assert!(format!("{condition:?}").contains("closed: false"));
    condition.close();
    assert!(condition.is_closed());
    assert!(format!("{condition:?}").contains("closed: true"));
}
