//! [`OwnedLockGuard`], [`OwnedTaskGuard`]: a lock held together with a share of it.
//!
//! Such a guard is made of one of the core's that was just got and is forgotten: what is left of
//! that one is the fact that the lock is held, and the share takes the place of its reference.
//!
//! Invariants
//! * **I1** Each [`OwnedTaskGuard`] stands for one forgotten guard of the core's lock in its share:
//!   from [`own`] to its drop the lock is held, and its value the guard's.
//! * **I2** The value is where the share points to, which does not move while there is one.

#![allow(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::sync as core;

use crate::block::{Limit, block, block_until};
use crate::cooperate::cooperative;
use crate::sync::Lock;
use crate::sync::deadlock::Site;

/// I1: the lock is `lock`, and held by `guard`.
fn own<T: ?Sized>(lock: &Arc<Lock<T>>, guard: core::LockGuard<'_, T>) -> OwnedTaskGuard<T> {
    debug_assert!(std::ptr::eq(core::LockGuard::lock(&guard), &lock.lock));
    mem::forget(guard);
    OwnedTaskGuard {
        lock: lock.clone(),
        _value: PhantomData,
    }
}

/// Forms whose guard keeps the lock alive by a share of its `Arc`.
impl<T: ?Sized> Lock<T> {
    /// Does the same as [`try_lock`](Lock::try_lock), with a guard that keeps a share of the lock.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use gimmal::sync::Lock;
    ///
    /// let lock = Arc::new(Lock::new(1));
    /// let guard = lock.try_lock_owned().unwrap();
    /// assert!(lock.try_lock_owned().is_none());
    /// # drop(guard);
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn try_lock_owned(self: &Arc<Self>) -> Option<OwnedLockGuard<T>> {
        let site = self.watch.here();
        let guard = self.lock.try_lock()?;
        Some(OwnedLockGuard::new(own(self, guard), site))
    }

    /// Blocks like [`lock`](Lock::lock), with a guard that keeps a share of the lock.
    ///
    /// It blocks the calling thread; in a task, await [`lock_owned_async`](Self::lock_owned_async) instead.
    ///
    /// # Panics
    /// As for [`lock`](Lock::lock): only with feature `deadlock-help`.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use gimmal::sync::{Lock, OwnedLockGuard};
    ///
    /// /// A page that nobody else can turn while it is being read, wherever it is kept.
    /// struct Page(OwnedLockGuard<Vec<String>>);
    ///
    /// let lines = Arc::new(Lock::new(vec!["one".to_string()]));
    /// let mut page = Page(lines.lock_owned());
    /// page.0.push("two".into());
    /// assert!(lines.try_lock().is_none());
    /// drop(page);
    /// assert_eq!(lines.lock().len(), 2);
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_owned(self: &Arc<Self>) -> OwnedLockGuard<T> {
        let site = self.watch.here();
        site.may_block();
        let guard = block(self.lock.locking());
        OwnedLockGuard::new(own(self, guard), site)
    }

    /// Blocks like [`lock_timeout`](Lock::lock_timeout), with a guard that keeps a share of the
    /// lock.
    ///
    /// It blocks the calling thread; in a task, await [`lock_owned_async`](Self::lock_owned_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not free in time.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use gimmal::sync::Lock;
    ///
    /// let lock = Arc::new(Lock::new(1));
    /// let guard = lock.lock_owned();
    /// assert!(lock.lock_owned_timeout(Duration::from_millis(1)).is_err());
    /// # drop(guard);
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_owned_timeout(
        self: &Arc<Self>,
        timeout: Duration,
    ) -> Result<OwnedLockGuard<T>, TimedOut> {
        self.lock_owned_within(Limit::After(timeout), self.watch.here())
    }

    /// Blocks like [`lock_deadline`](Lock::lock_deadline), with a guard that keeps a share of the
    /// lock.
    ///
    /// It blocks the calling thread; in a task, await [`lock_owned_async`](Self::lock_owned_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not free in time.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Instant;
    /// use gimmal::sync::Lock;
    ///
    /// let lock = Arc::new(Lock::new(1));
    /// assert!(lock.lock_owned_deadline(Instant::now()).is_ok());
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_owned_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Result<OwnedLockGuard<T>, TimedOut> {
        self.lock_owned_within(Limit::At(deadline), self.watch.here())
    }

    fn lock_owned_within(
        self: &Arc<Self>,
        limit: Limit,
        site: Site<'_>,
    ) -> Result<OwnedLockGuard<T>, TimedOut> {
        match block_until(self.lock.locking(), limit) {
            Ok(guard) => Ok(OwnedLockGuard::new(own(self, guard), site)),
            Err(_) => Err(TimedOut),
        }
    }

    /// Returns the future of [`lock_owned`](Lock::lock_owned), for an executor. It keeps a share of
    /// the lock, and so does its guard. Both may cross threads, as tasks do.
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in the queue; a lock that was reserved for it goes to
    /// the next waiter.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use std::sync::Arc;
    /// use gimmal::sync::Lock;
    ///
    /// let count = Arc::new(Lock::new(0));
    /// let mut guard = count.lock_owned_async().await;
    /// let elsewhere = std::thread::spawn(move || *guard += 1);
    /// elsewhere.join().unwrap();
    /// assert_eq!(*count.lock(), 1);
    /// # });
    /// ```
    pub fn lock_owned_async(self: &Arc<Self>) -> impl Future<Output = OwnedTaskGuard<T>> + use<T> {
        let lock = self.clone();
        cooperative(async move {
            let guard = lock.lock.lock().await;
            own(&lock, guard)
        })
    }
}

/// A lock, held by this thread, and a share of the lock. Dropping it unlocks.
///
/// It stays in its thread, as every guard of a blocking call does:
/// ```compile_fail,E0277
/// let lock = std::sync::Arc::new(gimmal::sync::Lock::new(1));
/// let guard = lock.lock_owned();
/// std::thread::spawn(move || drop(guard));
/// ```
#[must_use = "a guard that is dropped unlocks at once"]
pub struct OwnedLockGuard<T: ?Sized> {
    guard: OwnedTaskGuard<T>,
    /// Not `Send`, as std's guard is not.
    _thread: PhantomData<MutexGuard<'static, ()>>,
}

impl<T: ?Sized> OwnedLockGuard<T> {
    /// Makes a guard of a lock that the caller has just taken, at `site`.
    fn new(guard: OwnedTaskGuard<T>, site: Site<'_>) -> Self {
        site.note();
        OwnedLockGuard {
            guard,
            _thread: PhantomData,
        }
    }

    /// Returns the lock that the guard holds. An associated function, because the value may have a
    /// method of this name.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use gimmal::sync::{Lock, OwnedLockGuard};
    ///
    /// let lock = Arc::new(Lock::new(1));
    /// let guard = lock.lock_owned();
    /// assert!(Arc::ptr_eq(OwnedLockGuard::lock(&guard), &lock));
    /// ```
    pub fn lock(guard: &Self) -> &Arc<Lock<T>> {
        &guard.guard.lock
    }
}

/// A lock, held by a task, and a share of the lock. It may cross threads. Dropping it unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct OwnedTaskGuard<T: ?Sized> {
    lock: Arc<Lock<T>>,
    /// A guard that is shared shares the value; one that moves takes it along.
    _value: PhantomData<T>,
}

// As the guards that borrow: the lock is not poisoned, with a share of it neither.
impl<T: ?Sized> UnwindSafe for OwnedTaskGuard<T> {}
impl<T: ?Sized> RefUnwindSafe for OwnedTaskGuard<T> {}

impl<T: ?Sized> OwnedTaskGuard<T> {
    /// Returns the lock that the guard holds. An associated function, because the value may have a
    /// method of this name.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use std::sync::Arc;
    /// use gimmal::sync::{Lock, OwnedTaskGuard};
    ///
    /// let lock = Arc::new(Lock::new(1));
    /// let guard = lock.lock_owned_async().await;
    /// assert!(Arc::ptr_eq(OwnedTaskGuard::lock(&guard), &lock));
    /// # });
    /// ```
    pub fn lock(guard: &Self) -> &Arc<Lock<T>> {
        &guard.lock
    }
}

impl<T: ?Sized> Deref for OwnedTaskGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: I1, I2.
        unsafe { &*self.lock.lock.data_ptr() }
    }
}

impl<T: ?Sized> DerefMut for OwnedTaskGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: I1, I2.
        unsafe { &mut *self.lock.lock.data_ptr() }
    }
}

impl<T: ?Sized> Drop for OwnedTaskGuard<T> {
    fn drop(&mut self) {
        // SAFETY: I1: the core's guard was forgotten, and this one ends here.
        unsafe { self.lock.lock.force_unlock() };
    }
}

impl<T: ?Sized> Drop for OwnedLockGuard<T> {
    fn drop(&mut self) {
        self.guard.lock.watch.let_go();
    }
}

impl<T: ?Sized> Deref for OwnedLockGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for OwnedLockGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedTaskGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
