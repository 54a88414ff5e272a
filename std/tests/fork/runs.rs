//! Runs and threads in a child.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use gimmal::runtime::{self, Runtime};
use gimmal::sync::Event;
use gimmal::thread::{self, Builder, JoinError};

use nix::unistd::ForkResult;

use crate::forking::{Forked, fork_here, forked};
use crate::kit::child::{Child, Part};
use crate::kit::{LONG, SHORT, until_it_sleeps};

pub(crate) const PARTS: &[Part] = &[
    ("run-left", left),
    ("run-member", member),
    ("run-token", token),
    ("run-new", new),
    ("handles", handles),
];

/// A fork in a run whose threads and daemons are at work: the child leaves the run.
fn left() -> i32 {
    static ENDED: AtomicU32 = AtomicU32::new(0);
    let go = Arc::new(Event::new());
    let outcome = Runtime::run(|rt| {
        at_work(rt, &go);
        match fork_here() {
            ForkResult::Parent { child } => {
                Forked::with(child).exits_with(7);
                go.set();
                0
            }
            ForkResult::Child => {
                // What the child starts is joined in the child.
                drop(thread::spawn(|| {
                    assert!(Event::new().wait_timeout(SHORT).is_err());
                    ENDED.fetch_add(1, SeqCst);
                }));
                let stop = rt.termination();
                drop(Builder::new().daemon(true).spawn(move || stop.wait()));
                7
            }
        }
    });
    assert!(outcome.panics.is_empty() && outcome.abandoned.is_empty());
    let code = outcome.result.unwrap();
    assert_eq!(ENDED.load(SeqCst), u32::from(code == 7));
    code
}

/// A thread and a daemon of the run, which wait.
fn at_work(rt: &Runtime, go: &Arc<Event>) {
    let (its, stop) = (go.clone(), rt.termination());
    drop(Builder::new().name("works").spawn(move || its.wait()));
    let daemon = Builder::new().name("daemon").daemon(true);
    drop(daemon.spawn(move || stop.wait()));
    until_it_sleeps("works");
    until_it_sleeps("daemon");
}

#[test]
fn f10_a_child_leaves_the_run_that_it_was_forked_in() {
    Child::start("run-left").exits_with(0);
}

/// A thread of the run forks, and ends in the child as a thread does: with it the process, which has no other.
fn member() -> i32 {
    let go = Arc::new(Event::new());
    let outcome = Runtime::run(|rt| {
        at_work(rt, &go);
        let its = go.clone();
        drop(thread::spawn(move || match fork_here() {
            ForkResult::Parent { child } => {
                Forked::with(child).exits_with(0);
                its.set();
            }
            ForkResult::Child => drop(thread::spawn(|| ())),
        }));
    });
    assert!(outcome.panics.is_empty() && outcome.abandoned.is_empty());
    outcome.exit_code()
}

#[test]
fn f10_a_thread_of_a_run_that_forks_ends_in_the_child() {
    Child::start("run-member").exits_with(0);
}

/// Asking the run in the child says nothing to the parent, and the other way round.
fn token() -> i32 {
    let outcome = Runtime::run(|rt| {
        let stop = rt.termination();
        let told = Arc::new(Event::new());
        let subscription = stop.on(told.clone());
        let its = stop.clone();
        let waits = Builder::new().name("waits").spawn(move || its.wait());
        until_it_sleeps("waits");
        forked(|| {
            assert!(stop.wait_timeout(SHORT).is_err());
            let mine = Arc::new(Event::new());
            let _mine = stop.on(mine.clone());
            rt.termination().request();
            stop.wait();
            assert!(mine.is_set() && !told.is_set());
        });
        assert!(!stop.is_requested());
        stop.request();
        assert!(told.is_set());
        forked(|| assert!(stop.is_requested()));
        drop(subscription);
        waits.unwrap().join().unwrap();
    });
    outcome.exit_code()
}

#[test]
fn f10_a_run_that_is_asked_in_the_child_is_not_asked_in_the_parent() {
    Child::start("run-token").exits_with(0);
}

/// A child has runs of its own, with members of its own.
fn new() -> i32 {
    static ENDED: AtomicU32 = AtomicU32::new(0);
    forked(|| {
        assert!(runtime::current().is_none());
        let outcome = Runtime::run(|_| {
            for _ in 0..8 {
                drop(thread::spawn(|| ENDED.fetch_add(1, SeqCst)));
            }
            forked(|| ());
        });
        assert_eq!((outcome.exit_code(), ENDED.load(SeqCst)), (0, 8));
    });
    0
}

#[test]
fn f10_a_child_has_runs_of_its_own() {
    Child::start("run-new").exits_with(0);
}

/// Handles of threads that the child does not have.
fn handles() -> i32 {
    let go = Arc::new(Event::new());
    let spawn = |name: &str| {
        let its = go.clone();
        let thread = Builder::new().name(name).spawn(move || its.wait()).unwrap();
        until_it_sleeps(name);
        Some(thread)
    };
    let (mut one, mut two, mut three) = (spawn("one"), spawn("two"), spawn("three"));
    let mut done = Some(thread::spawn(|| 7));
    while !done.as_ref().is_some_and(|done| done.is_finished()) {
        std::thread::yield_now();
    }
    let all = |one: Option<thread::JoinHandle<()>>, two: Option<thread::JoinHandle<()>>| {
        let refused = |joined| matches!(joined, Err(JoinError::WouldDeadlock));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(!one.is_finished() && one.name() == Some("one"));
        assert!(refused(one.join()));
        assert!(two.join_timeout(LONG).is_ok_and(refused));
    };
    forked(|| {
        all(one.take(), two.take());
        drop(three.take());
        assert_eq!(done.take().unwrap().join().unwrap(), 7);
        assert_eq!(thread::spawn(|| 8).join().unwrap(), 8);
    });
    // In a run the handles share the thread with it.
    let outcome = Runtime::run(|_| {
        let its = go.clone();
        let member = Builder::new()
            .name("member")
            .spawn(move || its.wait())
            .unwrap();
        until_it_sleeps("member");
        let mut member = Some(member);
        forked(|| {
            let joined = member.take().unwrap().join();
            assert!(matches!(joined, Err(JoinError::WouldDeadlock)));
        });
        forked(|| drop(member.take()));
        go.set();
        member.take().unwrap().join().unwrap();
    });
    for thread in [one.take(), two.take(), three.take()] {
        thread.unwrap().join().unwrap();
    }
    assert_eq!(done.take().unwrap().join().unwrap(), 7);
    outcome.exit_code()
}

#[test]
fn f10_joining_a_thread_of_the_parent_is_refused() {
    Child::start("handles").exits_with(0);
}
