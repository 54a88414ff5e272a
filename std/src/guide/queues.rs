//! Queues: which one, and how it ends.
//!
//! | you want | take |
//! |---|---|
//! | messages between any number of threads and tasks | [`channel::bounded`](crate::channel::bounded) |
//! | the same between exactly two | [`channel::spsc::bounded`](crate::channel::spsc::bounded) |
//! | to know when everything is *processed* | [`Queue`](crate::queue::Queue), with [`get_task`](crate::queue::Ordered::get_task) and [`join`](crate::queue::Ordered::join) |
//! | the last first, the smallest first | [`LifoQueue`](crate::queue::LifoQueue), [`PriorityQueue`](crate::queue::PriorityQueue) |
//! | one value once, copies for everybody, the latest value | [there](crate::channel#one-value-copies-for-everybody-the-latest-value) |
//! | nobody waits, ever | [`ring`](crate::ring): `spsc` between exactly two, `mpmc` between any number |
//! | the same, also while others are stopped in the middle of an operation | [`ring::exact`](crate::ring::exact) |
//! | parts that know each other by a name | [sockets](super::sockets) |
//!
//! **The end.** Drop the last sender, or close: receivers get what is left, and then `Closed`. So a
//! consumer is a `for` loop, and needs no message that means "the end":
//! ```
//! use gimmal::{channel, thread};
//!
//! let (sender, receiver) = channel::bounded(4);
//! let consumers = [receiver.clone(), receiver].map(|receiver| {
//!     thread::spawn(move || receiver.into_iter().sum::<u32>())
//! });
//! (1..=4).for_each(|n| sender.send(n).unwrap());
//! drop(sender);
//! let sums = consumers.map(|consumer| consumer.join().unwrap());
//! assert_eq!(sums.iter().sum::<u32>(), 10);
//! ```
//!
//! **Everything is done**, which is more than "everything is taken":
//! ```
//! use gimmal::{queue::Queue, sync::Lock, thread};
//!
//! let (queue, done) = (Queue::new(8), Lock::new(0));
//! thread::scope(|scope| {
//!     scope.spawn(|| {
//!         while let Ok(task) = queue.get_task() {
//!             *done.lock() += *task; // the drop of `task` says that it is done
//!         }
//!     });
//!     (1..=4).for_each(|n| queue.put(n).unwrap());
//!     queue.join();
//!     assert_eq!(*done.lock(), 10);
//!     queue.close();
//! });
//! ```
//!
//! **A full queue** makes the sender wait: that is what keeps a quick producer from filling the memory.
//! If it must not wait, take `try_send` and decide what to do with the value that comes back:
//! ```
//! use gimmal::channel::{self, TrySendError};
//!
//! let (sender, receiver) = channel::bounded(1);
//! sender.send("old").unwrap();
//! let mut new = "new";
//! loop {
//!     match sender.try_send(new) {
//!         Ok(()) => break,
//!         Err(TrySendError::Full(back)) => {
//!             let _ = receiver.try_recv(); // make room: the oldest goes
//!             new = back;
//!         }
//!         // Another thread is in the middle of this very place.
//!         Err(TrySendError::Busy(back)) => new = back,
//!         Err(TrySendError::Closed(_)) => break,
//!     }
//! }
//! assert_eq!(receiver.recv(), Ok("new"));
//! ```
//!
//! **Several sources at once**: [`select`](crate::poll::select()) does one of several operations,
//! [`Poller`](crate::poll::Poller) tells which of them can be done.
//!
//! Programs: `producer_consumer`, `poller_two_sockets`.

#![forbid(unsafe_code)]
