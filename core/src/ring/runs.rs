//! L2: runs of the MPMC ring: several neighbouring positions by one claim.
//!
//! A claim is what the contexts at one end of the ring contend for: the line of `tail` (`head`)
//! moves once for a run, and not once for each item (`mpmc/runs/2p2c`).
//!
//! A run begins at the position that a single operation would claim, and goes on while the stamps
//! say that the next slots are ours too. They are looked at before the claim. Nobody but the owner
//! of a position changes its stamp, and a position from `tail` (`head`) on is owned by nobody
//! before the claim that moves `tail` (`head`) past it: so if the claim succeeds, the stamps are
//! still what they were. A run is never longer than the ring: the slot after it has the stamp of
//! another lap.
//!
//! Each slot is published by itself, in order, as soon as it is written (read): others need not
//! wait for the whole run. Of an empty run, and of one that is lost to others, `mpmc.rs` says why.
//!
//! Invariant **R1**: the positions of a run belong to the context that claimed them together, each
//! until its stamp is stored; and each stamp of a claimed run is stored, however the call ends. No
//! user code runs between the claim of a run to write and its last stamp.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | push_run: `stamp.store(FULL)` | pop_run: `stamp.load` | the values, as in `mpmc.rs` |
//! | E2 | pop_run: `stamp.store(EMPTY)` | push_run: `stamp.load` | the slots are read out, as in `mpmc.rs` |

#![allow(unsafe_code)]

use crate::shim::atomic::Ordering::*;
use crate::shim::{Backoff, step};

use super::mpmc::RingOf;
use super::refused::{Nothing, Refused};
use super::slot::{Storage, TurnSlot, to_the_end};
use crate::error::{PopError, PushError};
use crate::ring::index::Word;

/// Bit 0 of a stamp: the slot holds a value.
const FULL: usize = 1;

impl<T, S: Storage<Slot = TurnSlot<T>> + ?Sized> RingOf<S> {
    /// Appends the first of `items`, as many as there is room for, by one claim. Returns how many
    /// that were: at least one, unless `items` is empty. They are neighbours in the ring: no item
    /// of another push comes between them. A pop may see the first of them before the last one is
    /// written.
    ///
    /// Fewer than there is room for are appended if the ring ends a run early: where somebody else
    /// has begun to empty a slot and has not finished. Call again with the rest.
    ///
    /// # Errors
    /// [`PushError::Full`]: at a moment of the call every slot was taken. [`PushError::Busy`]:
    /// somebody else has begun to empty the next slot and has not finished. Nothing was appended.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::ring::mpmc::Ring;
    /// let ring = Ring::<u8, 4>::new();
    /// assert_eq!(ring.push_run(b"gimmal"), Ok(4));
    ///
    /// let mut bytes = [0; 3];
    /// assert_eq!(ring.pop_run(&mut bytes), Ok(3));
    /// assert_eq!(&bytes, b"gim");
    /// assert_eq!(ring.push_run(b"al"), Ok(2));
    /// ```
    #[inline]
    #[doc(alias = "push_slice")]
    #[doc(alias = "enqueue_bulk")]
    pub fn push_run(&self, items: &[T]) -> Result<usize, PushError<()>>
    where
        T: Copy,
    {
        if items.is_empty() {
            return Ok(0);
        }
        let claimed = self.claim_free(items.len()).map_err(|why| match why {
            Refused::Full => PushError::Full(()),
            Refused::Busy | Refused::Closed => PushError::Busy(()),
        });
        let (mut tail, n) = claimed?;
        for item in items.iter().take(n) {
            let (TurnSlot { stamp, slot }, track) = self.at(tail);
            // SAFETY: R1.
            unsafe { slot.put(track, *item) };
            stamp.store(self.turn(tail) | FULL, Release); // E1
            tail = self.next(tail);
        }
        Ok(n)
    }

    /// Takes the oldest items into `out`, as many as there are and fit, by one claim. Returns how
    /// many that were: at least one, unless `out` is empty. They were neighbours in the ring.
    ///
    /// Fewer than there are are taken if the ring ends a run early: where somebody else has begun
    /// to fill a slot and has not finished. Call again for the rest.
    ///
    /// # Errors
    /// [`PopError::Empty`]: at a moment of the call the ring was empty. [`PopError::Busy`]: somebody
    /// else has begun to fill the next slot and has not finished. `out` is unchanged.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::error::PopError;
    /// # use gimmal_core::ring::mpmc::Ring;
    /// let ring = Ring::<u32, 8>::new();
    /// ring.push_run(&[1, 2, 3]).unwrap();
    ///
    /// let mut out = [0; 2];
    /// assert_eq!(ring.pop_run(&mut out), Ok(2));
    /// assert_eq!(out, [1, 2]);
    /// assert_eq!(ring.pop_run(&mut out), Ok(1));
    /// assert_eq!(out, [3, 2]);
    /// assert_eq!(ring.pop_run(&mut out), Err(PopError::Empty));
    /// ```
    #[inline]
    #[doc(alias = "pop_slice")]
    #[doc(alias = "dequeue_bulk")]
    pub fn pop_run(&self, out: &mut [T]) -> Result<usize, PopError>
    where
        T: Copy,
    {
        let most = out.len();
        let mut places = out.iter_mut();
        let taken = self.take_run(most, |item| {
            if let Some(place) = places.next() {
                *place = item;
            }
        });
        taken.map_err(|why| match why {
            Nothing::Empty | Nothing::Closed => PopError::Empty,
            Nothing::Busy => PopError::Busy,
        })
    }

    /// Takes `most` items at most by one claim and gives them to `each`; says how many. If `each`
    /// panics, the rest of the run is dropped.
    #[inline]
    pub(crate) fn take_run(&self, most: usize, mut each: impl FnMut(T)) -> Result<usize, Nothing> {
        if most == 0 {
            return Ok(0);
        }
        let (at, left) = self.claim_filled(most)?;
        let mut run = Claimed {
            ring: self,
            at,
            left,
        };
        while let Some(item) = run.next() {
            each(item);
        }
        Ok(left)
    }

    /// Claims 1 to `most` positions to write at.
    #[inline]
    fn claim_free(&self, most: usize) -> Result<(usize, usize), Refused> {
        let mut backoff = Backoff::new();
        let mut tail = self.tail.load(Relaxed); // R: the claim confirms it
        loop {
            let (mut end, mut n) = (tail, 0);
            while n < most {
                let turn = self.at(end).0.stamp.load(Acquire); // E2
                let ours = self.turn(end);
                if step!("free-slots-only", turn != ours, else n == 0 && turn != ours) {
                    break;
                }
                (end, n) = (self.next(end), n + 1);
            }
            tail = if n > 0 {
                match self.move_tail(tail, end) {
                    Ok(_) => return Ok((tail, n)),
                    Err(now) => backoff.lost(now),
                }
            } else {
                // A closed tail never meets its stamp, so it comes here.
                self.where_to_put(tail, &self.at(tail).0.stamp, self.turn(tail))?
            };
        }
    }

    /// Claims 1 to `most` positions to read at.
    #[inline]
    fn claim_filled(&self, most: usize) -> Result<(usize, usize), Nothing> {
        let mut backoff = Backoff::new();
        let mut head = self.head.load(Relaxed); // R: the claim confirms it
        loop {
            let (mut end, mut n) = (head, 0);
            while n < most {
                let turn = self.at(end).0.stamp.load(Acquire); // E1
                let ours = self.turn(end) | FULL;
                if step!("filled-slots-only", turn != ours, else n == 0 && turn != ours) {
                    break;
                }
                (end, n) = (self.next(end), n + 1);
            }
            head = if n > 0 {
                match self.move_head(head, end) {
                    Ok(_) => return Ok((head, n)),
                    Err(now) => backoff.lost(now),
                }
            } else {
                self.where_to_take(head, &self.at(head).0.stamp, self.turn(head) | FULL)?
            };
        }
    }
}

/// A claimed run to read: what is not taken is dropped with it (R1).
struct Claimed<'r, T, S: Storage<Slot = TurnSlot<T>> + ?Sized> {
    ring: &'r RingOf<S>,
    at: usize,
    left: usize,
}

impl<T, S: Storage<Slot = TurnSlot<T>> + ?Sized> Claimed<'_, T, S> {
    #[inline(always)]
    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let here = self.at;
        self.at = self.ring.next(here);
        let (TurnSlot { stamp, slot }, track) = self.ring.at(here);
        // SAFETY: R1, and the stamp said FULL.
        let item = unsafe { slot.take(track) };
        let empty = Word::lap_later(self.ring.turn(here), self.ring.span());
        stamp.store(empty, Release); // E2
        Some(item)
    }
}

impl<T, S: Storage<Slot = TurnSlot<T>> + ?Sized> Drop for Claimed<'_, T, S> {
    #[inline]
    fn drop(&mut self) {
        to_the_end(|| self.next().is_some());
    }
}
