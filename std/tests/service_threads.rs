//! Threads that the library starts for itself, each in a process of its own, where they are started for the first time: they
//! belong to no run. And what is a worker knows it to its last thread-local.
//! Each process plays a part of this file: see `kit/child.rs`.
#![cfg(unix)]

mod kit;

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use gimmal::pool::{Shutdown, WaitTimeoutError, WouldDeadlock};
use gimmal::runtime::{self, Runtime};
use gimmal::sync::Event;
use gimmal::thread;
use gimmal::{Termination, ThreadPool, Timer};

use kit::LONG;
use kit::child::{Child, Part, play};

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

const PARTS: &[Part] = &[
    ("timer", timer),
    ("callback", callback),
    ("pool", pool),
    ("termination", termination),
    ("dropped-last", dropped_last),
    ("joined-last", joined_last),
    ("scoped-last", scoped_last),
];

const MILLI: Duration = Duration::from_millis(1);

/// The first timer of the process is started in a run.
fn timer() -> i32 {
    let outcome = Runtime::run(|_| Timer::after(MILLI, || ()).wait());
    assert!(outcome.result.is_ok() && outcome.abandoned.is_empty());
    outcome.exit_code()
}

#[test]
fn f3_the_first_timer_of_a_process_does_not_keep_the_run_that_starts_it() {
    Child::start("timer").exits_with(0);
}

/// What a callback starts belongs to no run, whoever needed the timer thread first.
fn callback() -> i32 {
    let started = Arc::new(Event::new());
    let its = started.clone();
    let outcome = Runtime::run(move |_| {
        let callback = move || {
            assert!(runtime::current().is_none());
            // Nobody joins it, so it keeps nobody.
            drop(thread::spawn(|| Event::new().wait()));
            its.set();
        };
        Timer::after(MILLI, callback).wait();
    });
    assert!(started.is_set());
    outcome.exit_code()
}

#[test]
fn f3_what_a_timer_callback_starts_belongs_to_no_run() {
    Child::start("callback").exits_with(0);
}

fn pool() -> i32 {
    static POOL: OnceLock<ThreadPool> = OnceLock::new();
    let outcome = Runtime::run(|_| {
        let pool = POOL.get_or_init(|| ThreadPool::builder().threads(2).build());
        let job = pool.submit(|| {
            drop(thread::spawn(|| Event::new().wait()));
            runtime::current().is_none()
        });
        job.unwrap().result().unwrap()
    });
    assert_eq!(POOL.get().map(ThreadPool::workers), Some(1));
    assert!(outcome.result.unwrap());
    0
}

#[test]
fn f3_a_pool_that_is_first_used_in_a_run_does_not_keep_it() {
    Child::start("pool").exits_with(0);
}

fn termination() -> i32 {
    let outcome = Runtime::run(|_| {
        let termination = Termination::install().unwrap();
        let told = Arc::new(Event::new());
        let its = told.clone();
        let subscription = termination.on_request(move |_| {
            assert!(runtime::current().is_none());
            drop(thread::spawn(|| Event::new().wait()));
            its.set();
        });
        termination.request();
        told.wait();
        drop(subscription);
        termination
    });
    let termination = outcome.result.unwrap();
    assert!(termination.is_requested());
    0
}

#[test]
fn f3_a_termination_that_is_installed_in_a_run_does_not_keep_it() {
    Child::start("termination").exits_with(0);
}

/// Runs a closure when it is dropped: in a thread-local, when its thread is all but over.
struct Last(Option<Box<dyn FnOnce()>>);

impl Last {
    fn thing(f: impl FnOnce() + 'static) {
        LAST.set(Some(Last(Some(Box::new(f)))));
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        self.0.take().expect("dropped once")();
    }
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// The last share of a pool lies in a thread-local of its worker, and is dropped when nobody else has one.
fn dropped_last() -> i32 {
    let (going, gone) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let pool = Arc::new(ThreadPool::builder().threads(2).build());
    let (its, go, end) = (pool.clone(), going.clone(), gone.clone());
    let job = pool.submit(move || {
        Last::thing(move || {
            go.wait();
            assert_eq!(Arc::strong_count(&its), 1);
            drop(its);
            end.set();
        });
    });
    job.unwrap().result().unwrap();
    pool.shutdown(Shutdown::Drain);
    drop(pool);
    going.set();
    gone.wait_timeout(LONG).unwrap();
    0
}

#[test]
fn f7_the_last_share_of_a_pool_may_lie_in_a_thread_local_of_its_worker() {
    Child::start("dropped-last").exits_with(0);
}

/// A worker that joins its pool in its last thread-local is told.
fn joined_last() -> i32 {
    let pool = Arc::new(ThreadPool::builder().threads(1).build());
    let told = Arc::new(Mutex::new(None));
    let (its, tell) = (pool.clone(), told.clone());
    let job = pool.submit(move || {
        Last::thing(move || {
            let both = (its.join(), its.join_timeout(LONG));
            *tell.lock().unwrap() = Some(both);
        });
    });
    job.unwrap().result().unwrap();
    pool.join().unwrap();
    let both = (Err(WouldDeadlock), Err(WaitTimeoutError::WouldDeadlock));
    assert_eq!(told.lock().unwrap().take(), Some(both));
    0
}

#[test]
fn f7_a_worker_that_joins_its_pool_in_a_thread_local_is_told() {
    Child::start("joined-last").exits_with(0);
}

/// What a scoped thread starts in its last thread-local belongs to the run, as what it started before.
fn scoped_last() -> i32 {
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    let go = Arc::new(Event::new());
    let its = go.clone();
    let outcome = Runtime::run(|_| {
        thread::scope(|scope| {
            let scoped = scope.builder().spawn(move || {
                Last::thing(move || {
                    drop(thread::spawn(move || {
                        its.wait();
                        ENDED.fetch_add(1, SeqCst);
                    }));
                });
            });
            scoped.unwrap().join().unwrap();
        });
        // It is let go when the run has begun to wait, or before.
        drop(thread::spawn(move || go.set()));
    });
    assert_eq!(ENDED.load(SeqCst), 1);
    outcome.exit_code()
}

#[test]
fn f7_what_a_scoped_thread_starts_in_a_thread_local_belongs_to_the_run() {
    Child::start("scoped-last").exits_with(0);
}
