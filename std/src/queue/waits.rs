//! What can be waited for in a queue: one operation each. A try has the queue's locks for a moment,
//! inside itself.

#![forbid(unsafe_code)]

use std::task::Poll;

use gimmal_core::error::{Closed, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use gimmal_core::poll::{Readable, Readiness, Source, Writable};
use gimmal_core::wait::{Operation, Phase, Wait, WaitQueue};

use super::counts::As;
use super::ordered::{Ordered, wake_one};
use super::store::Store;
use super::take::Detached;

/// The operation of [`Ordered::putting`].
pub struct Putting<'q, T, S> {
    queue: &'q Ordered<T, S>,
    item: Option<T>,
}

impl<'q, T, S> Putting<'q, T, S> {
    /// Returns the item of a put that was not done.
    ///
    /// # Panics
    /// If the item was put.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::select, queue::Queue, sync::Event};
    ///
    /// let (full, stop) = (Queue::new(1), Event::new());
    /// full.put("one").unwrap();
    /// let put = select((full.putting("two"), stop.waiting())).try_now();
    /// let (putting, _) = put.unwrap_err();
    /// assert_eq!(putting.into_inner(), "two");
    /// ```
    pub fn into_inner(self) -> T {
        self.item.expect("it was not put")
    }
}

impl<T, S: Store<T>> Operation for Putting<'_, T, S> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn try_once(&mut self, when: Phase) -> Poll<Self::Output> {
        let item = self.item.take().expect("put once");
        match self.queue.put_once(item, when) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(TrySendError::Closed(item)) => Poll::Ready(Err(SendError(item))),
            Err(TrySendError::Full(item) | TrySendError::Busy(item)) => {
                self.item = Some(item);
                Poll::Pending
            }
        }
    }

    fn may_wake_next(&self) -> bool {
        !self.queue.is_full()
    }

    fn forward_wakeup(&mut self) -> bool {
        wake_one(&self.queue.room);
        true
    }

    fn spin_hint(&self) -> usize {
        self.queue.capacity()
    }
}

/// The operation of [`Ordered::getting`].
pub struct Taking<'q, T, S> {
    queue: &'q Ordered<T, S>,
    taken: As,
}

impl<T, S: Store<T>> Operation for Taking<'_, T, S> {
    type Output = Result<T, Closed>;

    #[inline]
    fn try_once(&mut self, when: Phase) -> Poll<Self::Output> {
        match self.queue.take_once(self.taken, when) {
            Ok(item) => Poll::Ready(Ok(item)),
            Err(TryRecvError::Closed) => Poll::Ready(Err(Closed)),
            Err(TryRecvError::Empty | TryRecvError::Busy) => Poll::Pending,
        }
    }

    fn may_wake_next(&self) -> bool {
        let look = self.queue.kept().look();
        look.queued > 0 || look.closed
    }

    fn forward_wakeup(&mut self) -> bool {
        wake_one(&self.queue.items);
        true
    }

    fn spin_hint(&self) -> usize {
        self.queue.capacity()
    }
}

/// To take although the time is over: it waits only for others to have compared, and then there is
/// an item or not.
pub(super) struct TakingLate<'q, T, S> {
    queue: &'q Ordered<T, S>,
    taken: As,
}

impl<T, S: Store<T>> Operation for TakingLate<'_, T, S> {
    type Output = Result<T, RecvTimeoutError>;

    fn try_once(&mut self, when: Phase) -> Poll<Self::Output> {
        Poll::Ready(match self.queue.take_once(self.taken, when) {
            Ok(item) => Ok(item),
            Err(TryRecvError::Empty) => Err(RecvTimeoutError::TimedOut),
            Err(TryRecvError::Closed) => Err(RecvTimeoutError::Closed),
            Err(TryRecvError::Busy) => return Poll::Pending,
        })
    }
}

/// To have the whole store.
pub(super) struct Detaching<'q, T, S>(&'q Ordered<T, S>);

impl<'q, T, S: Store<T>> Operation for Detaching<'q, T, S> {
    type Output = Detached<'q, T, S>;

    fn try_once(&mut self, _when: Phase) -> Poll<Self::Output> {
        match self.0.kept().take_out() {
            Some(out) => Poll::Ready(self.0.detached(out, As::Left)),
            None => Poll::Pending,
        }
    }
}

/// To find everything done.
pub(super) struct Joining<'q, T, S>(&'q Ordered<T, S>);

impl<T, S: Store<T>> Operation for Joining<'_, T, S> {
    type Output = ();

    fn try_once(&mut self, _when: Phase) -> Poll<()> {
        match self.0.kept().look().is_done {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

/// The waits for them, each in its place.
impl<T, S: Store<T>> Ordered<T, S> {
    /// Returns the wait of [`put`](Ordered::put), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::select, queue::Queue, sync::Event};
    ///
    /// let (queue, stop) = (Queue::new(1), Event::new());
    /// select((queue.putting("one"), stop.waiting())).wait();
    /// assert_eq!(queue.get(), Ok("one"));
    /// ```
    pub fn putting(&self, item: T) -> Wait<'_, WaitQueue, Putting<'_, T, S>> {
        let item = Some(item);
        Wait::new(&self.room, Putting { queue: self, item })
    }

    /// Returns the wait of [`get`](Ordered::get), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::select, queue::Queue, sync::Event};
    ///
    /// let (queue, stop) = (Queue::<u32>::new(1), Event::new());
    /// stop.set();
    /// let first = select((queue.getting(), stop.waiting())).wait();
    /// assert_eq!(first.index(), 1);
    /// ```
    pub fn getting(&self) -> Wait<'_, WaitQueue, Taking<'_, T, S>> {
        self.taking(As::Item)
    }

    pub(super) fn taking(&self, taken: As) -> Wait<'_, WaitQueue, Taking<'_, T, S>> {
        Wait::new(&self.items, Taking { queue: self, taken })
    }

    pub(super) fn taking_late(&self, taken: As) -> Wait<'_, WaitQueue, TakingLate<'_, T, S>> {
        Wait::new(&self.compared, TakingLate { queue: self, taken })
    }

    pub(super) fn detaching(&self) -> Wait<'_, WaitQueue, Detaching<'_, T, S>> {
        Wait::new(&self.compared, Detaching(self))
    }

    pub(super) fn joining(&self) -> Wait<'_, WaitQueue, Joining<'_, T, S>> {
        Wait::new(&self.idle, Joining(self))
    }
}

impl<T, S: Store<T>> Readable for Ordered<T, S> {
    fn can_read(&self, _when: Phase) -> Readiness {
        let look = self.kept().look();
        match look.queued {
            0 if look.closed => Readiness::ENDED,
            0 => Readiness::NONE,
            // Which item is next is not known yet.
            _ if look.is_out => Readiness::NONE,
            _ => Readiness::READABLE,
        }
    }
}

impl<T, S: Store<T>> Writable for Ordered<T, S> {
    fn can_write(&self, _when: Phase) -> Readiness {
        let look = self.kept().look();
        match look.queued {
            _ if look.closed => Readiness::ENDED,
            queued if queued == self.capacity => Readiness::NONE,
            _ => Readiness::WRITABLE,
        }
    }
}

/// In a [`Poller`](crate::poll::Poller).
impl<T: Send, S: Store<T> + Send + Sync> Ordered<T, S> {
    /// Returns the queue as a source of a [`Poller`](crate::poll::Poller): readable while there is
    /// an item to take, ended when the queue is closed and everything is taken.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::Poller, queue::Queue};
    ///
    /// let (left, right) = (Queue::new(2), Queue::new(2));
    /// left.put(1).unwrap();
    /// right.put("one").unwrap();
    /// let ready = Poller::new([left.readable(), right.readable()]).poll();
    /// assert_eq!(ready.count(), 2);
    /// ```
    pub fn readable(&self) -> Source<'_> {
        Source::readable(self, &self.items)
    }

    /// Returns the queue as a source of a [`Poller`](crate::poll::Poller): writable while it holds
    /// fewer items than its capacity, ended when it is closed. (If there is no memory for more
    /// items, a put may wait all the same.)
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::Poller, queue::Queue};
    ///
    /// let queue = Queue::new(1);
    /// assert!(Poller::new([queue.writable()]).try_poll().is_ready(0));
    /// queue.put("one").unwrap();
    /// assert!(!Poller::new([queue.writable()]).try_poll().is_ready(0));
    /// ```
    pub fn writable(&self) -> Source<'_> {
        Source::writable(self, &self.room)
    }
}
