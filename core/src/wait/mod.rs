//! L3: waiting, once for everything.
//!
//! | piece | what it is |
//! |---|---|
//! | [`WaitQueue`] | where any number of contexts wait, woken in arrival order |
//! | [`WaitCell`] | where one context waits |
//! | [`Operation`] | one operation that may have to be tried again |
//! | [`Until`] | the future of an operation: the only future of the library |
//! | [`Wait`] | the same before it begins, for a caller that blocks in its own way |
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
mod operation;
mod queue;
mod until;
mod waiters;

pub use block_on::{Relax, Spin, block_on, block_on_until, block_on_with};
pub use cell::WaitCell;
pub(crate) use operation::Key;
pub use operation::{Operation, Phase, Protocol};
pub(crate) use queue::First;
pub use queue::WaitQueue;
pub use until::{Until, Wait};
pub use waiters::Waiters;

/// Up to this capacity both sides sleep so often that the heavy fence would be paid for nearly every message
/// (`channel/1p1c/1` beside `channel/1p1c/64`).
pub(crate) const SMALL: usize = 8;

/// Lets waiters fence for both sides: `everywhere` makes every running thread of the process execute a full fence
/// (Linux: membarrier), notifiers then make none. For an owner with an operating system, once, before anybody waits.
///
/// False, and nothing changes, if somebody has waited before, if it was called before, or without feature `std`.
pub fn use_asymmetric_fences(everywhere: fn()) -> bool {
    crate::shim::set_asymmetric(everywhere)
}
