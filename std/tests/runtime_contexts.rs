//! Contexts that belong to a run: shut down when it is asked to stop, ended when its threads have
//! ended, and what was left is told. With signals each in a process of its own: see `kit/child.rs`.
#![cfg(unix)]

mod kit;

use std::time::Duration;

use gimmal::error::socket::{RecvError, SendReason};
use gimmal::thread::{self, Builder};
use gimmal::{Context, Runtime, Termination};
use nix::sys::signal::Signal;

use kit::child::{Child, Part, play, say};

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

/// The parts that children play.
const PARTS: &[Part] = &[("sixteen", sixteen), ("keeps", keeps)];

#[test]
fn a_run_has_one_context_and_may_own_more() {
    let outcome = Runtime::run(|rt| {
        let here = rt.context().pull().unwrap();
        here.bind("inproc://same").unwrap();
        let there = rt.context().push().unwrap();
        there.connect("inproc://same").unwrap();
        assert_eq!(rt.context().open_sockets(), 2);
        let numbers = rt.own(Context::<u64>::typed());
        assert_eq!(numbers.open_sockets(), 0);
        (rt.context(), numbers)
    });
    assert_eq!(
        (outcome.left.undelivered, outcome.left.still_open.len()),
        (0, 0)
    );
    let (first, second) = outcome.unwrap_or_resume();
    assert!(first.is_terminated() && second.is_terminated());
}

#[test]
fn a_run_that_never_asks_has_none() {
    let outcome = Runtime::run(|_| ());
    assert_eq!(outcome.left, gimmal::runtime::Leftover::default());
}

#[test]
fn daemons_that_receive_end_with_the_run() {
    let (sender, reasons) = gimmal::channel::bounded(4);
    let outcome = Runtime::run(|rt| {
        for _ in 0..4 {
            let (context, sender) = (rt.context(), sender.clone());
            let daemon = move || {
                let mut pull = context.pull().unwrap();
                pull.bind(&format!("inproc://{:?}", std::thread::current().id()))
                    .unwrap();
                sender.send(pull.recv().unwrap_err()).unwrap();
            };
            Builder::new().daemon(true).spawn(daemon).unwrap();
        }
    });
    assert!(outcome.abandoned.is_empty(), "the shutdown has ended them");
    drop(sender);
    assert!(reasons.iter().all(|reason| reason == RecvError::Terminated));
    assert!(outcome.left.still_open.is_empty());
}

#[test]
fn what_is_sent_before_the_stop_is_read_before_terminated() {
    let outcome = Runtime::run(|rt| {
        let context = rt.context();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://jobs").unwrap();
        let mut push = context.push().unwrap();
        push.connect("inproc://jobs").unwrap();
        push.send("one").unwrap();
        rt.termination().request();
        assert_eq!(push.send("two").unwrap_err().reason, SendReason::Terminated);
        assert!(pull.recv().unwrap() == "one");
        pull.recv().unwrap_err()
    });
    assert_eq!(outcome.unwrap_or_resume(), RecvError::Terminated);
}

#[test]
fn an_outcome_counts_what_was_not_delivered_and_names_what_is_open() {
    let builder = Runtime::builder().daemon_grace(Duration::from_millis(50));
    let outcome = builder.run(|rt| {
        let mut push = rt.context().push().unwrap();
        push.connect("inproc://nobody").unwrap();
        push.send("lost").unwrap();
        drop(push);
        let kept = rt.own(Context::<u64>::typed());
        kept.router().unwrap()
    });
    assert_eq!(outcome.left.undelivered, 1);
    assert_eq!(outcome.left.still_open.len(), 1);
    assert!(
        outcome.left.still_open[0].contains("Router"),
        "{}",
        outcome.left
    );
    drop(outcome.unwrap_or_resume());
}

#[test]
fn a_run_inside_a_run_has_a_context_of_its_own() {
    let outcome = Runtime::run(|outer| {
        let context = outer.context();
        let inner = Runtime::run(|inner| inner.context());
        assert!(inner.unwrap_or_resume().is_terminated());
        assert!(!context.is_terminated());
    });
    outcome.unwrap_or_resume();
}

/// Sixteen threads, four in each of four calls that block.
fn sixteen() -> i32 {
    let _termination = Termination::install().unwrap();
    let outcome = Runtime::run(|rt| {
        let (ready, all) = gimmal::channel::bounded(16);
        for number in 0..16 {
            let (context, ready) = (rt.context(), ready.clone());
            thread::spawn(move || {
                let name = format!("inproc://{number}");
                match number % 4 {
                    0 => {
                        let mut rep = context.rep().unwrap();
                        rep.bind(&name).unwrap();
                        ready.send(()).unwrap();
                        assert_eq!(rep.recv().unwrap_err(), RecvError::Terminated);
                    }
                    1 => {
                        let mut req = context.req().unwrap();
                        req.connect(&name).unwrap();
                        req.send("is there anybody?").unwrap();
                        ready.send(()).unwrap();
                        assert_eq!(req.recv().unwrap_err(), RecvError::Terminated);
                    }
                    2 => {
                        let mut push = context.push().unwrap();
                        push.bind(&name).unwrap();
                        ready.send(()).unwrap();
                        let error = push.send("nobody takes it").unwrap_err();
                        assert_eq!(error.reason, SendReason::Terminated);
                    }
                    _ => {
                        let mut subscribe = context.subscribe().unwrap();
                        subscribe.subscribe("").unwrap();
                        subscribe.connect(&name).unwrap();
                        ready.send(()).unwrap();
                        assert_eq!(subscribe.recv().unwrap_err(), RecvError::Terminated);
                    }
                }
            });
        }
        (0..16).for_each(|_| all.recv().unwrap());
        say("ready");
    });
    assert!(outcome.left.still_open.is_empty());
    outcome.exit_code()
}

#[test]
fn a_signal_ends_every_blocked_call_of_a_runs_context_in_order() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        for _ in 0..10 {
            let child = Child::start("sixteen");
            child.says("ready");
            child.send(signal);
            child.exits_with(status);
        }
    }
}

/// A daemon that keeps its socket and does not end.
fn keeps() -> i32 {
    let builder = Runtime::builder().daemon_grace(Duration::from_millis(50));
    let outcome = builder.run(|rt| {
        let (context, (ready, is_ready)) = (rt.context(), gimmal::channel::bounded(1));
        let deaf = Builder::new().daemon(true).name("deaf");
        let main = move || {
            let _kept = context.pull().unwrap();
            ready.send(()).unwrap();
            gimmal::sync::Event::new().wait();
        };
        deaf.spawn(main).unwrap();
        is_ready.recv().unwrap();
    });
    let left = outcome.left.to_string();
    // Without the line, which only builds with debug assertions name.
    let line = left.find(" (").unwrap_or(left.len() - 1);
    say(&left[..line]);
    outcome.exit_code()
}

#[test]
fn a_daemon_that_keeps_its_socket_is_named() {
    let child = Child::start("keeps");
    child.says("0 messages were not delivered; 1 socket is still open: Pull of deaf");
    child.exits_with(0);
}
