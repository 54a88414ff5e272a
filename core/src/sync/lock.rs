//! L4: [`Lock`], mutual exclusion for tasks, threads and (trying only) interrupt handlers.
//!
//! One word of two bits.
//!
//! | bit | while it is set |
//! |---|---|
//! | `HELD` | the value belongs to one guard |
//! | `PARKED` | somebody may wait: unlocking looks into the queue |
//!
//! **Barging.** Unlocking frees the lock and wakes the first waiter, which then has to take it like everybody else: a running
//! thread that comes first gets it. That is what makes a lock fast (handing over each time costs 9 to 12 times as much for
//! tasks). A waiter that lost so four times says when it queues again, in front, that it is owed the lock: the unlock that
//! finds it there hands the lock over without freeing it. The debt is in its node, not in the word: another waiter that
//! comes to the front before it cannot use it up.
//!
//! Invariants
//! * **I1** The value is touched only by the guard, from the moment `HELD` is taken (or handed over) to the unlock.
//! * **I2** `PARKED` is set, while `HELD` is, by each waiter after it is in the queue; it is cleared only by an unlock under
//!   the queue's lock that leaves nobody there. So an unlock that does not see it has nobody to wake. A waiter that goes
//!   by itself may leave it set: the next unlock looks into the queue for nothing, once.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | unlock: `word` CAS or swap | lock: `word` CAS | the value |
//!
//! Both halves of the handshake are read-modify-writes of one word, so no fence is needed. The bits are parking_lot's; the
//! bound on barging counts losses instead of time, so that it needs no clock.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::task::Poll;

use crate::shim::atomic::{AtomicU8, Ordering::*};
use crate::shim::{Track, const_fn, step};

use crate::wait::{Attempt, First, State, Turn, Until, WaitQueue};

const HELD: u8 = 1;
const PARKED: u8 = 2;

/// A waiter fails once in the queue when it comes, then before and after it is back there each time that it is woken. So
/// often it has failed when it goes back for the fourth time.
const OWED_AFTER: u8 = 2 * 4;
/// What such a waiter wants; others want less.
const OWED: usize = 2;

/// A value that one context at a time uses.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_lock` and dropping the guard, with feature `critical-section` |
/// | bounded | `try_lock`; unlocking wakes one waiter |
/// | longest masked section | one waiter |
/// | poisoned by a panic | no: the guard unlocks when it is dropped by unwinding, too |
///
/// # Fairness
/// Waiters are woken in arrival order. A running context may take the lock first; one that lost four times gets it handed
/// over.
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
pub struct Lock<T> {
    word: AtomicU8,
    queue: WaitQueue,
    track: Track,
    value: UnsafeCell<T>,
}

// SAFETY: I1: the lock hands the value from one context to another.
unsafe impl<T: Send> Send for Lock<T> {}
// SAFETY: as above; a shared lock gives the value to one context at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> core::panic::UnwindSafe for Lock<T> {}
impl<T> core::panic::RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    const_fn! {
        /// A free lock around `value`.
        pub const fn new(value: T) -> Self {
            Lock {
                word: AtomicU8::new(0),
                queue: WaitQueue::new(),
                track: Track::new(),
                value: UnsafeCell::new(value),
            }
        }
    }

    /// Takes the lock if it is free. On a held lock nothing changes.
    #[inline]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        // Mostly it is free and nobody waits. A waiter that tries again looks first, which does not take the line away.
        let taken = self.word.compare_exchange(0, HELD, Acquire, Relaxed); // E1, R: next try
        match taken {
            Ok(_) => Some(self.guard()),
            Err(word) => self.take(word).ok(),
        }
    }

    /// Takes the lock, waiting for it.
    ///
    /// # Cancel safety
    /// A future that is dropped gives up its place in the queue; a lock that was handed to it is unlocked.
    pub fn lock(&self) -> Until<Locking<'_, T>> {
        Until::new(self.locking())
    }

    /// The attempt of [`lock`](Lock::lock), for a caller that blocks in its own way.
    pub fn locking(&self) -> Locking<'_, T> {
        Locking {
            lock: self,
            lost: 0,
        }
    }

    /// Is it held? A snapshot.
    pub fn is_locked(&self) -> bool {
        self.word.load(Relaxed) & HELD != 0 // R: a snapshot
    }

    /// The value; nobody else has the lock.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value, without the lock.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    /// What tells it from every other lock, also from one at the beginning of its value: where its own word is.
    pub(super) fn address(&self) -> usize {
        core::ptr::from_ref(&self.word).addr()
    }

    /// Where the value is. It belongs to whoever holds the lock: a door for guards of another kind than [`LockGuard`].
    pub fn data_ptr(&self) -> *mut T {
        self.value.get()
    }

    /// Unlocks in the place of a guard that was forgotten: the other half of such a guard of another kind.
    ///
    /// # Safety
    /// The lock is held, by a [`LockGuard`] that was forgotten. From now on nobody uses the value on the strength of that
    /// guard, or unlocks for it once more.
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

    /// Takes the lock if it is free, where `word` was what its word said; else what it says now.
    fn take(&self, mut word: u8) -> Result<LockGuard<'_, T>, u8> {
        while word & HELD == 0 {
            let taken = self
                .word
                .compare_exchange_weak(word, word | HELD, Acquire, Relaxed); // E1, R: next try
            match taken {
                Ok(_) => return Ok(self.guard()),
                Err(now) => word = now,
            }
        }
        Err(word)
    }

    /// I1: the lock is the caller's.
    #[inline]
    fn guard(&self) -> LockGuard<'_, T> {
        self.track.hold();
        LockGuard { lock: self }
    }

    #[inline]
    fn unlock(&self) {
        let freed = self.word.compare_exchange(HELD, 0, Release, Relaxed); // E1, R: the slow path looks again
        if freed.is_err() {
            self.unlock_slow();
        }
    }

    /// Somebody may wait: wakes the first one, or hands the lock over to it.
    #[cold]
    fn unlock_slow(&self) {
        self.queue.first(|first| {
            let (want, parked) = match first {
                First::None => (0, 0),
                First::Only(want) => (want, 0),
                First::OfMany(want) => (want, step!("parked-for-the-rest", PARKED, else 0)),
            };
            let owed = want == OWED;
            let held = if owed { HELD } else { 0 };
            // Who sets `PARKED` just before this is counted in `first`, or not in the queue yet: then it says so again.
            self.word.swap(held | parked, Release); // E1
            if owed { State::Given } else { State::Woken }
        });
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Lock::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Lock<T> {
    /// Never waits: a held lock shows no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Lock");
        match self.try_lock() {
            Some(guard) => shown.field("value", &*guard),
            None => shown.field("value", &format_args!("<locked>")),
        };
        shown.finish()
    }
}

/// The attempt of [`Lock::lock`].
pub struct Locking<'l, T> {
    lock: &'l Lock<T>,
    /// How often it found the lock held, but for the first time.
    lost: u8,
}

// SAFETY: the queue is the borrowed lock's.
unsafe impl<'l, T> Attempt for Locking<'l, T> {
    type Output = LockGuard<'l, T>;
    type Place = WaitQueue;

    fn place(&self) -> &WaitQueue {
        &self.lock.queue
    }

    fn attempt(&mut self, turn: Turn) -> Poll<LockGuard<'l, T>> {
        if turn == Turn::Given {
            return Poll::Ready(self.lock.guard());
        }
        let word = self.lock.word.load(Relaxed); // R: the CAS confirms it
        let mut word = match self.lock.take(word) {
            Ok(guard) => return Poll::Ready(guard),
            Err(word) => word,
        };
        if turn == Turn::Fresh {
            return Poll::Pending;
        }
        self.lost = (self.lost + 1).min(OWED_AFTER);
        loop {
            if word & HELD == 0 {
                match self.lock.take(word) {
                    Ok(guard) => return Poll::Ready(guard),
                    Err(now) => word = now,
                }
            }
            let said = self
                .lock
                .word
                .compare_exchange_weak(word, word | PARKED, Relaxed, Relaxed); // R: a bit only (I2)
            match said {
                Ok(_) => return Poll::Pending,
                Err(now) => word = now,
            }
        }
    }

    fn want(&self) -> usize {
        if self.lost < OWED_AFTER { 1 } else { OWED }
    }

    fn give_back(&mut self) {
        drop(self.lock.guard());
    }
}

/// The lock, held. Dropping it unlocks.
#[must_use = "a guard that is dropped unlocks at once"]
pub struct LockGuard<'l, T> {
    lock: &'l Lock<T>,
}

// SAFETY: nothing in the protocol is bound to a thread; the value goes along.
unsafe impl<T: Send> Send for LockGuard<'_, T> {}
// SAFETY: a shared guard gives shared references: to the value, and to the lock, which may take the value elsewhere.
unsafe impl<T: Send + Sync> Sync for LockGuard<'_, T> {}

impl<'l, T> LockGuard<'l, T> {
    /// The lock that a guard holds. Not a method: the value may have one of this name.
    pub fn lock(guard: &Self) -> &'l Lock<T> {
        guard.lock
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.lock.track.read();
        // SAFETY: I1.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.lock.track.write();
        // SAFETY: I1.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for LockGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.track.let_go();
        self.lock.unlock();
    }
}

impl<T: fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
