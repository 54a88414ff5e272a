//! L8: [`Branch`], one operation of a select: the library's one future, taken apart.

#![forbid(unsafe_code)]

use core::future::IntoFuture;
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::shim::step;
use crate::sync::{Acquiring, Locking};
use crate::wait::{Operation, Polled, Protocol, Until, Wait, Waiters};

/// An operation that may be one of several in a [`select`](super::select()): giving it up takes
/// nothing away.
#[doc(hidden)]
pub trait Selectable: Protocol {}

impl<O: Operation> Selectable for O {}
impl Selectable for Acquiring<'_> {}
impl<T: ?Sized> Selectable for Locking<'_, T> {}

pub(super) mod sealed {
    use super::*;

    /// The parts of a branch's poll.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be a branch of a select",
        label = "not an operation of this library, or one that cannot be given up",
        note = "branches are `receiving()`, `sending(x)`, `waiting()` of an event, `acquiring()` of a semaphore, `getting()`, `putting(x)`, in `gimmal-core` also the \
                futures of `recv`, `send`, `acquire`, `lock` and `wait`, and an `Option` of one of them",
        note = "for a condition see `wait_or`; for other futures take the `select` of your executor"
    )]
    pub trait Steps {
        /// What the operation gives.
        type Output;
        /// The operation, with what it was to send.
        type Operation;
        /// The future of the operation.
        type Future;

        fn try_now(&mut self) -> Poll<Self::Output>;
        fn into_operation(self) -> Self::Operation;
        fn start(self) -> Self::Future;

        fn poll_first(future: Pin<&mut Self::Future>, cx: &mut Context<'_>)
        -> Polled<Self::Output>;
        fn enqueue(
            future: Pin<&mut Self::Future>,
            cx: &mut Context<'_>,
            woken: bool,
        ) -> Poll<Self::Output>;
        fn poll_enqueued(future: Pin<&mut Self::Future>, woken: bool) -> Poll<Self::Output>;
        fn is_asymmetric(future: &Self::Future) -> bool;
        fn cancel(future: Pin<&mut Self::Future>) -> Result<Self::Output, Self::Operation>;
        fn withdraw(future: Pin<&mut Self::Future>) -> Self::Operation;
    }

    macro_rules! steps_of_until {
        () => {
            type Output = O::Output;
            type Operation = O;
            type Future = Until<'p, P, O>;

            #[inline(always)]
            fn try_now(&mut self) -> Poll<O::Output> {
                self.try_now()
            }

            #[inline(always)]
            fn into_operation(self) -> O {
                self.into_operation()
            }

            #[inline(always)]
            fn start(self) -> Until<'p, P, O> {
                self.into_future()
            }

            #[inline(always)]
            fn poll_first(
                future: Pin<&mut Until<'p, P, O>>,
                cx: &mut Context<'_>,
            ) -> Polled<O::Output> {
                future.poll_first(cx)
            }

            #[inline(always)]
            fn enqueue(
                future: Pin<&mut Until<'p, P, O>>,
                cx: &mut Context<'_>,
                woken: bool,
            ) -> Poll<O::Output> {
                future.enqueue(cx, woken)
            }

            #[inline(always)]
            fn poll_enqueued(future: Pin<&mut Until<'p, P, O>>, woken: bool) -> Poll<O::Output> {
                future.poll_enqueued(woken)
            }

            #[inline(always)]
            fn is_asymmetric(future: &Until<'p, P, O>) -> bool {
                future.is_asymmetric()
            }

            fn cancel(future: Pin<&mut Until<'p, P, O>>) -> Result<O::Output, O> {
                future.cancel()
            }

            fn withdraw(future: Pin<&mut Until<'p, P, O>>) -> O {
                step!("select-withdraws", future.withdraw(), else match future.cancel() {
                    Err(operation) => operation,
                    Ok(_) => panic!("two operations were done, and one result is lost"),
                })
            }
        };
    }

    impl<'p, P: Waiters, O: Selectable> Steps for Until<'p, P, O> {
        steps_of_until!();
    }

    impl<'p, P: Waiters, O: Selectable> Steps for Wait<'p, P, O> {
        steps_of_until!();
    }

    /// `None` is never ready, and is in no queue.
    impl<B: Steps> Steps for Option<B> {
        type Output = B::Output;
        type Operation = Option<B::Operation>;
        type Future = Option<B::Future>;

        #[inline(always)]
        fn try_now(&mut self) -> Poll<B::Output> {
            self.as_mut().map_or(Poll::Pending, B::try_now)
        }

        #[inline(always)]
        fn into_operation(self) -> Self::Operation {
            self.map(B::into_operation)
        }

        #[inline(always)]
        fn start(self) -> Self::Future {
            self.map(B::start)
        }

        #[inline(always)]
        fn poll_first(future: Pin<&mut Self::Future>, cx: &mut Context<'_>) -> Polled<B::Output> {
            match future.as_pin_mut() {
                Some(future) => B::poll_first(future, cx),
                // It asks for no second try.
                None => Polled::Enqueued,
            }
        }

        #[inline(always)]
        fn enqueue(
            future: Pin<&mut Self::Future>,
            cx: &mut Context<'_>,
            woken: bool,
        ) -> Poll<B::Output> {
            match future.as_pin_mut() {
                Some(future) => B::enqueue(future, cx, woken),
                None => Poll::Pending,
            }
        }

        #[inline(always)]
        fn poll_enqueued(future: Pin<&mut Self::Future>, woken: bool) -> Poll<B::Output> {
            match future.as_pin_mut() {
                Some(future) => B::poll_enqueued(future, woken),
                None => Poll::Pending,
            }
        }

        #[inline(always)]
        fn is_asymmetric(future: &Self::Future) -> bool {
            future.as_ref().is_some_and(B::is_asymmetric)
        }

        fn cancel(future: Pin<&mut Self::Future>) -> Result<B::Output, Self::Operation> {
            match future.as_pin_mut() {
                Some(future) => B::cancel(future).map_err(Some),
                None => Err(None),
            }
        }

        fn withdraw(future: Pin<&mut Self::Future>) -> Self::Operation {
            future.as_pin_mut().map(B::withdraw)
        }
    }
}

/// One of several operations in a [`select`](super::select()): a future or a wait of this library
/// that has not been polled, or an `Option` of one, of which `None` is never ready. Sealed. (The crate `gimmal` hides its futures: its
/// branches are the waits, `receiving()` and the like.)
///
/// Its operation is not done before its result is taken, so that giving it up takes nothing away.
/// That holds for every [`Operation`], and for acquiring a semaphore or a lock. It does not hold
/// for a wait for a condition or at a barrier: others have already seen that it has begun.
pub trait Branch: sealed::Steps {}

impl<B: sealed::Steps> Branch for B {}
