//! What several test files need: a watchdog, payloads that are counted, a wait for a thread that waits.
#![allow(dead_code)] // Each file uses its part.

#[cfg(any(unix, windows))]
pub(crate) mod child;
pub(crate) mod listed;
pub(crate) mod logged;
pub(crate) mod parties;
pub(crate) mod verbs;

#[cfg(all(target_os = "linux", not(miri)))]
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use gimmal::Context;
use gimmal::socket::Builder;
use gimmal::sync::Semaphore;

/// Longer than anything here takes, on a machine that does something else too.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Short, where a time-out is to be over.
pub(crate) const SHORT: Duration = Duration::from_millis(20);

/// A context of few sockets, whose tables an interpreter makes in no time.
pub(crate) fn small() -> Builder {
    let builder = Context::builder().sockets(8).names(8).pipes(16);
    #[cfg(feature = "net")]
    let builder = builder.wires(2);
    builder
}

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

/// How many rounds a test runs: few under an interpreter.
pub(crate) const fn rounds(full: usize) -> usize {
    if cfg!(miri) && full > 20 { 20 } else { full }
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

/// The name that a thread has for the kernel, and whether it sleeps there, by its directory under `/proc`.
#[cfg(all(target_os = "linux", not(miri)))]
fn look(task: &Path) -> Option<(String, bool)> {
    let stat = std::fs::read_to_string(task.join("stat")).ok()?;
    let (open, close) = (stat.find('(')?, stat.rfind(')')?);
    let sleeps = stat[close + 1..].trim_start().starts_with('S');
    Some((stat[open + 1..close].to_string(), sleeps))
}

/// The directory of the calling thread under `/proc`.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn own_task() -> PathBuf {
    Path::new("/proc").join(std::fs::read_link("/proc/thread-self").unwrap())
}

/// Whether the thread with this directory sleeps in the kernel.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn task_sleeps(task: &Path) -> bool {
    look(task).is_some_and(|(_, sleeps)| sleeps)
}

/// Whether a thread of this process sleeps in the kernel, by the name it has there; `None` if there is none of that name.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn sleeps(name: &str) -> Option<bool> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let mut seen = tasks.filter_map(|task| look(&task.path()));
    seen.find_map(|(its, sleeps)| (its == name).then_some(sleeps))
}

/// Returns when the named thread sleeps in the kernel; where that cannot be seen, as under Miri, when others have had a
/// chance to run.
#[track_caller]
pub(crate) fn until_it_sleeps(name: &str) {
    #[cfg(all(target_os = "linux", not(miri)))]
    until(|| sleeps(name) == Some(true));
    #[cfg(not(all(target_os = "linux", not(miri))))]
    {
        let _ = name;
        give_way();
    }
}

/// Sends the calling thread to sleep in a queue, really, and wakes it. (For an event it would sleep on a word.)
pub(crate) fn sleep_once() {
    let permits = Semaphore::new(0);
    #[cfg(all(target_os = "linux", not(miri)))]
    let task = own_task();
    thread::scope(|scope| {
        scope.spawn(|| {
            #[cfg(all(target_os = "linux", not(miri)))]
            until(|| task_sleeps(&task));
            #[cfg(not(all(target_os = "linux", not(miri))))]
            give_way();
            permits.release(1).unwrap();
        });
        permits.acquire().unwrap().forget();
    });
}

#[cfg(not(all(target_os = "linux", not(miri))))]
fn give_way() {
    (0..1000).for_each(|_| thread::yield_now());
}
