//! [`Ordered`], the one queue behind all orders.
//!
//! Items and counts under plain mutexes ([`Store`]), and four places to wait.
//!
//! | place | what is waited for there | what wakes |
//! |---|---|---|
//! | `items` | an item to take | a put; a comparison that is over and leaves items |
//! | `room` | room to put | an item that was taken |
//! | `idle` | everything to be done | the last thing that is done |
//! | `compared` | the end of a comparison, by those whose time is over and by `close_now` | that end |
//!
//! Closing wakes everybody in `items` and `room`.
//!
//! **A mutex is held for a few instructions, by a running thread.** It is never held while
//! anybody waits, and no future ever owns it: a task that is not polled holds up nobody.
//!
//! **Forks.** A child of `fork` may find a mutex held, or the items out to be compared, by a
//! thread that only its parent has. Its first call looks, alone in its process, and no thread of the
//! child locks a mutex before that. If so, the child has from then on something closed and empty of its own,
//! and the parent's items stay where they are until the queue is dropped there.
//!
//! **Growing.** A put that finds the memory used up, but not the bound, allocates larger memory
//! with no lock held, moves the items over under the locks, and frees the old memory after it.

#![forbid(unsafe_code)]

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::wait::WaitQueue;

use super::counts::NotTaken;
use super::store::{Look, Store};
use crate::block::{Limit, block, block_until};
use crate::channel::CapacityError;
use crate::generation::Generation;
use crate::panic_guard::contain;
use crate::per_process::PerProcess;
use crate::stop::Stop;

/// A new queue takes the memory for its whole bound at once if that is no more than this.
const AT_ONCE: usize = 1 << 20;

/// Held by the thread of a forked child that looks whether its parent was changing a queue.
static ADOPTING: PerProcess<Mutex<()>> = PerProcess::new();

/// A bounded queue for any number of threads and tasks; `S` is the order in which items come out.
/// Use it by the name of its order: [`Queue`](super::Queue), [`LifoQueue`](super::LifoQueue),
/// [`PriorityQueue`](super::PriorityQueue).
///
/// # Fairness
/// Waiters are woken in arrival order. A running thread may take the item or the place first; the
/// waiter that was woken then keeps its turn at the front.
///
/// `try_put`, `try_get`, `task_done`, `close` and the other operations that never wait do not wait
/// for a future of this queue either, whether somebody polls it or not.
///
/// # Memory ordering
/// What a thread did before it put an item happens before what is done with the item by the thread
/// that takes it, and what was done before an item was done, before `join` returns. Nothing more is ordered: a thread that finds
/// the queue empty or full may not see what others have done besides.
///
/// # Allocation
/// The capacity is a bound, not a reservation. [`new`](Ordered::new) allocates for the whole bound
/// at once if that is at most one mebibyte. Otherwise memory is allocated when it is used: a put
/// that needs more doubles it, up to the bound, and it stays until the queue is dropped. So nothing
/// is allocated for an item once the queue has reached its greatest length.
/// [`try_new`](Ordered::try_new) allocates for the whole bound at once, whatever its size.
///
/// [`close_now`](Ordered::close_now) of a `Queue` moves what is left into a `Vec`, which takes memory for it once more.
///
/// If there is no memory for more items, the queue is full with those that it holds: `try_put`
/// returns `Full` with the item, and `put` waits until one is taken.
///
/// # Panics in wakers
/// A waker that panics when it is woken (an executor's fault) does not disturb the operation that
/// wakes it: the item that was taken or put is not lost. The panic hook reports the panic.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::queue::Queue;
///
/// let queue = Queue::new(10);
/// thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| {
///             while let Ok(task) = queue.get_task() {
///                 assert!(*task < 100);
///             }
///         });
///     }
///     (0..100).for_each(|n| queue.put(n).unwrap());
///     queue.join();
///     queue.close();
/// });
/// ```
/// ```
/// use gimmal::queue::PriorityQueue;
///
/// let queue = PriorityQueue::new(3);
/// for word in ["pear", "apple", "plum"] {
///     queue.put(word).unwrap();
/// }
/// queue.close();
/// assert_eq!(queue.iter().collect::<Vec<_>>(), ["apple", "pear", "plum"]);
/// ```
pub struct Ordered<T, S> {
    kept: S,
    made_in: Generation,
    /// What a forked child has instead, if a thread of its parent was in the middle of a change.
    in_child: PerProcess<Option<S>>,
    pub(super) capacity: usize,
    pub(super) items: WaitQueue,
    pub(super) room: WaitQueue,
    pub(super) idle: WaitQueue,
    pub(super) compared: WaitQueue,
    _items: PhantomData<fn(T) -> T>,
}

impl<T, S: Store<T>> Ordered<T, S> {
    /// Returns an empty queue for up to `capacity` items. A large capacity takes memory only as far
    /// as it is used: see [Allocation](Ordered#allocation).
    ///
    /// # Panics
    /// If `capacity` is 0, or if there is no memory for the first items.
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::new(1_000_000_000_000);
    /// queue.put("as good as unbounded").unwrap();
    /// ```
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(
            capacity > 0,
            "a queue of capacity 0 can hold nothing: use a capacity of at least 1"
        );
        let item = size_of::<T>().max(1);
        match Self::with_room(capacity, capacity.min((AT_ONCE / item).max(1))) {
            Some(queue) => queue,
            None => panic!(
                "there is no memory for a queue of items of {item} bytes: use smaller or boxed items"
            ),
        }
    }

    /// Returns an empty queue for up to `capacity` items, with the memory for all of them: it never
    /// allocates again.
    ///
    /// # Errors
    /// [`CapacityError`] if `capacity` is 0, or if there is no memory for all of it. A `Queue` has no more than `usize::MAX / 16` places.
    ///
    /// # Examples
    /// ```
    /// use gimmal::queue::Queue;
    ///
    /// assert!(Queue::<u64>::try_new(1000).is_ok());
    /// assert!(Queue::<u64>::try_new(usize::MAX / 2).is_err());
    /// ```
    pub fn try_new(capacity: usize) -> Result<Self, CapacityError> {
        if capacity == 0 {
            return Err(CapacityError);
        }
        Self::with_room(capacity, capacity).ok_or(CapacityError)
    }

    fn with_room(capacity: usize, room: usize) -> Option<Self> {
        Some(Ordered {
            kept: S::with_room(room)?,
            made_in: Generation::current(),
            in_child: PerProcess::new(),
            capacity,
            items: WaitQueue::new(),
            room: WaitQueue::new(),
            idle: WaitQueue::new(),
            compared: WaitQueue::new(),
            _items: PhantomData,
        })
    }

    /// Counts one item that was taken by `get` as done. A [`Task`](super::Task) does this by
    /// itself.
    ///
    /// # Errors
    /// [`NotTaken`]: all items that were taken are done. Nothing has changed.
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put(1).unwrap();
    /// let item = queue.get();
    /// // … process the item …
    /// queue.task_done().unwrap();
    /// queue.join();
    /// assert!(queue.task_done().is_err());
    /// # drop(item);
    /// ```
    pub fn task_done(&self) -> Result<(), NotTaken> {
        self.done(self.kept().task_done()?);
        Ok(())
    }

    /// Wakes those who wait for everything to be done, if it is.
    pub(super) fn done(&self, look: Look) {
        if look.is_done {
            wake_all(&self.idle);
        }
    }

    /// Blocks until every item that was put is done: taken, and its task dropped or
    /// [`task_done`](Ordered::task_done) called.
    ///
    /// It blocks the calling thread; in a task, await [`join_async`](Self::join_async) instead.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    /// use gimmal::queue::Queue;
    ///
    /// let queue = Queue::new(4);
    /// thread::scope(|scope| {
    ///     scope.spawn(|| while queue.get_task().is_ok() {});
    ///     (0..3).for_each(|n| queue.put(n).unwrap());
    ///     queue.join();
    ///     assert!(queue.is_empty());
    ///     queue.close();
    /// });
    /// ```
    pub fn join(&self) {
        block(self.joining());
    }

    /// Blocks until every item that was put is done, for at most `timeout`: `ZERO` looks once,
    /// `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`join_async`](Self::join_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put("nobody takes it").unwrap();
    /// assert!(queue.join_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        block_until(self.joining(), Limit::After(timeout)).map_err(|_| TimedOut)
    }

    /// Blocks until every item that was put is done, until `deadline` at most: a past one looks
    /// once.
    ///
    /// It blocks the calling thread; in a task, await [`join_async`](Self::join_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    ///
    /// let queue = gimmal::queue::Queue::<u32>::new(1);
    /// assert!(queue.join_deadline(Instant::now()).is_ok());
    /// ```
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        block_until(self.joining(), Limit::At(deadline)).map_err(|_| TimedOut)
    }

    /// Returns the future of [`join`](Ordered::join), for an executor.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put(1).unwrap();
    /// drop(queue.get_task());
    /// queue.join_async().await;
    /// # });
    /// ```
    pub fn join_async(&self) -> impl Future<Output = ()> + '_ {
        self.joining().into_future()
    }

    /// Closes the queue: nothing more can be put, and what is left can be taken. Never waits.
    /// Idempotent.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel::Closed;
    ///
    /// let queue = gimmal::queue::Queue::new(2);
    /// queue.put(1).unwrap();
    /// queue.close();
    /// assert!(queue.put(2).is_err());
    /// assert_eq!((queue.get(), queue.get()), (Ok(1), Err(Closed)));
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) {
        self.kept().close();
        wake_all(&self.items);
        wake_all(&self.room);
    }

    /// Returns how many items can be taken: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::new(4);
    /// queue.put("one").unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.kept().look().queued
    }

    /// Returns `true` if there is nothing to be taken: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::new(4);
    /// assert!(queue.is_empty());
    /// queue.put("one").unwrap();
    /// assert!(!queue.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `true` if the queue holds as many items as its capacity: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::new(1);
    /// queue.put("one").unwrap();
    /// assert!(queue.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity
    }

    /// Returns how many items the queue can hold.
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::<u32>::new(4);
    /// assert_eq!(queue.capacity(), 4);
    /// ```
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns `true` if the queue is closed: a snapshot that, once `true`, stays so.
    ///
    /// # Examples
    /// ```
    /// let queue = gimmal::queue::Queue::<u32>::new(4);
    /// queue.close();
    /// assert!(queue.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.kept().look().closed
    }
}

impl<T, S: Store<T>> Ordered<T, S> {
    #[inline]
    pub(super) fn kept(&self) -> &S {
        match self.made_in.is_current() {
            true => &self.kept,
            false => self.kept_in_child(),
        }
    }

    /// What a forked child uses. Its first call finds out what threads of the parent were doing
    /// with it: none of the child locks a mutex before that.
    #[cold]
    fn kept_in_child(&self) -> &S {
        let replaced = match self.in_child.peek() {
            Some(replaced) => replaced,
            None => {
                let _alone = ADOPTING.locked();
                self.in_child.get(|_| self.kept.is_in_use().then(S::ended))
            }
        };
        replaced.as_ref().unwrap_or(&self.kept)
    }
}

/// Wakes the first waiter. Called after a change under a lock, and without it. A waker
/// that panics must not take with it what the caller holds.
#[inline]
pub(super) fn wake_one(place: &WaitQueue) {
    if place.is_waited_on() {
        wake_one_slow(place);
    }
}

#[cold]
fn wake_one_slow(place: &WaitQueue) {
    contain(|| _ = place.wake_one());
}

/// Wakes all waiters, as [`wake_one`] does the first.
#[inline]
pub(super) fn wake_all(place: &WaitQueue) {
    if place.is_waited_on() {
        wake_all_slow(place);
    }
}

#[cold]
fn wake_all_slow(place: &WaitQueue) {
    contain(|| _ = place.wake_all());
}

impl<T, S: Store<T>> Stop for Ordered<T, S> {
    /// Closes the queue. Items that it holds can still be taken.
    fn stop(&self) {
        self.close();
    }
}

impl<T, S: Store<T>> fmt::Debug for Ordered<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let look = self.kept().look();
        f.debug_struct("Queue")
            .field("len", &look.queued)
            .field("capacity", &self.capacity)
            .field("closed", &look.closed)
            .finish()
    }
}
