//! Taking from a queue: what comes next, and whose code has to be asked for it.

#![forbid(unsafe_code)]

use std::ops::DerefMut;
use std::thread;
use std::time::{Duration, Instant};

use gimmal_core::error::{Closed, RecvTimeoutError, TryRecvError};

use super::ordered::{Ordered, State, unclosed};
use super::store::Store;
use super::task::Task;
use crate::block::Limit;

/// What a taker takes.
#[derive(Clone, Copy)]
pub(super) enum As {
    Item,
    Task,
    /// What was left when the queue was closed.
    Left,
}

impl<T, S: Store<T>> Ordered<T, S> {
    /// Takes the next item if there is one. It counts as not done until [`task_done`](Ordered::task_done).
    ///
    /// # Errors
    /// `Empty`; `Closed` when everything was taken; `Busy` while another thread compares items to find its own.
    ///
    /// # Panics
    /// If it is called by the code that compares the items.
    pub fn try_get(&self) -> Result<T, TryRecvError> {
        let state = self.state.lock();
        if !state.holds_takers() {
            let taken = self.take_from(state, As::Item);
            return taken.map_err(|Closed| TryRecvError::Closed);
        }
        Err(match state.asking {
            Some(_) => TryRecvError::Busy,
            None => TryRecvError::Empty,
        })
    }

    /// Takes the next item, blocking while there is none. It counts as not done until [`task_done`](Ordered::task_done).
    ///
    /// # Errors
    /// [`Closed`]: the queue is closed, and everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    pub fn get(&self) -> Result<T, Closed> {
        self.get_for_ever(As::Item)
    }

    /// Takes the next item, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// `TimedOut`; `Closed` when everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.get_within(As::Item, Limit::After(timeout))
    }

    /// Takes the next item, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TimedOut`; `Closed` when everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    pub fn get_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.get_within(As::Item, Limit::At(deadline))
    }

    /// The future of [`get`](Ordered::get), for an executor.
    ///
    /// # Errors
    /// [`Closed`]: the queue is closed, and everything was taken.
    ///
    /// # Cancel safety
    /// Dropping it takes nothing.
    pub async fn get_async(&self) -> Result<T, Closed> {
        self.get_as(As::Item).await
    }

    /// Takes the next item, blocking while there is none, as a task that is done when it is dropped.
    ///
    /// # Errors
    /// [`Closed`]: the queue is closed, and everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    pub fn get_task(&self) -> Result<Task<'_, T, S>, Closed> {
        self.get_for_ever(As::Task)
            .map(|item| Task::new(self, item))
    }

    /// Like [`get_task`](Ordered::get_task), for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// `TimedOut`; `Closed` when everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    pub fn get_task_timeout(&self, timeout: Duration) -> Result<Task<'_, T, S>, RecvTimeoutError> {
        let item = self.get_within(As::Task, Limit::After(timeout))?;
        Ok(Task::new(self, item))
    }

    /// Like [`get_task`](Ordered::get_task), until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TimedOut`; `Closed` when everything was taken.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    pub fn get_task_deadline(&self, deadline: Instant) -> Result<Task<'_, T, S>, RecvTimeoutError> {
        let item = self.get_within(As::Task, Limit::At(deadline))?;
        Ok(Task::new(self, item))
    }

    /// The future of [`get_task`](Ordered::get_task), for an executor.
    ///
    /// # Errors
    /// [`Closed`]: the queue is closed, and everything was taken.
    ///
    /// # Cancel safety
    /// Dropping it takes nothing.
    pub async fn get_task_async(&self) -> Result<Task<'_, T, S>, Closed> {
        let item = self.get_as(As::Task).await?;
        Ok(Task::new(self, item))
    }

    async fn get_as(&self, taken: As) -> Result<T, Closed> {
        let state = self.state.lock_async().await;
        let waited = self
            .items
            .wait_while_async(state, |state| state.holds_takers());
        let state = unclosed(waited.await);
        self.take_from(state, taken)
    }

    fn get_for_ever(&self, taken: As) -> Result<T, Closed> {
        match self.get_within(taken, Limit::None) {
            Ok(item) => Ok(item),
            Err(RecvTimeoutError::Closed) => Err(Closed),
            Err(RecvTimeoutError::TimedOut) => unreachable!("without a limit it is never given up"),
        }
    }

    fn get_within(&self, taken: As, limit: Limit) -> Result<T, RecvTimeoutError> {
        let waited =
            self.items
                .wait_while_within(self.state.lock(), |state| state.holds_takers(), limit);
        let (state, waits_on) = unclosed(waited);
        if waits_on {
            return Err(RecvTimeoutError::TimedOut);
        }
        self.take_from(state, taken)
            .map_err(|Closed| RecvTimeoutError::Closed)
    }

    /// Takes the next item; nobody has the store detached.
    fn take_from(
        &self,
        mut state: impl DerefMut<Target = State<S>>,
        taken: As,
    ) -> Result<T, Closed> {
        if state.queued == 0 {
            return Err(Closed);
        }
        if let Some(item) = state.store.take() {
            state.count(1, taken);
            drop(state);
            self.room.notify_one();
            return Ok(item);
        }
        let item = self.detach(state, taken).find();
        Ok(item.expect("it is not empty"))
    }

    fn detach(&self, mut state: impl DerefMut<Target = State<S>>, taken: As) -> Detached<'_, T, S> {
        state.asking = Some(thread::current().id());
        Detached {
            queue: self,
            store: Some(state.store.detach()),
            found: 0,
            taken,
        }
    }

    /// Takes items, blocking, until the queue is closed and empty. Each counts as not done, as by [`get`](Ordered::get).
    pub fn iter(&self) -> Iter<'_, T, S> {
        Iter { queue: self }
    }

    /// Closes it and hands back what was left, in the order in which it would have been taken. That counts as done. Waits for
    /// a thread that is comparing items.
    ///
    /// # Panics
    /// As for [`try_get`](Ordered::try_get).
    pub fn close_now(&self) -> Vec<T> {
        self.close();
        let mut left = Vec::new();
        let waited = self
            .items
            .wait_while(self.state.lock(), |state| state.holds_takers());
        let mut detached = self.detach(unclosed(waited), As::Left);
        while let Some(item) = detached.find() {
            left.push(item);
        }
        left
    }
}

/// The store, out of the queue, and on its way back.
struct Detached<'q, T, S: Store<T>> {
    queue: &'q Ordered<T, S>,
    store: Option<S>,
    found: usize,
    taken: As,
}

impl<T, S: Store<T>> Detached<'_, T, S> {
    fn find(&mut self) -> Option<T> {
        let item = self.store.as_mut()?.find();
        self.found += usize::from(item.is_some());
        item
    }
}

impl<T, S: Store<T>> Drop for Detached<'_, T, S> {
    fn drop(&mut self) {
        let queue = self.queue;
        let mut state = queue.state.lock();
        if let Some(store) = self.store.take() {
            state.store.attach(store);
        }
        state.asking = None;
        state.count(self.found, self.taken);
        let (left, closed, all) = (state.queued, state.closed, state.is_done());
        drop(state);
        queue.room.notify_many(self.found);
        if closed {
            queue.items.notify_all();
        } else if left > 0 {
            queue.items.notify_one();
        }
        if all {
            queue.idle.notify_all();
        }
    }
}

/// See [`Ordered::iter`].
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
