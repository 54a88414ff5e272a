//! [`OwnedPermit`]: permits together with a share of the semaphore that they go back to.
//!
//! Made of a borrowing permit that was just got and is forgotten; dropping it releases as many.

#![forbid(unsafe_code)]

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal_core::error::{AcquireManyError, AcquireTimeoutError, Closed, TooMany};

use crate::sync::{BoundedSemaphore, Permit, Semaphore};

/// Permits that are given back when this is dropped, and a share of their semaphore.
#[must_use = "a permit that is dropped is given back at once: bind it, or `forget` it"]
pub struct OwnedPermit {
    of: Of,
    n: usize,
}

/// Where permits go back to.
enum Of {
    Semaphore(Arc<Semaphore>),
    Bounded(Arc<BoundedSemaphore>),
}

impl OwnedPermit {
    fn of(of: Of, permit: Permit<'_>) -> Self {
        let n = permit.count();
        permit.forget();
        OwnedPermit { of, n }
    }

    /// How many permits these are.
    pub fn count(&self) -> usize {
        self.n
    }

    /// Keeps the permits for good: the semaphore has so many fewer, until `release` puts others in. The share of it goes.
    pub fn forget(mut self) {
        self.n = 0;
    }
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        // Fails only if others have released what they never took, up to the maximum.
        let _given_back = match &self.of {
            Of::Semaphore(semaphore) => semaphore.release(self.n).is_ok(),
            Of::Bounded(semaphore) => semaphore.release(self.n).is_ok(),
        };
    }
}

impl fmt::Debug for OwnedPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("count", &self.n)
            .finish()
    }
}

/// Forms whose permit keeps a share of the semaphore.
impl Semaphore {
    /// `permit` is one of this semaphore, just got.
    fn own(self: &Arc<Self>, permit: Permit<'_>) -> OwnedPermit {
        OwnedPermit::of(Of::Semaphore(self.clone()), permit)
    }

    /// As [`try_acquire`](Semaphore::try_acquire), with a permit that keeps a share of the semaphore.
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn try_acquire_owned(self: &Arc<Self>) -> Option<OwnedPermit> {
        Some(self.own(self.try_acquire()?))
    }

    /// As [`try_acquire_many`](Semaphore::try_acquire_many), with a permit that keeps a share of the semaphore.
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn try_acquire_many_owned(self: &Arc<Self>, n: usize) -> Option<OwnedPermit> {
        Some(self.own(self.try_acquire_many(n)?))
    }

    /// As [`acquire`](Semaphore::acquire), with a permit that keeps a share of the semaphore: it can be taken before a
    /// thread is started, and given back by that thread.
    ///
    /// # Errors
    /// [`Closed`].
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use std::thread;
    /// use gimmal::sync::Semaphore;
    ///
    /// // Never more than two of them at a time.
    /// let slots = Arc::new(Semaphore::new(2));
    /// for _ in 0..8 {
    ///     let permit = slots.acquire_owned().unwrap();
    ///     thread::spawn(move || {
    ///         // … the work …
    ///         drop(permit);
    ///     });
    /// }
    /// drop(slots.acquire_many(2).unwrap());
    /// ```
    pub fn acquire_owned(self: &Arc<Self>) -> Result<OwnedPermit, Closed> {
        Ok(self.own(self.acquire()?))
    }

    /// As [`acquire_many`](Semaphore::acquire_many), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// [`Closed`].
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_many_owned(self: &Arc<Self>, n: usize) -> Result<OwnedPermit, Closed> {
        Ok(self.own(self.acquire_many(n)?))
    }

    /// As [`acquire_timeout`](Semaphore::acquire_timeout), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    pub fn acquire_owned_timeout(
        self: &Arc<Self>,
        timeout: Duration,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        Ok(self.own(self.acquire_timeout(timeout)?))
    }

    /// As [`acquire_deadline`](Semaphore::acquire_deadline), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    pub fn acquire_owned_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        Ok(self.own(self.acquire_deadline(deadline)?))
    }

    /// As [`acquire_many_timeout`](Semaphore::acquire_many_timeout), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_many_owned_timeout(
        self: &Arc<Self>,
        n: usize,
        timeout: Duration,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        Ok(self.own(self.acquire_many_timeout(n, timeout)?))
    }

    /// As [`acquire_many_deadline`](Semaphore::acquire_many_deadline), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_many_owned_deadline(
        self: &Arc<Self>,
        n: usize,
        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        Ok(self.own(self.acquire_many_deadline(n, deadline)?))
    }

    /// The future of `acquire_owned`, for an executor. It keeps a share of the semaphore.
    ///
    /// # Errors
    /// [`Closed`].
    ///
    /// # Cancel safety
    /// Dropping it gives back what it had been given, and its place in the queue.
    #[must_use = "a future does nothing until it is polled"]
    pub fn acquire_owned_async(
        self: &Arc<Self>,
    ) -> impl Future<Output = Result<OwnedPermit, Closed>> + use<> {
        self.acquire_many_owned_async(1)
    }

    /// The future of `acquire_many_owned`, for an executor. It keeps a share of the semaphore.
    ///
    /// # Errors
    /// [`Closed`].
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    ///
    /// # Cancel safety
    /// Dropping it gives back what it had been given, and its place in the queue.
    #[must_use = "a future does nothing until it is polled"]
    #[track_caller]
    pub fn acquire_many_owned_async(
        self: &Arc<Self>,
        n: usize,
    ) -> impl Future<Output = Result<OwnedPermit, Closed>> + use<> {
        assert!(
            n <= Self::MAX_PERMITS,
            "no semaphore has so many permits: ask for Semaphore::MAX_PERMITS at most"
        );
        let semaphore = self.clone();
        async move {
            let permit = semaphore.acquire_many_async(n).await?;
            Ok(semaphore.own(permit))
        }
    }
}

/// Forms whose permit keeps a share of the semaphore.
impl BoundedSemaphore {
    /// `permit` is one of this semaphore, just got.
    fn own(self: &Arc<Self>, permit: Permit<'_>) -> OwnedPermit {
        OwnedPermit::of(Of::Bounded(self.clone()), permit)
    }

    /// As [`try_acquire`](BoundedSemaphore::try_acquire), with a permit that keeps a share of the semaphore.
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn try_acquire_owned(self: &Arc<Self>) -> Option<OwnedPermit> {
        Some(self.own(self.try_acquire()?))
    }

    /// As [`try_acquire_many`](BoundedSemaphore::try_acquire_many), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// [`TooMany`]: there will never be so many.
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn try_acquire_many_owned(
        self: &Arc<Self>,
        n: usize,
    ) -> Result<Option<OwnedPermit>, TooMany> {
        let permit = self.try_acquire_many(n)?;
        Ok(permit.map(|permit| self.own(permit)))
    }

    /// As [`acquire`](BoundedSemaphore::acquire), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// [`Closed`].
    pub fn acquire_owned(self: &Arc<Self>) -> Result<OwnedPermit, Closed> {
        Ok(self.own(self.acquire()?))
    }

    /// As [`acquire_many`](BoundedSemaphore::acquire_many), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// `TooMany`, at once: there will never be so many. `Closed`.
    pub fn acquire_many_owned(self: &Arc<Self>, n: usize) -> Result<OwnedPermit, AcquireManyError> {
        Ok(self.own(self.acquire_many(n)?))
    }

    /// As [`acquire_timeout`](BoundedSemaphore::acquire_timeout), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    pub fn acquire_owned_timeout(
        self: &Arc<Self>,
        timeout: Duration,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        Ok(self.own(self.acquire_timeout(timeout)?))
    }

    /// As [`acquire_deadline`](BoundedSemaphore::acquire_deadline), with a permit that keeps a share of the semaphore.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`.
    pub fn acquire_owned_deadline(
        self: &Arc<Self>,
        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireTimeoutError> {
        Ok(self.own(self.acquire_deadline(deadline)?))
    }

    /// As [`acquire_many_timeout`](BoundedSemaphore::acquire_many_timeout), with a permit that keeps a share of the
    /// semaphore.
    ///
    /// # Errors
    /// `TooMany`, at once; `TimedOut` or `Closed`.
    pub fn acquire_many_owned_timeout(
        self: &Arc<Self>,
        n: usize,
        timeout: Duration,
    ) -> Result<OwnedPermit, AcquireManyError> {
        Ok(self.own(self.acquire_many_timeout(n, timeout)?))
    }

    /// As [`acquire_many_deadline`](BoundedSemaphore::acquire_many_deadline), with a permit that keeps a share of the
    /// semaphore.
    ///
    /// # Errors
    /// `TooMany`, at once; `TimedOut` or `Closed`.
    pub fn acquire_many_owned_deadline(
        self: &Arc<Self>,
        n: usize,
        deadline: Instant,
    ) -> Result<OwnedPermit, AcquireManyError> {
        Ok(self.own(self.acquire_many_deadline(n, deadline)?))
    }

    /// The future of `acquire_owned`, for an executor. It keeps a share of the semaphore.
    ///
    /// # Errors
    /// [`Closed`].
    ///
    /// # Cancel safety
    /// Dropping it gives back what it had been given, and its place in the queue.
    #[must_use = "a future does nothing until it is polled"]
    pub fn acquire_owned_async(
        self: &Arc<Self>,
    ) -> impl Future<Output = Result<OwnedPermit, Closed>> + use<> {
        let semaphore = self.clone();
        async move {
            let permit = semaphore.acquire_async().await?;
            Ok(semaphore.own(permit))
        }
    }

    /// The future of `acquire_many_owned`, for an executor. It keeps a share of the semaphore.
    ///
    /// # Errors
    /// [`TooMany`], at once: there will never be so many.
    ///
    /// # Cancel safety
    /// Dropping it gives back what it had been given, and its place in the queue.
    pub fn acquire_many_owned_async(
        self: &Arc<Self>,
        n: usize,
    ) -> Result<impl Future<Output = Result<OwnedPermit, Closed>> + use<>, TooMany> {
        let bound = self.bound();
        if n > bound {
            return Err(TooMany { bound });
        }
        let semaphore = self.clone();
        Ok(async move {
            let acquires = semaphore.acquire_many_async(n);
            let permit = acquires.expect("it was within the bound").await?;
            Ok(semaphore.own(permit))
        })
    }
}
