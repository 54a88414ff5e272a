//! Timers in a child.

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use gimmal::Timer;
use gimmal::sync::Event;

use nix::unistd::{ForkResult, Pid};

use crate::MILLI;
use crate::forking::{Forked, fork_here, forked};
use crate::kit::child::{Child, Part};
use crate::kit::{LONG, SHORT, until_it_sleeps};

pub(crate) const PARTS: &[Part] = &[
    ("timer-started", started),
    ("timer-idle", idle),
    ("timer-new", new),
    ("timer-forks", forks),
];

/// A future, looked at once.
fn is_ready<T>(future: impl Future<Output = T>) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::pin!(future)
        .as_mut()
        .poll(&mut context)
        .is_ready()
}

/// What the parent has started is over in the child.
fn started() -> i32 {
    static FIRED: AtomicU32 = AtomicU32::new(0);
    let fires = || {
        FIRED.fetch_add(1, SeqCst);
    };
    let late = Timer::after(LONG, || ());
    let never = Timer::after(Duration::MAX, || ());
    let soon = Timer::after(10 * SHORT, fires);
    let entered = Arc::new(Event::new());
    let (its, go) = (entered.clone(), Arc::new(Event::new()));
    let leaves = go.clone();
    let busy = Timer::after(Duration::ZERO, move || {
        its.set();
        leaves.wait();
    });
    entered.wait();
    until_it_sleeps("gimmal-timer");
    assert_eq!(FIRED.load(SeqCst), 0);
    forked(|| {
        for timer in [&late, &never, &soon, &busy] {
            assert!(timer.is_finished());
            timer.wait();
            assert_eq!(timer.wait_timeout(Duration::ZERO), Ok(()));
            assert_eq!(timer.wait_deadline(Instant::now()), Ok(()));
            assert!(is_ready(timer.wait_async()));
            assert!(!timer.cancel() && !timer.start());
        }
        // A timer of the child that is due later than the parent's.
        Timer::after(15 * SHORT, || ()).wait();
        assert_eq!(FIRED.load(SeqCst), 0);
    });
    // The parent's go on.
    go.set();
    busy.wait();
    soon.wait();
    assert!(FIRED.load(SeqCst) == 1 && late.cancel() && never.cancel());
    0
}

#[test]
fn f10_timers_of_a_parent_are_over_in_the_child() {
    Child::start("timer-started").exits_with(0);
}

/// What the parent has made and not started is the child's to start.
fn idle() -> i32 {
    let fired = Arc::new(Event::new());
    let its = fired.clone();
    let idle = Timer::new(MILLI, move || its.set());
    let other = Timer::new(LONG, || ());
    let cancelled = Timer::new(LONG, || ());
    assert!(cancelled.cancel());
    // The parent has a timer thread.
    Timer::after(MILLI, || ()).wait();
    forked(|| {
        assert!(!idle.is_finished());
        assert!(idle.start() && !idle.start());
        idle.wait();
        assert!(fired.is_set() && !idle.cancel());
        assert!(other.cancel() && !other.cancel() && other.is_finished());
        assert!(cancelled.is_finished() && !cancelled.cancel());
    });
    assert!(!fired.is_set() && idle.start());
    idle.wait();
    assert!(fired.is_set() && other.cancel());
    0
}

#[test]
fn f10_a_timer_that_is_not_started_may_be_started_by_a_child() {
    Child::start("timer-idle").exits_with(0);
}

/// A child has a timer thread of its own.
fn new() -> i32 {
    let late = Timer::after(LONG, || ());
    until_it_sleeps("gimmal-timer");
    forked(|| {
        let (ticked, mut ticks) = (Arc::new(Event::new()), 0);
        let its = ticked.clone();
        let every = Timer::every(MILLI, move || {
            ticks += 1;
            if ticks == 3 {
                its.set();
            }
        });
        ticked.wait_timeout(LONG).unwrap();
        assert!(every.cancel());
        every.wait();
        let (named, its) = (Arc::new(Event::new()), Timer::after(LONG, || ()));
        let set = named.clone();
        let once = Timer::after(MILLI, move || {
            if std::thread::current().name() == Some("gimmal-timer") {
                set.set();
            }
        });
        once.wait();
        assert!(named.is_set() && its.cancel());
        // And its children have.
        forked(|| {
            assert!(once.is_finished() && its.is_finished());
            Timer::after(MILLI, || ()).wait();
        });
    });
    assert!(late.cancel());
    0
}

#[test]
fn f10_a_child_has_a_timer_thread_of_its_own() {
    Child::start("timer-new").exits_with(0);
}

/// A callback forks, and returns in the child as well.
fn forks() -> i32 {
    static CHILDREN: [AtomicI32; 2] = [const { AtomicI32::new(0) }; 2];
    let parent = std::process::id();
    let fork_in = |number: usize| {
        // In the child what it returns is never seen: the closure goes on to its end there.
        if let ForkResult::Parent { child } = fork_here() {
            CHILDREN[number].store(child.as_raw(), SeqCst);
        }
    };
    // What comes after it must not fire in the child.
    let wrong = move || {
        if std::process::id() != parent {
            exit(5)
        }
    };
    let once = Timer::after(Duration::ZERO, move || fork_in(0));
    let after = Timer::after(Duration::ZERO, wrong);
    once.wait();
    after.wait();
    let (mut ticks, done) = (0, Arc::new(Event::new()));
    let its = done.clone();
    let every = Timer::every(MILLI, move || {
        wrong();
        ticks += 1;
        if ticks == 1 {
            fork_in(1);
        }
        if ticks == 3 {
            its.set();
        }
    });
    done.wait();
    every.cancel();
    for child in &CHILDREN {
        let child = Pid::from_raw(child.load(SeqCst));
        Forked::with(child).exits_with(0);
    }
    0
}

#[test]
fn f10_a_callback_that_forks_ends_in_the_child_and_nothing_fires_there() {
    Child::start("timer-forks").exits_with(0);
}
