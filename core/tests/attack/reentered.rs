//! Code of others runs at every place where it can, and does the worst that it may there.

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use gimmal_core::channel::mpmc::Channel;
use gimmal_core::pool::Pool;
use gimmal_core::sync::{Event, Lock, LockGuard, Semaphore};
use gimmal_core::wait::{Operation, Phase, Until, WaitQueue};

use crate::kit::{Bang, Counted, Item, Ledger, Scripted, Waiter, bangs, poll, within};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Futures that others may drop.
type Shelf<T> = Arc<Mutex<Vec<Boxed<T>>>>;

fn shelf<T>() -> Shelf<T> {
    Arc::new(Mutex::new(Vec::new()))
}

/// Takes one off, and drops it while the shelf is free.
fn drop_one<T>(shelf: &Shelf<T>) -> bool {
    let one = shelf.lock().unwrap().pop();
    one.is_some()
}

/// Which of a waker's functions acts.
const PLACES: [&str; 3] = ["clone", "wake", "drop"];

fn waker_that(acts: &'static str, act: impl Fn() + Send + Sync + Clone + 'static) -> Waker {
    let mut scripted = Scripted::default();
    match acts {
        "clone" => scripted.clone = Box::new(act),
        "wake" => scripted.wake = Box::new(act),
        _ => scripted.drop = Box::new(act),
    }
    scripted.waker()
}

/// Before it, behind it, on both sides: a waiter's neighbours leave from within its own waker's functions.
#[test]
fn a_waker_drops_the_neighbours_of_its_waiter() {
    within(Duration::from_secs(30), || {
        for place in PLACES {
            for before in 0..3 {
                let semaphore: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
                let neighbours = shelf();
                let enqueue = |count: usize| {
                    for _ in 0..count {
                        let mut one = Box::pin(async { drop(semaphore.acquire().await) });
                        assert!(poll(one.as_mut(), Waker::noop()).is_pending());
                        neighbours.lock().unwrap().push(one as Boxed<()>);
                    }
                };
                enqueue(before);
                let its = neighbours.clone();
                let drops = Arc::new(AtomicUsize::new(0));
                let counted = drops.clone();
                let waker = waker_that(place, move || {
                    if drop_one(&its) {
                        counted.fetch_add(1, SeqCst);
                    }
                });
                let mut waiting = Box::pin(semaphore.acquire());
                assert!(poll(waiting.as_mut(), &waker).is_pending());
                enqueue(2 - before);
                // Another waker takes its place, is woken, and all of them go.
                assert!(poll(waiting.as_mut(), Waker::noop()).is_pending());
                assert!(poll(waiting.as_mut(), &waker).is_pending());
                while drop_one(&neighbours) && neighbours.lock().unwrap().len() > 1 {}
                semaphore.release(3).unwrap();
                drop(waiting);
                neighbours.lock().unwrap().clear();
                drop(waker);
                assert!(drops.load(SeqCst) <= 2);
                assert_eq!(semaphore.available(), 3, "{place}, {before} before");
            }
        }
    });
}

/// A task that is its own waker, as those of executors are: the last one to let go of it drops the future, wherever that is.
#[test]
fn a_waker_owns_the_future_that_waits_with_it() {
    struct Task(Mutex<Option<Boxed<()>>>);
    impl std::task::Wake for Task {
        fn wake(self: Arc<Self>) {
            let future = self.0.lock().unwrap().take();
            drop(future);
        }
    }
    let ledger = Ledger::new();
    let lock: &'static Lock<Vec<Item>> = Box::leak(Box::new(Lock::new(Vec::new())));
    for way in 0..3 {
        let guard = lock.try_lock().unwrap();
        let item = ledger.item();
        let task = Arc::new(Task(Mutex::new(None)));
        let mut future: Boxed<()> = Box::pin(async move {
            lock.lock().await.push(item);
        });
        let waker = Waker::from(task.clone());
        assert!(poll(future.as_mut(), &waker).is_pending());
        *task.0.lock().unwrap() = Some(future);
        let mut next = Waiter::of(lock.lock());
        match way {
            // Woken, it goes, and the lock is the next one's.
            0 => drop(guard),
            // Replaced by another waker, whose clone is all that is left.
            1 => {
                let future = task.0.lock().unwrap().take();
                drop((waker, task));
                drop(future);
                drop(guard);
            }
            _ => {
                drop(waker);
                drop(guard);
            }
        }
        drop(next.gets_it());
        drop(next);
        assert!(lock.try_lock().is_some_and(|items| items.is_empty()));
    }
    ledger.settle();
}

/// An operation that does everything to its own queue while it is tried: it wakes, grants, releases, waits, and gives up.
#[test]
fn an_operation_uses_its_own_queue_in_every_phase() {
    struct Busy<'q> {
        queue: &'q WaitQueue,
        depth: usize,
        phases: &'q Mutex<Vec<Phase>>,
    }
    impl Operation for Busy<'_> {
        type Output = ();

        fn try_once(&mut self, when: Phase) -> Poll<()> {
            self.phases.lock().unwrap().push(when);
            if self.depth > 0 {
                let mut inner = Box::pin(Until::new(
                    self.queue,
                    Busy {
                        depth: self.depth - 1,
                        ..*self
                    },
                ));
                let _ = poll(inner.as_mut(), Waker::noop());
                self.queue.wake_one();
                let _ = poll(inner.as_mut(), Waker::noop()).is_ready();
            }
            self.queue.wake_all();
            Poll::Pending
        }

        fn return_grant(&mut self) {
            self.queue.grant_one();
        }

        fn forward_wakeup(&mut self) -> bool {
            self.queue.wake_one();
            false
        }
    }
    within(Duration::from_secs(30), || {
        let (queue, phases) = (WaitQueue::new(), Mutex::new(Vec::new()));
        let (counted, waker) = Counted::new();
        let busy = || Busy {
            queue: &queue,
            depth: 2,
            phases: &phases,
        };
        let mut all: Vec<_> = (0..3)
            .map(|_| Box::pin(Until::new(&queue, busy())))
            .collect();
        for round in 0..6 {
            for one in &mut all {
                assert!(poll(one.as_mut(), &waker).is_pending());
            }
            match round % 3 {
                0 => _ = queue.wake_one(),
                1 => _ = queue.grant_one(),
                _ => _ = queue.release_all(),
            }
        }
        assert!(counted.wakes() > 3);
        assert!(all[0].as_mut().cancel().is_err());
        drop(all);
        assert!(!queue.wake_one(), "nobody is left in it");
        let seen = phases.lock().unwrap();
        for phase in [Phase::First, Phase::Enqueued, Phase::Woken] {
            assert!(seen.contains(&phase), "{phase:?}");
        }
        assert_eq!(counted.kept(), 0);
    });
}

/// A closure that is given a locked value panics, or keeps what it can, while the guard is half mapped.
#[test]
fn a_guard_that_is_not_mapped_unlocks() {
    let lock = Lock::new((1, String::from("a")));
    bangs(|| {
        let _part: gimmal_core::sync::MappedLockGuard<'_, u32> =
            LockGuard::map(lock.try_lock().unwrap(), |all| {
                all.1.push('b');
                assert!(lock.try_lock().is_none());
                resume_unwind(Box::new(Bang))
            });
    });
    // To something that is not in the lock, and lives longer.
    let elsewhere: &'static mut u32 = Box::leak(Box::new(7));
    let mut guard = Some(elsewhere);
    let mut part = LockGuard::map(lock.try_lock().unwrap(), |_| guard.take().unwrap());
    *part += 1;
    assert!(lock.is_locked() && *part == 8);
    drop(part);
    assert_eq!(lock.into_inner(), (1, String::from("ab")));
}

/// A destructor that takes the place which its own value is leaving, sends into the channel it was drained from, or sets the
/// event whose waiter it belongs to.
#[test]
fn destructors_use_the_object_that_drops_them() {
    struct Greedy {
        item: Item,
        pool: &'static Pool<Greedy, 1>,
        tries: &'static AtomicUsize,
        ledger: Ledger,
    }
    impl Drop for Greedy {
        fn drop(&mut self) {
            assert!(self.item.id < 4);
            if self.tries.fetch_add(1, SeqCst) < 2 {
                let again = Greedy {
                    item: self.ledger.item(),
                    ledger: self.ledger.clone(),
                    ..*self
                };
                // Its slot is not free yet: the value comes back, and is dropped in turn.
                assert!(self.pool.try_take(again).is_err());
            }
        }
    }
    within(Duration::from_secs(30), || {
        let ledger = Ledger::new();
        let pool: &'static Pool<Greedy, 1> = Box::leak(Box::new(Pool::new()));
        let tries: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let loan = pool.try_take(Greedy {
            item: ledger.item(),
            pool,
            tries,
            ledger: ledger.clone(),
        });
        drop(loan);
        assert_eq!((pool.lent(), tries.load(SeqCst)), (0, 3));
        ledger.settle();
    });

    struct Returns {
        to: &'static Channel<Returns, 2>,
        event: &'static Event,
        left: usize,
        _item: Item,
        ledger: Ledger,
    }
    impl Drop for Returns {
        fn drop(&mut self) {
            self.event.set();
            if self.left > 0 {
                let next = Returns {
                    left: self.left - 1,
                    _item: self.ledger.item(),
                    ledger: self.ledger.clone(),
                    ..*self
                };
                // Whether it has room or not, or is closed: it is in the channel, or dropped here.
                let _ = self.to.try_send(next);
            }
        }
    }
    within(Duration::from_secs(30), || {
        let ledger = Ledger::new();
        let to: &'static Channel<Returns, 2> = Box::leak(Box::new(Channel::new()));
        let event: &'static Event = Box::leak(Box::new(Event::new()));
        let mut waiting = Waiter::of(event.wait());
        for _ in 0..2 {
            let first = Returns {
                to,
                event,
                left: 3,
                _item: ledger.item(),
                ledger: ledger.clone(),
            };
            assert!(to.try_send(first).is_ok());
        }
        drop(to.try_recv());
        assert_eq!(to.len(), 2, "one has come back in the place of it");
        waiting.gets_it();
        assert!(to.close_and_drain() >= 2);
        assert!(to.is_empty());
        ledger.settle();
    });
}
