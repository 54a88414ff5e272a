//! Queues between threads that count what is done: [`Queue`], [`LifoQueue`], [`PriorityQueue`].
//!
//! They differ from a [`channel`](crate::channel) in three ways: items may come out in another order; a thread can wait until
//! everything has been *dealt with*, not only taken; and closing can return what was left.
//!
//! | queue | the next item is |
//! |---|---|
//! | [`Queue`] | the one that came first |
//! | [`LifoQueue`] | the one that came last |
//! | [`PriorityQueue`] | the smallest; of equal ones the one that came first |
//!
//! **Ending.** Close the queue when nothing more is to be put: takers get what is left and then `Closed`, putters get their
//! items back. A consumer then is `for item in queue.iter()`. A loop that asks an event and `is_empty` instead either hangs
//! in a `get` or leaves items behind, because both may change after they were asked.
//!
//! The interface is that of Python's `queue`. Every queue is bounded; the bound may be as large as you like.

#![forbid(unsafe_code)]

mod ordered;
mod state;
mod store;
mod take;
mod task;
mod waits;

pub use crate::channel::CapacityError;
pub use ordered::Ordered;
pub use state::NotTaken;
pub use store::{First, Last, Smallest, Store};
pub use take::Iter;
pub use task::Task;

/// A queue whose next item is the one that came first. See [`Ordered`] for what it does.
pub type Queue<T> = Ordered<T, First<T>>;

/// A queue whose next item is the one that came last. See [`Ordered`] for what it does.
pub type LifoQueue<T> = Ordered<T, Last<T>>;

/// A queue whose next item is the smallest, and of equal ones the one that came first. See [`Ordered`] for what it does.
///
/// The items are compared by the thread that takes one, while no lock is held. What is put meanwhile is not compared.
///
/// **Takers beside a comparison.** Comparing is the items' own code and takes as long as it takes; until it is over, nobody
/// can know which item is next. So
/// * `try_get` does not wait for it, and returns `Busy`: there are items, and another thread is finding out the next one;
/// * `get` and its other forms wait for it as for a lock. A time-out bounds the wait for an item to be there, not that: a
///   time-out is reported only if there was nothing to take at that moment. `get_timeout(Duration::ZERO)` on a queue that
///   holds items thus returns one, unless other takers have come first.
///
/// A comparison that panics does so in the thread that takes; nothing is lost. One that takes from its own queue panics.
pub type PriorityQueue<T> = Ordered<T, Smallest<T>>;
