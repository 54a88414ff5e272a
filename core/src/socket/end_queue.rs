//! L6: ends of pipes that wait for a socket, in the order of their coming: a list through the pipes themselves. The context
//! keeps one for each direction at each socket, and at each name.
//!
//! Invariant **I1**: a queue holds the ends that were put into it (I4 of `pipe.rs`), so each of their pipes is alive, and its
//! `next` belongs to the queue. The context touches a queue under its lock. While a closure is shown the pipes of a queue
//! its cell is empty, so that the closure cannot take out what it is shown.

#![allow(unsafe_code)]

use core::cell::Cell;
use core::ptr::NonNull;

use super::pipe::{Direction, PipeEnd, PipeEndPointer, PipeView};

/// The queue.
pub(crate) struct EndQueue<T, D> {
    first: Cell<Option<PipeEndPointer<T, D>>>,
}

impl<T, D: Direction> EndQueue<T, D> {
    pub(crate) const fn new() -> Self {
        EndQueue {
            first: Cell::new(None),
        }
    }

    /// Puts an end behind all others.
    pub(crate) fn push(&self, end: PipeEnd<T, D>) {
        let end = end.into_pointer();
        let mut last = &self.first;
        while let Some(before) = last.get() {
            // SAFETY: I1.
            last = unsafe { before.next() };
        }
        // SAFETY: I1: it is this queue's from here on.
        unsafe { end.next() }.set(None);
        last.set(Some(end));
    }

    /// Takes the first end out.
    pub(crate) fn pop(&self) -> Option<PipeEnd<T, D>> {
        let first = self.first.get()?;
        // SAFETY: I1.
        self.first.set(unsafe { first.next() }.take());
        // SAFETY: I1: it was in this queue, and is no more.
        Some(unsafe { first.into_end() })
    }

    /// Takes the first end out for whose pipe `which` returns `true`.
    pub(crate) fn remove_first(
        &self,
        which: impl Fn(&PipeView<T>) -> bool,
    ) -> Option<PipeEnd<T, D>> {
        let first = Cell::new(self.first.take());
        let (mut at, mut found) = (&first, None);
        while let Some(end) = at.get() {
            // SAFETY: I1.
            let next = unsafe { end.next() };
            // SAFETY: I1.
            if which(unsafe { end.pipe() }) {
                at.set(next.take());
                // SAFETY: I1: it was in this queue, and is no more.
                found = Some(unsafe { end.into_end() });
                break;
            }
            at = next;
        }
        self.first.set(first.get());
        found
    }

    /// Shows each pipe, until `look` finds what it looks for.
    pub(crate) fn find<R>(&self, mut look: impl FnMut(&PipeView<T>) -> Option<R>) -> Option<R> {
        let first = self.first.take();
        let (mut at, mut found) = (first, None);
        while let (Some(end), None) = (at, &found) {
            // SAFETY: I1.
            found = look(unsafe { end.pipe() });
            // SAFETY: I1.
            at = unsafe { end.next() }.get();
        }
        self.first.set(first);
        found
    }

    /// Shows each pipe.
    pub(crate) fn each(&self, mut see: impl FnMut(&PipeView<T>)) {
        let _: Option<()> = self.find(|pipe| {
            see(pipe);
            None
        });
    }

    /// Every pipe has moved: puts each end's new place into the queue.
    ///
    /// # Safety
    /// I1 of `pipe.rs`: `moved` returns where the pipe of an end of this queue lies now.
    pub(crate) unsafe fn follow(
        &self,
        moved: impl Fn(NonNull<PipeView<T>>) -> NonNull<PipeView<T>>,
    ) {
        let mut at = &self.first;
        while let Some(end) = at.get() {
            let end = end.moved(&moved);
            at.set(Some(end));
            // SAFETY: I1, in its new place.
            at = unsafe { end.next() };
        }
    }
}
