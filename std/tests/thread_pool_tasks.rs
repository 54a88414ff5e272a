//! Waits for jobs, threads and pools as futures, and jobs until a time is over.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use gimmal::pool::{
    Job, MapError, Shutdown, WouldDeadlock, as_completed, as_completed_deadline,
    as_completed_timeout, wait_all_async, wait_any_async, wait_first_error_async,
};
use gimmal::thread::{self, JoinError};
use gimmal::{Stop, ThreadPool};

use held::{block_on, hold, pool};
use kit::{LONG, SHORT, bounded};

/// Polls a future that is not ready.
macro_rules! pending {
    ($future:expr) => {
        assert!(
            $future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        )
    };
}

#[test]
fn waits_for_many_jobs_are_futures() {
    bounded(|| {
        let pool = pool(2, 8);
        let none: [Job<()>; 0] = [];
        assert_eq!(block_on(wait_any_async(&none)), Ok(None));
        assert_eq!(block_on(wait_all_async(&none)), Ok(()));
        assert_eq!(block_on(wait_first_error_async(&none)), Ok(None));
        let (first, second) = (hold(&pool), hold(&pool));
        let jobs = [first.job, second.job, pool.submit(|| ()).unwrap()];
        {
            let mut any = pin!(wait_any_async(&jobs));
            let mut all = pin!(wait_all_async(&jobs));
            let mut error = pin!(wait_first_error_async(&jobs));
            pending!(any);
            pending!(all);
            pending!(error);
            assert!(jobs[2].cancel());
            assert_eq!(block_on(any), Ok(Some(2)));
            assert_eq!(block_on(error), Ok(Some(2)));
            pending!(all);
            first.go.set();
            second.go.set();
            assert_eq!(block_on(all), Ok(()));
        }
        assert_eq!(block_on(wait_first_error_async(&jobs[..2])), Ok(None));
        assert_eq!(block_on(wait_any_async(&jobs)), Ok(Some(0)));
    });
}

#[test]
fn jobs_come_as_they_end_in_a_task_and_none_is_lost_by_a_cancelled_wait() {
    bounded(|| {
        let pool = pool(1, 8);
        let held = hold(&pool);
        let jobs = (0..3).map(|n| pool.submit(move || n).unwrap());
        let mut completed = as_completed(jobs);
        {
            let mut next = pin!(completed.next_async());
            pending!(next);
        }
        held.end();
        let mut got = Vec::new();
        while let Some(job) = block_on(completed.next_async()) {
            got.push(job.result().unwrap());
        }
        assert_eq!(got, [0, 1, 2]);
    });
}

#[test]
fn jobs_come_until_the_time_is_over_and_the_rest_is_left() {
    bounded(|| {
        let pool = pool(1, 8);
        let done = pool.submit(|| 1).unwrap();
        wait_done(&done);
        let held = hold(&pool);
        let late = pool.submit(|| 2).unwrap();
        let mut in_time = as_completed_timeout([late, done], SHORT);
        assert_eq!(in_time.size_hint(), (1, Some(2)));
        assert_eq!(in_time.next().unwrap().unwrap().result().unwrap(), 1);
        assert!(in_time.next().unwrap().is_err());
        assert!(in_time.next().is_none() && in_time.next().is_none());
        assert_eq!(in_time.size_hint(), (0, Some(0)));
        let left = in_time.into_remaining();
        // A limit that is over returns what is done.
        let more = pool.submit(|| 3).unwrap();
        let mut at_once = as_completed_deadline([more], Instant::now());
        assert!(at_once.next().unwrap().is_err());
        held.end();
        let all = as_completed_timeout(left.into_iter().chain(at_once.into_remaining()), LONG);
        let all = all.map(|job| job.unwrap().result().unwrap());
        assert_eq!(all.collect::<Vec<_>>(), [2, 3]);
        let forever = as_completed_timeout([pool.submit(|| 4).unwrap()], Duration::MAX);
        assert_eq!(forever.map(Result::unwrap).count(), 1);
    });
}

#[test]
fn a_map_in_a_task_gives_every_value_in_order_and_a_cancelled_wait_loses_none() {
    bounded(|| {
        let pool = pool(1, 1);
        let held = hold(&pool);
        // The queue is full: the map has not submitted anything.
        let queued = pool.submit(|| ()).unwrap();
        let mut squares = pool.map(0..20_u32, |n| n * n);
        for _ in 0..2 {
            // Nothing in the window; the first item is kept for the next call.
            let mut next = pin!(squares.next_async());
            pending!(next);
        }
        let mut got = Vec::new();
        {
            let mut next = pin!(squares.next_async());
            pending!(next);
            held.end();
            got.extend(block_on(next).map(Result::unwrap));
        }
        while let Some(square) = block_on(squares.next_async()) {
            got.push(square.unwrap());
        }
        assert_eq!(got, (0..20).map(|n| n * n).collect::<Vec<_>>());
        assert!(block_on(squares.next_async()).is_none());
        assert!(squares.next().is_none());
        queued.result().unwrap();
    });
}

#[test]
fn a_map_in_a_task_ends_with_what_went_wrong() {
    bounded(|| {
        let pool = pool(1, 1);
        let mut late = pool.map_timeout([1], |n| n, Duration::ZERO);
        let first = block_on(late.next_async());
        assert!(matches!(first, Some(Ok(1) | Err(MapError::TimedOut))));
        let mut fails = pool.map([0_u32, 1], |n| 1_u32.checked_div(n).expect("no zero"));
        let (first, second) = (block_on(fails.next_async()), block_on(fails.next_async()));
        assert!(matches!(first, Some(Err(MapError::Failed(why))) if why.is_panic()));
        assert_eq!(second.unwrap().unwrap(), 1);

        let held = hold(&pool);
        let queued = pool.submit(|| ()).unwrap();
        let mut refused = pool.map([1, 2], |n| n);
        {
            let mut next = pin!(refused.next_async());
            pending!(next);
        }
        pool.shutdown(Shutdown::Cancel);
        let why = block_on(refused.next_async()).unwrap().unwrap_err();
        assert!(matches!(why, MapError::Refused(_)), "{why}");
        assert!(block_on(refused.next_async()).is_none());
        assert!(queued.result().is_err());
        held.end();
    });
}

fn wait_done<R>(job: &Job<R>) {
    assert_eq!(gimmal::pool::wait_any(&[job]), Ok(Some(0)));
}

#[test]
fn a_pool_is_joined_in_a_task() {
    bounded(|| {
        let pool = pool(1, 8);
        let held = hold(&pool);
        let queued = pool.submit(|| 1).unwrap();
        {
            let mut joining = pin!(pool.join_async());
            pending!(joining);
            assert!(pool.is_closed());
            held.end();
            assert_eq!(block_on(joining), Ok(()));
        }
        assert_eq!((pool.workers(), queued.result().unwrap()), (0, 1));
        assert_eq!(block_on(pool.join_async()), Ok(()));
    });
}

#[test]
fn a_worker_that_joins_its_pool_in_a_task_is_refused() {
    bounded(|| {
        let pool = Arc::new(pool(1, 8));
        let its = pool.clone();
        let job = pool.submit(move || block_on(its.join_async())).unwrap();
        assert_eq!(job.result().unwrap(), Err(WouldDeadlock));
        assert!(pool.is_closed());
    });
}

#[test]
fn a_pool_that_is_told_to_stop_runs_what_it_has() {
    bounded(|| {
        let pool = pool(1, 8);
        let held = hold(&pool);
        let queued = pool.submit(|| 1).unwrap();
        Stop::stop(&pool);
        pool.stop();
        assert!(pool.is_closed() && pool.submit(|| ()).is_err());
        held.end();
        assert_eq!(queued.result().unwrap(), 1);
    });
}

#[test]
fn a_pool_of_a_given_size_has_the_default_queue() {
    let pool = ThreadPool::new(3);
    let default = ThreadPool::builder().build();
    assert_eq!((pool.threads(), pool.capacity()), (3, default.capacity()));
    assert!(std::panic::catch_unwind(|| ThreadPool::new(0)).is_err());
}

#[test]
fn threads_are_joined_in_a_task() {
    bounded(|| {
        let (sender, receiver) = gimmal::channel::bounded::<u32>(1);
        let handle = thread::spawn(move || receiver.recv().unwrap());
        let mut joining = pin!(handle.join_async());
        pending!(joining);
        sender.send(7).unwrap();
        assert_eq!(block_on(joining).unwrap(), 7);
        let failed = thread::spawn(|| panic!("out of paper")).join_async();
        assert_eq!(
            block_on(failed).unwrap_err().to_string(),
            "the thread panicked: out of paper"
        );
        let word = String::from("seven");
        let length = thread::scope(|s| block_on(s.spawn(|| word.len()).join_async()).unwrap());
        assert_eq!(length, 5);
        // Itself it cannot wait for.
        let (hand, own) = gimmal::channel::bounded(1);
        let handle = thread::spawn(move || {
            let own: thread::JoinHandle<()> = own.recv().unwrap();
            match pin!(own.join_async()).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Err(JoinError::WouldDeadlock)) => (),
                other => panic!("{other:?}"),
            }
            finished();
        });
        hand.send(handle).unwrap();
        until_finished();
    });
}

static FINISHED: gimmal::sync::Event = gimmal::sync::Event::new();

fn finished() {
    FINISHED.set();
}

fn until_finished() {
    assert!(FINISHED.wait_timeout(LONG).is_ok());
}
