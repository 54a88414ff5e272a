//! Synchronisation primitives that block a thread, with time-outs.
//!
//! # Deadlock help
//! With feature `deadlock-help` a [`Lock`] and a [`ReentrantLock`] know who holds them, and since which line. Their `Debug`
//! shows it: `Lock { held by "worker-1" at src/x.rs:10:5 }`.
//!
//! In debug builds, more exactly where `debug_assertions` are on for this crate, `lock` and `lock_owned` panic before they
//! block if it could be for ever, and name the lines:
//! * the calling thread has the lock already, and it is not a `ReentrantLock`;
//! * the calling thread has a lock `a` and wants `b`, and some thread once had `b` and wanted `a`; or it went round over more
//!   locks. That is a deadlock only if they do it at the same moment; it is reported always, whoever is first. Locks that
//!   are kept apart by a third one, held around both orders, are reported too.
//!
//! Non-waiting and timed forms never panic, and what they wait for says nothing of an order, as they do not wait for ever
//! (`Duration::MAX` is taken for a time-out too); but what they have taken counts as held like everything else. The forms
//! `lock_async` and `lock_owned_async` are for tasks, of which several share a thread: they are not watched. A thread that
//! unwinds is not stopped because of an order.
//!
//! Without the feature, which is off by default, nothing of this is in the program. With it each locking costs two more
//! short locks, and in debug builds one of the whole process while a thread holds several. Not for measuring.

mod barrier;
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
pub use condition::Condition;
pub use event::Event;
/// A lock, held by a task: what [`Lock::lock_async`] gives. It may cross threads, as tasks do. Dropping it unlocks.
pub use gimmal_core::sync::LockGuard as TaskGuard;
/// A lock, held by a task, with access to a part of its value: see [`TaskGuard::map`].
pub use gimmal_core::sync::MappedLockGuard as MappedTaskGuard;
pub use gimmal_core::sync::{Permit, Turn};
pub use lock::{Lock, LockGuard, MappedLockGuard};
pub use owned::{OwnedLockGuard, OwnedPermit, OwnedTaskGuard};
pub use reentrant::{ReentrantLock, ReentrantLockGuard};
pub use request::{PermitSource, Request};
pub use semaphore::{BoundedSemaphore, Semaphore};
