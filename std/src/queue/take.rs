//! Taking from a queue. Where the order needs the items' own code, the store is taken out for that
//! time ([`Detached`]).

#![forbid(unsafe_code)]

use std::future::IntoFuture;
use std::time::{Duration, Instant};

use gimmal_core::error::{Closed, RecvTimeoutError, TryRecvError};
use gimmal_core::wait::Phase;

use super::counts::As;
use super::ordered::{Ordered, wake_all, wake_one};
use super::store::{Found, Out as _, Store};
use super::task::Task;
use crate::block::{Limit, block, block_until};
use crate::cooperate::cooperative;

impl<T, S: Store<T>> Ordered<T, S> {
    /// Takes the next item if there is one. It counts as not done until
    /// [`task_done`](Ordered::task_done). Never waits.
    ///
    /// # Errors
    /// `Empty`; `Closed` if the queue is closed and everything was taken; from a priority queue
    /// `Busy` while another thread compares the items to find the next one.
    ///
    /// # Panics
    /// If the code that compares the items calls it.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::TryRecvError;
    ///
    /// let queue = gimmal::queue::LifoQueue::new(2);
    /// queue.put(1).unwrap();
    /// queue.put(2).unwrap();
    /// assert_eq!((queue.try_get(), queue.try_get()), (Ok(2), Ok(1)));
    /// assert_eq!(queue.try_get(), Err(TryRecvError::Empty));
    /// ```
    #[doc(alias = "get_nowait")]
    pub fn try_get(&self) -> Result<T, TryRecvError> {
        self.take_once(As::Item, Phase::First)
    }

    /// Takes the next item, blocking while there is none. It counts as not done until
    /// [`task_done`](Ordered::task_done).
    ///
    /// It blocks the calling thread; in a task, await [`get_async`](Self::get_async) instead.
    ///
    /// # Errors
    /// [`Closed`]: the queue is closed, and everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::PriorityQueue::new(2);
    /// queue.put(2).unwrap();
    /// queue.put(1).unwrap();
    /// assert_eq!(queue.get(), Ok(1));
    /// ```
    #[doc(alias = "pop")]
    pub fn get(&self) -> Result<T, Closed> {
        self.get_for_ever(As::Item)
    }

    /// Takes the next item, blocking for at most `timeout`: `ZERO` tries once, `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`get_async`](Self::get_async) instead.
    ///
    /// # Errors
    /// `TimedOut`: the queue was empty when the time was over. `Closed` if it is closed and
    /// everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::channel::RecvTimeoutError;
    ///
    /// let queue = gimmal::queue::Queue::<u32>::new(1);
    /// let late = queue.get_timeout(Duration::from_millis(1));
    /// assert_eq!(late, Err(RecvTimeoutError::TimedOut));
    /// ```
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.get_within(As::Item, Limit::After(timeout))
    }

    /// Takes the next item, blocking until `deadline` at most: a past one tries once.
    ///
    /// It blocks the calling thread; in a task, await [`get_async`](Self::get_async) instead.
    ///
    /// # Errors
    /// As for [`get_timeout`](Ordered::get_timeout).
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    ///
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put(1).unwrap();
    /// assert_eq!(queue.get_deadline(Instant::now()), Ok(1));
    /// ```
    pub fn get_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.get_within(As::Item, Limit::At(deadline))
    }

    /// Returns the future of [`get`](Ordered::get), for an executor.
    ///
    /// # Errors
    /// As for [`get`](Ordered::get).
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready takes no item.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put(1).unwrap();
    /// assert_eq!(queue.get_async().await, Ok(1));
    /// # });
    /// ```
    pub fn get_async(&self) -> impl Future<Output = Result<T, Closed>> + '_ {
        cooperative(self.taking(As::Item).into_future())
    }

    /// Takes the next item, blocking while there is none, as a [`Task`] that counts as done when it
    /// is dropped.
    ///
    /// It blocks the calling thread; in a task, await [`get_task_async`](Self::get_task_async) instead.
    ///
    /// # Errors
    /// [`Closed`]: the queue is closed, and everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put("a file").unwrap();
    /// {
    ///     let task = queue.get_task().unwrap();
    ///     assert_eq!(*task, "a file");
    /// } // done here, also if processing it has panicked
    /// queue.join();
    /// ```
    pub fn get_task(&self) -> Result<Task<'_, T, S>, Closed> {
        self.get_for_ever(As::Task)
            .map(|item| Task::new(self, item))
    }

    /// Blocks like [`get_task`](Ordered::get_task), for at most `timeout`: `ZERO` tries once, `MAX`
    /// is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`get_task_async`](Self::get_task_async) instead.
    ///
    /// # Errors
    /// As for [`get_timeout`](Ordered::get_timeout).
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let queue = gimmal::queue::Queue::<u32>::new(1);
    /// assert!(queue.get_task_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn get_task_timeout(&self, timeout: Duration) -> Result<Task<'_, T, S>, RecvTimeoutError> {
        let item = self.get_within(As::Task, Limit::After(timeout))?;
        Ok(Task::new(self, item))
    }

    /// Blocks like [`get_task`](Ordered::get_task), until `deadline` at most: a past one tries
    /// once.
    ///
    /// It blocks the calling thread; in a task, await [`get_task_async`](Self::get_task_async) instead.
    ///
    /// # Errors
    /// As for [`get_timeout`](Ordered::get_timeout).
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    ///
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put(1).unwrap();
    /// assert!(queue.get_task_deadline(Instant::now()).is_ok());
    /// ```
    pub fn get_task_deadline(&self, deadline: Instant) -> Result<Task<'_, T, S>, RecvTimeoutError> {
        let item = self.get_within(As::Task, Limit::At(deadline))?;
        Ok(Task::new(self, item))
    }

    /// Returns the future of [`get_task`](Ordered::get_task), for an executor.
    ///
    /// # Errors
    /// As for [`get_task`](Ordered::get_task).
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready takes no item.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put(1).unwrap();
    /// let task = queue.get_task_async().await.unwrap();
    /// assert_eq!(*task, 1);
    /// # });
    /// ```
    pub fn get_task_async(&self) -> impl Future<Output = Result<Task<'_, T, S>, Closed>> + '_ {
        let taking = self.taking(As::Task);
        cooperative(async move { Ok(Task::new(self, taking.await?)) })
    }

    fn get_for_ever(&self, taken: As) -> Result<T, Closed> {
        block(self.taking(taken))
    }

    fn get_within(&self, taken: As, limit: Limit) -> Result<T, RecvTimeoutError> {
        match block_until(self.taking(taken), limit) {
            Ok(item) => item.map_err(|Closed| RecvTimeoutError::Closed),
            // Success beats the time-out: what another thread compares may be for this one.
            Err(_) => block(self.taking_late(taken)),
        }
    }

    #[inline]
    pub(super) fn take_once(&self, taken: As, when: Phase) -> Result<T, TryRecvError> {
        match self.kept().try_take(taken, when)? {
            Found::Item(item) => {
                wake_one(&self.room);
                Ok(item)
            }
            Found::Out(out) => Ok(self.detached(out, taken).find()),
        }
    }

    pub(super) fn detached(&self, out: S::Out, taken: As) -> Detached<'_, T, S> {
        Detached {
            queue: self,
            out,
            found: 0,
            taken,
        }
    }

    /// Returns an iterator that takes items, blocking, until the queue is closed and empty. As with
    /// [`get`](Ordered::get), each item counts as not done until [`task_done`](Ordered::task_done).
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::PriorityQueue::new(3);
    /// [3, 1, 2].into_iter().for_each(|n| queue.put(n).unwrap());
    /// queue.close();
    /// assert_eq!(queue.iter().collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    pub fn iter(&self) -> Iter<'_, T, S> {
        Iter { queue: self }
    }

    /// Closes the queue and returns what was left, in the order in which it would have been taken.
    /// These items count as done. Waits for a thread that is comparing items.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get). If a comparison panics, nothing is lost: the queue is
    /// closed, and everything is left in it.
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::new(2);
    /// queue.put(1).unwrap();
    /// queue.put(2).unwrap();
    /// assert_eq!(queue.close_now(), [1, 2]);
    /// assert!(queue.is_closed());
    /// ```
    pub fn close_now(&self) -> Vec<T> {
        self.close();
        block(self.detaching()).into_items()
    }
}

/// The store, out of the queue, and on its way back.
pub(super) struct Detached<'q, T, S: Store<T>> {
    queue: &'q Ordered<T, S>,
    out: S::Out,
    found: usize,
    taken: As,
}

impl<T, S: Store<T>> Detached<'_, T, S> {
    fn find(mut self) -> T {
        let item = self.out.find().expect("it is not empty");
        self.found = 1;
        item
    }

    fn into_items(mut self) -> Vec<T> {
        self.out.arrange();
        // From here on no code of the items or of wakers runs that could unwind.
        let items = self.out.take_items();
        self.found = items.len();
        items
    }
}

impl<T, S: Store<T>> Drop for Detached<'_, T, S> {
    fn drop(&mut self) {
        let queue = self.queue;
        let left = queue
            .kept()
            .take_back(&mut self.out, self.found, self.taken);
        wake_all(&queue.compared);
        if self.found > 0 {
            wake_one(&queue.room);
        }
        if left.closed {
            wake_all(&queue.items);
        } else if left.queued > 0 {
            wake_one(&queue.items);
        }
        queue.done(left);
    }
}

/// Takes items until the queue is closed and empty: made by [`Ordered::iter`].
#[must_use = "an iterator does nothing until it is asked"]
pub struct Iter<'q, T, S> {
    queue: &'q Ordered<T, S>,
}

impl<T, S: Store<T>> Iterator for Iter<'_, T, S> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.queue.get().ok()
    }
}
