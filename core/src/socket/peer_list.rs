//! L6: the ends of one socket in one direction, in the order of their turns, and how many they are. Who may touch it, and when, is
//! told by `peers.rs`.

#![deny(unsafe_code)]

use core::ptr::NonNull;

use super::end::PipeEndRef;
use super::end_list::{EndList, FirstEnd};
use super::pipe::{Direction, PipeEnd, PipeView};
use crate::shim::{IfSetAside, LOOKS_IN_VAIN, SETS_ASIDE};

/// The list; the first end is the one whose turn it is.
pub(crate) struct PeerList<T, D> {
    ends: EndList<T, D>,
    len: usize,
    /// Looks in vain since ends were set aside last.
    looks_in_vain: IfSetAside<usize>,
}

/// The end whose turn it is, for a call that may give the turn to the next one.
pub(crate) struct CurrentEnd<'l, T, D> {
    first: FirstEnd<'l, T, D>,
    len: &'l mut usize,
}

impl<T, D: Direction> CurrentEnd<'_, T, D> {
    /// The end.
    #[inline(always)]
    pub(crate) fn end(&self) -> PipeEndRef<'_, T, D> {
        self.first.end()
    }

    /// Gives the turn to the next.
    #[inline(always)]
    pub(crate) fn advance(self) {
        self.first.rotate();
    }

    /// Takes it out; the next one is the current one then.
    pub(crate) fn remove(self) -> PipeEnd<T, D> {
        *self.len -= 1;
        self.first.take_out()
    }
}

impl<T, D: Direction> PeerList<T, D> {
    pub(crate) const fn new() -> Self {
        PeerList {
            ends: EndList::new(),
            len: 0,
            looks_in_vain: [0; SETS_ASIDE as usize],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The end whose turn it is.
    #[inline(always)]
    pub(crate) fn current(&self) -> Option<PipeEndRef<'_, T, D>> {
        self.ends.first()
    }

    /// The end whose turn it is, and the list.
    #[inline(always)]
    pub(crate) fn current_mut(&mut self) -> Option<CurrentEnd<'_, T, D>> {
        let (first, len) = (self.ends.first_mut()?, &mut self.len);
        Some(CurrentEnd { first, len })
    }

    /// Gives the turn to the next.
    pub(crate) fn advance(&mut self) {
        self.ends.rotate();
    }

    /// One more look was in vain. Returns `true` if those were many by now.
    pub(crate) fn has_looked_in_vain(&mut self) -> bool {
        let Some(looks) = self.looks_in_vain.first_mut() else {
            return false;
        };
        *looks += 1;
        let many = *looks >= LOOKS_IN_VAIN;
        if many {
            *looks = 0;
        }
        many
    }

    /// Puts an end behind all others: the last whose turn it will be.
    pub(crate) fn insert(&mut self, end: PipeEnd<T, D>) {
        self.ends.push(end);
        self.len += 1;
    }

    /// The same with each of these, in their order.
    pub(crate) fn append(&mut self, mut ends: EndList<T, D>) {
        while let Some(end) = ends.pop() {
            self.insert(end);
        }
    }

    /// Takes the current end out; the next one is the current one then.
    pub(crate) fn remove(&mut self) -> Option<PipeEnd<T, D>> {
        let end = self.ends.pop();
        self.less(end)
    }

    /// Takes the last end out: the one whose turn was last.
    pub(crate) fn remove_last(&mut self) -> Option<PipeEnd<T, D>> {
        let end = self.ends.pop_last();
        self.less(end)
    }

    /// Takes the first end out for whose pipe `which` returns `true`; the turn stays where it was, or goes to the next.
    pub(crate) fn remove_first(
        &mut self,
        which: impl Fn(&PipeView<T>) -> bool,
    ) -> Option<PipeEnd<T, D>> {
        let end = self.ends.remove_first(which);
        self.less(end)
    }

    /// One less, if an end was taken out.
    fn less(&mut self, end: Option<PipeEnd<T, D>>) -> Option<PipeEnd<T, D>> {
        self.len -= usize::from(end.is_some());
        end
    }

    /// Takes each end out for whose pipe `which` returns `true`, and gives it to `gone`; the turn stays where it was, or goes to
    /// the next.
    pub(crate) fn remove_each(
        &mut self,
        which: impl Fn(&PipeView<T>) -> bool,
        mut gone: impl FnMut(PipeEnd<T, D>),
    ) {
        for _ in 0..self.len {
            let Some(current) = self.current_mut() else {
                break;
            };
            if which(current.end().pipe()) {
                gone(current.remove());
            } else {
                current.advance();
            }
        }
    }

    /// Every pipe has moved: puts each end's new place into the list.
    ///
    /// # Safety
    /// I1 of `pipe.rs`: `moved` returns where the pipe of an end of this list lies now.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn follow(&mut self, moved: impl Fn(NonNull<()>) -> NonNull<()>) {
        // SAFETY: as the caller says.
        unsafe { self.ends.follow(moved) };
    }

    /// All ends, from the current one on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = PipeEndRef<'_, T, D>> {
        self.ends.iter()
    }
}
