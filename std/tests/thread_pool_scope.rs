//! Jobs that borrow: the scope waits for all of them, whatever becomes of their handles, of the pool and of its own body;
//! panics arrive.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::ThreadPool;
use gimmal::pool::{Ended, JobError, Shutdown, SubmitError, wait_all, wait_any, wait_first_error};

use held::{hold, pool};
use kit::{Drops, LONG, SHORT, bounded, until};

fn said(result: thread::Result<()>) -> String {
    let payload = result.expect_err("it panics");
    let text = payload.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| payload.downcast_ref::<&str>().unwrap().to_string())
}

#[test]
fn jobs_borrow_from_the_caller_and_from_each_other_s_scope() {
    bounded(|| {
        let pool = pool(2, 2);
        let words = ["one".to_string(), "three".to_string()];
        let lengths = Mutex::new(Vec::new());
        let (sum, first) = pool.scope(|s| {
            let jobs: Vec<_> = words
                .iter()
                .map(|w| s.submit(|| w.len()).unwrap())
                .collect();
            s.submit(|| {
                // A job submits further ones, which nobody waits for but the scope.
                s.submit(|| lengths.lock().unwrap().push(words[1].len()))
                    .unwrap();
            })
            .unwrap();
            let first = s.submit(|| words[0].as_str()).unwrap().result().unwrap();
            (
                jobs.into_iter()
                    .map(|job| job.result().unwrap())
                    .sum::<usize>(),
                first,
            )
        });
        assert_eq!((sum, first), (8, "one"));
        assert_eq!(lengths.into_inner().unwrap(), [5]);
        assert_eq!(
            pool.submit(|| 1).unwrap().result().unwrap(),
            1,
            "the pool goes on"
        );
    });
}

#[test]
fn a_scope_waits_for_jobs_whose_handles_are_dropped_or_forgotten() {
    bounded(|| {
        let pool = pool(2, 8);
        for forget in [false, true] {
            let ended = AtomicUsize::new(0);
            pool.scope(|s| {
                for _ in 0..4 {
                    let job = s.submit(|| {
                        thread::sleep(SHORT);
                        ended.fetch_add(1, SeqCst);
                    });
                    if forget {
                        mem::forget(job.unwrap());
                    }
                }
            });
            assert_eq!(ended.load(SeqCst), 4);
        }
    });
}

#[test]
fn closures_and_results_are_dropped_before_the_scope_ends() {
    bounded(|| {
        let pool = pool(2, 64);
        for _ in 0..if cfg!(miri) { 4 } else { 200 } {
            let drops = Drops::default();
            pool.scope(|s| {
                for number in 0..4 {
                    let (captured, returned) = (drops.one(number), drops.one(10 + number));
                    let job = s.submit(|| {
                        let _captured = captured;
                        returned
                    });
                    match number {
                        0 => drop(job.unwrap().result().unwrap()),
                        1 => drop(job),
                        2 => drop(job.unwrap().cancel()),
                        _ => assert_eq!(job.unwrap().result().unwrap().number(), 13),
                    }
                }
            });
            assert_eq!(drops.count(), 8);
        }
    });
}

#[test]
fn a_scope_whose_body_panics_waits_and_panics() {
    bounded(|| {
        let pool = pool(1, 4);
        let ended = AtomicBool::new(false);
        let result = catch_unwind(AssertUnwindSafe(|| {
            pool.scope(|s| {
                s.submit(|| {
                    thread::sleep(SHORT);
                    ended.store(true, SeqCst);
                })
                .unwrap();
                panic!("the body");
            })
        }));
        assert!(ended.load(SeqCst));
        assert_eq!(said(result), "the body");
    });
}

#[test]
fn a_panic_of_a_job_is_its_result_or_the_scope_s() {
    bounded(|| {
        let pool = pool(2, 4);
        pool.scope(|s| {
            let job = s.submit(|| panic!("the job")).unwrap();
            let fine = s.submit(|| 1).unwrap();
            wait_all(&[&job as &dyn gimmal::pool::AnyJob, &fine]).unwrap();
            assert_eq!(
                (job.ended(), fine.ended()),
                (Some(Ended::Panicked), Some(Ended::Returned))
            );
            let both: [&dyn gimmal::pool::AnyJob; 2] = [&fine, &job];
            assert_eq!(wait_first_error(&both), Ok(Some(1)));
            let why = job.result().unwrap_err();
            assert_eq!(why.into_panic().downcast_ref(), Some(&"the job"));
        });
        for forget in [false, true] {
            let result = catch_unwind(AssertUnwindSafe(|| {
                pool.scope(|s| {
                    let job = s.submit(|| panic!("the job")).unwrap();
                    if forget {
                        mem::forget(job);
                    }
                })
            }));
            assert_eq!(
                said(result),
                "a job of the scope panicked, and nobody took its result"
            );
        }
    });
}

#[test]
fn a_job_of_a_scope_is_cancelled_or_waited_for_in_time() {
    bounded(|| {
        let pool = pool(1, 4);
        let held = hold(&pool);
        let ran = AtomicBool::new(false);
        pool.scope(|s| {
            let job = s.submit(|| ran.store(true, SeqCst)).unwrap();
            assert!(!job.is_running() && !job.is_done());
            let job = job.result_timeout(Duration::ZERO).unwrap_err();
            let job = job.result_deadline(Instant::now()).unwrap_err();
            assert!(job.cancel() && job.is_done());
            assert_eq!(wait_any(&[&job]), Ok(Some(0)));
            assert!(matches!(job.result(), Err(JobError::Cancelled)));
            let other = s.try_submit(|| 7).unwrap();
            held.end();
            assert_eq!(other.result_timeout(LONG).unwrap().unwrap(), 7);
        });
        assert!(!ran.load(SeqCst));
    });
}

#[test]
fn a_pool_that_is_shut_down_gives_closures_back_and_ends_the_scope() {
    bounded(|| {
        let pool = pool(1, 1);
        let held = hold(&pool);
        let drops = Drops::default();
        let borrowed = AtomicUsize::new(0);
        pool.scope(|s| {
            let (first, second) = (drops.one(1), drops.one(2));
            let first = s.submit(move || drop(first)).unwrap();
            let why = s.try_submit(|| borrowed.fetch_add(1, SeqCst)).unwrap_err();
            assert!(matches!(why, SubmitError::Full(_)));
            assert_eq!(why.into_inner()(), 0);
            let late = s.submit_timeout(|| (), SHORT).unwrap_err();
            assert!(matches!(late, SubmitError::TimedOut(_)));
            let late = s.submit_deadline(|| (), Instant::now()).unwrap_err();
            assert!(matches!(late, SubmitError::TimedOut(_)));
            pool.shutdown(Shutdown::Cancel);
            assert_eq!(drops.count(), 1);
            assert!(matches!(first.result(), Err(JobError::Cancelled)));
            let why = s.submit(move || second.number()).unwrap_err();
            assert!(matches!(why, SubmitError::Closed(_)));
            assert_eq!(why.into_inner()(), 2);
        });
        assert_eq!(borrowed.into_inner(), 1);
        held.end();
    });
}

#[test]
fn a_worker_is_refused_a_scope_of_its_own_pool_and_has_one_of_another() {
    bounded(|| {
        let (inner, outer) = (pool(1, 1), pool(1, 1));
        let called = AtomicBool::new(false);
        outer.scope(|s| {
            let job = s.submit(|| {
                let own = || outer.scope(|_| called.store(true, SeqCst));
                let refused = catch_unwind(AssertUnwindSafe(own));
                (
                    said(refused),
                    inner.scope(|s| s.submit(|| 3).unwrap().result().unwrap()),
                )
            });
            let (refused, three) = job.unwrap().result().unwrap();
            assert!(
                refused.starts_with("a worker of a pool cannot wait"),
                "{refused}"
            );
            assert_eq!(three, 3);
        });
        assert!(!called.into_inner());
    });
}

#[test]
fn scopes_of_many_threads_share_a_pool() {
    bounded(|| {
        let pool = ThreadPool::new(2);
        let rounds = if cfg!(miri) { 2 } else { 100 };
        thread::scope(|t| {
            for _ in 0..3 {
                t.spawn(|| {
                    for _ in 0..rounds {
                        let mut numbers = [1; 8];
                        pool.scope(|s| {
                            for number in &mut numbers {
                                s.submit(|| *number += 1).unwrap();
                            }
                        });
                        assert_eq!(numbers, [2; 8]);
                    }
                });
            }
        });
        until(|| pool.queued() == 0);
    });
}
