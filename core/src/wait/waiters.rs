//! L3: [`Waiters`], what a future needs of the queue or the cell in which it waits.

#![allow(unsafe_code)]

use core::pin::Pin;
use core::task::Waker;

use super::operation::Phase;

pub(super) mod sealed {
    pub trait Sealed {}
}

/// A place where tasks and threads wait: a [`WaitQueue`](super::WaitQueue) or a
/// [`WaitCell`](super::WaitCell). Sealed.
pub trait Waiters: sealed::Sealed {
    /// The part of a waiter that the place links to.
    #[doc(hidden)]
    type Waiter;
    /// Returns a waiter that has not been enqueued yet.
    #[doc(hidden)]
    fn waiter() -> Self::Waiter;
    /// Enqueues the waiter unless `on_enqueue` refuses, which is called in the same moment and learns
    /// whether others wait. `again`: at the front, for a waiter that was woken but lost the race.
    /// `weight`: how many units it waits for. If `on_enqueue` refuses, the waker that is not needed is
    /// returned: dropping it may run any code, so the caller does that last.
    ///
    /// # Safety
    /// The waiter was never enqueued, or the last `look` or `leave` said that it waits no longer.
    /// Until then it is neither moved nor freed, and always brought to this place. `on_enqueue` does not
    /// use the place.
    #[doc(hidden)]
    unsafe fn enqueue(
        &self,
        waiter: Pin<&Self::Waiter>,
        waker: &Waker,
        again: bool,
        weight: usize,
        on_enqueue: impl FnOnce(bool) -> bool,
    ) -> Result<(), Waker>;
    /// Returns the phase of the waiter: [`Phase::Enqueued`] if it was not notified, and then
    /// `waker` is the one to wake. If dropping a waker panics here, the next `look` or `leave`
    /// returns the same again.
    ///
    /// # Safety
    /// The waiter was enqueued here.
    #[doc(hidden)]
    unsafe fn look(&self, waiter: Pin<&Self::Waiter>, waker: &Waker) -> Phase;
    /// Takes the waiter out, and returns its phase. If it was not notified, `on_leave` is called in
    /// that moment, and the phase is
    /// [`Phase::First`]. The caller drops the waker last.
    ///
    /// # Safety
    /// The waiter was enqueued here. `on_leave` does not use the place.
    #[doc(hidden)]
    unsafe fn leave(
        &self,
        waiter: Pin<&Self::Waiter>,
        on_leave: impl FnOnce(),
    ) -> (Phase, Option<Waker>);
    /// Returns `true` if notifiers here make the light half of an asymmetric fence.
    #[doc(hidden)]
    fn is_asymmetric(&self) -> bool;
    /// Passes a wake-up that a waiter does not need on to the next one.
    #[doc(hidden)]
    fn forward_wakeup(&self);
}
