//! Synchronisation primitives: lock, semaphore, condition, event, barrier.
//!
//! | primitive | fairness |
//! |---|---|
//! | [`Lock`] | a newcomer may take a free lock; a waiter is overtaken a bounded number of times |
//! | [`Semaphore`], [`BoundedSemaphore`] | strict arrival order, for large requests too |
//! | [`Condition`] | notified in arrival order, then as the lock has it |
//! | [`Event`] | all waiters are released at once |
//! | [`Barrier`] | all parties of a generation are released at once |

mod arriving;
mod barrier;
mod bounded;
mod condition;
mod event;
mod lock;
mod raw_lock;
mod semaphore;
mod turn;

pub use arriving::Arriving;
pub use barrier::Barrier;
pub use bounded::BoundedSemaphore;
pub use condition::{AwaitingNotification, Condition, NotificationGuard, WaitOutcome};
pub use event::{Event, Waiting};
pub use lock::{Lock, LockGuard, Locking, MappedLockGuard};
pub use semaphore::{Acquiring, Permit, Semaphore};
pub use turn::Turn;
