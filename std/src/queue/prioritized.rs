//! [`Prioritized`]: an item with a priority beside it.

#![forbid(unsafe_code)]

use std::cmp::Ordering;

/// An item and its priority, which alone is compared: for a [`PriorityQueue`](super::PriorityQueue) of items that are not
/// `Ord`, or that should come out in arrival order where priorities are equal. (A tuple compares all its parts.)
///
/// The smallest priority is first; [`Reverse`](std::cmp::Reverse) makes it the largest. A priority of floats needs an order of
/// all of them, as [`f64::total_cmp`] is: wrap it in a type of your own that compares so.
///
/// # Examples
/// ```
/// use gimmal::queue::{Prioritized, PriorityQueue, Task};
///
/// type Job = Box<dyn FnOnce() -> &'static str>;
/// let queue = PriorityQueue::<Prioritized<u8, Job>>::new(3);
/// queue.put(Prioritized::new(2, Box::new(|| "zebra"))).unwrap();
/// queue.put(Prioritized::new(2, Box::new(|| "apple"))).unwrap();
/// queue.put(Prioritized::new(1, Box::new(|| "first"))).unwrap();
/// queue.close();
/// let mut done = Vec::new();
/// while let Ok(task) = queue.get_task() {
///     done.push(Task::process(task, |job| (job.item)()));
/// }
/// assert_eq!(done, ["first", "zebra", "apple"]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Prioritized<P, T> {
    /// The part that is compared.
    pub priority: P,
    /// The part that is not compared.
    pub item: T,
}

impl<P, T> Prioritized<P, T> {
    /// Returns an item with its priority.
    ///
    /// # Examples
    /// ```
    /// use gimmal::queue::Prioritized;
    ///
    /// assert!(Prioritized::new(1, "z") < Prioritized::new(2, "a"));
    /// assert_eq!(Prioritized::new(1, "z"), Prioritized::new(1, "a"));
    /// ```
    pub fn new(priority: P, item: T) -> Self {
        Prioritized { priority, item }
    }
}

impl<P: PartialEq, T> PartialEq for Prioritized<P, T> {
    fn eq(&self, other: &Self) -> bool {
        self.priority == other.priority
    }
}

impl<P: Eq, T> Eq for Prioritized<P, T> {}

impl<P: PartialOrd, T> PartialOrd for Prioritized<P, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.priority.partial_cmp(&other.priority)
    }
}

impl<P: Ord, T> Ord for Prioritized<P, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority.cmp(&other.priority)
    }
}
