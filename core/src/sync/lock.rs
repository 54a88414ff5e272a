//! L4: [`Lock`], mutual exclusion for tasks, threads and (trying only) interrupt handlers.
//!
//! The holder, the waiters and their order are the business of `raw_lock.rs`. Here are the value
//! and the guards.
//!
//! Invariant
//! * **I1** The value is touched only by the one guard, from the moment the raw lock is taken to
//!   its unlock.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::fmt;
use core::future::IntoFuture;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use core::task::Poll;

use crate::shim::const_fn;

use super::raw_lock::{Contender, RawLock};
use crate::wait::{Key, Phase, Protocol, Until, Wait, WaitQueue};

/// A mutual exclusion lock around a value.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_lock` and dropping the guard, with feature `critical-section` |
/// | bounded | `try_lock`; unlocking wakes one waiter |
/// | longest masked section | one waiter |
/// | poisoned by a panic | no: the guard unlocks when it is dropped by unwinding, too |
///
/// # Fairness
/// Waiters are woken in arrival order. A running thread may take the lock first, but only a bounded
/// number of times: the lock is kept for a waiter that was woken and has been passed by
/// [`MOST_PASSES`](Lock::MOST_PASSES) times before it could run, and for one that has lost four
/// times when it did. So one waiter is passed by about four times that often at most.
///
/// A lock that is kept for a future stays so until that future is polled or dropped: a `lock`
/// future that was woken and that nobody polls (it lost in a `select!`, and was kept) makes every
/// `try_lock` fail and every other wait go on. Poll it or drop it: see
/// [`Until`](Until#a-future-that-is-not-polled).
///
/// # Memory ordering
/// What a thread did before it unlocked happens before what the next one does after it locked.
///
/// # Examples
/// ```
/// use gimmal_core::sync::Lock;
/// use gimmal_core::wait::block_on;
///
/// static COUNT: Lock<u32> = Lock::new(0);
///
/// *block_on(COUNT.lock()) += 1;
/// let guard = COUNT.try_lock().unwrap();
/// assert_eq!(*guard, 1);
/// assert!(COUNT.try_lock().is_none());
/// ```
#[doc(alias = "Mutex")]
pub struct Lock<T: ?Sized> {
    raw: RawLock,
    value: UnsafeCell<T>,
}

// SAFETY: I1: the lock hands the value from one thread to another.
unsafe impl<T: ?Sized + Send> Send for Lock<T> {}
// SAFETY: as above; a shared lock gives the value to one thread at a time.
unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}

impl<T: ?Sized> core::panic::UnwindSafe for Lock<T> {}
impl<T: ?Sized> core::panic::RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    const_fn! {
        /// Creates a free lock around `value`.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::sync::Lock;
        ///
        /// static TOTAL: Lock<u64> = Lock::new(0);
        /// *TOTAL.try_lock().unwrap() += 2;
        /// assert_eq!(*TOTAL.try_lock().unwrap(), 2);
        /// ```
        pub const fn new(value: T) -> Self {
            Lock { raw: RawLock::new(), value: UnsafeCell::new(value) }
        }
    }

    /// Returns the value, and drops the lock.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal_core::sync::Lock::new(7);
    /// assert_eq!(lock.into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// The maximum number of times that the lock is taken past a waiter that has been woken and has
    /// not run yet.
    pub const MOST_PASSES: u32 = crate::shim::MOST_PASSES;

    /// Acquires the lock if it is free. Does nothing if it is held.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal_core::sync::Lock::new(7);
    /// let guard = lock.try_lock().unwrap();
    /// assert!(lock.try_lock().is_none());
    /// drop(guard);
    /// assert!(lock.try_lock().is_some());
    /// ```
    #[inline]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        self.raw.try_lock().then(|| self.guard())
    }

    /// Acquires the lock, and waits until it is free.
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in the queue; a lock that was kept for it goes to the
    /// next waiter. One that has been woken may hold a free lock for a moment while it is dropped. A
    /// future that is neither polled nor dropped keeps that lock: see the type's Fairness.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let lock = gimmal_core::sync::Lock::new(7);
    /// *lock.lock().await += 1;
    /// assert_eq!(*lock.lock().await, 8);
    /// # });
    /// ```
    pub fn lock(&self) -> Until<'_, WaitQueue, Locking<'_, T>> {
        self.locking().into_future()
    }

    /// The wait of [`lock`](Lock::lock), for the crate `gimmal`, which blocks the thread.
    #[inline(always)]
    #[doc(hidden)]
    pub fn locking(&self) -> Wait<'_, WaitQueue, Locking<'_, T>> {
        let locking = Locking {
            lock: self,
            contender: Contender::default(),
        };
        Wait::of(&self.raw.queue, locking)
    }

    /// Returns `true` if the lock is held, or kept for a waiter: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal_core::sync::Lock::new(7);
    /// let _guard = lock.try_lock().unwrap();
    /// assert!(lock.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Returns `true` if the lock is kept for a waiter that has been woken and has not run yet: a
    /// snapshot, for the crate `gimmal`.
    #[doc(hidden)]
    pub fn is_reserved(&self) -> bool {
        self.raw.is_reserved()
    }

    /// Borrows the value. The exclusive borrow proves that nobody holds the lock.
    ///
    /// # Examples
    /// ```
    /// let mut lock = gimmal_core::sync::Lock::new(7);
    /// *lock.get_mut() += 1;
    /// assert_eq!(lock.into_inner(), 8);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// What tells it from every other lock, also from one at the beginning of its value.
    pub(super) fn address(&self) -> usize {
        self.raw.address()
    }

    /// Returns a pointer to the value. It belongs to whoever holds the lock: a door for guards of
    /// another kind than [`LockGuard`].
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal_core::sync::Lock::new(7);
    /// assert!(!lock.data_ptr().is_null());
    /// ```
    pub fn data_ptr(&self) -> *mut T {
        self.value.get()
    }

    /// Unlocks in the place of a guard that was forgotten: the other half of such a guard of
    /// another kind.
    ///
    /// # Safety
    /// The lock is held, by a [`LockGuard`] that was forgotten. From now on nobody uses the value
    /// on the strength of that guard, or unlocks for it once more.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::sync::Lock;
    ///
    /// let lock = Lock::new(1);
    /// std::mem::forget(lock.try_lock());
    /// // SAFETY: it was just locked, its guard is forgotten, and there is no reference to the value.
    /// unsafe { lock.force_unlock() };
    /// assert_eq!(*lock.try_lock().unwrap(), 1);
    /// ```
    #[inline]
    pub unsafe fn force_unlock(&self) {
        drop(LockGuard { lock: self });
    }

    /// I1: the lock is the caller's.
    #[inline]
    fn guard(&self) -> LockGuard<'_, T> {
        self.raw.track.hold();
        LockGuard { lock: self }
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Lock::new(T::default())
    }
}

impl<T> From<T> for Lock<T> {
    fn from(value: T) -> Self {
        Lock::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    /// Never waits: a held lock shows no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Lock");
        match self.try_lock() {
            Some(guard) => shown.field("value", &&*guard),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish()
    }
}

/// The operation of [`Lock::lock`].
#[doc(hidden)]
pub struct Locking<'l, T: ?Sized> {
    lock: &'l Lock<T>,
    contender: Contender,
}

impl<'l, T: ?Sized> Protocol for Locking<'l, T> {
    type Output = LockGuard<'l, T>;

    fn attempt(&mut self, when: Phase, _key: Key) -> Poll<LockGuard<'l, T>> {
        match self.contender.attempt(&self.lock.raw, when) {
            true => Poll::Ready(self.lock.guard()),
            false => Poll::Pending,
        }
    }

    fn weight(&self, _key: Key) -> usize {
        self.contender.weight()
    }

    fn on_unused_wakeup(&mut self, _key: Key) -> bool {
        self.lock.raw.give_up_turn();
        true
    }
}

/// The guard of a held [`Lock`]. Dropping it unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct LockGuard<'l, T: ?Sized> {
    lock: &'l Lock<T>,
}

// SAFETY: nothing in the protocol is bound to a thread; the value goes along.
unsafe impl<T: ?Sized + Send> Send for LockGuard<'_, T> {}
// SAFETY: a shared guard gives shared references: to the value, and to the lock, which may take the
// value elsewhere.
unsafe impl<T: ?Sized + Send + Sync> Sync for LockGuard<'_, T> {}

impl<'l, T: ?Sized> LockGuard<'l, T> {
    /// Returns the lock that a guard holds. Not a method: the value may have one of this name.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::{Lock, LockGuard};
    /// let lock = Lock::new(7);
    /// let guard = lock.try_lock().unwrap();
    /// assert!(LockGuard::lock(&guard).is_locked());
    /// ```
    pub fn lock(guard: &Self) -> &'l Lock<T> {
        guard.lock
    }

    /// Converts into a guard of a part of the value, which unlocks when it is dropped as this one
    /// does. Not a method: the value may have one of this name.
    ///
    /// # Panics
    /// If `part` does; the lock is unlocked.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::{Lock, LockGuard};
    /// let pair = Lock::new((1, "one"));
    /// let mut number = LockGuard::map(pair.try_lock().unwrap(), |pair| &mut pair.0);
    /// *number += 1;
    /// assert!(pair.is_locked());
    /// drop(number);
    /// assert_eq!(pair.try_lock().unwrap().0, 2);
    /// ```
    pub fn map<U: ?Sized>(
        mut guard: Self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedLockGuard<'l, U> {
        let part = NonNull::from(part(&mut guard));
        MappedLockGuard {
            raw: &ManuallyDrop::new(guard).lock.raw,
            part,
            _exclusive: PhantomData,
        }
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.lock.raw.track.read();
        // SAFETY: I1.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.lock.raw.track.write();
        // SAFETY: I1.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.raw.track.let_go();
        self.lock.raw.unlock();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The guard of a held [`Lock`], with access to a part of its value: see [`LockGuard::map`].
/// Dropping it unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct MappedLockGuard<'l, U: ?Sized> {
    raw: &'l RawLock,
    /// A part of the value, borrowed from the guard that this one has taken over (I1). A pointer:
    /// it must not claim to be valid for longer than the guard lives.
    part: NonNull<U>,
    /// Like a mutable reference, it may not pass for one to another type.
    _exclusive: PhantomData<&'l mut U>,
}

// SAFETY: nothing in the protocol is bound to a thread; the part goes along.
unsafe impl<U: ?Sized + Send> Send for MappedLockGuard<'_, U> {}
// SAFETY: a shared guard gives shared references to the part, and nothing else.
unsafe impl<U: ?Sized + Sync> Sync for MappedLockGuard<'_, U> {}

impl<'l, U: ?Sized> MappedLockGuard<'l, U> {
    /// Converts into a guard of a part of the part: see [`LockGuard::map`].
    ///
    /// # Panics
    /// If `part` does; the lock is unlocked.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::{Lock, LockGuard, MappedLockGuard};
    /// let lock = Lock::new(((1, 2), 3));
    /// let pair = LockGuard::map(lock.try_lock().unwrap(), |all| &mut all.0);
    /// *MappedLockGuard::map(pair, |pair| &mut pair.1) = 7;
    /// assert_eq!(lock.into_inner(), ((1, 7), 3));
    /// ```
    pub fn map<V: ?Sized>(
        mut guard: Self,
        part: impl FnOnce(&mut U) -> &mut V,
    ) -> MappedLockGuard<'l, V> {
        let part = NonNull::from(part(&mut guard));
        MappedLockGuard {
            raw: ManuallyDrop::new(guard).raw,
            part,
            _exclusive: PhantomData,
        }
    }
}

impl<U: ?Sized> Deref for MappedLockGuard<'_, U> {
    type Target = U;

    fn deref(&self) -> &U {
        self.raw.track.read();
        // SAFETY: I1.
        unsafe { self.part.as_ref() }
    }
}

impl<U: ?Sized> DerefMut for MappedLockGuard<'_, U> {
    fn deref_mut(&mut self) -> &mut U {
        self.raw.track.write();
        // SAFETY: I1.
        unsafe { self.part.as_mut() }
    }
}

impl<U: ?Sized> Drop for MappedLockGuard<'_, U> {
    fn drop(&mut self) {
        self.raw.track.let_go();
        self.raw.unlock();
    }
}

impl<U: ?Sized + fmt::Debug> fmt::Debug for MappedLockGuard<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
