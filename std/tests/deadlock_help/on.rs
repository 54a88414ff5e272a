//! With feature `deadlock-help`: who holds a lock, and waits that could be for ever. `deadlock_help.rs` runs this, with
//! `debug_assertions` and without; by hand it is `cargo test -p gimmal --features deadlock-help --test deadlock_help_on`.

#![allow(unsafe_code)] // The counting allocator, a fork.

#[cfg(all(unix, debug_assertions))]
mod forks;
#[path = "../kit/mod.rs"]
mod kit;
#[cfg(debug_assertions)]
mod reports;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Debug;
use std::future::Future;
use std::mem::forget;
use std::panic::Location;
use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use gimmal::sync::{Condition, Lock, ReentrantLock};

use kit::bounded;

/// What a thread has allocated and not freed, in bytes.
struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.set(LIVE.get() + layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A line of the caller's file as it is shown, without the column.
#[track_caller]
fn at(line: u32) -> String {
    format!("{}:{line}:", Location::caller().file())
}

/// While `take` holds it the lock shows who does, and since which line; then it shows what it showed before.
fn shows_its_holder<L: Debug + Sync, G>(
    lock: &L,
    kind: &str,
    take: impl FnOnce() -> (G, u32) + Send,
) {
    let before = format!("{lock:?}");
    let (held, looked) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let holds = || {
            let (_guard, line) = take();
            held.wait();
            looked.wait();
            line
        };
        let holder = Builder::new().name("worker-1".into());
        let holder = holder.spawn_scoped(scope, holds).unwrap();
        held.wait();
        let said = format!("{lock:?}");
        looked.wait();
        let wanted = format!(
            "{kind} {{ held by \"worker-1\" at {}",
            at(holder.join().unwrap())
        );
        assert!(said.starts_with(&wanted) && said.ends_with(" }"), "{said}");
    });
    assert_eq!(format!("{lock:?}"), before);
}

#[test]
fn a_held_lock_says_by_whom_and_since_which_line() {
    bounded(|| {
        let lock = Arc::new(Lock::new(7));
        let (zero, now) = (Duration::ZERO, Instant::now());
        let shows = shows_its_holder;
        shows(&lock, "Lock", || (lock.lock(), line!()));
        let lock = &lock;
        shows_its_holder(lock, "Lock", || (lock.try_lock().unwrap(), line!()));
        shows_its_holder(lock, "Lock", || (lock.lock_timeout(zero).unwrap(), line!()));
        shows_its_holder(lock, "Lock", || (lock.lock_deadline(now).unwrap(), line!()));
        shows_its_holder(lock, "Lock", || (lock.lock_owned(), line!()));
        shows_its_holder(lock, "Lock", || (lock.try_lock_owned().unwrap(), line!()));
        shows_its_holder(lock, "Lock", || {
            (lock.lock_owned_timeout(zero).unwrap(), line!())
        });
        shows_its_holder(lock, "Lock", || {
            (lock.lock_owned_deadline(now).unwrap(), line!())
        });
        assert_eq!(format!("{lock:?}"), "Lock { value: 7 }");
        static LOCK: ReentrantLock<u8> = ReentrantLock::new(7);
        shows_its_holder(&LOCK, "ReentrantLock", || (LOCK.lock(), line!()));
        shows_its_holder(&LOCK, "ReentrantLock", || {
            (LOCK.try_lock().unwrap(), line!())
        });
        shows_its_holder(&LOCK, "ReentrantLock", || {
            (LOCK.lock_timeout(zero).unwrap(), line!())
        });
        shows_its_holder(&LOCK, "ReentrantLock", || {
            (LOCK.lock_deadline(now).unwrap(), line!())
        });
        // The line that took it first, whichever guard is left.
        shows_its_holder(&LOCK, "ReentrantLock", || {
            let (first, line) = (LOCK.lock(), line!());
            let second = LOCK.lock();
            drop(first);
            (second, line)
        });
        assert_eq!(format!("{LOCK:?}"), "ReentrantLock { value: 7 }");
        // Its owner sees the value.
        let _guard = LOCK.lock();
        assert_eq!(format!("{LOCK:?}"), "ReentrantLock { value: 7 }");
    });
}

#[test]
fn a_thread_without_a_name_is_shown_by_its_number() {
    let lock = Lock::new(0);
    let number = thread::scope(|scope| {
        let leaves = || {
            forget(lock.lock());
            thread::current().id()
        };
        scope.spawn(leaves).join().unwrap()
    });
    let shown = format!("{lock:?}");
    let wanted = format!("Lock {{ held by {number:?} at {}", at(line!() - 6));
    assert!(shown.starts_with(&wanted), "{shown}");
}

#[test]
fn tasks_are_not_watched() {
    let (one, other) = (Arc::new(Lock::new(1)), Arc::new(Lock::new(2)));
    let mut context = Context::from_waker(Waker::noop());
    for (first, second) in [(&one, &other), (&other, &one)] {
        let mut task = pin!(first.lock_owned_async());
        let Poll::Ready(guard) = task.as_mut().poll(&mut context) else {
            panic!("it is free");
        };
        assert_eq!(format!("{first:?}"), "Lock { value: <locked> }");
        let mut task = pin!(second.lock_async());
        assert!(task.as_mut().poll(&mut context).is_ready());
        drop((second.lock(), guard));
    }
}

/// The same for everybody: it may not get in the way.
#[test]
fn locks_do_what_they_do_without_it() {
    const ROUNDS: u32 = 2_000;
    bounded(|| {
        let outer = Lock::new(Cell::new(0));
        let inner = ReentrantLock::new(Cell::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        let outer = outer.lock();
                        let inner = (inner.lock(), inner.lock());
                        outer.set(outer.get() + 1);
                        inner.1.set(inner.0.get() + 1);
                    }
                });
            }
        });
        assert_eq!(outer.into_inner().get(), 4 * ROUNDS);
        assert_eq!(inner.into_inner().get(), 4 * ROUNDS);
    });
}

#[test]
fn destructors_of_thread_locals_may_lock() {
    struct AtTheEnd(Arc<Lock<u32>>, Arc<ReentrantLock<u32>>);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let (mut outer, inner) = (self.0.lock(), self.1.lock());
            *outer += *inner;
        }
    }
    thread_local! {
        static LAST: Cell<Option<AtTheEnd>> = const { Cell::new(None) };
    }
    bounded(|| {
        let (one, other) = (Arc::new(Lock::new(0)), Arc::new(ReentrantLock::new(1)));
        // What the thread notes of its locks goes after, or before.
        for locks_before in [false, true] {
            let (its, also) = (one.clone(), other.clone());
            let ends = move || {
                let last = AtTheEnd(its.clone(), also.clone());
                if locks_before {
                    drop((its.lock(), also.lock()));
                }
                LAST.set(Some(last));
                drop((its.lock(), also.lock()));
            };
            thread::spawn(ends).join().unwrap();
        }
        assert_eq!(*one.lock(), 2);
    });
}

/// Locks that were, where others are now, and orders that were: nothing of them is left.
#[test]
fn locks_that_are_gone_leave_no_order_and_no_memory() {
    bounded(|| {
        let (root, leaf) = (Lock::new(()), Lock::new(()));
        let round = || {
            let (one, other) = (Box::new(Lock::new(0_u8)), Box::new(Lock::new(0_u8)));
            let (low, high) = match std::ptr::from_ref(&*one) < std::ptr::from_ref(&*other) {
                true => (&one, &other),
                false => (&other, &one),
            };
            let _root = root.lock();
            // Both orders of the two places come about.
            drop((low.lock(), high.lock(), leaf.lock()));
            forget(other.lock());
            drop((one, other));
            let (one, other) = (Box::new(Lock::new(0_u8)), Box::new(Lock::new(0_u8)));
            let (low, high) = match std::ptr::from_ref(&*one) < std::ptr::from_ref(&*other) {
                true => (&one, &other),
                false => (&other, &one),
            };
            drop((high.lock(), low.lock()));
        };
        (0..100).for_each(|_| round());
        let before = LIVE.get();
        (0..5_000).for_each(|_| round());
        let grown = LIVE.get() - before;
        assert!(grown < 20_000, "{grown} bytes are left");
    });
}

/// Its holder is forgotten before it is unlocked: else the next one's would be.
#[test]
fn a_lock_that_is_free_is_nobodys() {
    struct Looks(Lock<u8>, Lock<String>);
    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            *self.1.lock() = format!("{:?}", self.0);
        }
    }
    let looks = Arc::new(Looks(Lock::new(7), Lock::default()));
    let (lock, waker) = (&looks.0, Waker::from(looks.clone()));
    let mut context = Context::from_waker(&waker);
    let guard = lock.lock();
    let mut waits = pin!(lock.lock_async());
    assert!(waits.as_mut().poll(&mut context).is_pending());
    drop(guard);
    assert_eq!(*looks.1.lock(), "Lock { value: 7 }");
}

#[cfg(not(debug_assertions))]
#[test]
fn without_debug_assertions_nothing_is_reported() {
    let (one, other) = (Lock::new(1), ReentrantLock::new(2));
    drop((one.lock(), other.lock()));
    drop((other.lock(), one.lock()));
}

/// Who waits for a condition has let go of the lock, and holds it again afterwards, since the same line.
#[test]
fn a_wait_for_a_condition_is_no_hold() {
    bounded(|| {
        let (lock, condition) = (Lock::new(7), Condition::new());
        thread::scope(|scope| {
            let waits = || {
                let (guard, line) = (lock.lock(), line!());
                let guard = condition.wait(guard).unwrap();
                (format!("{lock:?}"), line, drop(guard))
            };
            let waiter = Builder::new().name("waiter".into());
            let waiter = waiter.spawn_scoped(scope, waits).unwrap();
            kit::until_it_sleeps("waiter");
            assert_eq!(format!("{lock:?}"), "Lock { value: 7 }");
            condition.notify_one();
            let (said, line, ()) = waiter.join().unwrap();
            let wanted = format!("Lock {{ held by \"waiter\" at {}", at(line));
            assert!(said.starts_with(&wanted), "{said}");
        });
        assert_eq!(format!("{lock:?}"), "Lock { value: 7 }");
    });
}
