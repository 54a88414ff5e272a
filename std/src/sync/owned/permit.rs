//! [`OwnedPermit`]: permits together with a share of the semaphore that they go back to.
//!
//! Made of a borrowing permit that was just got and is forgotten; dropping it releases as many.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;

use gimmal_core::error::{Closed, TimedOut, TooMany};
use gimmal_core::sync::Permit;

use crate::sync::bounded::BoundedSemaphore;
use crate::sync::request::sealed::{Count, Sealed, Within};
use crate::sync::request::{PermitSource, Request};
use crate::sync::semaphore::{Semaphore, possible};

/// Permits that are given back when this is dropped, and a share of their semaphore. Made by a
/// [`Request`] that is [`owned`](Semaphore::owned).
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
    /// Returns how many permits these are.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use gimmal::sync::Semaphore;
    ///
    /// let slots = Arc::new(Semaphore::new(3));
    /// let permits = slots.owned().many(2).acquire().unwrap();
    /// assert_eq!((permits.count(), slots.available()), (2, 1));
    /// ```
    pub fn count(&self) -> usize {
        self.n
    }

    /// Drops the permits without returning them; the semaphore shrinks until `release` adds
    /// permits. Its share is given up.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use gimmal::sync::Semaphore;
    ///
    /// let slots = Arc::new(Semaphore::new(1));
    /// slots.owned().acquire().unwrap().forget();
    /// assert_eq!((slots.available(), Arc::strong_count(&slots)), (0, 1));
    /// ```
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

impl Request<Arc<Semaphore>> {
    /// Returns the request for `n` permits instead.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use gimmal::sync::Semaphore;
    ///
    /// let slots = Arc::new(Semaphore::new(3));
    /// let permits = slots.owned().many(2).acquire().unwrap();
    /// assert_eq!(slots.available(), 1);
    /// drop(permits);
    /// assert_eq!(slots.available(), 3);
    /// ```
    #[track_caller]
    pub fn many(self, n: usize) -> Self {
        Request {
            n: possible(n),
            ..self
        }
    }
}

impl Request<Arc<BoundedSemaphore>> {
    /// Returns the request for `n` permits instead.
    ///
    /// # Errors
    /// [`TooMany`]: the semaphore never has `n` permits.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use gimmal::sync::BoundedSemaphore;
    ///
    /// let slots = Arc::new(BoundedSemaphore::new(3));
    /// let permits = slots.owned().many(2).unwrap().acquire().unwrap();
    /// assert_eq!(slots.available(), 1);
    /// assert!(slots.owned().many(4).is_err()); // never
    /// ```
    pub fn many(self, n: usize) -> Result<Self, TooMany> {
        let n = self.source.possible(n)?;
        Ok(Request { n, ..self })
    }
}

/// What both semaphores offer on an `Arc`.
macro_rules! owned {
    ($semaphore:ident, $of:ident) => {
        impl $semaphore {
            /// Returns a request for a permit that keeps a share of the semaphore: it can be taken
            /// before a thread is started, and given back by that thread. Ask for several with
            /// [`many`](Request::many).
            ///
            /// # Examples
            /// ```
            /// use std::sync::Arc;
            /// use std::thread;
            #[doc = concat!("use gimmal::sync::", stringify!($semaphore), ";")]
            ///
            /// // Never more than two of them at a time.
            #[doc = concat!("let slots = Arc::new(", stringify!($semaphore), "::new(2));")]
            /// for _ in 0..8 {
            ///     let permit = slots.owned().acquire().unwrap();
            ///     thread::spawn(move || {
            ///         // … the work …
            ///         drop(permit);
            ///     });
            /// }
            /// ```
            #[doc(alias = "acquire_owned")]
            #[doc(alias = "try_acquire_owned")]
            #[doc(alias = "acquire_many_owned")]
            pub fn owned(self: &Arc<Self>) -> Request<Arc<Self>> {
                let source = self.clone();
                Request {
                    source,
                    n: Count(1),
                }
            }
        }

        impl Sealed for Arc<$semaphore> {}

        impl PermitSource for Arc<$semaphore> {
            type Permit = OwnedPermit;

            #[inline]
            fn try_take(self, n: Count) -> Option<OwnedPermit> {
                let n = forgotten((&*self).try_take(n)?);
                Some(OwnedPermit {
                    of: Of::$of(self),
                    n,
                })
            }

            #[inline]
            fn take(
                self,
                n: Count,
                within: Within,
            ) -> Result<Result<OwnedPermit, Closed>, TimedOut> {
                let taken = (&*self).take(n, within)?.map(forgotten);
                Ok(taken.map(|n| OwnedPermit {
                    of: Of::$of(self),
                    n,
                }))
            }

            async fn take_async(self, n: Count) -> Result<OwnedPermit, Closed> {
                let n = forgotten((&*self).take_async(n).await?);
                Ok(OwnedPermit {
                    of: Of::$of(self),
                    n,
                })
            }
        }
    };
}

/// Forgets a permit that was just got, and returns how many an [`OwnedPermit`] is to give back for
/// it.
fn forgotten(permit: Permit<'_>) -> usize {
    let n = permit.count();
    permit.forget();
    n
}

owned!(Semaphore, Semaphore);
owned!(BoundedSemaphore, Bounded);
