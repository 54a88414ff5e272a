//! L2: the arithmetic of positions and turns, once, over any word, so that tests can wrap it round in a byte.
//!
//! **SPSC positions** run through `0..2N` and start again. The slot is the position without its round (`pos` or
//! `pos - N`), the distance from one position to another is exact up to `N`, and nothing ever overflows: there is no
//! `%` on a counter that wraps at a power of two (iceoryx2 issue 986 overwrote live data that way). Where `N` is a power
//! of two, the same numbers come out of masks.
//!
//! **MPMC words** are `lap | closed | index`: with `mark` = the next power of two ≥ N, the index is below `mark`, the
//! closed bit *is* `mark`, and laps count in steps of `2 * mark`, so that adding past the end of the word wraps the lap
//! and touches nothing else. A *turn stamp* is a lap base with bit 0 = full; `2 * mark ≥ 2` keeps bit 0 free, and zero
//! means empty in lap 0.

#![forbid(unsafe_code)]

/// An unsigned machine word.
pub(crate) trait Word: Copy + Eq + Ord {
    /// SPSC: `pos` moved on by `by ≤ capacity`.
    fn moved(pos: Self, by: Self, capacity: Self, mask: bool) -> Self;
    /// SPSC: how far it is from `from` to `to`, at most `capacity`.
    fn distance(from: Self, to: Self, capacity: Self, mask: bool) -> Self;
    /// SPSC: the slot of a position.
    fn slot(pos: Self, capacity: Self, mask: bool) -> Self;

    /// MPMC: the closed bit of a ring of `capacity` slots.
    fn mark(capacity: Self) -> Self;
    /// MPMC: the slot of a position.
    fn index(pos: Self, mark: Self) -> Self;
    /// MPMC: the position after `pos`, closed bit not set.
    fn next(pos: Self, capacity: Self, mark: Self) -> Self;
    /// MPMC: the lap base of a position: the stamp of its slot while empty.
    fn lap(pos: Self, mark: Self) -> Self;
    /// MPMC: the same place one lap later.
    fn lap_later(pos: Self, mark: Self) -> Self;
    /// MPMC: how many positions lie from `head` to `tail`, at most `capacity` when both are of one moment.
    fn between(head: Self, tail: Self, capacity: Self, mark: Self) -> Self;
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            #[inline(always)]
            fn moved(pos: Self, by: Self, capacity: Self, mask: bool) -> Self {
                let to = pos + by;
                if mask {
                    to & (2 * capacity - 1)
                } else if to >= 2 * capacity {
                    to - 2 * capacity
                } else {
                    to
                }
            }

            #[inline(always)]
            fn distance(from: Self, to: Self, capacity: Self, mask: bool) -> Self {
                if mask {
                    to.wrapping_sub(from) & (2 * capacity - 1)
                } else if to >= from {
                    to - from
                } else {
                    to + (2 * capacity - from)
                }
            }

            #[inline(always)]
            fn slot(pos: Self, capacity: Self, mask: bool) -> Self {
                if mask {
                    pos & (capacity - 1)
                } else if pos >= capacity {
                    pos - capacity
                } else {
                    pos
                }
            }

            #[inline(always)]
            fn mark(capacity: Self) -> Self {
                capacity.next_power_of_two()
            }

            #[inline(always)]
            fn index(pos: Self, mark: Self) -> Self {
                pos & (mark - 1)
            }

            #[inline(always)]
            fn next(pos: Self, capacity: Self, mark: Self) -> Self {
                if (pos & (mark - 1)) + 1 < capacity {
                    pos + 1
                } else {
                    Self::lap_later(Self::lap(pos, mark), mark)
                }
            }

            #[inline(always)]
            fn lap(pos: Self, mark: Self) -> Self {
                pos & !((mark - 1) | mark)
            }

            #[inline(always)]
            fn lap_later(pos: Self, mark: Self) -> Self {
                // `mark + mark` may be 0 only if the word had no lap bit at all; capacities are checked against that.
                pos.wrapping_add(mark + mark)
            }

            #[inline]
            fn between(head: Self, tail: Self, capacity: Self, mark: Self) -> Self {
                let (h, t) = (Self::index(head, mark), Self::index(tail, mark));
                let (from, to) = (Self::lap(head, mark), Self::lap(tail, mark));
                if from == to {
                    t.saturating_sub(h)
                } else if Self::lap_later(from, mark) == to {
                    (t + (capacity - h)).min(capacity)
                } else {
                    capacity
                }
            }
        }
    };
}

word!(usize);

word!(u8);
