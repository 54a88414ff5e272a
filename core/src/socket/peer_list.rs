//! L6: the pipe ends of one socket in one direction: a circular list through the pipes themselves, with a cursor. No
//! memory of its own, any number of pipes. Who may touch it, and when, is told by `peers.rs`.
//!
//! Invariant **I1**: the socket holds its side's reference of each pipe in its list (so each is alive, and its `next` belongs to
//! the list).

#![forbid(unsafe_code)]

use core::cell::Cell;

use super::pipe::{Direction, PipeEnd};

/// The list; `before` the cursor, so that the current end can be taken out.
pub(crate) struct PeerList<T, D> {
    before: Cell<Option<PipeEnd<T, D>>>,
    len: Cell<usize>,
}

impl<T, D: Direction> PeerList<T, D> {
    pub(crate) const fn new() -> Self {
        PeerList {
            before: Cell::new(None),
            len: Cell::new(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The end whose turn it is.
    pub(crate) fn current(&self) -> Option<PipeEnd<T, D>> {
        self.before.get().and_then(|before| before.next().get())
    }

    /// Gives the turn to the next.
    pub(crate) fn advance(&self) {
        self.before.set(self.current());
    }

    /// The same for a caller that knows the current end.
    #[inline(always)]
    pub(crate) fn advance_past(&self, current: PipeEnd<T, D>) {
        self.before.set(Some(current));
    }

    /// Puts an end behind all others: the last whose turn it will be.
    pub(crate) fn insert(&self, end: PipeEnd<T, D>) {
        let first = self.current().unwrap_or(end);
        end.next().set(Some(first));
        if let Some(before) = self.before.get() {
            before.next().set(Some(end));
        }
        self.before.set(Some(end));
        self.len.set(self.len() + 1);
    }

    /// Takes the current end out; the next one is the current one then.
    pub(crate) fn remove(&self) -> Option<PipeEnd<T, D>> {
        let current = self.current()?;
        let next = current.next().take();
        if self.len() == 1 {
            self.before.set(None);
        } else if let Some(before) = self.before.get() {
            before.next().set(next);
        }
        self.len.set(self.len() - 1);
        Some(current)
    }

    /// Takes the first end out for which `which` says so; the turn stays where it was, or goes to the next.
    pub(crate) fn remove_first(
        &self,
        which: impl Fn(PipeEnd<T, D>) -> bool,
    ) -> Option<PipeEnd<T, D>> {
        let before = self.before.get();
        for _ in 0..self.len() {
            let current = self.current()?;
            if which(current) {
                self.remove();
                if before != Some(current) && !self.is_empty() {
                    self.before.set(before);
                }
                return Some(current);
            }
            self.advance();
        }
        None
    }

    /// Takes each end out for which `which` says so, and gives it to `gone`; the turn stays where it was, or goes to the next.
    pub(crate) fn remove_each(
        &self,
        which: impl Fn(PipeEnd<T, D>) -> bool,
        mut gone: impl FnMut(PipeEnd<T, D>),
    ) {
        for _ in 0..self.len() {
            let Some(current) = self.current() else { break };
            if which(current) {
                self.remove();
                gone(current);
            } else {
                self.advance();
            }
        }
    }

    /// Every pipe has moved: puts each end's new place into the list.
    pub(crate) fn follow(&self, moved: impl Fn(PipeEnd<T, D>) -> PipeEnd<T, D>) {
        let Some(before) = self.before.get() else {
            return;
        };
        let mut at = moved(before);
        self.before.set(Some(at));
        for _ in 0..self.len() {
            let next = at.next().get().map(&moved);
            at.next().set(next);
            at = next.unwrap_or(at);
        }
    }

    /// All ends, from the current one on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PipeEnd<T, D>> {
        let mut at = self.current();
        (0..self.len()).filter_map(move |_| {
            let here = at?;
            at = here.next().get();
            Some(here)
        })
    }
}
