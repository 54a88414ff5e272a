//! [`Lock`]: the core's lock with blocking and timed forms.

#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::sync as core;
use gimmal_core::wait::Until;

use super::watch::{Held, Site, Watch};
use crate::block::{Limit, block, block_until};

/// A value that one thread at a time uses. Not poisoned by a panic: the guard unlocks when it is dropped by unwinding, too.
///
/// # Fairness
/// Waiters are woken in arrival order. A running thread may take the lock first; one that lost four times gets it handed
/// over.
///
/// # Memory ordering
/// What a thread did before it unlocked happens before what the next one does after it locked.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::sync::Lock;
///
/// static COUNT: Lock<u32> = Lock::new(0);
///
/// thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| (0..100).for_each(|_| *COUNT.lock() += 1));
///     }
/// });
/// assert_eq!(*COUNT.lock(), 400);
/// ```
///
/// A guard stays in its thread:
/// ```compile_fail
/// static COUNT: gimmal::sync::Lock<u32> = gimmal::sync::Lock::new(0);
/// let guard = COUNT.lock();
/// std::thread::spawn(move || drop(guard));
/// ```
#[doc(alias = "Mutex")]
#[derive(Default)]
pub struct Lock<T> {
    pub(super) watch: Watch,
    pub(super) lock: core::Lock<T>,
}

impl<T> Lock<T> {
    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        Lock {
            watch: Watch::new(),
            lock: core::Lock::new(value),
        }
    }

    /// Takes the lock if it is free. On a held lock nothing changes.
    #[inline]
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let site = self.watch.here();
        let guard = self.lock.try_lock()?;
        Some(LockGuard::new(guard, site.hold()))
    }

    /// Takes the lock, blocking while it is held.
    ///
    /// Locking it again in the same thread blocks for ever.
    ///
    /// # Panics
    /// In debug builds with feature `deadlock-help`, instead of blocking: see [there](crate::sync#deadlock-help).
    #[inline]
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock(&self) -> LockGuard<'_, T> {
        let site = self.watch.here();
        site.may_block();
        match self.lock.try_lock() {
            Some(guard) => LockGuard::new(guard, site.hold()),
            None => self.lock_slow(site),
        }
    }

    /// Takes the lock, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not free in time.
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_timeout(&self, timeout: Duration) -> Result<LockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::After(timeout), self.watch.here())
    }

    /// Takes the lock, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not free in time.
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_deadline(&self, deadline: Instant) -> Result<LockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::At(deadline), self.watch.here())
    }

    #[cold]
    fn lock_slow<'l>(&'l self, site: Site<'l>) -> LockGuard<'l, T> {
        let guard = block(self.lock.locking());
        LockGuard::new(guard, site.hold())
    }

    fn lock_within<'l>(
        &'l self,
        limit: Limit,
        site: Site<'l>,
    ) -> Result<LockGuard<'l, T>, TimedOut> {
        match block_until(self.lock.locking(), limit) {
            Ok(guard) => Ok(LockGuard::new(guard, site.hold())),
            Err(_) => Err(TimedOut),
        }
    }

    /// The future of `lock`, for an executor. Its guard may cross threads, as tasks do.
    pub fn lock_async(&self) -> Until<core::Locking<'_, T>> {
        self.lock.lock()
    }

    /// Is it held? A snapshot.
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// The value; nobody else has the lock.
    pub fn get_mut(&mut self) -> &mut T {
        self.lock.get_mut()
    }

    /// The value, without the lock.
    pub fn into_inner(self) -> T {
        self.lock.into_inner()
    }
}

impl<T: fmt::Debug> fmt::Debug for Lock<T> {
    /// Never waits: a held lock shows no value, but its holder, if that is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.watch.holder() {
            Some(holder) => write!(f, "Lock {{ {holder} }}"),
            None => self.lock.fmt(f),
        }
    }
}

/// The lock, held by this thread. Dropping it unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct LockGuard<'l, T> {
    /// Dropped before the core's guard, while the lock is still held.
    pub(super) held: Held<'l>,
    pub(super) guard: core::LockGuard<'l, T>,
    /// Not `Send`, as std's guard is not.
    _thread: PhantomData<MutexGuard<'static, ()>>,
}

impl<'l, T> LockGuard<'l, T> {
    /// The lock is the caller's.
    pub(super) fn new(guard: core::LockGuard<'l, T>, held: Held<'l>) -> Self {
        LockGuard {
            held,
            guard,
            _thread: PhantomData,
        }
    }

    /// For a wait that unlocks: the core's guard, and what a guard is made of, with [`Site::hold`], when the lock is the
    /// caller's again.
    pub(super) fn apart(self) -> (core::LockGuard<'l, T>, Site<'l>) {
        (self.guard, self.held.let_go())
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
