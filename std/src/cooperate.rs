//! Tasks that make room for others: [`cooperate`], and the [`Cooperative`] futures of the async forms.
//!
//! Each thread counts the operations that were ready at once. When it has counted [`BUDGET`] of them,
//! every future that is polled for the first time there yields instead: it wakes its task and is
//! pending, before it has begun. The count starts again in the second poll of one that has yielded,
//! which tells that the task was given back to its executor. Until then all yield: else the second
//! branch of a `select!` would go on where the first has yielded. The count also starts again when
//! one that has yielded is dropped, so that `now_or_never` in a loop goes on outside of executors. A
//! future that has really waited changes nothing: it may stand in a `select!` beside one that never
//! waits.
//!
//! Invariants of [`Cooperative`]:
//! * I1: its future is pinned while it is, and is neither moved nor replaced; the drop does not touch
//!   it.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Operations that succeed at once, one after the other, before a task yields.
pub(crate) const BUDGET: u8 = 128;

thread_local! {
    /// How many operations may still be ready at once on this thread.
    static LEFT: Cell<u8> = const { Cell::new(BUDGET) };
}

/// Ends the time in which all yield, unless another one has ended it.
#[cold]
fn start_again() {
    if LEFT.get() == 0 {
        LEFT.set(BUDGET);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It has not been polled.
    Fresh,
    /// It has yielded, and its future has not been polled.
    Yielded,
    /// Its future has been polled.
    Begun,
}

/// A future that yields once before it begins if the budget of the thread is spent.
#[must_use = "a future does nothing until it is polled"]
pub(crate) struct Cooperative<F> {
    future: F,
    stage: Stage,
}

/// Makes a future yield to the executor after [`BUDGET`] operations that were ready at once.
#[inline(always)]
pub(crate) fn cooperative<F: Future>(future: F) -> Cooperative<F> {
    Cooperative {
        future,
        stage: Stage::Fresh,
    }
}

impl<F: Future> Future for Cooperative<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: I1.
        let this = unsafe { self.get_unchecked_mut() };
        match this.stage {
            Stage::Fresh if LEFT.get() == 0 => {
                this.stage = Stage::Yielded;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Stage::Yielded => start_again(),
            Stage::Fresh | Stage::Begun => {}
        }
        let begins = mem::replace(&mut this.stage, Stage::Begun) != Stage::Begun;
        // SAFETY: I1.
        let future = unsafe { Pin::new_unchecked(&mut this.future) };
        let polled = future.poll(cx);
        if begins && polled.is_ready() {
            LEFT.set(LEFT.get().saturating_sub(1));
        }
        polled
    }
}

impl<F> Drop for Cooperative<F> {
    #[inline]
    fn drop(&mut self) {
        if self.stage == Stage::Yielded {
            start_again();
        }
    }
}

/// Lets other tasks run: yields to the executor after 128 operations of the thread that were ready
/// at once, and is ready at once otherwise.
///
/// A future that is ready at once gives no other task a chance. The async forms that take or give
/// something (`recv_async`, `send_async`, `get_async`, `put_async`, `acquire_async`, `lock_async`,
/// their relatives, and an event's `wait_async`) yield by themselves: after 128 of them that were
/// ready at once on a thread, the next one wakes its task and is pending once, before it has done
/// anything. So do the streams and sinks of [`interop`](crate::interop). Await this in each turn of
/// a loop over anything else that may never wait, such as a [`select`](crate::poll::select()), a
/// [`Poller`](crate::poll::Poller), or a [primitive of your own](crate::wait). It counts as an
/// operation like the others.
///
/// The future wakes its task before it yields, so the executor polls the task again after those
/// that are ready. It works under every executor. Under tokio,
/// `tokio::task::coop::cooperative(future)` does the same with the budget that the task shares with
/// tokio's own types.
///
/// A future that is polled once only, by `now_or_never` say, may therefore be pending although it
/// could be ready, once in 128 times. For a single try there are the `try_` forms, which never wait
/// and count nothing. Calls that block the thread count nothing either.
///
/// # Cancel safety
/// Dropping the future changes nothing else.
///
/// # Examples
/// ```
/// use gimmal::poll::{Selected2, select};
/// use gimmal::{channel, sync::Event, wait};
///
/// # wait::block_on(async {
/// let (sender, receiver) = channel::bounded(8);
/// (0..8).for_each(|n| sender.send(n).unwrap());
/// drop(sender);
/// let stop = Event::new();
/// let mut sum = 0;
/// while let Selected2::Second(Ok(n), _) = select((stop.waiting(), receiver.receiving())).await {
///     sum += n;
///     wait::cooperate().await;
/// }
/// assert_eq!(sum, 28);
/// # });
/// ```
#[doc(alias = "yield_now")]
pub fn cooperate() -> impl Future<Output = ()> + Send + Unpin + 'static {
    cooperative(future::ready(()))
}
