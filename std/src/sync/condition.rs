//! [`Condition`]: the core's condition with blocking and timed waits.
//!
//! A wait blocks twice: to be notified, for as long as the caller says, and then to lock again, for
//! as long as that takes.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::error::{TimedOut, WaitError};
use gimmal_core::facade::{WaitOutcome, const_fn};
use gimmal_core::sync as core;
use gimmal_core::sync::LockGuard as TaskGuard;

use super::lock::LockGuard;
use crate::block::{Limit, block, block_until};
use crate::stop::Stop;

/// What a wait returns.
type Waited<'l, T> = Result<LockGuard<'l, T>, WaitError<LockGuard<'l, T>>>;
/// The same with a time-out.
pub(crate) type TimedWait<'l, T, R> = Result<(LockGuard<'l, T>, R), WaitError<LockGuard<'l, T>>>;

/// A place where threads and tasks wait for a change of what a [`Lock`](super::Lock) guards.
///
/// `wait` returns only for a notification or a close: there are no spurious wake-ups. Still,
/// another thread may have changed the value first, so a waiter looks again:
/// [`wait_while`](Condition::wait_while) does that.
///
/// # Fairness
/// Waiters are notified in arrival order. Then they lock again, with the fairness of the lock.
///
/// # Memory ordering
/// What was done under the lock before it was released happens before what is done after a wait has
/// returned.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::sync::{Condition, Lock};
///
/// static LIST: Lock<Vec<u32>> = Lock::new(Vec::new());
/// static FILLED: Condition = Condition::new();
///
/// thread::scope(|scope| {
///     scope.spawn(|| {
///         LIST.lock().push(7);
///         FILLED.notify_one();
///     });
///     let mut list = FILLED.wait_while(LIST.lock(), |list| list.is_empty()).unwrap();
///     assert_eq!(list.pop(), Some(7));
/// });
/// ```
#[doc(alias = "Condvar")]
#[derive(Default)]
pub struct Condition(core::Condition);

impl Condition {
    const_fn! {
        /// Returns a condition that nobody waits for.
        ///
        /// # Examples
        /// ```
        /// use gimmal::sync::{Condition, Lock};
        ///
        /// static ITEMS: Lock<Vec<u32>> = Lock::new(Vec::new());
        /// static ADDED: Condition = Condition::new();
        ///
        /// gimmal::thread::spawn(|| {
        ///     ITEMS.lock().push(1);
        ///     ADDED.notify_one();
        /// });
        /// let items = ADDED.wait_while(ITEMS.lock(), |items| items.is_empty());
        /// assert_eq!(*items.unwrap(), [1]);
        /// ```
        pub const fn new() -> Self {
            Condition(core::Condition::new())
        }
    }

    /// Releases the lock, blocks until it is notified, and locks again.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// `Closed`, and `WrongLock` if others wait here with another lock at this moment. Both return
    /// the guard.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (count, grown) = (Lock::new(0), Condition::new());
    /// thread::scope(|scope| {
    ///     let guard = count.lock();
    ///     scope.spawn(|| {
    ///         *count.lock() += 1; // only when `wait` has released the lock
    ///         grown.notify_one();
    ///     });
    ///     let guard = grown.wait(guard).unwrap();
    ///     assert_eq!(*guard, 1);
    /// });
    /// ```
    pub fn wait<'l, T: ?Sized>(&self, guard: LockGuard<'l, T>) -> Waited<'l, T> {
        let (guard, _) = self.wait_within(guard, Limit::None)?;
        Ok(guard)
    }

    /// Blocks like [`wait`](Condition::wait), for at most `timeout`: `MAX` is for ever, `ZERO`
    /// releases the lock once and takes it again. The time-out bounds the wait, not the locking
    /// after it. The result beside the guard is `TimedOut` if the time was over and no notification
    /// had come.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::error::TimedOut;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (lock, never) = (Lock::new(()), Condition::new());
    /// let (_guard, told) = never.wait_timeout(lock.lock(), Duration::from_millis(1)).unwrap();
    /// assert_eq!(told, Err(TimedOut));
    /// assert!(lock.is_locked(), "the guard is back");
    /// ```
    pub fn wait_timeout<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        timeout: Duration,
    ) -> TimedWait<'l, T, Result<(), TimedOut>> {
        self.wait_within(guard, Limit::After(timeout))
    }

    /// Blocks like [`wait_timeout`](Condition::wait_timeout), until `deadline` at most.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (lock, never) = (Lock::new(()), Condition::new());
    /// let (_guard, told) = never.wait_deadline(lock.lock(), Instant::now()).unwrap();
    /// assert!(told.is_err());
    /// ```
    pub fn wait_deadline<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        deadline: Instant,
    ) -> TimedWait<'l, T, Result<(), TimedOut>> {
        self.wait_within(guard, Limit::At(deadline))
    }

    /// Blocks while `condition` returns `true` for the value. It is called with the lock held.
    ///
    /// It blocks the calling thread; in a task, await [`wait_while_async`](Self::wait_while_async) instead.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait); if `condition` returns `false`, the wait succeeds although
    /// the condition is closed.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (jobs, added) = (Lock::new(vec![]), Condition::new());
    /// thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         jobs.lock().push("a job");
    ///         added.notify_one();
    ///     });
    ///     let mut list = added.wait_while(jobs.lock(), |list| list.is_empty()).unwrap();
    ///     assert_eq!(list.pop(), Some("a job"));
    /// });
    /// ```
    pub fn wait_while<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        condition: impl FnMut(&mut T) -> bool,
    ) -> Waited<'l, T> {
        let (guard, _) = self.wait_while_within(guard, condition, Limit::None)?;
        Ok(guard)
    }

    /// Blocks while `condition` returns `true` for the value, for at most `timeout` in all. The
    /// `bool` beside the guard is what `condition` returned last; it is called once more when the
    /// time is over, so `true` means timed out.
    ///
    /// It blocks the calling thread; in a task, await [`wait_while_async`](Self::wait_while_async) instead.
    ///
    /// # Errors
    /// As for [`wait_while`](Condition::wait_while).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (jobs, added) = (Lock::new(Vec::<u32>::new()), Condition::new());
    /// let soon = Duration::from_millis(1);
    /// let (_list, still_empty) =
    ///     added.wait_while_timeout(jobs.lock(), |list| list.is_empty(), soon).unwrap();
    /// assert!(still_empty);
    /// ```
    pub fn wait_while_timeout<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        condition: impl FnMut(&mut T) -> bool,
        timeout: Duration,
    ) -> TimedWait<'l, T, bool> {
        self.wait_while_within(guard, condition, Limit::After(timeout))
    }

    /// Blocks like [`wait_while_timeout`](Condition::wait_while_timeout), until `deadline` at most.
    ///
    /// It blocks the calling thread; in a task, await [`wait_while_async`](Self::wait_while_async) instead.
    ///
    /// # Errors
    /// As for [`wait_while`](Condition::wait_while).
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (jobs, added) = (Lock::new(vec![1]), Condition::new());
    /// let (list, still_empty) =
    ///     added.wait_while_deadline(jobs.lock(), |list| list.is_empty(), Instant::now()).unwrap();
    /// assert!(!still_empty && list.len() == 1);
    /// ```
    pub fn wait_while_deadline<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        condition: impl FnMut(&mut T) -> bool,
        deadline: Instant,
    ) -> TimedWait<'l, T, bool> {
        self.wait_while_within(guard, condition, Limit::At(deadline))
    }

    /// Returns the future of [`wait`](Condition::wait), for an executor. It takes the guard of
    /// [`lock_async`](super::Lock::lock_async), and releases the lock when it is first polled.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait).
    ///
    /// # Cancel safety
    /// Dropping the future passes a notification that it has received to the next waiter. The lock
    /// is released, and the guard is gone.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal::error::WaitError;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (lock, condition) = (Lock::new(1), Condition::new());
    /// condition.close();
    /// let ended = condition.wait_async(lock.lock_async().await).await;
    /// assert!(matches!(ended, Err(WaitError::Closed(guard)) if *guard == 1));
    /// # });
    /// ```
    pub fn wait_async<'l, T: ?Sized>(
        &self,
        guard: TaskGuard<'l, T>,
    ) -> impl Future<Output = Result<TaskGuard<'l, T>, WaitError<TaskGuard<'l, T>>>> {
        self.0.wait(guard)
    }

    /// Returns the future of [`wait_while`](Condition::wait_while), for an executor.
    ///
    /// # Errors
    /// As for [`wait_while`](Condition::wait_while).
    ///
    /// # Cancel safety
    /// As for [`wait_async`](Condition::wait_async).
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (jobs, added) = (Lock::new(vec![1]), Condition::new());
    /// let guard = jobs.lock_async().await;
    /// let list = added.wait_while_async(guard, |list| list.is_empty()).await.unwrap();
    /// assert_eq!(list.len(), 1);
    /// # });
    /// ```
    pub fn wait_while_async<'l, T: ?Sized>(
        &self,
        guard: TaskGuard<'l, T>,
        condition: impl FnMut(&mut T) -> bool,
    ) -> impl Future<Output = Result<TaskGuard<'l, T>, WaitError<TaskGuard<'l, T>>>> {
        self.0.wait_while(guard, condition)
    }

    /// Notifies the waiter that came first. Returns `false` if nobody waits, and makes no system
    /// call then.
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Condition;
    ///
    /// // A notification is not stored.
    /// assert!(!Condition::new().notify_one());
    /// ```
    #[inline]
    pub fn notify_one(&self) -> bool {
        self.0.notify_one()
    }

    /// Notifies the first `n` of those who wait now, or all if there are fewer, and returns how
    /// many it notified.
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Condition;
    ///
    /// assert_eq!(Condition::new().notify_many(3), 0);
    /// ```
    #[inline]
    pub fn notify_many(&self, n: usize) -> usize {
        self.0.notify_many(n)
    }

    /// Notifies everybody who waits now, and returns how many that were.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (open, opened) = (Lock::new(false), Condition::new());
    /// thread::scope(|scope| {
    ///     for _ in 0..2 {
    ///         scope.spawn(|| drop(opened.wait_while(open.lock(), |open| !*open).unwrap()));
    ///     }
    ///     *open.lock() = true;
    ///     assert!(opened.notify_all() <= 2);
    /// });
    /// ```
    #[doc(alias = "broadcast")]
    #[inline]
    pub fn notify_all(&self) -> usize {
        self.0.notify_all()
    }

    /// Closes the condition: current and later waits end with `Closed`. Idempotent.
    ///
    /// # Examples
    /// ```
    /// use gimmal::error::WaitError;
    /// use gimmal::sync::{Condition, Lock};
    ///
    /// let (lock, condition) = (Lock::new(()), Condition::new());
    /// condition.close();
    /// assert!(matches!(condition.wait(lock.lock()), Err(WaitError::Closed(_))));
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        self.0.close();
    }

    /// Returns `true` if the condition is closed: a snapshot that, once `true`, stays so.
    ///
    /// # Examples
    /// ```
    /// let condition = gimmal::sync::Condition::new();
    /// condition.close();
    /// assert!(condition.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn wait_within<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        limit: Limit,
    ) -> TimedWait<'l, T, Result<(), TimedOut>> {
        let (guard, site) = guard.apart();
        let lock = core::LockGuard::lock(&guard);
        let held = |guard| LockGuard::new(guard, site.hold());
        let again = || held(block(lock.locking()));
        match block_until(self.0.awaiting_notification(guard), limit) {
            Ok(WaitOutcome::Notified(notification)) => {
                let guard = again();
                notification.disarm();
                Ok((guard, Ok(())))
            }
            Ok(WaitOutcome::Closed(guard)) => {
                Err(WaitError::Closed(guard.map_or_else(again, held)))
            }
            Ok(WaitOutcome::WrongLock(guard)) => Err(WaitError::WrongLock(held(guard))),
            Err(_) => Ok((again(), Err(TimedOut))),
        }
    }

    pub(crate) fn wait_while_within<'l, T: ?Sized>(
        &self,
        mut guard: LockGuard<'l, T>,
        mut condition: impl FnMut(&mut T) -> bool,
        limit: Limit,
    ) -> TimedWait<'l, T, bool> {
        if !condition(&mut guard) {
            return Ok((guard, false));
        }
        let limit = limit.fixed();
        loop {
            let told = match self.wait_within(guard, limit) {
                Ok((now, told)) => {
                    guard = now;
                    told
                }
                // One more look: what was done last may be what was waited for.
                Err(WaitError::Closed(mut last)) => {
                    return match condition(&mut last) {
                        true => Err(WaitError::Closed(last)),
                        false => Ok((last, false)),
                    };
                }
                Err(error) => return Err(error),
            };
            let holds = condition(&mut guard);
            if !holds || told.is_err() {
                return Ok((guard, holds));
            }
        }
    }
}

impl Stop for Condition {
    /// Closes the condition: each waiter gets its guard back, with `Closed`.
    fn stop(&self) {
        self.close();
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
