//! L6: a list of ends of pipes, threaded through the pipes themselves: circular, doubly linked, with a first one. No memory of
//! its own, any number of ends; each step but a search is a few loads and stores.
//!
//! Invariant **I1**: the list holds the ends that were put into it (I4 of `pipe.rs`), so each of their pipes is alive, and its
//! `neighbours` belong to the list: an end alone is its own neighbour. The list lends its ends as long as it is borrowed itself, and is
//! changed by `&mut` only: so an end that is lent is not taken out.

#![allow(unsafe_code)]

use core::ptr::NonNull;

use super::end::PipeEndRef;
use super::pipe::{Direction, PipeEnd, PipeEndPointer, PipeView};

/// The list.
pub(crate) struct EndList<T, D> {
    first: Option<PipeEndPointer<T, D>>,
}

impl<T, D> EndList<T, D> {
    pub(crate) const fn new() -> Self {
        EndList { first: None }
    }
}

impl<T, D> Default for EndList<T, D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, D: Direction> EndList<T, D> {
    /// The first end.
    #[inline(always)]
    pub(crate) fn first(&self) -> Option<PipeEndRef<'_, T, D>> {
        // SAFETY: I1: it is in the list, which is borrowed.
        self.first.map(|end| unsafe { end.lend() })
    }

    /// The first end, and the list.
    #[inline(always)]
    pub(crate) fn first_mut(&mut self) -> Option<FirstEnd<'_, T, D>> {
        let end = self.first?;
        Some(FirstEnd { list: self, end })
    }

    /// Puts an end behind all others.
    pub(crate) fn push(&mut self, end: PipeEnd<T, D>) {
        let end = end.into_pointer();
        // SAFETY: I1: it is this list's from here on.
        let own = unsafe { end.neighbours() };
        let first = *self.first.get_or_insert(end);
        // SAFETY: I1.
        let of_first = unsafe { first.neighbours() };
        let last = match first.is_same(end) {
            true => end,
            false => of_first.before.get().unwrap_or(first),
        };
        own.before.set(Some(last));
        own.behind.set(Some(first));
        of_first.before.set(Some(end));
        // SAFETY: I1.
        unsafe { last.neighbours() }.behind.set(Some(end));
    }

    /// Takes the first end out.
    pub(crate) fn pop(&mut self) -> Option<PipeEnd<T, D>> {
        // SAFETY: I1: it is in the list.
        self.first.map(|first| unsafe { self.take_out(first) })
    }

    /// Takes the last end out.
    pub(crate) fn pop_last(&mut self) -> Option<PipeEnd<T, D>> {
        // SAFETY: I1.
        let last = unsafe { self.first?.neighbours() }.before.get()?;
        // SAFETY: I1: it is in the list.
        Some(unsafe { self.take_out(last) })
    }

    /// Puts the first end behind all others.
    #[inline(always)]
    pub(crate) fn rotate(&mut self) {
        if let Some(first) = self.first_mut() {
            first.rotate();
        }
    }

    /// Takes the first end out for whose pipe `which` returns `true`. The others stay as they are.
    pub(crate) fn remove_first(
        &mut self,
        which: impl Fn(&PipeView<T>) -> bool,
    ) -> Option<PipeEnd<T, D>> {
        let first = self.first?;
        let mut at = first;
        loop {
            // SAFETY: I1.
            if which(unsafe { at.pipe() }) {
                // SAFETY: I1: it is in the list.
                return Some(unsafe { self.take_out(at) });
            }
            // SAFETY: I1.
            at = unsafe { at.neighbours() }.behind.get()?;
            if at.is_same(first) {
                return None;
            }
        }
    }

    /// Takes the end of this pipe out, without a search.
    ///
    /// # Safety
    /// I1: it is in this list.
    pub(crate) unsafe fn remove(&mut self, pipe: &PipeView<T>) -> Option<PipeEnd<T, D>> {
        let behind = D::neighbours(pipe).behind.get()?;
        // SAFETY: I1: the pipe is in the list, and so are those next to it.
        let end = unsafe { behind.neighbours() }.before.get()?;
        // SAFETY: I1: as the caller says.
        Some(unsafe { self.take_out(end) })
    }

    /// Takes an end out.
    ///
    /// # Safety
    /// I1: it is in this list.
    unsafe fn take_out(&mut self, end: PipeEndPointer<T, D>) -> PipeEnd<T, D> {
        // SAFETY: I1: as the caller says.
        let own = unsafe { end.neighbours() };
        let neighbours = own.before.take().zip(own.behind.take());
        if let Some((before, behind)) = neighbours {
            // SAFETY: I1: both are in the list.
            unsafe { before.neighbours() }.behind.set(Some(behind));
            // SAFETY: I1: as above.
            unsafe { behind.neighbours() }.before.set(Some(before));
            if self.first.is_some_and(|first| first.is_same(end)) {
                self.first = (!behind.is_same(end)).then_some(behind);
            }
        }
        // SAFETY: I1: it was in this list, and is no more.
        unsafe { end.into_end() }
    }

    /// Every pipe has moved: puts each end's new place into the list.
    ///
    /// # Safety
    /// I1 of `pipe.rs`: `moved` returns where the pipe of an end of this list lies now.
    pub(crate) unsafe fn follow(&mut self, moved: impl Fn(NonNull<()>) -> NonNull<()>) {
        let Some(first) = self.first.map(|first| first.moved(&moved)) else {
            return;
        };
        self.first = Some(first);
        let mut at = first;
        loop {
            // SAFETY: I1, in its new place.
            let own = unsafe { at.neighbours() };
            let before = own.before.get().map(|end| end.moved(&moved));
            let behind = own.behind.get().map(|end| end.moved(&moved));
            own.before.set(before);
            own.behind.set(behind);
            match behind {
                Some(behind) if !behind.is_same(first) => at = behind,
                _ => return,
            }
        }
    }

    /// All ends, from the first one on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PipeEndRef<'_, T, D>> {
        let mut at = self.first;
        core::iter::from_fn(move || {
            let here = at?;
            // SAFETY: I1.
            let behind = unsafe { here.neighbours() }.behind.get();
            at = behind.filter(|behind| !self.first.is_some_and(|first| first.is_same(*behind)));
            // SAFETY: I1: it is in the list, which is borrowed.
            Some(unsafe { here.lend() })
        })
    }
}

/// The first end of a list, for a call that may put it behind all others.
pub(crate) struct FirstEnd<'l, T, D> {
    list: &'l mut EndList<T, D>,
    end: PipeEndPointer<T, D>,
}

impl<T, D> FirstEnd<'_, T, D> {
    /// The end.
    #[inline(always)]
    pub(crate) fn end(&self) -> PipeEndRef<'_, T, D> {
        // SAFETY: I1: it is in the list, which is borrowed.
        unsafe { self.end.lend() }
    }
}

impl<T, D: Direction> FirstEnd<'_, T, D> {
    /// Puts it behind all others.
    #[inline(always)]
    pub(crate) fn rotate(self) {
        // SAFETY: I1: it is in the list, which is borrowed.
        self.list.first = unsafe { self.end.neighbours() }.behind.get();
    }

    /// Takes it out.
    pub(crate) fn take_out(self) -> PipeEnd<T, D> {
        // SAFETY: I1: it is in the list, which is borrowed.
        unsafe { self.list.take_out(self.end) }
    }
}
