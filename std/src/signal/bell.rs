//! [`Bell`]: what the handlers of a process and its signal thread share.
//!
//! | the bell of this process | what a handler does |
//! |---|---|
//! | there is one, it is not idle, and it is armed | it exits the process |
//! | there is one, neither idle nor armed | it notes the signal and wakes the signal thread |
//! | there is none, or it is idle: no `Termination` is installed, or this process was forked since | what the signal did before: the default, or nothing |
//!
//! **The second signal.** The signal thread arms the bell when it has taken the first signal,
//! before it tells anybody.
//!
//! How a handler is put in place, how it wakes the thread, and how it exits is the host's.

#![forbid(unsafe_code)]

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::*};

use super::host::{self, SIGNALS, Wakeup};
use crate::per_process::PerProcess;

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
    wakeup: Wakeup,
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
        let new = Bell {
            idle: AtomicBool::new(true),
            armed: AtomicBool::new(false),
            arrived: Default::default(),
            wakeup: Wakeup::new()?,
        };
        Ok(BELL.get(|_| new))
    }

    /// What the handler of a signal does. Returns `false` if the signal is to do what it did before.
    pub(super) fn ring(number: usize) -> bool {
        // R: a signal about now may find either
        let Some(bell) = Bell::here().filter(|bell| !bell.idle.load(Relaxed)) else {
            return false;
        };
        // R: it guards nothing
        if bell.armed.load(Relaxed) {
            host::exit(128 + SIGNALS[number]);
        }
        bell.arrived[number].store(true, Relaxed); // R: `wake` comes after it, and orders it
        bell.wake();
        true
    }

    /// Wakes the signal thread; in a handler, too.
    pub(super) fn wake(&self) {
        self.wakeup.wake();
    }

    /// Waits until it is woken. What has woken it before counts. One thread at a time.
    ///
    /// # Errors
    /// If it can never be woken again.
    pub(super) fn wait(&self) -> io::Result<()> {
        self.wakeup.wait()
    }
}
