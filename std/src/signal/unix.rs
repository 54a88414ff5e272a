//! Signal handlers, on Unix.
//!
//! The handlers are put in place once, by the first `install` of a line of forks, and stay: a child
//! has them too, and finds that it has no bell of its own. So no later step, in whatever process,
//! needs the locks of the table of handlers, which a thread that the child does not have may hold.
//!
//! A handler loads atomics, stores flags, writes one byte to a socket, and may end the process. It
//! takes no lock and allocates nothing.

#![allow(unsafe_code)]

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering::*};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level;

/// The signals that ask for an end.
pub(super) const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// How a handler wakes the signal thread: a pair of sockets.
pub(super) struct Wakeup {
    wake: UnixStream,
    bytes: UnixStream,
}

impl Wakeup {
    pub(super) fn new() -> io::Result<Self> {
        let (wake, bytes) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        Ok(Wakeup { wake, bytes })
    }

    /// Never blocks. If there is no room for one more byte the thread has been woken already.
    pub(super) fn wake(&self) {
        let _ = (&self.wake).write(&[0]);
    }

    /// # Errors
    /// If somebody has closed what is not theirs.
    pub(super) fn wait(&self) -> io::Result<()> {
        let mut buffer = [0; 64];
        loop {
            match (&self.bytes).read(&mut buffer) {
                Ok(1..) => return Ok(()),
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
    }
}

/// Exits the process at once, without destructors and exit hooks.
pub(super) fn exit(code: i32) -> ! {
    low_level::exit(code)
}

/// For which of `SIGNALS` the default is what the signal did before. The handlers know what to do
/// then.
static DEFAULTS: [AtomicBool; SIGNALS.len()] = [const { AtomicBool::new(false) }; SIGNALS.len()];

/// For which of `SIGNALS` the handler is in place.
static IN_PLACE: [AtomicBool; SIGNALS.len()] = [const { AtomicBool::new(false) }; SIGNALS.len()];

/// Puts the handlers in place, unless they are. They do what `rings` does, or, if that says `false`,
/// what the signal did before. Called by one thread at a time.
pub(super) fn put_in_place(rings: fn(usize) -> bool) -> io::Result<()> {
    for (number, signal) in SIGNALS.into_iter().enumerate() {
        // R: written by one thread at a time, and by ancestors, whose memory this is
        if IN_PLACE[number].load(Relaxed) {
            continue;
        }
        // R: the handler that reads it is not there yet
        DEFAULTS[number].store(does_the_default(signal), Relaxed);
        // SAFETY: `handle` does what a handler may do, and does not panic.
        unsafe { low_level::register(signal, move || handle(number, rings)) }?;
        IN_PLACE[number].store(true, Relaxed); // R: see above
    }
    Ok(())
}

/// What the handler of a signal does.
fn handle(number: usize, rings: fn(usize) -> bool) {
    // R: written before the handler was in place
    if !rings(number) && DEFAULTS[number].load(Relaxed) {
        let _ = low_level::emulate_default_handler(SIGNALS[number]);
    }
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
