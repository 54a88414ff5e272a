//! What several test files need: a watchdog, payloads that are counted, a wait for a thread that waits.
#![allow(dead_code)] // Each file uses its part.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes, on a machine that does something else too.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Short, where a time-out is to be over.
pub(crate) const SHORT: Duration = Duration::from_millis(20);

/// Runs `test` in a thread, and fails if it hangs.
#[track_caller]
pub(crate) fn bounded<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        let result = test();
        let _ = sender.send(());
        result
    });
    if let Err(mpsc::RecvTimeoutError::Timeout) = receiver.recv_timeout(LONG) {
        panic!("hangs");
    }
    match thread.join() {
        Ok(result) => result,
        Err(why) => std::panic::resume_unwind(why),
    }
}

/// Yields until `condition` holds: for what cannot be waited for, because it leaves no trace but a state.
#[track_caller]
pub(crate) fn until(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < end, "it did not come about");
        thread::yield_now();
    }
}

/// Counts its drops.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drops(Arc<AtomicUsize>);

impl Drops {
    /// One more value that is counted when it goes.
    pub(crate) fn one(&self, number: usize) -> Counted {
        Counted(number, self.0.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// A value with a number, whose drop is counted.
#[derive(Debug)]
pub(crate) struct Counted(usize, Arc<AtomicUsize>);

impl Counted {
    /// Its number. A closure that asks for it holds the whole value.
    pub(crate) fn number(&self) -> usize {
        self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, SeqCst);
    }
}

/// Whether a thread of this process sleeps in the kernel, by the name it has there; `None` if there is none of that name.
#[cfg(target_os = "linux")]
pub(crate) fn sleeps(name: &str) -> Option<bool> {
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let Ok(stat) = std::fs::read_to_string(task.path().join("stat")) else {
            continue;
        };
        let (open, close) = (stat.find('(').unwrap(), stat.rfind(')').unwrap());
        if &stat[open + 1..close] == name {
            return Some(stat[close + 1..].trim_start().starts_with('S'));
        }
    }
    None
}

/// Returns when the named thread sleeps in the kernel; where that cannot be seen, when others have had a chance to run.
#[track_caller]
pub(crate) fn until_it_sleeps(name: &str) {
    #[cfg(target_os = "linux")]
    until(|| sleeps(name) == Some(true));
    #[cfg(not(target_os = "linux"))]
    for _ in 0..1000 {
        let _ = name;
        thread::yield_now();
    }
}
