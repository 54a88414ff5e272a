//! The lock that its owner may take again: who has it and how often, who waits, what forgetting and unwinding leave.

mod kit;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::forget;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use gimmal::error::TimedOut;
use gimmal::sync::{ReentrantLock, ReentrantLockGuard};

use kit::{LONG, SHORT, bounded, until_it_sleeps};

/// What another thread finds: `try_lock`, `is_owned`, `depth`, `is_locked`.
fn elsewhere<T: Send>(lock: &ReentrantLock<T>) -> (bool, bool, usize, bool) {
    let look = || {
        let got = lock.try_lock().is_some();
        (got, lock.is_owned(), lock.depth(), lock.is_locked())
    };
    thread::scope(|scope| scope.spawn(look).join().unwrap())
}

const FREE: (bool, bool, usize, bool) = (true, false, 0, false);
const HELD: (bool, bool, usize, bool) = (false, false, 0, true);

#[test]
fn the_owner_takes_it_again_and_nobody_else_does() {
    bounded(|| {
        let lock = ReentrantLock::new(7);
        assert_eq!((lock.is_owned(), lock.depth()), (false, 0));
        let first = lock.lock();
        let second = lock.try_lock().expect("it is the owner's");
        let third = lock.lock_timeout(Duration::ZERO).unwrap();
        let fourth = lock.lock_deadline(Instant::now()).unwrap();
        assert_eq!(*first + *second + *third + *fourth, 28);
        assert_eq!((lock.is_owned(), lock.depth()), (true, 4));
        for (left, guard) in [(3, first), (2, second), (1, third)] {
            assert_eq!(elsewhere(&lock), HELD);
            drop(guard);
            assert_eq!((lock.is_owned(), lock.depth()), (true, left));
        }
        assert_eq!(elsewhere(&lock), HELD);
        drop(fourth);
        assert_eq!((lock.is_owned(), lock.depth()), (false, 0));
        assert_eq!(elsewhere(&lock), FREE);
    });
}

/// All orders of four guards.
#[test]
fn guards_may_be_dropped_in_any_order() {
    fn orders(rest: &[usize]) -> Vec<Vec<usize>> {
        if rest.is_empty() {
            return vec![Vec::new()];
        }
        let with = |first: &usize| {
            let others: Vec<_> = rest.iter().copied().filter(|n| n != first).collect();
            let begin = |order| [vec![*first], order].concat();
            orders(&others).into_iter().map(begin).collect::<Vec<_>>()
        };
        rest.iter().flat_map(with).collect()
    }
    bounded(|| {
        let lock = ReentrantLock::new(());
        let all = orders(&[0, 1, 2, 3]);
        assert_eq!(all.len(), 24);
        for order in all {
            let mut guards = [0; 4].map(|_| Some(lock.lock()));
            for (n, which) in order.into_iter().enumerate() {
                assert!(lock.is_locked() && lock.depth() == 4 - n);
                guards[which] = None;
            }
            assert!(!lock.is_locked());
        }
    });
}

#[test]
fn a_thread_that_waits_gets_it_after_the_last_guard() {
    bounded(|| {
        let lock = ReentrantLock::new(Cell::new(0));
        let (first, second) = (lock.lock(), lock.lock());
        thread::scope(|scope| {
            let waits = || lock.lock().set(lock.lock().get() + 1);
            let waiter = Builder::new().name("reenters".into());
            let waiter = waiter.spawn_scoped(scope, waits).unwrap();
            until_it_sleeps("reenters");
            second.set(1);
            drop(first);
            // Woken or not, it has no business here yet.
            assert_eq!((lock.depth(), second.get()), (1, 1));
            drop(second);
            waiter.join().unwrap();
        });
        assert_eq!(lock.into_inner().get(), 2);
    });
}

#[test]
fn a_timed_lock_gives_up_in_time_and_not_before() {
    bounded(|| {
        let lock = ReentrantLock::new(());
        let guard = lock.lock();
        let tries = || {
            assert_eq!(lock.lock_timeout(Duration::ZERO).err(), Some(TimedOut));
            assert_eq!(lock.lock_deadline(Instant::now()).err(), Some(TimedOut));
            let start = Instant::now();
            assert_eq!(lock.lock_timeout(SHORT).err(), Some(TimedOut));
            assert!(start.elapsed() >= SHORT);
            let end = Instant::now() + SHORT;
            assert_eq!(lock.lock_deadline(end).err(), Some(TimedOut));
            assert!(Instant::now() >= end && start.elapsed() < LONG);
        };
        thread::scope(|scope| scope.spawn(tries).join().unwrap());
        assert_eq!(lock.depth(), 1);
        let waits = || drop(lock.lock_timeout(Duration::MAX).unwrap());
        thread::scope(|scope| {
            let waiter = Builder::new().name("for-ever".into());
            let waiter = waiter.spawn_scoped(scope, waits).unwrap();
            until_it_sleeps("for-ever");
            drop(guard);
            waiter.join().unwrap();
        });
        assert!(lock.lock_deadline(Instant::now()).is_ok());
    });
}

/// The payload is not `Sync`: two threads in it at once would lose steps.
#[test]
fn one_thread_at_a_time_uses_the_value() {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = kit::rounds(5_000) as u64;
    static LOCK: ReentrantLock<Cell<u64>> = ReentrantLock::new(Cell::new(0));
    fn step(deeper: u64) {
        let guard = LOCK.lock();
        let before = guard.get();
        if deeper > 0 {
            step(deeper - 1);
        }
        guard.set(guard.get() + 1);
        assert_eq!(guard.get(), before + deeper + 1);
    }
    bounded(|| {
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..ROUNDS).for_each(|n| step(n % 3)));
            }
        });
        let steps: u64 = (0..ROUNDS).map(|n| n % 3 + 1).sum();
        assert_eq!(LOCK.lock().get(), THREADS * steps);
    });
}

#[test]
fn deeper_than_it_can_count_is_a_panic_that_changes_nothing() {
    bounded(|| {
        const MOST: usize = ReentrantLock::<()>::MAX_DEPTH;
        let lock = ReentrantLock::new(());
        let mut guards: Vec<_> = (0..MOST).map(|_| lock.lock()).collect();
        let ways: [fn(&ReentrantLock<()>); 4] = [
            |lock| drop(lock.lock()),
            |lock| drop(lock.try_lock()),
            |lock| drop(lock.lock_timeout(Duration::MAX)),
            |lock| drop(lock.lock_deadline(Instant::now())),
        ];
        for way in ways {
            assert!(catch_unwind(|| way(&lock)).is_err());
            assert_eq!(lock.depth(), MOST);
        }
        // A look at it is no error.
        assert_eq!(format!("{lock:?}"), "ReentrantLock { value: <locked> }");
        guards.pop();
        guards.push(lock.lock());
        assert_eq!((lock.depth(), elsewhere(&lock)), (MOST, HELD));
        drop(guards);
        assert_eq!(elsewhere(&lock), FREE);
    });
}

#[test]
fn unwinding_drops_the_guards_on_its_way_and_no_others() {
    bounded(|| {
        let lock = ReentrantLock::new(RefCell::new(0));
        let outer = lock.lock();
        let inner = catch_unwind(|| {
            let guard = lock.lock();
            *guard.borrow_mut() += 1;
            let _again = lock.lock();
            resume_unwind(Box::new("on purpose"));
        });
        assert!(inner.is_err());
        assert_eq!((lock.depth(), *outer.borrow()), (1, 1));
        drop(outer);
        assert_eq!(elsewhere(&lock), FREE);
        // In another thread: its end does not keep the lock.
        let dies = || {
            let _guard = lock.lock();
            resume_unwind(Box::new("on purpose"));
        };
        let died = thread::scope(|scope| scope.spawn(dies).join().is_err());
        assert!(died && lock.try_lock().is_some());
    });
}

#[test]
fn a_forgotten_guard_leaves_the_lock_to_its_thread_for_good() {
    bounded(|| {
        let lock = ReentrantLock::new(Cell::new(1));
        let leaves = || {
            forget(lock.lock());
            assert_eq!(lock.depth(), 1);
            let guard = lock.lock();
            guard.set(2);
            drop(guard);
            assert_eq!((lock.depth(), lock.is_owned()), (1, true));
        };
        thread::scope(|scope| scope.spawn(leaves).join().unwrap());
        // Threads that come later, some in the memory of the first one, are not taken for it.
        for _ in 0..50 {
            assert_eq!(elsewhere(&lock), HELD);
        }
        assert!(lock.try_lock().is_none() && !lock.is_owned());
        assert_eq!(lock.lock_timeout(Duration::ZERO).err(), Some(TimedOut));
        assert_eq!(lock.into_inner().get(), 2);
    });
}

#[test]
fn locks_do_not_know_of_each_other() {
    bounded(|| {
        let (one, other) = (ReentrantLock::new(1), ReentrantLock::new(2));
        let guards = (one.lock(), one.lock(), other.lock());
        assert_eq!((one.depth(), other.depth()), (2, 1));
        drop(guards.2);
        assert_eq!((elsewhere(&one), elsewhere(&other)), (HELD, FREE));
    });
}

/// In a thread-local, so that it is dropped when the thread ends: counts in the lock, twice over.
struct AtTheEnd(Arc<ReentrantLock<Cell<u32>>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let first = self.0.lock();
        assert!(self.0.is_owned());
        let second = self.0.lock();
        second.set(first.get() + 1);
        assert_eq!(self.0.depth(), 2);
    }
}

thread_local! {
    static LAST: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
}

#[test]
fn destructors_of_thread_locals_may_lock() {
    bounded(|| {
        let lock = Arc::new(ReentrantLock::new(Cell::new(0)));
        for locks_before in [false, true] {
            let its = lock.clone();
            let held = lock.lock();
            let ends = move || {
                LAST.set(Some(AtTheEnd(its.clone())));
                if locks_before {
                    assert!(its.try_lock().is_none());
                }
            };
            let thread = Builder::new().name("ends".into()).spawn(ends).unwrap();
            until_it_sleeps("ends");
            drop(held);
            thread.join().unwrap();
        }
        assert_eq!(lock.lock().get(), 2);
    });
}

#[test]
fn looking_at_it_never_waits() {
    bounded(|| {
        let lock = ReentrantLock::new(3);
        assert_eq!(format!("{lock:?}"), "ReentrantLock { value: 3 }");
        let guard = lock.lock();
        assert_eq!(format!("{lock:?}"), "ReentrantLock { value: 3 }");
        assert_eq!((format!("{guard:?}"), lock.depth()), ("3".into(), 1));
        let look = || format!("{lock:?}");
        let seen = thread::scope(|scope| scope.spawn(look).join().unwrap());
        assert!(seen.starts_with("ReentrantLock {") && !seen.contains('3'));
    });
}

/// The value shows itself by dropping the last guard that the thread had before.
#[test]
fn a_value_that_is_looked_at_keeps_its_lock() {
    thread_local! {
        static GUARD: Cell<Option<ReentrantLockGuard<'static, LetsGo>>> = const { Cell::new(None) };
    }
    static LOCK: ReentrantLock<LetsGo> = ReentrantLock::new(LetsGo);
    struct LetsGo;
    impl fmt::Debug for LetsGo {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            drop(GUARD.take());
            assert_eq!(elsewhere(&LOCK), HELD);
            f.write_str("gone")
        }
    }
    bounded(|| {
        GUARD.set(Some(LOCK.lock()));
        assert_eq!(format!("{LOCK:?}"), "ReentrantLock { value: gone }");
        assert_eq!(elsewhere(&LOCK), FREE);
    });
}

#[test]
fn the_value_can_be_had_without_the_lock_by_who_has_it_alone() {
    let drops = kit::Drops::default();
    let mut lock = ReentrantLock::new(drops.one(1));
    assert_eq!(lock.get_mut().number(), 1);
    *lock.get_mut() = drops.one(2);
    assert_eq!(drops.count(), 1);
    forget(lock.lock());
    assert_eq!(lock.get_mut().number(), 2);
    drop(lock);
    assert_eq!(drops.count(), 2);
    let lock = ReentrantLock::<Option<u8>>::default();
    assert_eq!(*lock.lock(), None);
    assert_eq!(lock.into_inner(), None);
}

#[test]
fn a_lock_is_made_from_its_value() {
    let lock = ReentrantLock::from(7);
    assert_eq!(*lock.lock(), 7);
}
