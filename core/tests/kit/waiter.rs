//! Somebody who waits, and is watched.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use gimmal_core::wait::{Protocol, Until, Waiters};

use super::{Counted, poll};

/// A future that has been polled once, in vain.
pub(crate) struct Waiter<'p, P: Waiters, O: Protocol> {
    pub(crate) future: Pin<Box<Until<'p, P, O>>>,
    pub(crate) counted: Arc<Counted>,
    waker: Waker,
}

impl<'p, P: Waiters, O: Protocol> Waiter<'p, P, O> {
    #[track_caller]
    pub(crate) fn of(future: Until<'p, P, O>) -> Self {
        let mut waiter = Waiter::unpolled(future);
        waiter.waits_on();
        waiter
    }

    /// One that has not been polled yet.
    pub(crate) fn unpolled(future: Until<'p, P, O>) -> Self {
        let (counted, waker) = Counted::new();
        let future = Box::pin(future);
        Waiter {
            future,
            counted,
            waker,
        }
    }

    pub(crate) fn poll(&mut self) -> Poll<O::Output> {
        poll(self.future.as_mut(), &self.waker)
    }

    #[track_caller]
    pub(crate) fn gets_it(&mut self) -> O::Output {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it should have what it waits for"),
        }
    }

    #[track_caller]
    pub(crate) fn waits_on(&mut self) {
        assert!(self.poll().is_pending(), "there is nothing for it");
    }

    /// Ends the wait with one last attempt.
    pub(crate) fn cancel(&mut self) -> Option<O::Output> {
        self.future.as_mut().cancel().ok()
    }

    /// How often it was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.counted.wakes()
    }
}

/// Any future, watched: for those that are made of several waits.
pub(crate) struct Task<'f, T> {
    future: Pin<Box<dyn Future<Output = T> + Send + 'f>>,
    pub(crate) counted: Arc<Counted>,
    waker: Waker,
}

impl<'f, T> Task<'f, T> {
    /// One that has been polled once, in vain.
    #[track_caller]
    pub(crate) fn of(future: impl Future<Output = T> + Send + 'f) -> Self {
        let mut task = Task::unpolled(future);
        task.waits_on();
        task
    }

    /// One that has not been polled yet.
    pub(crate) fn unpolled(future: impl Future<Output = T> + Send + 'f) -> Self {
        let (counted, waker) = Counted::new();
        let future = Box::pin(future);
        Task {
            future,
            counted,
            waker,
        }
    }

    pub(crate) fn poll(&mut self) -> Poll<T> {
        self.future
            .as_mut()
            .poll(&mut Context::from_waker(&self.waker))
    }

    /// Polls with a waker that is not the task's own.
    pub(crate) fn poll_with(&mut self, waker: &Waker) -> Poll<T> {
        self.future.as_mut().poll(&mut Context::from_waker(waker))
    }

    #[track_caller]
    pub(crate) fn gets_it(&mut self) -> T {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it should have what it waits for"),
        }
    }

    #[track_caller]
    pub(crate) fn waits_on(&mut self) {
        assert!(self.poll().is_pending(), "there is nothing for it");
    }

    /// How often it was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.counted.wakes()
    }
}
