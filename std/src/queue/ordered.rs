//! [`Ordered`], the one queue behind all orders.
//!
//! A store under a lock, and three conditions.
//!
//! | condition | who waits there | who notifies |
//! |---|---|---|
//! | `items` | who takes, while there is nothing or another one is comparing | who puts, who has compared and leaves some |
//! | `room` | who puts, while it is full | who takes |
//! | `idle` | who waits for everything to be done | who does the last thing |
//!
//! Closing notifies all of `items` and `room`. Everything is notified after the lock is released.
//!
//! **Comparing.** Where the order needs the items' own code, the store is detached: it belongs to the one thread that is
//! named in `asking` until that attaches it again, by a guard, so also when the items panic. Its items count as being in
//! the queue meanwhile; what is put goes beside it.
//!
//! **Counting.** An item that was put is not done until it was taken and said to be done: by the drop of its [`Task`], or by
//! [`task_done`](Ordered::task_done). So `queued + taken + tasks` is what `join` waits for to be nothing, and `taken` is how
//! often `task_done` may be said.

#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use gimmal_core::error::{SendError, SendTimeoutError, TimedOut, TrySendError, WaitError};

use super::store::Store;
use super::take::As;
use super::task::NotTaken;
use crate::block::Limit;
use crate::sync::{Condition, Lock};

pub(super) struct State<S> {
    pub(super) store: S,
    /// Items put and not taken, the detached ones included.
    pub(super) queued: usize,
    /// Items taken by `get` and not said to be done.
    taken: usize,
    /// Tasks that live.
    pub(super) tasks: usize,
    pub(super) closed: bool,
    /// Who has the store detached.
    pub(super) asking: Option<ThreadId>,
}

impl<S> State<S> {
    pub(super) fn is_done(&self) -> bool {
        self.queued + self.taken + self.tasks == 0
    }

    pub(super) fn count(&mut self, n: usize, taken: As) {
        self.queued -= n;
        match taken {
            As::Item => self.taken += n,
            As::Task => self.tasks += n,
            As::Left => {}
        }
    }

    /// Is there nothing to do for a taker but to wait?
    pub(super) fn holds_takers(&self) -> bool {
        if self.asking == Some(thread::current().id()) {
            panic!("what compares the items of a queue cannot take from it");
        }
        self.asking.is_some() || (self.queued == 0 && !self.closed)
    }
}

/// A bounded queue for any number of threads and tasks; `S` is the order in which items come out. Use it by the name of its
/// order: [`Queue`](super::Queue), [`LifoQueue`](super::LifoQueue), [`PriorityQueue`](super::PriorityQueue).
///
/// # Fairness
/// Who waits is notified in arrival order; a thread that comes meanwhile may be faster, and then who lost waits anew.
///
/// # Allocation
/// Once, when it is made.
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
    pub(super) state: Lock<State<S>>,
    capacity: usize,
    pub(super) items: Condition,
    pub(super) room: Condition,
    pub(super) idle: Condition,
    _items: PhantomData<fn(T) -> T>,
}

impl<T, S: Store<T>> Ordered<T, S> {
    /// An empty queue for up to `capacity` items.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a queue without room");
        let state = State {
            store: S::with_capacity(capacity),
            queued: 0,
            taken: 0,
            tasks: 0,
            closed: false,
            asking: None,
        };
        Ordered {
            state: Lock::new(state),
            capacity,
            items: Condition::new(),
            room: Condition::new(),
            idle: Condition::new(),
            _items: PhantomData,
        }
    }

    /// Puts `item` in if there is room.
    ///
    /// # Errors
    /// `Full` or `Closed`, with the item.
    pub fn try_put(&self, item: T) -> Result<(), TrySendError<T>> {
        let state = self.state.lock();
        if state.closed {
            return Err(TrySendError::Closed(item));
        }
        if state.queued == self.capacity {
            return Err(TrySendError::Full(item));
        }
        self.put_in(state, item);
        Ok(())
    }

    /// Puts `item` in, blocking while there is no room.
    ///
    /// # Errors
    /// The queue is closed; here is the item back.
    pub fn put(&self, item: T) -> Result<(), SendError<T>> {
        let put = self.put_within(item, Limit::None);
        put.map_err(|error| SendError(error.into_inner()))
    }

    /// Puts `item` in, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`, with the item.
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.put_within(item, Limit::After(timeout))
    }

    /// Puts `item` in, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TimedOut` or `Closed`, with the item.
    pub fn put_deadline(&self, item: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.put_within(item, Limit::At(deadline))
    }

    /// The future of [`put`](Ordered::put), for an executor.
    ///
    /// # Errors
    /// The queue is closed; here is the item back.
    ///
    /// # Cancel safety
    /// Dropping it drops the item, which then was not put.
    pub async fn put_async(&self, item: T) -> Result<(), SendError<T>> {
        let state = self.state.lock_async().await;
        let waited = self.room.wait_while_async(state, |state| {
            state.queued == self.capacity && !state.closed
        });
        let state = unclosed(waited.await);
        if state.closed {
            return Err(SendError(item));
        }
        self.put_in(state, item);
        Ok(())
    }

    fn put_within(&self, item: T, limit: Limit) -> Result<(), SendTimeoutError<T>> {
        let full = |state: &mut State<S>| state.queued == self.capacity && !state.closed;
        let waited = self.room.wait_while_within(self.state.lock(), full, limit);
        let (state, full) = unclosed(waited);
        if state.closed {
            return Err(SendTimeoutError::Closed(item));
        }
        if full {
            return Err(SendTimeoutError::TimedOut(item));
        }
        self.put_in(state, item);
        Ok(())
    }

    fn put_in(&self, mut state: impl DerefMut<Target = State<S>>, item: T) {
        state.store.put(item);
        state.queued += 1;
        drop(state);
        self.items.notify_one();
    }

    /// Says that an item which was taken by `get` is done.
    ///
    /// # Errors
    /// [`NotTaken`]: it was said of all of them already.
    pub fn task_done(&self) -> Result<(), NotTaken> {
        let mut state = self.state.lock();
        state.taken = state.taken.checked_sub(1).ok_or(NotTaken)?;
        self.done(state);
        Ok(())
    }

    pub(super) fn done(&self, state: impl Deref<Target = State<S>>) {
        let all = state.is_done();
        drop(state);
        if all {
            self.idle.notify_all();
        }
    }

    /// Blocks until everything that was put is done.
    pub fn join(&self) {
        let waited = self
            .idle
            .wait_while(self.state.lock(), |state| !state.is_done());
        drop(unclosed(waited));
    }

    /// Blocks until everything that was put is done, for `timeout` at most: `ZERO` looks once, `MAX` is for ever.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.join_within(Limit::After(timeout))
    }

    /// Blocks until everything that was put is done, until `deadline` at most: a past one looks once.
    ///
    /// # Errors
    /// [`TimedOut`].
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.join_within(Limit::At(deadline))
    }

    fn join_within(&self, limit: Limit) -> Result<(), TimedOut> {
        let waited =
            self.idle
                .wait_while_within(self.state.lock(), |state| !state.is_done(), limit);
        let (_, undone) = unclosed(waited);
        if undone { Err(TimedOut) } else { Ok(()) }
    }

    /// The future of [`join`](Ordered::join), for an executor.
    ///
    /// # Cancel safety
    /// Dropping it changes nothing.
    pub async fn join_async(&self) {
        let state = self.state.lock_async().await;
        drop(unclosed(
            self.idle
                .wait_while_async(state, |state| !state.is_done())
                .await,
        ));
    }

    /// Closes it: nothing more can be put, what is left can be taken. Again changes nothing.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.items.notify_all();
        self.room.notify_all();
    }

    /// How many items are there to be taken: a snapshot.
    pub fn len(&self) -> usize {
        self.state.lock().queued
    }

    /// Is there nothing to be taken? A snapshot.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Is there no room? A snapshot.
    pub fn is_full(&self) -> bool {
        self.len() == self.capacity
    }

    /// How many items it can hold.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Is it closed? A snapshot that, once true, stays true.
    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }
}

/// The conditions are used with one lock, and never closed.
pub(super) fn unclosed<R, G>(waited: Result<R, WaitError<G>>) -> R {
    match waited {
        Ok(waited) => waited,
        Err(_) => unreachable!("one lock, and never closed"),
    }
}

impl<T, S> fmt::Debug for Ordered<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Queue")
            .field("len", &state.queued)
            .field("capacity", &self.capacity)
            .field("closed", &state.closed)
            .finish()
    }
}
