//! What a job calls at its end: callbacks, and the waker of the future that it is.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, current};

use gimmal::channel;
use gimmal::pool::{Ended, JobError};
use gimmal::sync::Event;
use gimmal::{Job, ThreadPool};

use held::{block_on, hold, pool};
use kit::{bounded, until};

/// Panics when it is dropped.
#[derive(Debug)]
struct Fuse;

impl Drop for Fuse {
    fn drop(&mut self) {
        panic_any("burnt");
    }
}

// --- callbacks ---

#[test]
fn callbacks_are_called_once_in_order_by_the_worker() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let (tell, told) = channel::bounded(16);
    for number in 0..8 {
        let tell = tell.clone();
        let callback = move |ended| {
            tell.send((number, ended, current().name().map(String::from)))
                .unwrap();
        };
        held.job.on_done(callback);
    }
    drop(tell);
    assert!(told.is_empty());
    held.end();
    for number in 0..8 {
        let wanted = (number, Ended::Returned, Some(String::from("pool-0")));
        assert_eq!(told.recv(), Ok(wanted));
    }
    // Each is called once, and gone.
    assert!(told.recv().is_err());
}

#[test]
fn a_callback_of_a_job_that_is_over_is_called_at_once() {
    let pool = pool(1, 4);
    let job = pool.submit(|| panic_any(())).unwrap();
    until(|| job.is_done());
    let called = Arc::new(Mutex::new(None));
    for _ in 0..100 {
        let its = called.clone();
        job.on_done(move |ended| *its.lock().unwrap() = Some((ended, current().id())));
        let wanted = Some((Ended::Panicked, current().id()));
        assert_eq!(called.lock().unwrap().take(), wanted);
    }
}

#[test]
fn a_callback_that_panics_harms_nobody() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let (tell, told) = channel::bounded(1);
    held.job.on_done(|_| panic_any(Fuse));
    held.job.on_done(move |ended| tell.send(ended).unwrap());
    held.end();
    assert_eq!(told.recv(), Ok(Ended::Returned));
    assert_eq!(pool.submit(|| 1).unwrap().result().unwrap(), 1);
}

#[test]
fn a_callback_given_by_a_callback_is_called_after_those_before_it() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let go = held.go.0.clone();
    let job = Arc::new(held.job);
    let (tell, told) = channel::bounded(4);
    let (inner, its) = (tell.clone(), Arc::downgrade(&job));
    job.on_done(move |_| {
        let job = its.upgrade().unwrap();
        let last = inner.clone();
        job.on_done(move |_| last.send(3).unwrap());
        inner.send(1).unwrap();
    });
    job.on_done(move |_| tell.send(2).unwrap());
    go.set();
    let order = [told.recv(), told.recv(), told.recv()].map(Result::unwrap);
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn callbacks_of_many_threads_are_each_called_once() {
    bounded(|| {
        let pool = pool(1, 4);
        for _ in 0..kit::rounds(200) {
            let count = Arc::new(AtomicUsize::new(0));
            let job = pool.submit(|| ()).unwrap();
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        for _ in 0..5 {
                            let count = count.clone();
                            job.on_done(move |_| {
                                count.fetch_add(1, SeqCst);
                            });
                        }
                    });
                }
            });
            // Those that are not called yet are about to be called by another thread.
            until(|| count.load(SeqCst) == 15);
            job.result().unwrap();
        }
    });
}

#[test]
fn who_cancels_calls_the_callbacks() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let job = pool.submit(|| ()).unwrap();
    let (tell, told) = channel::bounded(1);
    job.on_done(move |ended| tell.send((ended, current().id())).unwrap());
    assert!(job.cancel());
    assert_eq!(told.try_recv(), Ok((Ended::Cancelled, current().id())));
    held.end();
}

// --- the future ---

#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn counting() -> (Arc<Counting>, Waker) {
    let count = Arc::new(Counting::default());
    (count.clone(), Waker::from(count))
}

fn poll<R>(job: &mut Job<R>, waker: &Waker) -> Poll<Result<R, JobError>> {
    Pin::new(job).poll(&mut Context::from_waker(waker))
}

#[test]
fn a_job_is_a_future_of_its_result() {
    let pool = pool(2, 4);
    let sum = block_on(async {
        let first = pool.submit(|| 1).unwrap();
        let second = pool.submit(|| 2).unwrap();
        second.await.unwrap() + first.await.unwrap()
    });
    assert_eq!(sum, 3);
}

#[test]
fn the_waker_of_the_last_poll_is_woken_once() {
    let pool = pool(1, 4);
    let mut held = hold(&pool);
    let (first, waker) = counting();
    let (second, other) = counting();
    assert!(poll(&mut held.job, &waker).is_pending());
    assert!(poll(&mut held.job, &waker).is_pending());
    // The same waker is kept, not cloned again.
    assert_eq!(Arc::strong_count(&first), 3);
    assert!(poll(&mut held.job, &other).is_pending());
    assert_eq!(Arc::strong_count(&first), 2);
    held.go.set();
    until(|| second.0.load(SeqCst) == 1);
    assert!(matches!(poll(&mut held.job, &waker), Poll::Ready(Ok(()))));
    drop(pool);
    assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (0, 1));
    // Nobody keeps one.
    assert_eq!(
        (Arc::strong_count(&first), Arc::strong_count(&second)),
        (2, 2)
    );
}

#[test]
fn a_cancelled_job_wakes_its_task() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let mut job = pool.submit(|| ()).unwrap();
    let (count, waker) = counting();
    assert!(poll(&mut job, &waker).is_pending());
    assert!(job.cancel());
    assert_eq!(count.0.load(SeqCst), 1);
    assert!(matches!(
        poll(&mut job, &waker),
        Poll::Ready(Err(JobError::Cancelled))
    ));
    held.end();
}

#[test]
fn a_future_that_is_dropped_keeps_no_waker_and_wakes_nobody() {
    let pool = pool(1, 4);
    let mut held = hold(&pool);
    let (count, waker) = counting();
    assert!(poll(&mut held.job, &waker).is_pending());
    drop(held.job);
    assert_eq!(Arc::strong_count(&count), 2);
    held.go.set();
    drop(pool);
    assert_eq!(count.0.load(SeqCst), 0);
}

#[test]
fn a_job_that_was_polled_can_still_be_waited_for() {
    let pool = pool(1, 4);
    let mut held = hold(&pool);
    let (_, waker) = counting();
    assert!(poll(&mut held.job, &waker).is_pending());
    held.end();
}

/// A waker that does what it must not: it panics, and it comes back.
struct Hostile(Event);

impl Wake for Hostile {
    fn wake(self: Arc<Self>) {
        self.0.set();
        panic_any("woken");
    }
}

#[test]
fn a_waker_that_panics_harms_nobody() {
    let pool = pool(1, 4);
    let mut held = hold(&pool);
    let hostile = Arc::new(Hostile(Event::new()));
    assert!(poll(&mut held.job, &Waker::from(hostile.clone())).is_pending());
    let (tell, told) = channel::bounded(1);
    held.job.on_done(move |ended| tell.send(ended).unwrap());
    held.end();
    hostile.0.wait();
    assert_eq!(told.recv(), Ok(Ended::Returned));
    assert_eq!(pool.submit(|| 1).unwrap().result().unwrap(), 1);
}

#[test]
fn a_result_is_taken_once() {
    let pool = ThreadPool::builder().threads(1).build();
    let mut job = pool.submit(|| 1).unwrap();
    until(|| job.is_done());
    let (_, waker) = counting();
    assert!(matches!(poll(&mut job, &waker), Poll::Ready(Ok(1))));
    let again = catch_unwind(AssertUnwindSafe(|| poll(&mut job, &waker).is_ready()));
    assert!(again.is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| job.result().is_ok())).is_err());
}
