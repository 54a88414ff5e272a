//! L4: synchronisation primitives over the waiting layer.
//!
//! | primitive | who is served |
//! |---|---|
//! | [`Lock`] | whoever comes while it is free; a waiter is passed by a bounded number of times |
//! | [`Semaphore`], [`BoundedSemaphore`] | strictly in arrival order, large requests too |
//! | [`Condition`] | in arrival order, then as the lock does |
//! | [`Event`] | everybody who waits |
//! | [`Barrier`] | all parties of a generation at once |

mod barrier;
mod condition;
mod event;
mod lock;
mod raw_lock;
mod semaphore;

pub use barrier::{Arriving, Barrier, Turn};
pub use condition::{AwaitingNotification, Condition, NotificationGuard, WaitOutcome};
pub use event::{Event, Waiting};
pub use lock::{Lock, LockGuard, Locking, MappedLockGuard};
pub use semaphore::{Acquiring, BoundedSemaphore, Permit, Semaphore};
