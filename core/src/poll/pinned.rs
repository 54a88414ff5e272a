//! L8: [`WaitAny`], the future of a wait in several places, and everything that is pinned in it.
//!
//! The future tries everything once before it makes its parts, and the parts are made where they
//! stay. A part is an [`Until`]: how a waiter is enqueued, notified, and leaves is its own affair.
//!
//! Invariant **I1**: what is pinned (`parts`, and all that is in it) is dropped where it is, and
//! never moved.

#![allow(unsafe_code)]

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::source::Place;
use crate::wait::{Operation, Phase, Polled, Until, WaitCell, WaitQueue, Waiters};

/// Several waits at once: by a poller, or by a select.
#[doc(hidden)]
pub trait Group {
    /// The result of the wait.
    type Output;
    /// The operations that are left if the wait is given up.
    type Left;
    /// The waiters, one in each place.
    type Parts;

    /// Tries each once, without waiting.
    fn try_now(&mut self) -> Poll<Self::Output>;

    /// Tries, and enqueues the waiters that are in no queue. Leaves no waiter behind if it is ready.
    fn poll_parts(
        &mut self,
        parts: Pin<&mut Option<Self::Parts>>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Output>;

    /// Returns what is left before the first poll, if nothing was ready.
    fn into_left(self) -> Self::Left;

    /// Gives up, with one last try. Leaves no waiter behind.
    fn cancel_parts(
        &mut self,
        parts: Pin<&mut Option<Self::Parts>>,
    ) -> Result<Self::Output, Self::Left>;
}

/// The future of a wait in several places: of [`Poller::poll`](super::Poller::poll) and of
/// [`select`](super::select).
///
/// # Cancel safety
/// Dropping the future before it is ready has done none of its operations. It leaves every place,
/// and what it has received there, a wake-up or a grant, goes to the next waiter.
/// [`cancel`](WaitAny::cancel) does the same after one last try, and returns what was to be sent.
#[must_use = "a future does nothing until it is polled"]
pub struct WaitAny<G: Group> {
    group: G,
    parts: Option<G::Parts>,
}

impl<G: Group> WaitAny<G> {
    /// A wait that has not begun.
    #[doc(hidden)]
    pub fn new(group: G) -> Self {
        WaitAny { group, parts: None }
    }

    /// Tries once, without waiting. For a future that has not been polled.
    #[doc(hidden)]
    pub fn try_now(&mut self) -> Poll<G::Output> {
        self.group.try_now()
    }

    /// What is left of a future that has not been polled.
    #[doc(hidden)]
    pub fn into_left(self) -> G::Left {
        self.group.into_left()
    }

    /// Returns what is waited for.
    #[doc(hidden)]
    pub fn waits_for(&self) -> &G {
        &self.group
    }

    /// What is waited for, before the first poll.
    pub(super) fn group(&mut self) -> &mut G {
        &mut self.group
    }

    /// Ends the wait, with one last try.
    ///
    /// # Errors
    /// What is left: of a select its operations, none of which has been done.
    ///
    /// # Panics
    /// If the future has been ready before.
    ///
    /// # Examples
    /// ```
    /// use core::pin::pin;
    /// # use gimmal_core::{poll::Poller, sync::Event};
    ///
    /// let event = Event::new();
    /// let mut poller = Poller::new([event.readable()]);
    /// let wait = pin!(poller.poll());
    /// event.set();
    /// assert!(wait.cancel().is_ok()); // with one last try
    /// ```
    pub fn cancel(self: Pin<&mut Self>) -> Result<G::Output, G::Left> {
        let (group, parts) = self.project();
        group.cancel_parts(parts)
    }

    fn project(self: Pin<&mut Self>) -> (&mut G, Pin<&mut Option<G::Parts>>) {
        // SAFETY: I1: `parts` stays pinned. `group` is not pinned: nothing relies on its place.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: I1.
        let parts = unsafe { Pin::new_unchecked(&mut this.parts) };
        (&mut this.group, parts)
    }
}

impl<G: Group> Future for WaitAny<G> {
    type Output = G::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<G::Output> {
        let (group, parts) = self.project();
        if parts.is_none()
            && let Poll::Ready(output) = group.try_now()
        {
            return Poll::Ready(output);
        }
        group.poll_parts(parts, cx)
    }
}

/// The elements of a pinned slice.
pub(super) fn each_in<F>(slice: Pin<&mut [F]>) -> impl Iterator<Item = Pin<&mut F>> {
    // SAFETY: I1: the elements are pinned, and nothing else is in the slice.
    let slice = unsafe { slice.get_unchecked_mut() };
    let pin = |part| {
        // SAFETY: I1.
        unsafe { Pin::new_unchecked(part) }
    };
    slice.iter_mut().map(pin)
}

/// A tuple whose fields are pinned with it.
pub(super) trait PinnedTuple {
    /// The fields, each pinned.
    type Fields<'t>
    where
        Self: 't;

    /// The fields of the tuple.
    fn fields(self: Pin<&mut Self>) -> Self::Fields<'_>;
}

macro_rules! pinned_tuples {
    ($(($($field:ident $index:tt),*))*) => {$(
        impl<$($field),*> PinnedTuple for ($($field,)*) {
            type Fields<'t>
                = ($(Pin<&'t mut $field>,)*)
            where
                Self: 't;

            fn fields(self: Pin<&mut Self>) -> Self::Fields<'_> {
                // SAFETY: I1: the fields are pinned, and nothing else is in the tuple.
                let tuple = unsafe { self.get_unchecked_mut() };
                ($(
                    // SAFETY: I1.
                    unsafe { Pin::new_unchecked(&mut tuple.$index) },
                )*)
            }
        }
    )*};
}
pinned_tuples! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}

/// The operation of a waiter that only wants to be woken: it never succeeds, so it takes nothing,
/// and when it leaves, every wake-up that it has received goes to the next waiter.
pub(super) struct Standing(());

impl Operation for Standing {
    type Output = Infallible;

    fn try_once(&mut self, _when: Phase) -> Poll<Infallible> {
        Poll::Pending
    }
}

/// A poller's waiter in the place of one source.
pub(super) enum Watcher<'a> {
    /// In a queue.
    Queue(Until<'a, WaitQueue, Standing>),
    /// In a cell.
    Cell(Until<'a, WaitCell, Standing>),
}

impl<'a> Watcher<'a> {
    pub(super) fn new(place: Place<'a>) -> Self {
        match place {
            Place::Queue(queue) => Watcher::Queue(Until::new(queue, Standing(()))),
            Place::Cell(cell) => Watcher::Cell(Until::new(cell, Standing(()))),
        }
    }

    /// Enqueues the waiter, unless it is enqueued. Returns `true` if it had been woken. The caller
    /// makes the fence, and looks at the source.
    pub(super) fn enqueue(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: I1.
        match unsafe { self.get_unchecked_mut() } {
            // SAFETY: I1.
            Watcher::Queue(until) => enqueue(unsafe { Pin::new_unchecked(until) }, cx),
            // SAFETY: I1.
            Watcher::Cell(until) => enqueue(unsafe { Pin::new_unchecked(until) }, cx),
        }
    }

    pub(super) fn is_asymmetric(&self) -> bool {
        match self {
            Watcher::Queue(until) => until.is_asymmetric(),
            Watcher::Cell(until) => until.is_asymmetric(),
        }
    }

    /// Wakes the next waiter in the same place.
    pub(super) fn forward_wakeup(self: Pin<&mut Self>) {
        // SAFETY: I1.
        match unsafe { self.get_unchecked_mut() } {
            // SAFETY: I1.
            Watcher::Queue(until) => unsafe { Pin::new_unchecked(until) }.forward_wakeup(),
            // SAFETY: I1.
            Watcher::Cell(until) => unsafe { Pin::new_unchecked(until) }.forward_wakeup(),
        }
    }
}

/// The memory for a poll's waiter in the place of one source.
#[derive(Default)]
pub struct WatcherSlot<'a> {
    watcher: Option<Watcher<'a>>,
    woken: bool,
}

impl<'a> WatcherSlot<'a> {
    /// Enqueues the waiter, as [`Watcher::enqueue`] does. Returns whether its place has asymmetric
    /// fences.
    pub(super) fn enqueue(self: Pin<&mut Self>, place: Place<'a>, cx: &mut Context<'_>) -> bool {
        // SAFETY: I1: `watcher` stays pinned. `woken` is not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let watcher = this.watcher.get_or_insert_with(|| Watcher::new(place));
        // SAFETY: I1.
        let mut watcher = unsafe { Pin::new_unchecked(watcher) };
        this.woken = watcher.as_mut().enqueue(cx);
        watcher.is_asymmetric()
    }

    /// Wakes the next waiter in the same place, if this one had been woken when it was enqueued last.
    pub(super) fn forward_if_woken(self: Pin<&mut Self>) {
        // SAFETY: I1: `watcher` stays pinned. `woken` is not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        if let Some(watcher) = this.watcher.as_mut().filter(|_| this.woken) {
            // SAFETY: I1.
            unsafe { Pin::new_unchecked(watcher) }.forward_wakeup();
        }
    }

    /// The waiter leaves its place, and is dropped where it is.
    pub(super) fn leave(self: Pin<&mut Self>) {
        // SAFETY: I1: `watcher` is dropped in its place.
        unsafe { self.get_unchecked_mut() }.watcher = None;
    }
}

fn enqueue<P: Waiters>(mut until: Pin<&mut Until<'_, P, Standing>>, cx: &mut Context<'_>) -> bool {
    let Polled::Failed { woken } = until.as_mut().poll_first(cx) else {
        return false;
    };
    let _admitted = until.enqueue(cx, woken);
    woken
}
