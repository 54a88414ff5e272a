//! What runs in the signal handlers.
//!
//! | who is in charge | what the handler does |
//! |---|---|
//! | this process has a [`Bell`] that is not idle, and it is armed | it exits the process |
//! | such a bell that is not armed | it notes the signal and wakes the signal thread |
//! | nobody: no `Termination` is installed, or this process was forked since | what the signal did before: the default, or nothing |
//!
//! The handlers are put in place once, by the first `install` of a line of forks, and stay: a child
//! has them too, and finds that it has no bell of its own. So no later step, in whatever process,
//! needs the locks of the table of handlers, which a thread that the child does not have may hold.
//!
//! **The second signal.** The signal thread arms the bell when it has taken the first signal,
//! before it tells anybody.
//!
//! A handler loads atomics, stores flags, writes one byte to a socket, and may end the process. It
//! takes no lock and allocates nothing.

#![allow(unsafe_code)]

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering::*};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level;

use crate::per_process::PerProcess;

/// The signals that ask for an end.
pub(super) const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// The bell of each process.
static BELL: PerProcess<Bell> = PerProcess::new();

/// What the handlers and the signal thread of a process share. Made by its first `install`, it
/// stays.
pub(super) struct Bell {
    /// No `Termination` is installed: signals do what they did before.
    pub(super) idle: AtomicBool,
    /// The next signal exits.
    pub(super) armed: AtomicBool,
    /// Set by the handlers, one for each of `SIGNALS`.
    pub(super) arrived: [AtomicBool; SIGNALS.len()],
    wake: UnixStream,
    /// The signal thread reads here. One at a time.
    pub(super) bytes: UnixStream,
}

impl Bell {
    /// The bell of this process, if it has ever installed a `Termination`.
    pub(super) fn here() -> Option<&'static Bell> {
        BELL.peek()
    }

    /// The bell of this process; made if there is none. Called by one thread at a time.
    pub(super) fn get_or_make() -> io::Result<&'static Bell> {
        if let Some(bell) = Bell::here() {
            return Ok(bell);
        }
        let new = Bell::new()?;
        Ok(BELL.get(|_| new))
    }

    fn new() -> io::Result<Self> {
        let (wake, bytes) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        Ok(Bell {
            idle: AtomicBool::new(true),
            armed: AtomicBool::new(false),
            arrived: Default::default(),
            wake,
            bytes,
        })
    }

    /// Wakes the signal thread; never blocks. If there is no room for one more byte it has been
    /// woken already.
    pub(super) fn wake(&self) {
        let _ = (&self.wake).write(&[0]);
    }
}

/// For which of `SIGNALS` the default is what the signal did before. The handlers know what to do
/// then.
static DEFAULTS: [AtomicBool; SIGNALS.len()] = [const { AtomicBool::new(false) }; SIGNALS.len()];

/// For which of `SIGNALS` the handler is in place.
static IN_PLACE: [AtomicBool; SIGNALS.len()] = [const { AtomicBool::new(false) }; SIGNALS.len()];

/// Puts the handlers in place, unless they are. Called by one thread at a time.
pub(super) fn put_in_place() -> io::Result<()> {
    for (number, signal) in SIGNALS.into_iter().enumerate() {
        // R: written by one thread at a time, and by ancestors, whose memory this is
        if IN_PLACE[number].load(Relaxed) {
            continue;
        }
        // R: the handler that reads it is not there yet
        DEFAULTS[number].store(does_the_default(signal), Relaxed);
        // SAFETY: `handle` does what a handler may do, and does not panic.
        unsafe { low_level::register(signal, move || handle(number)) }?;
        IN_PLACE[number].store(true, Relaxed); // R: see above
    }
    Ok(())
}

/// What the handler of a signal does.
fn handle(number: usize) {
    let signal = SIGNALS[number];
    // R: a signal about now may find either
    let Some(bell) = Bell::here().filter(|bell| !bell.idle.load(Relaxed)) else {
        // R: written before the handler was in place
        if DEFAULTS[number].load(Relaxed) {
            let _ = low_level::emulate_default_handler(signal);
        }
        return;
    };
    // R: it guards nothing
    if bell.armed.load(Relaxed) {
        low_level::exit(128 + signal);
    }
    bell.arrived[number].store(true, Relaxed); // R: the system call of `wake` comes after it
    bell.wake();
}

/// Returns `true` if the process, as far as it can be known, does the default on this signal.
fn does_the_default(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return true;
    };
    let in_mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let mask = line.and_then(|hex| u128::from_str_radix(hex.trim(), 16).ok());
        mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    };
    !in_mask("SigIgn:") && !in_mask("SigCgt:")
}
