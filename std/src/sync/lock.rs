//! [`Lock`]: the core's lock with blocking and timed forms.

#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::MutexGuard;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::facade::const_fn;
use gimmal_core::sync as core;
use gimmal_core::sync::LockGuard as TaskGuard;

use super::deadlock::{Held, Site, Watch};
use crate::block::{Limit, block, block_until, spin};
use crate::cooperate::cooperative;

/// How often a thread yields that finds the lock reserved for a waiter that the system has not run
/// yet. The waiter needs a core. If the thread slept instead, the waiter would soon pass it as often
/// as it was passed itself, and would sleep in its turn. Beside threads that compute, threads that
/// take turns at sleeping leave their cores to the others (`loaded/lock/inside`).
const YIELDS_RESERVED: u32 = 4;

/// A value that one thread or task at a time uses. A panic does not poison it: the guard unlocks
/// when unwinding drops it, too.
///
/// # Fairness
/// Waiters are woken in arrival order. A running thread may take the lock first, but only a bounded
/// number of times: the lock is reserved for a waiter that was woken and has been passed
/// [`MOST_PASSES`](Lock::MOST_PASSES) times before it could run, and for one that has lost four
/// times when it did. So a waiter is passed at most about `4 * MOST_PASSES` times.
///
/// A lock that is reserved for a future stays so until that future is polled or dropped. While a
/// [`lock_async`](Lock::lock_async) future has been woken and nobody polls it (it lost in a
/// `select!`, and was kept), `try_lock` returns `None`, `lock_timeout` times out, and `lock`
/// blocks. Poll the future or drop it; dropping it unlocks.
///
/// # Memory ordering
/// What a thread did before it unlocked happens before what the next owner does after it has
/// locked.
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
pub struct Lock<T: ?Sized> {
    pub(super) watch: Watch,
    pub(super) lock: core::Lock<T>,
}

impl<T> Lock<T> {
    const_fn! {
        /// Returns a free lock around `value`.
        ///
        /// # Examples
        /// ```
        /// use gimmal::sync::Lock;
        ///
        /// static TOTAL: Lock<u64> = Lock::new(0);
        /// *TOTAL.lock() += 2;
        /// assert_eq!(*TOTAL.lock(), 2);
        /// ```
        pub const fn new(value: T) -> Self {
            Lock {
                watch: Watch::new(),
                lock: core::Lock::new(value),
            }
        }
    }

    /// Returns the value, without the lock.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::Lock::new(1);
    /// *lock.lock() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn into_inner(self) -> T {
        self.lock.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// The largest number of times that the lock is taken past a waiter that has been woken and has
    /// not run yet.
    pub const MOST_PASSES: u32 = core::Lock::<T>::MOST_PASSES;

    /// Takes the lock if it is free. Returns `None`, and changes nothing, if it is held.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::Lock::new(1);
    /// let guard = lock.try_lock().unwrap();
    /// assert!(lock.try_lock().is_none());
    /// # drop(guard);
    /// ```
    #[inline]
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let site = self.watch.here();
        let guard = self.lock.try_lock()?;
        Some(LockGuard::new(guard, site.hold()))
    }

    /// Takes the lock, blocking while it is held.
    ///
    /// It blocks the calling thread; in a task, await [`lock_async`](Self::lock_async) instead.
    ///
    /// Locking it again in the same thread blocks for ever.
    ///
    /// # Panics
    /// Only with feature `deadlock-help`, in debug builds, instead of a wait that could be for
    /// ever: see [Deadlock help](crate::sync#deadlock-help).
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Lock;
    ///
    /// let names = Lock::new(vec!["Ada"]);
    /// names.lock().push("Grace"); // unlocks at the end of the statement
    /// assert_eq!(names.lock().len(), 2);
    /// ```
    #[doc(alias = "acquire")]
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

    /// Takes the lock, blocking for at most `timeout`: `ZERO` tries once, `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`lock_async`](Self::lock_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not free in time.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::error::TimedOut;
    /// use gimmal::sync::Lock;
    ///
    /// let lock = Lock::new(1);
    /// let guard = lock.lock();
    /// let second = lock.lock_timeout(Duration::from_millis(1));
    /// assert_eq!(second.unwrap_err(), TimedOut);
    /// # drop(guard);
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_timeout(&self, timeout: Duration) -> Result<LockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::After(timeout), self.watch.here())
    }

    /// Takes the lock, blocking until `deadline` at most: a past one tries once.
    ///
    /// It blocks the calling thread; in a task, await [`lock_async`](Self::lock_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not free in time.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = gimmal::sync::Lock::new(1);
    /// assert!(lock.lock_deadline(Instant::now()).is_ok());
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_deadline(&self, deadline: Instant) -> Result<LockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::At(deadline), self.watch.here())
    }

    #[cold]
    fn lock_slow<'l>(&'l self, site: Site<'l>) -> LockGuard<'l, T> {
        let guard = self.lock_soon();
        let guard = guard.unwrap_or_else(|| block(self.lock.locking()));
        LockGuard::new(guard, site.hold())
    }

    /// Tries for as long as a holder that runs needs to unlock, also where yields are dear: a thread
    /// that slept at once would make the holder wake it (`lock/4-threads`).
    fn lock_soon(&self) -> Option<TaskGuard<'_, T>> {
        let taken = spin(|| {
            let guard = (!self.lock.is_locked()).then(|| self.lock.try_lock());
            guard.flatten().map_or(Poll::Pending, Poll::Ready)
        });
        if let Poll::Ready(guard) = taken {
            return Some(guard);
        }
        for _ in 0..YIELDS_RESERVED {
            if !self.lock.is_reserved() {
                break;
            }
            thread::yield_now();
            if let Some(guard) = self.lock.try_lock() {
                return Some(guard);
            }
        }
        None
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

    /// Returns the future of [`lock`](Lock::lock), for an executor. Its guard may cross threads, as
    /// tasks do.
    ///
    /// Poll the future to its end, or drop it. Once the lock is reserved for a future, nobody else
    /// gets it before that future is polled or dropped. So a future that is kept and not polled, as
    /// in a `select!` loop that does something else with the same lock, holds up everybody else.
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in the queue; a lock that was reserved for it goes to
    /// the next waiter.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let lock = gimmal::sync::Lock::new(1);
    /// *lock.lock_async().await += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// # });
    /// ```
    pub fn lock_async(&self) -> impl Future<Output = TaskGuard<'_, T>> + '_ {
        cooperative(self.lock.lock())
    }

    /// Returns `true` if the lock is held, or reserved for a waiter: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::Lock::new(1);
    /// let guard = lock.lock();
    /// assert!(lock.is_locked());
    /// drop(guard);
    /// assert!(!lock.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// Returns the value without locking: `&mut self` shows that nobody else uses the lock.
    ///
    /// # Examples
    /// ```
    /// let mut lock = gimmal::sync::Lock::new(1);
    /// *lock.get_mut() = 2;
    /// assert_eq!(*lock.lock(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.lock.get_mut()
    }
}

impl<T> From<T> for Lock<T> {
    fn from(value: T) -> Self {
        Lock::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    /// Never waits: a held lock shows no value. With feature `deadlock-help` it shows its holder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.watch.holder() {
            Some(holder) => write!(f, "Lock {{ {holder} }}"),
            None => self.lock.fmt(f),
        }
    }
}

/// A [`Lock`], held by this thread. Dropping it unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct LockGuard<'l, T: ?Sized> {
    /// Dropped before the core's guard, while the lock is still held.
    pub(super) held: Held<'l>,
    pub(super) guard: core::LockGuard<'l, T>,
    /// Not `Send`, as std's guard is not.
    _thread: PhantomData<MutexGuard<'static, ()>>,
}

impl<'l, T: ?Sized> LockGuard<'l, T> {
    /// Makes of the guard one of a part of the value, which unlocks when it is dropped. An
    /// associated function, because the value may have a method of this name.
    ///
    /// # Panics
    /// If `part` panics; the lock is unlocked then.
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::{Lock, LockGuard};
    ///
    /// let pair = Lock::new((1, "one"));
    /// let mut number = LockGuard::map(pair.lock(), |pair| &mut pair.0);
    /// *number += 1;
    /// drop(number);
    /// assert_eq!(pair.lock().0, 2);
    /// ```
    pub fn map<U: ?Sized>(
        guard: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedLockGuard<'l, U> {
        MappedLockGuard {
            _held: guard.held,
            guard: core::LockGuard::map(guard.guard, part),
            _thread: PhantomData,
        }
    }

    /// The lock is the caller's.
    pub(super) fn new(guard: core::LockGuard<'l, T>, held: Held<'l>) -> Self {
        LockGuard {
            held,
            guard,
            _thread: PhantomData,
        }
    }

    /// For a wait that unlocks: the core's guard, and what a guard is made of, with [`Site::hold`],
    /// when the lock is the caller's again.
    pub(super) fn apart(self) -> (core::LockGuard<'l, T>, Site<'l>) {
        (self.guard, self.held.let_go())
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A [`Lock`], held by this thread, with access to a part of its value: see [`LockGuard::map`].
/// Dropping it unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct MappedLockGuard<'l, U: ?Sized> {
    /// Dropped before the core's guard, while the lock is still held.
    _held: Held<'l>,
    guard: core::MappedLockGuard<'l, U>,
    /// Not `Send`, as std's guard is not.
    _thread: PhantomData<MutexGuard<'static, ()>>,
}

impl<'l, U: ?Sized> MappedLockGuard<'l, U> {
    /// Makes of the guard one of a part of the part: see [`LockGuard::map`].
    ///
    /// # Panics
    /// If `part` panics; the lock is unlocked then.
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::{Lock, LockGuard, MappedLockGuard};
    ///
    /// let lock = Lock::new(((1, 2), 3));
    /// let pair = LockGuard::map(lock.lock(), |all| &mut all.0);
    /// let mut second = MappedLockGuard::map(pair, |pair| &mut pair.1);
    /// *second = 7;
    /// drop(second);
    /// assert_eq!(*lock.lock(), ((1, 7), 3));
    /// ```
    pub fn map<V: ?Sized>(
        guard: Self,
        part: impl FnOnce(&mut U) -> &mut V,
    ) -> MappedLockGuard<'l, V> {
        MappedLockGuard {
            _held: guard._held,
            guard: core::MappedLockGuard::map(guard.guard, part),
            _thread: PhantomData,
        }
    }
}

impl<U: ?Sized> Deref for MappedLockGuard<'_, U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.guard
    }
}

impl<U: ?Sized> DerefMut for MappedLockGuard<'_, U> {
    fn deref_mut(&mut self) -> &mut U {
        &mut self.guard
    }
}

impl<U: ?Sized + fmt::Debug> fmt::Debug for MappedLockGuard<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
