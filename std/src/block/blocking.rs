//! [`Blocking`], a wait of the core that the park loop can run: for one operation, or for any of
//! several.

#![forbid(unsafe_code)]

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::Poll;

use gimmal_core::poll::{Group, WaitAny};
use gimmal_core::wait::{Protocol, Until, Wait, Waiters};

/// A wait that has not begun.
pub(crate) trait Blocking {
    /// What it gives.
    type Output;
    /// What is left if the time is over first.
    type Left;
    /// The wait when it has begun.
    type Future: Future<Output = Self::Output>;

    /// Tries without waiting.
    fn try_once(&mut self) -> Poll<Self::Output>;
    /// The capacity of what is waited for: see `Operation::spin_hint`.
    fn hint(&self) -> usize;
    /// How many items have passed: see `Operation::passed`.
    fn items_passed(&self) -> Option<usize>;
    /// Ends it before it has begun.
    fn give_up(self) -> Self::Left;
    /// Begins it.
    fn begin(self) -> Self::Future;
    /// The same as `items_passed` when it has begun.
    fn passed_in(future: &Self::Future) -> Option<usize>;
    /// Ends it when it has begun, with one last try.
    fn cancel(future: Pin<&mut Self::Future>) -> Result<Self::Output, Self::Left>;
}

impl<'p, P: Waiters, O: Protocol> Blocking for Wait<'p, P, O> {
    type Output = O::Output;
    type Left = O;
    type Future = Until<'p, P, O>;

    #[inline(always)]
    fn try_once(&mut self) -> Poll<O::Output> {
        self.try_now()
    }

    fn hint(&self) -> usize {
        self.spin_hint()
    }

    fn items_passed(&self) -> Option<usize> {
        self.passed()
    }

    fn give_up(self) -> O {
        self.into_operation()
    }

    fn begin(self) -> Until<'p, P, O> {
        self.into_future()
    }

    fn passed_in(future: &Until<'p, P, O>) -> Option<usize> {
        future.passed()
    }

    fn cancel(future: Pin<&mut Until<'p, P, O>>) -> Result<O::Output, O> {
        future.cancel()
    }
}

impl<G: Group> Blocking for WaitAny<G> {
    type Output = G::Output;
    type Left = G::Left;
    type Future = Self;

    #[inline(always)]
    fn try_once(&mut self) -> Poll<G::Output> {
        self.try_now()
    }

    /// One of several will be ready soon, if they are: few tries in a row.
    fn hint(&self) -> usize {
        1
    }

    fn items_passed(&self) -> Option<usize> {
        None
    }

    fn give_up(self) -> G::Left {
        self.into_left()
    }

    fn begin(self) -> Self {
        self
    }

    fn passed_in(_future: &Self) -> Option<usize> {
        None
    }

    fn cancel(future: Pin<&mut Self>) -> Result<G::Output, G::Left> {
        future.cancel()
    }
}
