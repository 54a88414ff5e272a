//! Threads that sleep on the word of an event, beside its queue: one call of the system wakes all of them.
//!
//! Linux has such calls (a futex: H. Franke, R. Russell, M. Kirkwood, 2002). Elsewhere, and under Miri, threads wait in the queue.
//!
//! Invariant
//! * **I1** The word of an event is that of an atomic, and lives as long as the event does.

#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use gimmal_core::sync::Event;

/// Returns `true` if a thread can sleep on the word of this event.
pub(crate) fn is_possible(event: &Event) -> bool {
    word(event).is_some()
}

/// Sleeps while the word is `value`, for `timeout` at most. May return sooner.
pub(crate) fn sleep(event: &Event, value: u32, timeout: Option<Duration>) {
    if let Some(word) = word(event) {
        system::sleep(word, value, timeout);
    }
}

/// The threads that sleep on the word of an event. Dropping this wakes them all.
pub(crate) struct Sleepers<'e>(pub(crate) &'e Event);

impl Drop for Sleepers<'_> {
    #[cold]
    fn drop(&mut self) {
        if let Some(word) = word(self.0) {
            system::wake_all(word);
        }
    }
}

/// The word, if the system has calls for it. In models of loom there is none.
fn word(event: &Event) -> Option<&AtomicU32> {
    let word = NonNull::new(event.word()).filter(|_| system::SLEEPS)?;
    // SAFETY: I1, and the event is borrowed.
    Some(unsafe { AtomicU32::from_ptr(word.as_ptr()) })
}

#[cfg(target_os = "linux")]
mod system {
    use std::sync::atomic::AtomicU32;
    use std::time::Duration;

    use rustix::thread::futex::{self, Flags, Timespec};

    /// Miri knows no futex by `rustix`.
    pub(super) const SLEEPS: bool = !cfg!(miri);

    pub(super) fn sleep(word: &AtomicU32, value: u32, timeout: Option<Duration>) {
        // What overflows the clock is forever.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        // Woken, too late to sleep, a signal, time over: the caller finds out.
        let _ = futex::wait(word, Flags::PRIVATE, value, timeout.as_ref());
    }

    pub(super) fn wake_all(word: &AtomicU32) {
        let _ = futex::wake(word, Flags::PRIVATE, i32::MAX.cast_unsigned());
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::sync::atomic::AtomicU32;
    use std::time::Duration;

    pub(super) const SLEEPS: bool = false;

    pub(super) fn sleep(_word: &AtomicU32, _value: u32, _timeout: Option<Duration>) {}

    pub(super) fn wake_all(_word: &AtomicU32) {}
}
