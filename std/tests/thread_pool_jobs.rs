//! The contract of a job: its result and the time-outs of it, cancelling, what is dropped when.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::Job;
use gimmal::channel;
use gimmal::pool::{Ended, JobError, as_completed, wait_all, wait_any};

use held::{block_on, hold, pool};
use kit::{Drops, LONG, SHORT, bounded, until, until_it_sleeps};

fn past() -> Instant {
    let now = Instant::now();
    now.checked_sub(SHORT).unwrap_or(now)
}

// --- results ---

#[test]
fn a_job_gives_its_result() {
    let pool = pool(1, 4);
    let job = pool.submit(|| String::from("done")).unwrap();
    assert_eq!(job.result().unwrap(), "done");
}

#[test]
fn a_job_gives_the_payload_of_its_panic() {
    let pool = pool(1, 4);
    let panics = || pool.submit(|| -> u32 { panic_any(42_u64) }).unwrap();
    let payload = |result| match result {
        Err(JobError::Panicked(payload)) => *payload.downcast::<u64>().unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(payload(panics().result()), 42);
    assert_eq!(payload(panics().result_timeout(LONG).unwrap()), 42);
    assert_eq!(payload(block_on(panics())), 42);
    let job = panics();
    wait_all(&[&job]).unwrap();
    assert_eq!(job.ended(), Some(Ended::Panicked));
    assert!(job.is_done() && !job.is_cancelled() && !job.cancel());
}

#[test]
fn a_result_that_does_not_come_in_time_leaves_the_job() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let job = pool.submit(|| 7).unwrap();
    let start = Instant::now();
    let job = job.result_timeout(SHORT).unwrap_err();
    assert!(start.elapsed() >= SHORT);
    let job = job.result_timeout(Duration::ZERO).unwrap_err();
    let job = job.result_deadline(past()).unwrap_err();
    let job = job.result_deadline(Instant::now() + SHORT).unwrap_err();
    assert!(!job.is_done());
    held.end();
    assert_eq!(job.result_timeout(Duration::MAX).unwrap().unwrap(), 7);
}

#[test]
fn a_result_that_is_there_is_given_although_the_time_is_over() {
    let pool = pool(1, 4);
    let done = |number| {
        let job = pool.submit(move || number).unwrap();
        until(|| job.is_done());
        job
    };
    assert_eq!(done(1).result_timeout(Duration::ZERO).unwrap().unwrap(), 1);
    assert_eq!(done(2).result_deadline(past()).unwrap().unwrap(), 2);
}

#[test]
fn who_waits_gets_the_result_when_it_comes() {
    bounded(|| {
        let pool = pool(1, 4);
        for timed in [false, true] {
            let held = hold(&pool);
            let job = held.job;
            let waits = thread::Builder::new().name("waits-for-job".into());
            let waits = waits.spawn(move || match timed {
                false => job.result(),
                true => job.result_timeout(LONG).unwrap(),
            });
            until_it_sleeps("waits-for-job");
            held.go.set();
            waits.unwrap().join().unwrap().unwrap();
        }
    });
}

#[test]
fn a_job_says_what_it_is_doing() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let queued = pool.submit(|| ()).unwrap();
    let says = |job: &Job<()>| (job.is_running(), job.is_done(), job.is_cancelled());
    assert_eq!(says(&held.job), (true, false, false));
    assert_eq!(says(&queued), (false, false, false));
    held.go.set();
    until(|| queued.is_done());
    assert_eq!(says(&held.job), (false, true, false));
    assert_eq!(held.job.ended(), Some(Ended::Returned));
    held.job.result().unwrap();
}

// --- dropping ---

#[test]
fn the_closure_and_its_captures_are_dropped_before_the_result_is_seen() {
    let pool = pool(2, 4);
    for round in 0..kit::rounds(300) {
        let drops = Drops::default();
        let captured = drops.one(round);
        let f = move || {
            let _captured = &captured;
            assert!(!round.is_multiple_of(7));
            captured.number()
        };
        let job = pool.submit(f).unwrap();
        match round % 4 {
            0 => until(|| job.is_done()),
            1 => drop(job.result()),
            2 => drop(block_on(job)),
            _ => wait_any(&[job]).map(drop).unwrap(),
        }
        assert_eq!(drops.count(), 1);
    }
}

#[test]
fn a_callback_finds_the_closure_dropped_whether_it_ran_or_not() {
    let pool = pool(1, 4);
    for cancels in [false, true] {
        let held = hold(&pool);
        let drops = Drops::default();
        let captured = drops.one(0);
        let job = pool.submit(move || captured.number()).unwrap();
        let (tell, told) = channel::bounded(1);
        job.on_done(move |_| tell.send(drops.count()).unwrap());
        assert!(!cancels || job.cancel());
        held.end();
        assert_eq!(told.recv(), Ok(1));
    }
}

#[test]
fn a_job_that_is_dropped_runs() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let (sender, receiver) = channel::bounded(1);
    drop(pool.submit(move || sender.send(5).unwrap()).unwrap());
    held.end();
    assert_eq!(receiver.recv_timeout(LONG), Ok(5));
}

/// Panics when it is dropped.
#[derive(Debug)]
struct Fuse;

impl Drop for Fuse {
    fn drop(&mut self) {
        panic_any("burnt");
    }
}

#[test]
fn results_and_closures_that_panic_in_their_drops_harm_nobody() {
    let pool = pool(1, 8);
    let held = hold(&pool);
    // The worker drops the first two results, and the third closure is dropped by who cancels it.
    drop(pool.submit(|| Fuse).unwrap());
    drop(pool.submit(|| panic_any(Fuse)).unwrap());
    let fuse = Fuse;
    let cancelled = pool.submit(move || drop(fuse)).unwrap();
    assert!(cancelled.cancel());
    assert!(cancelled.is_cancelled());
    let fuse = Fuse;
    let burns = pool.submit(move || {
        let _fuse = &fuse;
        1
    });
    held.end();
    assert!(matches!(
        burns.unwrap().result(),
        Err(JobError::Panicked(_))
    ));
    assert_eq!(pool.submit(|| 2).unwrap().result().unwrap(), 2);
    assert_eq!(pool.workers(), 1);
}

#[test]
fn a_result_that_nobody_takes_is_dropped_once() {
    let drops = Drops::default();
    let pool = pool(2, 8);
    for round in 0..kit::rounds(300) {
        let result = drops.one(round);
        let job = pool.submit(move || result).unwrap();
        match round % 3 {
            0 => drop(job),
            1 => drop(job.result()),
            _ => {
                job.cancel();
            }
        }
    }
    drop(pool);
    assert_eq!(drops.count(), kit::rounds(300));
}

// --- cancelling ---

#[test]
fn a_job_that_has_not_started_is_cancelled_at_once() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let drops = Drops::default();
    let captured = drops.one(0);
    let job = pool.submit(move || captured.number()).unwrap();
    assert!(job.cancel());
    assert_eq!(drops.count(), 1);
    assert!(job.is_done() && job.is_cancelled() && !job.is_running());
    assert!(job.cancel());
    assert!(matches!(job.result(), Err(JobError::Cancelled)));
    let next = pool.submit(|| 1).unwrap();
    held.end();
    assert_eq!(next.result().unwrap(), 1);
}

#[test]
fn a_job_that_has_started_is_not_cancelled() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    assert!(!held.job.cancel());
    held.go.set();
    until(|| held.job.is_done());
    assert!(!held.job.cancel() && !held.job.is_cancelled());
    held.job.result().unwrap();
}

#[test]
fn a_job_is_cancelled_or_runs_and_never_both() {
    let pool = pool(1, 4);
    let ran = Arc::new(AtomicUsize::new(0));
    let mut cancelled = 0;
    for round in 0..kit::rounds(2_000) {
        let its = ran.clone();
        let job = pool.submit(move || its.fetch_add(1, SeqCst)).unwrap();
        (0..round % 16).for_each(|_| thread::yield_now());
        let called_off = job.cancel();
        assert_eq!(matches!(job.result(), Err(JobError::Cancelled)), called_off);
        cancelled += usize::from(called_off);
    }
    assert_eq!(ran.load(SeqCst) + cancelled, kit::rounds(2_000));
}

/// In Python, who waits for a future that is cancelled waits on.
#[test]
fn whoever_waits_for_a_job_that_is_cancelled_is_released() {
    type Waits = fn(Arc<Job<u32>>);
    let forms: [Waits; 4] = [
        |job| wait_all(&[&*job]).unwrap(),
        |job| assert_eq!(wait_any(&[&*job]), Ok(Some(0))),
        |job| assert_eq!(gimmal::pool::wait_first_error(&[&*job]), Ok(Some(0))),
        |job| assert_eq!(gimmal::pool::wait_all_timeout(&[&*job], LONG), Ok(())),
    ];
    for waits in forms {
        bounded(move || {
            let pool = pool(1, 4);
            let held = hold(&pool);
            let job = Arc::new(pool.submit(|| 1).unwrap());
            let its = job.clone();
            let waiter = thread::Builder::new().name("waits-in-vain".into());
            let waiter = waiter.spawn(move || waits(its)).unwrap();
            until_it_sleeps("waits-in-vain");
            assert!(job.cancel());
            waiter.join().unwrap();
            held.end();
        });
    }
}

#[test]
fn a_future_and_an_iterator_of_a_cancelled_job_end() {
    bounded(|| {
        let pool = pool(1, 4);
        let held = hold(&pool);
        let jobs: Vec<_> = (0..2).map(|n| pool.submit(move || n).unwrap()).collect();
        assert!(jobs[1].cancel());
        let mut completed = as_completed(jobs);
        let first = completed.next().unwrap();
        assert!(first.is_cancelled());
        assert!(matches!(block_on(first), Err(JobError::Cancelled)));
        held.end();
        assert_eq!(completed.next().unwrap().result().unwrap(), 0);
        assert!(completed.next().is_none());
    });
}
