//! [`Semaphore`] and [`BoundedSemaphore`]: the core's semaphores with blocking and timed forms.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::error::{
    AcquireManyError, AcquireTimeoutError, Closed, OverRelease, Overflow, TooMany,
};
use gimmal_core::sync as core;
use gimmal_core::sync::{Acquiring, Permit};
use gimmal_core::wait::{Until, Wait, WaitQueue};

use crate::block::{Limit, block, block_until};

fn within<'s>(
    acquiring: Wait<'_, WaitQueue, Acquiring<'s>>,
    limit: Limit,
) -> Result<Permit<'s>, AcquireTimeoutError> {
    match block_until(acquiring, limit) {
        Ok(acquired) => acquired.map_err(|Closed| AcquireTimeoutError::Closed),
        Err(_) => Err(AcquireTimeoutError::TimedOut),
    }
}

/// Permits that threads and tasks take and give back.
///
/// # Fairness
/// Strict arrival order, also for `acquire_many`: who comes later waits, even if there are permits for it.
///
/// # Memory ordering
/// What a thread did before it gave a permit back happens before what the next owner does.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::sync::Semaphore;
///
/// let slots = Semaphore::new(2);
/// thread::scope(|scope| {
///     for _ in 0..8 {
///         scope.spawn(|| {
///             let _permit = slots.acquire().unwrap();
///             // never more than two threads here
///         });
///     }
/// });
/// assert_eq!(slots.available(), 2);
/// ```
pub struct Semaphore(core::Semaphore);

impl Semaphore {
    /// The most permits a semaphore can have.
    pub const MAX_PERMITS: usize = core::Semaphore::MAX_PERMITS;

    /// A semaphore with `permits` permits.
    ///
    /// # Panics
    /// If they are more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS); in a static that does not compile.
    #[track_caller]
    pub const fn new(permits: usize) -> Self {
        Semaphore(core::Semaphore::new(permits))
    }

    /// Takes one permit, if there is one and nobody waits. It returns to the semaphore when the [`Permit`] is dropped, as
    /// for [`acquire`](Self::acquire).
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.0.try_acquire()
    }

    /// Takes `n` permits in one step, if there are so many and nobody waits. They return together when the [`Permit`] is
    /// dropped.
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>> {
        self.0.try_acquire_many(n)
    }

    /// Takes one permit, blocking while there is none. The permit returns to the semaphore when the [`Permit`] is dropped.
    ///
    /// So bind it for as long as it is needed, `let permit = …`. As a statement, or bound to `_`, it is taken and returned
    /// at once, and a [`release`](Semaphore::release) after it *adds* a permit. To take now and return later, elsewhere,
    /// [`forget`](Permit::forget) the permit and then `release` one; a [`BoundedSemaphore`] refuses a release too many. A
    /// permit that outlives the borrow of its semaphore is [`acquire_owned`](Semaphore::acquire_owned).
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Semaphore;
    ///
    /// let slots = Semaphore::new(2);
    /// {
    ///     let _permit = slots.acquire().unwrap();
    ///     assert_eq!(slots.available(), 1);
    /// }
    /// assert_eq!(slots.available(), 2);
    ///
    /// // Taken here, returned elsewhere, without a guard:
    /// slots.acquire().unwrap().forget();
    /// assert_eq!(slots.available(), 1);
    /// slots.release(1).unwrap();
    /// assert_eq!(slots.available(), 2);
    /// ```
    ///
    /// # Errors
    /// [`Closed`].
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn acquire(&self) -> Result<Permit<'_>, Closed> {
        self.acquire_many(1)
    }

    /// Takes `n` permits in one step, blocking while there are fewer. They return together when the [`Permit`] is
    /// dropped, as for [`acquire`](Semaphore::acquire).
    ///
    /// # Errors
    /// [`Closed`].
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn acquire_many(&self, n: usize) -> Result<Permit<'_>, Closed> {
        block(self.0.acquiring(n))
    }

    /// Takes one permit, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_>, AcquireTimeoutError> {
        self.acquire_many_timeout(1, timeout)
    }

    /// Takes one permit, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn acquire_deadline(&self, deadline: Instant) -> Result<Permit<'_>, AcquireTimeoutError> {
        within(self.0.acquiring(1), Limit::At(deadline))
    }

    /// Takes `n` permits in one step, blocking for `timeout` at most.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn acquire_many_timeout(
        &self,
        n: usize,
        timeout: Duration,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        within(self.0.acquiring(n), Limit::After(timeout))
    }

    /// Takes `n` permits in one step, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn acquire_many_deadline(
        &self,
        n: usize,
        deadline: Instant,
    ) -> Result<Permit<'_>, AcquireTimeoutError> {
        within(self.0.acquiring(n), Limit::At(deadline))
    }

    /// The future of `acquire`, for an executor. Dropping it gives back what it had been given.
    pub fn acquire_async(&self) -> Until<'_, WaitQueue, Acquiring<'_>> {
        self.0.acquire()
    }

    /// The future of `acquire_many`, for an executor.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_many_async(&self, n: usize) -> Until<'_, WaitQueue, Acquiring<'_>> {
        self.0.acquire_many(n)
    }

    /// Adds `n` permits, whether or not they were taken before. A [`Permit`] that was not [forgotten](Permit::forget) returns
    /// by itself: releasing it as well makes one more. A [`BoundedSemaphore`] refuses that.
    ///
    /// # Errors
    /// [`Overflow`]; nothing has changed.
    pub fn release(&self, n: usize) -> Result<(), Overflow> {
        self.0.release(n)
    }

    /// How many permits are there to be taken: a snapshot.
    pub fn available(&self) -> usize {
        self.0.available()
    }

    /// Closes it: current and later waits end with [`Closed`]. Permits can still be given back. Again changes nothing.
    pub fn close(&self) {
        self.0.close();
    }

    /// Is it closed? A snapshot that, once true, stays true.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

/// A semaphore that never has more permits than it began with: what is given back too often is an error.
///
/// # Fairness
/// As of [`Semaphore`].
///
/// # Examples
/// ```
/// use gimmal::error::{OverRelease, TooMany};
/// use gimmal::sync::BoundedSemaphore;
///
/// let slots = BoundedSemaphore::new(2);
/// assert!(matches!(slots.try_acquire_many(3), Err(TooMany { bound: 2 })));
/// drop(slots.acquire().unwrap());
/// assert_eq!(slots.release(1), Err(OverRelease));
/// ```
pub struct BoundedSemaphore(core::BoundedSemaphore);

impl BoundedSemaphore {
    /// A semaphore with `permits` permits, and never more.
    ///
    /// # Panics
    /// If they are more than [`Semaphore::MAX_PERMITS`]; in a static that does not compile.
    #[track_caller]
    pub const fn new(permits: usize) -> Self {
        BoundedSemaphore(core::BoundedSemaphore::new(permits))
    }

    /// Takes one permit, if there is one and nobody waits. It returns to the semaphore when the [`Permit`] is dropped, as
    /// for [`acquire`](Self::acquire).
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.0.try_acquire()
    }

    /// Takes `n` permits in one step, if there are so many and nobody waits. They return together when the [`Permit`] is
    /// dropped.
    ///
    /// # Errors
    /// [`TooMany`]: there will never be so many.
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn try_acquire_many(&self, n: usize) -> Result<Option<Permit<'_>>, TooMany> {
        self.0.try_acquire_many(n)
    }

    /// Takes one permit, blocking while there is none. The permit returns to the semaphore when the [`Permit`] is dropped;
    /// one that is to return later, by [`release`](BoundedSemaphore::release), is [forgotten](Permit::forget). As
    /// [`Semaphore::acquire`].
    ///
    /// # Errors
    /// [`Closed`].
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn acquire(&self) -> Result<Permit<'_>, Closed> {
        block(self.0.acquiring_one())
    }

    /// Takes one permit, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_>, AcquireTimeoutError> {
        within(self.0.acquiring_one(), Limit::After(timeout))
    }

    /// Takes one permit, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn acquire_deadline(&self, deadline: Instant) -> Result<Permit<'_>, AcquireTimeoutError> {
        within(self.0.acquiring_one(), Limit::At(deadline))
    }

    /// Takes `n` permits in one step, blocking while there are fewer. They return together when the [`Permit`] is
    /// dropped.
    ///
    /// # Errors
    /// `TooMany`, at once: there will never be so many. `Closed`.
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn acquire_many(&self, n: usize) -> Result<Permit<'_>, AcquireManyError> {
        Ok(block(self.0.acquiring(n)?)?)
    }

    /// Takes `n` permits in one step, blocking for `timeout` at most.
    ///
    /// # Errors
    /// `TooMany`, at once; `TimedOut` or `Closed`.
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn acquire_many_timeout(
        &self,
        n: usize,
        timeout: Duration,
    ) -> Result<Permit<'_>, AcquireManyError> {
        Ok(within(self.0.acquiring(n)?, Limit::After(timeout))?)
    }

    /// Takes `n` permits in one step, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TooMany`, at once; `TimedOut` or `Closed`.
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn acquire_many_deadline(
        &self,
        n: usize,
        deadline: Instant,
    ) -> Result<Permit<'_>, AcquireManyError> {
        Ok(within(self.0.acquiring(n)?, Limit::At(deadline))?)
    }

    /// The future of `acquire`, for an executor. Dropping it gives back what it had been given.
    pub fn acquire_async(&self) -> Until<'_, WaitQueue, Acquiring<'_>> {
        self.0.acquire()
    }

    /// The future of `acquire_many`, for an executor.
    ///
    /// # Errors
    /// [`TooMany`], at once: there will never be so many.
    pub fn acquire_many_async(
        &self,
        n: usize,
    ) -> Result<Until<'_, WaitQueue, Acquiring<'_>>, TooMany> {
        self.0.acquire_many(n)
    }

    /// Puts back `n` permits that were forgotten.
    ///
    /// # Errors
    /// [`OverRelease`]: there would be more than at the beginning. Nothing has changed, nobody is woken.
    pub fn release(&self, n: usize) -> Result<(), OverRelease> {
        self.0.release(n)
    }

    /// How many permits are there to be taken: a snapshot.
    pub fn available(&self) -> usize {
        self.0.available()
    }

    /// How many permits there are in all.
    pub fn bound(&self) -> usize {
        self.0.bound()
    }

    /// Closes it, as [`Semaphore::close`].
    pub fn close(&self) {
        self.0.close();
    }

    /// Is it closed? A snapshot that, once true, stays true.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
