//! L4: [`Semaphore`] and [`BoundedSemaphore`]: permits, given out strictly in arrival order.
//!
//! One word holds the permits and two bits.
//!
//! | the word says | who may take permits |
//! |---|---|
//! | no bit | any caller, with a CAS |
//! | `WAITED` | only the holder of the queue's lock, for the first waiter |
//! | `CLOSED` | no later caller |
//!
//! **Strict order.** While somebody waits, a newcomer is refused even if there are permits. Permits
//! that come back are put into the word and then *granted*, under the queue's lock, to the first
//! waiter if they suffice for it, to the next, and so on: a woken waiter owns its permits, nobody
//! can take them on the way. A large request is not overtaken by small ones. A waiter that leaves
//! the queue looks again on behalf of those behind it. A waiter that was granted permits and is
//! dropped puts them back.
//!
//! Invariants
//! * **I1** `WAITED` is set whenever a waiter has looked at the word and still waits. It is cleared
//!   only under the queue's lock, when nobody waits.
//! * **I2** Permits are never counted twice: they are in the word, or with a [`Permit`], or granted
//!   to a waiter.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | release: `word` CAS | acquire: `word` CAS, by the taker or by who gives for it | what was done before the permits came back |
//! | E2 | close: `word` fetch_or | is_closed, acquire: `word` load or fetch_or | what was done before it was closed |
//!
//! The queue inside is tokio's way (batch semaphore, E. Weiß, C. Lerche 2020); permits in one word
//! with the bits is ours.

#![forbid(unsafe_code)]

use core::fmt;
use core::future::IntoFuture;
use core::mem::ManuallyDrop;
use core::task::Poll;

use crate::shim::atomic::{AtomicUsize, Ordering::*};
use crate::shim::{const_fn, step};

use crate::error::{Closed, Overflow};
use crate::wait::{Key, Phase, Protocol, Until, Wait, WaitQueue};

const CLOSED: usize = 1;
const WAITED: usize = 2;
/// One permit.
const ONE: usize = 4;

/// A counting semaphore: permits that are acquired and released.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | everything but `acquire`, with feature `critical-section` |
/// | bounded | `try_acquire`, and `release` while nobody waits; giving out takes a section for every 8 waiters |
/// | longest masked section | 8 waiters |
///
/// # Fairness
/// Strict arrival order, also for `acquire_many`: a later caller waits even if there are enough
/// permits for it.
///
/// # Memory ordering
/// What a thread did before it released a permit happens before what the next owner of that permit
/// does. What it did before `close` happens before what is done after [`Closed`] was returned.
///
/// # Examples
/// ```
/// use gimmal_core::sync::Semaphore;
/// use gimmal_core::wait::block_on;
///
/// static SLOTS: Semaphore = Semaphore::new(2);
///
/// let first = SLOTS.try_acquire().unwrap();
/// let second = block_on(SLOTS.acquire()).unwrap();
/// assert!(SLOTS.try_acquire().is_none());
/// drop(first);
/// assert_eq!(SLOTS.available(), 1);
/// # drop(second);
/// ```
pub struct Semaphore {
    word: AtomicUsize,
    queue: WaitQueue,
    /// It never has more permits: what is released beyond that, also by a [`Permit`], is refused.
    pub(super) most: usize,
}

impl Semaphore {
    /// The maximum number of permits of a semaphore.
    pub const MAX_PERMITS: usize = usize::MAX / ONE;

    const_fn! {
        /// Creates a semaphore with `permits` permits.
        ///
        /// # Panics
        /// If `permits` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS); in a static that does
        /// not compile.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::sync::Semaphore;
        ///
        /// static SLOTS: Semaphore = Semaphore::new(3);
        /// assert_eq!(SLOTS.available(), 3);
        /// ```
        #[track_caller]
        pub const fn new(permits: usize) -> Self {
            Self::bounded(permits, Self::MAX_PERMITS)
        }
    }

    const_fn! {
        #[track_caller]
        pub(super) const fn bounded(permits: usize, most: usize) -> Self {
            assert!(
                permits <= Self::MAX_PERMITS,
                "a semaphore cannot begin with so many permits: give it Semaphore::MAX_PERMITS at most"
            );
            Semaphore { word: AtomicUsize::new(permits * ONE), queue: WaitQueue::new(), most }
        }
    }

    /// Acquires a permit if one is available and nobody waits. Dropping the [`Permit`] releases it,
    /// as for [`acquire`](Self::acquire).
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::Semaphore::new(1);
    /// let permit = slots.try_acquire();
    /// assert!(permit.is_some() && slots.try_acquire().is_none());
    /// ```
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    #[inline]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.try_acquire_many(1)
    }

    /// Acquires `n` permits at once if they are available and nobody waits. Dropping the [`Permit`]
    /// releases all of them.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::Semaphore::new(3);
    /// let two = slots.try_acquire_many(2).unwrap();
    /// assert!(slots.try_acquire_many(2).is_none());
    /// drop(two);
    /// assert_eq!(slots.available(), 3);
    /// ```
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    #[inline]
    pub fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>> {
        match self.take_unless_waited_on(n) {
            Poll::Ready(Ok(())) => Some(Permit { semaphore: self, n }),
            _ => None,
        }
    }

    /// Acquires a permit, and waits until one is available. Dropping the [`Permit`] releases it.
    ///
    /// So bind it for as long as it is needed, `let permit = …`. As a statement, or bound to `_`,
    /// it is acquired and released at once, and a [`release`](Semaphore::release) after it *adds* a
    /// permit. To acquire here and release elsewhere, [`forget`](Permit::forget) the permit and
    /// `release` one later; a [`BoundedSemaphore`](super::BoundedSemaphore) refuses a release too many.
    ///
    /// # Errors
    /// [`Closed`] if the semaphore is closed.
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in the queue, and releases permits that it had
    /// already been granted.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let slots = gimmal_core::sync::Semaphore::new(1);
    /// let permit = slots.acquire().await.unwrap();
    /// assert_eq!(slots.available(), 0);
    /// drop(permit);
    /// assert_eq!(slots.available(), 1);
    /// # });
    /// ```
    pub fn acquire(&self) -> Until<'_, WaitQueue, Acquiring<'_>> {
        self.acquire_many(1)
    }

    /// Acquires `n` permits at once, and waits until they are available. Dropping the [`Permit`]
    /// releases all of them, as for [`acquire`](Semaphore::acquire).
    ///
    /// # Errors
    /// [`Closed`] if the semaphore is closed.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    ///
    /// # Cancel safety
    /// As for [`acquire`](Semaphore::acquire).
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let slots = gimmal_core::sync::Semaphore::new(3);
    /// let two = slots.acquire_many(2).await.unwrap();
    /// assert_eq!((two.count(), slots.available()), (2, 1));
    /// # });
    /// ```
    #[track_caller]
    pub fn acquire_many(&self, n: usize) -> Until<'_, WaitQueue, Acquiring<'_>> {
        self.acquiring(n).into_future()
    }

    /// The wait of [`acquire_many`](Semaphore::acquire_many), for the crate `gimmal`, which blocks
    /// the thread.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    #[doc(hidden)]
    #[inline]
    pub fn acquiring(&self, n: usize) -> Wait<'_, WaitQueue, Acquiring<'_>> {
        assert!(
            n <= Self::MAX_PERMITS,
            "no semaphore has so many permits: ask for Semaphore::MAX_PERMITS at most"
        );
        Wait::of(&self.queue, Acquiring { semaphore: self, n })
    }

    /// Adds `n` permits, whether or not they were acquired before. A [`Permit`] that was not
    /// [forgotten](Permit::forget) is released when it is dropped: calling this as well adds one
    /// more. A [`BoundedSemaphore`](super::BoundedSemaphore) refuses that.
    ///
    /// # Errors
    /// [`Overflow`] if there would be more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS); nothing
    /// has changed.
    ///
    /// # Examples
    /// ```
    /// let items = gimmal_core::sync::Semaphore::new(0);
    /// items.release(2).unwrap(); // two more have come
    /// items.try_acquire().unwrap().forget(); // one is used up
    /// assert_eq!(items.available(), 1);
    /// ```
    pub fn release(&self, n: usize) -> Result<(), Overflow> {
        let mut word = self.word.load(Relaxed); // R: the CAS confirms it
        loop {
            if n > self.most - word / ONE {
                return Err(Overflow);
            }
            let put = self
                .word
                .compare_exchange_weak(word, word + n * ONE, Release, Relaxed); // E1, R: next try
            match put {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        if word & WAITED != 0 {
            step!("release-hands-out", self.grant());
        }
        Ok(())
    }

    /// Returns the number of permits that can be acquired: a snapshot.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal_core::sync::Semaphore::new(3).available(), 3);
    /// ```
    pub fn available(&self) -> usize {
        self.word.load(Relaxed) / ONE // R: a snapshot
    }

    /// Closes the semaphore: current and later waits end with [`Closed`], `try_` forms return
    /// `None`. Permits can still be released. Idempotent.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let slots = gimmal_core::sync::Semaphore::new(1);
    /// slots.close();
    /// assert!(slots.acquire().await.is_err());
    /// # });
    /// ```
    pub fn close(&self) {
        self.word.fetch_or(CLOSED, Release); // E2
        self.queue.wake_all();
    }

    /// Returns `true` if it is closed. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::Semaphore::new(1);
    /// slots.close();
    /// assert!(slots.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.word.load(Acquire) & CLOSED != 0 // E2
    }

    #[inline]
    fn take_unless_waited_on(&self, n: usize) -> Poll<Result<(), Closed>> {
        let mut word = self.word.load(Relaxed); // R: the CAS confirms it
        loop {
            // It stays closed: the second look is for its Acquire.
            if word & CLOSED != 0 && self.is_closed() {
                return Poll::Ready(Err(Closed));
            }
            if word & WAITED != 0 || word / ONE < n {
                return Poll::Pending;
            }
            match self.take(word, n) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(now) => word = now,
            }
        }
    }

    #[inline(always)]
    fn take(&self, word: usize, n: usize) -> Result<(), usize> {
        let taken = self
            .word
            .compare_exchange_weak(word, word - n * ONE, Acquire, Relaxed); // E1, R: next try
        taken.map(drop)
    }

    /// Grants the permits that are there to those who wait (I1).
    #[cold]
    fn grant(&self) {
        let take = |n| {
            let mut word = self.word.load(Relaxed); // R: the CAS confirms it
            while word / ONE >= n {
                match self.take(word, n) {
                    Ok(()) => return true,
                    Err(now) => word = now,
                }
            }
            false
        };
        self.queue.grant_while(take, |waited| {
            if !waited {
                self.word.fetch_and(!WAITED, Relaxed); // R: a bit; permits are taken by CAS
            }
        });
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available", &self.available())
            .field("closed", &self.is_closed())
            .finish()
    }
}

/// The operation of [`Semaphore::acquire_many`].
#[doc(hidden)]
pub struct Acquiring<'s> {
    semaphore: &'s Semaphore,
    n: usize,
}

impl Acquiring<'_> {
    /// Returns how many permits are to be acquired.
    pub fn count(&self) -> usize {
        self.n
    }
}

impl<'s> Protocol for Acquiring<'s> {
    type Output = Result<Permit<'s>, Closed>;

    #[inline]
    fn attempt(&mut self, when: Phase, _key: Key) -> Poll<Self::Output> {
        let permit = Permit {
            semaphore: self.semaphore,
            n: self.n,
        };
        let permit = ManuallyDrop::new(permit);
        match when {
            Phase::Granted => {}
            Phase::Released | Phase::Refused => unreachable!("only granted, and all are admitted"),
            Phase::First => match self.semaphore.take_unless_waited_on(self.n) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(Closed)) => return Poll::Ready(Err(Closed)),
                Poll::Pending => return Poll::Pending,
            },
            Phase::Enqueued | Phase::Woken => {
                let word = self.semaphore.word.fetch_or(WAITED, Acquire); // E2
                if word & CLOSED != 0 {
                    return Poll::Ready(Err(Closed));
                }
                // Perhaps to ourselves: then we are told so, and woken.
                self.semaphore.grant();
                return Poll::Pending;
            }
        }
        Poll::Ready(Ok(ManuallyDrop::into_inner(permit)))
    }

    fn weight(&self, _key: Key) -> usize {
        self.n
    }

    fn on_left(&mut self, _key: Key) {
        step!("leaving-hands-out", self.semaphore.grant());
    }

    fn on_unused_grant(&mut self, _key: Key) {
        // Fails only if others have released what they never took, up to the maximum.
        let _ = self.semaphore.release(self.n);
    }
}

/// One or several acquired permits. Dropping it releases them.
#[must_use = "a permit that is dropped is given back at once: bind it, or `forget` it"]
pub struct Permit<'s> {
    semaphore: &'s Semaphore,
    n: usize,
}

impl Permit<'_> {
    /// Returns the number of permits.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::Semaphore;
    /// let slots = Semaphore::new(3);
    /// assert_eq!(slots.try_acquire_many(2).unwrap().count(), 2);
    /// ```
    pub fn count(&self) -> usize {
        self.n
    }

    /// Drops the permit without returning it; the semaphore shrinks until `release` adds permits.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::Semaphore;
    /// let slots = Semaphore::new(3);
    /// slots.try_acquire().unwrap().forget();
    /// assert_eq!(slots.available(), 2);
    /// ```
    pub fn forget(self) {
        let _ = ManuallyDrop::new(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // Fails only if others have released what they never took, up to the maximum.
        let _ = self.semaphore.release(self.n);
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("count", &self.n).finish()
    }
}
