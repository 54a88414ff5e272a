//! Events of the console, on Windows. Each test starts a process with a console of its own, which raises them itself and
//! plays a part of this file: see `kit/child.rs`. Nobody can raise the close of a console by a call; it takes the same way.
#![cfg(windows)]
#![allow(unsafe_code)]

mod kit;

use std::sync::Arc;
use std::time::Duration;

use gimmal::signal::{Reason, Second, Termination};
use gimmal::sync::Event;
use gimmal::{Runtime, channel, thread};
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, GenerateConsoleCtrlEvent,
};

use kit::LONG;
use kit::child::{Child, Part, play, say};

/// What a process ends with whose events nobody handles: `STATUS_CONTROL_C_EXIT`, under Wine 0.
const ENDED_BY_THE_SYSTEM: [i32; 2] = [0xC000_013A_u32.cast_signed(), 0];

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

/// Raises an event in every process of this console, which is this one.
fn raise(event: u32) {
    // SAFETY: it has no preconditions.
    let raised = unsafe { GenerateConsoleCtrlEvent(event, 0) };
    assert_ne!(raised, 0, "{}", std::io::Error::last_os_error());
}

/// The parts that children play.
const PARTS: &[Part] = &[
    ("ctrl-c", || asked_by(CTRL_C_EVENT)),
    ("ctrl-break", || asked_by(CTRL_BREAK_EVENT)),
    ("subscribers", subscribers),
    ("run", run),
    ("hangs", hangs),
    ("ignores", ignores),
    ("dropped", dropped),
    ("again", again),
];

fn asked_by(event: u32) -> i32 {
    let termination = Termination::install().unwrap();
    assert_eq!((termination.reason(), termination.exit_code()), (None, 0));
    raise(event);
    let reason = termination.wait_timeout(LONG).unwrap();
    assert_eq!(termination.reason(), Some(reason));
    termination.exit_code()
}

#[test]
fn ctrl_c_ends_wait_with_its_reason_and_exit_code() {
    Child::start("ctrl-c").exits_with(130);
}

/// Wine knows no such call for this event.
#[test]
fn ctrl_break_ends_wait_with_its_reason_and_exit_code() {
    Child::start("ctrl-break").exits_with(149);
}

fn subscribers() -> i32 {
    let termination = Termination::install().unwrap();
    let (sender, receiver) = channel::bounded::<u32>(1);
    let _closes = termination.on(sender.clone());
    let (told, hears) = channel::bounded(1);
    let _tells = termination.on_request(move |why| told.send(why).unwrap());
    let blocked = thread::spawn(move || receiver.recv());
    raise(CTRL_C_EVENT);
    assert!(blocked.join().unwrap().is_err(), "it is closed");
    assert_eq!(hears.recv(), Ok(Reason::Signal(2)));
    0
}

#[test]
fn an_event_ends_blocked_calls_and_tells_subscribers() {
    Child::start("subscribers").exits_with(0);
}

fn run() -> i32 {
    let _termination = Termination::install().unwrap();
    let outcome = Runtime::run(|rt| {
        let stop = rt.termination();
        thread::spawn(move || stop.wait());
        raise(CTRL_C_EVENT);
    });
    assert_eq!(outcome.exit_code(), 130);
    0
}

#[test]
fn an_event_ends_a_run() {
    Child::start("run").exits_with(0);
}

fn hangs() -> i32 {
    let termination = Termination::install().unwrap();
    let _hangs = termination.on_request(|_| Event::new().wait());
    raise(CTRL_C_EVENT);
    termination.wait_timeout(LONG).unwrap();
    say("requested");
    raise(CTRL_C_EVENT);
    Event::new().wait();
    0
}

#[test]
fn a_second_event_exits_whatever_hangs() {
    let child = Child::start("hangs");
    child.says("requested");
    child.exits_with(130);
}

fn ignores() -> i32 {
    let termination = Termination::install().unwrap();
    termination.on_second(Second::Ignore);
    let told = Arc::new(Event::new());
    let _told = termination.on(told.clone());
    raise(CTRL_C_EVENT);
    termination.wait_timeout(LONG).unwrap();
    raise(CTRL_C_EVENT);
    told.wait_timeout(LONG).unwrap();
    raise(CTRL_C_EVENT);
    std::thread::sleep(Duration::from_millis(200)); // they would end it in this time
    termination.exit_code()
}

#[test]
fn a_second_event_can_be_ignored() {
    Child::start("ignores").exits_with(130);
}

fn dropped() -> i32 {
    drop(Termination::install().unwrap());
    raise(CTRL_C_EVENT);
    std::thread::sleep(LONG);
    1
}

#[test]
fn after_the_last_termination_the_system_ends_the_process() {
    let code = Child::start("dropped").exit_code();
    assert!(
        code.is_some_and(|code| ENDED_BY_THE_SYSTEM.contains(&code)),
        "{code:?}"
    );
}

fn again() -> i32 {
    for _ in 0..3 {
        let termination = Termination::install().unwrap();
        raise(CTRL_C_EVENT);
        assert_eq!(termination.wait_timeout(LONG), Ok(Reason::Signal(2)));
    }
    0
}

#[test]
fn each_installed_termination_hears_its_own_events() {
    Child::start("again").exits_with(0);
}
