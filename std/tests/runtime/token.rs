//! The token of a run: who asks, who is told, and in which order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use gimmal::channel::{self, Sender};
use gimmal::error::TimedOut;
use gimmal::runtime::StopToken;
use gimmal::sync::Event;
use gimmal::thread;
use gimmal::{Runtime, Stop};

use super::daemons::{daemon, impatient};
use crate::kit::{Drops, LONG, bounded, until};

#[test]
fn a_request_reaches_all_forms_of_waiting() {
    bounded(|| {
        let outcome = Runtime::run(|rt| {
            let stop = rt.termination();
            assert_eq!(stop.wait_timeout(Duration::ZERO), Err(TimedOut));
            assert_eq!(stop.wait_deadline(Instant::now()), Err(TimedOut));
            assert!(!stop.is_requested());
            let wait = |form: fn(StopToken)| {
                let stop = stop.clone();
                thread::spawn(move || form(stop))
            };
            let waiting = [
                wait(|stop| stop.wait()),
                wait(|stop| stop.wait_timeout(LONG).unwrap()),
                wait(|stop| stop.wait_deadline(Instant::now() + LONG).unwrap()),
            ];
            stop.request();
            stop.stop();
            waiting
                .into_iter()
                .for_each(|thread| thread.join().unwrap());
            assert!(stop.is_requested() && rt.termination().is_requested());
            assert_eq!(stop.wait_timeout(Duration::ZERO), Ok(()));
        });
        outcome.result.unwrap();
    });
}

#[test]
fn a_request_ends_neither_the_closure_nor_its_threads() {
    bounded(|| {
        let outcome = Runtime::run(|rt| {
            rt.termination().request();
            // Threads are started, and joined, as before.
            let drops = Drops::default();
            let captured = drops.one(0);
            thread::spawn(move || drop(captured)).join().unwrap();
            drops.count()
        });
        assert_eq!(outcome.exit_code(), 0);
        assert_eq!(outcome.result.unwrap(), 1);
    });
}

/// Says its word when it is told to stop.
struct Says(&'static str, Sender<&'static str>);

impl Stop for Says {
    fn stop(&self) {
        self.1.send(self.0).unwrap();
    }
}

struct Panics;

impl Stop for Panics {
    fn stop(&self) {
        panic!("not the others' business");
    }
}

#[test]
fn subscribers_are_stopped_in_order_and_a_panic_stops_none() {
    bounded(|| {
        let (sender, log) = channel::bounded(8);
        let says = |word| Says(word, sender.clone());
        let outcome = Runtime::run(|rt| {
            let stop = rt.termination();
            let kept = [
                stop.on(says("first")),
                stop.on(Panics),
                stop.on(says("second")),
            ];
            drop(stop.on(says("removed")));
            (stop, kept)
        });
        assert_eq!(log.try_iter().collect::<Vec<_>>(), ["first", "second"]);
        // It has been asked: now and here.
        let (stop, _kept) = outcome.result.unwrap();
        drop(stop.on(says("late")));
        assert_eq!(log.try_recv(), Ok("late"));
    });
}

#[test]
fn a_blocked_daemon_is_ended_by_stopping_what_it_waits_for() {
    bounded(|| {
        let (sender, receiver) = channel::bounded::<u8>(4);
        let outcome = Runtime::builder().daemon_grace(LONG).run(|rt| {
            let stop = rt.termination();
            sender.send(1).unwrap();
            daemon("receives", move || {
                let _subscription = stop.on(receiver.clone());
                receiver.iter().count()
            })
        });
        assert!(outcome.abandoned.is_empty());
        assert_eq!(outcome.result.unwrap().join().unwrap(), 1);
        assert!(sender.send(2).is_err());
    });
}

/// Starts a thread when it is told to stop.
struct Starts(Arc<AtomicUsize>);

impl Stop for Starts {
    fn stop(&self) {
        let ran = self.0.clone();
        thread::spawn(move || ran.fetch_add(1, SeqCst));
    }
}

#[test]
fn a_thread_that_a_subscriber_starts_is_joined() {
    bounded(|| {
        let ran = Arc::new(AtomicUsize::new(0));
        let its = ran.clone();
        let outcome = impatient(|rt| rt.termination().on(Starts(its)));
        assert_eq!(ran.load(SeqCst), 1);
        drop(outcome.result);
    });
}

#[test]
fn a_request_reaches_the_runs_inside_and_not_the_one_around() {
    bounded(|| {
        let outcome = Runtime::run(|outer| {
            let inner = Runtime::run(|inner| {
                inner.termination().request();
                assert!(!outer.termination().is_requested());
            });
            inner.result.unwrap();
            // Its end asked its own threads only.
            assert!(!outer.termination().is_requested());
            let (sender, begun) = channel::bounded(1);
            let nested = thread::spawn(move || {
                let run = Runtime::run(|inner| {
                    sender.send(()).unwrap();
                    inner.termination().wait();
                });
                run.result.unwrap();
            });
            begun.recv().unwrap();
            outer.termination().request();
            nested.join().unwrap();
            // One that begins later is asked from the beginning.
            let asked = Runtime::run(|inner| inner.termination().is_requested());
            assert!(asked.result.unwrap());
        });
        outcome.result.unwrap();
    });
}

#[test]
fn runs_beside_each_other_do_not_know_each_other() {
    bounded(|| {
        let waits = Arc::new(Event::new());
        let its = waits.clone();
        let other = std::thread::spawn(move || {
            let outcome = Runtime::run(|rt| {
                its.wait();
                rt.termination().is_requested()
            });
            outcome.result.unwrap()
        });
        impatient(|rt| rt.termination().request()).result.unwrap();
        waits.set();
        assert!(!other.join().unwrap());
    });
}

#[test]
fn what_is_held_after_the_end_keeps_nothing() {
    bounded(|| {
        let drops = Drops::default();
        let outcome = impatient(|rt| {
            let captured = drops.one(0);
            let ended = daemon("ended", move || drop(captured));
            until(|| ended.is_finished());
            (rt.clone(), rt.termination(), ended)
        });
        assert_eq!(drops.count(), 1);
        let (rt, stop, ended) = outcome.result.unwrap();
        assert!(stop.is_requested() && rt.termination().is_requested());
        ended.join().unwrap();
    });
}
