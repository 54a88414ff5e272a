//! Two attempts to wait with: one that looks, one that takes.

use std::task::Poll;

use gimmal_core_loom::wait::{Attempt, Place, Turn};

use super::Word;

/// Ready when given, or when each of the words is set.
pub(crate) struct Look<'a, P> {
    pub(crate) place: &'a P,
    pub(crate) words: &'a [Word],
}

// SAFETY: the place is borrowed.
unsafe impl<P: Place> Attempt for Look<'_, P> {
    type Output = ();
    type Place = P;

    fn place(&self) -> &P {
        self.place
    }

    fn attempt(&mut self, turn: Turn) -> Poll<()> {
        if matches!(turn, Turn::Given | Turn::Released)
            || self.words.iter().all(|word| word.get() > 0)
        {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Takes permits: a small semaphore. A permit that was given has been taken already by the giver.
pub(crate) struct Take<'a, P> {
    pub(crate) place: &'a P,
    pub(crate) permits: &'a Word,
    /// How many at once.
    pub(crate) amount: usize,
    /// Refuses whoever has not queued.
    pub(crate) fair: bool,
}

// SAFETY: the place is borrowed.
unsafe impl<P: Place> Attempt for Take<'_, P> {
    type Output = ();
    type Place = P;

    fn place(&self) -> &P {
        self.place
    }

    fn attempt(&mut self, turn: Turn) -> Poll<()> {
        let taken = match turn {
            Turn::Given | Turn::Released => true,
            Turn::Refused => false,
            Turn::Fresh if self.fair => false,
            Turn::Fresh | Turn::Queued => self.permits.take(self.amount),
        };
        if taken {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn more(&self) -> bool {
        self.permits.get() > 0
    }

    fn give_back(&mut self) {
        self.permits.add(1);
        self.place.pass_on();
    }
}
