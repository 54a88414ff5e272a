//! A `recv` that is blocked over a wire ends with its context, and with a signal, as fast as one that is blocked inside the
//! process. The medians are compared in one run: what else the machine does is in all of them.
#![cfg(all(feature = "net", unix))]

mod kit;

use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use gimmal::socket::RecvError;
use gimmal::{Context, Push, Runtime, Termination};
use nix::sys::signal::{Signal, kill};
use nix::unistd::getpid;

use kit::child::{Child, Part, play, say};
use kit::{LONG, bounded, rounds, small, until_it_sleeps};

/// The child side of the test with a signal.
#[test]
fn child() {
    play(PARTS);
}

const PARTS: &[Part] = &[
    ("inproc", || interrupted("inproc")),
    ("tcp", || interrupted("tcp")),
    ("ipc", || interrupted("ipc")),
];

/// A stop over a wire takes so long at most, or this many times as long as one inside the process.
const LIMIT: Duration = Duration::from_millis(5);
const TIMES: u32 = 4;

/// A thread of this name that is blocked in `recv`, with a peer that says nothing more. It returns when the call has ended.
fn blocked(context: &Context, over: &str, name: &str) -> (JoinHandle<Instant>, Push, Context) {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = match over {
        "inproc" => "inproc://stop".into(),
        "tcp" => "tcp://127.0.0.1:*".into(),
        _ => format!("ipc://{}", folder.path().join("socket").display()),
    };
    let mut pull = context.pull().unwrap();
    pull.bind(&endpoint).unwrap();
    let endpoint = pull.last_endpoint().unwrap_or(endpoint);
    // As if of another process.
    let there = match over {
        "inproc" => context.clone(),
        _ => small().build(),
    };
    let mut push = there.push().unwrap();
    push.connect(&endpoint).unwrap();
    push.send("the only one").unwrap();
    assert_eq!(pull.recv_timeout(LONG).unwrap(), "the only one");
    let thread = Builder::new().name(name.into()).spawn(move || {
        let ended = pull.recv();
        let now = Instant::now();
        assert_eq!(ended, Err(RecvError::Terminated));
        now
    });
    until_it_sleeps(name);
    (thread.unwrap(), push, there)
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() / 2]
}

/// Runs `once` by turns over each transport, and compares how long it takes.
fn compared(what: &str, times: usize, once: impl Fn(&str) -> Duration) {
    let mut took = [("inproc", vec![]), ("tcp", vec![]), ("ipc", vec![])];
    for _ in 0..rounds(times) {
        for (over, all) in &mut took {
            all.push(once(over));
        }
    }
    let medians = took.map(|(over, all)| (over, median(all)));
    println!("{what}: {medians:?}");
    let [(_, inside), wires @ ..] = medians;
    let most = LIMIT.max(TIMES * inside);
    for (over, median) in wires {
        assert!(median <= most, "{what} over {over}: {median:?} of {most:?}");
    }
}

#[test]
fn a_blocked_recv_ends_with_its_context() {
    bounded(|| {
        compared("shutdown", 50, |over| {
            let context = small().build();
            let (thread, _push, _there) = blocked(&context, over, "shut down");
            let begun = Instant::now();
            context.shutdown();
            thread.join().unwrap() - begun
        });
    });
}

/// Sends itself a signal, and says how long it took until the call ended.
fn interrupted(over: &str) -> i32 {
    let termination = Termination::install().unwrap();
    let outcome = Runtime::run(|rt| {
        let (thread, _push, _there) = blocked(&rt.context(), over, "interrupted");
        let begun = Instant::now();
        kill(getpid(), Signal::SIGINT).unwrap();
        let took = thread.join().unwrap() - begun;
        say(&took.as_nanos().to_string());
    });
    assert!(outcome.left.still_open.is_empty(), "{}", outcome.left);
    // The handlers are there until the end of the process.
    std::mem::forget(termination);
    outcome.exit_code()
}

#[test]
fn a_blocked_recv_ends_with_a_signal() {
    bounded(|| {
        compared("SIGINT", 30, |over| {
            let child = Child::start(over);
            let took = child.line().parse().unwrap();
            child.exits_with(130);
            Duration::from_nanos(took)
        });
    });
}
