//! A lock and a condition, and a log in which waiters write that they have come: whoever finds that written, and has the
//! lock, finds them in the queue.

use gimmal::sync::{Condition, Lock, LockGuard};

use super::until;

/// Where threads wait.
#[derive(Default)]
pub(crate) struct Logged {
    pub(crate) lock: Lock<Log>,
    pub(crate) changed: Condition,
}

/// What they write down.
#[derive(Default)]
pub(crate) struct Log {
    /// How many have ever come to wait.
    pub(crate) came: usize,
    /// Who is back.
    pub(crate) back: Vec<usize>,
    /// What there is to be taken.
    pub(crate) items: usize,
}

impl Logged {
    /// Locks, and writes down that it will wait.
    pub(crate) fn comes(&self) -> LockGuard<'_, Log> {
        let mut log = self.lock.lock();
        log.came += 1;
        log
    }

    /// Waits without a limit, and writes down that it is back.
    pub(crate) fn waits(&self, who: usize) {
        let mut log = self.changed.wait(self.comes()).unwrap();
        log.back.push(who);
    }

    /// The lock, when so many have come, and wait.
    #[track_caller]
    pub(crate) fn with(&self, waiters: usize) -> LockGuard<'_, Log> {
        until(|| self.lock.lock().came >= waiters);
        self.lock.lock()
    }

    /// Yields until so many are back; says who, the smallest number first.
    #[track_caller]
    pub(crate) fn back(&self, count: usize) -> Vec<usize> {
        until(|| self.lock.lock().back.len() >= count);
        let mut back = self.lock.lock().back.clone();
        back.sort_unstable();
        back
    }
}
