//! Synchronisation primitives that block a thread, with time-outs.

#![forbid(unsafe_code)]

mod event;
mod lock;
mod semaphore;

pub use event::Event;
pub use gimmal_core::sync::Permit;
pub use lock::{Lock, LockGuard};
pub use semaphore::{BoundedSemaphore, Semaphore};
