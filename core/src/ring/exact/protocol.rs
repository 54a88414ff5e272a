//! L2: the exact ring: a queue of slot numbers in `N` cells, each changed by one exchange.
//!
//! A value lies in a slot, and the number of the slot goes through the queue. A push takes a slot
//! out of the free list, writes the value there, and exchanges the empty cell of the position in
//! `tail` for the slot's number. A pop exchanges the cell of the position in `head` for an empty
//! one of the next lap, reads the value, and returns the slot. That one exchange is the moment at
//! which the operation happens; a thread that stops before it has done nothing, and one that stops
//! after it has done everything. Then `tail` (`head`) is moved, by the first operation that comes there.
//!
//! | cell at a position of lap L | what a push at that `tail` does | what a pop at that `head` does |
//! |---|---|---|
//! | full, L-1 | Full | (cannot be: Q2) |
//! | empty, L | writes; `EMPTY=>FULL` | Empty |
//! | full, L | moves `tail` on, tries again | takes; `FULL=>EMPTY` of L+1 |
//! | later | moves `tail` on, tries again | moves `head` on, tries again |
//!
//! So `tail` may be one behind: a push has written the cell, and has not yet moved it; the cell may
//! even be empty again, of the next lap. `head` may be one behind likewise.
//!
//! Invariants
//! * **F1** of `free_list.rs`: who owns a slot.
//! * **Q1** Positions are written in their order, each once: a push that writes the cell of a position has
//!   read it in `tail`, which is moved to it only after the position before was seen written.
//! * **Q2** Positions are emptied in their order, each once after it was written: the same for
//!   `head`.
//!
//! **Full is exact.** The push has read `t` in `tail`, and then the cell of `t` as full, of the lap
//! before. By Q1 the positions up to `t - 1` have been written, and `t` has not. The cell says that
//! `t - N` has not been emptied, so by Q2 none after it has. So `N` values were in the ring when the
//! cell was read. **Empty is exact**, in the same way: `h` was read in `head`, so all before it were
//! emptied, and the cell of `h` is not yet written.
//!
//! **Lock-free.** A round of a loop is lost only because an exchange of another operation
//! succeeded: of a cell, which is an operation done, or of `tail` (`head`), which happens once for
//! each of those, or in the free list, at most twice for each. A caller that runs alone needs at
//! most two rounds, wherever the others were stopped.
//!
//! **A slot for each.** Of `N + SPARE` slots those in the ring are at most `N`, so unless the ring
//! is full, or more than `SPARE` others hold a slot, there is one for a push. Those others are
//! pushes and pops that have begun and not finished. A push that finds no slot looks at the tail
//! again: if no position was written meanwhile, the ring was not full when there was no slot, and
//! the answer is `Busy`.
//!
//! **Closing** (used by the channel) marks the cell of `tail`, whether it is empty or full of the
//! lap before; emptying keeps the mark. So the next position is never written, and a pop that comes
//! to the marked cell, empty, knows that nothing will follow.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | push: the exchange of the cell | pop, and a push that evicts: `cell.load` | the value; and, for an operation that moves `tail` for others, what the push had seen |
//! | E2 | the exchange that moves `tail` | push, close: `tail.load` | every position before it is written: no old cell is taken for full |
//! | E3 | the exchange that moves `head` | pop, len: `head.load` | every position before it is emptied: no old cell is taken for one of a later lap |
//! | E4 | Full: `fence(SeqCst)` before the last look at the cell | Empty: the same | two answers that each miss what the other saw |
//! | E5 | close: the exchange of the cell | pop, is_closed: `cell.load` | what was done before closing |
//! | E6 | pop: the exchange of the cell | push, pop: `cell.load` | what the pop had seen, for an operation that moves `head` for others |
//!
//! E4: a pop and a push that are done at the same time touch different words. Without the fences one
//! bystander might see the pop and not the push, and answer Empty, and another the push and not the
//! pop, and answer Full, and no order of the four explains that.
//!
//! E1 and E6 beside E2 and E3: a push that follows a pop, of the same thread say, must not be seen
//! without that pop, also not by a third party that finds the cell written and moves `tail` itself;
//! and a pop that follows a push likewise.
//!
//! Limit: a caller stopped between its look at a word and its exchange takes a word of another lap
//! for its own if exactly all laps of the word, or a multiple, pass meanwhile: see `layout.rs`. One
//! that stays stopped does no harm.
//!
//! Origin: C.-H. Shann, T.-L. Huang, C. Chen, "A practical nonblocking queue algorithm using
//! compare-and-swap", 2000, as R. Colvin and L. Groves, "Formal verification of an array-based
//! nonblocking queue", 2005, corrected and verified it; laps in place of their counters, a free list
//! for values of any size, closing and eviction are ours.

#![allow(unsafe_code)]

use crate::shim::atomic::{Ordering::*, fence};
use crate::shim::stoppable::AtomicUsize;
use crate::shim::{Backoff, RaceCheck, step};

use super::free_list;
use super::layout::{CLOSED, Layout};
use super::{ExactSlot, RingOf, SpareSlot};
use crate::ring::refused::{Nothing, Refused};
use crate::ring::slot::Storage;

impl<T, S: Storage<Slot = ExactSlot<T>> + ?Sized, const SPARE: usize> RingOf<T, S, SPARE> {
    #[inline]
    pub(crate) fn put(&self, item: T) -> Result<(), (Refused, T)> {
        let (mut tail, slot) = match self.begin_put() {
            Ok(begun) => begun,
            Err(why) => return Err((why, item)),
        };
        // SAFETY: F1: just taken out of the free list.
        unsafe { self.fill(slot, item) };
        let mut backoff = Backoff::new();
        while !self.publish(tail, self.layout().lap(tail), slot) {
            backoff.lost(tail);
            tail = match self.where_to_put() {
                Ok(tail) => tail,
                // SAFETY: F1: filled above, and published nowhere.
                Err(why) => return Err((why, unsafe { self.empty(slot) })),
            };
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn take(&self) -> Result<T, Nothing> {
        let slot = self.take_slot()?;
        // SAFETY: F1: just taken out of its cell.
        Ok(unsafe { self.empty(slot) })
    }

    /// A position to write at, and a slot.
    #[inline(always)]
    fn begin_put(&self) -> Result<(usize, usize), Refused> {
        let mut tail = self.where_to_put()?;
        loop {
            if let Some(slot) = self.take_free() {
                return Ok((tail, slot));
            }
            let now = self.where_to_put()?;
            if now == tail {
                return Err(Refused::Busy);
            }
            tail = now;
        }
    }

    /// The tail, and what its cell held then.
    #[inline(always)]
    pub(super) fn at_tail(&self) -> (usize, usize) {
        let tail = self.tail.load(Acquire); // E2
        let seen = self.cell(tail).load(Acquire); // E1, E5, E6
        (tail, seen)
    }

    /// The head, and what its cell held then.
    #[inline(always)]
    fn at_head(&self) -> (usize, usize) {
        let head = self.head.load(Acquire); // E3
        let seen = self.cell(head).load(Acquire); // E1, E5, E6
        (head, seen)
    }

    /// A position to write at: its cell was empty.
    #[inline(always)]
    pub(super) fn where_to_put(&self) -> Result<usize, Refused> {
        loop {
            let (tail, seen) = self.at_tail();
            if seen == self.layout().lap(tail) {
                return Ok(tail);
            }
            if let Some(why) = self.refused(tail, seen) {
                return Err(why);
            }
        }
    }

    /// The cell of `tail` is not empty, or it is marked: says why, or moves `tail` on.
    #[cold]
    #[inline(never)]
    fn refused(&self, tail: usize, seen: usize) -> Option<Refused> {
        let layout = self.layout();
        if !layout.is_next(tail, seen) {
            self.help_tail(tail, seen);
            return None;
        }
        if seen & CLOSED != 0 {
            return Some(Refused::Closed);
        }
        fence(SeqCst); // E4
        let now = self.cell(tail).load(Relaxed); // R: E4
        (now == seen).then_some(Refused::Full)
    }

    /// Moves `tail` on, past a cell that was `seen` written.
    pub(super) fn help_tail(&self, tail: usize, seen: usize) {
        debug_assert!(self.layout().is_written(tail, seen), "Q1");
        step!("exact-help-tail", self.move_tail(tail));
    }

    /// Puts a slot into the cell of `tail`, which was `seen` there; `false` if it no longer is.
    #[inline(always)]
    pub(super) fn publish(&self, tail: usize, seen: usize, slot: usize) -> bool {
        let full = self.layout().full(tail, slot);
        let done = (self.cell(tail)).compare_exchange(seen, full, Release, Relaxed); // E1, R: next try
        if done.is_ok() {
            self.move_tail(tail);
        }
        done.is_ok()
    }

    /// Takes the slot of the oldest value out of its cell.
    #[inline(always)]
    fn take_slot(&self) -> Result<usize, Nothing> {
        let mut backoff = Backoff::new();
        loop {
            let (head, seen) = self.at_head();
            let layout = self.layout();
            match layout.slot(seen) {
                Some(slot) if layout.lap(seen) == layout.lap(head) => {
                    let emptied = layout.emptied(seen);
                    let done = (self.cell(head)).compare_exchange(seen, emptied, Release, Relaxed); // E6, R: next try
                    match done {
                        Ok(_) => {
                            self.move_head(head);
                            return Ok(slot);
                        }
                        Err(now) => backoff.lost(now),
                    };
                }
                _ => {
                    if let Some(why) = self.nothing(head, seen) {
                        return Err(why);
                    }
                }
            }
        }
    }

    /// The cell of `head` holds no value of its lap: says why, or moves `head` on.
    #[cold]
    #[inline(never)]
    fn nothing(&self, head: usize, seen: usize) -> Option<Nothing> {
        let layout = self.layout();
        if layout.lap(seen) != layout.lap(head) {
            step!("exact-help-head", self.move_head(head));
            return None;
        }
        if seen & CLOSED != 0 {
            return Some(Nothing::Closed);
        }
        fence(SeqCst); // E4
        let now = self.cell(head).load(Relaxed); // R: E4
        (now == seen).then_some(Nothing::Empty)
    }

    /// Takes `most` items at most, one after the other, and gives them to `each`; says how many.
    pub(crate) fn take_run(&self, most: usize, mut each: impl FnMut(T)) -> Result<usize, Nothing> {
        for taken in 0..most {
            match self.take() {
                Ok(item) => each(item),
                Err(why) if taken == 0 => return Err(why),
                Err(_) => return Ok(taken),
            }
        }
        Ok(most)
    }

    /// Returns why a push would be refused at a moment of the call, if it would be.
    #[inline]
    pub(crate) fn can_put(&self) -> Result<(), Refused> {
        self.where_to_put().map(drop)
    }

    /// How many items have been pushed so far: a snapshot that wraps.
    pub(crate) fn pushed(&self) -> usize {
        self.layout().count(self.tail.load(Relaxed)) // R: a snapshot
    }

    /// Returns why a pop would find nothing at a moment of the call, if it would.
    #[inline]
    pub(crate) fn can_take(&self) -> Result<(), Nothing> {
        loop {
            let (head, seen) = self.at_head();
            let layout = self.layout();
            if layout.slot(seen).is_some() && layout.lap(seen) == layout.lap(head) {
                return Ok(());
            }
            if let Some(why) = self.nothing(head, seen) {
                return Err(why);
            }
        }
    }

    /// Closes for pushes; true if this call did it.
    pub(crate) fn close(&self) -> bool {
        loop {
            let (cell, seen) = self.next_cell();
            if seen & CLOSED != 0 {
                return false;
            }
            let done = cell.compare_exchange(seen, seen | CLOSED, Release, Relaxed); // E5, R: next try
            if done.is_ok() {
                return true;
            }
        }
    }

    /// Returns `true` if the next position is marked.
    pub(crate) fn is_closed(&self) -> bool {
        self.next_cell().1 & CLOSED != 0
    }

    /// The cell of the next position to write, and what is in it.
    fn next_cell(&self) -> (&AtomicUsize, usize) {
        loop {
            let (tail, seen) = self.at_tail();
            if self.layout().is_next(tail, seen) {
                return (self.cell(tail), seen);
            }
            self.help_tail(tail, seen);
        }
    }

    /// For tests: an empty ring that has gone round so often.
    #[allow(dead_code)] // For `test_hooks`.
    pub(crate) fn begin_at(&self, lap: usize, index: usize, free: usize) {
        let layout = self.layout();
        let start = layout.in_lap(lap, index);
        self.tail.store(start, Relaxed); // R: exclusive access
        self.head.store(start, Relaxed); // R: exclusive access
        let top = layout.low(self.free.load(Relaxed)); // R: exclusive access
        self.free.store(layout.in_lap(free, top), Relaxed); // R: exclusive access
        let mut position = start;
        for _ in 0..self.capacity() {
            self.cell(position).store(layout.lap(position), Relaxed); // R: exclusive access
            position = layout.next(position);
        }
    }

    #[inline(always)]
    pub(super) fn move_tail(&self, tail: usize) {
        let next = self.layout().next(tail);
        // Somebody else has done it if this fails.
        let _ = (self.tail).compare_exchange(tail, next, Release, Relaxed); // E2, R: not read
    }

    #[inline(always)]
    pub(super) fn move_head(&self, head: usize) {
        let next = self.layout().next(head);
        let _ = (self.head).compare_exchange(head, next, Release, Relaxed); // E3, R: not read
    }

    #[inline(always)]
    pub(super) fn layout(&self) -> Layout {
        Layout::new(self.slots.slots().len(), SPARE)
    }

    #[inline(always)]
    pub(super) fn cell(&self, position: usize) -> &AtomicUsize {
        let index = self.layout().low(position);
        // SAFETY: Q1: the index of a position never reaches N, `next` goes to the next lap before
        // it would.
        unsafe { &self.slots.slots().get_unchecked(index).cell }
    }

    /// A slot by its number.
    #[inline(always)]
    pub(super) fn slot(&self, number: usize) -> (&SpareSlot<T>, &RaceCheck) {
        let slots = self.slots.slots();
        let slot = match slots.get(number) {
            Some(ExactSlot { slot, .. }) => slot,
            // SAFETY: F1: the numbers in the list and in cells are below N + SPARE.
            None => unsafe { self.spare.get_unchecked(number - slots.len()) },
        };
        (slot, self.tracks.of(number))
    }

    #[inline(always)]
    pub(super) fn take_free(&self) -> Option<usize> {
        free_list::take(&self.free, self.layout(), |number| {
            &self.slot(number).0.link
        })
    }

    /// Writes a value into a slot.
    ///
    /// # Safety
    /// F1: the caller owns the slot, and it is empty.
    #[inline(always)]
    pub(super) unsafe fn fill(&self, slot: usize, item: T) {
        let (SpareSlot { slot, .. }, track) = self.slot(slot);
        // SAFETY: F1, by the caller.
        unsafe { slot.put(track, item) };
    }

    /// Moves the value out of a slot, and returns the slot to the free list.
    ///
    /// # Safety
    /// F1: the caller owns the slot, no longer after this, and there is a value in it.
    #[inline(always)]
    pub(super) unsafe fn empty(&self, number: usize) -> T {
        let (SpareSlot { link, slot }, track) = self.slot(number);
        // SAFETY: F1, by the caller.
        let item = unsafe { slot.take(track) };
        free_list::give(&self.free, self.layout(), link, number);
        item
    }
}
