//! L2: how the words of the exact ring are made up.
//!
//! Every word is `lap | low`: the lap counts in steps of a power of two, so that adding past the
//! end of the word wraps the lap and touches nothing else.
//!
//! | word | low part | zero means |
//! |---|---|---|
//! | position (`head`, `tail`) | the index of its cell, below `N` | the first position of lap 0 |
//! | cell | bit 0: closed; above it: 0 for an empty cell, else the number of a slot and one | empty in lap 0 |
//! | top of the free list | the number of a slot, or of none: the number of slots; the lap counts what was returned | slot 0 |
//! | link of a slot | no lap: the slot behind it in the free list, xor the one with the next number | the next one |
//!
//! An empty ring is all zeros: every cell is empty in lap 0, and the free list holds all slots in
//! the order of their numbers.
//!
//! The lap gets what the low part leaves of the word. The low part takes as many bits as count
//! twice the number of slots and two: 6 of them for 16 places and up to 15 spare slots. That leaves
//! 58 bits on a 64-bit target and 26 on a 32-bit one.

#![forbid(unsafe_code)]

/// Bit 0 of a cell: the position that the cell is for is never written.
pub(super) const CLOSED: usize = 1;

/// The numbers of one ring.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// Number of cells: the capacity.
    places: usize,
    /// Number of slots: the capacity and the spare ones.
    slots: usize,
    /// One lap.
    lap: usize,
}

impl Layout {
    #[inline(always)]
    pub(super) const fn new(places: usize, spare: usize) -> Self {
        let slots = places + spare;
        Layout {
            places,
            slots,
            lap: (2 * (slots + 1)).next_power_of_two(),
        }
    }

    /// Number of slots.
    #[inline(always)]
    pub(super) fn slots(self) -> usize {
        self.slots
    }

    /// The lap of any word.
    #[inline(always)]
    pub(super) fn lap(self, word: usize) -> usize {
        word & !(self.lap - 1)
    }

    /// A word of lap number `lap`, counted round.
    pub(super) fn in_lap(self, lap: usize, low: usize) -> usize {
        lap.wrapping_mul(self.lap) | low
    }

    /// The low part of any word.
    #[inline(always)]
    pub(super) fn low(self, word: usize) -> usize {
        word & (self.lap - 1)
    }

    /// The position after `position`.
    #[inline(always)]
    pub(super) fn next(self, position: usize) -> usize {
        if self.low(position) + 1 < self.places {
            position + 1
        } else {
            self.lap(position).wrapping_add(self.lap)
        }
    }

    /// How many positions there were before this one, counted round.
    pub(super) fn count(self, position: usize) -> usize {
        (position / self.lap)
            .wrapping_mul(self.places)
            .wrapping_add(self.low(position))
    }

    /// The same place one lap later.
    #[inline(always)]
    pub(super) fn lap_later(self, word: usize) -> usize {
        word.wrapping_add(self.lap)
    }

    /// The same place one lap earlier.
    #[inline(always)]
    pub(super) fn lap_earlier(self, word: usize) -> usize {
        word.wrapping_sub(self.lap)
    }

    /// Returns `true` if a cell that holds this is the next one to be written, `tail` being its
    /// position: it is empty, or full of the lap before.
    #[inline(always)]
    pub(super) fn is_next(self, tail: usize, cell: usize) -> bool {
        let (lap, its) = (self.lap(tail), self.lap(cell));
        (its == lap && self.slot(cell).is_none()) || its == self.lap_earlier(lap)
    }

    /// Returns `true` if a cell that holds this has been written at a position: it is of a later
    /// lap, or of the same one and full.
    pub(super) fn is_written(self, position: usize, cell: usize) -> bool {
        let later = self.lap(cell).wrapping_sub(self.lap(position)) as isize;
        later > 0 || (later == 0 && self.slot(cell).is_some())
    }

    /// How many positions lie from `head` to `tail`: at most `places`, and 0 if the tail lags.
    pub(super) fn between(self, head: usize, tail: usize) -> usize {
        let (h, t) = (self.low(head), self.low(tail));
        let (from, to) = (self.lap(head), self.lap(tail));
        if from == to {
            t.saturating_sub(h)
        } else if self.lap_later(from) == to {
            (t + (self.places - h)).min(self.places)
        } else if self.lap_later(to) == from {
            0
        } else {
            self.places
        }
    }

    /// A cell of that lap that holds a slot.
    #[inline(always)]
    pub(super) fn full(self, lap: usize, slot: usize) -> usize {
        self.lap(lap) | (2 * (slot + 1))
    }

    /// The slot that a cell holds.
    #[inline(always)]
    pub(super) fn slot(self, cell: usize) -> Option<usize> {
        (self.low(cell) >> 1).checked_sub(1)
    }

    /// The cell after its slot was taken: empty, and for the next lap. A closed one stays closed.
    #[inline(always)]
    pub(super) fn emptied(self, cell: usize) -> usize {
        self.lap_later(self.lap(cell)) | (cell & CLOSED)
    }
}
