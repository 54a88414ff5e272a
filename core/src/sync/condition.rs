//! L4: [`Condition`], where waiters wait for a change of what a [`Lock`] guards.
//!
//! A wait has two parts, each a wait of its own.
//!
//! | part | where it waits | what ends it |
//! |---|---|---|
//! | to be told | in the condition's queue, the lock released | a notification is *given* to it, or the condition is closed |
//! | to lock again | in the lock's queue | as of every lock |
//!
//! The lock is released after the waiter has been enqueued. A thread that changes the value under
//! the lock after that finds the waiter, and needs no fence to see it: the lock has ordered the
//! two. A notification is never stored, so a notifier that finds nobody has nothing to do. A thread
//! that changes the value without the lock may come between the waiter's look and its enqueueing;
//! no fence helps there.
//!
//! **Forwarding.** A waiter that was notified by `notify_one` or `notify_many`, and is dropped
//! before its wait returns, passes the notification to the next waiter; it also does so while it
//! waits for the lock ([`NotificationGuard`]). A waiter that was released by `notify_all` passes on
//! nothing: all waiters have been told.
//!
//! Invariant
//! * **I1** All waiters in the queue that have not been told anything wait with the lock that
//!   `lock` names. The first one writes it, the others compare with it, under the queue's lock.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | close: `closed.store` | wait, is_closed: `closed.load` | what was done before `close` |
//!
//! Monitors are C. A. R. Hoare's (1974), their signal-and-continue form B. Lampson's and D.
//! Redell's (Mesa, 1980).

#![forbid(unsafe_code)]

use core::fmt;
use core::future::{Future, IntoFuture};
use core::pin::pin;
use core::task::Poll;

use crate::shim::atomic::{AtomicUsize, Ordering::*};
use crate::shim::plain::AtomicBool;
use crate::shim::{const_fn, step};

use super::lock::{Lock, LockGuard};
use crate::error::WaitError;
use crate::wait::{Key, Phase, Protocol, Wait, WaitQueue};

/// A condition variable: waiters wait for a change of the value that a [`Lock`] guards.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `notify_one`, `notify_many`, `notify_all`, `close`, with feature `critical-section` |
/// | bounded | `notify_one`; notifying many takes a section for every 8 |
/// | longest masked section | 8 waiters |
/// | notifying nobody | a load |
///
/// # Fairness
/// Waiters are notified in arrival order. Then they lock again, in the order and with the fairness
/// of the [`Lock`].
///
/// # Memory ordering
/// What was done under the lock before it was released happens before what is done after a wait has
/// returned. What was done before `close` happens before what is done after a wait has returned
/// `Closed`.
///
/// # Examples
/// ```
/// use gimmal_core::sync::{Condition, Lock};
/// use gimmal_core::wait::block_on;
///
/// static LIST: Lock<Option<u32>> = Lock::new(None);
/// static FILLED: Condition = Condition::new();
///
/// # block_on(async {
/// let guard = LIST.try_lock().unwrap();
/// let mut waiting = core::pin::pin!(FILLED.wait_while(guard, |list| list.is_none()));
/// // … polled once, it waits, with the lock released; then somebody fills the list:
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert!(waiting.as_mut().poll(&mut cx).is_pending());
/// *LIST.lock().await = Some(7);
/// FILLED.notify_one();
/// assert_eq!(*waiting.await.unwrap(), Some(7));
/// # });
/// # use std::future::Future;
/// ```
#[doc(alias = "Condvar")]
pub struct Condition {
    closed: AtomicBool,
    /// Identifies the lock of the current waiters.
    lock: AtomicUsize,
    pub(crate) queue: WaitQueue,
}

impl Condition {
    const_fn! {
        /// Creates a condition without waiters.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::sync::Condition;
        ///
        /// static CHANGED: Condition = Condition::new();
        /// assert!(!CHANGED.notify_one()); // nobody waits
        /// ```
        pub const fn new() -> Self {
            Condition {
                closed: AtomicBool::new(false),
                lock: AtomicUsize::new(0),
                queue: WaitQueue::new(),
            }
        }
    }

    /// Releases the lock, waits to be notified, and locks again. Returns only for a notification or
    /// a close, always with the lock held. The lock is released when the future is first polled.
    ///
    /// # Errors
    /// `Closed` if the condition is closed, `WrongLock` if others wait here with another lock. Both
    /// carry the guard.
    ///
    /// # Cancel safety
    /// Dropping the future passes a notification that it had received to the next waiter. The guard
    /// is lost and the lock released; [`wait_or`](Condition::wait_or) returns the guard.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal_core::sync::{Condition, Lock};
    ///
    /// let (lock, condition) = (Lock::new(0), Condition::new());
    /// condition.close(); // else it waits to be notified
    /// assert!(condition.wait(lock.lock().await).await.is_err());
    /// # });
    /// ```
    pub async fn wait<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
    ) -> Result<LockGuard<'l, T>, WaitError<LockGuard<'l, T>>> {
        let lock = LockGuard::lock(&guard);
        let told = self.awaiting_notification(guard).await;
        self.lock_again(lock, told).await
    }

    /// Waits until `condition` returns `false`. It is called with the lock held, at first and after
    /// each notification.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait). `Closed` is returned only if `condition` still returns
    /// `true`.
    ///
    /// # Cancel safety
    /// As for [`wait`](Condition::wait).
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal_core::sync::{Condition, Lock};
    ///
    /// let (items, added) = (Lock::new(vec![1]), Condition::new());
    /// let guard = items.lock().await;
    /// let guard = added.wait_while(guard, |items| items.is_empty()).await.unwrap();
    /// assert_eq!(*guard, [1]);
    /// # });
    /// ```
    pub async fn wait_while<'l, T: ?Sized>(
        &self,
        mut guard: LockGuard<'l, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<LockGuard<'l, T>, WaitError<LockGuard<'l, T>>> {
        while condition(&mut guard) {
            guard = match self.wait(guard).await {
                // One more look: what was done last may be what was waited for.
                Err(WaitError::Closed(mut last)) => {
                    let still = condition(&mut last);
                    return if still {
                        Err(WaitError::Closed(last))
                    } else {
                        Ok(last)
                    };
                }
                ended => ended?,
            };
        }
        Ok(guard)
    }

    /// Waits like [`wait`](Condition::wait), but at most until `stop` is ready: a time-out with a
    /// clock of your own. Always returns the guard, with the output of `stop` if that came first.
    /// If both have come, it reports a notification.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait).
    ///
    /// # Cancel safety
    /// As for [`wait`](Condition::wait).
    pub async fn wait_or<'l, T: ?Sized, S: Future>(
        &self,
        guard: LockGuard<'l, T>,
        stop: S,
    ) -> Result<(LockGuard<'l, T>, Result<(), S::Output>), WaitError<LockGuard<'l, T>>> {
        let lock = LockGuard::lock(&guard);
        let mut told = pin!(self.awaiting_notification(guard).into_future());
        let mut stop = pin!(stop);
        let first = core::future::poll_fn(|cx| {
            if let Poll::Ready(told) = told.as_mut().poll(cx) {
                return Poll::Ready(Ok(told));
            }
            match stop.as_mut().poll(cx) {
                Poll::Ready(output) => Poll::Ready(Err(output)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        let stopped = match first {
            Ok(told) => return Ok((self.lock_again(lock, told).await?, Ok(()))),
            Err(output) => output,
        };
        match told.as_mut().cancel() {
            Ok(told) => Ok((self.lock_again(lock, told).await?, Ok(()))),
            Err(_) => Ok((lock.lock().await, Err(stopped))),
        }
    }

    async fn lock_again<'l, T: ?Sized>(
        &self,
        lock: &'l Lock<T>,
        told: WaitOutcome<'_, LockGuard<'l, T>>,
    ) -> Result<LockGuard<'l, T>, WaitError<LockGuard<'l, T>>> {
        match told {
            WaitOutcome::Notified(notification) => {
                let guard = lock.lock().await;
                notification.disarm();
                Ok(guard)
            }
            WaitOutcome::Closed(Some(guard)) => Err(WaitError::Closed(guard)),
            WaitOutcome::Closed(None) => Err(WaitError::Closed(lock.lock().await)),
            WaitOutcome::WrongLock(guard) => Err(WaitError::WrongLock(guard)),
        }
    }

    /// The first part of [`wait`](Condition::wait), for the crate `gimmal`, which blocks the thread
    /// and locks again then.
    #[doc(hidden)]
    pub fn awaiting_notification<'c, 'l, T: ?Sized>(
        &'c self,
        guard: LockGuard<'l, T>,
    ) -> Wait<'c, WaitQueue, AwaitingNotification<'c, 'l, T>> {
        let awaiting_notification = AwaitingNotification {
            condition: self,
            lock: LockGuard::lock(&guard).address(),
            guard: Some(guard),
        };
        Wait::of(&self.queue, awaiting_notification)
    }

    /// Notifies the first waiter. Returns `false` if nobody waits.
    ///
    /// # Examples
    /// ```
    /// let condition = gimmal_core::sync::Condition::new();
    /// assert!(!condition.notify_one()); // nobody waits, and nothing is stored
    /// ```
    #[inline]
    pub fn notify_one(&self) -> bool {
        self.queue.is_waited_on() && self.queue.grant_one()
    }

    /// Notifies at most `n` of the current waiters, in arrival order. Returns the number of waiters
    /// notified.
    ///
    /// # Examples
    /// ```
    /// let condition = gimmal_core::sync::Condition::new();
    /// assert_eq!(condition.notify_many(3), 0); // nobody waits
    /// ```
    #[inline]
    pub fn notify_many(&self, n: usize) -> usize {
        if self.queue.is_waited_on() {
            self.queue.grant_many(n)
        } else {
            0
        }
    }

    /// Notifies all current waiters. Returns their number.
    ///
    /// # Examples
    /// ```
    /// let condition = gimmal_core::sync::Condition::new();
    /// assert_eq!(condition.notify_all(), 0); // nobody waits
    /// ```
    #[inline]
    pub fn notify_all(&self) -> usize {
        if self.queue.is_waited_on() {
            self.queue.release_all()
        } else {
            0
        }
    }

    /// Closes the condition: current and later waits end with `Closed`. Idempotent.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal_core::sync::{Condition, Lock};
    ///
    /// let (lock, condition) = (Lock::new(0), Condition::new());
    /// condition.close();
    /// assert!(condition.wait(lock.lock().await).await.is_err());
    /// # });
    /// ```
    pub fn close(&self) {
        self.closed.store(true, Release); // E1
        step!("close-wakes", {
            self.queue.wake_all();
        });
    }

    /// Returns `true` if it is closed. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// let condition = gimmal_core::sync::Condition::new();
    /// condition.close();
    /// assert!(condition.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.closed.load(Acquire) // E1
    }
}

impl Default for Condition {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("waited_on", &self.queue.is_waited_on())
            .field("closed", &self.is_closed())
            .finish()
    }
}

/// How the first part of a wait ended.
#[must_use = "a notification that is dropped goes to the next waiter"]
#[doc(hidden)]
pub enum WaitOutcome<'c, G> {
    /// It was notified; the lock is released.
    Notified(NotificationGuard<'c>),
    /// The condition is closed; without a guard the lock is released.
    Closed(Option<G>),
    /// Others wait here with another lock; this one is still held.
    WrongLock(G),
}

/// A notification that was received. Dropping it passes it to the next waiter, unless it was
/// disarmed.
#[doc(hidden)]
pub struct NotificationGuard<'c>(Option<&'c Condition>);

impl NotificationGuard<'_> {
    /// Marks the wait as finished: the notification has been used.
    pub fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for NotificationGuard<'_> {
    fn drop(&mut self) {
        if let Some(condition) = self.0 {
            step!("guard-goes-on", {
                condition.notify_one();
            });
        }
    }
}

/// The operation of being notified: see [`Condition::awaiting_notification`].
#[doc(hidden)]
pub struct AwaitingNotification<'c, 'l, T: ?Sized> {
    condition: &'c Condition,
    /// Identifies its lock.
    lock: usize,
    /// Held until the waiter is enqueued.
    guard: Option<LockGuard<'l, T>>,
}

impl<'c, 'l, T: ?Sized> Protocol for AwaitingNotification<'c, 'l, T> {
    type Output = WaitOutcome<'c, LockGuard<'l, T>>;

    fn attempt(&mut self, when: Phase, _key: Key) -> Poll<Self::Output> {
        let told = match when {
            Phase::Granted => WaitOutcome::Notified(NotificationGuard(Some(self.condition))),
            Phase::Released => WaitOutcome::Notified(NotificationGuard(None)),
            Phase::Refused => match self.guard.take() {
                Some(guard) => WaitOutcome::WrongLock(guard),
                None => unreachable!("the guard is held until the waiter is enqueued"),
            },
            _ if self.condition.is_closed() => WaitOutcome::Closed(self.guard.take()),
            Phase::First => return Poll::Pending,
            Phase::Enqueued | Phase::Woken => {
                self.guard = None;
                return Poll::Pending;
            }
        };
        Poll::Ready(told)
    }

    /// I1.
    fn on_enqueue(&mut self, others: bool, _key: Key) -> bool {
        let lock = &self.condition.lock;
        if !others {
            lock.store(self.lock, Relaxed); // R: I1
        }
        step!("one-lock", lock.load(Relaxed) == self.lock, else true) // R: I1
    }

    fn on_unused_grant(&mut self, _key: Key) {
        step!("notification-goes-on", {
            self.condition.notify_one();
        });
    }

    /// Only a close wakes here, and it wakes all.
    fn on_unused_wakeup(&mut self, _key: Key) -> bool {
        true
    }

    fn hint(&self, _key: Key) -> usize {
        0
    }
}
