//! Synchronisation primitives that block a thread, with time-outs.

#![forbid(unsafe_code)]

mod barrier;
mod condition;
mod event;
mod lock;
mod semaphore;

pub use barrier::Barrier;
pub use condition::Condition;
pub use event::Event;
pub use gimmal_core::sync::{Permit, Turn};
pub use lock::{Lock, LockGuard};
pub use semaphore::{BoundedSemaphore, Semaphore};
