//! [`Poller`]: the core's poller with blocking and timed polls.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::poll as core;
use gimmal_core::poll::{PollGroup, Ready, Source, WaitAny};

use crate::block::{Limit, block, block_until};

/// Waits until at least one of `N` sources is ready, and tells all that are. The sources may be of
/// different types: see [`poll`](super).
///
/// A poll is level-triggered and takes nothing: what is ready stays ready, and is reported again,
/// until somebody takes it. *Writable* means that there is room: a send would not be refused. A
/// source that has ended is ready too, and [`has_ended`](Ready::has_ended) says so.
///
/// **A source that has ended is ready each time**: a loop that overlooks it goes round without waiting. Leave the loop, or make the
/// next poller without it.
///
/// The poller borrows its sources: channel ends, sockets and the like are used again when it is
/// gone. It costs next to nothing to make one for each poll.
///
/// # Fairness
/// Every source that is ready is reported, so none can be starved by the others. In what order to
/// serve them is the caller's choice. A poller waits in arrival order among the other waiters of a
/// channel or queue, and wakes the next one when it is ready, because it has taken nothing.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::poll::Poller;
/// use gimmal::{channel, sync::Event};
///
/// let (jobs, worker) = channel::bounded(4);
/// let stop = Event::new();
/// thread::scope(|scope| {
///     let done = scope.spawn(|| {
///         let mut poller = Poller::new([worker.readable(), stop.readable()]);
///         let mut done = 0;
///         loop {
///             let ready = poller.poll();
///             if ready.is_readable(0) {
///                 done += worker.try_recv().unwrap_or(0);
///             } else if ready.is_ready(1) || ready.has_ended(0) {
///                 return done;
///             }
///         }
///     });
///     (0..10).for_each(|n| jobs.send(n).unwrap());
///     stop.set();
///     assert_eq!(done.join().unwrap(), 45);
/// });
/// ```
pub struct Poller<'a, const N: usize>(core::Poller<'a, N>);

impl<'a, const N: usize> Poller<'a, N> {
    /// Returns a poller of these sources. A [`Ready`] names them by their index in the array.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::Poller, sync::Event};
    ///
    /// let (_sender, receiver) = channel::bounded::<u32>(1);
    /// let stop = Event::new();
    /// let mut poller = Poller::new([receiver.readable(), stop.readable()]);
    /// stop.set();
    /// assert!(poller.poll().is_ready(1));
    /// ```
    pub const fn new(sources: [Source<'a>; N]) -> Self {
        Poller(core::Poller::new(sources))
    }

    /// Looks at all sources once, without waiting.
    ///
    /// # Examples
    /// ```
    /// use gimmal::poll::Poller;
    ///
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// sender.send(1).unwrap();
    /// let ready = Poller::new([receiver.readable(), sender.writable()]).try_poll();
    /// assert!(ready.is_readable(0) && !ready.is_ready(1));
    /// ```
    pub fn try_poll(&mut self) -> Ready<N> {
        self.0.try_poll()
    }

    /// Blocks until at least one source is ready, and returns all that are.
    ///
    /// It blocks the calling thread; in a task, await [`poll_async`](Self::poll_async) instead.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::Poller};
    ///
    /// let (left, from_left) = channel::bounded(1);
    /// let (right, from_right) = channel::bounded(1);
    /// left.send(1).unwrap();
    /// right.send(2).unwrap();
    /// let ready = Poller::new([from_left.readable(), from_right.readable()]).poll();
    /// assert!(ready.is_ready(0) && ready.is_ready(1));
    /// ```
    #[inline]
    pub fn poll(&mut self) -> Ready<N> {
        let ready = self.0.try_poll();
        if ready.is_empty() {
            return block(self.0.poll());
        }
        ready
    }

    /// Blocks until at least one source is ready, for at most `timeout`, and returns all that are:
    /// none if the time was over first. `ZERO` looks once, `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`poll_async`](Self::poll_async) instead.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::poll::Poller;
    ///
    /// let (sender, receiver) = gimmal::channel::bounded::<u32>(1);
    /// let ready = Poller::new([receiver.readable()]).poll_timeout(Duration::from_millis(1));
    /// assert!(ready.is_empty());
    /// # drop(sender);
    /// ```
    pub fn poll_timeout(&mut self, timeout: Duration) -> Ready<N> {
        self.poll_within(Limit::After(timeout))
    }

    /// Blocks until at least one source is ready, until `deadline` at most, and returns all that
    /// are: none if the time was over first. A past deadline looks once.
    ///
    /// It blocks the calling thread; in a task, await [`poll_async`](Self::poll_async) instead.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::{poll::Poller, sync::Event};
    ///
    /// let event = Event::new();
    /// event.set();
    /// assert!(Poller::new([event.readable()]).poll_deadline(Instant::now()).is_ready(0));
    /// ```
    pub fn poll_deadline(&mut self, deadline: Instant) -> Ready<N> {
        self.poll_within(Limit::At(deadline))
    }

    fn poll_within(&mut self, limit: Limit) -> Ready<N> {
        // Nothing ready in time is an empty set.
        block_until(self.0.poll(), limit).unwrap_or_default()
    }

    /// Returns the future of [`poll`](Poller::poll), for an executor.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect on the sources; a wake-up that it has received goes to the
    /// next waiter there.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use gimmal::{poll::Poller, sync::Event};
    ///
    /// let event = Event::new();
    /// event.set();
    /// assert!(Poller::new([event.readable()]).poll_async().await.is_ready(0));
    /// # });
    /// ```
    pub fn poll_async(&mut self) -> WaitAny<PollGroup<'_, 'a, N>> {
        self.0.poll()
    }
}

impl<const N: usize> fmt::Debug for Poller<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
