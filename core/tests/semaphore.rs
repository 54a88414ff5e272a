//! The semaphore, one poll at a time: permits in arrival order whatever their number, and what cancelling, closing and
//! counting too far do.

mod kit;

use std::mem::forget;
use std::panic::{catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use gimmal_core::error::{
    AcquireManyError, AcquireTimeoutError, Closed, OverRelease, Overflow, TooMany,
};
use gimmal_core::sync::{Acquiring, BoundedSemaphore, Semaphore};
use gimmal_core::wait::WaitQueue;
use kit::{Bang, Scripted, Waiter, bangs, poll, wait};

/// Somebody who waits for `n` permits.
fn waiter(semaphore: &Semaphore, n: usize) -> Waiter<'_, WaitQueue, Acquiring<'_>> {
    Waiter::of(semaphore.acquire_many(n))
}

fn guilty() -> Waker {
    Scripted {
        wake: Box::new(|| resume_unwind(Box::new(Bang))),
        ..Default::default()
    }
    .waker()
}

#[test]
fn permits_are_taken_together_or_not_at_all() {
    static SEMAPHORE: Semaphore = Semaphore::new(3);
    let two = SEMAPHORE.try_acquire_many(2).unwrap();
    assert_eq!((two.count(), SEMAPHORE.available()), (2, 1));
    assert!(SEMAPHORE.try_acquire_many(2).is_none());
    assert_eq!(SEMAPHORE.available(), 1, "a refusal takes nothing");
    let mut three = waiter(&SEMAPHORE, 3);
    assert_eq!(SEMAPHORE.available(), 1, "nor does waiting");
    drop(two);
    assert_eq!((three.wakes(), SEMAPHORE.available()), (1, 0));
    let three = three.gets_it().unwrap();
    assert_eq!(format!("{three:?}"), "Permit { count: 3 }");
    drop(three);
    assert_eq!(wait(SEMAPHORE.acquire_many(3)).unwrap().count(), 3);
    assert_eq!(
        format!("{SEMAPHORE:?}"),
        "Semaphore { available: 3, closed: false }"
    );
}

#[test]
fn those_who_wait_are_served_in_the_order_in_which_they_came() {
    let semaphore = Semaphore::new(1);
    let mut permit = semaphore.try_acquire().unwrap();
    let mut all: Vec<_> = (0..12).map(|_| waiter(&semaphore, 1)).collect();
    for i in 0..12 {
        drop(permit);
        let wakes: Vec<_> = all.iter().map(Waiter::wakes).collect();
        assert_eq!(
            wakes,
            (0..12).map(|k| usize::from(k <= i)).collect::<Vec<_>>()
        );
        all[i + 1..].iter_mut().for_each(Waiter::waits_on);
        permit = all[i].gets_it().unwrap();
    }
    drop(permit);
    assert_eq!(semaphore.available(), 1);
    assert!(all.iter().all(|w| w.counted.kept() == 0));
}

#[test]
fn a_large_request_is_not_overtaken_by_small_ones() {
    let semaphore = Semaphore::new(0);
    let mut large = waiter(&semaphore, 3);
    let mut small = waiter(&semaphore, 1);
    for there in 1..3 {
        semaphore.release(1).unwrap();
        assert_eq!((large.wakes(), small.wakes()), (0, 0));
        small.waits_on();
        large.waits_on();
        assert!(semaphore.try_acquire().is_none(), "nor by who comes now");
        let mut newcomer = waiter(&semaphore, 1);
        newcomer.waits_on();
        assert_eq!(semaphore.available(), there);
    }
    semaphore.release(1).unwrap();
    assert_eq!((large.wakes(), small.wakes()), (1, 0));
    semaphore.release(1).unwrap();
    assert_eq!((large.wakes(), small.wakes()), (1, 1));
    assert_eq!(
        small.gets_it().unwrap().count() + large.gets_it().unwrap().count(),
        4
    );
    assert_eq!(semaphore.available(), 4);
}

#[test]
fn who_released_cannot_take_the_permit_back_past_one_who_waits() {
    let semaphore = Semaphore::new(1);
    for _ in 0..kit::rounds(1_000) {
        let mine = semaphore.try_acquire().unwrap();
        let mut waiter = waiter(&semaphore, 1);
        drop(mine);
        assert!(semaphore.try_acquire().is_none());
        assert!(poll(pin!(semaphore.acquire()), Waker::noop()).is_pending());
        drop(waiter.gets_it().unwrap());
    }
}

#[test]
fn one_release_serves_as_many_as_it_suffices_for() {
    for crowd in [1, 7, 8, 9, 16, 17, 40] {
        let semaphore = Semaphore::new(0);
        let mut all: Vec<_> = (0..=crowd).map(|_| waiter(&semaphore, 2)).collect();
        semaphore.release(2 * crowd + 1).unwrap();
        assert!(all[..crowd].iter().all(|w| w.wakes() == 1));
        assert_eq!((all[crowd].wakes(), semaphore.available()), (0, 1));
        let served: Vec<_> = all[..crowd]
            .iter_mut()
            .map(|w| w.gets_it().unwrap())
            .collect();
        all[crowd].waits_on();
        drop((served, all));
        assert_eq!(semaphore.available(), 2 * crowd + 1);
    }
}

#[test]
fn more_may_be_released_than_was_taken_and_permits_may_be_kept_for_good() {
    let semaphore = Semaphore::new(0);
    semaphore.release(0).unwrap();
    semaphore.release(5).unwrap();
    assert_eq!(semaphore.available(), 5);
    let permit = semaphore.try_acquire_many(2).unwrap();
    permit.forget();
    assert_eq!(semaphore.available(), 3);
    forget(semaphore.try_acquire());
    assert_eq!(semaphore.available(), 2);
    semaphore.release(1).unwrap();
    assert_eq!(semaphore.available(), 3);
}

#[test]
fn a_request_for_nothing_waits_its_turn_and_takes_nothing() {
    let semaphore = Semaphore::new(0);
    assert_eq!(semaphore.try_acquire_many(0).unwrap().count(), 0);
    let first = waiter(&semaphore, 1);
    assert!(semaphore.try_acquire_many(0).is_none());
    let mut nothing = waiter(&semaphore, 0);
    drop(first);
    assert_eq!(
        (nothing.wakes(), nothing.gets_it().unwrap().count()),
        (1, 0)
    );
    assert_eq!(semaphore.available(), 0);
}

#[test]
fn too_many_permits_change_nothing_and_wake_nobody() {
    const MOST: usize = Semaphore::MAX_PERMITS;
    let full = Semaphore::new(MOST);
    for n in [1, 2, MOST, MOST + 1, usize::MAX] {
        assert_eq!(full.release(n), Err(Overflow));
        assert_eq!((full.available(), full.is_closed()), (MOST, false));
    }
    let all = full.try_acquire_many(MOST).unwrap();
    assert!(full.try_acquire_many(MOST + 1).is_none());
    full.release(MOST - 1).unwrap();
    let mut waiter = waiter(&full, MOST);
    assert_eq!(full.release(2), Err(Overflow));
    assert_eq!((full.available(), waiter.wakes()), (MOST - 1, 0));
    full.release(1).unwrap();
    assert_eq!((full.available(), waiter.wakes()), (0, 1));
    drop(waiter.gets_it().unwrap());
    drop(all);
    assert_eq!(full.available(), MOST, "there is no room for these");
}

#[test]
fn what_no_semaphore_can_have_is_refused_at_once() {
    const MOST: usize = Semaphore::MAX_PERMITS;
    assert!(catch_unwind(|| Semaphore::new(MOST + 1)).is_err());
    assert!(catch_unwind(|| BoundedSemaphore::new(MOST + 1)).is_err());
    let semaphore = Semaphore::new(1);
    assert!(catch_unwind(|| drop(semaphore.acquire_many(MOST + 1))).is_err());
    assert!(semaphore.try_acquire_many(usize::MAX).is_none());
    assert_eq!(semaphore.available(), 1);
}

#[test]
fn leaving_the_queue_lets_those_behind_look_again() {
    let semaphore = Semaphore::new(2);
    let large = waiter(&semaphore, 3);
    let mut small: Vec<_> = (0..3).map(|_| waiter(&semaphore, 1)).collect();
    drop(semaphore.acquire());
    drop(large);
    let wakes: Vec<_> = small.iter().map(Waiter::wakes).collect();
    assert_eq!(wakes, [1, 1, 0]);
    // From the middle of the queue: nothing changes for the others.
    let last = waiter(&semaphore, 1);
    drop(small.pop());
    assert_eq!(last.wakes(), 0);
    let permits: Vec<_> = small.iter_mut().map(|w| w.gets_it().unwrap()).collect();
    drop(permits);
    assert_eq!((last.wakes(), semaphore.available()), (1, 1));
    drop(last);
    assert!(semaphore.try_acquire_many(2).is_some(), "nobody waits now");
}

#[test]
fn leaving_with_permits_passes_them_on() {
    let semaphore = Semaphore::new(0);
    let large = waiter(&semaphore, 3);
    let mut small: Vec<_> = (0..3).map(|_| waiter(&semaphore, 1)).collect();
    semaphore.release(3).unwrap();
    assert_eq!((large.wakes(), semaphore.available()), (1, 0));
    assert!(small.iter().all(|w| w.wakes() == 0));
    drop(large);
    assert!(small.iter().all(|w| w.wakes() == 1));
    let permits: Vec<_> = small.iter_mut().map(|w| w.gets_it().unwrap()).collect();
    assert_eq!(semaphore.available(), 0);
    drop(permits);
    let given = Waiter::of(semaphore.acquire_many(4));
    semaphore.release(1).unwrap();
    drop(given);
    assert_eq!(semaphore.available(), 4);
}

#[test]
fn a_cancelled_wait_keeps_what_it_was_given_and_tries_once_more() {
    let semaphore = Semaphore::new(0);
    let mut first = waiter(&semaphore, 2);
    let mut second = waiter(&semaphore, 1);
    semaphore.release(2).unwrap();
    let permit = first.cancel().expect("given").unwrap();
    assert_eq!((permit.count(), semaphore.available()), (2, 0));
    let attempt = second.cancel();
    assert!(attempt.is_none(), "nothing there, and nothing taken");
    drop(permit);
    assert_eq!((second.wakes(), semaphore.available()), (0, 2));
    // In front of others it looks for them first; it does not overtake them on its way out.
    let mut large = waiter(&semaphore, 3);
    let mut behind = waiter(&semaphore, 2);
    assert!(large.cancel().is_none());
    assert_eq!((behind.wakes(), semaphore.available()), (1, 0));
    drop(behind.gets_it().unwrap());
    let mut fresh = pin!(semaphore.acquire());
    assert!(fresh.as_mut().cancel().is_ok(), "one attempt");
    assert_eq!(semaphore.available(), 2);
}

#[test]
fn waits_that_are_dropped_with_their_permits_wake_as_many_others() {
    for granted in 1..=10 {
        let semaphore = Semaphore::new(0);
        let first: Vec<_> = (0..granted).map(|_| waiter(&semaphore, 1)).collect();
        let mut then: Vec<_> = (0..=granted).map(|_| waiter(&semaphore, 1)).collect();
        semaphore.release(granted).unwrap();
        assert!(first.iter().all(|one| one.wakes() == 1));
        drop(first);
        let last = then.pop().unwrap();
        for one in &mut then {
            assert_eq!(one.wakes(), 1, "{granted}");
            forget(one.gets_it().unwrap());
        }
        assert_eq!((last.wakes(), semaphore.available()), (0, 0));
    }
}

#[test]
fn closing_ends_every_wait_and_the_permits_still_come_back() {
    for crowd in [0, 1, 8, 9, 20] {
        let semaphore = Semaphore::new(1);
        let permit = semaphore.try_acquire().unwrap();
        let mut all: Vec<_> = (0..crowd).map(|i| waiter(&semaphore, i + 1)).collect();
        semaphore.close();
        semaphore.close();
        assert!(semaphore.is_closed());
        assert!(all.iter().all(|w| w.wakes() == 1));
        drop(permit);
        semaphore.release(3).unwrap();
        assert_eq!(semaphore.available(), 4, "nobody takes them");
        assert!(semaphore.try_acquire().is_none());
        assert!(semaphore.try_acquire_many(0).is_none());
        assert_eq!(wait(semaphore.acquire()).err(), Some(Closed));
        assert!(matches!(
            pin!(semaphore.acquire()).cancel(),
            Ok(Err(Closed))
        ));
        for (i, waiter) in all.iter_mut().enumerate() {
            let closed = match i % 2 {
                0 => matches!(waiter.poll(), Poll::Ready(Err(Closed))),
                _ => matches!(waiter.cancel(), Some(Err(Closed))),
            };
            assert!(closed);
        }
        assert_eq!(
            format!("{semaphore:?}"),
            "Semaphore { available: 4, closed: true }"
        );
    }
}

#[test]
fn what_was_given_before_the_close_stays_given() {
    let semaphore = Semaphore::new(0);
    let mut first = waiter(&semaphore, 1);
    let second = waiter(&semaphore, 1);
    let mut third = waiter(&semaphore, 1);
    semaphore.release(2).unwrap();
    semaphore.close();
    assert_eq!(first.wakes() + second.wakes() + third.wakes(), 3);
    let permit = first.gets_it().unwrap();
    drop(second);
    assert_eq!(semaphore.available(), 1, "it was given to who has left");
    assert!(matches!(third.poll(), Poll::Ready(Err(Closed))));
    drop(permit);
    assert_eq!(semaphore.available(), 2);
}

#[test]
fn wakers_are_called_in_arrival_order() {
    let semaphore = Semaphore::new(0);
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut all: Vec<_> = (0..20).map(|_| Box::pin(semaphore.acquire())).collect();
    for (i, future) in all.iter_mut().enumerate() {
        let order = order.clone();
        let waker = Scripted {
            wake: Box::new(move || order.lock().unwrap().push(i)),
            ..Default::default()
        };
        assert!(poll(future.as_mut(), &waker.waker()).is_pending());
    }
    semaphore.release(20).unwrap();
    assert!(order.lock().unwrap().iter().copied().eq(0..20));
}

#[test]
fn a_waker_may_come_back_into_the_semaphore() {
    let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
    let action = || {
        Box::new(move || {
            semaphore.release(1).unwrap();
            drop(poll(pin!(semaphore.acquire()), Waker::noop()));
            drop(semaphore.try_acquire());
            assert!(!semaphore.is_closed() && !format!("{semaphore:?}").is_empty());
        })
    };
    let waker = Scripted {
        clone: action(),
        wake: action(),
        drop: action(),
    }
    .waker();
    let mut all: Vec<_> = (0..12)
        .map(|_| Box::pin(semaphore.acquire_many(40)))
        .collect();
    for future in &mut all {
        let _ = poll(future.as_mut(), &waker).is_ready();
    }
    semaphore.release(480).unwrap();
    for mut future in all {
        assert!(poll(future.as_mut(), &waker).is_ready());
    }
}

#[test]
fn a_waker_that_panics_keeps_no_permit_from_anybody() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire().unwrap();
    let mut first = Box::pin(semaphore.acquire());
    assert!(poll(first.as_mut(), &guilty()).is_pending());
    let mut others: Vec<_> = (0..10).map(|_| waiter(&semaphore, 1)).collect();
    bangs(|| semaphore.release(10).unwrap());
    assert_eq!(others.iter().map(Waiter::wakes).sum::<usize>(), 9);
    bangs(|| {
        let _permit = permit;
        resume_unwind(Box::new(Bang));
    });
    assert!(others.iter().all(|w| w.wakes() == 1));
    drop(first);
    assert_eq!(semaphore.available(), 1, "it came back from the first");
    let permits: Vec<_> = others.iter_mut().map(|w| w.gets_it().unwrap()).collect();
    drop(permits);
    assert_eq!(semaphore.available(), 11);
    // Closing: everybody is told.
    let semaphore = Semaphore::new(0);
    let mut first = Box::pin(semaphore.acquire());
    assert!(poll(first.as_mut(), &guilty()).is_pending());
    let others: Vec<_> = (0..10).map(|_| waiter(&semaphore, 1)).collect();
    bangs(|| semaphore.close());
    assert!(others.iter().all(|w| w.wakes() == 1));
}

#[test]
fn a_waker_that_panics_when_its_waiter_leaves_keeps_nobody_behind_it() {
    let semaphore = Semaphore::new(1);
    let waker = Scripted {
        drop: Box::new(|| resume_unwind(Box::new(Bang))),
        ..Default::default()
    }
    .waker();
    let mut large = Box::pin(semaphore.acquire_many(2));
    assert!(poll(large.as_mut(), &waker).is_pending());
    forget(waker);
    let mut small = waiter(&semaphore, 1);
    bangs(|| drop(large));
    assert_eq!(small.wakes(), 1);
    drop(small.gets_it().unwrap());
}

#[test]
fn a_forgotten_waiter_leaks_its_permits_at_worst() {
    let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
    let forgotten = waiter(semaphore, 2);
    let mut waiter = waiter(semaphore, 1);
    forget(forgotten.future);
    semaphore.release(2).unwrap();
    waiter.waits_on();
    semaphore.release(1).unwrap();
    drop(waiter.gets_it().unwrap());
    assert_eq!((forgotten.counted.wakes(), semaphore.available()), (1, 1));
}

#[test]
fn a_bounded_semaphore_never_has_more_than_it_began_with() {
    static SLOTS: BoundedSemaphore = BoundedSemaphore::new(3);
    assert_eq!((SLOTS.bound(), SLOTS.available()), (3, 3));
    assert_eq!(SLOTS.release(1), Err(OverRelease));
    let permit = SLOTS.try_acquire_many(2).unwrap().unwrap();
    for n in [3, 4, usize::MAX / 4, usize::MAX] {
        assert_eq!(SLOTS.release(n), Err(OverRelease));
        assert_eq!(SLOTS.available(), 1, "unchanged");
    }
    let mut waiter = Waiter::of(SLOTS.acquire_many(3).unwrap());
    assert_eq!(SLOTS.release(3), Err(OverRelease));
    assert_eq!((waiter.wakes(), SLOTS.available()), (0, 1));
    permit.forget();
    SLOTS.release(2).unwrap();
    drop(waiter.gets_it().unwrap());
    drop(wait(SLOTS.acquire()).unwrap());
    assert!(SLOTS.try_acquire().is_some());
    assert_eq!(SLOTS.release(0), Ok(()));
    assert_eq!(
        format!("{SLOTS:?}"),
        "BoundedSemaphore { available: 3, bound: 3 }"
    );
}

#[test]
fn nor_after_somebody_released_a_permit_that_another_still_has() {
    let slots = BoundedSemaphore::new(2);
    let permit = slots.try_acquire_many(2).unwrap().unwrap();
    slots.release(1).unwrap();
    drop(permit);
    assert!(slots.available() <= 2, "{}", slots.available());
    assert_eq!(slots.release(2), Err(OverRelease));
}

#[test]
fn a_bounded_semaphore_refuses_at_once_what_can_never_be() {
    let slots = BoundedSemaphore::new(2);
    let too_many = TooMany { bound: 2 };
    for n in [3, usize::MAX] {
        assert_eq!(slots.try_acquire_many(n).err(), Some(too_many));
        assert_eq!(slots.acquire_many(n).err(), Some(too_many));
        assert!(slots.acquiring(n).is_err_and(|e| e == too_many));
    }
    let all = slots.try_acquire_many(2).unwrap();
    assert!(all.is_some() && slots.try_acquire_many(1).unwrap().is_none());
    let mut waiter = Waiter::of(slots.acquire());
    slots.close();
    assert!(slots.is_closed());
    assert!(matches!(waiter.poll(), Poll::Ready(Err(Closed))));
    drop(all);
    assert_eq!(slots.available(), 2);
    assert!(slots.acquire_many(3).is_err_and(|e| e == too_many));
}

#[test]
fn each_reason_to_get_no_permits_passes_as_one_of_a_request_for_many() {
    fn passed<E: Into<AcquireManyError>>(why: E) -> AcquireManyError {
        why.into()
    }
    let (closed, late) = (AcquireTimeoutError::Closed, AcquireTimeoutError::TimedOut);
    assert_eq!(
        passed(TooMany { bound: 3 }),
        AcquireManyError::TooMany { bound: 3 }
    );
    assert_eq!(passed(Closed), AcquireManyError::Closed);
    assert_eq!(passed(closed), AcquireManyError::Closed);
    assert_eq!(passed(late), AcquireManyError::TimedOut);
}
