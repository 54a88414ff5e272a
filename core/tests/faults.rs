//! Faults that were found in finished parts, one test each, by number. Those whose mending is that a program no longer
//! compiles are in `compile_fail`; F2, F18 and F19 have models too.

mod kit;

use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use gimmal_core::Context;
use gimmal_core::channel::{mpmc as mpmc_channel, spsc as spsc_channel};
use gimmal_core::ring::mpmc;
use gimmal_core::sync::{BoundedSemaphore, Event, Lock, Semaphore};
use gimmal_core::wait::{Operation, Phase, Until, WaitCell, WaitQueue};
use kit::{Bang, Counted, Scripted, Waiter, bangs, poll, rounds, wait, within};

/// F1: an operation of a user's own that keeps another primitive's, and is granted by its own queue, gets nothing of that
/// primitive but what is free.
#[test]
fn f1_a_grant_of_one_s_own_queue_opens_no_other_primitive() {
    struct Thief<'l>(&'l Lock<String>, &'l Semaphore);
    impl Operation for Thief<'_> {
        type Output = (bool, bool);

        fn try_once(&mut self, when: Phase) -> Poll<(bool, bool)> {
            match when {
                Phase::Granted | Phase::Released => {
                    let (lock, permit) =
                        (self.0.locking().try_now(), self.1.acquiring(1).try_now());
                    Poll::Ready((lock.is_ready(), permit.is_ready()))
                }
                _ => Poll::Pending,
            }
        }
    }
    let (lock, semaphore) = (Lock::new(String::from("abc")), Semaphore::new(0));
    let guard = lock.try_lock().unwrap();
    let queue = WaitQueue::new();
    for grant in [true, false] {
        let mut thief = Waiter::of(Until::new(&queue, Thief(&lock, &semaphore)));
        if grant {
            assert!(queue.grant_one());
        } else {
            assert_eq!(queue.release_all(), 1);
        }
        assert_eq!(thief.gets_it(), (false, false));
    }
    drop(guard);
    assert_eq!((lock.is_locked(), semaphore.available()), (false, 0));
}

/// F1: what comes back from a wait that was cancelled can do no more than try again.
#[test]
fn f1_an_operation_that_came_back_holds_nothing() {
    let lock = Lock::new(1);
    let guard = lock.try_lock().unwrap();
    let _back = pin!(lock.lock()).cancel().expect_err("held");
    assert!(lock.is_locked() && lock.try_lock().is_none());
    drop(guard);
    let bounded = BoundedSemaphore::new(1);
    let permit = bounded.try_acquire().unwrap();
    let back = pin!(bounded.acquire()).cancel().expect_err("none left");
    assert_eq!(back.count(), 1);
    assert_eq!(bounded.available(), 0);
    drop(permit);
    assert_eq!(bounded.available(), 1);
}

/// F2: wait, clear, look: what is announced by a `set` that the `clear` took away is found by the look. (An interpreter that
/// knows weak memory fails this with a Relaxed `clear`.)
#[test]
fn f2_nothing_is_left_behind_by_wait_clear_and_look() {
    const ITEMS: u32 = 2;
    for _ in 0..rounds(2_000) {
        let both = Arc::new((Event::new(), mpmc::Ring::<u32, 2>::new()));
        let its = both.clone();
        let feeder = thread::spawn(move || {
            for i in 0..ITEMS {
                its.1.push(i).unwrap();
                its.0.set();
            }
        });
        wait(both.0.wait());
        both.0.clear();
        while both.1.pop().is_ok() {}
        feeder.join().unwrap();
        assert!(
            both.1.is_empty() || both.0.is_set(),
            "something lies in the ring and nobody will be told"
        );
    }
}

/// F18: a waiter that has been woken and has not run yet is passed by no more often than documented.
#[test]
fn f18_a_woken_waiter_is_passed_by_a_bounded_number_of_times() {
    let lock = Lock::new(0);
    let mut guard = lock.try_lock().unwrap();
    let mut waiter = Waiter::of(lock.lock());
    let mut passes = 0;
    loop {
        drop(guard);
        match lock.try_lock() {
            Some(barged) => guard = barged,
            None => break,
        }
        passes += 1;
        assert!(passes <= Lock::<u32>::MOST_PASSES, "passed by again");
    }
    assert_eq!((passes, waiter.wakes()), (Lock::<u32>::MOST_PASSES, 1));
    assert!(lock.is_locked(), "it is kept for the waiter");
    *waiter.gets_it() += 1;
    assert_eq!(*lock.try_lock().unwrap(), 1);
}

/// F18: a lock that is kept for a waiter which goes is the next one's.
#[test]
fn f18_a_lock_kept_for_a_waiter_that_goes_is_the_next_one_s() {
    let lock = Lock::new(0);
    let mut guard = lock.try_lock().unwrap();
    let mut first = Waiter::of(lock.lock());
    let mut second = Waiter::of(lock.lock());
    let reserved = loop {
        drop(guard);
        match lock.try_lock() {
            Some(barged) => guard = barged,
            None => break true,
        }
    };
    assert!(reserved);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(first);
    assert_eq!(second.wakes(), 1);
    drop(second.gets_it());
    let mut guard = lock.try_lock().unwrap();
    first = Waiter::of(lock.lock());
    while let Some(barged) = {
        drop(guard);
        lock.try_lock()
    } {
        guard = barged;
    }
    drop(first);
    assert!(lock.try_lock().is_some(), "nobody is left to keep it for");
}

/// How often a waker is cloned while a future is polled again and again in vain.
fn clones_of(polls: usize, future: impl Future) -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    let clones = Arc::new(AtomicUsize::new(0));
    let its = clones.clone();
    let waker = Scripted {
        clone: Box::new(move || {
            its.fetch_add(1, SeqCst);
        }),
        ..Scripted::default()
    }
    .waker();
    let mut future = pin!(future);
    for _ in 0..polls {
        assert!(poll(future.as_mut(), &waker).is_pending());
    }
    clones.load(SeqCst)
}

/// F19: polled again by the same task, a future keeps the waker that it has.
#[test]
fn f19_the_same_task_clones_its_waker_once() {
    const POLLS: usize = 1000;
    let queue = mpmc_channel::Channel::<u32, 2>::new();
    assert_eq!(clones_of(POLLS, queue.recv()), 1);
    let mut channel = spsc_channel::Channel::<u32, 2>::new();
    let (mut sender, mut receiver) = channel.split();
    assert_eq!(clones_of(POLLS, receiver.recv()), 1);
    (0..2).for_each(|i| sender.try_send(i).unwrap());
    assert_eq!(clones_of(POLLS, sender.send(2)), 1);
    let context = Context::<u32, 2, 2, 2>::new();
    let mut pull = context.pull().unwrap();
    assert_eq!(clones_of(POLLS, pull.recv()), 1);
    let mut push = context.push().unwrap();
    assert_eq!(clones_of(POLLS, push.send(1)), 1);
    let lock = Lock::new(());
    let _guard = lock.try_lock();
    assert_eq!(clones_of(POLLS, lock.lock()), 1);
    assert_eq!(clones_of(POLLS, Event::new().wait()), 1);
    assert_eq!(clones_of(POLLS, Semaphore::new(0).acquire()), 1);
}

/// F19: a waker that is kept is woken, and one that is replaced is not.
#[test]
fn f19_a_kept_waker_is_the_one_that_is_woken() {
    struct Never;
    impl Operation for Never {
        type Output = ();

        fn try_once(&mut self, _when: Phase) -> Poll<()> {
            Poll::Pending
        }
    }
    let cell = WaitCell::new();
    let (first, one) = kit::Counted::new();
    let (second, other) = kit::Counted::new();
    let mut waiting = Box::pin(Until::new(&cell, Never));
    for waker in [&one, &one, &one] {
        assert!(poll(waiting.as_mut(), waker).is_pending());
    }
    cell.wake();
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    for waker in [&one, &other, &other] {
        assert!(poll(waiting.as_mut(), waker).is_pending());
    }
    cell.wake();
    cell.wake();
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert!(poll(waiting.as_mut(), Waker::noop()).is_pending());
    drop(waiting);
    assert_eq!((first.kept(), second.kept()), (0, 0));
}

/// F18 between threads: a waiter is served while another thread takes the lock again and again.
#[test]
fn f18_a_waiter_is_served_beside_a_thread_that_hardly_lets_go() {
    within(Duration::from_secs(60), || {
        let lock = Arc::new(Lock::new(false));
        let its = lock.clone();
        let greedy = thread::spawn(move || {
            loop {
                let over = wait(its.lock());
                if *over {
                    return;
                }
            }
        });
        for _ in 0..rounds(200) {
            drop(wait(lock.lock()));
        }
        *wait(lock.lock()) = true;
        greedy.join().unwrap();
    });
}

/// A waker that cannot be cloned: its executor panics.
fn panics_when_cloned() -> Waker {
    Scripted {
        clone: Box::new(|| resume_unwind(Box::new(Bang))),
        ..Default::default()
    }
    .waker()
}

/// The first waiter was woken and finds the lock taken. It panics before it is enqueued again, and goes.
#[test]
fn a_woken_waiter_that_panics_keeps_the_lock_from_nobody() {
    let lock = Lock::new(());
    let mut guard = lock.try_lock();
    let mut first = Waiter::of(lock.lock());
    let mut second = Waiter::of(lock.lock());
    drop(guard.take());
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    guard = lock.try_lock();
    let waker = panics_when_cloned();
    bangs(|| assert!(poll(first.future.as_mut(), &waker).is_pending()));
    drop(first);
    drop(guard);
    assert_eq!(second.wakes(), 1, "it sleeps beside a free lock");
    assert!(second.poll().is_ready());
}

/// An operation of a user's own that panics when it was woken for something: the next waiter is woken for it.
#[test]
fn a_woken_try_that_panics_passes_its_wake_up_on() {
    struct Panics(bool);
    impl Operation for Panics {
        type Output = ();

        fn try_once(&mut self, when: Phase) -> Poll<()> {
            match when {
                Phase::Woken if self.0 => resume_unwind(Box::new(Bang)),
                Phase::Woken => Poll::Ready(()),
                _ => Poll::Pending,
            }
        }
    }
    for cancels in [false, true] {
        let queue = WaitQueue::new();
        let mut first = Box::pin(Until::new(&queue, Panics(true)));
        let (counted, waker) = Counted::new();
        let mut second = pin!(Until::new(&queue, Panics(false)));
        assert!(poll(first.as_mut(), Waker::noop()).is_pending());
        assert!(poll(second.as_mut(), &waker).is_pending());
        assert!(queue.wake_one());
        bangs(|| match cancels {
            false => assert!(poll(first.as_mut(), Waker::noop()).is_pending()),
            true => assert!(first.as_mut().cancel().is_err()),
        });
        drop(first);
        assert_eq!(counted.wakes(), 1);
        assert!(poll(second.as_mut(), &waker).is_ready());
    }
}
