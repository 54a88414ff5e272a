//! Three operations: one that looks, one that takes, one that takes under a mutex.

use std::task::Poll;

use gimmal_core_loom::wait::{Operation, Phase, Until, WaitQueue, Waiters};
use loom::sync::Mutex;

use super::Word;

/// Ready when granted, or when each of the words is set.
pub(crate) struct Look<'a> {
    pub(crate) words: &'a [Word],
}

/// A future that waits in `place` until each of the words is set.
pub(crate) fn look<'a, P: Waiters>(place: &'a P, words: &'a [Word]) -> Until<'a, P, Look<'a>> {
    Until::new(place, Look { words })
}

impl Operation for Look<'_> {
    type Output = ();

    fn try_once(&mut self, when: Phase) -> Poll<()> {
        if matches!(when, Phase::Granted | Phase::Released)
            || self.words.iter().all(|word| word.get() > 0)
        {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Takes permits: a small semaphore. A permit that was granted has been taken already by the notifier.
pub(crate) struct Take<'a> {
    pub(crate) place: &'a WaitQueue,
    pub(crate) permits: &'a Word,
    /// How many at once.
    pub(crate) amount: usize,
    /// Refuses callers that are not enqueued.
    pub(crate) fair: bool,
}

impl Operation for Take<'_> {
    type Output = ();

    fn try_once(&mut self, when: Phase) -> Poll<()> {
        let taken = match when {
            Phase::Granted | Phase::Released => true,
            Phase::Refused => false,
            Phase::First if self.fair => false,
            Phase::First | Phase::Enqueued | Phase::Woken => self.permits.take(self.amount),
        };
        if taken {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn may_wake_next(&self) -> bool {
        self.permits.get() > 0
    }

    fn return_grant(&mut self) {
        self.permits.add(1);
        self.place.wake_one();
    }
}

/// Takes one of what a mutex counts, as the facade's queues do.
pub(crate) struct TakeLocked<'a>(pub(crate) &'a Mutex<usize>);

impl Operation for TakeLocked<'_> {
    type Output = ();

    fn try_once(&mut self, _when: Phase) -> Poll<()> {
        let mut count = self.0.lock().unwrap();
        match count.checked_sub(1) {
            Some(left) => {
                *count = left;
                Poll::Ready(())
            }
            None => Poll::Pending,
        }
    }
}
