//! [`ReentrantLock`]: a lock that its owner may take again.
//!
//! Around the core's lock of nothing: an owner, how often it has come, and the value.
//!
//! | `owner` | `depth` | what it means |
//! |---|---|---|
//! | nobody | 0 | free, or taken by a thread that has not written its number yet |
//! | a thread's number | 1 and more | that thread has the lock, and so many guards that were not dropped |
//!
//! The first guard of a thread forgets the core's guard; whichever of its guards is dropped last unlocks for it.
//!
//! Invariants
//! * **I1** Between the core's `lock` and `force_unlock` the lock belongs to one thread, and only that thread touches `depth`
//!   and, through guards, `value`. Guards cannot leave it.
//! * **I2** `owner` is a thread's number only while I1 gives the lock to that thread, and only that thread writes it. So who
//!   reads its own number has the lock, and who has the lock reads its own number; no ordering is needed for that.
//! * **I3** `depth` is the number of guards that were not dropped. A guard that is forgotten leaves it, and the lock, held.
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
use gimmal_core::sync as core;

use super::deadlock::{Site, Watch};
use super::thread_id::{NOBODY, me};
use crate::block::{Limit, block, block_until};

/// A value that one thread at a time uses, through shared references, and that may be locked again by the thread that has
/// it: by a function that locks and calls another one that does.
///
/// Its guards give `&T`, as there may be several in the thread: what is to change is a `Cell` or a `RefCell`. Not poisoned by
/// a panic.
///
/// Guards may be dropped in any order; the last one unlocks. One that is forgotten leaves the lock to the thread for good.
///
/// # Fairness
/// As of [`Lock`](super::Lock). The owner is served at once, before all others.
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
/// It stays in its thread:
/// ```compile_fail,E0277
/// static LOCK: gimmal::sync::ReentrantLock<u32> = gimmal::sync::ReentrantLock::new(0);
/// let guard = LOCK.lock();
/// std::thread::spawn(move || drop(guard));
/// ```
///
/// And only a thread that may have the value may have the lock:
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

// SAFETY: I1: `depth` and the value are touched by one thread at a time, which got them from the one before by the core's
// lock. It shares the value with itself only, so that need not be `Sync`.
unsafe impl<T: Send> Sync for ReentrantLock<T> {}

impl<T> std::panic::UnwindSafe for ReentrantLock<T> {}
impl<T> std::panic::RefUnwindSafe for ReentrantLock<T> {}

impl<T> ReentrantLock<T> {
    /// How often a thread can have it at once. A thread that has it more often has lost its guards.
    pub const MAX_DEPTH: usize = 1_000_000;

    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        ReentrantLock {
            watch: Watch::new(),
            lock: core::Lock::new(()),
            owner: AtomicU64::new(NOBODY),
            depth: Cell::new(0),
            value,
        }
    }

    /// Takes the lock if it is free or the caller's own. On one that another thread has nothing changes.
    ///
    /// # Panics
    /// If the caller has it [`MAX_DEPTH`](Self::MAX_DEPTH) times; nothing has changed.
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn try_lock(&self) -> Option<ReentrantLockGuard<'_, T>> {
        let site = self.watch.here();
        self.again()
            .or_else(|| Some(self.first(self.lock.try_lock()?, site)))
    }

    /// Takes the lock, blocking while another thread has it.
    ///
    /// # Panics
    /// If the caller has it [`MAX_DEPTH`](Self::MAX_DEPTH) times; nothing has changed. In debug builds with feature
    /// `deadlock-help`, instead of blocking: see [there](crate::sync#deadlock-help).
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock(&self) -> ReentrantLockGuard<'_, T> {
        if let Some(guard) = self.again() {
            return guard;
        }
        let site = self.watch.here();
        site.may_block();
        self.first(block(self.lock.locking()), site)
    }

    /// Takes the lock, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// [`TimedOut`]: another thread had it all the time.
    ///
    /// # Panics
    /// If the caller has it [`MAX_DEPTH`](Self::MAX_DEPTH) times; nothing has changed.
    #[cfg_attr(feature = "deadlock-help", track_caller)]
    pub fn lock_timeout(&self, timeout: Duration) -> Result<ReentrantLockGuard<'_, T>, TimedOut> {
        self.lock_within(Limit::After(timeout), self.watch.here())
    }

    /// Takes the lock, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// [`TimedOut`]: another thread had it all the time.
    ///
    /// # Panics
    /// If the caller has it [`MAX_DEPTH`](Self::MAX_DEPTH) times; nothing has changed.
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

    /// Has the calling thread the lock? No snapshot: nobody else can change the answer.
    pub fn is_owned(&self) -> bool {
        self.owner.load(Relaxed) == me() // R: I2
    }

    /// How often the calling thread has the lock: 0 if another one has it, or nobody.
    pub fn depth(&self) -> usize {
        if self.is_owned() { self.depth.get() } else { 0 }
    }

    /// Has any thread the lock? A snapshot.
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// The value; nobody else has the lock.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The value, without the lock.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// One more guard, if the caller has the lock.
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

    /// The first guard, of a caller that has just locked.
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

impl<T: fmt::Debug> fmt::Debug for ReentrantLock<T> {
    /// Never waits: a lock that another thread has shows no value, but that thread, if it is known.
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

/// The lock, held by this thread. Dropping the last one of them unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct ReentrantLockGuard<'l, T> {
    lock: &'l ReentrantLock<T>,
    /// Also: a guard that is shared with other threads shares the value with them.
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
            // SAFETY: I1, I3: this thread has the lock, `first` forgot its guard, and no other guard is left.
            unsafe { self.lock.lock.force_unlock() };
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for ReentrantLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
