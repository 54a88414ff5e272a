//! [`Semaphore`]: the core's, with blocking and timed forms.
//!
//! A [`BoundedSemaphore`](super::BoundedSemaphore) differs in what it promises of its number, not
//! in how permits are taken. So all of that is written once, by `semaphore!`; what is asked for
//! beyond one borrowed permit is a [`Request`].

#![forbid(unsafe_code)]

use std::fmt;
use std::future::IntoFuture;
use std::task::Poll;
use std::time::{Duration, Instant};

use gimmal_core::error::{AcquireTimeoutError, Closed, Overflow, TimedOut};
use gimmal_core::facade::{Acquiring, const_fn};
use gimmal_core::sync as core;
use gimmal_core::sync::Permit;
use gimmal_core::wait::{Wait, WaitQueue};

use super::request::sealed::{Count, Sealed, Within};
use super::request::{PermitSource, Request};
use crate::block::block_until;
use crate::cooperate::cooperative;
use crate::stop::Stop;

/// Permits that threads and tasks take and give back.
///
/// # Fairness
/// Strict arrival order, also for requests for [`many`](Semaphore::many): a later request waits,
/// even if there are permits for it.
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
    /// The largest number of permits that a semaphore can have.
    pub const MAX_PERMITS: usize = core::Semaphore::MAX_PERMITS;

    const_fn! {
        /// Returns a semaphore with `permits` permits.
        ///
        /// # Panics
        /// If `permits` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS); in a static that does not
        /// compile.
        ///
        /// # Examples
        /// ```
        /// use gimmal::sync::Semaphore;
        ///
        /// static DOWNLOADS: Semaphore = Semaphore::new(3);
        /// let permit = DOWNLOADS.acquire().unwrap();
        /// assert_eq!(DOWNLOADS.available(), 2);
        /// # drop(permit);
        /// ```
        #[track_caller]
        pub const fn new(permits: usize) -> Self {
            Semaphore(core::Semaphore::new(permits))
        }
    }

    /// Returns a request for `n` permits, which are taken in one step and returned together.
    ///
    /// # Panics
    /// If `n` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Semaphore;
    ///
    /// let slots = Semaphore::new(3);
    /// let pair = slots.many(2).acquire().unwrap();
    /// assert_eq!((pair.count(), slots.available()), (2, 1));
    /// ```
    #[track_caller]
    #[doc(alias = "acquire_many")]
    #[doc(alias = "try_acquire_many")]
    pub fn many(&self, n: usize) -> Request<&Self> {
        Request {
            source: self,
            n: possible(n),
        }
    }

    /// Adds `n` permits, whether or not they were taken before. A [`Permit`] that was not
    /// [forgotten](Permit::forget) returns by itself: releasing it as well adds one more. A
    /// [`BoundedSemaphore`](super::BoundedSemaphore) refuses that.
    ///
    /// # Errors
    /// [`Overflow`]: there would be more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS). Nothing has
    /// changed.
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Semaphore;
    ///
    /// let jobs = Semaphore::new(0);
    /// jobs.release(2).unwrap();
    /// assert_eq!(jobs.available(), 2);
    /// ```
    #[inline]
    pub fn release(&self, n: usize) -> Result<(), Overflow> {
        self.0.release(n)
    }

    #[inline]
    fn waiting_for(&self, n: Count) -> Wait<'_, WaitQueue, Acquiring<'_>> {
        self.0.acquiring(n.0)
    }
}

/// Returns `n`, if a semaphore could have so many permits.
#[track_caller]
pub(super) fn possible(n: usize) -> Count {
    assert!(
        n <= Semaphore::MAX_PERMITS,
        "no semaphore has so many permits: ask for Semaphore::MAX_PERMITS at most"
    );
    Count(n)
}

/// What both semaphores offer.
macro_rules! semaphore {
    ($semaphore:ident) => {
        impl $semaphore {
            /// Takes one permit if there is one and nobody waits. Never waits.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use gimmal::sync::", stringify!($semaphore), ";")]
            ///
            #[doc = concat!("let slots = ", stringify!($semaphore), "::new(1);")]
            /// let permit = slots.try_acquire();
            /// assert!(permit.is_some() && slots.try_acquire().is_none());
            /// ```
            #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
            #[inline]
            pub fn try_acquire(&self) -> Option<Permit<'_>> {
                self.one().try_acquire()
            }

            /// Takes one permit, blocking while there is none. The permit returns to the semaphore
            /// when the [`Permit`] is dropped.
            ///
            /// It blocks the calling thread; in a task, await [`acquire_async`](Self::acquire_async) instead.
            ///
            /// So bind it for as long as it is needed, `let permit = …`. As a statement, or bound
            /// to `_`, it is taken and returned at once. To take now and return later, elsewhere,
            /// [`forget`](Permit::forget) the permit and then [`release`](Self::release) one. A
            /// permit that outlives the borrow of its semaphore, and goes to another thread, is
            /// [`owned`](Self::owned).
            ///
            /// # Errors
            /// [`Closed`].
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use gimmal::sync::", stringify!($semaphore), ";")]
            ///
            #[doc = concat!("let slots = ", stringify!($semaphore), "::new(2);")]
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
            #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
            #[inline]
            pub fn acquire(&self) -> Result<Permit<'_>, Closed> {
                self.one().acquire()
            }

            /// Takes one permit, blocking for at most `timeout`: `ZERO` tries once, `MAX` is for
            /// ever.
            ///
            /// It blocks the calling thread; in a task, await [`acquire_async`](Self::acquire_async) instead.
            ///
            /// # Errors
            /// `TimedOut` or `Closed`.
            ///
            /// # Examples
            /// ```
            /// use std::time::Duration;
            /// use gimmal::error::AcquireTimeoutError;
            #[doc = concat!("use gimmal::sync::", stringify!($semaphore), ";")]
            ///
            #[doc = concat!("let slots = ", stringify!($semaphore), "::new(1);")]
            /// let permit = slots.acquire().unwrap();
            /// let second = slots.acquire_timeout(Duration::from_millis(1));
            /// assert_eq!(second.unwrap_err(), AcquireTimeoutError::TimedOut);
            /// # drop(permit);
            /// ```
            #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
            pub fn acquire_timeout(
                &self,
                timeout: Duration,
            ) -> Result<Permit<'_>, AcquireTimeoutError> {
                self.one().acquire_timeout(timeout)
            }

            /// Takes one permit, blocking until `deadline` at most: a past one tries once.
            ///
            /// It blocks the calling thread; in a task, await [`acquire_async`](Self::acquire_async) instead.
            ///
            /// # Errors
            /// `TimedOut` or `Closed`.
            ///
            /// # Examples
            /// ```
            /// use std::time::Instant;
            #[doc = concat!("use gimmal::sync::", stringify!($semaphore), ";")]
            ///
            #[doc = concat!("let slots = ", stringify!($semaphore), "::new(1);")]
            /// // A permit that is there is taken although the time is over.
            /// assert!(slots.acquire_deadline(Instant::now()).is_ok());
            /// ```
            #[must_use = "the permit returns to the semaphore when it is dropped: bind it, or `forget` it"]
            pub fn acquire_deadline(
                &self,
                deadline: Instant,
            ) -> Result<Permit<'_>, AcquireTimeoutError> {
                self.one().acquire_deadline(deadline)
            }

            /// Returns the future of [`acquire`](Self::acquire), for an executor.
            ///
            /// # Errors
            /// [`Closed`].
            ///
            /// # Cancel safety
            /// Dropping the future gives up its place in the queue; a permit that it was given goes
            /// to the next waiter.
            ///
            /// # Examples
            /// ```
            /// # gimmal_core::wait::block_on(async {
            #[doc = concat!("use gimmal::sync::", stringify!($semaphore), ";")]
            ///
            #[doc = concat!("let slots = ", stringify!($semaphore), "::new(1);")]
            /// let permit = slots.acquire_async().await.unwrap();
            /// assert_eq!(slots.available(), 0);
            /// # drop(permit);
            /// # });
            /// ```
            pub fn acquire_async(
                &self,
            ) -> impl Future<Output = Result<Permit<'_>, Closed>> + Send + '_ {
                self.one().acquire_async()
            }

            /// Returns the wait of [`acquire`](Self::acquire), which has not begun: for
            /// [`select`](crate::poll::select()) and for [`wait`](crate::wait). Given up, it takes no
            /// permit; one that it was given goes to the next waiter.
            ///
            /// # Errors
            /// Of the wait: [`Closed`].
            ///
            /// # Examples
            /// ```
            /// use gimmal::channel;
            /// use gimmal::poll::{Selected2, select};
            #[doc = concat!("use gimmal::sync::", stringify!($semaphore), ";")]
            ///
            #[doc = concat!("let slots = ", stringify!($semaphore), "::new(1);")]
            /// let (_orders, worker) = channel::bounded::<u32>(1);
            /// match select((worker.receiving(), slots.acquiring())).wait() {
            ///     Selected2::First(..) => unreachable!("nothing was ordered"),
            ///     Selected2::Second(permit, _) => assert_eq!(permit.unwrap().count(), 1),
            /// }
            /// ```
            pub fn acquiring(&self) -> Wait<'_, WaitQueue, Acquiring<'_>> {
                self.one().acquiring()
            }

            /// Returns how many permits can be taken: a snapshot.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let slots = gimmal::sync::", stringify!($semaphore), "::new(2);")]
            /// let permit = slots.acquire().unwrap();
            /// assert_eq!(slots.available(), 1);
            /// drop(permit);
            /// assert_eq!(slots.available(), 2);
            /// ```
            pub fn available(&self) -> usize {
                self.0.available()
            }

            /// Closes the semaphore: current and later waits end with [`Closed`], and nothing more
            /// is taken. Permits can still be given back. Idempotent.
            ///
            /// # Examples
            /// ```
            /// use gimmal::error::Closed;
            #[doc = concat!("use gimmal::sync::", stringify!($semaphore), ";")]
            ///
            #[doc = concat!("let slots = ", stringify!($semaphore), "::new(1);")]
            /// slots.close();
            /// assert_eq!(slots.acquire().unwrap_err(), Closed);
            /// ```
            #[doc(alias = "shutdown")]
            pub fn close(&self) {
                self.0.close();
            }

            /// Returns `true` if the semaphore is closed: a snapshot that, once `true`, stays so.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("let slots = gimmal::sync::", stringify!($semaphore), "::new(2);")]
            /// slots.close();
            /// assert!(slots.is_closed() && slots.acquire().is_err());
            /// ```
            pub fn is_closed(&self) -> bool {
                self.0.is_closed()
            }

            fn one(&self) -> Request<&Self> {
                Request { source: self, n: Count(1) }
            }
        }

        impl<'s> Request<&'s $semaphore> {
            /// Returns the wait of [`acquire`](Request::acquire), which has not begun: for
            /// [`select`](crate::poll::select()) and for [`wait`](crate::wait). Given up, it takes no
            /// permits; those that it was given go to the next waiter.
            ///
            /// # Errors
            /// Of the wait: [`Closed`].
            ///
            /// # Examples
            /// ```
            /// use gimmal::{poll::select, sync::Semaphore};
            ///
            /// let (small, large) = (Semaphore::new(1), Semaphore::new(8));
            /// let two = select((small.many(2).acquiring(), large.many(2).acquiring())).wait();
            /// assert_eq!(two.index(), 1);
            /// ```
            pub fn acquiring(self) -> Wait<'s, WaitQueue, Acquiring<'s>> {
                self.source.waiting_for(self.n)
            }
        }

        impl Sealed for &$semaphore {}

        impl<'s> PermitSource for &'s $semaphore {
            type Permit = Permit<'s>;

            #[inline]
            fn try_take(self, n: Count) -> Option<Permit<'s>> {
                match self.waiting_for(n).try_now() {
                    Poll::Ready(taken) => taken.ok(),
                    Poll::Pending => None,
                }
            }

            #[inline]
            fn take(self, n: Count, within: Within) -> Result<Result<Permit<'s>, Closed>, TimedOut> {
                block_until(self.waiting_for(n), within.0).map_err(|_| TimedOut)
            }

            fn take_async(self, n: Count) -> impl Future<Output = Result<Permit<'s>, Closed>> + Send {
                cooperative(self.waiting_for(n).into_future())
            }
        }

        impl fmt::Debug for $semaphore {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

pub(super) use semaphore;

semaphore!(Semaphore);

impl Stop for Semaphore {
    /// Closes the semaphore: threads that wait for permits get `Closed`.
    fn stop(&self) {
        self.close();
    }
}
