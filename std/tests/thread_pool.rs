//! The contract of the pool: workers with names, started late and kept, and a bounded queue that gives closures back.

#[path = "thread_pool/held.rs"]
mod held;
mod kit;

use std::panic::panic_any;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Waker};
use std::thread::{self, current};
use std::time::{Duration, Instant};

use gimmal::ThreadPool;
use gimmal::pool::{JobError, SubmitError, wait_all};
use gimmal::sync::Event;

use held::{block_on, hold, pool};
use kit::{Drops, LONG, SHORT, bounded, until, until_it_sleeps};

/// A moment that is over.
fn past() -> Instant {
    let now = Instant::now();
    now.checked_sub(SHORT).unwrap_or(now)
}

// --- workers ---

#[test]
fn workers_have_the_name_of_the_pool_and_a_number() {
    let pool = ThreadPool::builder().threads(2).name("baker").build();
    let name = || current().name().map(String::from);
    let first = hold(&pool);
    assert_eq!(
        pool.submit(name).unwrap().result().unwrap().as_deref(),
        Some("baker-1")
    );
    first.end();
    let default = ThreadPool::builder().threads(1).build();
    let named = default.submit(name).unwrap().result().unwrap();
    assert_eq!(named.as_deref(), Some("gimmal-pool-0"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_is_the_operating_systems_too() {
    let pool = ThreadPool::builder()
        .threads(1)
        .name("a-long-prefix")
        .build();
    let comm = || std::fs::read_to_string("/proc/thread-self/comm").unwrap();
    let comm = pool.submit(comm).unwrap().result().unwrap();
    assert_eq!(comm.trim(), "a-long-prefix-0");
}

#[test]
fn workers_are_started_when_there_are_jobs_for_them() {
    let pool = pool(3, 8);
    assert_eq!((pool.workers(), pool.threads()), (0, 3));
    let held: Vec<_> = (1..=3)
        .map(|workers| {
            let held = hold(&pool);
            assert_eq!(pool.workers(), workers);
            held
        })
        .collect();
    let further = pool.submit(|| ()).unwrap();
    assert_eq!(pool.workers(), 3);
    held.into_iter().for_each(held::Held::end);
    further.result().unwrap();
    assert_eq!(pool.workers(), 3);
}

#[test]
fn a_worker_that_is_done_is_used_again() {
    bounded(|| {
        let pool = pool(4, 8);
        let first = pool.submit(|| current().id()).unwrap().result().unwrap();
        for round in 0..kit::rounds(4_000) {
            let job = pool.submit(|| current().id()).unwrap();
            match round % 4 {
                0 => wait_all(&[&job]).unwrap(),
                1 => until(|| job.is_done()),
                // Seen as soon as can be, if the worker runs beside this thread.
                2 => drop((0..kit::rounds(10_000)).find(|_| job.is_done())),
                _ => {}
            }
            assert_eq!(job.result().unwrap(), first);
        }
        assert_eq!(pool.workers(), 1);
    });
}

#[test]
fn jobs_that_come_together_get_a_worker_each() {
    bounded(|| {
        for _ in 0..50 {
            let pool = pool(3, 8);
            let met = Arc::new(Barrier::new(3));
            let jobs = [(); 3].map(|()| {
                let met = met.clone();
                pool.submit(move || met.wait().is_leader()).unwrap()
            });
            let leaders = jobs.map(|job| usize::from(job.result().unwrap()));
            assert_eq!(leaders.iter().sum::<usize>(), 1);
        }
    });
}

#[test]
fn a_worker_in_a_callback_is_not_taken_for_an_idle_one() {
    bounded(|| {
        let pool = pool(2, 8);
        let event = Arc::new(Event::new());
        let its = event.clone();
        let first = hold(&pool);
        first.job.on_done(move |_| its.wait());
        first.end();
        // The callback waits for what only another worker can do.
        let job = pool.submit(move || event.set()).unwrap();
        job.result().unwrap();
    });
}

#[test]
fn a_job_that_panics_leaves_the_worker_as_it_was() {
    let pool = pool(1, 8);
    let worker = pool.submit(|| current().id()).unwrap().result().unwrap();
    for _ in 0..10 {
        let result = pool.submit(|| panic_any(7_u8)).unwrap().result();
        let Err(JobError::Panicked(payload)) = result else {
            panic!("it has not panicked");
        };
        assert_eq!(*payload.downcast::<u8>().unwrap(), 7);
    }
    let same = pool.submit(|| current().id()).unwrap().result().unwrap();
    assert_eq!(same, worker);
}

#[test]
fn a_stack_is_as_large_as_it_was_asked_for() {
    fn deep(levels: usize) -> usize {
        let page = std::hint::black_box([levels as u8; 4096]);
        match levels {
            0 => 0,
            _ => deep(levels - 1) + usize::from(page[4095] == levels as u8),
        }
    }
    let pool = ThreadPool::builder().threads(1).stack_size(64 << 20);
    let job = pool.build().submit(|| deep(8000)).unwrap();
    assert_eq!(job.result().unwrap(), 8000);
}

#[test]
fn without_any_thread_the_closure_comes_back() {
    let pool = ThreadPool::builder().stack_size(usize::MAX / 4).build();
    let refused = pool.submit(|| 5).unwrap_err();
    assert!(matches!(refused, SubmitError::NoThread(_)));
    assert_eq!((refused.into_inner())(), 5);
    assert!(matches!(
        pool.try_submit(|| ()),
        Err(SubmitError::NoThread(_))
    ));
    assert!(matches!(
        block_on(pool.submit_async(|| ())),
        Err(SubmitError::NoThread(_))
    ));
    assert_eq!((pool.workers(), pool.queued()), (0, 0));
}

#[test]
fn what_makes_no_sense_is_refused_when_it_is_said() {
    let panics = |make: fn()| assert!(std::panic::catch_unwind(make).is_err());
    panics(|| drop(ThreadPool::builder().threads(0)));
    panics(|| drop(ThreadPool::builder().queue(0)));
    panics(|| drop(ThreadPool::builder().name("a\0b")));
    panics(|| drop(ThreadPool::builder().queue(usize::MAX).build()));
}

// --- the queue ---

#[test]
fn the_queue_is_bounded_and_a_full_one_gives_the_closure_back() {
    let pool = pool(1, 3);
    let held = hold(&pool);
    let drops = Drops::default();
    let queued: Vec<_> = (0..3)
        .map(|number| {
            let captured = drops.one(number);
            pool.try_submit(move || captured.number()).unwrap()
        })
        .collect();
    assert_eq!((pool.queued(), pool.capacity()), (3, 3));
    let captured = drops.one(3);
    let f = move || captured.number();
    let refused = pool.try_submit(f).unwrap_err();
    assert!(matches!(refused, SubmitError::Full(_)));
    let refused = pool
        .submit_timeout(refused.into_inner(), SHORT)
        .unwrap_err();
    assert!(matches!(refused, SubmitError::TimedOut(_)));
    let f = refused.into_inner();
    let refused = pool.submit_timeout(f, Duration::ZERO).unwrap_err();
    assert!(matches!(refused, SubmitError::TimedOut(_)));
    let refused = pool.submit_deadline(refused.into_inner(), past());
    let refused = refused.unwrap_err();
    assert!(matches!(refused, SubmitError::TimedOut(_)));
    let soon = Instant::now() + SHORT;
    let refused = pool.submit_deadline(refused.into_inner(), soon);
    assert!(Instant::now() >= soon);
    // It has neither run nor been dropped, and is as good as before.
    assert_eq!(drops.count(), 0);
    assert_eq!((refused.unwrap_err().into_inner())(), 3);
    assert_eq!(drops.count(), 1);
    held.end();
    for (number, job) in queued.into_iter().enumerate() {
        assert_eq!(job.result().unwrap(), number);
    }
}

#[test]
fn room_is_taken_although_the_time_is_over() {
    let pool = pool(1, 2);
    let held = hold(&pool);
    let first = pool.submit_timeout(|| 1, Duration::ZERO).unwrap();
    let second = pool.submit_deadline(|| 2, past()).unwrap();
    held.end();
    assert_eq!((first.result().unwrap(), second.result().unwrap()), (1, 2));
}

#[test]
fn who_waits_for_room_is_let_in() {
    bounded(|| {
        let pool = Arc::new(pool(1, 1));
        let held = hold(&pool);
        let mut queued = pool.submit(|| 0).unwrap();
        type Submits = fn(&ThreadPool) -> Result<gimmal::Job<i32>, SubmitError<fn() -> i32>>;
        let forms: [Submits; 4] = [
            |pool| pool.submit(|| 7),
            |pool| pool.submit_timeout(|| 7, LONG),
            |pool| pool.submit_timeout(|| 7, Duration::MAX),
            |pool| pool.submit_deadline(|| 7, Instant::now() + LONG),
        ];
        let mut held = Some(held);
        for (n, form) in forms.into_iter().enumerate() {
            let its = pool.clone();
            let name = format!("submitter-{n}");
            let submitter = thread::Builder::new().name(name.clone());
            let submitter = submitter.spawn(move || form(&its).unwrap()).unwrap();
            until_it_sleeps(&name);
            held.take().unwrap().end();
            queued.result().unwrap();
            assert_eq!(submitter.join().unwrap().result().unwrap(), 7);
            held = Some(hold(&pool));
            queued = pool.submit(|| 0).unwrap();
        }
        held.unwrap().end();
    });
}

#[test]
fn jobs_begin_in_the_order_in_which_they_came() {
    let pool = pool(1, 100);
    let held = hold(&pool);
    let order = Arc::new(Mutex::new(Vec::new()));
    let jobs: Vec<_> = (0..100)
        .map(|number| {
            let order = order.clone();
            pool.submit(move || order.lock().unwrap().push(number))
                .unwrap()
        })
        .collect();
    held.end();
    wait_all(&jobs).unwrap();
    assert!(order.lock().unwrap().iter().copied().eq(0..100));
}

#[test]
fn every_job_of_many_submitters_is_done_once() {
    const JOBS: usize = kit::rounds(500);
    bounded(|| {
        let pool = pool(3, 2);
        let count = Arc::new(AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..JOBS {
                        let count = count.clone();
                        let f = move || count.fetch_add(1, SeqCst);
                        let job = match round % 3 {
                            0 => pool.submit(f).unwrap(),
                            1 => pool.submit_timeout(f, LONG).unwrap(),
                            _ => block_on(pool.submit_async(f)).unwrap(),
                        };
                        if round % 5 == 0 {
                            job.result().unwrap();
                        }
                    }
                });
            }
        });
        drop(pool);
        assert_eq!(count.load(SeqCst), 4 * JOBS);
    });
}

#[test]
fn an_async_submit_waits_for_room_and_loses_nothing_when_it_is_dropped() {
    let pool = pool(1, 1);
    let held = hold(&pool);
    let queued = pool.submit(|| ()).unwrap();
    let drops = Drops::default();
    let captured = drops.one(1);
    {
        let mut waits = pin!(pool.submit_async(move || captured.number()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(waits.as_mut().poll(&mut context).is_pending());
        assert_eq!(drops.count(), 0);
    }
    assert_eq!(drops.count(), 1);
    held.end();
    queued.result().unwrap();
    let job = block_on(pool.submit_async(|| 3)).unwrap();
    assert_eq!(block_on(job).unwrap(), 3);
    assert_eq!(pool.queued(), 0);
}
