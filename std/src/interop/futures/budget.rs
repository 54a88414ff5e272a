//! [`Budget`]: how long a stream or a sink goes on without a wait.

#![forbid(unsafe_code)]

use std::task::{Context, Poll};

use crate::cooperate::BUDGET;

/// Counts operations that succeed at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    left: u8,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Budget { left: BUDGET }
    }

    /// Counts an operation.
    pub(super) fn spend(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// Starts again, because the task has waited.
    pub(super) fn refill(&mut self) {
        self.left = BUDGET;
    }

    /// Is `Pending` once when the budget is spent; the task has been woken then.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.left > 0 {
            return Poll::Ready(());
        }
        self.refill();
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
