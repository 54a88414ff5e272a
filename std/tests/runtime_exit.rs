//! Runs and the process: signals, exit codes, and what an abandoned daemon does not hold up. Each in a process of its own,
//! which plays a part of this file: see `kit/child.rs`.
#![cfg(unix)]

mod kit;

use std::sync::Arc;
use std::time::Duration;

use gimmal::channel::Sender;
use gimmal::error::TimedOut;
use gimmal::signal::{Reason, Second};
use gimmal::sync::Event;
use gimmal::thread::{self, Builder};
use gimmal::{Runtime, Stop, Termination, channel, runtime};
use nix::sys::signal::Signal;

use kit::child::{Child, Part, play, say};

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

/// The parts that children play.
const PARTS: &[Part] = &[
    ("before", before),
    ("during", during),
    ("asked", asked),
    ("first", first),
    ("nested", nested),
    ("grace", grace),
    ("beside", beside),
    ("panics", panics),
    ("hangs", hangs),
    ("requested", requested),
    ("abandons", abandons),
];

fn install() -> Termination {
    Termination::install().unwrap()
}

/// Says so when it is told to stop.
struct Says(&'static str);

impl Stop for Says {
    fn stop(&self) {
        say(self.0);
    }
}

fn before() -> i32 {
    let _termination = install();
    let outcome = Runtime::run(|rt| {
        let stop = rt.termination();
        let ticker = Builder::new().daemon(true).name("ticker");
        drop(ticker.spawn(move || stop.wait()).unwrap());
        let stop = rt.termination();
        drop(thread::spawn(move || {
            stop.wait();
            say("thread");
        }));
        say("ready");
        rt.termination().wait();
    });
    say("joined");
    assert!(outcome.abandoned.is_empty());
    outcome.exit_code()
}

#[test]
fn a_signal_asks_the_run_and_is_its_exit_code() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let child = Child::start("before");
        child.says("ready");
        child.send(signal);
        child.says("thread");
        child.says("joined");
        child.exits_with(status);
    }
}

fn during() -> i32 {
    let outcome = Runtime::run(|rt| {
        // Its thread belongs to no run, else this one would wait for it.
        let termination = install();
        let (sender, receiver) = channel::bounded(1);
        let subscription = termination.on_request(move |_| {
            sender.send(runtime::current().is_none()).unwrap();
        });
        let stop = rt.termination();
        thread::spawn(move || {
            stop.wait();
            assert!(receiver.recv().unwrap());
            drop((subscription, termination));
        });
        say("ready");
    });
    outcome.exit_code()
}

#[test]
fn a_termination_that_is_installed_during_the_run_is_followed_too() {
    let child = Child::start("during");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

fn asked() -> i32 {
    let termination = install();
    say("ready");
    termination.wait();
    let outcome = Runtime::run(|rt| rt.termination().is_requested());
    let code = outcome.exit_code();
    assert!(outcome.result.unwrap());
    code
}

#[test]
fn a_run_that_begins_after_the_signal_is_asked_from_the_beginning() {
    let child = Child::start("asked");
    child.says("ready");
    child.send(Signal::SIGINT);
    child.exits_with(130);
}

/// Sends its word when it is told to stop.
struct Sends(Sender<&'static str>);

impl Stop for Sends {
    fn stop(&self) {
        self.0.send("run").unwrap();
    }
}

fn first() -> i32 {
    let termination = install();
    let (sender, receiver) = channel::bounded(2);
    let its = sender.clone();
    let _subscription = termination.on_request(move |_| its.send("subscriber").unwrap());
    let outcome = Runtime::run(|rt| {
        let _subscription = rt.termination().on(Sends(sender));
        say("ready");
        receiver.iter().take(2).for_each(say);
    });
    outcome.exit_code()
}

#[test]
fn runs_are_asked_before_all_subscribers() {
    let child = Child::start("first");
    child.says("ready");
    child.send(Signal::SIGINT);
    child.says("run");
    child.says("subscriber");
    child.exits_with(130);
}

fn nested() -> i32 {
    let _termination = install();
    let outcome = Runtime::run(|outer| {
        let inner = thread::spawn(|| {
            let run = Runtime::run(|inner| {
                say("ready");
                inner.termination().wait();
            });
            run.exit_code()
        });
        outer.termination().wait();
        inner.join().unwrap()
    });
    assert_eq!(outcome.exit_code(), outcome.result.unwrap());
    143
}

#[test]
fn a_signal_asks_all_runs_there_are() {
    let child = Child::start("nested");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

fn grace() -> i32 {
    let termination = install();
    let outcome = Runtime::builder()
        .daemon_grace(Duration::MAX)
        .run(move |rt| {
            let stop = rt.termination();
            let daemon = Builder::new().daemon(true);
            let daemon = daemon.spawn(move || {
                stop.wait();
                // Only now, when the end of the run has begun.
                say("ready");
                termination.wait();
            });
            drop(daemon.unwrap());
        });
    outcome.exit_code()
}

#[test]
fn a_signal_during_the_grace_is_the_exit_code_too() {
    let child = Child::start("grace");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

/// A subscriber that keeps the signal's thread until the event is set.
struct Keeps(Arc<Event>);

impl Stop for Keeps {
    fn stop(&self) {
        self.0.wait();
    }
}

/// The signal's thread is at the other run when this one ends.
fn beside() -> i32 {
    let termination = install();
    let (listens, ended) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let other = std::thread::spawn({
        let (listens, ended) = (listens.clone(), ended.clone());
        move || {
            Runtime::run(|rt| {
                let _subscription = rt.termination().on(Keeps(ended.clone()));
                listens.set();
                ended.wait();
            })
        }
    });
    listens.wait();
    let outcome = Runtime::run(|_| {
        say("ready");
        termination.wait();
    });
    ended.set();
    let other = other.join().unwrap();
    assert_eq!(other.exit_code(), outcome.exit_code());
    outcome.exit_code()
}

#[test]
fn a_run_that_ends_before_it_is_asked_knows_the_signal() {
    let child = Child::start("beside");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

fn panics() -> i32 {
    let _termination = install();
    let outcome = Runtime::run(|rt| {
        let stop = rt.termination();
        drop(thread::spawn(move || {
            stop.wait();
            panic!("on purpose");
        }));
        say("ready");
    });
    assert_eq!(outcome.panics.len(), 1);
    outcome.exit_code()
}

#[test]
fn a_panic_during_the_stop_is_the_exit_code() {
    let child = Child::start("panics");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(101);
}

fn hangs() -> i32 {
    let termination = install();
    termination.on_second(Second::Exit);
    let outcome = Runtime::run(|_| {
        drop(thread::spawn(|| Event::new().wait()));
        let told = termination.on(Says("stopping"));
        say("ready");
        termination.wait();
        told
    });
    drop(outcome.result);
    0
}

#[test]
fn a_second_signal_ends_a_run_that_hangs() {
    let child = Child::start("hangs");
    child.says("ready");
    child.send(Signal::SIGINT);
    child.says("stopping");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

fn requested() -> i32 {
    let termination = install();
    let outcome = Runtime::run(|rt| {
        termination.request();
        rt.termination().wait();
        assert_eq!(termination.reason(), Some(Reason::Requested));
    });
    outcome.result.unwrap();
    drop(termination);
    // The next one has nothing to do with it.
    let outcome = Runtime::run(|rt| {
        let waited = rt.termination().wait_timeout(kit::SHORT);
        assert_eq!(waited, Err(TimedOut));
    });
    outcome.exit_code()
}

#[test]
fn a_request_of_the_program_asks_the_run_and_is_no_exit_code() {
    Child::start("requested").exits_with(0);
}

fn abandons() -> i32 {
    let hangs = Arc::new(Event::new());
    let outcome = Runtime::builder().daemon_grace(Duration::ZERO).run(|_| {
        let deaf = Builder::new().name("deaf").daemon(true);
        drop(deaf.spawn(move || hangs.wait()).unwrap());
    });
    say(outcome.abandoned[0].name().unwrap());
    outcome.exit_code()
}

#[test]
fn an_abandoned_daemon_does_not_hold_up_the_process() {
    let child = Child::start("abandons");
    child.says("deaf");
    child.exits_with(0);
}
