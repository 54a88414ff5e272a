//! Waits in workers: which are refused because they would be for ever, and which are not.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::current;
use std::time::Duration;

use gimmal::channel;
use gimmal::pool::{
    JobError, MapError, WaitTimeoutError, WouldDeadlock, as_completed, wait_all, wait_all_timeout,
    wait_any, wait_any_timeout, wait_first_error, wait_first_error_timeout,
};
use gimmal::sync::Event;
use gimmal::{Job, ThreadPool};

use held::{hold, named, pool, until_sleeping};
use kit::{Drops, SHORT, bounded, until, until_it_sleeps};

fn refused<R>(result: &Result<R, JobError>) -> bool {
    matches!(result, Err(JobError::WouldDeadlock))
}

/// Runs `f` as a job of a pool of so many threads, with the pool; gives what it returns.
fn inside<R: Send + 'static>(
    threads: usize,
    f: impl FnOnce(&ThreadPool) -> R + Send + 'static,
) -> R {
    bounded(move || {
        let pool = Arc::new(pool(threads, 64));
        let its = pool.clone();
        pool.submit(move || f(&its)).unwrap().result().unwrap()
    })
}

// --- one worker ---

#[test]
fn the_only_worker_cannot_wait_for_a_job_that_has_not_started() {
    assert!(inside(1, |pool| {
        let queued = pool.submit(|| 1).unwrap();
        refused(&queued.result())
    }));
}

#[test]
fn a_job_that_was_waited_for_in_vain_runs_afterwards() {
    bounded(|| {
        let pool = Arc::new(pool(1, 4));
        let (its, (tell, told)) = (pool.clone(), channel::bounded(1));
        let outer = pool.submit(move || {
            let queued = its.submit(move || tell.send(1).unwrap()).unwrap();
            refused(&queued.result())
        });
        assert!(outer.unwrap().result().unwrap());
        assert_eq!(told.recv(), Ok(1));
    });
}

#[test]
fn every_form_of_waiting_is_refused() {
    let not_refused = inside(1, |pool| {
        let jobs = || [pool.submit(|| 1).unwrap(), pool.submit(|| 2).unwrap()];
        let job = || pool.submit(|| 1).unwrap();
        let forever = Duration::MAX;
        let endless = Err(WaitTimeoutError::WouldDeadlock);
        let mut completed = as_completed(jobs());
        let next = completed.next().unwrap();
        let timed = completed.next_timeout(forever).unwrap().unwrap();
        let mut map = pool.map(0..2, |n| n);
        let forms = [
            ("result", refused(&job().result())),
            (
                "result_timeout",
                refused(&job().result_timeout(forever).unwrap()),
            ),
            ("wait_all", wait_all(&jobs()) == Err(WouldDeadlock)),
            ("wait_any", wait_any(&jobs()) == Err(WouldDeadlock)),
            (
                "wait_first_error",
                wait_first_error(&jobs()) == Err(WouldDeadlock),
            ),
            (
                "wait_all_timeout",
                wait_all_timeout(&jobs(), forever) == endless.map(|_: usize| ()),
            ),
            (
                "wait_any_timeout",
                wait_any_timeout(&jobs(), forever) == endless.map(Some),
            ),
            (
                "wait_first_error_timeout",
                wait_first_error_timeout(&jobs(), forever) == endless.map(Some),
            ),
            (
                "as_completed, next",
                !next.is_done() && refused(&next.result()),
            ),
            (
                "as_completed, next_timeout",
                !timed.is_done() && refused(&timed.result()),
            ),
            ("as_completed, the end", completed.next().is_none()),
            (
                "map",
                matches!(
                    map.next(),
                    Some(Err(MapError::Failed(JobError::WouldDeadlock)))
                ),
            ),
            ("map, the end", map.next().is_none()),
        ];
        let others = forms.into_iter().filter(|(_, is_refused)| !is_refused);
        others.map(|(form, _)| form).collect::<Vec<_>>()
    });
    assert_eq!(not_refused, [""; 0]);
}

#[test]
fn a_wait_that_has_a_limit_times_out_instead() {
    assert!(inside(1, |pool| {
        let queued = pool.submit(|| 1).unwrap();
        let queued = queued.result_timeout(SHORT).unwrap_err();
        assert_eq!(
            wait_all_timeout(&[&queued], SHORT),
            Err(WaitTimeoutError::TimedOut)
        );
        assert!(as_completed([queued]).next_timeout(SHORT).is_err());
        true
    }));
}

#[test]
fn what_is_over_is_given_to_a_worker_too() {
    assert!(inside(1, |pool| {
        let cancelled = pool.submit(|| 1).unwrap();
        cancelled.cancel();
        let queued = pool.submit(|| 2).unwrap();
        assert_eq!(wait_any(&[&queued, &cancelled]), Ok(Some(1)));
        assert_eq!(wait_first_error(&[&queued, &cancelled]), Ok(Some(1)));
        let mut completed = as_completed([queued, cancelled]);
        assert!(completed.next().unwrap().is_cancelled());
        true
    }));
}

// --- several workers ---

#[test]
fn a_free_worker_makes_a_wait_fine() {
    assert_eq!(
        inside(2, |pool| pool.submit(|| 1).unwrap().result().unwrap()),
        1
    );
}

#[test]
fn a_worker_that_is_busy_will_be_free() {
    bounded(|| {
        let pool = Arc::new(named("busy", 2, 4));
        let held = hold(&pool);
        let its = pool.clone();
        let outer = pool.submit(move || {
            let queued = its.submit(|| 1).unwrap();
            queued.result().unwrap()
        });
        let outer = outer.unwrap();
        until_sleeping(&outer, "busy", 1);
        held.end();
        assert_eq!(outer.result().unwrap(), 1);
    });
}

/// A job that has another one done and waits for it, and that again, so many times; says who was refused, from the
/// innermost out.
fn chain(pool: &Arc<ThreadPool>, levels: usize) -> Vec<bool> {
    if levels == 0 {
        return Vec::new();
    }
    let its = pool.clone();
    let inner = pool.submit(move || chain(&its, levels - 1)).unwrap();
    match inner.result() {
        Ok(mut told) => {
            told.push(false);
            told
        }
        Err(why) => {
            assert!(matches!(why, JobError::WouldDeadlock));
            vec![true]
        }
    }
}

#[test]
fn a_chain_of_waits_is_as_long_as_there_are_workers() {
    for threads in 1..5 {
        let chain = move |levels| {
            bounded(move || {
                let pool = Arc::new(pool(threads, 16));
                let its = pool.clone();
                let outer = pool.submit(move || chain(&its, levels)).unwrap();
                outer.result().unwrap()
            })
        };
        // The first job has a worker already.
        assert_eq!(chain(threads - 1), vec![false; threads - 1]);
        let mut told = vec![false; threads];
        told[0] = true;
        assert_eq!(chain(threads), told);
        assert_eq!(chain(threads + 3), told);
    }
}

#[test]
fn of_workers_that_all_wait_the_last_is_refused_and_the_others_go_on() {
    bounded(|| {
        let pool = Arc::new(pool(3, 16));
        let (ready, all) = (Arc::new(AtomicUsize::new(0)), Arc::new(Event::new()));
        let outer: Vec<_> = (0..3)
            .map(|_| {
                let (its, ready, all) = (pool.clone(), ready.clone(), all.clone());
                let waits = move || {
                    ready.fetch_add(1, SeqCst);
                    all.wait();
                    its.submit(|| ()).unwrap().result()
                };
                pool.submit(waits).unwrap()
            })
            .collect();
        until(|| ready.load(SeqCst) == 3);
        all.set();
        let results: Vec<_> = outer.into_iter().map(|job| job.result().unwrap()).collect();
        // Nobody is free before one of them is refused, and then somebody is.
        let told = results.iter().filter(|result| refused(result)).count();
        assert_eq!(told, 1);
    });
}

#[test]
fn exactly_the_last_of_two_waits_is_refused() {
    bounded(|| {
        let pool = Arc::new(named("last", 2, 16));
        let go = Arc::new(Event::new());
        let (its, going) = (pool.clone(), go.clone());
        let last = pool.submit(move || {
            going.wait();
            its.submit(|| 2).unwrap().result()
        });
        let last = last.unwrap();
        until(|| last.is_running());
        let its = pool.clone();
        let first = pool.submit(move || its.submit(|| 1).unwrap().result());
        let first = first.unwrap();
        until_sleeping(&first, "last", 1);
        go.set();
        assert!(refused(&last.result().unwrap()));
        assert_eq!(first.result().unwrap().unwrap(), 1);
    });
}

#[test]
fn a_job_cannot_wait_for_itself() {
    bounded(|| {
        let pool = Arc::new(pool(4, 4));
        let (sender, receiver) = channel::bounded::<Job<()>>(1);
        let (tell, told) = channel::bounded(1);
        let job = pool.submit(move || {
            let own = receiver.recv().unwrap();
            tell.send(refused(&own.result())).unwrap();
        });
        sender.send(job.unwrap()).unwrap();
        assert_eq!(told.recv(), Ok(true));
    });
}

#[test]
fn two_jobs_cannot_wait_for_each_other_although_others_are_free() {
    bounded(|| {
        let pool = Arc::new(pool(4, 4));
        let (tell, told) = channel::bounded(2);
        let job = || {
            let (sender, receiver) = channel::bounded::<Job<()>>(1);
            let tell = tell.clone();
            let f = move || {
                let other = receiver.recv().unwrap();
                tell.send(refused(&other.result())).unwrap();
            };
            (pool.submit(f).unwrap(), sender)
        };
        let ((first, to_first), (second, to_second)) = (job(), job());
        to_first.send(second).unwrap();
        to_second.send(first).unwrap();
        // Who is refused ends, and with it the wait of the other.
        assert_eq!((told.recv(), told.recv()), (Ok(true), Ok(false)));
    });
}

#[test]
fn a_wait_for_any_of_two_goes_on_while_one_of_them_does() {
    bounded(|| {
        let pool = Arc::new(named("any", 2, 4));
        let held = hold(&pool);
        let its = pool.clone();
        let (sender, receiver) = channel::bounded::<Job<()>>(1);
        let outer = pool.submit(move || {
            let runs = receiver.recv().unwrap();
            let queued = its.submit(|| ()).unwrap();
            let any = wait_any(&[&queued, &runs]);
            // Both are over, or the one worker that is free does the other.
            (any.is_ok(), wait_all(&[&queued, &runs]))
        });
        let go = held.go;
        sender.send(held.job).unwrap();
        let outer = outer.unwrap();
        until_sleeping(&outer, "any", 1);
        go.set();
        assert_eq!(outer.result().unwrap(), (true, Ok(())));
    });
}

#[test]
fn a_wait_with_a_limit_does_not_block_the_pool_for_ever() {
    bounded(|| {
        let pool = Arc::new(pool(2, 16));
        let its = pool.clone();
        // Its worker comes back when the time is over, and does the job of the other.
        let timed = pool.submit(move || {
            let queued = its.submit(|| 1).unwrap();
            queued.result_timeout(SHORT).is_ok()
        });
        let its = pool.clone();
        let endless = pool.submit(move || its.submit(|| 2).unwrap().result());
        assert_eq!(endless.unwrap().result().unwrap().unwrap(), 2);
        timed.unwrap().result().unwrap();
    });
}

#[test]
fn who_is_about_to_wake_is_not_taken_for_one_who_waits() {
    bounded(|| {
        let pool = Arc::new(named("wakes", 2, 16));
        for _ in 0..kit::rounds(200) {
            let (its, (tell, told)) = (pool.clone(), channel::bounded(1));
            let (go, all) = (Arc::new(Event::new()), Arc::new(Event::new()));
            let (going, all_there) = (go.clone(), all.clone());
            let first = pool.submit(move || {
                let own = current().name().map(String::from).unwrap();
                let short = its.submit(move || {
                    all_there.wait();
                    until_it_sleeps(&own);
                });
                let short = short.unwrap();
                until(|| short.is_running());
                tell.send(()).unwrap();
                going.wait();
                short.result()
            });
            told.recv().unwrap();
            // The other worker does this when it has done the short job, and waits for the first one's worker.
            let its = pool.clone();
            let second = pool.submit(move || its.submit(|| ()).unwrap().result());
            go.set();
            all.set();
            second.unwrap().result().unwrap().unwrap();
            first.unwrap().result().unwrap().unwrap();
        }
    });
}

#[test]
fn a_job_that_ends_just_now_is_not_missed() {
    inside(2, |pool| {
        for round in 0..kit::rounds(30_000) {
            let jobs = [pool.submit(|| ()).unwrap()];
            (0..round % 32).for_each(|_| std::hint::spin_loop());
            match round % 3 {
                0 => assert_eq!(wait_any(&jobs), Ok(Some(0))),
                1 => assert_eq!(wait_first_error(&jobs), Ok(None)),
                _ => assert_eq!(wait_all(&jobs), Ok(())),
            }
        }
    });
}

#[test]
fn a_wait_that_has_ended_keeps_nothing_of_the_job() {
    assert!(inside(2, |pool| {
        let drops = Drops::default();
        let result = drops.one(0);
        let job = pool.submit(move || result).unwrap();
        wait_all(&[&job]).unwrap();
        drop(job);
        until(|| drops.count() == 1);
        true
    }));
}

#[test]
fn jobs_of_another_pool_are_waited_for() {
    bounded(|| {
        let (here, there) = (pool(1, 4), Arc::new(pool(1, 4)));
        let outer = here.submit(move || {
            let held = hold(&there);
            let queued = there.submit(|| 1).unwrap();
            held.go.set();
            queued.result().unwrap()
        });
        assert_eq!(outer.unwrap().result().unwrap(), 1);
    });
}

#[test]
fn who_is_no_worker_is_never_refused() {
    bounded(|| {
        let pool = Arc::new(pool(1, 4));
        let its = pool.clone();
        let (sender, receiver) = channel::bounded(1);
        let outer = pool.submit(move || {
            let queued = its.submit(|| 1).unwrap();
            sender.send(queued).unwrap();
        });
        // A thread that is no worker waits for both.
        let queued = receiver.recv().unwrap();
        assert_eq!(queued.result().unwrap(), 1);
        outer.unwrap().result().unwrap();
    });
}

#[test]
fn a_wait_that_is_refused_passes_as_the_error_of_a_job() {
    fn result_after(job: Job<u32>) -> Result<u32, JobError> {
        wait_all(&[&job])?;
        job.result()
    }
    assert!(inside(1, |pool| {
        let queued = pool.submit(|| 1).unwrap();
        refused(&result_after(queued))
    }));
}
