//! L0: [`ForkGate`]: sections that no fork of the process comes into. `shim/fork.rs` has the one of
//! the process; `loom-tests/tests/shim/fork_gate.rs` models this file as it is.
//!
//! | edge | one half | other half | what it carries |
//! |---|---|---|---|
//! | E1 | a section: `inside.fetch_add`, `fence(SeqCst)`, `forking.load` | a fork: `forking.fetch_add`, `fence(SeqCst)`, `inside.load` | the fork sees the section, or the section sees the fork |
//! | E2 | `leave`: `inside.fetch_sub(Release)` | `is_entered`: `inside.load(Acquire)` | what a section has changed, to the child |
//! | E3 | `end_fork`: `forking.fetch_sub(Release)` | `try_enter`: `forking.load(Acquire)` | that the child has its copy, before a section changes anything |

#![forbid(unsafe_code)]

// By a name that means loom's in the model.
use super::atomic::{AtomicUsize, Ordering::*, fence};

pub(super) struct ForkGate {
    /// Threads in a section, or on their way in or back out of it.
    pub(super) inside: AtomicUsize,
    /// Threads that fork.
    pub(super) forking: AtomicUsize,
}

impl ForkGate {
    /// Begins a section. Returns `false`, and begins none, if a thread is forking.
    pub(super) fn try_enter(&self) -> bool {
        self.inside.fetch_add(1, Relaxed); // R: E1
        fence(SeqCst); // E1
        let is_open = self.forking.load(Acquire) == 0; // E3
        if !is_open {
            self.leave();
        }
        is_open
    }

    /// Ends a section.
    pub(super) fn leave(&self) {
        self.inside.fetch_sub(1, Release); // E2
    }

    /// Returns `true` while a thread is forking: a snapshot.
    pub(super) fn is_forking(&self) -> bool {
        self.forking.load(Relaxed) > 0 // R: `try_enter` decides
    }

    /// Lets nobody in from now on.
    pub(super) fn begin_fork(&self) {
        self.forking.fetch_add(1, Relaxed); // R: E1
        fence(SeqCst); // E1
    }

    /// Returns `true` if more than `own` threads are inside.
    pub(super) fn is_entered(&self, own: usize) -> bool {
        self.inside.load(Acquire) > own // E2
    }

    /// The child has been made.
    pub(super) fn end_fork(&self) {
        self.forking.fetch_sub(1, Release); // E3
    }

    /// In the child, whose one thread is in `own` sections.
    pub(super) fn begin_in_child(&self, own: usize) {
        self.inside.store(own, Relaxed); // R: there is no other thread
        self.forking.store(0, Relaxed); // R: as above
    }
}
