//! A wait that owns its end, and is allocated once for all the waits of a stream or sink.
//!
//! The future that an end returns borrows the end, so the two cannot lie in one struct without
//! `unsafe`. Here an async block owns the end while it waits, and the [`Exchange`] passes both
//! ways: the end with its input, then the end with its output. Between two waits the block is
//! suspended, and its owner has the end.
//!
//! | state | who has the end | goes to |
//! |---|---|---|
//! | `Waiting` | the async block, which waits or is about to | `Done`, `Recalled` |
//! | `Start` | the exchange: the owner wants a wait | `Waiting` |
//! | `Done` | the exchange: the wait is over | `Idle` |
//! | `Idle` | the owner | `Start` |
//! | `Recalled` | the async block, which ends the wait without a try when it is polled | `Done` |

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use gimmal_core::wait::{Protocol, Wait, Waiters};

use crate::panic_guard::locked;

enum State<E, I, O> {
    Idle,
    Start(E, I),
    Waiting,
    Recalled,
    Done(E, O),
}

/// Where the end changes hands. Its lock is never waited for: only the owner polls the block.
pub struct Exchange<E, I, O>(Mutex<State<E, I, O>>);

impl<E, I, O> Exchange<E, I, O> {
    fn state(&self) -> MutexGuard<'_, State<E, I, O>> {
        // No user code runs while it is locked.
        locked(&self.0)
    }

    /// Takes the end to wait with: the block's first step.
    pub(super) fn take(&self) -> (E, I) {
        match mem::replace(&mut *self.state(), State::Waiting) {
            State::Start(end, input) => (end, input),
            _ => unreachable!("the block is polled after `start` only"),
        }
    }

    /// Gives the end back, and suspends the block until the next wait is started.
    pub(super) async fn give(&self, end: E, output: O) {
        *self.state() = State::Done(end, output);
        let mut suspended = false;
        poll_fn(|_| match mem::replace(&mut suspended, true) {
            false => Poll::Pending,
            true => Poll::Ready(()),
        })
        .await;
    }

    /// Waits. Returns the operation, which has not been done, if the owner recalls the end.
    pub(super) async fn wait<P: Waiters, Op: Protocol>(
        &self,
        wait: Wait<'_, P, Op>,
    ) -> Result<Op::Output, Op> {
        let mut until = pin!(wait.into_future());
        poll_fn(|cx| {
            if matches!(*self.state(), State::Recalled) {
                return Poll::Ready(Err(until.as_mut().withdraw()));
            }
            until.as_mut().poll(cx).map(Ok)
        })
        .await
    }
}

/// The owner's side: the exchange, and the block that waits.
pub(super) struct StoredWait<E, I, O> {
    exchange: Arc<Exchange<E, I, O>>,
    block: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl<E, I, O> StoredWait<E, I, O> {
    /// Makes the block. It loops over [`Exchange::take`] and [`Exchange::give`] for ever.
    pub(super) fn new<F>(block: impl FnOnce(Arc<Exchange<E, I, O>>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let exchange = Arc::new(Exchange(Mutex::new(State::Idle)));
        StoredWait {
            block: Box::pin(block(exchange.clone())),
            exchange,
        }
    }

    /// Starts a wait: the next [`poll`](StoredWait::poll) makes the first try.
    pub(super) fn start(&self, end: E, input: I) {
        *self.exchange.state() = State::Start(end, input);
    }

    /// Polls the wait that was started.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(E, O)> {
        let _ = self.block.as_mut().poll(cx);
        let mut state = self.exchange.state();
        match mem::replace(&mut *state, State::Idle) {
            State::Done(end, output) => Poll::Ready((end, output)),
            waiting => {
                *state = waiting;
                Poll::Pending
            }
        }
    }

    /// Ends the wait that was started, if it is not over, and returns the end. `None` if the wait
    /// has panicked.
    pub(super) fn recall(&mut self) -> Option<(E, O)> {
        let mut state = self.exchange.state();
        match mem::replace(&mut *state, State::Recalled) {
            State::Waiting => {}
            other => *state = other,
        }
        drop(state);
        match self.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(both) => Some(both),
            Poll::Pending => None,
        }
    }
}
