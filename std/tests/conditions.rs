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

use kit::desk::Desk;
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
        let desk = Desk::default();
        let changed = &desk.changed;
        thread::scope(|scope| {
            for who in 0..9 {
                let desk = &desk;
                scope.spawn(move || desk.waits(who));
                drop(desk.with(who + 1));
            }
            assert_eq!(changed.notify_many(0), 0);
            assert!(changed.notify_one());
            assert_eq!(desk.back(1), [0]);
            assert!(changed.notify_one());
            assert_eq!(desk.back(2), [0, 1]);
            assert_eq!(changed.notify_many(3), 3);
            assert_eq!(desk.back(5), [0, 1, 2, 3, 4]);
            assert_eq!(changed.notify_many(1), 1);
            assert_eq!(changed.notify_all(), 3);
            assert_eq!(desk.back(9), Vec::from_iter(0..9));
            assert!(!changed.notify_one());
        });
    });
}

#[test]
fn no_more_are_told_than_wait() {
    bounded(|| {
        let desk = Desk::default();
        thread::scope(|scope| {
            for who in 0..3 {
                let desk = &desk;
                scope.spawn(move || desk.waits(who));
            }
            drop(desk.with(3));
            assert_eq!(desk.changed.notify_many(usize::MAX), 3);
            scope.spawn(|| desk.waits(3));
            drop(desk.with(4));
            // The fourth came later: nothing was left over for it.
            assert_eq!(desk.changed.notify_all(), 1);
        });
        assert_eq!(desk.back(4), [0, 1, 2, 3]);
    });
}

#[test]
fn a_wait_gives_the_lock_away_and_comes_back_with_it() {
    bounded(|| {
        let desk = Desk::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                let book = desk.changed.wait(desk.comes()).unwrap();
                assert_eq!(book.items, 7);
                assert!(desk.lock.try_lock().is_none());
            });
            let mut book = desk.with(1);
            assert!(desk.changed.notify_one());
            // Told, but not back: the lock is held here.
            book.items = 7;
        });
        assert!(!desk.lock.is_locked());
    });
}

#[test]
fn a_guard_that_came_back_unlocks_when_its_thread_panics() {
    bounded(|| {
        let desk = Desk::default();
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let _book = desk.changed.wait(desk.comes()).unwrap();
                std::panic::resume_unwind(Box::new(3_u8));
            });
            drop(desk.with(1));
            assert!(desk.changed.notify_one());
            assert!(thread.join().is_err());
        });
        assert!(!desk.lock.is_locked());
    });
}

#[test]
fn a_predicate_that_panics_unlocks_and_leaves_nobody_in_the_queue() {
    bounded(|| {
        let desk = Desk::default();
        // Before any wait, and after a notification.
        for good in [0, 1] {
            thread::scope(|scope| {
                let thread = scope.spawn(|| {
                    let mut asked = 0;
                    let waits = || {
                        let book = desk.comes();
                        let panics = |_: &mut _| {
                            asked += 1;
                            asked <= good || std::panic::resume_unwind(Box::new(3_u8))
                        };
                        drop(desk.changed.wait_while(book, panics));
                    };
                    catch_unwind(AssertUnwindSafe(waits)).unwrap_err();
                });
                if good > 0 {
                    drop(desk.with(2));
                    assert!(desk.changed.notify_one());
                }
                thread.join().unwrap();
            });
            assert!(!desk.lock.is_locked());
            assert!(!desk.changed.notify_one());
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
        let desk = Desk::default();
        thread::scope(|scope| {
            for who in 0..TAKERS {
                let desk = &desk;
                scope.spawn(move || {
                    let none = |book: &mut kit::desk::Book| book.items == 0;
                    let mut book = desk.changed.wait_while(desk.comes(), none).unwrap();
                    book.items -= 1;
                    book.back.push(who);
                });
            }
            drop(desk.with(TAKERS));
            for taken in 1..=TAKERS {
                desk.lock.lock().items = 1;
                // All look, one gets it; the others wait again, sooner or later.
                desk.changed.notify_all();
                let all_wait = || desk.changed.notify_all() == TAKERS - taken;
                desk.back(taken);
                until(all_wait);
                assert_eq!(desk.lock.lock().back.len(), taken);
            }
        });
    });
}

#[test]
fn another_lock_is_refused_while_somebody_waits() {
    bounded(|| {
        let (desk, other) = (Desk::default(), Lock::new(8));
        let changed = &desk.changed;
        let refused = |ended| match ended {
            Err(WaitError::WrongLock(guard)) => guard,
            _ => panic!("it was let in"),
        };
        thread::scope(|scope| {
            scope.spawn(|| desk.waits(0));
            drop(desk.with(1));
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
            let book = desk.lock.lock();
            assert!(changed.notify_one());
            let waited = changed.wait_timeout(other.lock(), Duration::ZERO);
            assert_eq!(waited.unwrap().1, Err(TimedOut));
            drop(book);
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
        let desk = Desk::default();
        thread::scope(|scope| {
            for who in 0..WAITERS {
                let desk = &desk;
                scope.spawn(move || {
                    let book = desk.comes();
                    let ended = match who % 3 {
                        0 => desk.changed.wait(book).map(drop),
                        1 => desk.changed.wait_timeout(book, Duration::MAX).map(drop),
                        _ => desk.changed.wait_while(book, |_| true).map(drop),
                    };
                    let Err(WaitError::Closed(mut book)) = ended else {
                        panic!("it is closed");
                    };
                    assert!(desk.lock.try_lock().is_none());
                    book.back.push(who);
                });
            }
            drop(desk.with(WAITERS));
            // As what is subscribed to a `Termination` does.
            desk.changed.stop();
            desk.changed.stop();
        });
        assert_eq!(desk.back(WAITERS), Vec::from_iter(0..WAITERS));
        assert!(desk.changed.is_closed());
        assert_eq!(desk.changed.notify_all(), 0);
        // Who comes later is sent away at once, with the guard that it brought.
        for time in [Duration::ZERO, SHORT, Duration::MAX] {
            let ended = desk.changed.wait_timeout(desk.lock.lock(), time);
            assert!(matches!(ended, Err(WaitError::Closed(book)) if book.came == WAITERS));
        }
        assert!(!desk.lock.is_locked());
    });
}

#[test]
fn who_was_told_before_the_close_was_told() {
    bounded(|| {
        let desk = Desk::default();
        thread::scope(|scope| {
            scope.spawn(|| desk.waits(0));
            scope.spawn(|| {
                drop(desk.with(1));
                let ended = desk.changed.wait(desk.comes());
                assert!(matches!(ended, Err(WaitError::Closed(_))));
            });
            let book = desk.with(2);
            assert!(desk.changed.notify_one());
            desk.changed.close();
            assert_eq!(desk.changed.notify_all(), 0);
            drop(book);
        });
        assert_eq!(desk.back(1), [0]);
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
            let desk = Desk::default();
            let mut first = Box::pin(desk.changed.wait_async(task_guard(&desk.lock)));
            assert!(poll(first.as_mut()).is_pending());
            thread::scope(|scope| {
                scope.spawn(|| desk.waits(0));
                let book = desk.with(1);
                assert!(desk.changed.notify_one());
                if locking {
                    assert!(poll(first.as_mut()).is_pending());
                }
                drop(first);
                drop(book);
            });
            assert_eq!(desk.back(1), [0]);
        });
    }
}

#[test]
fn a_dropped_task_that_was_told_with_everybody_owes_nothing() {
    bounded(|| {
        let desk = Desk::default();
        let mut first = Box::pin(desk.changed.wait_async(task_guard(&desk.lock)));
        assert!(poll(first.as_mut()).is_pending());
        assert_eq!(desk.changed.notify_all(), 1);
        thread::scope(|scope| {
            scope.spawn(|| desk.waits(0));
            drop(desk.with(1));
            drop(first);
            assert!(desk.changed.notify_one());
        });
    });
}

#[test]
fn a_dropped_task_that_was_told_nothing_takes_nothing() {
    bounded(|| {
        let desk = Desk::default();
        let mut first = Box::pin(desk.changed.wait_async(task_guard(&desk.lock)));
        assert!(poll(first.as_mut()).is_pending());
        thread::scope(|scope| {
            scope.spawn(|| desk.waits(0));
            drop(desk.with(1));
            drop(first);
            assert_eq!(desk.changed.notify_many(2), 1);
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
