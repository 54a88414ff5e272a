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
pub struct Lock<T>(core::Lock<T>);

impl<T> Lock<T> {
    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        Lock(core::Lock::new(value))
    }

    /// Takes the lock if it is free. On a held lock nothing changes.
    #[inline]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        self.0.try_lock().map(LockGuard::new)
    }

    /// Takes the lock, blocking while it is held.
    ///
    /// Locking it again in the same thread blocks for ever.
    #[inline]
    pub fn lock(&self) -> LockGuard<'_, T> {
        match self.0.try_lock() {
            Some(guard) => LockGuard::new(guard),
            None => self.lock_slow(),
        }
    }

    /// Takes the lock, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not free in time.
    pub fn lock_timeout(&self, timeout: Duration) -> Result<LockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::After(timeout))
    }

    /// Takes the lock, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not free in time.
    pub fn lock_deadline(&self, deadline: Instant) -> Result<LockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::At(deadline))
    }

    #[cold]
    fn lock_slow(&self) -> LockGuard<'_, T> {
        LockGuard::new(block(self.0.locking()))
    }

    fn lock_within(&self, limit: Limit) -> Result<LockGuard<'_, T>, TimedOut> {
        let locked = block_until(self.0.locking(), limit);
        locked.map(LockGuard::new).map_err(|_| TimedOut)
    }

    /// The future of `lock`, for an executor. Its guard may cross threads, as tasks do.
    pub fn lock_async(&self) -> Until<core::Locking<'_, T>> {
        self.0.lock()
    }

    /// Is it held? A snapshot.
    pub fn is_locked(&self) -> bool {
        self.0.is_locked()
    }

    /// The value; nobody else has the lock.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// The value, without the lock.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The lock, held by this thread. Dropping it unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct LockGuard<'l, T> {
    guard: core::LockGuard<'l, T>,
    /// Not `Send`, as std's guard is not.
    _thread: PhantomData<MutexGuard<'static, ()>>,
}

impl<'l, T> LockGuard<'l, T> {
    pub(super) fn new(guard: core::LockGuard<'l, T>) -> Self {
        LockGuard {
            guard,
            _thread: PhantomData,
        }
    }

    /// The core's guard, for a wait that gives it up in this thread and takes it again.
    pub(super) fn into_core(self) -> core::LockGuard<'l, T> {
        self.guard
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
