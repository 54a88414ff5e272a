//! Guards and permits that keep their lock or semaphore by a share of it instead of a reference:
//! they can be put into a struct beside it, given to a thread that is not scoped, or be held by a
//! task that outlives its spawner.
//!
//! | from | by | result |
//! |---|---|---|
//! | `Arc<Lock<T>>` | `lock_owned`, `try_lock_owned`, the timed forms | [`OwnedLockGuard`], which stays in its thread |
//! | `Arc<Lock<T>>` | `lock_owned_async` | [`OwnedTaskGuard`], which goes where its task goes |
//! | `Arc<Semaphore>`, `Arc<BoundedSemaphore>` | `owned`, which makes a [`Request`](super::Request) | [`OwnedPermit`] |
//!
//! Each waits as the borrowing form does, and costs one step of the share's count more.

mod lock;
mod permit;

pub use lock::{OwnedLockGuard, OwnedTaskGuard};
pub use permit::OwnedPermit;
