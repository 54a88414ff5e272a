//! The contract of waits for many jobs: any, all, the first that fails, each as it ends; and of the map.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, current};
use std::time::{Duration, Instant};

use gimmal::Job;
use gimmal::error::TimedOut;
use gimmal::pool::{
    AnyJob, Ended, JobError, MapError, Shutdown, SubmitError, WaitTimeoutError, as_completed,
    wait_all, wait_all_deadline, wait_all_timeout, wait_any, wait_any_deadline, wait_any_timeout,
    wait_first_error, wait_first_error_deadline, wait_first_error_timeout,
};
use gimmal::sync::Event;

use held::{Go, Held, hold, pool};
use kit::{Drops, LONG, SHORT, bounded, until, until_it_sleeps};

fn past() -> Instant {
    let now = Instant::now();
    now.checked_sub(SHORT).unwrap_or(now)
}

/// Runs `wait` in a thread of this name, and `then` when that thread sleeps; gives what `wait` gives.
fn while_it_sleeps<R: Send>(name: &str, wait: impl FnOnce() -> R + Send, then: impl FnOnce()) -> R {
    thread::scope(|scope| {
        let waits = thread::Builder::new().name(name.into());
        let waits = waits.spawn_scoped(scope, wait).unwrap();
        until_it_sleeps(name);
        then();
        waits.join().unwrap()
    })
}

#[test]
fn a_wait_for_any_ends_with_the_first_that_ends() {
    bounded(|| {
        let pool = pool(3, 4);
        let (jobs, go): (Vec<_>, Vec<_>) =
            (0..3).map(|_| hold(&pool)).map(|h| (h.job, h.go)).unzip();
        let any = while_it_sleeps("any", || wait_any(&jobs), || go[1].set());
        assert_eq!(any, Ok(Some(1)));
        // It is done: now it is found at once.
        assert_eq!(wait_any(&jobs), Ok(Some(1)));
        assert_eq!(wait_any_timeout(&jobs, Duration::ZERO), Ok(Some(1)));
        assert_eq!(wait_any_deadline(&jobs, past()), Ok(Some(1)));
        let rest = [&jobs[0], &jobs[2]];
        let timed = || wait_any_timeout(&rest, LONG);
        let any = while_it_sleeps("any-timed", timed, || go[2].set());
        assert_eq!(any, Ok(Some(1)));
        go[0].set();
        assert_eq!(wait_all(&jobs), Ok(()));
        // Of several, the first of the slice.
        assert_eq!(wait_any(&jobs), Ok(Some(0)));
    });
}

#[test]
fn a_wait_for_all_ends_with_the_last_that_ends() {
    bounded(|| {
        let pool = pool(3, 4);
        let (jobs, go): (Vec<_>, Vec<_>) =
            (0..3).map(|_| hold(&pool)).map(|h| (h.job, h.go)).unzip();
        go[1].set();
        until(|| jobs[1].is_done());
        go[0].set();
        until(|| jobs[0].is_done());
        let timed_out = Err(WaitTimeoutError::TimedOut);
        assert_eq!(wait_all_timeout(&jobs, Duration::ZERO), timed_out);
        assert_eq!(wait_all_timeout(&jobs, SHORT), timed_out);
        let all = while_it_sleeps("all", || wait_all(&jobs), || go[2].set());
        assert_eq!(all, Ok(()));
        assert_eq!(wait_all_timeout(&jobs, Duration::ZERO), Ok(()));
        assert_eq!(wait_all_deadline(&jobs, past()), Ok(()));
    });
}

#[test]
fn a_wait_for_the_first_error_ends_with_it_or_with_the_last_job() {
    bounded(|| {
        let pool = pool(3, 4);
        let (jobs, go): (Vec<_>, Vec<_>) =
            (0..2).map(|_| hold(&pool)).map(|h| (h.job, h.go)).unzip();
        let fails = Arc::new(Event::new());
        let its = fails.clone();
        let panics = pool.submit(move || {
            its.wait();
            panic_any(())
        });
        let jobs: Vec<Job<()>> = jobs.into_iter().chain([panics.unwrap()]).collect();
        let wait = || wait_first_error(&jobs);
        let first = while_it_sleeps("first-error", wait, || {
            // One that returns does not end it.
            go[0].set();
            until(|| jobs[0].is_done());
            fails.set();
        });
        assert_eq!(first, Ok(Some(2)));
        assert_eq!(wait_first_error_timeout(&jobs, Duration::ZERO), Ok(Some(2)));
        assert_eq!(wait_first_error_deadline(&jobs, past()), Ok(Some(2)));
        let good = &jobs[..2];
        let timed_out = Err(WaitTimeoutError::TimedOut);
        assert_eq!(wait_first_error_timeout(good, SHORT), timed_out);
        assert_eq!(wait_first_error_timeout(good, Duration::ZERO), timed_out);
        assert_eq!(wait_first_error_deadline(good, past()), Err(TimedOut));
        let wait = || wait_first_error_timeout(good, LONG);
        let none = while_it_sleeps("no-error", wait, || go[1].set());
        assert_eq!(none, Ok(None));
        assert_eq!(wait_first_error(good), Ok(None));
    });
}

#[test]
fn a_cancelled_job_is_an_error_for_who_waits_for_one() {
    bounded(|| {
        let pool = pool(1, 4);
        let held = hold(&pool);
        let queued = pool.submit(|| ()).unwrap();
        let jobs = [&held.job, &queued];
        let wait = || wait_first_error(&jobs);
        let cancelled = while_it_sleeps("cancelled", wait, || assert!(queued.cancel()));
        assert_eq!(cancelled, Ok(Some(1)));
        held.end();
    });
}

#[test]
fn waits_for_many_time_out() {
    let pool = pool(1, 4);
    let held = hold(&pool);
    let jobs = [&held.job];
    let start = Instant::now();
    let timed_out = WaitTimeoutError::TimedOut;
    assert_eq!(wait_any_timeout(&jobs, SHORT), Err(timed_out));
    assert_eq!(wait_any_timeout(&jobs, Duration::ZERO), Err(timed_out));
    assert_eq!(wait_any_deadline(&jobs, past()), Err(TimedOut));
    assert_eq!(
        wait_all_deadline(&jobs, Instant::now() + SHORT),
        Err(TimedOut)
    );
    assert!(start.elapsed() >= SHORT * 2);
    held.end();
}

#[test]
fn of_no_jobs_none_is_waited_for() {
    let none: [Job<()>; 0] = [];
    assert_eq!(wait_any(&none), Ok(None));
    assert_eq!(wait_all(&none), Ok(()));
    assert_eq!(wait_first_error(&none), Ok(None));
    assert!(as_completed(none).next().is_none());
}

#[test]
fn jobs_of_different_results_are_waited_for_together() {
    let pool = pool(2, 4);
    let number = pool.submit(|| 1).unwrap();
    let word = pool.submit(|| "one").unwrap();
    let both: [&dyn AnyJob; 2] = [&number, &word];
    assert_eq!(wait_all(&both), Ok(()));
    assert_eq!(wait_first_error(&both), Ok(None));
    // The same one twice is fine, too.
    assert_eq!(wait_any(&[&number, &number]), Ok(Some(0)));
}

#[test]
fn several_threads_wait_for_the_same_jobs() {
    bounded(|| {
        let pool = pool(2, 4);
        let (jobs, go): (Vec<_>, Vec<_>) =
            (0..2).map(|_| hold(&pool)).map(|h| (h.job, h.go)).unzip();
        thread::scope(|scope| {
            let waits: Vec<_> = (0..6)
                .map(|n| {
                    let jobs = &jobs;
                    scope.spawn(move || match n % 3 {
                        0 => wait_any(jobs).map(|any| any.is_some()),
                        1 => wait_all(jobs).map(|()| true),
                        _ => wait_first_error(jobs).map(|error| error.is_none()),
                    })
                })
                .collect();
            go.iter().for_each(|go| go.set());
            for wait in waits {
                assert_eq!(wait.join().unwrap(), Ok(true));
            }
        });
    });
}

#[test]
fn a_wait_that_races_the_end_of_a_job_sees_it() {
    bounded(|| {
        let pool = pool(2, 4);
        for round in 0..kit::rounds(2_000) {
            let jobs = [pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap()];
            (0..round % 8).for_each(|_| thread::yield_now());
            match round % 3 {
                0 => assert!(wait_any(&jobs).unwrap().is_some()),
                1 => assert_eq!(wait_first_error(&jobs), Ok(None)),
                _ => assert_eq!(as_completed(jobs).count(), 2),
            }
        }
    });
}

// --- as completed ---

#[test]
fn jobs_come_in_the_order_in_which_they_end() {
    bounded(|| {
        let pool = pool(3, 4);
        let (jobs, go): (Vec<_>, Vec<_>) =
            (0..3).map(|_| hold(&pool)).map(|h| (h.job, h.go)).unzip();
        let queued: Vec<_> = (0..2).map(|_| pool.submit(|| ()).unwrap()).collect();
        // Over before the call: the first.
        queued[1].cancel();
        let mut completed = as_completed(jobs.into_iter().chain(queued));
        assert_eq!(completed.len(), 5);
        assert!(completed.next().unwrap().is_cancelled());
        assert!(completed.next_timeout(Duration::ZERO).is_err());
        assert!(completed.next_deadline(past()).is_err());
        assert!(completed.next_timeout(SHORT).is_err());
        let next = while_it_sleeps("completed", || completed.next(), || go[2].set());
        assert_eq!(next.unwrap().ended(), Some(Ended::Returned));
        // The worker that is free now does the queued one.
        let next = completed.next_timeout(LONG).unwrap().unwrap();
        next.result().unwrap();
        go[0].set();
        assert!(
            completed
                .next_deadline(Instant::now() + LONG)
                .unwrap()
                .is_some()
        );
        assert_eq!(completed.len(), 1);
        let rest = completed.into_remaining();
        assert!(rest[0].is_running());
        go[1].set();
        assert_eq!(wait_all(&rest), Ok(()));
    });
}

#[test]
fn each_job_comes_once_whatever_the_order() {
    bounded(|| {
        let pool = pool(3, 64);
        for _ in 0..50 {
            let jobs: Vec<_> = (0..32).map(|n| pool.submit(move || n).unwrap()).collect();
            jobs.iter()
                .step_by(5)
                .for_each(|job| assert!(job.cancel() || !job.is_cancelled()));
            let mut cancelled = 0;
            let mut numbers: Vec<u32> = as_completed(jobs)
                .filter_map(|job| job.result().inspect_err(|_| cancelled += 1).ok())
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(numbers.len() + cancelled, 32);
        }
    });
}

// --- map ---

#[test]
fn a_map_keeps_the_order_of_its_items() {
    bounded(|| {
        let pool = pool(3, 4);
        let mapped = pool.map(0..kit::rounds(200), |n| {
            (0..n % 7).for_each(|_| thread::yield_now());
            n * 2
        });
        assert!(
            mapped
                .map(Result::unwrap)
                .eq((0..kit::rounds(200)).map(|n| n * 2))
        );
        assert_eq!(pool.map(0..0, |n: u32| n).count(), 0);
    });
}

#[test]
fn a_map_takes_items_only_as_far_ahead_as_the_pool_can_hold() {
    bounded(|| {
        let pool = pool(2, 3);
        let taken = AtomicUsize::new(0);
        let items = (0..).inspect(|_| {
            taken.fetch_add(1, SeqCst);
        });
        let mut mapped = pool.map(items, |n: usize| n);
        for n in 0..kit::rounds(500) {
            // However fast the workers are.
            until(|| pool.queued() == 0);
            assert!(taken.load(SeqCst) <= n + 5, "{taken:?} of {n}");
            assert_eq!(mapped.next().unwrap().unwrap(), n);
        }
        // It begins with the call.
        assert!(taken.load(SeqCst) >= 500);
        drop(mapped);
        let pool = held::pool(1, 1);
        let begun = Arc::new(Event::new());
        let its = begun.clone();
        let _mapped = pool.map([()], move |()| its.set());
        begun.wait();
    });
}

#[test]
fn a_map_uses_all_workers() {
    bounded(|| {
        let pool = pool(3, 1);
        let all = Arc::new(AtomicUsize::new(0));
        // Each waits until three are there at once.
        let mapped = pool.map(0..3, move |_| {
            all.fetch_add(1, SeqCst);
            until(|| all.load(SeqCst) >= 3);
        });
        assert!(mapped.map(|result| result.is_ok()).eq([true; 3]));
    });
}

#[test]
fn a_panic_is_the_error_of_its_item() {
    let pool = pool(2, 4);
    let mapped = pool.map(0..10, |n| {
        assert_ne!(n, 3);
        n
    });
    let results: Vec<_> = mapped.collect();
    assert_eq!(results.len(), 10);
    for (n, result) in results.iter().enumerate() {
        match result {
            Ok(value) => assert!(n == *value && n != 3),
            Err(MapError::Failed(JobError::Panicked(_))) => assert_eq!(n, 3),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn leaving_a_map_cancels_what_has_not_started() {
    let pool = pool(1, 8);
    let (ran, drops, go) = (
        Arc::new(AtomicUsize::new(0)),
        Drops::default(),
        Go(Arc::new(Event::new())),
    );
    let items: Vec<_> = (0..20).map(|n| drops.one(n)).collect();
    let (its, going) = (ran.clone(), go.0.clone());
    let mapped = pool.map(items, move |item| {
        its.fetch_add(1, SeqCst);
        going.wait();
        item.number()
    });
    until(|| ran.load(SeqCst) == 1);
    drop(mapped);
    assert_eq!(drops.count(), 19);
    go.set();
    drop(pool);
    assert_eq!((ran.load(SeqCst), drops.count()), (1, 20));
}

#[test]
fn the_time_of_a_map_counts_from_the_call() {
    bounded(|| {
        let pool = pool(2, 8);
        let go = Go(Arc::new(Event::new()));
        let its = go.0.clone();
        let start = Instant::now();
        let wait = move |n| {
            if n == 2 {
                its.wait();
            }
            n
        };
        let mut mapped = pool.map_timeout(0..100, wait, SHORT);
        assert_eq!(mapped.next().unwrap().unwrap(), 0);
        assert_eq!(mapped.next().unwrap().unwrap(), 1);
        assert!(matches!(mapped.next(), Some(Err(MapError::TimedOut))));
        assert!(start.elapsed() >= SHORT);
        // It is over, and what was queued is cancelled.
        assert!(mapped.next().is_none());
        go.set();
        assert_eq!(pool.submit(|| 1).unwrap().result().unwrap(), 1);
        assert_eq!(pool.queued(), 0);
    });
}

#[test]
fn what_is_done_is_given_although_the_time_of_the_map_is_over() {
    bounded(|| {
        let pool = pool(1, 4);
        let count = Arc::new(AtomicUsize::new(0));
        for form in [Some(Duration::ZERO), Some(SHORT), None] {
            count.store(0, SeqCst);
            let its = count.clone();
            let f = move |n: usize| {
                its.fetch_add(1, SeqCst);
                n
            };
            let mut mapped = match form {
                Some(timeout) => pool.map_timeout(0..100, f, timeout),
                None => pool.map_deadline(0..100, f, past()),
            };
            let late = Instant::now() + SHORT;
            until(|| Instant::now() > late);
            // What was submitted at the call is done meanwhile, and nothing more.
            until(|| pool.queued() == 0);
            let all = pool.submit(|| ()).unwrap();
            all.result().unwrap();
            let done = count.load(SeqCst);
            assert!((4..=5).contains(&done), "{done}");
            for n in 0..done {
                assert_eq!(mapped.next().unwrap().unwrap(), n);
            }
            assert!(matches!(mapped.next(), Some(Err(MapError::TimedOut))));
            assert!(mapped.next().is_none());
        }
        // All of it in time is all of it.
        let mapped = pool.map_timeout(0..4, |n| n, Duration::MAX);
        assert!(mapped.map(Result::unwrap).eq(0..4));
        let mut mapped = pool.map_timeout(0..1, |n| n, SHORT);
        until(|| pool.submit(|| ()).unwrap().result().is_ok());
        let late = Instant::now() + SHORT;
        until(|| Instant::now() > late);
        assert_eq!(mapped.next().unwrap().unwrap(), 0);
        assert!(mapped.next().is_none());
    });
}

#[test]
fn a_map_ends_with_the_pool() {
    bounded(|| {
        let pool = pool(1, 2);
        let mut mapped = pool.map(0.., |n: u32| n);
        assert_eq!(mapped.next().unwrap().unwrap(), 0);
        pool.shutdown(Shutdown::Drain);
        let mut given = 0;
        let why = loop {
            match mapped.next().unwrap() {
                Ok(_) => given += 1,
                Err(why) => break why,
            }
        };
        assert!(given <= 3);
        assert!(matches!(why, MapError::Refused(SubmitError::Closed(()))));
        assert!(mapped.next().is_none());
        assert!(pool.map([1], |n| n).next().unwrap().is_err());
    });
}

#[test]
fn a_map_finds_room_beside_other_jobs() {
    bounded(|| {
        let pool = Arc::new(pool(2, 1));
        let over = Arc::new(Event::new());
        let (its, end) = (pool.clone(), over.clone());
        let others = thread::spawn(move || {
            while !end.is_set() {
                drop(its.submit(|| current().id()).unwrap());
            }
        });
        assert!(
            pool.map(0..kit::rounds(500), |n| n)
                .map(Result::unwrap)
                .eq(0..kit::rounds(500))
        );
        over.set();
        others.join().unwrap();
    });
}

#[test]
fn a_worker_maps_on_its_own_pool() {
    bounded(|| {
        let pool = Arc::new(pool(2, 4));
        let its = pool.clone();
        let sum = pool.submit(move || its.map(1..=100_u32, |n| n).map(Result::unwrap).sum::<u32>());
        assert_eq!(sum.unwrap().result().unwrap(), 5050);
        let held: Held = hold(&pool);
        held.end();
    });
}
