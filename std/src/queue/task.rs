//! [`Task`]: an item that counts as done when it is dropped.

#![forbid(unsafe_code)]

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::ordered::Ordered;
use super::store::Store;

/// An item that was taken by [`Ordered::get_task`], and counts as done when this is dropped.
#[must_use = "a task that is dropped is done"]
pub struct Task<'q, T, S: Store<T>> {
    // Dropped in this order: the item is gone when it is done.
    item: T,
    _done: Done<'q, T, S>,
}

struct Done<'q, T, S: Store<T>>(&'q Ordered<T, S>);

impl<T, S: Store<T>> Drop for Done<'_, T, S> {
    fn drop(&mut self) {
        self.0.done(self.0.kept().task_dropped());
    }
}

impl<'q, T, S: Store<T>> Task<'q, T, S> {
    pub(super) fn new(queue: &'q Ordered<T, S>, item: T) -> Self {
        Task {
            item,
            _done: Done(queue),
        }
    }

    /// Processes the item by value, and counts it as done after that, also if `process` panics: the panic goes on to the caller. An associated function, because the item may have a method of this name.
    ///
    /// # Examples
    /// A closure is called by value:
    /// ```
    /// use gimmal::queue::{Queue, Task};
    ///
    /// let queue = Queue::new(1);
    /// queue.put(Box::new(|| 42) as Box<dyn FnOnce() -> i32>).unwrap();
    /// let answer = Task::process(queue.get_task().unwrap(), |job| job());
    /// queue.join();
    /// assert_eq!(answer, 42);
    /// ```
    pub fn process<R>(task: Self, process: impl FnOnce(T) -> R) -> R {
        let Task { item, _done } = task;
        process(item)
    }

    /// Returns the item, which counts as done *now*, before anything is done with it: to keep it.
    /// To process it, see [`process`](Task::process).
    ///
    /// # Examples
    /// ```
    /// use gimmal::queue::{Queue, Task};
    ///
    /// let queue = Queue::new(1);
    /// queue.put(String::from("kept")).unwrap();
    /// let item = Task::into_inner(queue.get_task().unwrap());
    /// queue.join();
    /// assert_eq!(item, "kept");
    /// ```
    pub fn into_inner(task: Self) -> T {
        task.item
    }
}

impl<T, S: Store<T>> Deref for Task<'_, T, S> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

impl<T, S: Store<T>> DerefMut for Task<'_, T, S> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.item
    }
}

impl<T: fmt::Debug, S: Store<T>> fmt::Debug for Task<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Task").field(&self.item).finish()
    }
}
