//! [`SetGroup`], a wait for any source of a poll set, and [`Memory`], what it is made of.
//!
//! A wait borrows the objects of its set, so what it holds of them cannot be kept from one wait to
//! the next; its memory can. The vectors of [`Memory`] are empty between two waits. A wait takes
//! them along and gives them back when it is dropped. One that is forgotten keeps its own, waiters
//! included, so that no later wait finds waiters in places which are gone.

#![allow(unsafe_code)]

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use gimmal_core::facade::poll::{WatcherSlot, enqueue, leave, look};
use gimmal_core::poll::{Group, Readiness, Source};
use gimmal_core::wait::Phase;

/// Empty vectors, with the capacity of the last wait.
#[derive(Default)]
pub(super) struct Memory {
    sources: Vec<Source<'static>>,
    slots: Vec<WatcherSlot<'static>>,
}

/// The sources that a [`PollSet`](super::PollSet) waits for.
pub struct SetGroup<'p> {
    sources: Vec<Source<'p>>,
    slots: Pin<Box<[WatcherSlot<'p>]>>,
    found: &'p mut [Readiness],
    memory: &'p mut Memory,
}

impl<'p> SetGroup<'p> {
    pub(super) fn new(
        polled: impl ExactSizeIterator<Item = Source<'p>>,
        found: &'p mut [Readiness],
        memory: &'p mut Memory,
    ) -> Self {
        let mut slots: Vec<WatcherSlot<'p>> = mem::take(&mut memory.slots);
        slots.resize_with(polled.len(), WatcherSlot::default);
        let mut sources: Vec<Source<'p>> = mem::take(&mut memory.sources);
        sources.extend(polled);
        SetGroup {
            sources,
            slots: Box::into_pin(slots.into_boxed_slice()),
            found,
            memory,
        }
    }

    fn pass(&mut self) -> Poll<usize> {
        match look(&mut self.sources, self.found, Phase::First) {
            true => Poll::Ready(self.count()),
            false => Poll::Pending,
        }
    }

    fn count(&self) -> usize {
        self.found.iter().filter(|found| found.is_ready()).count()
    }
}

impl Group for SetGroup<'_> {
    type Output = usize;
    type Left = ();
    /// The waiters are in memory of the set.
    type Parts = ();

    fn try_now(&mut self) -> Poll<usize> {
        if self.sources.is_empty() {
            return Poll::Ready(0);
        }
        self.pass()
    }

    fn poll_parts(&mut self, mut parts: Pin<&mut Option<()>>, cx: &mut Context<'_>) -> Poll<usize> {
        if parts.replace(()).is_some()
            && let Poll::Ready(count) = self.pass()
        {
            leave(self.slots.as_mut());
            return Poll::Ready(count);
        }
        if !enqueue(&mut self.sources, self.found, self.slots.as_mut(), cx) {
            return Poll::Pending;
        }
        leave(self.slots.as_mut());
        Poll::Ready(self.count())
    }

    fn into_left(self) {}

    fn cancel_parts(&mut self, _parts: Pin<&mut Option<()>>) -> Result<usize, ()> {
        leave(self.slots.as_mut());
        match self.try_now() {
            Poll::Ready(count) => Ok(count),
            Poll::Pending => Err(()),
        }
    }
}

impl Drop for SetGroup<'_> {
    fn drop(&mut self) {
        let slots = mem::replace(&mut self.slots, Box::into_pin(Box::default()));
        // SAFETY: nothing is moved out of it: `emptied` drops each waiter in its place.
        let slots = unsafe { Pin::into_inner_unchecked(slots) };
        self.memory.slots = emptied(Vec::from(slots));
        self.memory.sources = emptied(mem::take(&mut self.sources));
    }
}

/// Drops what is in a vector, where it is. Returns its memory, for the next wait: an iterator over a
/// vector is collected in the memory of that vector.
fn emptied<A, B>(mut vector: Vec<A>) -> Vec<B> {
    vector.clear();
    let none = |_| unreachable!("the vector is empty");
    vector.into_iter().map(none).collect()
}
