//! Synchronisation primitives that block a thread, with time-outs; each is also a future, for
//! tasks.
//!
//! | you want | take |
//! |---|---|
//! | one thread at a time | [`Lock`] |
//! | the same, and the owner may lock again | [`ReentrantLock`] |
//! | at most `n` threads at once | [`Semaphore`], or [`BoundedSemaphore`], which refuses a release too many |
//! | to wait until a locked value has changed | [`Condition`] |
//! | to wait until something has happened | [`Event`] |
//! | `n` threads that wait for each other | [`Barrier`] |
//! | a guard or a permit that outlives the borrow | [`Lock::lock_owned`], [`Semaphore::owned`] |
//!
//! # Deadlock help
//! With feature `deadlock-help` a [`Lock`] and a [`ReentrantLock`] know which thread holds them,
//! and since which line. Their `Debug` shows it: `Lock { held by "worker-1" at src/x.rs:10:5 }`.
//!
//! In debug builds (precisely: with `debug_assertions` on for this crate) `lock` and `lock_owned`
//! panic before a wait that could be for ever, and name the lines:
//! * the calling thread holds the lock already, and it is not a `ReentrantLock`;
//! * the calling thread holds a lock `a` and wants `b`, and some thread once held `b` and wanted
//!   `a`, or a longer circle of locks has come about in this way. That deadlocks only if the
//!   threads meet; it is reported every time, whether they do or not, and also where a third lock,
//!   held around both orders, keeps them apart.
//!
//! Forms that do not wait, or wait with a time-out (`Duration::MAX` included), never panic and
//! record no order; a lock that they have taken counts as held. The futures `lock_async` and
//! `lock_owned_async` are not watched, since several tasks share a thread. A thread that is
//! unwinding is not stopped because of an order.
//!
//! The feature is off by default, and then nothing of this is in the program. With it, each locking
//! costs two more short locks, and in debug builds one lock of the whole process while a thread
//! holds several. Do not measure with it.

mod barrier;
mod bounded;
mod condition;
mod deadlock;
mod event;
mod lock;
mod owned;
mod reentrant;
mod request;
mod semaphore;
pub(crate) mod thread_id;

pub use barrier::Barrier;
pub use bounded::BoundedSemaphore;
pub use condition::Condition;
pub use event::Event;
/// A lock, held by a task: what [`Lock::lock_async`] gives. It may cross threads, as tasks do.
/// Dropping it unlocks.
///
/// The crate `gimmal-core` calls it `LockGuard`, and says of it:
///
pub use gimmal_core::sync::LockGuard as TaskGuard;
/// A lock, held by a task, with access to a part of its value: see [`TaskGuard::map`].
///
/// The crate `gimmal-core` calls it `MappedLockGuard`, and says of it:
///
pub use gimmal_core::sync::MappedLockGuard as MappedTaskGuard;
pub use gimmal_core::sync::{Permit, Turn};
pub use lock::{Lock, LockGuard, MappedLockGuard};
pub use owned::{OwnedLockGuard, OwnedPermit, OwnedTaskGuard};
pub use reentrant::{ReentrantLock, ReentrantLockGuard};
pub use request::{PermitSource, Request};
pub use semaphore::Semaphore;
