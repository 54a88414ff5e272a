//! The run that a thread belongs to: [`CurrentRun`], in a thread-local.
//!
//! A member has it from its first step to its last thread-local, and so has a scoped thread that is
//! started in a run: it is no member, but what it starts belongs to the run.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::mem::{self, ManuallyDrop};
use std::sync::Arc;

use super::registry::Registry;

thread_local! {
    static SCOPED_EXIT: Cell<Option<ScopedExit>> = const { Cell::new(None) };

    /// Never destroyed, and so there in all destructors of thread-locals: whoever sets it takes it
    /// away.
    static CURRENT: RefCell<ManuallyDrop<Option<CurrentRun>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// The run that a thread belongs to.
#[derive(Clone)]
pub(crate) struct CurrentRun {
    pub(super) registry: Arc<Registry>,
    /// The thread is a daemon there, or a scoped thread of one.
    pub(super) daemon: bool,
}

impl CurrentRun {
    /// That of the thread that runs the closure.
    pub(super) fn of(registry: Arc<Registry>) -> Self {
        CurrentRun {
            registry,
            daemon: false,
        }
    }

    /// That of the calling thread.
    pub(crate) fn get() -> Option<Self> {
        CURRENT.with(|current| (**current.borrow()).clone())
    }

    /// Makes it that of the calling thread, and returns the one before.
    pub(super) fn replace(new: Option<Self>) -> Option<Self> {
        CURRENT.with(|current| mem::replace(&mut **current.borrow_mut(), new))
    }

    /// Makes it that of the calling thread, a scoped one that has just begun, to its last
    /// thread-local.
    pub(crate) fn enter_scoped(run: Option<Self>) {
        if run.is_some() {
            SCOPED_EXIT.set(Some(ScopedExit));
            drop(Self::replace(run));
        }
    }
}

/// In a thread-local of a scoped thread, like `ExitMarker` in one of a member.
struct ScopedExit;

impl Drop for ScopedExit {
    fn drop(&mut self) {
        drop(CurrentRun::replace(None));
    }
}

/// While it lives its thread belongs to another run than before.
pub(super) struct RunScope {
    before: Option<CurrentRun>,
}

impl RunScope {
    pub(super) fn enter(run: CurrentRun) -> Self {
        RunScope {
            before: CurrentRun::replace(Some(run)),
        }
    }
}

impl Drop for RunScope {
    fn drop(&mut self) {
        drop(CurrentRun::replace(self.before.take()));
    }
}
