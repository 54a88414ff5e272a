//! Sharing: one value, several threads or tasks.
//!
//! | you want | take |
//! |---|---|
//! | one at a time | [`Lock`](crate::sync::Lock), with the value inside |
//! | the same, and the owner may lock again | [`ReentrantLock`](crate::sync::ReentrantLock) |
//! | wait until the value is as you need it | [`Condition`](crate::sync::Condition) |
//! | at most `n` at once, or count what there is | [`Semaphore`](crate::sync::Semaphore), [`BoundedSemaphore`](crate::sync::BoundedSemaphore) |
//! | "it has happened", for everybody | [`Event`](crate::sync::Event) |
//! | meet, all of them | [`Barrier`](crate::sync::Barrier) |
//! | a number | an atomic of std |
//! | nothing shared at all | a [channel](super::queues): often the simpler program |
//!
//! ```
//! use gimmal::sync::{Condition, Lock};
//! use gimmal::thread;
//!
//! let (items, added) = (Lock::new(Vec::new()), Condition::new());
//! thread::scope(|scope| {
//!     scope.spawn(|| {
//!         items.lock().push(7);
//!         added.notify_one();
//!     });
//!     // Releases the lock while it waits, and has it again when it returns.
//!     let items = added.wait_while(items.lock(), |items| items.is_empty()).unwrap();
//!     assert_eq!(*items, [7]);
//! });
//! ```
//!
//! **Bind the guard.** `lock.lock();` as a statement locks and unlocks at once; `let guard = …` keeps
//! the lock to the end of the block. So do permits:
//! ```
//! use gimmal::sync::Semaphore;
//!
//! static DOWNLOADS: Semaphore = Semaphore::new(3);
//!
//! fn download() {
//!     let _permit = DOWNLOADS.acquire().unwrap(); // not `_`, which drops it here
//!     assert!(DOWNLOADS.available() < 3);
//! }
//! download();
//! assert_eq!(DOWNLOADS.available(), 3);
//! ```
//!
//! **A guard stays where it is.** It cannot go to another thread. One that keeps a share of its `Arc`
//! and outlives the borrow is [`lock_owned`](crate::sync::Lock::lock_owned); a permit that goes to
//! another thread is [`owned`](crate::sync::Semaphore::owned), which a `select` cannot wait for: there
//! [`forget`](crate::sync::Permit::forget) the permit, and `release` it later. In a task take the guard of
//! [`lock_async`](crate::sync::Lock::lock_async), which may be held over an `.await`.
//!
//! **After a panic** the lock is free: there is no poison. If the value may be half changed then,
//! change a copy and put it back.
//!
//! **All of these can end.** A semaphore and a condition can be closed, a barrier broken, an event set:
//! see [`shutdown`](super::shutdown).
//!
//! Programs: `counter_lock`, `fake_data_store`, `condition_list`, `barrier_start`, `downloads`.

#![forbid(unsafe_code)]
