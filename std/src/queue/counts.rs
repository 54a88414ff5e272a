//! What counts as done, by which [`join`](super::Ordered::join) and `task_done` go.
//!
//! An item that was put is not done until it was taken and said to be done: by the drop of its
//! [`Task`](super::Task), or by [`task_done`](super::Ordered::task_done). So `join` waits until
//! nothing is in the queue and both counts are zero, and `taken` is how often `task_done` may be called.

#![forbid(unsafe_code)]

use std::fmt;

/// The reason why `task_done` failed: it was called more often than items were taken. Nothing has
/// changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTaken;

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more items were said to be done than were taken")
    }
}

impl std::error::Error for NotTaken {}

/// As what an item is taken.
#[derive(Clone, Copy)]
pub enum As {
    /// By `get`: it is done when `task_done` says so.
    Item,
    /// By `get_task`: it is done when the task is dropped.
    Task,
    /// By `close_now`: it is done.
    Left,
}

/// Items that are taken and not done.
#[derive(Default)]
pub(super) struct Counts {
    /// Taken by `get`.
    taken: usize,
    /// Tasks that live.
    tasks: usize,
}

impl Counts {
    /// Counts `n` items as taken.
    pub(super) fn count(&mut self, n: usize, taken: As) {
        match taken {
            As::Item => self.taken += n,
            As::Task => self.tasks += n,
            As::Left => {}
        }
    }

    pub(super) fn task_done(&mut self) -> Result<(), NotTaken> {
        self.taken = self.taken.checked_sub(1).ok_or(NotTaken)?;
        Ok(())
    }

    pub(super) fn task_dropped(&mut self) {
        // Of a forked child, the counts may be new ones that know no task.
        self.tasks = self.tasks.saturating_sub(1);
    }

    /// Returns `true` if everything that was taken is done.
    pub(super) fn are_none(&self) -> bool {
        self.taken + self.tasks == 0
    }
}
