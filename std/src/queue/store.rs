//! [`Store`]: the items of a queue and its counts, as all threads have them in common.
//!
//! What is locked, and when, is the implementation's affair: [`First`](super::First) has a lock at each end, and the other orders have one
//! lock ([`OneLock`](super::locked::OneLock)). Under every lock no code of the items, of wakers or of a formatter runs, and
//! nothing is allocated or freed.
//!
//! **No wake-up is lost.** A waiter enqueues itself and then looks again, in [`Phase::Enqueued`]; a notifier makes its change
//! under a lock and then, without it, asks whether anybody waits. In that phase a look takes each lock under which what it
//! looks for may come. Whichever has the lock first: either the waiter sees the change, or the lock has ordered its enqueuing
//! before the question. So the question needs no fence of its own. In the other phases a look may take fewer locks.

#![forbid(unsafe_code)]

use gimmal_core::error::TryRecvError;
use gimmal_core::wait::Phase;

use super::counts::{As, NotTaken};

/// Why nothing was put.
pub enum NotPut<T> {
    Closed(T),
    /// The queue holds as many items as its capacity.
    Full(T),
    /// The memory is used up: it is for so many items, fewer than the capacity.
    NoRoom(T, usize),
}

/// What there is to take.
pub enum Found<T, O> {
    Item(T),
    /// The whole store, to be asked with no lock held, and then to be given back.
    Out(O),
}

/// What a look at a queue finds.
pub struct Look {
    /// Items put and not taken.
    pub queued: usize,
    pub closed: bool,
    /// A thread has the store, to find out which item is next.
    pub is_out: bool,
    /// Everything that was put is done.
    pub is_done: bool,
}

/// The place where a queue keeps its items, and in what order they come out. Sealed: [`First`](super::First), [`Last`](super::Last) and
/// [`Smallest`](super::Smallest) are the only implementations.
#[diagnostic::on_unimplemented(
    message = "a queue in this order cannot hold `{T}`",
    label = "a `PriorityQueue` of `{T}` wants `{T}: Ord`",
    note = "`gimmal::queue::Prioritized` puts a priority beside an item, which then need not be `Ord`"
)]
pub trait Store<T>: sealed::Sealed + Sized {
    /// What is taken out where the order needs the items' own code.
    #[doc(hidden)]
    type Out: Out<T>;

    /// Open and empty, with memory for `items` items; `None` if there is not so much memory.
    #[doc(hidden)]
    fn with_room(items: usize) -> Option<Self>;
    /// Closed and empty.
    #[doc(hidden)]
    fn ended() -> Self;
    /// Returns `true` if a thread is in the middle of a change. For a forked child, which is alone then: that thread is one of
    /// its parent's.
    #[doc(hidden)]
    fn is_in_use(&self) -> bool;

    /// Puts an item in if the queue holds fewer than `capacity`. Says whether a taker is to be woken.
    #[doc(hidden)]
    fn try_put(&self, item: T, capacity: usize, when: Phase) -> Result<bool, NotPut<T>>;
    /// Allocates memory for `larger` items if there is still only so much as for `room`, and returns `false` if it cannot be
    /// had.
    #[doc(hidden)]
    fn grow(&self, room: usize, larger: usize) -> bool;
    /// Takes the next item, or what tells which one is next.
    #[doc(hidden)]
    fn try_take(&self, taken: As, when: Phase) -> Result<Found<T, Self::Out>, TryRecvError>;
    /// Takes out everything of a closed queue; `None` while a thread compares the items.
    #[doc(hidden)]
    fn take_out(&self) -> Option<Self::Out>;
    /// Takes back what was taken out, from which `found` items have been taken.
    #[doc(hidden)]
    fn take_back(&self, out: &mut Self::Out, found: usize, taken: As) -> Look;

    /// One item that was taken by `get` is done.
    #[doc(hidden)]
    fn task_done(&self) -> Result<Look, NotTaken>;
    /// A task is dropped.
    #[doc(hidden)]
    fn task_dropped(&self) -> Look;

    #[doc(hidden)]
    fn close(&self);
    #[doc(hidden)]
    fn look(&self) -> Look;
}

pub(super) mod sealed {
    pub trait Sealed {}
}

/// What one thread has taken out of a store, and has for itself.
pub trait Out<T> {
    /// Takes the next item. Loses nothing if a comparison panics.
    fn find(&mut self) -> Option<T>;
    /// Brings the items into the order in which they would be taken, in place: loses nothing if a comparison panics.
    fn arrange(&mut self);
    /// Takes the items as [`arrange`](Out::arrange) has left them.
    fn take_items(&mut self) -> Vec<T>;
}
