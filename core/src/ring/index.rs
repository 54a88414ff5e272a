//! L2: the arithmetic of positions and turns, once, over any word, so that tests can wrap it round
//! in a byte.
//!
//! **SPSC positions** of a ring whose N is a power of two are masked, to two rounds or (on bare
//! 32-bit cores) to the whole word, which N divides: the slot is the low bits, the distance a
//! difference. Any other N needs more care: its positions run through `0..2N` and start again, the
//! slot is the position without its round (`pos` or `pos - N`), and nothing ever overflows (`%` on
//! a counter that wraps with the word overwrote live data in iceoryx2, issue 986). Either way full
//! and empty differ, and a distance is exact up to N. All views of a ring come to the same numbers:
//! see `Storage::mask`.
//!
//! **MPMC words** are `lap | index | closed`: bit 0 is the closed bit, the index above it counts
//! below `span`, the next power of two ≥ N, and laps count in steps of `2 * span`, so that adding
//! past the end of the word wraps the lap and touches nothing else. Where N is a power of two, the
//! position after a position is simply 2 more. A *turn stamp* is a lap base with bit 0 = full; zero
//! means empty in lap 0. So a position without its index is the stamp of its slot while that is
//! empty, and with the closed bit set one that the slot at the end of a closed ring never has: its
//! position is never claimed.

#![forbid(unsafe_code)]

use crate::shim::CACHE_LINES;

/// The mask of SPSC positions in a ring whose capacity is a power of two. With cache lines they run
/// through two rounds; without, through the whole word, which saves the masking.
#[inline(always)]
pub(crate) const fn wrap_mask(capacity: usize) -> usize {
    if CACHE_LINES {
        2 * capacity - 1
    } else {
        usize::MAX
    }
}

/// The same for a view. With cache lines it need not have one: comparing gives the same numbers,
/// and does not first ask what the capacity is.
#[inline(always)]
pub(crate) fn wrap_mask_of_view(capacity: usize) -> Option<usize> {
    if !CACHE_LINES && capacity.is_power_of_two() {
        Some(wrap_mask(capacity))
    } else {
        None
    }
}

/// An unsigned machine word.
pub(crate) trait Word: Copy + Eq + Ord {
    /// SPSC: `pos` moved on by `by ≤ capacity`.
    fn moved(pos: Self, by: Self, capacity: Self, mask: Option<Self>) -> Self;
    /// SPSC: the position after `pos`.
    fn after(pos: Self, capacity: Self, mask: Option<Self>) -> Self;
    /// SPSC: how far it is from `from` to `to`, at most `capacity`.
    fn distance(from: Self, to: Self, capacity: Self, mask: Option<Self>) -> Self;
    /// SPSC: the slot of a position.
    fn slot(pos: Self, capacity: Self, mask: Option<Self>) -> Self;

    /// MPMC: how many indices a lap has room for, in a ring of `capacity` slots.
    fn span(capacity: Self) -> Self;
    /// MPMC: the slot of a position.
    fn index(pos: Self, span: Self) -> Self;
    /// MPMC: the position after `pos`, closed bit not set.
    fn next(pos: Self, capacity: Self, span: Self) -> Self;
    /// MPMC: a position without its index: the lap base, and the closed bit.
    fn turn(pos: Self, span: Self) -> Self;
    /// MPMC: the same place one lap later.
    fn lap_later(pos: Self, span: Self) -> Self;
    /// MPMC: how many positions lie from `head` to `tail`, at most `capacity` when both are of one
    /// moment.
    fn between(head: Self, tail: Self, capacity: Self, span: Self) -> Self;
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            #[inline(always)]
            fn moved(pos: Self, by: Self, capacity: Self, mask: Option<Self>) -> Self {
                if let Some(mask) = mask {
                    return pos.wrapping_add(by) & mask;
                }
                let to = pos + by;
                if to >= 2 * capacity {
                    to - 2 * capacity
                } else {
                    to
                }
            }

            #[inline(always)]
            fn after(pos: Self, capacity: Self, mask: Option<Self>) -> Self {
                if let Some(mask) = mask {
                    return pos.wrapping_add(1) & mask;
                }
                // Fewer instructions than `moved` by 1.
                let to = pos + 1;
                if to == 2 * capacity { 0 } else { to }
            }

            #[inline(always)]
            fn distance(from: Self, to: Self, capacity: Self, mask: Option<Self>) -> Self {
                if let Some(mask) = mask {
                    to.wrapping_sub(from) & mask
                } else if to >= from {
                    to - from
                } else {
                    to + (2 * capacity - from)
                }
            }

            #[inline(always)]
            fn slot(pos: Self, capacity: Self, mask: Option<Self>) -> Self {
                if mask.is_some() {
                    pos & (capacity - 1)
                } else {
                    // In the first half the difference wraps around to a larger number.
                    pos.min(pos.wrapping_sub(capacity))
                }
            }

            #[inline(always)]
            fn span(capacity: Self) -> Self {
                capacity.next_power_of_two()
            }

            #[inline(always)]
            fn index(pos: Self, span: Self) -> Self {
                (pos & (2 * span - 1)) >> 1
            }

            #[inline(always)]
            fn next(pos: Self, capacity: Self, span: Self) -> Self {
                if capacity == span || Self::index(pos, span) + 1 < capacity {
                    pos.wrapping_add(2)
                } else {
                    Self::lap_later(Self::turn(pos, span), span)
                }
            }

            #[inline(always)]
            fn turn(pos: Self, span: Self) -> Self {
                pos & !(2 * (span - 1))
            }

            #[inline(always)]
            fn lap_later(pos: Self, span: Self) -> Self {
                // `2 * span` is never the whole word: capacities are checked against that.
                pos.wrapping_add(2 * span)
            }

            #[inline]
            fn between(head: Self, tail: Self, capacity: Self, span: Self) -> Self {
                let (h, t) = (Self::index(head, span), Self::index(tail, span));
                let (from, to) = (Self::turn(head, span), Self::turn(tail, span));
                if from == to {
                    t.saturating_sub(h)
                } else if Self::lap_later(from, span) == to {
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
