//! [`Plan`]: what a pool is in every process.

#![forbid(unsafe_code)]

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::scheduler::Mode;

/// What runs in each worker first. Should it panic, the pool is broken and does not run it again.
pub(crate) type Initializer = AssertUnwindSafe<Box<dyn Fn() + Send + Sync>>;

/// What a pool is in every process.
pub(crate) struct Plan {
    pub(crate) threads: usize,
    pub(crate) queue: usize,
    pub(crate) name: String,
    pub(crate) stack_size: Option<usize>,
    pub(crate) initializer: Option<Initializer>,
    /// The mode, for processes that are forked later.
    mode: AtomicU8,
}

impl Plan {
    pub(crate) fn new(
        threads: usize,
        queue: usize,
        name: String,
        stack_size: Option<usize>,
        initializer: Option<Initializer>,
    ) -> Arc<Self> {
        Arc::new(Plan {
            threads,
            queue,
            name,
            stack_size,
            initializer,
            mode: AtomicU8::new(Mode::Open as u8),
        })
    }

    /// The mode, without the lock of the scheduler.
    pub(crate) fn mode(&self) -> Mode {
        let mode = self.mode.load(Relaxed); // R: E1 of `workers`, where it matters
        let closed = [Mode::Drain, Mode::Cancel, Mode::Broken];
        let it = closed.into_iter().find(|closed| *closed as u8 == mode);
        it.unwrap_or(Mode::Open)
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.mode.store(mode as u8, Relaxed); // R: E1 of `workers`, where it matters
    }
}
