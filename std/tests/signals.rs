//! Signals, each in a process of its own, which plays a part of this file: see `kit/child.rs`.
#![cfg(unix)]

mod kit;

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal::error::socket::RecvError;
use gimmal::error::{BrokenBarrier, WaitError};
use gimmal::poll::select;
use gimmal::queue::Queue;
use gimmal::signal::{Reason, Second, Subscription, Termination};
use gimmal::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};
use gimmal::thread::{self, Builder, JoinHandle};
use gimmal::wait::block_on;
use gimmal::{Context, Stop, channel};
use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;

use kit::child::{Child, Part, play, say};
use kit::{LONG, SHORT};

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

fn install() -> Termination {
    Termination::install().unwrap()
}

/// Signals of this process to itself: their handlers have run when this returns.
fn raise_thrice(signal: Signal) {
    (0..3).for_each(|_| raise(signal).unwrap());
}

/// Blocks until the signal thread has taken what was delivered before, after a request.
fn all_are_taken(termination: &Termination) {
    let (sender, receiver) = channel::bounded(1);
    let _told = termination.on_request(move |_| sender.send(()).unwrap());
    receiver.recv().unwrap();
}

/// Says its line when it is told to stop.
struct Says(&'static str);

impl Stop for Says {
    fn stop(&self) {
        say(self.0);
    }
}

/// The parts that children play.
const PARTS: &[Part] = &[
    ("wait", wait),
    ("chosen", chosen),
    ("blocked", blocked),
    ("order", order),
    ("hangs", hangs),
    ("ignores", ignores),
    ("late", late),
    ("removed", removed),
    ("dropped", dropped),
    ("requested", requested),
    ("again", again),
    ("ignored", ignored),
    ("chained", chained),
    ("parent", parent),
];

fn wait() -> i32 {
    let termination = install();
    assert_eq!(termination.exit_code(), 0);
    say("ready");
    let reason = termination.wait();
    assert_eq!(termination.reason(), Some(reason));
    assert_eq!(termination.wait_timeout(Duration::ZERO), Ok(reason));
    assert_eq!(termination.wait_deadline(Instant::now()), Ok(reason));
    termination.exit_code()
}

#[test]
fn a_signal_ends_wait_with_its_reason_and_status() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let child = Child::start("wait");
        child.says("ready");
        child.send(signal);
        child.exits_with(status);
    }
}

fn chosen() -> i32 {
    let termination = install();
    assert_eq!(
        format!("{termination:?}"),
        "Termination { reason: None, .. }"
    );
    let (_sender, receiver) = channel::bounded::<u32>(1);
    let branches = (receiver.receiving(), termination.waiting());
    assert!(select(branches).wait_timeout(SHORT).is_err());
    say("ready");
    let branches = (receiver.receiving(), termination.waiting());
    assert_eq!(select(branches).wait().index(), 1);
    let reason = block_on(termination.wait_async());
    assert_eq!(termination.reason(), Some(reason));
    say(&format!("{termination:?}"));
    termination.exit_code()
}

#[test]
fn a_signal_ends_a_select_and_a_future() {
    let child = Child::start("chosen");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.says("Termination { reason: Some(Signal(15)), .. }");
    child.exits_with(143);
}

fn blocked() -> i32 {
    let termination = install();
    let (sender, receiver) = channel::bounded::<u32>(1);
    let (full, _unread) = channel::bounded::<u32>(1);
    full.send(0).unwrap();
    let event = Arc::new(Event::new());
    static PERMITS: Semaphore = Semaphore::new(0);
    static PLACES: BoundedSemaphore = BoundedSemaphore::new(0);
    static LOCK: Lock<u32> = Lock::new(7);
    static CHANGED: Condition = Condition::new();
    static TOGETHER: Barrier = Barrier::new(2);
    let (empty, packed) = (Arc::new(Queue::<u32>::new(1)), Arc::new(Queue::new(1)));
    packed.put(0).unwrap();
    let context = Context::<u32>::typed();
    let _subscriptions: [Subscription; 10] = [
        termination.on(receiver.clone()),
        termination.on(full.clone()),
        termination.on(event.clone()),
        termination.on(&PERMITS),
        termination.on(&PLACES),
        termination.on(empty.clone()),
        termination.on(packed.clone()),
        termination.on(context.clone()),
        termination.on(&CHANGED),
        termination.on(&TOGETHER),
    ];
    let named = |number: usize| Builder::new().name(format!("blocked-{number}"));
    let mut threads: Vec<JoinHandle<()>> = (0..3)
        .map(|number| {
            let receiver = receiver.clone();
            let thread = named(number).spawn(move || assert!(receiver.recv().is_err()));
            thread.unwrap()
        })
        .collect();
    let sending = named(3).spawn(move || assert_eq!(full.send(9).unwrap_err().0, 9));
    threads.push(sending.unwrap());
    threads.push(named(4).spawn(move || event.wait()).unwrap());
    let acquiring = named(5).spawn(|| assert!(PERMITS.acquire().is_err()));
    threads.push(acquiring.unwrap());
    let notified = named(6).spawn(|| {
        let ended = CHANGED.wait(LOCK.lock());
        assert!(matches!(ended, Err(WaitError::Closed(guard)) if *guard == 7));
    });
    threads.push(notified.unwrap());
    let meeting = named(7).spawn(|| assert_eq!(TOGETHER.wait(), Err(BrokenBarrier)));
    threads.push(meeting.unwrap());
    let acquiring = named(8).spawn(|| assert!(PLACES.acquire().is_err()));
    threads.push(acquiring.unwrap());
    threads.push(
        named(9)
            .spawn(move || assert!(empty.get().is_err()))
            .unwrap(),
    );
    let putting = named(10).spawn(move || assert_eq!(packed.put(9).unwrap_err().0, 9));
    threads.push(putting.unwrap());
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://blocked").unwrap();
    let receiving = named(11).spawn(move || assert_eq!(pull.recv(), Err(RecvError::Terminated)));
    threads.push(receiving.unwrap());
    (0..12).for_each(|number| kit::until_it_sleeps(&format!("blocked-{number}")));
    say("ready");
    // The main thread is blocked in a gimmal call, too.
    threads.into_iter().for_each(|t| t.join().unwrap());
    drop(sender);
    assert!(!LOCK.is_locked() && CHANGED.is_closed() && TOGETHER.is_broken());
    termination.exit_code()
}

#[test]
fn a_signal_ends_every_blocked_call_of_what_is_subscribed() {
    let child = Child::start("blocked");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

fn order() -> i32 {
    let termination = install();
    let done = Arc::new(Event::new());
    let first = termination.on(Says("first"));
    let second = termination.on_request(|reason| {
        assert_eq!(std::thread::current().name(), Some("gimmal-signal"));
        assert_eq!(reason, Reason::Signal(Signal::SIGINT as i32));
        say("second");
    });
    let panics = termination.on_request(|_| panic!("not the others' business"));
    let nested = termination.on_request({
        let termination = termination.clone();
        let mut dropped = Some(first);
        move |_| {
            // Subscribing and unsubscribing from here is fine; it is told on the spot.
            dropped.take();
            let again = termination.on(Says("nested"));
            drop(again);
            drop(termination);
        }
    });
    let third = termination.on(Says("third"));
    let last = termination.on(done.clone());
    say("ready");
    done.wait();
    drop((second, panics, nested, third, last));
    termination.exit_code()
}

#[test]
fn subscribers_are_told_in_order_and_a_panic_stops_none() {
    let child = Child::start("order");
    child.says("ready");
    child.send(Signal::SIGINT);
    for line in ["first", "second", "nested", "third"] {
        child.says(line);
    }
    child.exits_with(130);
}

fn hangs() -> i32 {
    let termination = install();
    let _told = termination.on(Says("stopping"));
    // It keeps the signal thread for ever, and the main thread hangs as well.
    let _hangs = termination.on_request(|_| Event::new().wait());
    say("ready");
    Event::new().wait();
    0
}

#[test]
fn a_second_signal_exits_at_once() {
    for (second, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let child = Child::start("hangs");
        child.says("ready");
        child.send(Signal::SIGINT);
        child.says("stopping");
        child.send(second);
        child.exits_with(status);
    }
}

fn ignores() -> i32 {
    let termination = install();
    termination.on_second(Second::Ignore);
    let _told = termination.on(Says("stopping"));
    say("ready");
    termination.wait();
    raise_thrice(Signal::SIGINT);
    all_are_taken(&termination);
    termination.on_second(Second::Exit);
    say("exit");
    Event::new().wait();
    0
}

#[test]
fn a_second_signal_may_be_ignored() {
    let child = Child::start("ignores");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.says("stopping");
    child.says("exit");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

fn late() -> i32 {
    let termination = install();
    say("ready");
    termination.wait();
    let event = Arc::new(Event::new());
    let subscription = termination.on(event.clone());
    assert!(event.is_set());
    drop(subscription);
    let (sender, receiver) = channel::bounded(1);
    let subscription = termination.on_request(move |reason| {
        assert_eq!(std::thread::current().name(), Some("gimmal-signal"));
        sender.send(reason).unwrap();
    });
    assert_eq!(receiver.recv_timeout(LONG).ok(), termination.reason());
    drop(subscription);
    termination.exit_code()
}

#[test]
fn who_subscribes_after_the_request_is_told_at_once() {
    let child = Child::start("late");
    child.says("ready");
    child.send(Signal::SIGINT);
    child.exits_with(130);
}

fn removed() -> i32 {
    let termination = install();
    let drops = kit::Drops::default();
    let counted = drops.one(0);
    drop(termination.on(Says("removed")));
    drop(termination.on_request(move |_| say(&counted.number().to_string())));
    assert_eq!(drops.count(), 1);
    let done = Arc::new(Event::new());
    let _kept = [termination.on(Says("kept")), termination.on(done.clone())];
    say("ready");
    done.wait();
    termination.exit_code()
}

#[test]
fn a_removed_subscription_is_not_told() {
    let child = Child::start("removed");
    child.says("ready");
    child.send(Signal::SIGINT);
    child.says("kept");
    child.exits_with(130);
}

#[cfg(target_os = "linux")]
fn signal_thread_is_gone() {
    kit::until(|| kit::sleeps("gimmal-signal").is_none());
}
#[cfg(not(target_os = "linux"))]
fn signal_thread_is_gone() {}

fn dropped() -> i32 {
    let drops = kit::Drops::default();
    let (termination, counted) = (install(), drops.one(0));
    let other = termination.clone();
    let subscription = termination.on_request(move |_| say(&counted.number().to_string()));
    drop((termination, install()));
    assert_eq!(drops.count(), 0);
    assert!(!other.is_requested());
    drop(other);
    assert_eq!(drops.count(), 1);
    signal_thread_is_gone();
    drop(subscription);
    say("ready");
    Event::new().wait();
    0
}

#[test]
fn when_the_last_is_dropped_the_default_is_back() {
    let child = Child::start("dropped");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.dies_of(Signal::SIGTERM);
}

/// Ignored before the first install: ignored after the last drop, and taken over in between.
#[cfg(target_os = "linux")]
#[test]
fn what_was_ignored_is_ignored_again() {
    let child = Child::start_ignoring_signals("ignored");
    child.says("ready");
    child.says("installed");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

fn ignored() -> i32 {
    raise_thrice(Signal::SIGINT);
    let termination = install();
    raise(Signal::SIGINT).unwrap();
    assert_eq!(termination.wait(), Reason::Signal(Signal::SIGINT as i32));
    all_are_taken(&termination);
    // The next one would exit; without a `Termination` none does anything.
    drop(termination);
    raise_thrice(Signal::SIGINT);
    raise_thrice(Signal::SIGTERM);
    again()
}

fn again() -> i32 {
    for _ in 0..10 {
        drop(install());
        signal_thread_is_gone();
    }
    say("ready");
    let termination = install();
    say("installed");
    termination.wait();
    termination.exit_code()
}

#[test]
fn it_can_be_installed_again() {
    let child = Child::start("again");
    child.says("ready");
    child.says("installed");
    child.send(Signal::SIGTERM);
    child.exits_with(143);
}

fn requested() -> i32 {
    let (termination, same) = (install(), install());
    let (sender, receiver) = channel::bounded::<u32>(4);
    let _told = same.on(sender.clone());
    sender.send(1).unwrap();
    let draining = thread::spawn(move || receiver.iter().count());
    assert_eq!(termination.wait_timeout(SHORT).ok(), None);
    assert!(!termination.is_requested());
    termination.request();
    same.request();
    assert_eq!(same.wait(), Reason::Requested);
    assert_eq!(draining.join().unwrap(), 1);
    assert_eq!(termination.exit_code(), 0);
    // The first signal is not the second one, and changes no reason.
    raise(Signal::SIGINT).unwrap();
    all_are_taken(&same);
    assert_eq!(same.reason(), Some(Reason::Requested));
    assert_eq!(termination.exit_code(), 0);
    3
}

#[test]
fn a_request_is_a_stop_without_a_signal() {
    Child::start("requested").exits_with(3);
}

fn chained() -> i32 {
    let termination = install();
    // The last handle goes on the signal thread, while that tells others.
    let (sender, receiver) = channel::bounded(1);
    let told = termination.on(Says("told"));
    let handle = termination.clone();
    let first = termination.on_request(move |_| {
        receiver.recv().unwrap();
        drop(handle);
    });
    let done = Arc::new(Event::new());
    let last = termination.on(done.clone());
    say("ready");
    let reason = termination.wait();
    let code = termination.exit_code();
    drop(termination);
    sender.send(()).unwrap();
    // Who had not been told is told all the same.
    done.wait();
    signal_thread_is_gone();
    drop((told, first, last));
    assert!(matches!(reason, Reason::Signal(_)));
    code
}

#[test]
fn subscribers_are_told_to_the_last_although_every_handle_is_gone() {
    let child = Child::start("chained");
    child.says("ready");
    child.send(Signal::SIGTERM);
    child.says("told");
    child.exits_with(143);
}

fn parent() -> i32 {
    let _termination = install();
    // A child of a process with handlers starts with the default.
    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(Signal::SIGTERM as i32));
    0
}

#[test]
fn programs_started_meanwhile_get_the_default() {
    Child::start("parent").exits_with(0);
}
