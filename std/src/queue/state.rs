//! What a queue's mutex guards: the items, and the counts by which [`join`](super::Ordered::join)
//! and `task_done` go.
//!
//! An item that was put is not done until it was taken and said to be done: by the drop of its
//! [`Task`](super::Task), or by [`task_done`](super::Ordered::task_done). So `join` waits for
//! `queued + taken + tasks` to be zero, and `taken` is how often `task_done` may be called.

#![forbid(unsafe_code)]

use std::fmt;

use crate::generation::Generation;
use crate::sync::thread_id::{NOBODY, me};

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
pub(super) enum As {
    /// By `get`: it is done when `task_done` says so.
    Item,
    /// By `get_task`: it is done when the task is dropped.
    Task,
    /// By `close_now`: it is done.
    Left,
}

pub(super) struct State<S> {
    pub(super) store: S,
    /// Items put and not taken, the detached ones included.
    pub(super) queued: usize,
    /// Items taken by `get` and not said to be done.
    pub(super) taken: usize,
    /// Tasks that live.
    pub(super) tasks: usize,
    pub(super) closed: bool,
    /// The thread that has detached the store, or `NOBODY`; and the process that it is of.
    comparing: u64,
    comparing_in: Option<Generation>,
}

impl<S> State<S> {
    /// An open queue over an empty store.
    pub(super) fn new(store: S) -> Self {
        State {
            store,
            queued: 0,
            taken: 0,
            tasks: 0,
            closed: false,
            comparing: NOBODY,
            comparing_in: None,
        }
    }

    /// A closed queue over an empty store.
    pub(super) fn closed(store: S) -> Self {
        State {
            closed: true,
            ..Self::new(store)
        }
    }

    /// Returns `true` if everything that was put is done.
    pub(super) fn is_done(&self) -> bool {
        self.queued + self.taken + self.tasks == 0
    }

    /// Counts `n` items as taken.
    pub(super) fn count(&mut self, n: usize, taken: As) {
        // Fewer than were there if this thread has forked in a comparison, and is in the child.
        self.queued = self.queued.saturating_sub(n);
        match taken {
            As::Item => self.taken += n,
            As::Task => self.tasks += n,
            As::Left => {}
        }
    }

    /// Names the calling thread as the one that has detached the store.
    pub(super) fn begin_comparing(&mut self) {
        (self.comparing, self.comparing_in) = (me(), Some(Generation::current()));
    }

    /// The store is attached again.
    pub(super) fn end_comparing(&mut self) {
        (self.comparing, self.comparing_in) = (NOBODY, None);
    }

    /// Returns `true` while any thread compares the items.
    pub(super) fn is_detached(&self) -> bool {
        self.comparing != NOBODY
    }

    /// Returns `true` if a thread has detached the store that only an ancestor of this process has.
    pub(super) fn is_orphaned(&self) -> bool {
        self.comparing_in
            .is_some_and(|process| !process.is_current())
    }

    /// Returns `true` while another thread compares the items.
    pub(super) fn is_compared(&self) -> bool {
        if self.comparing == NOBODY {
            return false;
        }
        if self.comparing == me() {
            panic!("what compares the items of a queue cannot take from it");
        }
        true
    }
}
