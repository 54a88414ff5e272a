//! Control handlers of the console, on Windows.
//!
//! | event | signal |
//! |---|---|
//! | Ctrl-C | SIGINT, 2 |
//! | Ctrl-Break | SIGBREAK, 21 |
//! | the console is closed | SIGTERM, 15 |
//!
//! The numbers are those of the C library there. The handler is put in place by the first `install`
//! and stays. The system runs it on a thread of its own, so it may take a lock.
//!
//! The system ends the process when the handler of a closed console returns, or some seconds after
//! the close. So this handler does not return then, and what is left of the time is the program's.

#![allow(unsafe_code)]

use std::io;
use std::sync::{Condvar, Mutex, OnceLock};
use std::thread;

use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};
use windows_sys::core::BOOL;

use crate::panic_guard::locked;

/// The numbers of the events that ask for an end.
pub(super) const SIGNALS: [i32; 3] = [2, 21, 15];

/// The events, in the order of `SIGNALS`.
const EVENTS: [u32; SIGNALS.len()] = [CTRL_C_EVENT, CTRL_BREAK_EVENT, CTRL_CLOSE_EVENT];

/// How a handler wakes the signal thread.
#[derive(Default)]
pub(super) struct Wakeup {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wakeup {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Wakeup::default())
    }

    pub(super) fn wake(&self) {
        *locked(&self.woken) = true;
        self.changed.notify_one();
    }

    pub(super) fn wait(&self) -> io::Result<()> {
        let woken = locked(&self.woken);
        let woken = self.changed.wait_while(woken, |woken| !*woken);
        *woken.unwrap_or_else(|poisoned| poisoned.into_inner()) = false;
        Ok(())
    }
}

/// Exits the process at once, without destructors and exit hooks.
pub(super) fn exit(code: i32) -> ! {
    // SAFETY: it has no preconditions, and the handle is always valid.
    let this = unsafe { GetCurrentProcess() };
    // SAFETY: the handle of this process may end it.
    unsafe { TerminateProcess(this, code as u32) };
    never() // reached by nobody: the process has ended
}

/// What the handler does, once it is in place.
static RINGS: OnceLock<fn(usize) -> bool> = OnceLock::new();

/// Puts the handler in place, unless it is. It does what `rings` does, or, if that says `false`, what
/// the event did before. Called by one thread at a time.
pub(super) fn put_in_place(rings: fn(usize) -> bool) -> io::Result<()> {
    if RINGS.get().is_some() {
        return Ok(());
    }
    // SAFETY: `handle` is a function for the whole of the process's life, and does not panic.
    if unsafe { SetConsoleCtrlHandler(Some(handle), 1) } == 0 {
        return Err(io::Error::last_os_error());
    }
    RINGS.get_or_init(|| rings);
    Ok(())
}

/// Returns 0 to have done what the event did before: the next handler, in the end the
/// system's, which ends the process.
extern "system" fn handle(event: u32) -> BOOL {
    let Some(number) = EVENTS.iter().position(|known| *known == event) else {
        return 0;
    };
    if !RINGS.get().is_some_and(|rings| rings(number)) {
        return 0;
    }
    if event == CTRL_CLOSE_EVENT {
        never();
    }
    1
}

/// Waits for the end of the process.
fn never() -> ! {
    loop {
        thread::park();
    }
}
