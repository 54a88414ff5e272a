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

    /// The mode that a pool begins with in this process.
    pub(crate) fn mode(&self) -> Mode {
        Mode::of(self.mode.load(Relaxed)) // R: it guards nothing
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.mode.store(mode as u8, Relaxed); // R: it guards nothing
    }
}
