//! B31 and B47 to B59 as far as they are about locks and semaphores.

use std::mem::forget;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Waker;
use std::time::Duration;

use gimmal_core::error::{OverRelease, Overflow};
use gimmal_core::sync::{BoundedSemaphore, Lock, Semaphore};

use crate::kit::{Bang, Counted, Scripted, bangs, poll, rounds, within};

#[test]
fn b31_a_cancelled_waiter_swallows_its_permit_or_its_lock() {
    let semaphore = Semaphore::new(0);
    let ((first, first_waker), (second, second_waker)) = (Counted::new(), Counted::new());
    let mut one = Box::pin(semaphore.acquire());
    let mut two = Box::pin(semaphore.acquire());
    assert!(poll(one.as_mut(), &first_waker).is_pending());
    assert!(poll(two.as_mut(), &second_waker).is_pending());
    semaphore.release(1).unwrap();
    drop(one);
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert!(poll(two.as_mut(), &second_waker).is_ready());
    assert_eq!(semaphore.available(), 1, "no permit is erased either");

    let lock = Lock::new(());
    let guard = lock.try_lock();
    let mut one = Box::pin(lock.lock());
    let mut two = Box::pin(lock.lock());
    assert!(poll(one.as_mut(), &first_waker).is_pending());
    assert!(poll(two.as_mut(), &second_waker).is_pending());
    drop(guard);
    drop(one);
    assert_eq!((first.wakes(), second.wakes()), (2, 2));
    assert!(poll(two.as_mut(), &second_waker).is_ready());
}

#[test]
fn b37_two_that_wait_for_one_lock_wake_each_other_for_ever() {
    let (lock, semaphore) = (Lock::new(()), Semaphore::new(1));
    let _held = (lock.try_lock(), semaphore.try_acquire());
    let (counted, waker) = Counted::new();
    let (mut one, mut two) = (pin!(lock.lock()), pin!(lock.lock()));
    let (mut three, mut four) = (pin!(semaphore.acquire()), pin!(semaphore.acquire()));
    for _ in 0..10 {
        assert!(poll(one.as_mut(), &waker).is_pending() && poll(two.as_mut(), &waker).is_pending());
        assert!(poll(three.as_mut(), &waker).is_pending());
        assert!(poll(four.as_mut(), &waker).is_pending());
    }
    assert_eq!(counted.wakes(), 0);
}

#[test]
fn b47_a_failed_try_writes_into_the_lock() {
    let lock = Lock::new(1);
    let guard = lock.try_lock().unwrap();
    for _ in 0..300 {
        assert!(lock.try_lock().is_none() && lock.is_locked());
    }
    drop(guard);
    assert!(!lock.is_locked() && lock.try_lock().is_some());

    let semaphore = Semaphore::new(2);
    let permit = semaphore.try_acquire();
    for _ in 0..300 {
        assert!(semaphore.try_acquire_many(2).is_none());
        assert_eq!(semaphore.available(), 1);
    }
    drop(permit);
    assert_eq!(semaphore.try_acquire_many(2).unwrap().count(), 2);
}

#[test]
fn b48_forgotten_guards_and_permits_add_up_to_one_too_many() {
    let lock = Lock::new(0);
    forget(lock.try_lock());
    for _ in 0..300 {
        forget(lock.try_lock());
        forget(poll(pin!(lock.lock()), Waker::noop()));
        assert!(lock.is_locked());
    }
    let semaphore = Semaphore::new(300);
    for left in (0..300).rev() {
        forget(semaphore.try_acquire());
        assert_eq!(semaphore.available(), left);
    }
    assert!(semaphore.try_acquire().is_none());
}

#[test]
fn b53_a_waker_comes_back_into_the_lock_or_semaphore_that_calls_it() {
    within(Duration::from_secs(20), || {
        let objects = Box::leak(Box::new((Lock::new(0), Semaphore::new(1))));
        let (lock, semaphore): (&'static Lock<u32>, &'static Semaphore) = (&objects.0, &objects.1);
        let calls = Arc::new(AtomicUsize::new(0));
        let action = || {
            let calls = calls.clone();
            Box::new(move || {
                calls.fetch_add(1, SeqCst);
                drop(lock.try_lock());
                drop(poll(pin!(lock.lock()), Waker::noop()));
                drop(semaphore.try_acquire());
                drop(poll(pin!(semaphore.acquire_many(2)), Waker::noop()));
                let _ = semaphore.release(0);
            })
        };
        let waker = Scripted {
            clone: action(),
            wake: action(),
            drop: action(),
        }
        .waker();
        for _ in 0..3 {
            let held = (lock.try_lock().unwrap(), semaphore.try_acquire().unwrap());
            let mut locking = pin!(lock.lock());
            let mut acquiring = pin!(semaphore.acquire());
            assert!(poll(locking.as_mut(), &waker).is_pending());
            assert!(poll(acquiring.as_mut(), &waker).is_pending());
            drop(held);
            assert!(poll(locking, &waker).is_ready());
            assert!(poll(acquiring, &waker).is_ready());
        }
        assert_eq!(semaphore.available(), 1);
        drop(waker);
        assert!(calls.load(SeqCst) > 12);
    });
}

#[test]
fn b54_the_second_of_three_wakers_panics_and_the_third_sleeps_on() {
    let semaphore = Semaphore::new(0);
    let (third, third_waker) = Counted::new();
    let guilty = Scripted {
        wake: Box::new(|| resume_unwind(Box::new(Bang))),
        ..Default::default()
    }
    .waker();
    let wakers = [Waker::noop(), &guilty, &third_waker];
    let mut all: Vec<_> = wakers
        .iter()
        .map(|_| Box::pin(semaphore.acquire()))
        .collect();
    for (future, waker) in all.iter_mut().zip(wakers) {
        assert!(poll(future.as_mut(), waker).is_pending());
    }
    bangs(|| semaphore.release(3).unwrap());
    assert_eq!(third.wakes(), 1);
    let permits: Vec<_> = all
        .iter_mut()
        .map(|future| poll(future.as_mut(), Waker::noop()))
        .collect();
    assert!(permits.iter().all(|permit| permit.is_ready()));
    drop(permits);
    assert_eq!(semaphore.available(), 3);
}

#[test]
fn b56_a_forgotten_guard_or_waiter_is_more_than_a_leak() {
    let objects = Box::leak(Box::new((Lock::new(0), Semaphore::new(0))));
    let (lock, semaphore): (&'static Lock<u32>, &'static Semaphore) = (&objects.0, &objects.1);
    let guard = lock.try_lock().unwrap();
    let (mut locking, mut acquiring) = (Box::pin(lock.lock()), Box::pin(semaphore.acquire()));
    assert!(poll(locking.as_mut(), Waker::noop()).is_pending());
    assert!(poll(acquiring.as_mut(), Waker::noop()).is_pending());
    forget((locking, acquiring));
    drop(guard);
    semaphore.release(2).unwrap();
    assert_eq!(semaphore.available(), 1, "one went to who is forgotten");
    forget((lock.try_lock().unwrap(), semaphore.try_acquire().unwrap()));
    assert!(lock.try_lock().is_none() && semaphore.try_acquire().is_none());
}

#[test]
fn b59_a_count_goes_past_its_end_and_stays_there() {
    let semaphore = Semaphore::new(Semaphore::MAX_PERMITS);
    for n in [1, Semaphore::MAX_PERMITS, usize::MAX / 2 + 1, usize::MAX] {
        assert_eq!(semaphore.release(n), Err(Overflow));
        assert_eq!(semaphore.available(), Semaphore::MAX_PERMITS);
        assert!(!semaphore.is_closed());
    }
    drop(semaphore.try_acquire_many(Semaphore::MAX_PERMITS).unwrap());
    assert_eq!(semaphore.available(), Semaphore::MAX_PERMITS);
    // The same at every small bound, from every state.
    for bound in 1..=rounds(255) {
        let slots = BoundedSemaphore::new(bound);
        let mut permits = Vec::new();
        for out in 0..=bound {
            assert_eq!(slots.release(out + 1), Err(OverRelease));
            assert_eq!(slots.available(), bound - out);
            permits.extend(slots.try_acquire());
        }
        drop(permits);
        assert_eq!(slots.available(), bound);
    }
}
