//! [`Notices`]: how a worker that takes a job, and locks nothing, agrees with who closes the pool and
//! with who watches its queue. `loom-tests/tests/pool/notices.rs` models this file as it is.
//!
//! | edge | the worker | the other | what is certain |
//! |---|---|---|---|
//! | E1 | takes the job and claims it; `after_taking`: `fence(SeqCst)`, `mode.load` | `set_mode`: `mode.store`, `fence(SeqCst)`; then takes what is queued | the worker sees the mode, or the other that the job is claimed |
//! | E2 | takes the job; `after_taking`: `fence(SeqCst)`, `watchers.load` | `watch`: `watchers.fetch_add`, `fence(SeqCst)`; then tries | the worker sees the watch, or the other that there is room |

#![forbid(unsafe_code)]

// By a name that means loom's in the model.
use super::atomic::{AtomicU8, AtomicUsize, Ordering::*, fence};

pub(super) struct Notices {
    /// That of the scheduler, as a number.
    mode: AtomicU8,
    /// How many want to be told when jobs have left the queue.
    watchers: AtomicUsize,
}

impl Notices {
    /// Of a pool with this mode; nobody watches.
    pub(super) fn new(mode: u8) -> Self {
        Notices {
            mode: AtomicU8::new(mode),
            watchers: AtomicUsize::new(0),
        }
    }

    /// The pool has this mode from now on.
    pub(super) fn set_mode(&self, mode: u8) {
        self.mode.store(mode, Relaxed); // R: E1
        fence(SeqCst); // E1
    }

    /// Somebody watches from now on.
    pub(super) fn watch(&self) {
        self.watchers.fetch_add(1, Relaxed); // R: E2
        fence(SeqCst); // E2
    }

    /// One fewer watches.
    pub(super) fn unwatch(&self) {
        self.watchers.fetch_sub(1, Relaxed); // R: what is told too often is told for nothing
    }

    /// After a worker has taken a job, and claimed it: the mode, and whether somebody watches.
    pub(super) fn after_taking(&self) -> (u8, bool) {
        fence(SeqCst); // E1, E2
        let mode = self.mode.load(Relaxed); // R: E1
        (mode, self.watchers.load(Relaxed) > 0) // R: E2
    }
}
