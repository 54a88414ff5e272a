//! Signals, and what ends a process, in a child.

use std::process::exit;
use std::sync::Arc;

use gimmal::signal::{Reason, Second};
use gimmal::sync::Event;
use gimmal::{Runtime, Termination, channel};
use nix::sys::signal::{Signal, raise};

use crate::forking::{Forked, forked};
use crate::kit::child::{Child, Part, say};
use crate::kit::{LONG, SHORT};

pub(crate) const PARTS: &[Part] = &[
    ("leaves", leaves),
    ("exits", exits),
    ("default", default),
    ("armed", armed),
    ("ignored", ignored),
    ("old", old),
    ("new", new),
    ("run", run),
];

const TERM: Reason = Reason::Signal(Signal::SIGTERM as i32);

fn install() -> Termination {
    Termination::install().unwrap()
}

/// A parent that waits for the signal that is sent to it, and what its subscribers are told.
fn still_works(termination: &Termination) -> i32 {
    assert!(!termination.is_requested());
    let (sender, receiver) = channel::bounded(1);
    let _told = termination.on_request(move |reason| sender.send(reason).unwrap());
    say("ready");
    assert_eq!(termination.wait(), TERM);
    assert_eq!(receiver.recv_timeout(LONG), Ok(TERM));
    termination.exit_code()
}

/// The child drops all it has, as it does when it leaves `main`.
fn leaves() -> i32 {
    let termination = install();
    let other = termination.clone();
    let subscription = termination.on(Arc::new(Event::new()));
    let mut all = Some((termination, other, subscription));
    let child = Forked::new(|| {
        drop(all.take());
        0
    });
    child.exits_with(0);
    let (termination, _other, _subscription) = all.unwrap();
    still_works(&termination)
}

#[test]
fn f4_a_forked_child_leaves_its_parent_alone() {
    let child = Child::start("leaves");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

/// The child exits, or is killed, with all it has in place.
fn exits() -> i32 {
    let termination = install();
    Forked::new(|| exit(3)).exits_with(3);
    Forked::new(|| {
        raise(Signal::SIGINT).unwrap();
        4
    })
    .dies_of(Signal::SIGINT);
    still_works(&termination)
}

#[test]
fn f4_a_forked_child_that_exits_or_is_killed_leaves_its_parent_alone() {
    let child = Child::start("exits");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

/// A child that has not installed anything is killed by what would have killed it without a `Termination`, grandchildren too.
fn default() -> i32 {
    let termination = install();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let raises = || {
            raise(signal).unwrap();
            4
        };
        Forked::new(raises).dies_of(signal);
        forked(|| Forked::new(raises).dies_of(signal));
        // From outside, while it waits.
        let (ready, waits) = std::io::pipe().map(|(read, write)| (write, read)).unwrap();
        let child = Forked::new(|| {
            std::io::Write::write_all(&mut &ready, &[0]).unwrap();
            termination.wait();
            4
        });
        std::io::Read::read_exact(&mut &waits, &mut [0]).unwrap();
        child.send(signal);
        child.dies_of(signal);
    }
    assert!(termination.wait_timeout(SHORT).is_err());
    // After the last handle is gone, too.
    drop(termination);
    let raises = || {
        raise(Signal::SIGTERM).unwrap();
        4
    };
    Forked::new(raises).dies_of(Signal::SIGTERM);
    0
}

#[test]
fn f10_a_signal_to_a_forked_child_does_the_default_there() {
    Child::start("default").exits_with(0);
}

/// The parent has taken a first signal. The child's first one is not the second.
fn armed() -> i32 {
    let termination = install();
    raise(Signal::SIGTERM).unwrap();
    assert_eq!(termination.wait(), TERM);
    let child = Forked::new(|| {
        assert!(!termination.is_requested());
        raise(Signal::SIGTERM).unwrap();
        4
    });
    child.dies_of(Signal::SIGTERM);
    termination.exit_code()
}

#[test]
fn f10_the_first_signal_of_a_child_is_not_the_second_of_its_parent() {
    Child::start("armed").exits_with(143);
}

fn ignored() -> i32 {
    let _termination = install();
    forked(|| {
        raise(Signal::SIGTERM).unwrap();
        let mine = install();
        raise(Signal::SIGTERM).unwrap();
        assert_eq!(mine.wait(), TERM);
        drop(mine);
        raise(Signal::SIGTERM).unwrap();
    });
    0
}

/// What was ignored before the `Termination` of the parent is ignored in the child.
#[cfg(target_os = "linux")]
#[test]
fn f10_what_was_ignored_is_ignored_in_a_child() {
    Child::start_ignoring_signals("ignored").exits_with(0);
}

/// The parent's handles in a child that installs nothing.
fn old() -> i32 {
    let termination = install();
    let told = Arc::new(Event::new());
    let subscription = termination.on(told.clone());
    forked(|| {
        assert_eq!(termination.reason(), None);
        assert!(termination.wait_timeout(SHORT).is_err());
        let (sender, receiver) = channel::bounded(1);
        let first = Arc::new(Event::new());
        let mine = [
            termination.on(first.clone()),
            termination.on_request(move |reason| sender.send(reason).unwrap()),
        ];
        termination.on_second(Second::Ignore);
        termination.clone().request();
        assert_eq!(termination.wait(), Reason::Requested);
        assert_eq!(receiver.recv_timeout(LONG), Ok(Reason::Requested));
        assert!(first.is_set());
        // Who subscribes now is told now.
        let late = Arc::new(Event::new());
        let more = termination.on(late.clone());
        assert!(late.is_set());
        let (sender, receiver) = channel::bounded(1);
        let most = termination.on_request(move |reason| sender.send(reason).unwrap());
        assert_eq!(receiver.recv_timeout(LONG), Ok(Reason::Requested));
        // What the parent had subscribed is its own business.
        assert!(!told.is_set());
        drop((mine, more, most, termination.clone()));
    });
    assert!(!termination.is_requested() && !told.is_set());
    termination.request();
    told.wait_timeout(LONG).unwrap();
    drop(subscription);
    0
}

#[test]
fn f10_the_handles_of_a_parent_work_among_the_threads_of_the_child() {
    Child::start("old").exits_with(0);
}

/// A child that installs a `Termination` of its own.
fn new() -> i32 {
    let termination = install();
    for _ in 0..2 {
        let child = Forked::new(|| {
            let before = Arc::new(Event::new());
            let _early = termination.on(before.clone());
            let mine = install();
            let (sender, receiver) = channel::bounded(1);
            let _told = mine.on_request(move |reason| {
                let named = std::thread::current().name() == Some("gimmal-signal");
                sender.send((reason, named)).unwrap();
            });
            assert!(!mine.is_requested());
            raise(Signal::SIGTERM).unwrap();
            assert_eq!(mine.wait(), TERM);
            assert_eq!(receiver.recv_timeout(LONG), Ok((TERM, true)));
            // The old handle is one of the new `Termination`.
            assert_eq!((termination.wait(), before.is_set()), (TERM, true));
            assert_eq!(termination.exit_code(), 143);
            // Gone, and there again.
            drop(mine);
            let mine = install();
            assert!(!mine.is_requested());
            // In its turn it has children.
            Forked::new(|| {
                raise(Signal::SIGINT).unwrap();
                4
            })
            .dies_of(Signal::SIGINT);
            forked(|| drop(install()));
            raise(Signal::SIGINT).unwrap();
            assert!(matches!(mine.wait(), Reason::Signal(_)));
            let ready = Arc::new(Event::new());
            let _armed = mine.on(ready.clone());
            raise(Signal::SIGINT).unwrap();
            4
        });
        // The second signal exits.
        child.exits_with(130);
    }
    let last = Forked::new(|| {
        drop(install());
        raise(Signal::SIGTERM).unwrap();
        4
    });
    last.dies_of(Signal::SIGTERM);
    still_works(&termination)
}

#[test]
fn f10_a_child_installs_a_termination_of_its_own() {
    let child = Child::start("new");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

/// A child that is forked in a run: its own `Termination` asks the run for its end, in the child.
fn run() -> i32 {
    let outcome = Runtime::run(|rt| {
        let stop = rt.termination();
        forked(|| {
            let mine = install();
            mine.request();
            stop.wait_timeout(LONG).unwrap();
        });
        assert!(!stop.is_requested());
    });
    outcome.exit_code()
}

#[test]
fn f10_a_termination_of_the_child_asks_the_run_that_it_was_forked_in() {
    Child::start("run").exits_with(0);
}
