//! Conditions and time: one look, for ever, what a time-out bounds and what it does not, and that a notification beats it.

mod kit;

use std::cell::RefCell;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gimmal::error::TimedOut;
use gimmal::sync::{Condition, Event, Lock};

use kit::logged::{Log, Logged};
use kit::{LONG, SHORT, bounded, until};

/// Moments that are over.
fn past() -> [Instant; 2] {
    let now = Instant::now();
    let before = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
    [before, now]
}

#[test]
fn zero_and_a_past_deadline_are_one_look() {
    let (lock, condition) = (Lock::new(5), Condition::new());
    let (mut guard, told) = condition.wait_timeout(lock.lock(), Duration::ZERO).unwrap();
    assert_eq!((*guard, told), (5, Err(TimedOut)));
    for moment in past() {
        let (back, told) = condition.wait_deadline(guard, moment).unwrap();
        assert_eq!((*back, told), (5, Err(TimedOut)));
        guard = back;
    }
    assert!(lock.try_lock().is_none());
    drop(guard);
    assert!(!lock.is_locked());
    assert_eq!(condition.notify_all(), 0);
}

#[test]
fn one_look_at_a_predicate_is_one_before_and_one_after() {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let looks = |value: &mut i32| {
        *value += 1;
        true
    };
    let waited = condition.wait_while_timeout(lock.lock(), looks, Duration::ZERO);
    let (guard, last) = waited.unwrap();
    assert_eq!((*guard, last), (2, true));
    let waited = condition.wait_while_deadline(guard, looks, past()[0]);
    let (guard, last) = waited.unwrap();
    assert_eq!((*guard, last), (4, true));
}

#[test]
fn what_no_clock_reaches_is_for_ever() {
    let forever = [
        Duration::MAX,
        Duration::from_secs(u64::MAX / 2),
        Duration::from_secs(i64::MAX as u64),
    ];
    for (n, time) in forever.into_iter().enumerate() {
        bounded(move || {
            let logged = Logged::default();
            let name = |what: &str| format!("{what}-{n}");
            thread::scope(|scope| {
                let start = |what: &str| thread::Builder::new().name(name(what));
                let waits = || {
                    let (_book, told) = logged.changed.wait_timeout(logged.comes(), time).unwrap();
                    assert_eq!(told, Ok(()));
                };
                start("told").spawn_scoped(scope, waits).unwrap();
                let waits = || {
                    let none = |log: &mut Log| log.items == 0;
                    let waited = logged
                        .changed
                        .wait_while_timeout(logged.comes(), none, time);
                    let (log, last) = waited.unwrap();
                    assert_eq!((log.items, last), (1, false));
                };
                start("while").spawn_scoped(scope, waits).unwrap();
                drop(logged.with(2));
                kit::until_it_sleeps(&name("told"));
                kit::until_it_sleeps(&name("while"));
                logged.lock.lock().items = 1;
                assert_eq!(logged.changed.notify_all(), 2);
            });
        });
    }
}

#[test]
fn a_deadline_far_away_is_no_time_out() {
    let Some(far) = Instant::now().checked_add(Duration::from_secs(u32::MAX.into())) else {
        return;
    };
    bounded(move || {
        let logged = Logged::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                let waited = logged.changed.wait_deadline(logged.comes(), far);
                assert_eq!(waited.unwrap().1, Ok(()));
            });
            drop(logged.with(1));
            assert!(logged.changed.notify_one());
        });
    });
}

#[test]
fn who_has_timed_out_is_no_waiter_and_the_next_is_told() {
    bounded(|| {
        let logged = Logged::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut log, told) = logged.changed.wait_timeout(logged.comes(), SHORT).unwrap();
                assert_eq!(told, Err(TimedOut));
                log.back.push(0);
            });
            drop(logged.with(1));
            scope.spawn(|| logged.waits(1));
            drop(logged.with(2));
            assert_eq!(logged.back(1), [0]);
            assert_eq!(logged.changed.notify_many(2), 1);
        });
        assert_eq!(logged.back(2), [0, 1]);
    });
}

/// A waiter that is told has been told, although its time is over before it has the lock: again until it was told in time.
#[test]
fn a_notification_beats_the_time_out() {
    bounded(|| {
        let mut was_told = false;
        while !was_told {
            let logged = Logged::default();
            thread::scope(|scope| {
                let waits = scope.spawn(|| {
                    let deadline = Instant::now() + SHORT;
                    let (_book, told) = logged
                        .changed
                        .wait_deadline(logged.comes(), deadline)
                        .unwrap();
                    assert!(told.is_ok() || Instant::now() >= deadline);
                    told.is_ok()
                });
                let log = logged.with(1);
                was_told = logged.changed.notify_one();
                let over = Instant::now() + SHORT;
                until(|| Instant::now() > over);
                drop(log);
                assert_eq!(waits.join().unwrap(), was_told);
            });
        }
    });
}

#[test]
fn a_time_out_bounds_the_wait_and_not_the_locking() {
    bounded(|| {
        let logged = Logged::default();
        thread::scope(|scope| {
            let name = thread::Builder::new().name("locks-again".into());
            let waits = || {
                let start = Instant::now();
                let (mut log, told) = logged.changed.wait_timeout(logged.comes(), SHORT).unwrap();
                assert_eq!(told, Err(TimedOut));
                assert_eq!(log.items, 1);
                assert!(start.elapsed() >= SHORT);
                log.items = 2;
            };
            name.spawn_scoped(scope, waits).unwrap();
            let mut log = logged.with(1);
            // It is no waiter any more when its time is over; it sleeps then, for the lock.
            let over = Instant::now() + SHORT;
            until(|| Instant::now() > over);
            kit::until_it_sleeps("locks-again");
            log.items = 1;
            drop(log);
        });
        assert_eq!(logged.lock.into_inner().items, 2);
    });
}

/// Told all the time, never what it waits for. With a budget for each wait it would look on and on after its time.
#[test]
fn wait_while_has_one_budget_for_all_its_waits() {
    const TIME: Duration = Duration::from_millis(100);
    for until_a_deadline in [false, true] {
        bounded(move || {
            let (lock, condition, over) = (Lock::new(()), Condition::new(), Event::new());
            let (mut early, mut late) = (0, 0);
            let start = Instant::now();
            let last = thread::scope(|scope| {
                scope.spawn(|| {
                    while !over.is_set() {
                        condition.notify_all();
                        thread::yield_now();
                    }
                });
                let looks = |(): &mut ()| {
                    // Much later, for a busy machine: after its time it looks once more, or a few times.
                    let is_late = start.elapsed() > 10 * TIME;
                    *if is_late { &mut late } else { &mut early } += 1;
                    late < 5
                };
                let waited = if until_a_deadline {
                    condition.wait_while_deadline(lock.lock(), looks, start + TIME)
                } else {
                    condition.wait_while_timeout(lock.lock(), looks, TIME)
                };
                over.set();
                waited.map(|(_guard, last)| last)
            });
            assert!(last.unwrap(), "{early} looks in time, {late} too late");
            assert!(start.elapsed() >= TIME && early > 0);
        });
    }
}

#[test]
fn when_the_time_is_over_wait_while_reports_the_last_value() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    // Nobody notifies: what has changed meanwhile shows in the last look only.
    for changes in [true, false] {
        let mut looks = 0;
        let start = Instant::now();
        let predicate = |(): &mut ()| {
            looks += 1;
            looks == 1 || !changes
        };
        let waited = condition.wait_while_timeout(lock.lock(), predicate, SHORT);
        let (_guard, last) = waited.unwrap();
        assert_eq!((last, looks), (!changes, 2));
        assert!(start.elapsed() >= SHORT);
    }
}

#[test]
fn no_wait_ends_early() {
    let (lock, condition) = (Lock::new(()), Condition::new());
    for micros in [1, 10, 60, 300, 2_000, 15_000] {
        let time = Duration::from_micros(micros);
        let start = Instant::now();
        let (guard, told) = condition.wait_timeout(lock.lock(), time).unwrap();
        assert!(told.is_err() && start.elapsed() >= time);
        let deadline = Instant::now() + time;
        let (guard, told) = condition.wait_deadline(guard, deadline).unwrap();
        assert!(told.is_err() && Instant::now() >= deadline);
        let start = Instant::now();
        let (_guard, last) = condition
            .wait_while_timeout(guard, |()| true, time)
            .unwrap();
        assert!(last && start.elapsed() >= time);
        assert!(start.elapsed() < LONG);
    }
}

/// A destructor of a thread-local may wait.
#[test]
fn a_wait_at_the_end_of_a_thread() {
    struct AtTheEnd(Arc<Logged>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let (log, told) = self.0.changed.wait_timeout(self.0.comes(), SHORT).unwrap();
            assert_eq!(told, Err(TimedOut));
            drop(log);
            self.0.waits(9);
        }
    }
    thread_local! {
        static LAST: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }
    bounded(|| {
        let logged = Arc::new(Logged::default());
        let its = logged.clone();
        let thread = thread::spawn(move || LAST.set(Some(AtTheEnd(its))));
        drop(logged.with(2));
        assert!(logged.changed.notify_one());
        thread.join().unwrap();
        assert_eq!(logged.back(1), [9]);
    });
}
