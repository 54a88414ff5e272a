//! [`ReentrantLock`]: a lock that its owner may take again.
//!
//! Around the core's lock of nothing: an owner, how often it has come, and the value.
//!
//! | `owner` | `depth` | what it means |
//! |---|---|---|
//! | nobody | 0 | free, or taken by a thread that has not written its number yet |
//! | a thread's number | 1 and more | that thread has the lock, and `depth` guards that were not dropped |
//!
//! The first guard of a thread forgets the core's guard; the guard that is dropped last unlocks for
//! it.
//!
//! Invariants
//! * **I1** Between the core's `lock` and `force_unlock` the lock belongs to one thread, and only
//!   that thread touches `depth` and, through guards, `value`. Guards cannot leave it.
//! * **I2** `owner` is a thread's number only while I1 gives the lock to that thread, and only that
//!   thread writes it. So a thread reads its own number if and only if it has the lock; no ordering
//!   is needed for that.
//! * **I3** `depth` is the number of guards that were not dropped. A guard that is forgotten leaves
//!   it, and the lock, held.
//!
//! What a thread did before it unlocked is carried by the core's lock to the next one.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::facade::const_fn;
use gimmal_core::sync as core;

use super::deadlock::{Site, Watch};
use super::thread_id::{NOBODY, me};
use crate::block::{Limit, block, block_until};

/// A lock that its owner may take again: a function that holds it can call another one that locks
/// it.
///
/// Its guards give `&T`, because the thread may have several: put what is to change into a `Cell`
/// or a `RefCell`. A panic does not poison the lock.
///
/// Guards may be dropped in any order; the last one unlocks. A guard that is forgotten leaves the
/// lock to its thread for good.
///
/// # Fairness
/// As of [`Lock`](super::Lock). The owner itself never waits.
///
/// # Memory ordering
/// What a thread did before its last guard was dropped happens before what the next owner does.
///
/// # Examples
/// ```
/// use std::cell::RefCell;
/// use gimmal::sync::ReentrantLock;
///
/// struct Log(ReentrantLock<RefCell<Vec<String>>>);
///
/// impl Log {
///     fn line(&self, words: &str) {
///         self.0.lock().borrow_mut().push(words.into());
///     }
///
///     // Both lines, with nobody else's between them.
///     fn pair(&self, first: &str, second: &str) {
///         let _whole = self.0.lock();
///         self.line(first);
///         self.line(second);
///     }
/// }
///
/// let log = Log(ReentrantLock::default());
/// log.pair("to be", "or not to be");
/// assert_eq!(log.0.into_inner().into_inner().len(), 2);
/// ```
///
/// A guard gives no exclusive access:
/// ```compile_fail,E0594
/// let lock = gimmal::sync::ReentrantLock::new(1);
/// *lock.lock() = 2;
/// ```
///
/// A guard stays in its thread:
/// ```compile_fail,E0277
/// static LOCK: gimmal::sync::ReentrantLock<u32> = gimmal::sync::ReentrantLock::new(0);
/// let guard = LOCK.lock();
/// std::thread::spawn(move || drop(guard));
/// ```
///
/// The lock of a value that may not cross threads does not cross either:
/// ```compile_fail,E0277
/// let lock = gimmal::sync::ReentrantLock::new(std::rc::Rc::new(1));
/// std::thread::scope(|scope| drop(scope.spawn(|| drop(lock.lock()))));
/// ```
#[doc(alias = "RLock")]
#[doc(alias = "ReentrantMutex")]
#[derive(Default)]
pub struct ReentrantLock<T> {
    watch: Watch,
    lock: core::Lock<()>,
    owner: AtomicU64,
    depth: Cell<usize>,
    value: T,
}

// SAFETY: I1: `depth` and the value are touched by one thread at a time, which got them from the
// one before by the core's lock. It shares the value with itself only, so that need not be `Sync`.
unsafe impl<T: Send> Sync for ReentrantLock<T> {}

impl<T> std::panic::UnwindSafe for ReentrantLock<T> {}
impl<T> std::panic::RefUnwindSafe for ReentrantLock<T> {}

impl<T> ReentrantLock<T> {
    /// The largest depth. A thread that locks more often without unlocking has lost its guards.
    pub const MAX_DEPTH: usize = 1_000_000;

    const_fn! {
        /// Returns a free lock around `value`.
        ///
        /// # Examples
        /// ```
        /// use std::cell::Cell;
        /// use gimmal::sync::ReentrantLock;
        ///
        /// static TOTAL: ReentrantLock<Cell<u64>> = ReentrantLock::new(Cell::new(0));
        /// let outer = TOTAL.lock();
        /// TOTAL.lock().set(2); // the same thread, once more
        /// assert_eq!(outer.get(), 2);
        /// ```
        pub const fn new(value: T) -> Self {
            ReentrantLock {
                watch: Watch::new(),
                lock: core::Lock::new(()),
                owner: AtomicU64::new(NOBODY),
                depth: Cell::new(0),
                value,
            }
        }
    }

    /// Takes the lock if it is free or the caller's own. Returns `None`, and changes nothing, if
    /// another thread holds it.
    ///
    /// # Panics
    /// If the caller holds it [`MAX_DEPTH`](Self::MAX_DEPTH) times; nothing has changed.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::ReentrantLock::new(1);
    /// let first = lock.lock();
    /// assert!(lock.try_lock().is_some(), "the owner gets it again");
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| assert!(lock.try_lock().is_none()));
    /// });
    /// # drop(first);
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn try_lock(&self) -> Option<ReentrantLockGuard<'_, T>> {
        let site = self.watch.here();
        self.again()
            .or_else(|| Some(self.first(self.lock.try_lock()?, site)))
    }

    /// Takes the lock, blocking while another thread holds it.
    ///
    /// # Panics
    /// If the caller holds it [`MAX_DEPTH`](Self::MAX_DEPTH) times; nothing has changed. With
    /// feature `deadlock-help`, in debug builds, instead of a wait that could be for ever: see
    /// [Deadlock help](crate::sync#deadlock-help).
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::ReentrantLock::new(1);
    /// let outer = lock.lock();
    /// let inner = lock.lock();
    /// assert_eq!((*outer + *inner, lock.depth()), (2, 2));
    /// ```
    #[doc(alias = "acquire")]
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock(&self) -> ReentrantLockGuard<'_, T> {
        if let Some(guard) = self.again() {
            return guard;
        }
        let site = self.watch.here();
        site.may_block();
        self.first(block(self.lock.locking()), site)
    }

    /// Takes the lock, blocking for at most `timeout`: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// [`TimedOut`]: another thread held it all the time.
    ///
    /// # Panics
    /// If the caller holds it [`MAX_DEPTH`](Self::MAX_DEPTH) times; nothing has changed.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = gimmal::sync::ReentrantLock::new(1);
    /// let guard = lock.lock();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| assert!(lock.lock_timeout(Duration::from_millis(1)).is_err()));
    /// });
    /// # drop(guard);
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_timeout(&self, timeout: Duration) -> Result<ReentrantLockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::After(timeout), self.watch.here())
    }

    /// Takes the lock, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// [`TimedOut`]: another thread held it all the time.
    ///
    /// # Panics
    /// If the caller holds it [`MAX_DEPTH`](Self::MAX_DEPTH) times; nothing has changed.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    ///
    /// let lock = gimmal::sync::ReentrantLock::new(1);
    /// assert!(lock.lock_deadline(Instant::now()).is_ok());
    /// ```
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_deadline(&self, deadline: Instant) -> Result<ReentrantLockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::At(deadline), self.watch.here())
    }

    fn lock_within<'l>(
        &'l self,
        limit: Limit,
        site: Site<'l>,
    ) -> Result<ReentrantLockGuard<'l, T>, TimedOut> {
        match self.again() {
            Some(guard) => Ok(guard),
            None => match block_until(self.lock.locking(), limit) {
                Ok(lock) => Ok(self.first(lock, site)),
                Err(_) => Err(TimedOut),
            },
        }
    }

    /// Returns `true` if the calling thread holds the lock. Not a snapshot: nobody else can change
    /// the answer.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::ReentrantLock::new(1);
    /// assert!(!lock.is_owned());
    /// let _guard = lock.lock();
    /// assert!(lock.is_owned());
    /// ```
    pub fn is_owned(&self) -> bool {
        self.owner.load(Relaxed) == me() // R: I2
    }

    /// Returns how many guards the calling thread has: 0 if another thread holds the lock, or none
    /// does.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::ReentrantLock::new(1);
    /// let (_outer, _inner) = (lock.lock(), lock.lock());
    /// assert_eq!(lock.depth(), 2);
    /// ```
    pub fn depth(&self) -> usize {
        if self.is_owned() { self.depth.get() } else { 0 }
    }

    /// Returns `true` if any thread holds the lock: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::ReentrantLock::new(1);
    /// assert!(!lock.is_locked());
    /// let _guard = lock.lock();
    /// assert!(lock.is_locked());
    /// ```
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// Returns the value without locking: `&mut self` shows that nobody else uses the lock.
    ///
    /// # Examples
    /// ```
    /// let mut lock = gimmal::sync::ReentrantLock::new(1);
    /// *lock.get_mut() += 1;
    /// assert_eq!(*lock.lock(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Returns the value, without the lock.
    ///
    /// # Examples
    /// ```
    /// let lock = gimmal::sync::ReentrantLock::new(String::from("value"));
    /// assert_eq!(lock.into_inner(), "value");
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns one more guard, if the caller has the lock.
    fn again(&self) -> Option<ReentrantLockGuard<'_, T>> {
        let depth = self.depth();
        if depth == 0 {
            return None;
        }
        assert!(
            depth < Self::MAX_DEPTH,
            "a ReentrantLock is locked {depth} times over: are guards forgotten?"
        );
        self.depth.set(depth + 1);
        Some(self.guard())
    }

    /// Returns the first guard of a caller that has just locked.
    fn first(&self, lock: core::LockGuard<'_, ()>, site: Site<'_>) -> ReentrantLockGuard<'_, T> {
        site.note();
        mem::forget(lock);
        self.owner.store(me(), Relaxed); // R: I2
        self.depth.set(1);
        self.guard()
    }

    fn guard(&self) -> ReentrantLockGuard<'_, T> {
        ReentrantLockGuard {
            lock: self,
            value: &self.value,
            _thread: PhantomData,
        }
    }
}

impl<T> From<T> for ReentrantLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: fmt::Debug> fmt::Debug for ReentrantLock<T> {
    /// Never waits: a lock that another thread holds shows no value. With feature `deadlock-help`
    /// it shows that thread.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(holder) = self.watch.holder().filter(|_| !self.is_owned()) {
            return write!(f, "ReentrantLock {{ {holder} }}");
        }
        let mut shown = f.debug_struct("ReentrantLock");
        // At the last depth there is no guard for this look either.
        let guard = (self.depth() < Self::MAX_DEPTH).then(|| self.try_lock());
        match guard.flatten() {
            Some(guard) => shown.field("value", &*guard),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish()
    }
}

/// A [`ReentrantLock`], held by this thread. Dropping the thread's last guard unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct ReentrantLockGuard<'l, T> {
    lock: &'l ReentrantLock<T>,
    /// Makes the guard `Sync` only if the value is.
    value: &'l T,
    /// Not `Send`, as std's guard is not.
    _thread: PhantomData<MutexGuard<'static, ()>>,
}

impl<T> Deref for ReentrantLockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> Drop for ReentrantLockGuard<'_, T> {
    fn drop(&mut self) {
        let depth = self.lock.depth.get() - 1;
        self.lock.depth.set(depth);
        if depth == 0 {
            self.lock.watch.let_go();
            self.lock.owner.store(NOBODY, Relaxed); // R: I2
            // SAFETY: I1, I3: this thread has the lock, `first` forgot its guard, and no other
            // guard is left.
            unsafe { self.lock.lock.force_unlock() };
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for ReentrantLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
