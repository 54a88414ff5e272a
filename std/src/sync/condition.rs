//! [`Condition`]: the core's condition with blocking and timed waits.
//!
//! A wait blocks twice: to be told, for as long as the caller says, and then to lock again, for as long as that takes.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::error::{TimedOut, WaitError};
use gimmal_core::facade::WaitOutcome;
use gimmal_core::sync as core;
use gimmal_core::sync::LockGuard as TaskGuard;

use super::lock::LockGuard;
use crate::block::{Limit, block, block_until};

/// What a wait gives that was given a guard.
type Waited<'l, T> = Result<LockGuard<'l, T>, WaitError<LockGuard<'l, T>>>;
/// The same with a time-out.
pub(crate) type TimedWait<'l, T, R> = Result<(LockGuard<'l, T>, R), WaitError<LockGuard<'l, T>>>;

/// Where threads and tasks wait for a change of what a [`Lock`](super::Lock) guards.
///
/// `wait` returns only when it was notified or the condition closed: never for nothing. Who waits for a value to become
/// something still looks again, for others may have been first: [`wait_while`](Condition::wait_while) does that.
///
/// # Fairness
/// Waiters are notified in arrival order. Then they lock again, with the fairness of the lock.
///
/// # Memory ordering
/// What was done under the lock before it was released happens before what is done after a wait has returned.
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
    /// A condition for which nobody waits.
    pub const fn new() -> Self {
        Condition(core::Condition::new())
    }

    /// Releases the lock, blocks until it is notified, and locks again.
    ///
    /// # Errors
    /// `Closed`, and `WrongLock` if others wait here with another lock at this moment: with the guard.
    pub fn wait<'l, T: ?Sized>(&self, guard: LockGuard<'l, T>) -> Waited<'l, T> {
        let (guard, _) = self.wait_within(guard, Limit::None)?;
        Ok(guard)
    }

    /// Like [`wait`](Condition::wait), for `timeout` at most: `MAX` is for ever, `ZERO` releases the lock once and takes it
    /// again. The time-out bounds the wait, not the locking after it. Beside the guard it says whether the time was over
    /// first; if it was notified as well, it was not.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait).
    pub fn wait_timeout<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        timeout: Duration,
    ) -> TimedWait<'l, T, Result<(), TimedOut>> {
        self.wait_within(guard, Limit::After(timeout))
    }

    /// Like [`wait_timeout`](Condition::wait_timeout), until `deadline` at most.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait).
    pub fn wait_deadline<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        deadline: Instant,
    ) -> TimedWait<'l, T, Result<(), TimedOut>> {
        self.wait_within(guard, Limit::At(deadline))
    }

    /// Waits while `condition` is true of the value. It is called with the lock held.
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait); a condition that is false wins over `Closed`.
    pub fn wait_while<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        condition: impl FnMut(&mut T) -> bool,
    ) -> Waited<'l, T> {
        let (guard, _) = self.wait_while_within(guard, condition, Limit::None)?;
        Ok(guard)
    }

    /// Waits while `condition` is true of the value, for `timeout` at most in all. Beside the guard it gives the last value
    /// of the condition, which is looked at once more when the time is over: true means timed out.
    ///
    /// # Errors
    /// As for [`wait_while`](Condition::wait_while).
    pub fn wait_while_timeout<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        condition: impl FnMut(&mut T) -> bool,
        timeout: Duration,
    ) -> TimedWait<'l, T, bool> {
        self.wait_while_within(guard, condition, Limit::After(timeout))
    }

    /// Like [`wait_while_timeout`](Condition::wait_while_timeout), until `deadline` at most.
    ///
    /// # Errors
    /// As for [`wait_while`](Condition::wait_while).
    pub fn wait_while_deadline<'l, T: ?Sized>(
        &self,
        guard: LockGuard<'l, T>,
        condition: impl FnMut(&mut T) -> bool,
        deadline: Instant,
    ) -> TimedWait<'l, T, bool> {
        self.wait_while_within(guard, condition, Limit::At(deadline))
    }

    /// The future of `wait`, for an executor: it takes the guard of [`lock_async`](super::Lock::lock_async).
    ///
    /// # Errors
    /// As for [`wait`](Condition::wait).
    ///
    /// # Cancel safety
    /// A future that is dropped gives a notification that it had got to the next waiter. The lock is released then.
    pub fn wait_async<'l, T: ?Sized>(
        &self,
        guard: TaskGuard<'l, T>,
    ) -> impl Future<Output = Result<TaskGuard<'l, T>, WaitError<TaskGuard<'l, T>>>> {
        self.0.wait(guard)
    }

    /// The future of `wait_while`, for an executor.
    ///
    /// # Errors
    /// As for [`wait_while`](Condition::wait_while).
    ///
    /// # Cancel safety
    /// As for [`wait_async`](Condition::wait_async).
    pub fn wait_while_async<'l, T: ?Sized>(
        &self,
        guard: TaskGuard<'l, T>,
        condition: impl FnMut(&mut T) -> bool,
    ) -> impl Future<Output = Result<TaskGuard<'l, T>, WaitError<TaskGuard<'l, T>>>> {
        self.0.wait_while(guard, condition)
    }

    /// Notifies the first waiter; false if nobody waits. Makes no system call then.
    pub fn notify_one(&self) -> bool {
        self.0.notify_one()
    }

    /// Notifies the first `n` of those who wait now, or all if there are fewer; says how many.
    pub fn notify_many(&self, n: usize) -> usize {
        self.0.notify_many(n)
    }

    /// Notifies everybody who waits now; says how many.
    pub fn notify_all(&self) -> usize {
        self.0.notify_all()
    }

    /// Closes it: current and later waits end with `Closed`. Again changes nothing.
    pub fn close(&self) {
        self.0.close();
    }

    /// Is it closed? A snapshot that, once true, stays true.
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

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
