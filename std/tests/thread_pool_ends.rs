//! The contract of the pool: initializers, and how it ends.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::cell::{Cell, RefCell};
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, current};
use std::time::{Duration, Instant};

use gimmal::ThreadPool;
use gimmal::channel;
use gimmal::pool::{Ended, Job, JobError, Shutdown, SubmitError, WaitTimeoutError, WouldDeadlock};
use gimmal::sync::Event;

use held::{block_on, hold, pool};
use kit::{Drops, LONG, SHORT, bounded, until_it_sleeps};

/// A moment that is over.
fn past() -> Instant {
    let now = Instant::now();
    now.checked_sub(SHORT).unwrap_or(now)
}

/// The same type wherever it is submitted.
const NOTHING: fn() = || ();

// --- initializers ---

thread_local! {
    static READY: Cell<u32> = const { Cell::new(0) };
}

#[test]
fn an_initializer_runs_once_in_each_worker_before_its_first_job() {
    let count = Arc::new(AtomicUsize::new(0));
    let its = count.clone();
    let builder = ThreadPool::builder().threads(3).initializer(move || {
        its.fetch_add(1, SeqCst);
        READY.set(READY.get() + 1);
    });
    let pool = builder.build();
    assert_eq!(count.load(SeqCst), 0);
    let held: Vec<_> = (0..3).map(|_| hold(&pool)).collect();
    held.into_iter().for_each(held::Held::end);
    for ready in pool.map(0..30, |_| READY.get()) {
        assert_eq!(ready.unwrap(), 1);
    }
    assert_eq!(count.load(SeqCst), 3);
}

#[test]
fn an_initializer_that_fails_breaks_every_queued_job_and_the_pool() {
    bounded(|| {
        let (go, drops) = (Arc::new(Event::new()), Drops::default());
        let its = go.clone();
        let initializer = move || {
            its.wait();
            panic_any("no luck");
        };
        let builder = ThreadPool::builder().threads(1).queue(3);
        let pool = Arc::new(builder.initializer(initializer).build());
        let (tell, told) = channel::bounded(4);
        let jobs: Vec<_> = (0..3)
            .map(|number| {
                let captured = drops.one(number);
                let job = pool.submit(move || captured.number()).unwrap();
                let tell = tell.clone();
                job.on_done(move |ended| tell.send((number, ended)).unwrap());
                job
            })
            .collect();
        // This one waits for room.
        let its = pool.clone();
        let waits = thread::Builder::new().name("waits-for-room".into());
        let waits = waits.spawn(move || its.submit(|| 5)).unwrap();
        until_it_sleeps("waits-for-room");
        go.set();
        for job in jobs {
            assert!(matches!(job.result(), Err(JobError::Broken)));
        }
        for number in 0..3 {
            assert_eq!(told.recv(), Ok((number, Ended::Broken)));
        }
        assert_eq!(drops.count(), 3);
        let refused = waits.join().unwrap().unwrap_err();
        assert!(matches!(refused, SubmitError::Broken(_)));
        assert_eq!((refused.into_inner())(), 5);
        let refused = [
            pool.submit(NOTHING).unwrap_err(),
            pool.try_submit(NOTHING).unwrap_err(),
            pool.submit_timeout(NOTHING, LONG).unwrap_err(),
            block_on(pool.submit_async(NOTHING)).unwrap_err(),
        ]
        .map(|why| matches!(why, SubmitError::Broken(_)));
        assert_eq!(refused, [true; 4]);
        assert!(pool.is_closed());
        pool.join().unwrap();
    });
}

#[test]
fn a_later_worker_whose_initializer_fails_breaks_the_pool_but_not_what_runs() {
    bounded(|| {
        let (go, first) = (Arc::new(Event::new()), AtomicUsize::new(0));
        let its = go.clone();
        let builder = ThreadPool::builder().threads(2).initializer(move || {
            if first.fetch_add(1, SeqCst) == 1 {
                its.wait();
                panic_any(());
            }
        });
        let pool = builder.build();
        let held = hold(&pool);
        let broken = pool.submit(|| ()).unwrap();
        go.set();
        assert!(matches!(broken.result(), Err(JobError::Broken)));
        assert!(held.job.is_running());
        held.end();
        assert!(matches!(pool.submit(|| ()), Err(SubmitError::Broken(_))));
    });
}

// --- the end ---

#[test]
fn draining_does_what_is_queued_and_takes_nothing_more() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let queued = pool.submit(|| 3).unwrap();
    pool.shutdown(Shutdown::Drain);
    pool.shutdown(Shutdown::Drain);
    assert!(pool.is_closed());
    let refused = pool.submit(|| 4).unwrap_err();
    assert!(matches!(refused, SubmitError::Closed(_)));
    assert_eq!((refused.into_inner())(), 4);
    let refused = [
        pool.try_submit(NOTHING).unwrap_err(),
        pool.submit_timeout(NOTHING, Duration::MAX).unwrap_err(),
        pool.submit_deadline(NOTHING, past()).unwrap_err(),
        block_on(pool.submit_async(NOTHING)).unwrap_err(),
    ]
    .map(|why| matches!(why, SubmitError::Closed(_)));
    assert_eq!(refused, [true; 4]);
    assert!(!queued.is_done());
    held.end();
    assert_eq!(queued.result().unwrap(), 3);
}

#[test]
fn cancelling_ends_what_is_queued_and_leaves_what_runs() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let drops = Drops::default();
    let (tell, told) = channel::bounded(2);
    let queued: Vec<_> = (0..2)
        .map(|number| {
            let (captured, tell) = (drops.one(number), tell.clone());
            let job = pool.submit(move || captured.number()).unwrap();
            job.on_done(move |ended| tell.send((ended, current().id())).unwrap());
            job
        })
        .collect();
    pool.shutdown(Shutdown::Cancel);
    assert_eq!(drops.count(), 2);
    assert_eq!(pool.queued(), 0);
    for job in queued {
        assert!(job.is_cancelled());
        assert!(matches!(job.result(), Err(JobError::Cancelled)));
        assert_eq!(told.try_recv(), Ok((Ended::Cancelled, current().id())));
    }
    pool.shutdown(Shutdown::Cancel);
    pool.shutdown(Shutdown::Drain);
    assert!(matches!(pool.submit(|| ()), Err(SubmitError::Closed(_))));
    assert!(held.job.is_running());
    held.end();
}

#[test]
fn cancelling_after_draining_ends_what_has_not_started() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let queued = pool.submit(|| 3).unwrap();
    pool.shutdown(Shutdown::Drain);
    assert!(!queued.is_done());
    pool.shutdown(Shutdown::Cancel);
    assert!(queued.is_cancelled());
    assert!(matches!(queued.result(), Err(JobError::Cancelled)));
    held.end();
}

#[test]
fn nothing_starts_after_cancelling_has_returned() {
    for _ in 0..kit::rounds(300) {
        let pool = pool(2, 64);
        let jobs: Vec<_> = (0..64).map(|_| pool.submit(|| ()).unwrap()).collect();
        pool.shutdown(Shutdown::Cancel);
        // One may be in the hands of a worker, which is about to cancel it.
        let waits = |job: &gimmal::Job<()>| !job.is_running() && !job.is_done();
        for job in jobs.into_iter().filter(waits) {
            assert!(matches!(job.result(), Err(JobError::Cancelled)));
        }
    }
}

#[test]
fn who_waits_for_room_gets_the_closure_back_when_the_pool_is_shut_down() {
    bounded(|| {
        for how in [Shutdown::Drain, Shutdown::Cancel] {
            let pool = Arc::new(pool(1, 1));
            let held = hold(&pool);
            let queued = pool.submit(|| ()).unwrap();
            let its = pool.clone();
            let waits = thread::Builder::new().name("waits-to-submit".into());
            let waits = waits.spawn(move || its.submit(|| 5)).unwrap();
            until_it_sleeps("waits-to-submit");
            pool.shutdown(how);
            let refused = waits.join().unwrap().unwrap_err();
            assert!(matches!(refused, SubmitError::Closed(_)));
            assert_eq!((refused.into_inner())(), 5);
            held.end();
            assert_eq!(queued.result().is_ok(), how == Shutdown::Drain);
        }
    });
}

/// A worker may have taken a job when the pool is closed, and not begun it.
#[test]
fn each_job_beside_a_close_is_run_or_cancelled() {
    bounded(|| {
        for _ in 0..kit::rounds(6000) {
            let pool = Arc::new(pool(2, 8));
            // Both workers are there.
            let both = [pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap()];
            let run = Arc::new(AtomicUsize::new(0));
            let submitter = thread::spawn({
                let (pool, run) = (pool.clone(), run.clone());
                move || {
                    let job = || {
                        let run = run.clone();
                        pool.submit(move || _ = run.fetch_add(1, SeqCst))
                    };
                    std::iter::from_fn(|| job().ok()).collect::<Vec<_>>()
                }
            });
            let [(), ()] = both.map(|job| job.result().unwrap());
            pool.shutdown(Shutdown::Cancel);
            let jobs = submitter.join().unwrap();
            let ends = jobs.into_iter().map(Job::result);
            let done = ends.filter(|end| match end {
                Ok(()) => true,
                Err(why) => {
                    assert!(matches!(why, JobError::Cancelled), "{why}");
                    false
                }
            });
            assert_eq!(done.count(), run.load(SeqCst));
        }
    });
}

thread_local! {
    static LAST: RefCell<Option<kit::Counted>> = const { RefCell::new(None) };
}

#[test]
fn leaving_the_scope_drains_and_joins() {
    let (count, drops) = (Arc::new(AtomicUsize::new(0)), Drops::default());
    {
        let pool = pool(2, 100);
        for number in 0..100 {
            let (count, last) = (count.clone(), drops.one(number));
            let job = pool.submit(move || {
                LAST.set(Some(last));
                count.fetch_add(1, SeqCst);
            });
            drop(job.unwrap());
        }
    }
    // The threads are gone: what was in their thread-locals is, too.
    assert_eq!((count.load(SeqCst), drops.count()), (100, 100));
}

#[test]
fn a_pool_that_unwinds_out_of_its_scope_drains_and_joins_too() {
    let count = Arc::new(AtomicUsize::new(0));
    let its = count.clone();
    let left = thread::spawn(move || {
        let pool = pool(1, 100);
        for _ in 0..100 {
            let count = its.clone();
            drop(pool.submit(move || count.fetch_add(1, SeqCst)).unwrap());
        }
        panic_any(());
    });
    assert!(left.join().is_err());
    assert_eq!(count.load(SeqCst), 100);
}

#[test]
fn a_pool_without_jobs_starts_and_joins_nothing() {
    bounded(|| {
        let pool = pool(2, 2);
        pool.join_timeout(Duration::ZERO).unwrap();
        assert_eq!(pool.workers(), 0);
        pool.join().unwrap();
        drop(pool);
        drop(held::pool(1, 1));
    });
}

#[test]
fn join_waits_for_the_jobs_as_long_as_it_may() {
    let pool = pool(1, 1);
    let held = hold(&pool);
    let timed_out = Err(WaitTimeoutError::TimedOut);
    assert_eq!(pool.join_timeout(Duration::ZERO), timed_out);
    assert_eq!(pool.join_timeout(SHORT), timed_out);
    assert_eq!(pool.join_deadline(past()), timed_out);
    assert!(pool.is_closed());
    held.go.set();
    assert_eq!(pool.join_timeout(Duration::MAX), Ok(()));
    assert!(held.job.is_done());
    assert_eq!((pool.workers(), pool.join()), (0, Ok(())));
}

#[test]
fn a_pool_that_is_dropped_by_its_own_worker_is_drained_and_not_waited_for() {
    bounded(|| {
        let pool = Arc::new(pool(2, 8));
        let (go, its) = (Arc::new(Event::new()), pool.clone());
        let going = go.clone();
        let (tell, told) = channel::bounded(4);
        let telling = tell.clone();
        drop(pool.submit(move || {
            going.wait();
            drop(its);
            telling.send(1).unwrap();
        }));
        let held = hold(&pool);
        let queued = pool.submit(move || tell.send(2).unwrap()).unwrap();
        drop(pool);
        go.set();
        assert_eq!(told.recv(), Ok(1));
        held.end();
        queued.result().unwrap();
        assert_eq!(told.recv(), Ok(2));
    });
}

#[test]
fn a_worker_that_joins_its_own_pool_is_told() {
    bounded(|| {
        let pool = Arc::new(pool(1, 1));
        let its = pool.clone();
        let job = pool.submit(move || (its.join(), its.join_timeout(LONG)));
        let told = (Err(WouldDeadlock), Err(WaitTimeoutError::WouldDeadlock));
        assert_eq!(job.unwrap().result().unwrap(), told);
        assert!(pool.is_closed());
    });
}

#[test]
fn a_job_may_shut_its_own_pool_down() {
    bounded(|| {
        let pool = Arc::new(pool(1, 2));
        let (go, its) = (Arc::new(Event::new()), pool.clone());
        let going = go.clone();
        let job = pool.submit(move || {
            going.wait();
            its.shutdown(Shutdown::Cancel);
            its.try_submit(|| ()).is_err()
        });
        let queued = pool.submit(|| ()).unwrap();
        go.set();
        assert!(job.unwrap().result().unwrap());
        assert!(matches!(queued.result(), Err(JobError::Cancelled)));
    });
}

#[test]
fn errors_say_what_happened_and_ask_nothing_of_the_closure() {
    let full = SubmitError::Full(|| ());
    assert_eq!(
        format!("{full:?}: {full}"),
        "Full(..): the queue of the pool is full"
    );
    assert_eq!(JobError::Cancelled.to_string(), "the job was cancelled");
    let panicked = JobError::Panicked(Box::new("no luck"));
    assert_eq!(panicked.to_string(), "the job panicked: no luck");
    assert_eq!(format!("{panicked:?}"), "Panicked(\"no luck\")");
    assert_eq!(
        WaitTimeoutError::WouldDeadlock.to_string(),
        JobError::WouldDeadlock.to_string()
    );
    fn is_error(_: impl std::error::Error) {}
    is_error(full);
    is_error(panicked);
    is_error(WouldDeadlock);
    is_error(WaitTimeoutError::TimedOut);
}
