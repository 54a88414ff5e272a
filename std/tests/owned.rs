//! Guards and permits that keep a share of their lock or semaphore: what they keep alive, what they let go, and when.

mod kit;

use std::cell::Cell;
use std::future::Future;
use std::mem::forget;
use std::panic::{catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use gimmal::error::{AcquireTimeoutError, Closed, TimedOut, TooMany};
use gimmal::sync::{
    BoundedSemaphore, Lock, OwnedLockGuard, OwnedPermit, OwnedTaskGuard, Semaphore,
};

use kit::{SHORT, bounded, until_it_sleeps};

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A future, and how often it was woken.
struct Task<F> {
    future: Pin<Box<F>>,
    wakes: Arc<Wakes>,
}

impl<F: Future> Task<F> {
    fn new(future: F) -> Self {
        Task {
            future: Box::pin(future),
            wakes: Arc::default(),
        }
    }

    fn poll(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(self.wakes.clone());
        let mut context = Context::from_waker(&waker);
        self.future.as_mut().poll(&mut context)
    }

    /// One that waits.
    #[track_caller]
    fn waiting(future: F) -> Self {
        let mut task = Task::new(future);
        assert!(task.poll().is_pending());
        task
    }

    #[track_caller]
    fn gets_it(&mut self) -> F::Output {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it should have what it waits for"),
        }
    }

    fn wakes(&self) -> usize {
        self.wakes.0.load(SeqCst)
    }
}

/// A way to take something of `S`.
type Way<S, G> = fn(&Arc<S>) -> G;

fn shares<T>(of: &Arc<T>) -> usize {
    Arc::strong_count(of)
}

#[test]
fn a_guard_holds_the_lock_and_a_share_of_it() {
    bounded(|| {
        let lock = Arc::new(Lock::new(1));
        let ways: [Way<Lock<u32>, OwnedLockGuard<u32>>; 4] = [
            |lock| lock.lock_owned(),
            |lock| lock.try_lock_owned().unwrap(),
            |lock| lock.lock_owned_timeout(Duration::ZERO).unwrap(),
            |lock| lock.lock_owned_deadline(Instant::now()).unwrap(),
        ];
        for (n, way) in (1..).zip(ways) {
            let mut guard = way(&lock);
            assert!(lock.is_locked() && lock.try_lock().is_none());
            assert!(Arc::ptr_eq(OwnedLockGuard::lock(&guard), &lock));
            assert_eq!((shares(&lock), *guard), (2, n));
            *guard += 1;
            assert_eq!(format!("{guard:?}"), format!("{}", n + 1));
            drop(guard);
            assert_eq!((lock.is_locked(), shares(&lock)), (false, 1));
        }
        assert_eq!(*lock.lock(), 5);
    });
}

#[test]
fn a_guard_outlives_every_other_share() {
    struct CachedIndex {
        first: OwnedLockGuard<kit::Counted>,
        _beside: u8,
    }
    fn made(drops: &kit::Drops) -> CachedIndex {
        let lock = Arc::new(Lock::new(drops.one(1)));
        CachedIndex {
            first: lock.lock_owned(),
            _beside: 0,
        }
    }
    let drops = kit::Drops::default();
    let mut kept = made(&drops);
    assert_eq!((kept.first.number(), drops.count()), (1, 0));
    *kept.first = drops.one(2);
    assert_eq!((kept.first.number(), drops.count()), (2, 1));
    // The last share goes with it, and the value.
    drop(kept);
    assert_eq!(drops.count(), 2);
}

#[test]
fn failing_leaves_no_share_and_changes_nothing() {
    bounded(|| {
        let lock = Arc::new(Lock::new(0));
        let guard = lock.lock();
        let other = || {
            assert!(lock.try_lock_owned().is_none());
            let zero = lock.lock_owned_timeout(Duration::ZERO).map(drop);
            assert_eq!(zero, Err(TimedOut));
            assert_eq!(
                lock.lock_owned_deadline(Instant::now()).map(drop),
                Err(TimedOut)
            );
            let start = Instant::now();
            assert_eq!(lock.lock_owned_timeout(SHORT).map(drop), Err(TimedOut));
            assert!(start.elapsed() >= SHORT);
        };
        thread::scope(|scope| scope.spawn(other).join().unwrap());
        assert_eq!(shares(&lock), 1);
        drop(guard);
        assert!(!lock.is_locked());
    });
}

#[test]
fn dropping_it_wakes_who_waits() {
    bounded(|| {
        let lock = Arc::new(Lock::new(0));
        let mut guard = lock.lock_owned();
        let its = lock.clone();
        let waits = Builder::new().name("owner".into());
        let waits = waits.spawn(move || *its.lock_owned()).unwrap();
        let its = lock.clone();
        let timed = Builder::new().name("timed-owner".into());
        let timed = timed.spawn(move || *its.lock_owned_timeout(Duration::MAX).unwrap());
        until_it_sleeps("owner");
        until_it_sleeps("timed-owner");
        *guard = 7;
        drop(guard);
        assert_eq!(
            (waits.join().unwrap(), timed.unwrap().join().unwrap()),
            (7, 7)
        );
    });
}

#[test]
fn unwinding_lets_go_and_forgetting_keeps_for_good() {
    let lock = Arc::new(Lock::new(1));
    let died = catch_unwind(|| {
        let _guard = lock.lock_owned();
        resume_unwind(Box::new("on purpose"));
    });
    assert!(died.is_err() && !lock.is_locked());
    assert_eq!(shares(&lock), 1);
    forget(lock.lock_owned());
    assert!(lock.try_lock_owned().is_none());
    assert_eq!(shares(&lock), 2);
}

/// The payload is not `Sync`: two threads in it at once would lose steps.
#[test]
fn one_thread_at_a_time_has_it_by_guards_of_all_kinds() {
    const ROUNDS: u32 = kit::rounds(3_000) as u32;
    bounded(|| {
        let lock = Arc::new(Lock::new(Cell::new(0)));
        let step = |cell: &Cell<u32>| cell.set(cell.get() + 1);
        let threads: Vec<_> = (0..4)
            .map(|which| {
                let lock = lock.clone();
                thread::spawn(move || {
                    for _ in 0..ROUNDS {
                        match which {
                            0 => step(&lock.lock()),
                            1 => step(&lock.lock_owned()),
                            2 => step(&lock.lock_owned_timeout(Duration::MAX).unwrap()),
                            _ => step(&gimmal_core::wait::block_on(lock.lock_owned_async())),
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert_eq!(shares(&lock), 1);
        assert_eq!(lock.lock().get(), 4 * ROUNDS);
    });
}

#[test]
fn a_task_takes_its_guard_to_other_threads() {
    bounded(|| {
        let lock = Arc::new(Lock::new(vec![1]));
        let held = lock.lock();
        let mut task = Task::waiting(lock.lock_owned_async());
        let (send, receive) = mpsc::channel::<OwnedTaskGuard<Vec<u32>>>();
        let lets_go = thread::spawn(move || {
            let mut guard: OwnedTaskGuard<_> = receive.recv().unwrap();
            guard.push(3);
        });
        let polls = thread::spawn(move || {
            while task.wakes() == 0 {
                thread::yield_now();
            }
            let mut guard = task.gets_it();
            guard.push(2);
            send.send(guard).unwrap();
        });
        drop(held);
        polls.join().unwrap();
        lets_go.join().unwrap();
        assert_eq!((&*lock.lock(), shares(&lock)), (&vec![1, 2, 3], 1));
    });
}

#[test]
fn a_future_keeps_the_lock_alive_and_is_not_of_the_callers_lifetime() {
    let drops = kit::Drops::default();
    let mut task = {
        let lock = Arc::new(Lock::new(drops.one(1)));
        Task::new(lock.lock_owned_async())
    };
    let guard = task.gets_it();
    assert!(OwnedTaskGuard::lock(&guard).is_locked());
    drop(task);
    assert_eq!((guard.number(), drops.count()), (1, 0));
    drop(guard);
    assert_eq!(drops.count(), 1);
    // One that is never polled has nothing but its share.
    let lock = Arc::new(Lock::new(0));
    let task = lock.lock_owned_async();
    assert_eq!((shares(&lock), lock.is_locked()), (2, false));
    drop(task);
    assert_eq!(shares(&lock), 1);
}

#[test]
fn a_dropped_future_of_a_lock_passes_on_what_it_had() {
    let lock = Arc::new(Lock::new(0));
    let guard = lock.lock();
    let first = Task::waiting(lock.lock_owned_async());
    let mut second = Task::waiting(lock.lock_owned_async());
    drop(guard);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(first);
    assert_eq!(second.wakes(), 1);
    let mut guard = second.gets_it();
    // One that is passed by four times is handed the lock, and gives it back.
    let mut third = Task::waiting(lock.lock_owned_async());
    for _ in 0..4 {
        drop(guard);
        guard = Task::new(lock.lock_owned_async()).gets_it();
        assert!(third.poll().is_pending());
    }
    drop(guard);
    assert!(lock.is_locked() && lock.try_lock().is_none());
    drop(third);
    // A future that was ready keeps no share.
    assert!(lock.try_lock().is_some() && shares(&lock) == 1);
}

#[test]
fn a_permit_is_given_back_where_it_comes_from() {
    bounded(|| {
        let (plain, bound) = (
            Arc::new(Semaphore::new(3)),
            Arc::new(BoundedSemaphore::new(3)),
        );
        let of_plain: [(usize, Way<Semaphore, OwnedPermit>); 7] = [
            (1, |s| s.owned().try_acquire().unwrap()),
            (2, |s| s.owned().many(2).try_acquire().unwrap()),
            (1, |s| s.owned().acquire().unwrap()),
            (3, |s| s.owned().many(3).acquire().unwrap()),
            (1, |s| s.owned().acquire_timeout(Duration::MAX).unwrap()),
            (1, |s| s.owned().acquire_deadline(Instant::now()).unwrap()),
            (2, |s| {
                let pair = s.owned().many(2);
                pair.acquire_timeout(Duration::MAX).unwrap()
            }),
        ];
        for (n, way) in of_plain {
            let permit = way(&plain);
            assert_eq!((permit.count(), plain.available()), (n, 3 - n));
            assert_eq!(shares(&plain), 2);
            drop(permit);
            assert_eq!((plain.available(), shares(&plain)), (3, 1));
        }
        let of_bound: [(usize, Way<BoundedSemaphore, OwnedPermit>); 7] = [
            (1, |s| s.owned().try_acquire().unwrap()),
            (2, |s| s.owned().many(2).unwrap().try_acquire().unwrap()),
            (1, |s| s.owned().acquire().unwrap()),
            (3, |s| s.owned().many(3).unwrap().acquire().unwrap()),
            (1, |s| s.owned().acquire_timeout(Duration::MAX).unwrap()),
            (1, |s| s.owned().acquire_deadline(Instant::now()).unwrap()),
            (2, |s| {
                let pair = s.owned().many(2).unwrap();
                pair.acquire_timeout(Duration::MAX).unwrap()
            }),
        ];
        for (n, way) in of_bound {
            let permit = way(&bound);
            assert_eq!((permit.count(), bound.available()), (n, 3 - n));
            assert_eq!(shares(&bound), 2);
            assert_eq!(
                format!("{permit:?}"),
                format!("OwnedPermit {{ count: {n} }}")
            );
            drop(permit);
            assert_eq!((bound.available(), shares(&bound)), (3, 1));
        }
    });
}

#[test]
fn a_permit_that_is_not_got_says_why_and_leaves_no_share() {
    bounded(|| {
        let (plain, bound) = (
            Arc::new(Semaphore::new(1)),
            Arc::new(BoundedSemaphore::new(1)),
        );
        assert!(plain.owned().many(2).try_acquire().is_none());
        let many = plain.owned().many(2).acquire_timeout(SHORT);
        assert_eq!(many.map(drop), Err(AcquireTimeoutError::TimedOut));
        let too_many = TooMany { bound: 1 };
        assert_eq!(bound.owned().many(2).map(drop), Err(too_many));
        assert_eq!(bound.many(2).map(drop), Err(too_many));
        let all = (plain.owned().acquire(), bound.owned().acquire());
        assert!(plain.owned().try_acquire().is_none() && bound.owned().try_acquire().is_none());
        let one = bound.owned().many(1).unwrap();
        assert!(one.try_acquire().is_none());
        let late = Err(AcquireTimeoutError::TimedOut);
        assert_eq!(plain.owned().acquire_timeout(SHORT).map(drop), late);
        assert_eq!(bound.owned().acquire_timeout(SHORT).map(drop), late);
        let now = Instant::now();
        assert_eq!(plain.owned().acquire_deadline(now).map(drop), late);
        assert_eq!(bound.owned().acquire_deadline(now).map(drop), late);
        plain.close();
        bound.close();
        assert_eq!(plain.owned().acquire().map(drop), Err(Closed));
        assert_eq!(bound.owned().acquire().map(drop), Err(Closed));
        assert_eq!(plain.owned().many(1).acquire().map(drop), Err(Closed));
        let one = bound.owned().many(1).unwrap();
        assert_eq!(one.acquire().map(drop), Err(Closed));
        assert_eq!((shares(&plain), shares(&bound)), (2, 2));
        // What was taken before can be given back.
        drop(all);
        assert_eq!((plain.available(), bound.available()), (1, 1));
        let most = Semaphore::MAX_PERMITS;
        assert!(catch_unwind(|| drop(plain.owned().many(most + 1))).is_err());
        assert_eq!((shares(&plain), shares(&bound)), (1, 1));
    });
}

/// One permit can be waited for where there is none, as it always could; several are refused at once.
#[test]
fn a_semaphore_bound_to_nothing_gives_nothing() {
    let none = Arc::new(BoundedSemaphore::new(0));
    let late = Err(AcquireTimeoutError::TimedOut);
    assert_eq!(none.acquire_timeout(Duration::ZERO).map(drop), late);
    assert_eq!(none.owned().acquire_timeout(Duration::ZERO).map(drop), late);
    assert!(none.try_acquire().is_none() && none.owned().try_acquire().is_none());
    assert_eq!(none.many(1).map(drop), Err(TooMany { bound: 0 }));
    assert_eq!(none.many(0).unwrap().acquire().unwrap().count(), 0);
    assert_eq!((none.available(), shares(&none)), (0, 1));
}

#[test]
fn a_forgotten_permit_is_gone_and_its_share_is_not_kept() {
    let (plain, bound) = (
        Arc::new(Semaphore::new(3)),
        Arc::new(BoundedSemaphore::new(3)),
    );
    plain.owned().many(2).acquire().unwrap().forget();
    let pair = bound.owned().many(2).unwrap();
    pair.acquire().unwrap().forget();
    assert_eq!((plain.available(), bound.available()), (1, 1));
    assert_eq!((shares(&plain), shares(&bound)), (1, 1));
    plain.release(2).unwrap();
    bound.release(2).unwrap();
    assert!(bound.release(1).is_err());
    // Forgotten by force, its share is kept too.
    forget((plain.owned().acquire(), bound.owned().acquire()));
    assert_eq!((plain.available(), bound.available()), (2, 2));
    assert_eq!((shares(&plain), shares(&bound)), (2, 2));
    let died = catch_unwind(|| {
        let both = bound.owned().many(2).unwrap();
        let _permits = (plain.owned().many(2).acquire(), both.acquire());
        resume_unwind(Box::new("on purpose"));
    });
    assert!(died.is_err());
    assert_eq!((plain.available(), bound.available()), (2, 2));
}

#[test]
fn a_permit_goes_to_another_thread_and_wakes_who_waits() {
    bounded(|| {
        let slots = Arc::new(Semaphore::new(1));
        let permit = slots.owned().acquire().unwrap();
        let its = slots.clone();
        let waits = Builder::new().name("for-a-permit".into());
        let waits = waits.spawn(move || its.owned().acquire().map(|permit| permit.count()));
        until_it_sleeps("for-a-permit");
        thread::spawn(move || drop(permit)).join().unwrap();
        assert_eq!(waits.unwrap().join().unwrap(), Ok(1));
        let last = slots.owned().acquire().unwrap();
        assert_eq!(Arc::try_unwrap(slots).unwrap_err().available(), 0);
        drop(last);
    });
}

#[test]
fn a_dropped_future_of_a_permit_passes_on_what_it_was_given() {
    let slots = Arc::new(BoundedSemaphore::new(2));
    let held = slots.owned().many(2).unwrap().acquire().unwrap();
    let large = Task::waiting(slots.owned().many(2).unwrap().acquire_async());
    let mut small = Task::waiting(slots.owned().acquire_async());
    assert_eq!(shares(&slots), 4);
    drop(held);
    assert_eq!((large.wakes(), small.wakes(), slots.available()), (1, 0, 0));
    drop(large);
    assert_eq!((small.wakes(), slots.available()), (1, 1));
    let permit = small.gets_it().unwrap();
    drop(small);
    assert_eq!(
        (permit.count(), slots.available(), shares(&slots)),
        (1, 1, 2)
    );
    let plain = Arc::new(Semaphore::new(0));
    let first = Task::waiting(plain.owned().acquire_async());
    let mut second = Task::waiting(plain.owned().many(2).acquire_async());
    plain.release(2).unwrap();
    assert_eq!(
        (first.wakes(), second.wakes(), plain.available()),
        (1, 0, 1)
    );
    drop(first);
    assert_eq!(second.gets_it().unwrap().count(), 2);
    plain.close();
    let mut closed = pin!(plain.owned().acquire_async());
    let mut context = Context::from_waker(Waker::noop());
    let end = closed.as_mut().poll(&mut context);
    assert!(matches!(end, Poll::Ready(Err(Closed))));
}
