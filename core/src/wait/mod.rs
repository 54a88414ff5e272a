//! Waiting: the future behind every waiting operation of the library, and the parts to build a
//! primitive of your own.
//!
//! | piece | what it is |
//! |---|---|
//! | [`WaitQueue`] | a queue of waiting threads and tasks, which are notified in arrival order |
//! | [`WaitCell`] | the same for one waiter, without a lock |
//! | [`Operation`] | an operation that is tried until it succeeds |
//! | [`Until`] | the future of an operation: the only future of the library |
//! | [`Wait`] | an operation and the place where it will wait, before the first try |
//! | [`block_on`] | runs a future to completion where there is no executor |
//!
//! # A primitive of your own
//! Keep a state and a [`WaitQueue`] beside it. To wait, give an [`Operation`] that looks at the
//! state to [`Until`]. To notify, change the state first, and then call [`WaitQueue::wake_one`] or
//! [`WaitQueue::wake_all`]. A wake-up that comes between the look and the wait is never lost.
//! [`Operation`] has an example; the [guide](crate::guide#build-your-own-primitive) builds a
//! count-down latch.

// Each side of a wait makes one full fence:
//
// | waiter | notifier |
// |---|---|
// | enqueue | change the state |
// | `fence(SeqCst)` | `fence(SeqCst)` |
// | try once more | look whether a waiter is enqueued |
//
// Whichever fence comes first, the other side sees what was done before it: either the try
// succeeds, or the notifier finds the waiter. Without one of the fences both sides may look too
// early.

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
pub(crate) use until::{Polled, fence};
pub use until::{Until, Wait};
pub use waiters::Waiters;

/// Up to this capacity both sides sleep so often that nearly every message would pay for the heavy
/// fence (`channel/1p1c/1` beside `channel/1p1c/64`). It is the step between 8 and 9 places in the
/// curve `capacity`: with 0 here that was gone, and an SPSC channel of one place took half as long again.
pub(crate) const SMALL_CAPACITY: usize = 8;

/// Lets waiters make the fences of both sides: `everywhere` makes every running thread of the
/// process execute a full fence (Linux: `membarrier`), and notifiers then make none. To be called
/// once, by a program with an operating system, before anything waits.
///
/// Returns `false`, and changes nothing, if something has waited before, if it was called before,
/// or without the feature `std`.
#[doc(hidden)]
pub fn use_asymmetric_fences(everywhere: fn()) -> bool {
    crate::shim::set_asymmetric(everywhere)
}
