//! L3: waiting, once for everything.
//!
//! | piece | what it is |
//! |---|---|
//! | [`WaitQueue`] | where any number of contexts wait, woken in arrival order |
//! | [`WaitCell`] | where one context waits |
//! | [`Attempt`] | one operation that may have to be tried again |
//! | [`Until`] | the future of an attempt: the only future of the library |
//! | [`block_on`] | runs a future where there is no executor |
//!
//! A whole wait is a conversation of two sides, and one fence on each:
//!
//! | who waits | who changes the state |
//! |---|---|
//! | announce itself in the place | publish the change |
//! | `fence(SeqCst)` | `fence(SeqCst)` |
//! | attempt once more | is anybody announced? |
//!
//! Whichever fence comes first, the other side sees what was done before it: either the attempt succeeds or the notifier
//! finds the waiter. Leave one out, and both may look too early.

mod block_on;
mod cell;
mod list;
mod queue;
mod until;

pub use block_on::{Relax, Spin, block_on, block_on_until, block_on_with};
pub use cell::WaitCell;
pub use queue::WaitQueue;
pub use until::{Place, Told, Until};

use core::task::Poll;

/// Up to this capacity both sides sleep so often that even fences are cheaper.
pub(crate) const SMALL: usize = 8;

/// Lets waiters fence for both sides: `everywhere` makes every running thread of the process execute a full fence
/// (Linux: membarrier), notifiers then make none. For an owner with an operating system, once, before anybody waits.
///
/// False, and nothing changes, if somebody has waited before, if it was called before, or without feature `std`.
pub fn use_uneven_fences(everywhere: fn()) -> bool {
    crate::shim::set_uneven(everywhere)
}

/// One operation that is tried until it succeeds. [`Until`] makes a future of it, the facade's park loop a blocking call.
pub trait Attempt {
    /// What a success gives.
    type Output;
    /// Where to wait between two tries.
    type Place: Place;

    /// The place where a change is announced that makes another try worth it.
    fn place(&self) -> &Self::Place;

    /// Tries once, without waiting. Must not fail on [`Turn::Given`].
    fn attempt(&mut self, turn: Turn) -> Poll<Self::Output>;

    /// After a success: may there be something left for the next waiter? Answering `true` costs a wake-up, answering
    /// `false` wrongly a waiter that sleeps beside what it waits for.
    fn more(&self) -> bool {
        false
    }

    /// Takes back what the waiter was given and will not use.
    fn give_back(&mut self) {}

    /// The capacity of what is waited for: how long a blocking caller may try before it sleeps.
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
}
