//! Allocations of the pool: one for a job, and none that stays when a wait has ended.
#![allow(unsafe_code)]

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use gimmal::pool::{
    WaitTimeoutError, as_completed, wait_any, wait_any_timeout, wait_first_error_timeout,
};

use held::{hold, pool};

/// Counts by thread: allocations, and the bytes that are allocated and not freed.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = COUNT.try_with(|count| count.set(count.get() + usize::from(bytes > 0)));
    let _ = BYTES.try_with(|sum| sum.set(sum.get() + bytes));
}

// SAFETY: everything is done by `System`; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: by the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: by the contract of this function.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize);
        count(-(layout.size() as isize));
        // SAFETY: by the contract of this function.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: by the contract of this function.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations `f` makes, and how many bytes it leaves.
fn cost(f: impl FnOnce()) -> (usize, isize) {
    let before = (COUNT.get(), BYTES.get());
    f();
    (COUNT.get() - before.0, BYTES.get() - before.1)
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

#[test]
fn a_worker_allocates_nothing_for_a_job() {
    let pool = pool(1, 64);
    pool.submit(kit::sleep_once).unwrap().result().unwrap();
    let count = || pool.submit(|| COUNT.get()).unwrap().result().unwrap();
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
