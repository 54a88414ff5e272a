//! Queues between threads that count what is done: [`Queue`], [`LifoQueue`], [`PriorityQueue`].
//!
//! They differ from a [`channel`](crate::channel) in three ways: the order in which items come out can be another one, it
//! can be waited for that everything has been *dealt with*, not only taken, and closing can hand back what was left.
//!
//! | queue | the next item is |
//! |---|---|
//! | [`Queue`] | the one that came first |
//! | [`LifoQueue`] | the one that came last |
//! | [`PriorityQueue`] | the smallest; of equal ones the one that came first |
//!
//! **Ending.** Close the queue when nothing more is to be put: who waits to take gets what is left and then `Closed`, who
//! puts gets its item back. A consumer then is `for item in queue.iter()`. A loop that asks an event and `is_empty` instead
//! either hangs in a `get` or leaves items behind, for both may change after they were asked.
//!
//! The interface is that of Python's `queue`, bounded always.

#![forbid(unsafe_code)]

mod ordered;
mod store;
mod take;
mod task;

pub use ordered::Ordered;
pub use store::{First, Last, Smallest, Store};
pub use take::Iter;
pub use task::{NotTaken, Task};

/// A queue whose next item is the one that came first. See [`Ordered`] for what it does.
pub type Queue<T> = Ordered<T, First<T>>;

/// A queue whose next item is the one that came last. See [`Ordered`] for what it does.
pub type LifoQueue<T> = Ordered<T, Last<T>>;

/// A queue whose next item is the smallest, and of equal ones the one that came first. See [`Ordered`] for what it does.
///
/// The items are compared by the thread that takes one, while no lock is held: what is put meanwhile is not compared, and
/// other takers wait (`try_get` says `Busy`). A comparison that panics does so in that thread; nothing is lost.
pub type PriorityQueue<T> = Ordered<T, Smallest<T>>;
