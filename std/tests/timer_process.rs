//! Timers and the life of a process, each in a process of its own: the first timer, the thread that sleeps, the exit, a fork.
//! Each plays a part of this file: see `kit/child.rs`.
#![cfg(unix)]
#![allow(unsafe_code)] // A fork.

mod kit;

use std::cell::RefCell;
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gimmal::Timer;
use gimmal::sync::Event;

use kit::child::{Child, Part, play, say};
use kit::{LONG, until_it_sleeps};

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

const PARTS: &[Part] = &[
    ("busy", busy),
    ("panics", panics),
    ("in-a-destructor", in_a_destructor),
    ("forks", forks),
    ("races", races),
    ("ping", ping),
    #[cfg(target_os = "linux")]
    ("lazy", lazy),
];

const MILLI: Duration = Duration::from_millis(1);

/// A callback that never returns, and timers behind it.
fn busy() -> i32 {
    let entered = Arc::new(Event::new());
    let its = entered.clone();
    drop(Timer::after(Duration::ZERO, move || {
        its.set();
        Event::new().wait();
    }));
    entered.wait();
    drop(Timer::every(MILLI, || say("a tick")));
    let late = Timer::after(LONG, || say("late"));
    assert!(!late.is_finished());
    3
}

#[test]
fn a_process_exits_whatever_its_timers_do() {
    Child::start("busy").exits_with(3);
}

fn panics() -> i32 {
    std::panic::set_hook(Box::new(|why| {
        let current = thread::current();
        let name = current.name().unwrap_or("?");
        let words = why.payload().downcast_ref::<&str>().unwrap_or(&"?");
        say(&format!("{name}: {words}"));
    }));
    Timer::after(Duration::ZERO, || panic!("no luck")).wait();
    Timer::every(MILLI, || panic!("no tick")).wait();
    Timer::after(Duration::ZERO, || say("served")).wait();
    0
}

#[test]
fn panics_are_reported_and_the_thread_goes_on() {
    let child = Child::start("panics");
    child.says("gimmal-timer: no luck");
    child.says("gimmal-timer: no tick");
    child.says("served");
    child.exits_with(0);
}

/// In a thread-local: its drop starts the first timers of the process.
struct Starts;

impl Drop for Starts {
    fn drop(&mut self) {
        Timer::after(MILLI, || say("fired")).wait();
        let mut ticks = 0;
        let ended = Arc::new(Event::new());
        let its = ended.clone();
        let every = Timer::every(MILLI, move || {
            ticks += 1;
            if ticks == 3 {
                its.set();
            }
        });
        ended.wait_timeout(LONG).unwrap();
        assert!(every.cancel());
        every.wait();
        assert!(Timer::after(LONG, || ()).cancel());
        say("ticked");
    }
}

thread_local! {
    static LAST: RefCell<Option<Starts>> = const { RefCell::new(None) };
}

fn in_a_destructor() -> i32 {
    let thread = thread::spawn(|| LAST.set(Some(Starts)));
    thread.join().unwrap();
    // The thread outlives the one that started it.
    Timer::after(MILLI, || say("fired again")).wait();
    0
}

#[test]
fn a_destructor_of_a_thread_local_may_use_timers() {
    let child = Child::start("in-a-destructor");
    for line in ["fired", "ticked", "fired again"] {
        child.says(line);
    }
    child.exits_with(0);
}

/// The forked process has no timer of its parent's, and a timer thread of its own.
fn forks() -> i32 {
    let late = Arc::new(Timer::after(LONG, || ()));
    until_it_sleeps("gimmal-timer");
    let its = late.clone();
    let mut forked = Command::new("true");
    let child = move || {
        Timer::after(Duration::ZERO, || ()).wait();
        exit(if its.is_finished() && !its.cancel() {
            7
        } else {
            8
        })
    };
    // SAFETY: the other threads of this process sleep, so no lock is held that the child needs.
    unsafe { forked.pre_exec(child) };
    let status = forked.status().unwrap();
    assert_eq!(status.code(), Some(7));
    // Nothing has changed here.
    assert!(late.cancel());
    Timer::after(MILLI, || say("fired")).wait();
    0
}

#[test]
fn a_forked_process_has_a_timer_thread_of_its_own() {
    let child = Child::start("forks");
    child.says("fired");
    child.exits_with(0);
}

/// How often each timer thread that the system lists has gone to sleep.
#[cfg(target_os = "linux")]
fn listed() -> Vec<u64> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let counts = tasks.filter_map(|task| {
        let status = std::fs::read_to_string(task.path().join("status")).ok()?;
        let field = |name| status.lines().find_map(|line| line.strip_prefix(name));
        let count = field("voluntary_ctxt_switches:")?.trim().parse().ok()?;
        (field("Name:")?.trim() == "gimmal-timer").then_some(count)
    });
    counts.collect()
}

/// How often the timer thread has gone to sleep. There must be one thread, and only one.
#[cfg(target_os = "linux")]
fn sleeps() -> u64 {
    let mut counts = Vec::new();
    // While threads end the system's list may leave out others.
    kit::until(|| {
        counts = listed();
        !counts.is_empty()
    });
    assert_eq!(counts.len(), 1, "there is only one");
    counts[0]
}

#[cfg(target_os = "linux")]
fn lazy() -> i32 {
    // What is not started, or never due, needs no thread.
    let idle = [
        Timer::new(MILLI, || ()),
        Timer::after(Duration::MAX, || ()),
        Timer::every(Duration::MAX, || ()),
    ];
    assert_eq!(kit::sleeps("gimmal-timer"), None);
    drop(idle);
    let first = Timer::after(LONG, || ());
    for timers in [0, 1_000] {
        until_it_sleeps("gimmal-timer");
        let before = sleeps();
        for _ in 0..timers {
            // Nobody is woken for what is due after the first.
            assert!(Timer::after(2 * LONG, || ()).cancel());
        }
        // Time to poll, if it did.
        assert!(Event::new().wait_timeout(50 * MILLI).is_err());
        assert_eq!(sleeps(), before);
    }
    assert!(first.cancel());
    // Without anything to do it is still there.
    Timer::after(MILLI, || say("fired")).wait();
    assert!(sleeps() > 0);
    0
}

#[cfg(target_os = "linux")]
#[test]
fn the_thread_starts_with_the_first_timer_and_sleeps_until_something_is_due() {
    let child = Child::start("lazy");
    child.says("fired");
    child.exits_with(0);
}

/// Several threads start the first timers of the process.
fn races() -> i32 {
    let go = Event::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                go.wait();
                Timer::after(MILLI, || say("fired")).wait();
            });
        }
        go.set();
    });
    #[cfg(target_os = "linux")]
    sleeps();
    0
}

#[test]
fn the_first_timers_of_several_threads_share_one_thread() {
    let child = Child::start("races");
    (0..8).for_each(|_| child.says("fired"));
    child.exits_with(0);
}

/// Timers one after the other, each started while the thread goes to sleep after the one before; nothing else wakes it.
fn ping() -> i32 {
    for round in 0..20_000 {
        let timer = Timer::after(Duration::ZERO, || ());
        timer.wait_timeout(LONG / 2).unwrap();
        (0..round % 64).for_each(|_| std::hint::spin_loop());
    }
    0
}

#[test]
fn no_start_is_missed_by_a_thread_that_goes_to_sleep() {
    Child::start("ping").exits_with(0);
}
