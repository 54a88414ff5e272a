//! The lock, one poll at a time: who has it, who is woken, how often a waiter can be passed by, and what leaving does.
#![allow(unsafe_code)] // A guard of another kind.

mod kit;

use std::fmt;
use std::marker::PhantomPinned;
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Waker;
use std::thread;

use gimmal_core::sync::{Lock, LockGuard, Locking};
use gimmal_core::wait::WaitQueue;
use kit::{Bang, Counted, Ledger, Scripted, Waiter, bangs, poll, wait};

type Waits<'l, T> = Waiter<'l, WaitQueue, Locking<'l, T>>;

fn waiters<T, const N: usize>(lock: &Lock<T>) -> [Waits<'_, T>; N] {
    std::array::from_fn(|_| Waiter::of(lock.lock()))
}

/// Passes `waiter` by as often as it lets that happen; says how often. The lock is then handed over to it.
fn pass_by<'l, T>(lock: &'l Lock<T>, mut guard: LockGuard<'l, T>, w: &mut Waits<'l, T>) -> usize {
    for lost in 0..100 {
        drop(guard);
        let Some(barged) = lock.try_lock() else {
            return lost;
        };
        guard = barged;
        w.waits_on();
    }
    panic!("passed by a hundred times")
}

#[test]
fn the_value_belongs_to_one_guard_at_a_time() {
    let mut lock = Lock::<u32>::default();
    assert!(!lock.is_locked());
    let mut guard = lock.try_lock().unwrap();
    *guard += 1;
    assert!(lock.is_locked() && lock.try_lock().is_none());
    assert!(std::ptr::eq(
        gimmal_core::sync::LockGuard::lock(&guard),
        &lock
    ));
    drop(guard);
    assert!(!lock.is_locked());
    *wait(lock.lock()) += 1;
    *lock.get_mut() += 1;
    assert_eq!(lock.into_inner(), 3);
}

#[test]
fn it_may_be_a_static_and_its_value_anything_that_has_a_size() {
    #[repr(align(256))]
    struct Wide(u8);
    static WIDE: Lock<Wide> = Lock::new(Wide(1));
    let guard = WIDE.try_lock().unwrap();
    assert_eq!((std::ptr::from_ref(&*guard).addr() % 256, guard.0), (0, 1));
    let nothing = Lock::new(());
    let guard = nothing.try_lock();
    assert!(guard.is_some() && nothing.try_lock().is_none());
    let stays = Lock::new(PhantomPinned);
    drop(wait(stays.lock()));
    let ledger = Ledger::new();
    let lock = Lock::new(ledger.item());
    *lock.try_lock().unwrap() = ledger.item();
    assert_eq!(ledger.dropped(), 1);
    drop(lock);
    ledger.settle();
}

#[test]
fn trying_on_a_held_lock_changes_nothing() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let [mut first, mut second] = waiters(&lock);
    for _ in 0..kit::rounds(1_000) {
        assert!(lock.try_lock().is_none());
    }
    assert_eq!((first.wakes(), second.wakes()), (0, 0));
    drop(guard);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    let guard = first.gets_it();
    assert!(lock.try_lock().is_none());
    drop(guard);
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    drop(second.gets_it());
    assert!(lock.try_lock().is_some());
}

#[test]
fn waiters_are_woken_in_the_order_in_which_they_came_one_by_each_unlock() {
    let lock = Lock::new(0);
    let mut guard = lock.try_lock().unwrap();
    let mut all: [_; 12] = waiters(&lock);
    for i in 0..12 {
        drop(guard);
        let wakes: Vec<_> = all.iter().map(Waiter::wakes).collect();
        assert_eq!(
            wakes,
            (0..12).map(|k| usize::from(k <= i)).collect::<Vec<_>>()
        );
        guard = all[i].gets_it();
    }
    drop(guard);
    assert!(lock.try_lock().is_some());
    assert!(all.iter().all(|w| w.counted.kept() == 0));
}

#[test]
fn a_running_thread_may_come_first_and_the_loser_keeps_its_turn() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let [mut first, mut second] = waiters(&lock);
    drop(guard);
    let guard = lock.try_lock().expect("nobody has it yet");
    first.waits_on();
    drop(guard);
    assert_eq!((first.wakes(), second.wakes()), (2, 0));
    let guard = first.gets_it();
    second.waits_on();
    drop(guard);
    drop(second.gets_it());
}

#[test]
fn a_waiter_that_lost_four_times_is_handed_the_lock() {
    let lock = Lock::new(0);
    let [mut first, mut second] = {
        let guard = lock.try_lock().unwrap();
        let mut both = waiters(&lock);
        assert_eq!(pass_by(&lock, guard, &mut both[0]), 4);
        both
    };
    assert_eq!((first.wakes(), second.wakes()), (5, 0));
    assert!(
        lock.is_locked() && lock.try_lock().is_none(),
        "it is the waiter's, who does not know yet"
    );
    second.waits_on();
    // The next waiter has lost nothing yet: it can be passed by as often.
    let guard = first.gets_it();
    assert_eq!(pass_by(&lock, guard, &mut second), 4);
    drop(second.gets_it());
    let guard = lock.try_lock().unwrap();
    let [mut third] = waiters(&lock);
    assert_eq!(pass_by(&lock, guard, &mut third), 4);
}

#[test]
fn leaving_before_it_was_woken_takes_nothing_from_the_others() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let [first, mut second, third] = waiters(&lock);
    drop((first, third));
    drop(lock.lock());
    drop(guard);
    assert_eq!(second.wakes(), 1);
    drop(second.gets_it());
    assert!(lock.try_lock().is_some());
}

#[test]
fn leaving_after_it_was_woken_wakes_the_next() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let [first, mut second] = waiters(&lock);
    drop(guard);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(first);
    assert_eq!(second.wakes(), 1);
    drop(second.gets_it());
}

#[test]
fn leaving_after_it_was_woken_and_passed_by_loses_no_wake_up() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let [first, mut second] = waiters(&lock);
    drop(guard);
    let barged = lock.try_lock().unwrap();
    drop(first);
    second.waits_on();
    let before = second.wakes();
    drop(barged);
    assert_eq!(second.wakes(), before + 1);
    drop(second.gets_it());
}

#[test]
fn leaving_after_it_was_handed_the_lock_unlocks_for_the_next() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let [mut first, mut second] = waiters(&lock);
    pass_by(&lock, guard, &mut first);
    drop(first);
    assert_eq!(second.wakes(), 1);
    drop(second.gets_it());
    // The last one that is handed the lock, and leaves.
    let guard = lock.try_lock().unwrap();
    let [mut last] = waiters(&lock);
    pass_by(&lock, guard, &mut last);
    assert!(lock.is_locked());
    drop(last);
    assert!(!lock.is_locked());
}

#[test]
fn a_hungry_waiter_that_leaves_has_nothing_handed_over_to_nobody() {
    let lock = Lock::new(0);
    let mut guard = lock.try_lock().unwrap();
    let [mut hungry] = waiters(&lock);
    for _ in 0..4 {
        drop(guard);
        guard = lock.try_lock().unwrap();
        hungry.waits_on();
    }
    drop(hungry);
    drop(guard);
    assert!(lock.try_lock().is_some());
}

#[test]
fn a_cancelled_wait_gives_the_lock_if_it_could_have_it() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let [mut one, mut two, mut three, mut four] = waiters(&lock);
    assert!(one.cancel().is_none(), "still held");
    drop(guard);
    let guard = two.cancel().expect("woken, and free");
    assert_eq!(pass_by(&lock, guard, &mut three), 4);
    let guard = three.cancel().expect("handed over");
    drop(guard);
    assert_eq!(four.wakes(), 1);
    let barged = lock.try_lock().unwrap();
    assert!(four.cancel().is_none(), "woken, and passed by");
    drop(barged);
    let mut fresh = pin!(lock.lock());
    assert!(fresh.as_mut().cancel().is_ok(), "one attempt");
}

#[test]
fn a_panic_unlocks_wakes_and_poisons_nothing() {
    let lock = Lock::new(0);
    let mut waiter = None;
    bangs(|| {
        let mut guard = lock.try_lock().unwrap();
        waiter = Some(Waiter::of(lock.lock()));
        *guard = 5;
        resume_unwind(Box::new(Bang));
    });
    let mut waiter = waiter.unwrap();
    assert_eq!(waiter.wakes(), 1);
    assert_eq!(*waiter.gets_it(), 5);
    assert_eq!(*lock.try_lock().unwrap(), 5);
}

#[test]
fn a_guard_of_another_kind_unlocks_as_the_forgotten_one_would() {
    struct Other<'l>(&'l Lock<u32>);
    impl<'l> Other<'l> {
        fn of(guard: LockGuard<'l, u32>) -> Self {
            let lock = LockGuard::lock(&guard);
            forget(guard);
            Other(lock)
        }
        fn value(&mut self) -> &mut u32 {
            // SAFETY: the lock is held for this guard.
            unsafe { &mut *self.0.data_ptr() }
        }
    }
    impl Drop for Other<'_> {
        fn drop(&mut self) {
            // SAFETY: the lock is held for this guard, `of` forgot the first one, and references to the value are over.
            unsafe { self.0.force_unlock() };
        }
    }
    let lock = Lock::new(1);
    let mut guard = Other::of(lock.try_lock().unwrap());
    *guard.value() += 1;
    assert!(lock.try_lock().is_none());
    let [mut first, mut second] = waiters(&lock);
    drop(guard);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    let mut guard = Other::of(first.gets_it());
    assert_eq!(*guard.value(), 2);
    // One that is owed the lock has it handed over.
    for _ in 0..4 {
        drop(guard);
        guard = Other::of(lock.try_lock().unwrap());
        second.waits_on();
    }
    drop(guard);
    assert!(lock.is_locked() && lock.try_lock().is_none());
    drop(Other::of(second.gets_it()));
    assert_eq!(*lock.try_lock().unwrap(), 2);
}

#[test]
fn a_guard_may_be_let_go_in_another_thread() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let mut waiter = Waiter::of(lock.lock());
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut guard = guard;
            *guard = 7;
        });
    });
    assert_eq!((waiter.wakes(), *waiter.gets_it()), (1, 7));
}

#[test]
fn what_is_forgotten_keeps_the_lock_and_breaks_nothing() {
    let lock: &'static Lock<u8> = Box::leak(Box::new(Lock::new(0)));
    let guard = lock.try_lock().unwrap();
    let [first, mut second] = waiters(lock);
    forget(first.future);
    drop(guard);
    // The wake-up has gone with it, and in the end the lock is kept for it.
    let passes = (0..).take_while(|_| lock.try_lock().is_some()).count();
    assert_eq!(passes, Lock::<u8>::MOST_PASSES as usize);
    second.waits_on();
    drop(second);
    let lock: &'static Lock<u8> = Box::leak(Box::new(Lock::new(0)));
    let held = lock.try_lock().unwrap();
    let [mut third] = waiters(lock);
    forget(held);
    assert!(lock.try_lock().is_none());
    third.waits_on();
    drop(third);
    assert_eq!(format!("{lock:?}"), "Lock { value: <locked> }");
}

#[test]
fn debug_never_waits() {
    let lock = Lock::new(3);
    assert_eq!(format!("{lock:?}"), "Lock { value: 3 }");
    let guard = lock.try_lock().unwrap();
    assert_eq!(format!("{lock:?} {guard:?}"), "Lock { value: <locked> } 3");
    drop(guard);
    assert!(!lock.is_locked());

    struct Looks(&'static Lock<Option<Looks>>);
    impl fmt::Debug for Looks {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(if self.0.is_locked() { "held" } else { "free" })
        }
    }
    let lock = Box::leak(Box::new(Lock::new(None)));
    let lock: &'static Lock<Option<Looks>> = lock;
    *lock.try_lock().unwrap() = Some(Looks(lock));
    assert_eq!(format!("{lock:?}"), "Lock { value: Some(held) }");
    assert!(!lock.is_locked());
    *lock.try_lock().unwrap() = None;
}

#[test]
fn a_waker_may_come_back_into_the_lock() {
    let lock: &'static Lock<u32> = Box::leak(Box::new(Lock::new(0)));
    let action = || {
        Box::new(move || {
            if let Some(mut guard) = lock.try_lock() {
                *guard += 1;
            }
            let _ = poll(pin!(lock.lock()), Waker::noop()).is_ready();
            assert!(!format!("{lock:?}").is_empty());
        })
    };
    let waker = Scripted {
        clone: action(),
        wake: action(),
        drop: action(),
    }
    .waker();
    let guard = lock.try_lock().unwrap();
    let mut one = Box::pin(lock.lock());
    let mut two = Box::pin(lock.lock());
    assert!(poll(one.as_mut(), &waker).is_pending());
    assert!(poll(two.as_mut(), &waker).is_pending());
    drop(guard);
    assert!(poll(one.as_mut(), &waker).is_ready());
    drop(two);
    assert!(*lock.try_lock().unwrap() > 0);
}

#[test]
fn a_waker_that_panics_leaves_the_lock_free_and_the_next_waiter_in_its_place() {
    let lock = Lock::new(0);
    let guilty = Scripted {
        wake: Box::new(|| resume_unwind(Box::new(Bang))),
        ..Default::default()
    }
    .waker();
    let guard = lock.try_lock().unwrap();
    let mut first = Box::pin(lock.lock());
    assert!(poll(first.as_mut(), &guilty).is_pending());
    let mut second = Waiter::of(lock.lock());
    bangs(|| drop(guard));
    assert!(!lock.is_locked() && second.wakes() == 0);
    drop(first);
    assert_eq!(second.wakes(), 1, "the wake-up is passed on");
    drop(second.gets_it());
    // So it is with a waiter whose clone panics: it never waited.
    let guilty = Scripted {
        clone: Box::new(|| resume_unwind(Box::new(Bang))),
        ..Default::default()
    }
    .waker();
    let guard = lock.try_lock().unwrap();
    let mut third = Box::pin(lock.lock());
    bangs(|| drop(poll(third.as_mut(), &guilty)));
    let mut fourth = Waiter::of(lock.lock());
    drop(guard);
    assert_eq!(fourth.wakes(), 1);
    drop(fourth.gets_it());
}

#[test]
fn a_future_that_is_polled_with_another_waker_wakes_that_one() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let mut waiter = Waiter::of(lock.lock());
    let (other, other_waker) = Counted::new();
    assert!(poll(waiter.future.as_mut(), &other_waker).is_pending());
    drop(guard);
    assert_eq!((waiter.wakes(), other.wakes()), (0, 1));
    drop(waiter.gets_it());
    let again = catch_unwind(AssertUnwindSafe(|| waiter.poll().is_ready()));
    assert!(again.is_err(), "it has been ready");
}

#[test]
fn a_lock_of_a_value_is_free_and_has_that_value() {
    let lock = Lock::from(vec![1]);
    lock.try_lock().expect("nobody has it").push(2);
    assert_eq!(lock.into_inner(), [1, 2]);
}
