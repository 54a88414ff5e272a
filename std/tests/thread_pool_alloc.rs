//! Allocations of the pool: one for a job, and none that stays when a wait has ended.

#[path = "kit/counting.rs"]
mod counting;
#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::time::{Duration, Instant};

use gimmal::pool::{
    WaitTimeoutError, as_completed, wait_any, wait_any_timeout, wait_first_error_timeout,
};

use counting::made;
use held::{hold, pool};

/// How many allocations `f` makes, and how many bytes it leaves.
fn cost(f: impl FnOnce()) -> (usize, isize) {
    let before = (made(), counting::held());
    f();
    (made() - before.0, counting::held() - before.1)
}

#[test]
fn a_job_is_one_allocation() {
    let pool = pool(1, 64);
    let held = hold(&pool);
    let mut jobs = Vec::with_capacity(32);
    let submits = || (0..32).for_each(|n| jobs.push(pool.submit(move || n).unwrap()));
    assert_eq!(cost(submits).0, 32);
    let refused = || (0..32).for_each(|_| drop(pool.submit_timeout(|| 1, Duration::ZERO)));
    assert_eq!(cost(refused).0, 32);
    assert_eq!(cost(|| assert!(pool.try_submit(|| 1).is_err())), (1, 0));
    held.end();
    kit::sleep_once();
    let results = || {
        assert_eq!(
            jobs.drain(..).map(|job| job.result().unwrap()).max(),
            Some(31)
        )
    };
    assert_eq!(cost(results).0, 0);
}

/// What glibc allocates and frees without a lock, also in another thread.
const UNLOCKED_BYTES: isize = 120;

#[test]
fn a_job_with_a_word_to_carry_is_a_small_allocation() {
    let pool = pool(1, 64);
    let held = hold(&pool);
    let mut jobs = Vec::with_capacity(32);
    let (number, bytes) = cost(|| (0..32).for_each(|n| jobs.push(pool.submit(move || n).unwrap())));
    assert_eq!(number, 32);
    assert!(bytes <= 32 * UNLOCKED_BYTES, "{} bytes a job", bytes / 32);
    held.end();
}

#[test]
fn a_worker_allocates_nothing_for_a_job() {
    let pool = pool(1, 64);
    pool.submit(kit::sleep_once).unwrap().result().unwrap();
    let count = || pool.submit(made).unwrap().result().unwrap();
    let before = count();
    for n in 0..500 {
        assert_eq!(pool.submit(move || n).unwrap().result().unwrap(), n);
    }
    assert_eq!(count() - before, 0);
}

#[test]
fn a_million_waits_for_a_job_that_never_ends_leave_nothing_with_it() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let jobs = [&held.job];
    let moment = Duration::from_nanos(1);
    let mut completed = as_completed([pool.submit(|| ()).unwrap()]);
    let mut round = |n: usize| {
        let timed_out = Err(WaitTimeoutError::TimedOut);
        if n.is_multiple_of(2) {
            assert_eq!(wait_any_timeout(&jobs, moment), timed_out);
        } else {
            assert_eq!(wait_first_error_timeout(&jobs, moment), timed_out);
        }
        assert!(completed.next_timeout(moment).is_err());
    };
    (0..100).for_each(&mut round);
    // What stays would soon make this slow.
    assert_eq!(cost(|| (0..100).for_each(&mut round)).1, 0);
    let (_, left) = cost(|| (0..1_000_000).for_each(&mut round));
    assert_eq!(left, 0);
    held.end();
}

#[test]
fn iterators_that_are_left_leave_nothing_with_their_jobs() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let mut jobs = vec![pool.submit(|| ()).unwrap()];
    let mut round = || {
        let mut completed = as_completed(jobs.drain(..));
        assert!(completed.next_deadline(Instant::now()).is_err());
        jobs = completed.into_remaining();
    };
    (0..100).for_each(|_| round());
    assert_eq!(cost(|| (0..1_000).for_each(|_| round())).1, 0);
    held.end();
}

#[test]
fn what_is_done_is_found_without_an_allocation() {
    let pool = pool(1, 4);
    let job = pool.submit(|| ()).unwrap();
    kit::until(|| job.is_done());
    let jobs = [job];
    assert_eq!(cost(|| assert_eq!(wait_any(&jobs), Ok(Some(0)))), (0, 0));
}
