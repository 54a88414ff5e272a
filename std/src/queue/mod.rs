//! Queues between threads that count what is done: [`Queue`], [`LifoQueue`], [`PriorityQueue`].
//!
//! They differ from a [`channel`](crate::channel) in three ways: items may come out in another
//! order; a thread can wait until every item has been *processed*, not only taken; and closing can
//! return what was left.
//!
//! | queue | the next item is |
//! |---|---|
//! | [`Queue`] | the one that came first |
//! | [`LifoQueue`] | the one that came last |
//! | [`PriorityQueue`] | the smallest; of equal ones the one that came first |
//!
//! All three are one type, [`Ordered`], whose page has the methods.
//!
//! # Ending
//! Close the queue when nothing more is to be put: `get` returns what is left and then `Closed`,
//! and `put` returns the item. A consumer is then `for item in queue.iter()`. A loop that checks an
//! event and `is_empty` instead either hangs in a `get` or leaves items behind, because both may
//! change after the check. The example `producer_consumer` shows the right one.
//!
//! The interface is that of Python's `queue`. Every queue is bounded; the bound may be as large as
//! you like. A queue has no handles: share it by reference among scoped threads, or in an
//! [`Arc`](std::sync::Arc).
//!
//! # Examples
//! ```
//! use std::thread;
//! use gimmal::queue::Queue;
//!
//! let queue = Queue::new(10);
//! let sum = thread::scope(|scope| {
//!     let consumer = scope.spawn(|| queue.iter().sum::<u32>());
//!     (1..=4).for_each(|n| queue.put(n).unwrap());
//!     queue.close();
//!     consumer.join().unwrap()
//! });
//! assert_eq!(sum, 10);
//! ```

#![forbid(unsafe_code)]

mod counts;
mod first;
mod locked;
mod order;
mod ordered;
mod prioritized;
mod put;
mod store;
mod take;
mod task;
mod waits;

pub use crate::channel::CapacityError;
#[doc(no_inline)]
pub use crate::channel::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use counts::NotTaken;
pub use first::First;
pub use ordered::Ordered;
pub use prioritized::Prioritized;
pub use store::Store;
pub use take::Iter;
pub use task::Task;
pub use waits::{Putting, Taking};

/// Last in, first out: the order of a [`LifoQueue`].
pub type Last<T> = locked::OneLock<order::Stack<T>>;

/// The smallest first, equal ones in arrival order: the order of a [`PriorityQueue`].
pub type Smallest<T> = locked::OneLock<order::Heap<T>>;

/// A queue whose next item is the one that came first. See [`Ordered`] for its methods.
#[doc(alias = "FIFO")]
#[doc(alias = "SimpleQueue")]
pub type Queue<T> = Ordered<T, First<T>>;

/// A queue whose next item is the one that came last. See [`Ordered`] for its methods.
#[doc(alias = "stack")]
pub type LifoQueue<T> = Ordered<T, Last<T>>;

/// A queue whose next item is the smallest, and of equal ones the one that came first. See
/// [`Ordered`] for its methods.
///
/// The items are [`Ord`]. [`Prioritized`] is an item with a priority beside it, which alone is compared; a
/// tuple `(priority, item)` compares its items too.
///
/// # Comparing
/// The thread that takes an item compares the items, while no lock is held. Items that are put
/// meanwhile are not compared.
///
/// Comparing is the items' own code, and may take long. Until it is over, nobody can know which
/// item is next. So
/// * `try_get` does not wait for it, and returns `Busy`: there are items, and another thread is
///   finding out the next one;
/// * the place of the item that is being taken is not free: `try_put` may return `Full`, and `put`
///   waits, although that item was chosen before;
/// * `get` and its other forms wait for it as for a lock. A time-out bounds the wait for an item,
///   not this one: `TimedOut` is returned only if the queue was empty when the time was over.
///   `get_timeout(Duration::ZERO)` on a queue that holds items thus returns one, unless other
///   takers have come first.
///
/// If a comparison panics, the panic unwinds from the call that takes; nothing is lost. A
/// comparison that takes from its own queue panics.
pub type PriorityQueue<T> = Ordered<T, Smallest<T>>;
