//! The condition, one poll at a time: who is notified by whom, what a waiter that leaves does with its notification, and
//! that the lock is released and held when it should be.

mod kit;

use std::error::Error;
use std::panic::resume_unwind;
use std::pin::pin;
use std::task::{Poll, Waker};

use gimmal_core::error::WaitError;
use gimmal_core::sync::{Condition, Lock, LockGuard};
use kit::{Bang, Counted, Task, bangs, poll};

type Guard<'l> = LockGuard<'l, u32>;
type Answer<'l> = Result<Guard<'l>, WaitError<Guard<'l>>>;
type Waiting<'l> = Task<'l, Answer<'l>>;

/// One that has come to wait; the lock is free.
fn waiter<'l>(condition: &'l Condition, lock: &'l Lock<u32>) -> Waiting<'l> {
    Task::of(condition.wait(lock.try_lock().expect("free")))
}

fn waiters<'l>(condition: &'l Condition, lock: &'l Lock<u32>, n: usize) -> Vec<Waiting<'l>> {
    (0..n).map(|_| waiter(condition, lock)).collect()
}

fn wakes(waiting: &[Waiting<'_>]) -> Vec<usize> {
    waiting.iter().map(Task::wakes).collect()
}

/// One that has no reason to wait.
#[track_caller]
fn at_once<T>(future: impl Future<Output = T> + Send) -> T {
    Task::unpolled(future).gets_it()
}

/// The first `n` of `all` are told once, the others nothing.
fn the_first(n: usize, all: usize) -> Vec<usize> {
    (0..all).map(|i| usize::from(i < n)).collect()
}

#[track_caller]
fn is_closed(answer: Answer<'_>) -> Guard<'_> {
    match answer {
        Err(WaitError::Closed(guard)) => guard,
        other => panic!("closed, not {other:?}"),
    }
}

#[track_caller]
fn is_wrong(answer: Answer<'_>) -> Guard<'_> {
    match answer {
        Err(WaitError::WrongLock(guard)) => guard,
        other => panic!("the wrong lock, not {other:?}"),
    }
}

#[test]
fn waiting_releases_the_lock_at_the_first_poll_and_returns_with_it_held() {
    static LOCK: Lock<u32> = Lock::new(0);
    static CONDITION: Condition = Condition::new();
    let mut waiting = Task::unpolled(CONDITION.wait(LOCK.try_lock().unwrap()));
    assert!(LOCK.is_locked(), "not polled yet");
    waiting.waits_on();
    *LOCK.try_lock().expect("released") += 1;
    assert!(CONDITION.notify_one());
    assert_eq!((waiting.wakes(), LOCK.is_locked()), (1, false));
    let guard = waiting.gets_it().unwrap();
    assert_eq!((*guard, LOCK.is_locked()), (1, true));
    assert!(std::ptr::eq(LockGuard::lock(&guard), &LOCK));
}

#[test]
fn notifying_nobody_says_so_and_is_not_stored() {
    let (condition, lock) = (Condition::default(), Lock::new(0));
    assert!(!condition.notify_one());
    assert_eq!((condition.notify_many(3), condition.notify_all()), (0, 0));
    let mut first = waiter(&condition, &lock);
    for _ in 0..kit::rounds(1_000) {
        first.waits_on();
    }
    assert_eq!(first.wakes(), 0);
    // Nor is what was more than needed.
    assert_eq!(condition.notify_many(usize::MAX), 1);
    assert!(first.gets_it().is_ok());
    assert!(!condition.notify_one());
    waiter(&condition, &lock).waits_on();
}

#[test]
fn each_notification_is_for_one_waiter_in_arrival_order() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut all = waiters(&condition, &lock, 12);
    for i in 0..12 {
        assert!(condition.notify_one());
        assert_eq!(wakes(&all), the_first(i + 1, 12));
        all[i + 1..].iter_mut().for_each(Task::waits_on);
        *all[i].gets_it().unwrap() += 1;
    }
    assert!(!condition.notify_one());
    assert_eq!(*lock.try_lock().unwrap(), 12);
}

#[test]
fn notifying_several_tells_so_many_of_the_first_and_says_how_many() {
    for crowd in [0, 1, 7, 8, 9, 16, 17, 20] {
        for n in [0, 1, 2, 7, 8, 9, 15, 16, 17, 20, 21, usize::MAX] {
            let (condition, lock) = (Condition::new(), Lock::new(0));
            let mut all = waiters(&condition, &lock, crowd);
            let told = n.min(crowd);
            assert_eq!(condition.notify_many(n), told);
            assert_eq!(wakes(&all), the_first(told, crowd));
            all[told..].iter_mut().for_each(Task::waits_on);
            assert!(all[..told].iter_mut().all(|w| w.gets_it().is_ok()));
            assert_eq!(condition.notify_all(), crowd - told);
        }
    }
}

#[test]
fn notifying_all_tells_everybody_who_waits_then_and_nobody_else() {
    for crowd in [0, 1, 7, 8, 9, 16, 17, 40] {
        let (condition, lock) = (Condition::new(), Lock::new(0));
        let mut all = waiters(&condition, &lock, crowd);
        assert_eq!(condition.notify_all(), crowd);
        let mut later = waiter(&condition, &lock);
        assert_eq!(wakes(&all), vec![1; crowd]);
        for (i, waiting) in all.iter_mut().enumerate() {
            // One after the other: each has the lock to itself.
            let mut guard = waiting.gets_it().unwrap();
            assert_eq!(*guard as usize, i);
            *guard += 1;
            later.waits_on();
        }
        assert_eq!((condition.notify_all(), later.wakes()), (1, 1));
        assert!(later.gets_it().is_ok());
        assert!(all.iter().all(|w| w.counted.kept() == 0));
    }
}

#[test]
fn who_is_told_waits_for_the_lock_like_everybody() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut all = waiters(&condition, &lock, 3);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 3);
    all.iter_mut().for_each(Task::waits_on);
    assert_eq!(wakes(&all), [1, 1, 1]);
    drop(guard);
    assert_eq!(wakes(&all), [2, 1, 1]);
    for i in 0..3 {
        let guard = all[i].gets_it().unwrap();
        all[i + 1..].iter_mut().for_each(Task::waits_on);
        drop(guard);
        assert_eq!(wakes(&all), [2, 2, 1 + usize::from(i > 0)]);
    }
}

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_is_woken() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut waiting = waiter(&condition, &lock);
    let (other, waker) = Counted::new();
    assert!(waiting.poll_with(&waker).is_pending());
    assert!(condition.notify_one());
    assert_eq!((waiting.wakes(), other.wakes()), (0, 1));
    // The same while it waits for the lock.
    let guard = lock.try_lock().unwrap();
    waiting.waits_on();
    assert!(waiting.poll_with(&waker).is_pending());
    drop(guard);
    assert_eq!((waiting.wakes(), other.wakes()), (0, 2));
    assert!(waiting.gets_it().is_ok());
    assert_eq!(other.kept(), 0);
}

#[test]
fn leaving_before_the_first_poll_unlocks_and_takes_nothing() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let first = waiter(&condition, &lock);
    drop(condition.wait(lock.try_lock().unwrap()));
    assert!(!lock.is_locked());
    assert!(condition.notify_one());
    assert_eq!(first.wakes(), 1);
}

#[test]
fn leaving_while_it_waits_takes_nothing_from_the_others() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut all = waiters(&condition, &lock, 4);
    drop(all.remove(2));
    drop(all.remove(0));
    assert!(condition.notify_one());
    assert_eq!(wakes(&all), [1, 0]);
    assert_eq!(condition.notify_all(), 1);
    drop(all.split_off(0));
    assert!(!lock.is_locked() && !condition.notify_one());
}

#[test]
fn leaving_after_it_was_told_gives_the_notification_to_the_next() {
    for relocking in [false, true] {
        let (condition, lock) = (Condition::new(), Lock::new(0));
        let mut all = waiters(&condition, &lock, 12);
        assert!(condition.notify_one());
        for left in 1..12 {
            let guard = lock.try_lock().unwrap();
            if relocking {
                all[0].waits_on();
            }
            drop(all.remove(0));
            assert_eq!(wakes(&all), the_first(1, 12 - left));
            drop(guard);
        }
        // The last one has nobody to give it to: then it is gone.
        drop(all);
        waiter(&condition, &lock).waits_on();
        assert!(lock.try_lock().is_some(), "and nobody has the lock");
    }
}

#[test]
fn so_it_is_with_one_of_several_notifications() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut all = waiters(&condition, &lock, 5);
    assert_eq!(condition.notify_many(3), 3);
    drop(all.remove(1));
    assert_eq!(wakes(&all), [1, 1, 1, 0]);
    let guard = lock.try_lock().unwrap();
    all[0].waits_on();
    drop(all.remove(0));
    assert_eq!(wakes(&all), [1, 1, 1]);
    drop(guard);
    assert!(all.iter_mut().all(|w| w.gets_it().is_ok()));
}

#[test]
fn who_was_told_with_everybody_owes_nothing() {
    for relocking in [false, true] {
        let (condition, lock) = (Condition::new(), Lock::new(0));
        let mut all = waiters(&condition, &lock, 3);
        assert_eq!(condition.notify_all(), 3);
        let mut later = waiter(&condition, &lock);
        let guard = lock.try_lock().unwrap();
        if relocking {
            all.iter_mut().for_each(Task::waits_on);
        }
        drop(all);
        drop(guard);
        later.waits_on();
        assert_eq!(later.wakes(), 0, "it came after the notification");
    }
}

#[test]
fn who_has_returned_has_used_its_notification() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut all = waiters(&condition, &lock, 2);
    assert!(condition.notify_one());
    let guard = all[0].gets_it().unwrap();
    drop((guard, all.remove(0)));
    all[0].waits_on();
    assert_eq!(all[0].wakes(), 0);
}

#[test]
fn waiting_with_two_locks_at_once_is_refused_and_gives_the_guard_back() {
    let condition = Condition::new();
    let (lock, other) = (Lock::new(0), Lock::new(7));
    let mut all = waiters(&condition, &lock, 2);
    for _ in 0..3 {
        let mut behind = Task::unpolled(other.lock());
        let mut refused = Task::unpolled(condition.wait(other.try_lock().unwrap()));
        let guard = refused.poll().map(is_wrong);
        behind.waits_on();
        let Poll::Ready(guard) = guard else {
            panic!("at once")
        };
        assert_eq!((*guard, other.is_locked()), (7, true), "never released");
        let refused = poll(pin!(condition.wait_or(guard, async {})), Waker::noop());
        let Poll::Ready(Err(WaitError::WrongLock(guard))) = refused else {
            panic!("at once")
        };
        let refused = poll(pin!(condition.wait_while(guard, |_| true)), Waker::noop());
        drop(is_wrong(match refused {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("at once"),
        }));
        assert_eq!(behind.wakes(), 1);
        assert!(!other.is_locked());
    }
    assert_eq!(wakes(&all), [0, 0], "the others notice nothing");
    assert_eq!(condition.notify_all(), 2);
    assert!(all.iter_mut().all(|w| w.gets_it().is_ok()));
}

#[test]
fn another_lock_may_be_used_when_nobody_waits_any_more() {
    let condition = Condition::new();
    let (lock, other) = (Lock::new(0), Lock::new(0));
    let ways: [fn(&Condition, Vec<Waiting<'_>>); 4] = [
        |_, all| drop(all),
        |condition, mut all| {
            assert_eq!(condition.notify_many(2), 2);
            assert!(all.iter_mut().all(|w| w.gets_it().is_ok()));
        },
        // Told, but neither has locked again.
        |condition, all| {
            assert_eq!(condition.notify_all(), 2);
            std::mem::forget(all);
        },
        |condition, mut all| {
            assert!(condition.notify_one());
            drop(all.pop());
            std::mem::forget(all);
        },
    ];
    for ends in ways {
        for (one, two) in [(&lock, &other), (&other, &lock)] {
            ends(&condition, waiters(&condition, one, 2));
            let mut all = waiters(&condition, two, 2);
            assert_eq!(condition.notify_all(), 2);
            assert!(all.iter_mut().all(|w| w.gets_it().is_ok()));
        }
    }
}

#[test]
fn closing_ends_every_wait_with_the_guard() {
    for crowd in [0, 1, 8, 9, 20] {
        let (condition, lock) = (Condition::new(), Lock::new(0));
        let mut all = waiters(&condition, &lock, crowd);
        assert!(!condition.is_closed());
        condition.close();
        condition.close();
        assert!(condition.is_closed());
        assert_eq!(wakes(&all), vec![1; crowd]);
        assert_eq!((condition.notify_one(), condition.notify_all()), (false, 0));
        for (i, waiting) in all.iter_mut().enumerate() {
            let mut guard = is_closed(waiting.gets_it());
            assert_eq!(*guard as usize, i);
            *guard += 1;
        }
        // Who comes now is told at once, and the lock stays held all the time.
        let guard = lock.try_lock().unwrap();
        let mut behind = Task::of(lock.lock());
        let guard = is_closed(at_once(condition.wait(guard)));
        let (guard, behind_wakes) = (
            is_closed(at_once(condition.wait_while(guard, |_| true))),
            behind.wakes(),
        );
        assert_eq!(behind_wakes, 0);
        drop(guard);
        drop(behind.gets_it());
    }
}

#[test]
fn what_was_told_before_the_close_stays_a_success() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut all = waiters(&condition, &lock, 4);
    assert_eq!(condition.notify_many(2), 2);
    let guard = lock.try_lock().unwrap();
    all[0].waits_on();
    condition.close();
    assert_eq!(wakes(&all), [1, 1, 1, 1]);
    drop(guard);
    assert!(all[0].gets_it().is_ok() && all[1].gets_it().is_ok());
    drop(is_closed(all[2].gets_it()));
    drop(is_closed(all[3].gets_it()));
}

#[test]
fn who_was_closed_waits_for_the_lock_and_may_leave() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut all = waiters(&condition, &lock, 2);
    let guard = lock.try_lock().unwrap();
    condition.close();
    all.iter_mut().for_each(Task::waits_on);
    drop(all.remove(0));
    drop(guard);
    drop(is_closed(all[0].gets_it()));
}

#[test]
fn waiting_while_something_is_so_looks_after_each_notification() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut looks = 0;
    let mut waiting = Task::of(condition.wait_while(lock.try_lock().unwrap(), |value| {
        looks += 1;
        *value += 100;
        *value % 100 < 3
    }));
    for i in 1..3 {
        *lock.try_lock().expect("released again") += 1;
        waiting.waits_on();
        assert!(condition.notify_one());
        assert_eq!(waiting.wakes(), i);
        waiting.waits_on();
    }
    *lock.try_lock().unwrap() += 1;
    waiting.waits_on();
    assert_eq!(condition.notify_all(), 1);
    assert_eq!(*waiting.gets_it().unwrap(), 403, "changed by each look");
    drop(waiting);
    assert_eq!(looks, 4);
}

#[test]
fn what_is_not_so_is_not_waited_for() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let behind = {
        let guard = lock.try_lock().unwrap();
        let behind = Task::of(lock.lock());
        let guard = at_once(condition.wait_while(guard, |_| false)).unwrap();
        assert_eq!(behind.wakes(), 0, "never released");
        condition.close();
        drop(at_once(condition.wait_while(guard, |_| false)).expect("it wins"));
        behind
    };
    assert_eq!(behind.wakes(), 1);
}

/// The last thing that was done may be the one that was waited for.
#[test]
fn what_is_no_longer_so_wins_over_closed() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let unset = |value: &mut u32| *value == 0;
    let mut all: Vec<_> = (0..2)
        .map(|_| Task::of(condition.wait_while(lock.try_lock().unwrap(), unset)))
        .collect();
    let mut behind = Task::of(condition.wait_while(lock.try_lock().unwrap(), |_| true));
    *lock.try_lock().unwrap() = 5;
    condition.close();
    for waiting in &mut all {
        assert_eq!(*waiting.gets_it().expect("it is set"), 5);
    }
    drop(is_closed(behind.gets_it()));
}

#[test]
fn a_question_that_panics_unlocks_and_keeps_nobody() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    bangs(|| {
        let guard = lock.try_lock().unwrap();
        at_once(condition.wait_while(guard, |_| resume_unwind(Box::new(Bang))))
            .map(drop)
            .unwrap();
    });
    assert!(!lock.is_locked());
    let mut asked = 0;
    let mut bad = Task::of(condition.wait_while(lock.try_lock().unwrap(), |_| {
        asked += 1;
        asked == 1 || resume_unwind(Box::new(Bang))
    }));
    let mut good = waiter(&condition, &lock);
    assert_eq!(condition.notify_all(), 2);
    bangs(|| assert!(bad.poll().is_pending()));
    assert!(good.gets_it().is_ok());
}

#[test]
fn errors_say_what_happened_and_give_the_guard_back() {
    let lock = Lock::new(3);
    let error = WaitError::WrongLock(lock.try_lock().unwrap());
    let shown: &dyn Error = &error;
    assert_eq!(format!("{shown:?}"), "WrongLock(..)");
    assert_eq!(
        shown.to_string(),
        "others wait for the condition with another lock"
    );
    let error = WaitError::Closed(error.into_inner());
    assert_eq!(format!("{error:?}"), "Closed(..)");
    assert_eq!(error.to_string(), "the condition is closed");
    assert_eq!(*error.into_inner(), 3);
}

#[test]
fn debug_says_whether_somebody_waits() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let waiting = waiter(&condition, &lock);
    let debug = format!("{condition:?}");
    assert_eq!(debug, "Condition { waited_on: true, closed: false }");
    drop(waiting);
    condition.close();
    let debug = format!("{condition:?}");
    assert_eq!(debug, "Condition { waited_on: false, closed: true }");
}
