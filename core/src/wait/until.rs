//! L3: [`Until`], the one future of the library: tries an operation until it succeeds; and
//! [`Wait`], what it is made of.
//!
//! | stage | the waiter | what a poll does |
//! |---|---|---|
//! | `Fresh` | in no queue | try; if that fails enqueue, fence, try again |
//! | `Enqueued` | in the queue | look at its phase; if woken, try, else enqueue at the front, fence, try again |
//! | `Done` | in no queue | panics, as every future does that has been ready |
//!
//! **What a waiter owes.** A wake-up may be for something that another waiter could use. So
//! * a waiter that was woken and succeeded wakes the next one if there may be more (*chain wake*):
//!   two slots may have been freed and both wake-ups have gone to the same waiter, which was in
//!   front again after the first;
//! * a waiter that succeeds or leaves by itself and finds that it had been woken forwards the
//!   wake-up;
//! * a waiter that leaves and finds that it had been granted something returns the grant; one that
//!   was released with all others owes nothing.
//!
//! | edge | one half | other half | what it carries |
//! |---|---|---|---|
//! | E1 | waiter: enqueued, `fence(SeqCst)`, try | notifier: publish, `fence(SeqCst)`, look for a waiter | see `wait` |

#![allow(unsafe_code)]

use core::future::{Future, IntoFuture};
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::shim::atomic::Ordering::*;
use crate::shim::{heavy, step};

use super::operation::{Key, Operation, Phase, Protocol};
use super::waiters::Waiters;
use crate::panic_without_fmt::some_or_panic;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Fresh,
    Enqueued,
    Done,
}

/// The future of an operation that is tried until it succeeds.
///
/// # Cancel safety
/// Dropping the future before it is ready loses nothing: it leaves the place where it waits, and a
/// wake-up or a grant that it has received goes to the next waiter. A value that it was to send is
/// dropped with it, once; [`cancel`](Until::cancel) returns that value. Forgetting it
/// (`mem::forget`) needs a pinned place that is forgotten with it, and leaks that.
///
/// # A future that is not polled
/// A waiting future that is kept but not polled keeps the notifications that it receives:
/// * It was *woken*, because there may be something for it (a message, room). It has left the queue
///   and has taken nothing: `try_` operations and later calls take what is there. But the other
///   waiters are not woken for the same thing; they sleep until this future is polled or dropped,
///   or until the next notification. When it is polled and finds nothing, it waits again at the
///   front; when it succeeds and there is more, it wakes the next waiter; when it is dropped, its
///   wake-up goes to the next waiter.
/// * It was *granted* something (permits, a notification), or a lock is reserved for it: the grant
///   is its own until it is polled, or until it is dropped, which passes the grant on. A lock that
///   is reserved for it is held as far as all others can see.
///
/// So drop a future that is no longer wanted. Do not hold on to one, for example across the body of
/// a `select!` branch that takes long.
#[must_use = "a future does nothing until it is polled"]
pub struct Until<'p, P: Waiters, O: Protocol> {
    place: &'p P,
    stage: Stage,
    operation: Option<O>,
    waiter: P::Waiter,
    /// The waiter is linked to while it is enqueued; this also keeps `&mut Until` from claiming to
    /// be unique.
    _pinned: PhantomPinned,
}

impl<'p, P: Waiters, O: Operation> Until<'p, P, O> {
    /// Returns a future that tries `operation` and waits in `place` between two tries. It has not
    /// tried yet.
    #[inline(always)]
    pub fn new(place: &'p P, operation: O) -> Self {
        Until::of(place, operation)
    }
}

impl<'p, P: Waiters, O: Protocol> Until<'p, P, O> {
    /// The same for every protocol. Not public: a caller that chose the place could grant there
    /// what the protocol waits for.
    #[inline(always)]
    fn of(place: &'p P, operation: O) -> Self {
        Until {
            place,
            stage: Stage::Fresh,
            operation: Some(operation),
            waiter: P::waiter(),
            _pinned: PhantomPinned,
        }
    }

    /// Ends the wait. If the operation has been done for this waiter, or can be done in one last
    /// try, this is its result; else the operation comes back, with the value it was to send.
    ///
    /// # Errors
    /// The operation, not done.
    ///
    /// # Panics
    /// If the future has been ready before.
    pub fn cancel(self: Pin<&mut Self>) -> Result<O::Output, O> {
        let this = self.project();
        let operation = some_or_panic!(this.operation.as_mut(), "the future has been ready before");
        // SAFETY: the waiter is only used through a pinned `Until`.
        let waiter = unsafe { Pin::new_unchecked(&this.waiter) };
        let (phase, unused) = leave(this.place, this.stage, operation, waiter);
        // As in `poll`: should the last try panic, the drop finds the wake-up.
        if phase != Phase::Woken {
            this.stage = Stage::Done;
        }
        if phase == Phase::First {
            operation.on_left(Key(()));
        }
        let last = operation.attempt(phase, Key(()));
        this.stage = Stage::Done;
        let mut operation = some_or_panic!(this.operation.take(), "it is there");
        match (phase, &last) {
            (Phase::Woken, Poll::Ready(_)) if !operation.chains(Key(())) => {}
            (Phase::Woken, _) => {
                step!("cancel-passes-on", forward(this.place, &mut operation));
            }
            _ => {}
        }
        drop(unused);
        match last {
            Poll::Ready(output) => Ok(output),
            Poll::Pending => Err(operation),
        }
    }

    /// Ends the wait without a last try, and returns the operation, which has not been done. What
    /// the waiter has received, a wake-up or a grant, goes to the next waiter, as by dropping the
    /// future.
    ///
    /// # Panics
    /// If the future has been ready before.
    pub fn withdraw(self: Pin<&mut Self>) -> O {
        let this = self.project();
        let mut operation =
            some_or_panic!(this.operation.take(), "the future has been ready before");
        if this.stage == Stage::Enqueued {
            this.give_up(&mut operation);
        }
        operation
    }

    /// Tries a future that has not been polled, as [`Wait::try_now`] does.
    pub(crate) fn try_now(&mut self) -> Poll<O::Output> {
        let operation = some_or_panic!(self.operation.as_mut(), "the future has been ready before");
        operation.attempt(Phase::First, Key(()))
    }

    /// Returns the operation of a future that has not been polled.
    pub(crate) fn into_operation(mut self) -> O {
        some_or_panic!(self.operation.take(), "the future has been ready before")
    }

    /// Returns how many items have passed: see [`Operation::passed`](super::Operation::passed).
    pub fn passed(&self) -> Option<usize> {
        self.operation.as_ref()?.count_passed(Key(()))
    }

    /// Returns the operation, for looking at it: `None` once the future has been ready.
    pub fn operation(&self) -> Option<&O> {
        self.operation.as_ref()
    }

    fn project(self: Pin<&mut Self>) -> &mut Self {
        // SAFETY: nothing is moved out of the pinned parts: the waiter stays in place until it has
        // left.
        unsafe { self.get_unchecked_mut() }
    }
}

/// Leaves the queue, if the waiter is in it, whatever has happened.
fn leave<P: Waiters, O: Protocol>(
    place: &P,
    stage: Stage,
    operation: &mut O,
    waiter: Pin<&P::Waiter>,
) -> (Phase, Option<Waker>) {
    if stage != Stage::Enqueued {
        return (Phase::First, None);
    }
    // SAFETY: the waiter was enqueued in this place when the stage became `Enqueued`.
    unsafe { place.leave(waiter, || operation.on_leave(Key(()))) }
}

/// Gives a wake-up that this waiter has no use for to the next one.
fn forward<P: Waiters, O: Protocol>(place: &P, operation: &mut O) {
    if !operation.on_unused_wakeup(Key(())) {
        place.forward_wakeup();
    }
}

/// What the first half of a poll has found.
pub enum Polled<T> {
    /// The operation has succeeded.
    Ready(T),
    /// The waiter is in the queue and has not been notified.
    Enqueued,
    /// The operation has failed, and the waiter is in no queue. `woken`: it had been woken, so its
    /// place is at the front.
    Failed { woken: bool },
}

/// The fence between a waiter's enqueuing and its second try.
#[inline(always)]
pub(crate) fn fence(asymmetric: bool) {
    heavy::fence(SeqCst, asymmetric); // E1
}

/// A future that is being polled, in its parts.
struct Polling<'u, P: Waiters, O> {
    place: &'u P,
    stage: &'u mut Stage,
    operation: &'u mut O,
    waiter: Pin<&'u P::Waiter>,
}

impl<P: Waiters, O: Protocol> Polling<'_, P, O> {
    /// Looks at the phase, and tries; and says whether the waiter had been woken. `None`: it has to
    /// go on waiting.
    #[inline(always)]
    fn look_and_try(&mut self, cx: &mut Context<'_>) -> Option<(Poll<O::Output>, bool)> {
        let phase = match *self.stage {
            // SAFETY: the waiter was enqueued in this place when the stage became `Enqueued`.
            Stage::Enqueued => match unsafe { self.place.look(self.waiter, cx.waker()) } {
                Phase::Enqueued => return None,
                phase => phase,
            },
            Stage::Fresh | Stage::Done => Phase::First,
        };
        let woken = phase == Phase::Woken;
        // A waiter that was notified has left the queue. One that was woken stays in the stage
        // `Enqueued` until it has succeeded or is enqueued again: if user code panics before that,
        // its drop, or the next poll, finds the wake-up.
        if !woken {
            *self.stage = Stage::Fresh;
        }
        Some((self.operation.attempt(phase, Key(())), woken))
    }

    /// Enqueues the waiter. If it is not admitted: the result, and a waker to be dropped last.
    #[inline(always)]
    fn enqueue(
        &mut self,
        cx: &mut Context<'_>,
        woken: bool,
    ) -> Result<(), (Poll<O::Output>, Waker)> {
        let weight = self.operation.weight(Key(()));
        let operation = &mut *self.operation;
        // SAFETY: the waiter is in no queue (never enqueued, or `look` said so), pinned, and leaves
        // before it goes: see `Drop`.
        let enqueued = unsafe {
            self.place
                .enqueue(self.waiter, cx.waker(), woken, weight, |others| {
                    operation.on_enqueue(others, Key(()))
                })
        };
        if let Err(unused) = enqueued {
            *self.stage = Stage::Fresh;
            return Err((self.operation.attempt(Phase::Refused, Key(())), unused));
        }
        *self.stage = Stage::Enqueued;
        Ok(())
    }

    /// Tries again after the fence.
    #[inline(always)]
    fn try_again(&mut self) -> Poll<O::Output> {
        step!("look-again", self.operation.attempt(Phase::Enqueued, Key(())), else Poll::Pending)
    }

    /// Leaves the queue after a success, and passes on what is not needed; `chain` is cleared if
    /// that has woken the next waiter. Returns a waker to be dropped last.
    #[inline(always)]
    fn leave(&mut self, chain: &mut bool) -> Option<Waker> {
        let was = core::mem::replace(self.stage, Stage::Done);
        let (phase, unused) = leave(self.place, was, self.operation, self.waiter);
        match phase {
            Phase::Woken => {
                *chain = false;
                step!("success-passes-on", forward(self.place, self.operation));
            }
            Phase::Granted => self.operation.on_unused_grant(Key(())),
            Phase::Released => {}
            _ => self.operation.on_left(Key(())),
        }
        unused
    }

    /// The last step of a poll that is ready. `chain`: the next waiter may have to be woken.
    #[inline(always)]
    fn succeed(&mut self, chain: bool) {
        *self.stage = Stage::Done;
        if chain && self.operation.chains(Key(())) {
            step!("chain-wake", forward(self.place, self.operation));
        }
    }
}

/// The parts of a pinned future.
macro_rules! polling {
    ($future:expr) => {{
        let this = $future.project();
        let operation = this.operation.as_mut();
        Polling {
            place: this.place,
            stage: &mut this.stage,
            operation: some_or_panic!(operation, "the future has been ready before"),
            // SAFETY: the waiter is only used through a pinned `Until`.
            waiter: unsafe { Pin::new_unchecked(&this.waiter) },
        }
    }};
}

// The halves of a poll. A future that waits in several places makes one fence for all of them: it
// calls `poll_first` of each, then `enqueue` of each, `fence`, and `poll_enqueued` of each.
impl<P: Waiters, O: Protocol> Until<'_, P, O> {
    /// Looks at the phase, and tries unless the waiter has to go on waiting.
    pub(crate) fn poll_first(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled<O::Output> {
        let mut polling = polling!(self.as_mut());
        let Some((result, woken)) = polling.look_and_try(cx) else {
            return Polled::Enqueued;
        };
        let Poll::Ready(output) = result else {
            return Polled::Failed { woken };
        };
        polling.succeed(woken);
        self.project().operation = None;
        Polled::Ready(output)
    }

    /// Enqueues the waiter after a try that failed. `Ready` if it was not admitted. The caller
    /// makes the [`fence`], and tries again.
    pub(crate) fn enqueue(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        woken: bool,
    ) -> Poll<O::Output> {
        let mut polling = polling!(self.as_mut());
        let Err((result, _unused)) = polling.enqueue(cx, woken) else {
            return Poll::Pending;
        };
        polling.succeed(woken);
        self.project().operation = None;
        result
    }

    /// Tries again after the fence, and leaves the queue if that succeeds. `woken`: as for
    /// [`enqueue`](Until::enqueue).
    pub(crate) fn poll_enqueued(mut self: Pin<&mut Self>, woken: bool) -> Poll<O::Output> {
        let mut polling = polling!(self.as_mut());
        let result = polling.try_again();
        if result.is_pending() {
            return Poll::Pending;
        }
        let mut chain = woken;
        let _unused = polling.leave(&mut chain);
        polling.succeed(chain);
        self.project().operation = None;
        result
    }

    /// Returns `true` if the fence for this waiter has to be the heavy half of an asymmetric one.
    pub(crate) fn is_asymmetric(&self) -> bool {
        self.place.is_asymmetric()
    }

    /// Wakes the next waiter in the same place.
    pub(crate) fn forward_wakeup(self: Pin<&mut Self>) {
        let this = self.project();
        if let Some(operation) = &mut this.operation {
            forward(this.place, operation);
        }
    }

    /// Leaves the queue for good, without a try. A wake-up or a grant that the waiter has received
    /// goes to the next one.
    fn give_up(&mut self, operation: &mut O) {
        // SAFETY: a future that was enqueued is pinned, and dropped in its place.
        let waiter = unsafe { Pin::new_unchecked(&self.waiter) };
        let was = core::mem::replace(&mut self.stage, Stage::Done);
        let (phase, _unused) = leave(self.place, was, operation, waiter);
        match phase {
            Phase::Woken => step!("drop-passes-on", forward(self.place, operation)),
            Phase::Granted => operation.on_unused_grant(Key(())),
            Phase::Released => {}
            _ => operation.on_left(Key(())),
        }
    }
}

impl<P: Waiters, O: Protocol> Future for Until<'_, P, O> {
    type Output = O::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        let mut polling = polling!(self.as_mut());
        let Some((mut result, woken)) = polling.look_and_try(cx) else {
            return Poll::Pending;
        };
        let mut chain = woken;
        let mut unused = None;
        if result.is_pending() {
            match polling.enqueue(cx, woken) {
                Err((refused, waker)) => (result, unused) = (refused, Some(waker)),
                Ok(()) => {
                    fence(polling.place.is_asymmetric());
                    result = polling.try_again();
                    if result.is_pending() {
                        return Poll::Pending;
                    }
                    unused = polling.leave(&mut chain);
                }
            }
        }
        polling.succeed(chain);
        self.project().operation = None;
        drop(unused);
        result
    }
}

impl<P: Waiters, O: Protocol> Drop for Until<'_, P, O> {
    #[inline]
    fn drop(&mut self) {
        if self.stage != Stage::Enqueued {
            return;
        }
        if let Some(mut operation) = self.operation.take() {
            self.give_up(&mut operation);
        }
    }
}

/// A wait that has not begun: an operation, and where it waits. It becomes a future by
/// [`IntoFuture`], or is tried by a caller that blocks in its own way.
#[must_use = "a wait does nothing until it is tried or awaited"]
pub struct Wait<'p, P: Waiters, O> {
    place: &'p P,
    pub(crate) operation: O,
}

impl<'p, P: Waiters, O: Operation> Wait<'p, P, O> {
    /// Returns a wait for `operation` in `place`.
    pub fn new(place: &'p P, operation: O) -> Self {
        Wait { place, operation }
    }
}

impl<'p, P: Waiters, O: Protocol> Wait<'p, P, O> {
    /// The same for every protocol, in the place of its own notifier. Not public: see `Until::of`.
    #[inline(always)]
    pub(crate) fn of(place: &'p P, operation: O) -> Self {
        Wait { place, operation }
    }

    /// Tries once, without waiting.
    ///
    /// # Panics
    /// If it has been ready before, where the operation says so.
    #[inline(always)]
    pub fn try_now(&mut self) -> Poll<O::Output> {
        self.operation.attempt(Phase::First, Key(()))
    }

    /// Returns the hint: see [`Operation::spin_hint`](super::Operation::spin_hint).
    pub fn spin_hint(&self) -> usize {
        self.operation.hint(Key(()))
    }

    /// Returns how many items have passed: see [`Operation::passed`](super::Operation::passed).
    pub fn passed(&self) -> Option<usize> {
        self.operation.count_passed(Key(()))
    }

    /// Returns the operation, with the value it was to send.
    pub fn into_operation(self) -> O {
        self.operation
    }
}

impl<'p, P: Waiters, O: Protocol> IntoFuture for Wait<'p, P, O> {
    type Output = O::Output;
    type IntoFuture = Until<'p, P, O>;

    #[inline(always)]
    fn into_future(self) -> Until<'p, P, O> {
        Until::of(self.place, self.operation)
    }
}
