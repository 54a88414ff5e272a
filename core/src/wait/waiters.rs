//! L3: [`Waiters`], a place where waiters are enqueued: what a future needs of a queue or a cell.

#![allow(unsafe_code)]

use core::pin::Pin;
use core::task::Waker;

use super::operation::Phase;

pub(super) mod sealed {
    pub trait Sealed {}
}

/// Where tasks and threads wait: a [`WaitQueue`](super::WaitQueue) or a [`WaitCell`](super::WaitCell). Sealed.
pub trait Waiters: sealed::Sealed {
    /// The part of a waiter that the place links to.
    type Waiter;
    /// A waiter that has not been enqueued yet.
    fn waiter() -> Self::Waiter;
    /// Enqueues the waiter unless `admit` refuses, which is asked in the same moment and told whether others wait. `again`:
    /// at the front, for a waiter that was woken but lost the race. `weight`: how much it waits for. If `admit` refuses, the
    /// waker that is not needed comes back: dropping it may run any code, so that is done when nothing else is left to do.
    ///
    /// # Safety
    /// The waiter was never enqueued, or the last `look` or `leave` said that it waits no longer. Until then it is neither
    /// moved nor freed, and always brought to this place. `admit` does not use the place.
    unsafe fn enqueue(
        &self,
        waiter: Pin<&Self::Waiter>,
        waker: &Waker,
        again: bool,
        weight: usize,
        admit: impl FnOnce(bool) -> bool,
    ) -> Result<(), Waker>;
    /// What has happened since: [`Phase::Enqueued`] if nothing has, and then `waker` is the one to wake. Should dropping a
    /// waker panic here, the next look, or leaving, says the same again.
    ///
    /// # Safety
    /// The waiter was enqueued here.
    unsafe fn look(&self, waiter: Pin<&Self::Waiter>, waker: &Waker) -> Phase;
    /// Waits no longer, whatever has happened; if nothing has, `depart` is called in that moment, and the answer is
    /// [`Phase::First`]. The waker is to be dropped when nothing else is left to do.
    ///
    /// # Safety
    /// The waiter was enqueued here. `depart` does not use the place.
    unsafe fn leave(
        &self,
        waiter: Pin<&Self::Waiter>,
        depart: impl FnOnce(),
    ) -> (Phase, Option<Waker>);
    /// Returns `true` if notifiers here make the light half of an asymmetric fence.
    fn is_asymmetric(&self) -> bool;
    /// Gives a wake-up that a waiter does not need to the next one.
    fn forward_wakeup(&self);
}
