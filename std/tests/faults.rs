//! Faults that were found in finished parts, one test each, by number: those of the blocking primitives. Others stand beside
//! the part that they were in.

mod kit;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};
use std::thread;

use gimmal::sync::{Condition, Event, Lock, LockGuard, MappedLockGuard, Semaphore};
use kit::{LONG, bounded, rounds};

/// A waker that counts.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// F18: a task that has been woken and has not been polled yet is passed by no more often than documented.
#[test]
fn f18_a_woken_waiter_is_passed_by_a_bounded_number_of_times() {
    let lock = Lock::new(0);
    let mut guard = lock.lock();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut waiting = pin!(lock.lock_async());
    assert!(
        waiting
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let mut passes = 0;
    loop {
        drop(guard);
        match lock.try_lock() {
            Some(barged) => guard = barged,
            None => break,
        }
        passes += 1;
        assert!(passes <= Lock::<i32>::MOST_PASSES, "passed by again");
    }
    assert_eq!(passes, Lock::<i32>::MOST_PASSES);
    assert_eq!(count.0.load(SeqCst), 1, "woken once");
    assert!(waiting.poll(&mut Context::from_waker(&waker)).is_ready());
    assert!(lock.try_lock().is_some());
}

/// F18: a thread that sleeps is served beside one that locks again at once, each time after a bounded number of turns.
#[test]
fn f18_a_sleeping_thread_is_served_beside_one_that_hardly_lets_go() {
    bounded(|| {
        let shared = Arc::new((Lock::new(0_u64), Event::new()));
        let its = shared.clone();
        let greedy = thread::spawn(move || {
            while !its.1.is_set() {
                *its.0.lock() += 1;
            }
        });
        for _ in 0..rounds(200) {
            drop(shared.0.lock_timeout(LONG).expect("served"));
        }
        shared.1.set();
        greedy.join().unwrap();
    });
}

/// F2: the guide's loop, between threads: wait, clear, then take what there is.
#[test]
fn f2_wait_clear_and_take_leaves_nothing_behind() {
    bounded(|| {
        for _ in 0..rounds(2_000) {
            let shared = Arc::new((Event::new(), gimmal::ring::mpmc::Ring::<u32, 2>::new()));
            let its = shared.clone();
            let feeder = thread::spawn(move || {
                for i in 0..2 {
                    its.1.push(i).unwrap();
                    its.0.set();
                }
            });
            shared.0.wait();
            shared.0.clear();
            while shared.1.pop().is_ok() {}
            feeder.join().unwrap();
            assert!(shared.1.is_empty() || shared.0.is_set());
        }
    });
}

/// F17: a lock of a value without a size, from a value, and with access to a part of it.
#[test]
fn f17_a_lock_may_guard_a_trait_object_and_lend_a_part_of_its_value() {
    let shared: Arc<Lock<dyn Fn(u32) -> u32 + Send>> = Arc::new(Lock::from(|n| n + 1));
    assert_eq!(shared.lock()(1), 2);
    let its = shared.clone();
    assert_eq!(
        thread::spawn(move || its.lock_owned()(2)).join().unwrap(),
        3
    );
    let slice: Arc<Lock<[u8]>> = Arc::new(Lock::new([1, 2, 3]));
    let condition = Condition::new();
    let (mut guard, still) = condition
        .wait_while_timeout(slice.lock(), |bytes| bytes.is_empty(), LONG)
        .unwrap();
    guard[0] = 7;
    assert!(!still);
    let mut last = LockGuard::map(guard, |bytes| &mut bytes[2]);
    *last += 1;
    let last: MappedLockGuard<'_, u8> = MappedLockGuard::map(last, |byte| byte);
    assert!(slice.is_locked() && slice.try_lock().is_none());
    drop(last);
    assert_eq!(*slice.lock(), [7, 2, 4]);
}

/// F17: what wraps an object of the core says its name once.
#[test]
fn f17_debug_says_the_name_once() {
    assert_eq!(format!("{:?}", Event::new()), "Event { set: false }");
    assert_eq!(
        format!("{:?}", Semaphore::new(2)),
        "Semaphore { available: 2, closed: false }"
    );
    assert_eq!(
        format!("{:?}", Condition::new()),
        "Condition { waited_on: false, closed: false }"
    );
}
