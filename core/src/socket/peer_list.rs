//! L6: the pipe ends of one socket in one direction: a circular list through the pipes themselves, with a cursor. No
//! memory of its own, any number of pipes. Who may touch it, and when, is told by `peers.rs`.
//!
//! Invariant **I1**: the list holds the ends that were put into it (I4 of `pipe.rs`), so each of their pipes is alive, and its `next`
//! belongs to the list. It lends them as long as it is borrowed itself, and is changed by `&mut` only: so an end that is
//! lent is not taken out.

#![allow(unsafe_code)]

use core::cell::Cell;
use core::ptr::NonNull;

use super::end::PipeEndRef;
use super::pipe::{Direction, PipeEnd, PipeEndPointer, PipeView};

/// The list; `before` the cursor, so that the current end can be taken out.
pub(crate) struct PeerList<T, D> {
    before: Option<PipeEndPointer<T, D>>,
    len: usize,
}

/// The end whose turn it is, for a call that may give the turn to the next one.
pub(crate) struct CurrentEnd<'l, T, D> {
    list: &'l mut PeerList<T, D>,
    end: PipeEndPointer<T, D>,
}

impl<'l, T, D> CurrentEnd<'l, T, D> {
    /// The end.
    #[inline(always)]
    pub(crate) fn end(&self) -> PipeEndRef<'_, T, D> {
        // SAFETY: I1: it is in the list, which is borrowed.
        unsafe { self.end.lend() }
    }

    /// Gives the turn to the next.
    #[inline(always)]
    pub(crate) fn advance(self) {
        self.list.before = Some(self.end);
    }

    /// The list. The turn stays where it is.
    #[inline(always)]
    pub(crate) fn into_list(self) -> &'l mut PeerList<T, D> {
        self.list
    }
}

impl<T, D: Direction> PeerList<T, D> {
    pub(crate) const fn new() -> Self {
        PeerList {
            before: None,
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where an end of this list is linked to the next one.
    #[inline(always)]
    fn next(&self, end: PipeEndPointer<T, D>) -> &Cell<Option<PipeEndPointer<T, D>>> {
        // SAFETY: I1.
        unsafe { end.next() }
    }

    #[inline(always)]
    fn at(&self) -> Option<PipeEndPointer<T, D>> {
        self.before.and_then(|before| self.next(before).get())
    }

    /// The end whose turn it is.
    #[inline(always)]
    pub(crate) fn current(&self) -> Option<PipeEndRef<'_, T, D>> {
        // SAFETY: I1: it is in the list, which is borrowed.
        self.at().map(|end| unsafe { end.lend() })
    }

    /// The end whose turn it is, and the list.
    #[inline(always)]
    pub(crate) fn current_mut(&mut self) -> Option<CurrentEnd<'_, T, D>> {
        let end = self.at()?;
        Some(CurrentEnd { list: self, end })
    }

    /// Gives the turn to the next.
    pub(crate) fn advance(&mut self) {
        self.before = self.at();
    }

    /// Puts an end behind all others: the last whose turn it will be.
    pub(crate) fn insert(&mut self, end: PipeEnd<T, D>) {
        let end = end.into_pointer();
        let first = self.at().unwrap_or(end);
        self.next(end).set(Some(first));
        if let Some(before) = self.before {
            self.next(before).set(Some(end));
        }
        self.before = Some(end);
        self.len += 1;
    }

    /// Takes the current end out; the next one is the current one then.
    pub(crate) fn remove(&mut self) -> Option<PipeEnd<T, D>> {
        let current = self.at()?;
        let next = self.next(current).take();
        if self.len == 1 {
            self.before = None;
        } else if let Some(before) = self.before {
            self.next(before).set(next);
        }
        self.len -= 1;
        // SAFETY: I1: it was in this list, and is no more.
        Some(unsafe { current.into_end() })
    }

    /// Takes the first end out for whose pipe `which` returns `true`; the turn stays where it was, or goes to the next.
    pub(crate) fn remove_first(
        &mut self,
        which: impl Fn(&PipeView<T>) -> bool,
    ) -> Option<PipeEnd<T, D>> {
        let before = self.before;
        for _ in 0..self.len {
            let current = self.at()?;
            // SAFETY: I1.
            if which(unsafe { current.pipe() }) {
                let removed = self.remove();
                if !before.is_some_and(|before| before.is_same(current)) && !self.is_empty() {
                    self.before = before;
                }
                return removed;
            }
            self.advance();
        }
        None
    }

    /// Takes each end out for whose pipe `which` returns `true`, and gives it to `gone`; the turn stays where it was, or goes to
    /// the next.
    pub(crate) fn remove_each(
        &mut self,
        which: impl Fn(&PipeView<T>) -> bool,
        mut gone: impl FnMut(PipeEnd<T, D>),
    ) {
        for _ in 0..self.len {
            let Some(current) = self.current() else { break };
            if which(current.pipe()) {
                self.remove().into_iter().for_each(&mut gone);
            } else {
                self.advance();
            }
        }
    }

    /// Every pipe has moved: puts each end's new place into the list.
    ///
    /// # Safety
    /// I1 of `pipe.rs`: `moved` returns where the pipe of an end of this list lies now.
    pub(crate) unsafe fn follow(
        &mut self,
        moved: impl Fn(NonNull<PipeView<T>>) -> NonNull<PipeView<T>>,
    ) {
        let Some(before) = self.before else {
            return;
        };
        let mut at = before.moved(&moved);
        self.before = Some(at);
        for _ in 0..self.len {
            let next = self.next(at).get().map(|next| next.moved(&moved));
            self.next(at).set(next);
            at = next.unwrap_or(at);
        }
    }

    /// All ends, from the current one on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PipeEndRef<'_, T, D>> {
        let mut at = self.at();
        (0..self.len).filter_map(move |_| {
            let here = at?;
            at = self.next(here).get();
            // SAFETY: I1: it is in the list, which is borrowed.
            Some(unsafe { here.lend() })
        })
    }
}
