//! [`BoundedSemaphore`]: the core's, with the blocking and timed forms that every semaphore has.

#![forbid(unsafe_code)]

use std::fmt;
use std::future::IntoFuture;
use std::task::Poll;
use std::time::{Duration, Instant};

use gimmal_core::error::{AcquireTimeoutError, Closed, OverRelease, TimedOut, TooMany};
use gimmal_core::facade::{Acquiring, const_fn};
use gimmal_core::sync as core;
use gimmal_core::sync::Permit;
use gimmal_core::wait::{Wait, WaitQueue};

use super::request::sealed::{Count, Sealed, Within};
use super::request::{PermitSource, Request};
use super::semaphore::semaphore;
use crate::block::block_until;
use crate::cooperate::cooperative;
use crate::stop::Stop;

/// A semaphore that never has more permits than it began with: releasing too many is an error.
///
/// # Fairness
/// Strict arrival order, as of [`Semaphore`](super::Semaphore).
///
/// # Memory ordering
/// As of [`Semaphore`](super::Semaphore).
///
/// # Examples
/// ```
/// use gimmal::error::{OverRelease, TooMany};
/// use gimmal::sync::BoundedSemaphore;
///
/// let slots = BoundedSemaphore::new(2);
/// assert!(matches!(slots.many(3), Err(TooMany { bound: 2 })));
/// drop(slots.acquire().unwrap());
/// assert_eq!(slots.release(1), Err(OverRelease));
/// ```
pub struct BoundedSemaphore(core::BoundedSemaphore);

impl BoundedSemaphore {
    const_fn! {
        /// Returns a semaphore with `permits` permits, which never has more.
        ///
        /// # Panics
        /// If `permits` is more than [`Semaphore::MAX_PERMITS`](super::Semaphore::MAX_PERMITS); in a static that does not compile.
        ///
        /// # Examples
        /// ```
        /// use gimmal::sync::BoundedSemaphore;
        ///
        /// let slots = BoundedSemaphore::new(1);
        /// assert!(slots.release(1).is_err()); // it has all its permits
        /// ```
        #[track_caller]
        pub const fn new(permits: usize) -> Self {
            BoundedSemaphore(core::BoundedSemaphore::new(permits))
        }
    }

    /// Returns a request for `n` permits, which are taken in one step and returned together.
    ///
    /// # Errors
    /// [`TooMany`]: the semaphore never has `n` permits.
    ///
    /// # Examples
    /// Both steps in one function: [`AcquireManyError`](crate::error::AcquireManyError) is made of
    /// what either fails with.
    /// ```
    /// use std::time::Duration;
    /// use gimmal::error::AcquireManyError;
    /// use gimmal::sync::{BoundedSemaphore, Permit};
    ///
    /// fn some(slots: &BoundedSemaphore, n: usize) -> Result<Permit<'_>, AcquireManyError> {
    ///     Ok(slots.many(n)?.acquire_timeout(Duration::from_millis(1))?)
    /// }
    ///
    /// let slots = BoundedSemaphore::new(3);
    /// let pair = some(&slots, 2).unwrap();
    /// assert_eq!(some(&slots, 2).unwrap_err(), AcquireManyError::TimedOut);
    /// assert_eq!(some(&slots, 4).unwrap_err(), AcquireManyError::TooMany { bound: 3 });
    /// # drop(pair);
    /// ```
    #[doc(alias = "acquire_many")]
    #[doc(alias = "try_acquire_many")]
    pub fn many(&self, n: usize) -> Result<Request<&Self>, TooMany> {
        let n = self.possible(n)?;
        Ok(Request { source: self, n })
    }

    /// Puts back `n` permits that were [forgotten](Permit::forget).
    ///
    /// # Errors
    /// [`OverRelease`]: there would be more than at the beginning. Nothing has changed, and nobody
    /// is woken.
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::BoundedSemaphore;
    ///
    /// let slots = BoundedSemaphore::new(1);
    /// slots.acquire().unwrap().forget();
    /// slots.release(1).unwrap();
    /// assert!(slots.release(1).is_err());
    /// ```
    pub fn release(&self, n: usize) -> Result<(), OverRelease> {
        self.0.release(n)
    }

    /// Returns how many permits the semaphore has in all.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal::sync::BoundedSemaphore::new(3);
    /// let permit = slots.acquire().unwrap();
    /// assert_eq!((slots.bound(), slots.available()), (3, 2));
    /// # drop(permit);
    /// ```
    pub fn bound(&self) -> usize {
        self.0.bound()
    }

    /// Returns `n`, if the semaphore could have so many permits.
    pub(super) fn possible(&self, n: usize) -> Result<Count, TooMany> {
        let bound = self.bound();
        if n > bound {
            return Err(TooMany { bound });
        }
        Ok(Count(n))
    }

    /// One permit may be waited for also where the bound is 0.
    #[inline]
    fn waiting_for(&self, n: Count) -> Wait<'_, WaitQueue, Acquiring<'_>> {
        match n.0 {
            1 => self.0.acquiring_one(),
            n => self
                .0
                .acquiring(n)
                .expect("a request is for a possible number"),
        }
    }
}

semaphore!(BoundedSemaphore);

impl Stop for BoundedSemaphore {
    /// Closes the semaphore: threads that wait for permits get `Closed`.
    fn stop(&self) {
        self.close();
    }
}
