//! Workers that submit to the full queue of their own pool: who waits for room, and who is refused.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::hint::spin_loop;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gimmal::channel;
use gimmal::pool::{JobError, Shutdown, SubmitError};
use gimmal::sync::Event;
use gimmal::{Job, ThreadPool};

use held::{hold, named, pool, until_sleeping};
use kit::{LONG, SHORT, bounded, until};

#[test]
fn the_only_worker_cannot_wait_for_room() {
    bounded(|| {
        let pool = Arc::new(pool(1, 1));
        let its = pool.clone();
        let outer = pool.submit(move || {
            let queued = its.submit(|| 1).unwrap();
            let full = matches!(its.try_submit(|| 2), Err(SubmitError::Full(_)));
            let timed = its.submit_timeout(|| 2, SHORT).unwrap_err();
            let timed = matches!(timed, SubmitError::TimedOut(_));
            let forever = its.submit_timeout(|| 3, Duration::MAX).unwrap_err();
            let forever = matches!(forever, SubmitError::WouldDeadlock(_));
            let refused = its.submit(|| 4).unwrap_err();
            assert!(matches!(refused, SubmitError::WouldDeadlock(_)));
            ((refused.into_inner())(), full, timed, forever, queued)
        });
        let (four, full, timed, forever, queued) = outer.unwrap().result().unwrap();
        assert_eq!((four, full, timed, forever), (4, true, true, true));
        assert_eq!(queued.result().unwrap(), 1);
    });
}

#[test]
fn a_worker_waits_for_room_while_another_one_will_be_free() {
    bounded(|| {
        let pool = Arc::new(named("room", 2, 1));
        let held = hold(&pool);
        let its = pool.clone();
        let outer = pool.submit(move || {
            let first = its.submit(|| 1).unwrap();
            let second = its.submit(|| 2).unwrap();
            first.result().unwrap() + second.result().unwrap()
        });
        let outer = outer.unwrap();
        until_sleeping(&outer, "room", 1);
        held.end();
        assert_eq!(outer.result().unwrap(), 3);
    });
}

#[test]
fn who_waits_for_a_job_is_refused_while_the_others_wait_for_room() {
    bounded(|| {
        let pool = Arc::new(named("both", 2, 1));
        let go = Arc::new(Event::new());
        let (its, going) = (pool.clone(), go.clone());
        let (give, given) = channel::bounded::<Job<i32>>(1);
        let waits = pool.submit(move || {
            let queued = given.recv().unwrap();
            going.wait();
            queued.result()
        });
        let waits = waits.unwrap();
        until(|| waits.is_running());
        let submits = pool.submit(move || {
            give.send(its.submit(|| 1).unwrap()).unwrap();
            its.submit(|| 2).unwrap().result().unwrap()
        });
        let submits = submits.unwrap();
        until_sleeping(&submits, "both", 1);
        go.set();
        let result = waits.result().unwrap();
        assert!(matches!(result, Err(JobError::WouldDeadlock)));
        assert_eq!(submits.result().unwrap(), 2);
    });
}

#[test]
fn a_worker_that_waits_for_room_gets_the_closure_back_at_the_end() {
    bounded(|| {
        let pool = Arc::new(named("end", 2, 1));
        let held = hold(&pool);
        let its = pool.clone();
        let outer = pool.submit(move || {
            drop(its.submit(|| ()).unwrap());
            let refused = its.submit(|| 5).unwrap_err();
            let closed = matches!(refused, SubmitError::Closed(_));
            (closed, (refused.into_inner())())
        });
        let outer = outer.unwrap();
        until_sleeping(&outer, "end", 1);
        pool.shutdown(Shutdown::Drain);
        assert_eq!(outer.result().unwrap(), (true, 5));
        held.end();
    });
}

#[test]
fn a_worker_never_sleeps_beside_room() {
    bounded(|| {
        let pool = Arc::new(pool(2, 1));
        let its = pool.clone();
        const ROUNDS: u32 = if cfg!(miri) { 300 } else { 50_000 };
        let outer = pool.submit(move || {
            (0..ROUNDS).all(|n| {
                let job = its.submit(move || (0..n % 128).for_each(|_| spin_loop()));
                job.is_ok()
            })
        });
        assert!(outer.unwrap().result().unwrap());
    });
}

/// A tree of jobs, each of which submits two more and waits for them; who is refused does its part itself. Others submit
/// to the same small queue meanwhile.
#[test]
fn trees_of_waits_end_whatever_the_number_of_workers_and_places() {
    fn leaves(pool: &Arc<ThreadPool>, depth: u32) -> u32 {
        if depth == 0 {
            return 1;
        }
        let half = || {
            let its = pool.clone();
            move || leaves(&its, depth - 1)
        };
        let halves = [half(), half()].map(|half| match pool.submit(half) {
            Ok(job) => Ok(job),
            Err(SubmitError::WouldDeadlock(half)) => Err(half()),
            Err(why) => panic!("{why}"),
        });
        let sum = halves.into_iter().map(|half| match half {
            Err(leaves) => leaves,
            Ok(job) => match job.result() {
                Ok(leaves) => leaves,
                Err(JobError::WouldDeadlock) => leaves(pool, depth - 1),
                Err(why) => panic!("{why}"),
            },
        });
        sum.sum()
    }

    for (threads, queue) in [(1, 1), (1, 4), (2, 1), (2, 3), (3, 1), (3, 2), (4, 64)] {
        bounded(move || {
            let pool = Arc::new(pool(threads, queue));
            let over = Arc::new(Event::new());
            let others = {
                let (pool, over) = (pool.clone(), over.clone());
                thread::spawn(move || {
                    while !over.is_set() {
                        drop(pool.submit_timeout(|| (), LONG).unwrap());
                    }
                })
            };
            let its = pool.clone();
            let tree = pool.submit(move || leaves(&its, 4)).unwrap();
            assert_eq!(tree.result().unwrap(), 16);
            over.set();
            others.join().unwrap();
        });
    }
}
