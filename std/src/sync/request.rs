//! [`Request`]: how many permits, and of what they keep hold; and the five ways to ask for them.
//!
//! The semaphores' own verbs are those of a request for one permit. So each way to ask is written
//! here once, for every [`PermitSource`].

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use gimmal_core::error::{AcquireTimeoutError, Closed, TimedOut};

use crate::block::Limit;
use sealed::{Count, Within};

/// A source of permits for a [`Request`]: a reference to a semaphore, or an `Arc` of one. Sealed.
///
/// | source | made by | [`Permit`](PermitSource::Permit) |
/// |---|---|---|
/// | `&Semaphore` | [`Semaphore::many`](super::Semaphore::many) | [`Permit`](super::Permit) |
/// | `&BoundedSemaphore` | [`BoundedSemaphore::many`](super::BoundedSemaphore::many) | [`Permit`](super::Permit) |
/// | `Arc<Semaphore>` | [`Semaphore::owned`](super::Semaphore::owned) | [`OwnedPermit`](super::OwnedPermit) |
/// | `Arc<BoundedSemaphore>` | [`BoundedSemaphore::owned`](super::BoundedSemaphore::owned) | [`OwnedPermit`](super::OwnedPermit) |
pub trait PermitSource: sealed::Sealed + Sized {
    /// The permits that a request gets, and gives back when it is dropped.
    type Permit;

    /// Takes the permits without waiting.
    #[doc(hidden)]
    fn try_take(self, n: Count) -> Option<Self::Permit>;
    /// Takes the permits, blocking within the limit.
    #[doc(hidden)]
    fn take(self, n: Count, within: Within) -> Result<Result<Self::Permit, Closed>, TimedOut>;
    /// The future of the permits.
    #[doc(hidden)]
    fn take_async(self, n: Count) -> impl Future<Output = Result<Self::Permit, Closed>> + Send;
}

/// What only this module can name or make, although a public trait names it: so nobody outside can
/// take permits that were not checked to be possible.
///
/// ```compile_fail,E0308
/// use gimmal::sync::{PermitSource, Semaphore};
///
/// let slots = Semaphore::new(1);
/// (&slots).try_take(1);
/// ```
pub(super) mod sealed {
    use crate::block::Limit;

    pub trait Sealed {}

    /// A number of permits that the semaphore could have.
    #[derive(Clone, Copy, Debug)]
    pub struct Count(pub(in crate::sync) usize);

    /// A limit.
    pub struct Within(pub(in crate::sync) Limit);
}

/// A request for permits: several at once, or permits that keep their semaphore alive. It takes
/// nothing until it is asked by one of its verbs, which are those of a semaphore.
///
/// [`many`](super::Semaphore::many) makes a request for several permits,
/// [`owned`](super::Semaphore::owned) one for an [`OwnedPermit`](super::OwnedPermit), and
/// `owned().many(n)` one for both.
///
/// # Fairness
/// Strict arrival order: a request for many permits is not overtaken by later requests for fewer.
///
/// # Memory ordering
/// As of [`Semaphore`](super::Semaphore).
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use gimmal::sync::Semaphore;
///
/// let slots = Arc::new(Semaphore::new(3));
/// let pair = slots.many(2).acquire().unwrap();
/// assert!(slots.many(2).try_acquire().is_none());
/// assert!(slots.many(2).acquire_timeout(Duration::ZERO).is_err());
/// drop(pair);
///
/// let pair = slots.owned().many(2).acquire().unwrap();
/// std::thread::spawn(move || drop(pair)).join().unwrap();
/// assert_eq!(slots.available(), 3);
/// ```
#[must_use = "a request takes nothing until it is asked: call `acquire` or another form"]
#[derive(Clone, Copy, Debug)]
pub struct Request<S> {
    pub(super) source: S,
    pub(super) n: Count,
}

impl<S: PermitSource> Request<S> {
    /// Takes the permits if there are enough and nobody waits. Never waits.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal::sync::Semaphore::new(3);
    /// let two = slots.many(2).try_acquire();
    /// assert!(two.is_some() && slots.many(2).try_acquire().is_none());
    /// ```
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    #[inline]
    pub fn try_acquire(self) -> Option<S::Permit> {
        self.source.try_take(self.n)
    }

    /// Takes the permits in one step, blocking while there are fewer. They return together when the
    /// permit is dropped.
    ///
    /// It blocks the calling thread; in a task, await [`acquire_async`](Self::acquire_async) instead.
    ///
    /// # Errors
    /// [`Closed`].
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal::sync::Semaphore::new(3);
    /// let two = slots.many(2).acquire().unwrap();
    /// assert_eq!((two.count(), slots.available()), (2, 1));
    /// ```
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    #[inline]
    pub fn acquire(self) -> Result<S::Permit, Closed> {
        match self.source.take(self.n, Within(Limit::None)) {
            Ok(taken) => taken,
            Err(TimedOut) => unreachable!("without a limit it is never given up"),
        }
    }

    /// Takes the permits in one step, blocking for at most `timeout`: `ZERO` tries once, `MAX` is
    /// for ever.
    ///
    /// It blocks the calling thread; in a task, await [`acquire_async`](Self::acquire_async) instead.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let slots = gimmal::sync::Semaphore::new(1);
    /// assert!(slots.many(2).acquire_timeout(Duration::from_millis(1)).is_err());
    /// slots.release(1).unwrap();
    /// assert!(slots.many(2).acquire_timeout(Duration::ZERO).is_ok());
    /// ```
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn acquire_timeout(self, timeout: Duration) -> Result<S::Permit, AcquireTimeoutError> {
        self.within(Limit::After(timeout))
    }

    /// Takes the permits in one step, blocking until `deadline` at most: a past one tries once.
    ///
    /// It blocks the calling thread; in a task, await [`acquire_async`](Self::acquire_async) instead.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    ///
    /// let slots = gimmal::sync::Semaphore::new(1);
    /// assert!(slots.many(2).acquire_deadline(Instant::now()).is_err());
    /// ```
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn acquire_deadline(self, deadline: Instant) -> Result<S::Permit, AcquireTimeoutError> {
        self.within(Limit::At(deadline))
    }

    /// Returns the future of [`acquire`](Request::acquire), for an executor. Of an `Arc` it keeps
    /// the semaphore alive.
    ///
    /// # Errors
    /// [`Closed`].
    ///
    /// # Cancel safety
    /// Dropping the future gives up its place in the queue; permits that it was given go to the
    /// next waiter.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// let slots = gimmal::sync::Semaphore::new(3);
    /// let two = slots.many(2).acquire_async().await.unwrap();
    /// assert_eq!(slots.available(), 1);
    /// # drop(two);
    /// # });
    /// ```
    pub fn acquire_async(self) -> impl Future<Output = Result<S::Permit, Closed>> + Send + use<S> {
        self.source.take_async(self.n)
    }

    /// Returns how many permits are asked for.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal::sync::Semaphore::new(3);
    /// assert_eq!(slots.many(2).count(), 2);
    /// ```
    pub fn count(&self) -> usize {
        self.n.0
    }

    fn within(self, limit: Limit) -> Result<S::Permit, AcquireTimeoutError> {
        match self.source.take(self.n, Within(limit)) {
            Ok(taken) => taken.map_err(|Closed| AcquireTimeoutError::Closed),
            Err(TimedOut) => Err(AcquireTimeoutError::TimedOut),
        }
    }
}
