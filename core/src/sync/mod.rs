//! L4: synchronisation primitives over the waiting layer.
//!
//! | primitive | who is served |
//! |---|---|
//! | [`Lock`] | whoever comes while it is free; a waiter is passed by a bounded number of times |
//! | [`Semaphore`], [`BoundedSemaphore`] | strictly in arrival order, large requests too |
//! | [`Event`] | everybody who waits |

mod event;
mod lock;
mod semaphore;

pub use event::{Event, Waiting};
pub use lock::{Lock, LockGuard, Locking};
pub use semaphore::{Acquiring, BoundedSemaphore, Permit, Semaphore};
