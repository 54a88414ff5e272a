//! Tasks that make room for others: [`cooperate`], and the [`Budget`] of a stream or sink.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll};

/// Operations that succeed at once, one after the other, before a task yields.
const BUDGET: u8 = 128;

/// Counts operations that succeed at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    left: u8,
}

impl Budget {
    pub(crate) const fn new() -> Self {
        Budget { left: BUDGET }
    }

    /// Counts an operation.
    pub(crate) fn spend(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// Starts again, because the task has waited.
    pub(crate) fn refill(&mut self) {
        self.left = BUDGET;
    }

    /// Is `Pending` once when the budget is spent; the task has been woken then.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.left > 0 {
            return Poll::Ready(());
        }
        self.refill();
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Lets other tasks run: yields to the executor in every 128th call of the thread, and is ready at
/// once in the others.
///
/// A future that is ready at once gives no other task a chance. A task that awaits nothing else in
/// a loop, such as the `recv_async` of a channel that is never empty, keeps the thread of its
/// executor to itself. Await this in each turn of such a loop. The streams and sinks of
/// [`interop`](crate::interop) do the same by themselves.
///
/// The future wakes its task before it yields, so the executor polls the task again after those
/// that are ready. It works under every executor. Under tokio,
/// `tokio::task::coop::cooperative(receiver.recv_async())` does the same with the budget that the
/// task shares with tokio's own types.
///
/// # Cancel safety
/// Dropping the future changes nothing else.
///
/// # Examples
/// ```
/// use gimmal::{channel, wait};
///
/// # wait::block_on(async {
/// let (sender, receiver) = channel::bounded(8);
/// (0..8).for_each(|n| sender.send(n).unwrap());
/// drop(sender);
/// let mut sum = 0;
/// while let Ok(n) = receiver.recv_async().await {
///     sum += n;
///     wait::cooperate().await;
/// }
/// assert_eq!(sum, 28);
/// # });
/// ```
#[doc(alias = "yield_now")]
pub fn cooperate() -> impl Future<Output = ()> + Send + Unpin + 'static {
    thread_local! {
        static LEFT: Cell<Budget> = const { Cell::new(Budget::new()) };
    }
    let mut has_counted = false;
    poll_fn(move |cx| {
        if mem::replace(&mut has_counted, true) {
            return Poll::Ready(());
        }
        let mut budget = LEFT.get();
        budget.spend();
        let polled = budget.poll(cx);
        LEFT.set(budget);
        polled
    })
}
