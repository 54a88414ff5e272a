//! L8: [`Poller`], which waits until something is ready in one of several sources.
//!
//! **Why the sources are borrowed.** A poller without borrows would have to look into the peers of
//! a socket from outside of its owner, under the lock of the context, for each source and poll; a
//! socket would need a second cell for it, and a second poller would be an error at run time. A
//! poller that borrows is the owner for the time of the poll: it looks as the owner looks, waits in
//! the owner's cell, and the compiler refuses the second one.
//!
//! **A pass** looks at every source; it takes nothing. If nothing is ready, the poller enqueues a
//! waiter at each source, makes one fence for all of them (the waiter's half of the handshake in
//! `wait`), and makes a second pass. Whatever is woken, the next pass looks at all sources again.
//!
//! **What the waiters owe.** A poller takes nothing, so none of its wake-ups has been used when it
//! is ready: each goes to the next waiter of its place. A waiter that was woken and whose source was
//! not ready is enqueued again at the front. If the second pass then finds something ready, the
//! wake-up of before is forwarded as well: it may have come after the first pass had looked.

#![forbid(unsafe_code)]

use core::array;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::many;
use super::pinned::{Group, WaitAny, WatcherSlot};
use super::ready::{Readiness, Ready};
use super::source::Source;
use crate::wait::Phase;

/// Waits until at least one of `N` sources is ready, and tells all that are. The sources may be of
/// different types: channels, events, sockets, and whatever is [`Readable`](super::Readable) or
/// [`Writable`](super::Writable).
///
/// A poll is level-triggered and takes nothing: what is ready stays ready, and is reported again,
/// until somebody takes it. *Writable* means that there is room: a send would not be refused. A
/// source that has ended (it is closed, disconnected or terminated, and read to the end) is ready
/// too, and [`has_ended`](Ready::has_ended) says so.
///
/// # Cost
/// A pass looks at each source, and no more: there is no list to register in. Where nothing is
/// ready, the poller waits in the places of all its sources, with one fence for all of them.
///
/// # Fairness
/// Every source that is ready is reported, so none can be starved by the others. In what order to
/// serve them is the caller's choice. A poller waits in arrival order among the other waiters of a
/// channel or queue, and wakes the next one when it is ready, because it has taken nothing.
///
/// # Interrupt safety
/// [`try_poll`](Poller::try_poll) may be called in an interrupt handler if all its sources may be
/// looked at there: channels and events may.
///
/// # Examples
/// ```
/// use gimmal_core::channel::mpmc::Channel;
/// use gimmal_core::poll::Poller;
/// use gimmal_core::sync::Event;
/// use gimmal_core::wait::block_on;
///
/// static JOBS: Channel<u32, 4> = Channel::new();
/// static ANSWERS: Channel<&str, 4> = Channel::new();
/// static STOP: Event = Event::new();
///
/// JOBS.try_send(1).unwrap();
///
/// let mut poller = Poller::new([JOBS.readable(), ANSWERS.writable(), STOP.readable()]);
/// let ready = block_on(poller.poll());
/// assert!(ready.is_readable(0) && ready.is_writable(1) && !ready.is_ready(2));
/// assert_eq!(JOBS.try_recv(), Ok(1));
/// ```
///
/// What is polled cannot be closed for good meanwhile:
/// ```compile_fail
/// use gimmal_core::channel::spsc::Channel;
/// use gimmal_core::poll::Poller;
///
/// static CHANNEL: Channel<u32, 4> = Channel::new();
/// let (_sender, mut receiver) = CHANNEL.try_split().unwrap();
/// let mut poller = Poller::new([receiver.readable()]);
/// receiver.close_and_drain();
/// let _ = poller.try_poll();
/// ```
pub struct Poller<'a, const N: usize> {
    pub(crate) sources: [Source<'a>; N],
}

impl<'a, const N: usize> Poller<'a, N> {
    /// Returns a poller of these sources. A [`Ready`] names them by their index in the array.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{poll::Poller, sync::Event};
    ///
    /// let (left, right) = (Event::new(), Event::new());
    /// let mut poller = Poller::new([left.readable(), right.readable()]);
    /// assert!(poller.try_poll().is_empty());
    /// ```
    pub const fn new(sources: [Source<'a>; N]) -> Self {
        const { assert!(N > 0, "a poller without sources would wait for ever") };
        Poller { sources }
    }

    /// Looks at all sources once, without waiting.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{poll::Poller, sync::Event};
    ///
    /// let event = Event::new();
    /// event.set();
    /// assert!(Poller::new([event.readable()]).try_poll().is_ready(0));
    /// ```
    #[inline]
    #[doc(alias = "poll_now")]
    pub fn try_poll(&mut self) -> Ready<N> {
        look(&mut self.sources, Phase::First)
    }

    /// Waits until at least one source is ready, and returns all that are.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect on the sources; a wake-up that it has received goes to the
    /// next waiter there.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal_core::{channel::mpmc::Channel, poll::Poller, sync::Event};
    ///
    /// let (channel, stop) = (Channel::<u8, 1>::new(), Event::new());
    /// channel.try_send(7).unwrap();
    /// let ready = Poller::new([channel.readable(), stop.readable()]).poll().await;
    /// assert!(ready.is_ready(0) && !ready.is_ready(1));
    /// # });
    /// ```
    pub fn poll(&mut self) -> WaitAny<PollGroup<'_, 'a, N>> {
        WaitAny::new(PollGroup {
            sources: &mut self.sources,
        })
    }
}

impl<const N: usize> fmt::Debug for Poller<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Poller").field(&self.sources).finish()
    }
}

/// One pass.
#[inline]
fn look<const N: usize>(sources: &mut [Source<'_>; N], when: Phase) -> Ready<N> {
    let mut found = [Readiness::NONE; N];
    many::look(sources, &mut found, when);
    Ready::new(found)
}

/// The sources that [`Poller::poll`] waits for.
#[doc(hidden)]
pub struct PollGroup<'p, 'a, const N: usize> {
    sources: &'p mut [Source<'a>; N],
}

impl<const N: usize> PollGroup<'_, '_, N> {
    fn pass(&mut self) -> Poll<Ready<N>> {
        let ready = look(self.sources, Phase::First);
        if ready.is_empty() {
            return Poll::Pending;
        }
        Poll::Ready(ready)
    }
}

impl<'a, const N: usize> Group for PollGroup<'_, 'a, N> {
    type Output = Ready<N>;
    type Left = ();
    type Parts = [WatcherSlot<'a>; N];

    fn try_now(&mut self) -> Poll<Ready<N>> {
        self.pass()
    }

    fn poll_parts(
        &mut self,
        mut parts: Pin<&mut Option<[WatcherSlot<'a>; N]>>,
        cx: &mut Context<'_>,
    ) -> Poll<Ready<N>> {
        if parts.is_none() {
            parts.set(Some(array::from_fn(|_| WatcherSlot::default())));
        } else if let Poll::Ready(ready) = self.pass() {
            // Each waiter leaves, and forwards its wake-up.
            parts.set(None);
            return Poll::Ready(ready);
        }
        let mut found = [Readiness::NONE; N];
        let slots = parts.as_mut().as_pin_mut();
        let is_ready =
            slots.is_some_and(|slots| many::enqueue(self.sources, &mut found, slots, cx));
        if !is_ready {
            return Poll::Pending;
        }
        parts.set(None);
        Poll::Ready(Ready::new(found))
    }

    fn into_left(self) {}

    fn cancel_parts(
        &mut self,
        mut parts: Pin<&mut Option<[WatcherSlot<'a>; N]>>,
    ) -> Result<Ready<N>, ()> {
        parts.set(None);
        match self.pass() {
            Poll::Ready(ready) => Ok(ready),
            Poll::Pending => Err(()),
        }
    }
}
