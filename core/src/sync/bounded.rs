//! [`BoundedSemaphore`]: a semaphore that never has more permits than it began with.

#![forbid(unsafe_code)]

use core::fmt;
use core::future::IntoFuture;

use crate::shim::const_fn;

use super::semaphore::{Acquiring, Permit, Semaphore};
use crate::error::{OverRelease, Overflow, TooMany};
use crate::wait::{Until, Wait, WaitQueue};

/// A semaphore that never has more permits than it began with: releasing too many is an error.
///
/// # Fairness
/// Strict arrival order, as of [`Semaphore`]; so are memory ordering and use in interrupt handlers.
///
/// # Examples
/// ```
/// use gimmal_core::error::OverRelease;
/// use gimmal_core::sync::BoundedSemaphore;
///
/// static SLOTS: BoundedSemaphore = BoundedSemaphore::new(2);
///
/// let permit = SLOTS.try_acquire().unwrap();
/// assert!(SLOTS.acquire_many(3).is_err());
/// drop(permit);
/// assert_eq!(SLOTS.release(1), Err(OverRelease));
/// ```
pub struct BoundedSemaphore {
    semaphore: Semaphore,
}

impl BoundedSemaphore {
    const_fn! {
        /// Creates a semaphore with `permits` permits, and never more.
        ///
        /// # Panics
        /// If `permits` is more than [`Semaphore::MAX_PERMITS`]; in a static that does not compile.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::sync::BoundedSemaphore;
        ///
        /// static SLOTS: BoundedSemaphore = BoundedSemaphore::new(3);
        /// assert_eq!((SLOTS.available(), SLOTS.bound()), (3, 3));
        /// ```
        #[track_caller]
        pub const fn new(permits: usize) -> Self {
            BoundedSemaphore { semaphore: Semaphore::bounded(permits, permits) }
        }
    }

    fn checked(&self, n: usize) -> Result<usize, TooMany> {
        let bound = self.bound();
        if n > bound {
            Err(TooMany { bound })
        } else {
            Ok(n)
        }
    }

    /// Acquires a permit if one is available and nobody waits. Dropping the [`Permit`] releases it,
    /// as for [`acquire`](Self::acquire).
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::BoundedSemaphore::new(1);
    /// let permit = slots.try_acquire();
    /// assert!(permit.is_some() && slots.try_acquire().is_none());
    /// ```
    #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.semaphore.try_acquire()
    }

    /// Acquires `n` permits at once if they are available and nobody waits. Dropping the [`Permit`]
    /// releases all of them.
    ///
    /// # Errors
    /// [`TooMany`] if `n` is more than the semaphore began with.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::BoundedSemaphore::new(3);
    /// assert!(slots.try_acquire_many(2).unwrap().is_some());
    /// assert!(slots.try_acquire_many(4).is_err()); // never
    /// ```
    #[must_use = "the permits return to the semaphore when they are dropped: bind them, or `forget` them"]
    pub fn try_acquire_many(&self, n: usize) -> Result<Option<Permit<'_>>, TooMany> {
        Ok(self.semaphore.try_acquire_many(self.checked(n)?))
    }

    /// Acquires a permit, and waits until one is available, as [`Semaphore::acquire`]. Dropping the
    /// [`Permit`] releases it. To [`release`](BoundedSemaphore::release) it elsewhere,
    /// [`forget`](Permit::forget) it first.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let slots = gimmal_core::sync::BoundedSemaphore::new(1);
    /// let permit = slots.acquire().await.unwrap();
    /// assert_eq!(slots.available(), 0);
    /// # drop(permit);
    /// # });
    /// ```
    pub fn acquire(&self) -> Until<'_, WaitQueue, Acquiring<'_>> {
        self.semaphore.acquire()
    }

    /// Acquires `n` permits at once, and waits until they are available, as
    /// [`Semaphore::acquire_many`]. Dropping the [`Permit`] releases all of them.
    ///
    /// # Errors
    /// [`TooMany`], at once, if `n` is more than the semaphore began with.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let slots = gimmal_core::sync::BoundedSemaphore::new(3);
    /// let two = slots.acquire_many(2).unwrap().await.unwrap();
    /// assert_eq!(slots.available(), 1);
    /// # drop(two);
    /// # });
    /// ```
    pub fn acquire_many(&self, n: usize) -> Result<Until<'_, WaitQueue, Acquiring<'_>>, TooMany> {
        Ok(self.acquiring(n)?.into_future())
    }

    /// The wait of [`acquire`](BoundedSemaphore::acquire), for the crate `gimmal`, which blocks the
    /// thread.
    #[doc(hidden)]
    #[inline]
    pub fn acquiring_one(&self) -> Wait<'_, WaitQueue, Acquiring<'_>> {
        self.semaphore.acquiring(1)
    }

    /// The wait of [`acquire_many`](BoundedSemaphore::acquire_many), for the crate `gimmal`, which
    /// blocks the thread.
    ///
    /// # Errors
    /// [`TooMany`] if `n` is more than the semaphore began with.
    #[doc(hidden)]
    pub fn acquiring(&self, n: usize) -> Result<Wait<'_, WaitQueue, Acquiring<'_>>, TooMany> {
        Ok(self.semaphore.acquiring(self.checked(n)?))
    }

    /// Returns `n` permits that were forgotten.
    ///
    /// # Errors
    /// [`OverRelease`] if there would be more than at the beginning; nothing has changed and nobody
    /// is woken.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::BoundedSemaphore::new(1);
    /// slots.try_acquire().unwrap().forget();
    /// assert!(slots.release(1).is_ok());
    /// assert!(slots.release(1).is_err()); // one too many
    /// ```
    pub fn release(&self, n: usize) -> Result<(), OverRelease> {
        self.semaphore.release(n).map_err(|Overflow| OverRelease)
    }

    /// Returns the number of permits that can be acquired: a snapshot.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal_core::sync::BoundedSemaphore::new(3).available(), 3);
    /// ```
    pub fn available(&self) -> usize {
        self.semaphore.available()
    }

    /// Returns the number of permits that it began with.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::BoundedSemaphore::new(3);
    /// let permit = slots.try_acquire();
    /// assert_eq!((slots.bound(), slots.available()), (3, 2));
    /// # drop(permit);
    /// ```
    pub fn bound(&self) -> usize {
        self.semaphore.most
    }

    /// Closes the semaphore, as [`Semaphore::close`].
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::BoundedSemaphore::new(3);
    /// slots.close();
    /// assert!(slots.try_acquire().is_none());
    /// ```
    pub fn close(&self) {
        self.semaphore.close();
    }

    /// Returns `true` if it is closed. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// let slots = gimmal_core::sync::BoundedSemaphore::new(3);
    /// slots.close();
    /// assert!(slots.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.semaphore.is_closed()
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedSemaphore")
            .field("available", &self.available())
            .field("bound", &self.bound())
            .finish()
    }
}
