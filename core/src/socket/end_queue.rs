//! L6: ends of pipes that wait for a socket, in the order of their coming. The context keeps one for each direction at each
//! name, and two at each socket: of ends that it has not fetched, and of ends that it has set aside.
//!
//! The context touches a queue under its lock. While a closure is shown the pipes of a queue its cell is empty, so that the closure
//! cannot take out what it is shown.

#![allow(unsafe_code)]

use core::cell::Cell;
use core::ptr::NonNull;

use super::end_list::EndList;
use super::pipe::{Direction, PipeEnd, PipeView};

/// The queue.
pub(crate) struct EndQueue<T, D>(Cell<EndList<T, D>>);

impl<T, D: Direction> EndQueue<T, D> {
    pub(crate) const fn new() -> Self {
        EndQueue(Cell::new(EndList::new()))
    }

    fn with<R>(&self, act: impl FnOnce(&mut EndList<T, D>) -> R) -> R {
        let mut ends = self.0.take();
        let done = act(&mut ends);
        self.0.set(ends);
        done
    }

    /// Puts an end behind all others.
    pub(crate) fn push(&self, end: PipeEnd<T, D>) {
        self.with(|ends| ends.push(end));
    }

    /// Takes all ends out.
    pub(crate) fn take(&self) -> EndList<T, D> {
        self.0.take()
    }

    /// Takes the first end out.
    pub(crate) fn pop(&self) -> Option<PipeEnd<T, D>> {
        self.with(EndList::pop)
    }

    /// Takes the first end out for whose pipe `which` returns `true`.
    pub(crate) fn remove_first(
        &self,
        which: impl Fn(&PipeView<T>) -> bool,
    ) -> Option<PipeEnd<T, D>> {
        self.with(|ends| ends.remove_first(which))
    }

    /// Takes the end of this pipe out, without a search.
    ///
    /// # Safety
    /// I1 of `end_list.rs`: it is in this queue.
    pub(crate) unsafe fn remove(&self, pipe: &PipeView<T>) -> Option<PipeEnd<T, D>> {
        // SAFETY: as the caller says.
        self.with(|ends| unsafe { ends.remove(pipe) })
    }

    /// Shows each pipe, until `look` finds what it looks for.
    pub(crate) fn find<R>(&self, look: impl FnMut(&PipeView<T>) -> Option<R>) -> Option<R> {
        let mut look = look;
        self.with(|ends| ends.iter().find_map(|end| look(end.pipe())))
    }

    /// Shows each pipe.
    pub(crate) fn each(&self, mut see: impl FnMut(&PipeView<T>)) {
        self.with(|ends| ends.iter().for_each(|end| see(end.pipe())));
    }

    /// Every pipe has moved: puts each end's new place into the queue.
    ///
    /// # Safety
    /// I1 of `pipe.rs`: `moved` returns where the pipe of an end of this queue lies now.
    pub(crate) unsafe fn follow(&self, moved: impl Fn(NonNull<()>) -> NonNull<()>) {
        // SAFETY: as the caller says.
        self.with(|ends| unsafe { ends.follow(moved) });
    }
}
