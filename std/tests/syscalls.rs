//! What never waits, and what need not wait, makes no system call, a wait whose time is over yields no more, and the handler
//! of a signal does nothing but wake a thread: seen by strace. This file runs itself again as the child
//! that is traced; it does each thing a thousand times between two writes that stand out in the trace.
//!
//! Without strace, or where tracing is refused, the test says that it is skipped; with `strace` among the words of
//! `GIMMAL_REQUIRE` in the environment it fails instead.
#![cfg(target_os = "linux")]

mod kit;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Condvar;
use std::thread;
use std::time::Duration;

use gimmal::Context;
use gimmal::channel::{self, spsc};
use gimmal::signal::{Second, Termination};
use gimmal::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};
use nix::sys::signal::{Signal, raise};

/// Tells the child that it is one.
const TRACED: &str = "GIMMAL_TEST_TRACED";

const TIMES: usize = 1_000;

/// One `write` of its own, past the capture of the test harness.
fn write(line: &str) {
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Does it between two marks.
fn marked(name: &str, deed: impl FnOnce()) {
    write(&format!("<{name}>\n"));
    deed();
    write(&format!("</{name}>\n"));
}

fn repeated(name: &str, mut deed: impl FnMut()) {
    marked(name, || (0..TIMES).for_each(|_| deed()));
}

/// Does something between two marks of this name.
type Deed = fn(&str);

/// What makes no system call.
const QUIET: &[(&str, Deed)] = &[
    ("condition", |name| {
        let condition = Condition::new();
        repeated(name, || {
            assert!(!condition.notify_one());
            assert_eq!(condition.notify_many(9) + condition.notify_all(), 0);
        });
    }),
    ("condition where somebody has waited", |name| {
        let (lock, condition) = (Lock::new(()), Condition::new());
        let waited = condition.wait_timeout(lock.lock(), Duration::from_millis(1));
        assert!(waited.unwrap().1.is_err());
        repeated(name, || {
            assert!(!condition.notify_one());
            assert_eq!(condition.notify_all(), 0);
        });
    }),
    ("condition that need not wait", |name| {
        let (lock, condition) = (Lock::new(7), Condition::new());
        repeated(name, || {
            let guard = condition.wait_while(lock.lock(), |value| *value != 7);
            assert_eq!(*guard.unwrap(), 7);
        });
    }),
    ("event", |name| {
        let event = Event::new();
        repeated(name, || {
            event.set();
            event.wait();
            assert!(event.wait_timeout(Duration::from_secs(1)).is_ok());
            event.clear();
            assert!(event.wait_timeout(Duration::ZERO).is_err());
        });
    }),
    ("semaphore", |name| {
        let semaphore = Semaphore::new(0);
        repeated(name, || {
            semaphore.release(2).unwrap();
            semaphore.many(2).acquire().unwrap().forget();
            assert!(semaphore.try_acquire().is_none());
        });
    }),
    ("bounded semaphore", |name| {
        let semaphore = BoundedSemaphore::new(2);
        repeated(name, || {
            let permit = semaphore.acquire().unwrap();
            assert!(semaphore.release(2).is_err());
            drop(permit);
        });
    }),
    ("lock", |name| {
        let lock = Lock::new(0);
        repeated(name, || {
            *lock.lock() += 1;
            let guard = lock.try_lock().unwrap();
            assert!(lock.try_lock().is_none());
            drop(guard);
        });
    }),
    ("barrier", |name| {
        let (one, two) = (Barrier::new(1), Barrier::new(2));
        repeated(name, || {
            assert!(one.wait().unwrap().is_leader());
            two.abort();
            assert!(two.wait().is_err());
            two.reset();
        });
    }),
    ("channel", |name| {
        let (sender, receiver) = channel::bounded(64);
        repeated(name, || {
            sender.send(1).unwrap();
            assert_eq!(receiver.recv(), Ok(1));
            assert!(receiver.try_recv().is_err());
        });
    }),
    ("spsc channel", |name| {
        let (mut sender, mut receiver) = spsc::bounded(4);
        repeated(name, || {
            sender.send(1).unwrap();
            assert_eq!(receiver.recv(), Ok(1));
            assert!(receiver.try_recv().is_err());
        });
    }),
    ("sockets", |name| {
        let context = Context::<u32>::typed();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.bind("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
        repeated(name, || {
            push.send(1_u32).unwrap();
            assert_eq!(pull.recv(), Ok(1));
        });
    }),
];

/// What makes some, and how many at least: the trace would show others as well.
const LOUD: &[(&str, usize, Deed)] = &[
    ("a write", 1, |name| marked(name, || write("here\n"))),
    ("std's condition variable", TIMES, |name| {
        let condition = Condvar::new();
        repeated(name, || condition.notify_one());
    }),
    ("an event that wakes a thread", 1, |name| {
        let event = Event::new();
        thread::scope(|scope| {
            let sleeper = thread::Builder::new().name("sleeper".into());
            sleeper.spawn_scoped(scope, || event.wait()).unwrap();
            kit::until_it_sleeps("sleeper");
            marked(name, || event.set());
        });
    }),
];

/// A `set` that wakes many threads.
const CROWD: &str = "a crowd";

fn wake_a_crowd() {
    let event = Event::new();
    let names: Vec<_> = (0..20).map(|number| format!("crowd-{number}")).collect();
    thread::scope(|scope| {
        for name in &names {
            let sleeper = thread::Builder::new().name(name.clone());
            sleeper.spawn_scoped(scope, || event.wait()).unwrap();
        }
        names.iter().for_each(|name| kit::until_it_sleeps(name));
        marked(CROWD, || event.set());
    });
}

/// Waits in vain that last less than one system call that is traced.
const WAITS: &str = "waits that are short";

fn wait_in_vain() {
    let (event, barrier) = (Event::new(), Barrier::new(2));
    let (lock, condition) = (Lock::new(()), Condition::new());
    repeated(WAITS, || {
        let limit = Duration::from_micros(5);
        assert!(event.wait_timeout(limit).is_err());
        assert!(barrier.wait_timeout(limit).is_err());
        barrier.reset();
        let told = condition.wait_timeout(lock.lock(), limit);
        assert!(told.unwrap().1.is_err());
    });
}

/// Signals that this thread sends to itself, so that their handlers run in it.
const SIGNALS: &str = "signals";

fn take_signals() {
    let termination = Termination::install().unwrap();
    termination.on_second(Second::Ignore);
    repeated(SIGNALS, || {
        raise(Signal::SIGINT).unwrap();
        raise(Signal::SIGTERM).unwrap();
    });
}

/// The child side; as a test of its own it does nothing.
#[test]
fn child() {
    if std::env::var_os(TRACED).is_none() {
        return;
    }
    for (name, deed) in QUIET {
        deed(name);
    }
    for (name, _, deed) in LOUD {
        deed(name);
    }
    wake_a_crowd();
    wait_in_vain();
    take_signals();
}

/// What strace writes of this file's own program, called so; an error says why there is nothing.
fn traced(arguments: &[&str], output: &Path) -> Result<String, String> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-s", "80", "-o"]).arg(output);
    strace.arg(std::env::current_exe().unwrap()).args(arguments);
    strace.env(TRACED, "").stdin(Stdio::null());
    let ended = strace.output().map_err(|error| error.to_string())?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        return Err(format!("{}\n{said}", ended.status));
    }
    let trace = fs::read_to_string(output).map_err(|error| error.to_string())?;
    match trace.contains("execve(") {
        true => Ok(trace),
        false => Err("the trace is empty".into()),
    }
}

/// The system calls that the thread that made the marks made between them, as strace writes them.
fn between<'t>(trace: &'t str, name: &str) -> Vec<&'t str> {
    let mut lines = lines_between(trace, name);
    // The end of a call that began before, a signal, an end.
    lines.retain(|call| !["<...", "---", "+++"].iter().any(|no| call.starts_with(no)));
    lines
}

/// All lines of that thread between its marks.
fn lines_between<'t>(trace: &'t str, name: &str) -> Vec<&'t str> {
    // Each line begins with the number of a thread.
    let lines = trace.lines().filter_map(|line| line.split_once(' '));
    let mark = |name: String| move |(_, call): &(&str, &str)| call.contains(&name);
    let (begins, ends) = (mark(format!("\"<{name}>")), mark(format!("\"</{name}>")));
    let mut rest = lines.skip_while(|line| !begins(line));
    let (thread, _) = rest
        .next()
        .unwrap_or_else(|| panic!("{name} does not begin"));
    let mut ended = false;
    let calls = rest
        .take_while(|line| {
            ended = ends(line);
            !ended
        })
        .filter(|(its, _)| *its == thread)
        .map(|(_, call)| call.trim_start())
        .collect();
    assert!(ended, "{name} does not end");
    calls
}

/// The trace of the child, or `None`, and a word of it, where nothing can be traced.
fn trace_for(test: &str) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("trace");
    // Whether there is a strace that may trace, before anything is judged.
    if let Err(why) = traced(&["--list"], &output) {
        let required = std::env::var("GIMMAL_REQUIRE").unwrap_or_default();
        assert!(!required.split(' ').any(|word| word == "strace"), "{why}");
        write(&format!("SKIPPED {test}: strace: {why}\n"));
        return None;
    }
    let arguments = ["--exact", "child", "--nocapture", "--test-threads=1"];
    Some(traced(&arguments, &output).expect("the child ends well"))
}

#[test]
fn what_need_not_wait_makes_no_system_call() {
    let Some(trace) = trace_for("what_need_not_wait_makes_no_system_call") else {
        return;
    };
    for (name, _) in QUIET {
        assert_eq!(between(&trace, name), [""; 0], "{name}");
    }
    for (name, least, _) in LOUD {
        let calls = between(&trace, name);
        assert!(calls.len() >= *least, "{name}: {calls:?}");
        let known = |call: &&&str| call.starts_with("futex(") || call.starts_with("write(");
        assert!(
            calls.iter().filter(known).count() >= *least,
            "{name}: {calls:?}"
        );
    }
}

#[test]
fn an_event_wakes_all_threads_that_sleep_by_one_system_call() {
    let Some(trace) = trace_for("an_event_wakes_all_threads_that_sleep_by_one_system_call") else {
        return;
    };
    let calls = between(&trace, CROWD);
    assert!(
        matches!(calls.as_slice(), [call] if call.starts_with("futex(")),
        "{calls:?}"
    );
}

/// A traced call takes longer than such a wait, so that after the first one the time is over.
#[test]
fn f12_a_wait_looks_at_its_deadline_after_each_yield() {
    let Some(trace) = trace_for("f12_a_wait_looks_at_its_deadline_after_each_yield") else {
        return;
    };
    let calls = between(&trace, WAITS);
    let yields = calls.iter().filter(|call| call.starts_with("sched_yield("));
    let (yields, waits) = (yields.count(), 3 * TIMES);
    // A tracer in a hurry is forgiven.
    assert!(yields <= 2 * waits, "{yields} yields in {waits} waits");
}

#[test]
fn the_handler_of_a_signal_makes_one_system_call_which_wakes_a_thread() {
    let Some(trace) =
        trace_for("the_handler_of_a_signal_makes_one_system_call_which_wakes_a_thread")
    else {
        return;
    };
    let lines = lines_between(&trace, SIGNALS);
    let handlers = lines.split(|line| line.starts_with("--- SIG")).skip(1);
    let mut number = 0;
    for handler in handlers {
        let returns = handler
            .iter()
            .position(|call| call.starts_with("rt_sigreturn("));
        let calls = &handler[..returns.expect("it returns")];
        // The end of a call that was interrupted may be written behind its beginning.
        let begun: Vec<_> = calls
            .iter()
            .filter(|call| !call.starts_with("<..."))
            .collect();
        let wakes = |call: &str| {
            ["write(", "sendto("]
                .iter()
                .any(|way| call.starts_with(way))
        };
        assert!(
            matches!(begun.as_slice(), [call] if wakes(call)),
            "{begun:?}"
        );
        number += 1;
    }
    assert_eq!(number, 2 * TIMES);
}
