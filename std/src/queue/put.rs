//! Putting into a queue: the counterpart of `take.rs`.

#![forbid(unsafe_code)]

use std::future::IntoFuture;
use std::time::{Duration, Instant};

use gimmal_core::error::{SendError, SendTimeoutError, TrySendError};
use gimmal_core::wait::Phase;

use super::ordered::{Ordered, wake_one};
use super::store::{NotPut, Store};
use crate::block::{Limit, block, block_until};
use crate::cooperate::cooperative;

impl<T, S: Store<T>> Ordered<T, S> {
    /// Puts `item` in if there is room. Never waits.
    ///
    /// # Errors
    /// All return the item. `Closed` wins over `Full`. `Full` is also returned if there is no
    /// memory for more items; `Busy` is never returned.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::TrySendError;
    /// use gimmal::queue::Queue;
    ///
    /// let queue = Queue::new(1);
    /// queue.try_put(1).unwrap();
    /// assert_eq!(queue.try_put(2), Err(TrySendError::Full(2)));
    /// ```
    #[doc(alias = "put_nowait")]
    pub fn try_put(&self, item: T) -> Result<(), TrySendError<T>> {
        self.put_once(item, Phase::First)
    }

    #[inline]
    pub(super) fn put_once(&self, mut item: T, when: Phase) -> Result<(), TrySendError<T>> {
        loop {
            item = match self.kept().try_put(item, self.capacity, when) {
                Ok(awaited) => {
                    if awaited {
                        wake_one(&self.items);
                    }
                    return Ok(());
                }
                Err(NotPut::Closed(item)) => return Err(TrySendError::Closed(item)),
                Err(NotPut::Full(item)) => return Err(TrySendError::Full(item)),
                Err(NotPut::NoRoom(item, room)) if self.grow(room) => item,
                Err(NotPut::NoRoom(item, _)) => return Err(TrySendError::Full(item)),
            };
        }
    }

    /// Allocates more than `room`, and returns `false` if there is no memory.
    #[cold]
    fn grow(&self, room: usize) -> bool {
        let larger = room.saturating_mul(2).max(8).min(self.capacity);
        let has_grown = self.kept().grow(room, larger);
        if has_grown {
            // Others may have waited because there was no memory.
            wake_one(&self.room);
        }
        has_grown
    }

    /// Puts `item` in, blocking while the queue is full.
    ///
    /// It blocks the calling thread; in a task, await [`put_async`](Self::put_async) instead.
    ///
    /// # Errors
    /// [`SendError`] returns the item: the queue is closed.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::SendError;
    /// use gimmal::queue::Queue;
    ///
    /// let queue = Queue::new(2);
    /// queue.put("first").unwrap();
    /// queue.close();
    /// assert_eq!(queue.put("second"), Err(SendError("second")));
    /// ```
    #[doc(alias = "push")]
    pub fn put(&self, item: T) -> Result<(), SendError<T>> {
        block(self.putting(item))
    }

    /// Puts `item` in, blocking for at most `timeout`: `ZERO` tries once, `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`put_async`](Self::put_async) instead.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`; both return the item.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::queue::Queue;
    ///
    /// let queue = Queue::new(1);
    /// queue.put(1).unwrap();
    /// let late = queue.put_timeout(2, Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err().into_inner(), 2);
    /// ```
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.put_within(item, Limit::After(timeout))
    }

    /// Puts `item` in, blocking until `deadline` at most: a past one tries once.
    ///
    /// It blocks the calling thread; in a task, await [`put_async`](Self::put_async) instead.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`; both return the item.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::queue::Queue;
    ///
    /// let queue = Queue::new(1);
    /// assert!(queue.put_deadline(1, Instant::now()).is_ok());
    /// ```
    pub fn put_deadline(&self, item: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.put_within(item, Limit::At(deadline))
    }

    /// Returns the future of [`put`](Ordered::put), for an executor.
    ///
    /// # Errors
    /// As for [`put`](Ordered::put).
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready drops the item, which was not put.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put_async(1).await.unwrap();
    /// assert_eq!(queue.get(), Ok(1));
    /// # });
    /// ```
    pub fn put_async(&self, item: T) -> impl Future<Output = Result<(), SendError<T>>> + '_ {
        cooperative(self.putting(item).into_future())
    }

    fn put_within(&self, item: T, limit: Limit) -> Result<(), SendTimeoutError<T>> {
        match block_until(self.putting(item), limit) {
            Ok(put) => put.map_err(|SendError(item)| SendTimeoutError::Closed(item)),
            Err(putting) => Err(SendTimeoutError::TimedOut(putting.into_inner())),
        }
    }
}
