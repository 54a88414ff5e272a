//! L3: [`Until`], the one future of the library: tries an [`Attempt`] until it succeeds.
//!
//! | stage | the seat | what a poll does |
//! |---|---|---|
//! | `Fresh` | free | attempt; if that fails take the seat, fence, attempt again |
//! | `Seated` | taken | look what was told; if woken attempt, else take the seat in front, fence, attempt again |
//! | `Done` | free | panics, as of every future that has been ready |
//!
//! **What a waiter owes.** A wake-up may be for something that another waiter could use. So
//! * a waiter that was woken and succeeded wakes the next one if there may be more (*chain wake*): two slots may have
//!   been freed and both wake-ups have gone to the same waiter, which was in front again after the first;
//! * a waiter that succeeds or leaves by itself and finds that it had been woken passes the wake-up on;
//! * a waiter that leaves and finds that it had been given something gives it back; one that was let go with everybody owes
//!   nothing.
//!
//! | edge | one half | other half | what it carries |
//! |---|---|---|---|
//! | E1 | waiter: seat taken, `fence(SeqCst)`, attempt | notifier: publish, `fence(SeqCst)`, "is anybody there?" | see `wait` |

#![allow(unsafe_code)]

use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::shim::atomic::Ordering::*;
use crate::shim::{heavy, step};

use super::attempt::{Attempt, Turn};
use crate::must::must;

/// What a waiter finds when it looks at its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing has happened: it still waits.
    Nothing,
    /// It was woken, and waits no longer.
    Woken,
    /// It was given what it waits for, and waits no longer.
    Given,
    /// It was let go with everybody who waited. Nothing is owed for that.
    Released,
}

impl Told {
    fn turn(self) -> Turn {
        match self {
            Told::Nothing => Turn::Fresh,
            Told::Woken => Turn::Queued,
            Told::Given => Turn::Given,
            Told::Released => Turn::Released,
        }
    }
}

pub(super) mod sealed {
    pub trait Sealed {}
}

/// Where contexts wait: a [`WaitQueue`](super::WaitQueue) or a [`WaitCell`](super::WaitCell). Sealed.
pub trait Place: sealed::Sealed {
    /// The part of a waiter that the place links to.
    type Seat;
    /// A seat nobody has taken yet.
    fn seat() -> Self::Seat;
    /// Takes the seat, if `admit` says yes in that moment, when it is told whether others wait; `again`: in front of everybody,
    /// by one that was woken and found nothing; `want`: how much. If `admit` says no, here is the waker that is not needed:
    /// to be dropped, which may run any code, when nothing else is left to do.
    ///
    /// # Safety
    /// The seat was taken by none, or the last `look` or `leave` said that it waits no longer. Until then it is neither
    /// moved nor freed, and always brought to this place. `admit` does not use the place.
    unsafe fn enter(
        &self,
        seat: Pin<&Self::Seat>,
        waker: &Waker,
        again: bool,
        want: usize,
        admit: impl FnOnce(bool) -> bool,
    ) -> Result<(), Waker>;
    /// What has happened since; while nothing has, `waker` is the one to wake. Should dropping a waker panic here, the next
    /// look, or leaving, says the same again.
    ///
    /// # Safety
    /// The seat is one that entered this place.
    unsafe fn look(&self, seat: Pin<&Self::Seat>, waker: &Waker) -> Told;
    /// Waits no longer, whatever has happened; if nothing has, `depart` is called in that moment. The waker is to be dropped
    /// when nothing else is left to do.
    ///
    /// # Safety
    /// The seat is one that entered this place. `depart` does not use the place.
    unsafe fn leave(&self, seat: Pin<&Self::Seat>, depart: impl FnOnce()) -> (Told, Option<Waker>);
    /// Do notifiers here make the lighter half of an uneven pair of fences?
    fn is_uneven(&self) -> bool;
    /// Gives on a wake-up that this waiter does not need.
    fn pass_on(&self);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Fresh,
    Seated,
    Done,
}

/// The future of an [`Attempt`].
///
/// # Cancel safety
/// Dropping it before it is ready loses nothing: it leaves the place where it waits, and what it was told meanwhile goes
/// to the next waiter. A value that it was to send is dropped with it, once; [`cancel`](Until::cancel) gives it back.
/// Forgetting it (`mem::forget`) needs a pinned place that is forgotten with it, and leaks that.
#[must_use = "a future does nothing until it is polled"]
pub struct Until<A: Attempt> {
    stage: Stage,
    attempt: Option<A>,
    seat: <A::Place as Place>::Seat,
    /// The seat is linked to while it is taken; this also keeps `&mut Until` from claiming to be unique.
    _pinned: PhantomPinned,
}

impl<A: Attempt> Until<A> {
    /// A future that has not tried yet.
    pub fn new(attempt: A) -> Self {
        Until {
            stage: Stage::Fresh,
            attempt: Some(attempt),
            seat: A::Place::seat(),
            _pinned: PhantomPinned,
        }
    }

    /// Ends the wait. If the operation has been done for this waiter, or can be done in one last attempt, this is its
    /// result; else the attempt comes back, with the value it was to send.
    ///
    /// # Errors
    /// The attempt, not done.
    ///
    /// # Panics
    /// If the future has been ready before.
    pub fn cancel(self: Pin<&mut Self>) -> Result<A::Output, A> {
        let this = self.project();
        let mut attempt = must!(this.attempt.take(), "the future has been ready before");
        // SAFETY: the seat is only used through a pinned `Until`.
        let seat = unsafe { Pin::new_unchecked(&this.seat) };
        let (told, unused) = Self::leave(&mut this.stage, &attempt, seat);
        if told == Told::Nothing {
            attempt.left();
        }
        let last = attempt.attempt(told.turn());
        match (told, &last) {
            (Told::Woken, Poll::Ready(_)) if !attempt.more() => {}
            (Told::Woken, _) => step!("cancel-passes-on", attempt.pass_on()),
            _ => {}
        }
        drop(unused);
        match last {
            Poll::Ready(output) => Ok(output),
            Poll::Pending => Err(attempt),
        }
    }

    /// The attempt, for looking at it: `None` once the future has been ready.
    pub fn attempt(&self) -> Option<&A> {
        self.attempt.as_ref()
    }

    fn project(self: Pin<&mut Self>) -> &mut Self {
        // SAFETY: nothing is moved out of the pinned parts: the seat stays in place until it is left.
        unsafe { self.get_unchecked_mut() }
    }

    /// Gives the seat up, whatever has happened.
    fn leave(
        stage: &mut Stage,
        attempt: &A,
        seat: Pin<&<A::Place as Place>::Seat>,
    ) -> (Told, Option<Waker>) {
        if core::mem::replace(stage, Stage::Done) != Stage::Seated {
            return (Told::Nothing, None);
        }
        // SAFETY: the seat entered this place when the stage became `Seated`.
        unsafe { attempt.place().leave(seat, || attempt.depart()) }
    }
}

impl<A: Attempt> Future for Until<A> {
    type Output = A::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Output> {
        let Until {
            stage,
            attempt: place_of_attempt,
            seat,
            ..
        } = self.project();
        // SAFETY: the seat is only used through a pinned `Until`.
        let seat = unsafe { Pin::new_unchecked(&*seat) };
        let attempt = must!(
            place_of_attempt.as_mut(),
            "the future has been ready before"
        );
        let told = match *stage {
            // SAFETY: the seat entered this place when the stage became `Seated`.
            Stage::Seated => match unsafe { attempt.place().look(seat, cx.waker()) } {
                Told::Nothing => return Poll::Pending,
                told => told,
            },
            Stage::Fresh | Stage::Done => Told::Nothing,
        };
        // Who was told something has left its seat: should the attempt panic, there is nothing to leave.
        *stage = Stage::Fresh;
        let woken = told == Told::Woken;
        let mut result = attempt.attempt(told.turn());
        let mut chain = woken;
        let mut unused = None;
        if result.is_pending() {
            // SAFETY: the seat is free (never taken, or `look` said so), pinned, and left before it goes: see `Drop`.
            let entered = unsafe {
                attempt
                    .place()
                    .enter(seat, cx.waker(), woken, attempt.want(), |others| {
                        attempt.admit(others)
                    })
            };
            if let Err(waker) = entered {
                unused = Some(waker);
                result = attempt.attempt(Turn::Refused);
            } else {
                *stage = Stage::Seated;
                heavy::fence(SeqCst, attempt.place().is_uneven()); // E1
                result = step!("look-again", attempt.attempt(Turn::Queued), else Poll::Pending);
                if result.is_pending() {
                    return Poll::Pending;
                }
                let (told, waker) = Self::leave(stage, attempt, seat);
                unused = waker;
                match told {
                    Told::Nothing => attempt.left(),
                    Told::Woken => {
                        chain = false;
                        step!("success-passes-on", attempt.pass_on());
                    }
                    Told::Given => attempt.give_back(),
                    Told::Released => {}
                }
            }
        }
        if chain && attempt.more() {
            step!("chain-wake", attempt.pass_on());
        }
        *stage = Stage::Done;
        *place_of_attempt = None;
        drop(unused);
        result
    }
}

impl<A: Attempt> Drop for Until<A> {
    #[inline]
    fn drop(&mut self) {
        if self.stage != Stage::Seated {
            return;
        }
        let Some(mut attempt) = self.attempt.take() else {
            return;
        };
        // SAFETY: a future that was seated is pinned, and dropped in its place.
        let seat = unsafe { Pin::new_unchecked(&self.seat) };
        let (told, _unused) = Self::leave(&mut self.stage, &attempt, seat);
        match told {
            Told::Nothing => attempt.left(),
            Told::Woken => step!("drop-passes-on", attempt.pass_on()),
            Told::Given => attempt.give_back(),
            Told::Released => {}
        }
    }
}
