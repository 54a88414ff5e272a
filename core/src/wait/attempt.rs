//! L3: [`Attempt`], what is waited for: one operation that may have to be tried again.

#![allow(unsafe_code)]

use core::task::Poll;

use super::until::Place;

/// One operation that is tried until it succeeds. [`Until`](super::Until) makes a future of it, the facade's park loop a blocking call.
///
/// # Safety
/// For implementors: [`place`](Attempt::place) is the same place at every call, and that place neither moves nor ends
/// before the attempt does: a waiter's node is linked there. [`admit`](Attempt::admit) and [`depart`](Attempt::depart), which
/// are called under the lock of a queue, neither use the place nor run code that may: nothing of the caller's, no waker.
pub unsafe trait Attempt {
    /// What a success gives.
    type Output;
    /// Where to wait between two tries.
    type Place: Place;

    /// The place where a change is announced that makes another try worth it.
    fn place(&self) -> &Self::Place;

    /// Tries once, without waiting. Must not fail on [`Turn::Given`] and [`Turn::Refused`].
    fn attempt(&mut self, turn: Turn) -> Poll<Self::Output>;

    /// The waiter is about to take its seat: may it? `others` says whether others wait there who have been told nothing yet.
    /// Asked in the same moment, that is under the lock of a queue: see *Safety*. It must not wait either.
    fn admit(&self, others: bool) -> bool {
        let _ = others;
        true
    }

    /// The waiter leaves its seat by itself. Said in the same moment, as [`admit`](Attempt::admit) is asked.
    fn depart(&self) {}

    /// After a success: may there be something left for the next waiter? Answering `true` costs a wake-up, answering
    /// `false` wrongly a waiter that sleeps beside what it waits for.
    fn more(&self) -> bool {
        false
    }

    /// How much of it is wanted at once: what the notifier of a queue may look at.
    fn want(&self) -> usize {
        1
    }

    /// The waiter has left the place by itself: the queue behind it may have to be looked at.
    fn left(&mut self) {}

    /// The waiter was woken and has no use for it: by default the next one in the place is.
    fn pass_on(&self) {
        self.place().pass_on();
    }

    /// Takes back what the waiter was given and will not use.
    fn give_back(&mut self) {}

    /// The capacity of what is waited for: how long a blocking caller may try before it sleeps. 0: trying is of no use, only
    /// who has a seat is told.
    fn patience(&self) -> usize {
        1
    }
}

/// In what position an [`Attempt`] is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The caller has just come.
    Fresh,
    /// The caller waits in the place, or was the first there and has been woken.
    Queued,
    /// The notifier has done the operation for this waiter: the attempt only takes the result.
    Given,
    /// Everybody who waited was let go in one moment.
    Released,
    /// The waiter was not [admitted](Attempt::admit): the attempt tells why.
    Refused,
}
