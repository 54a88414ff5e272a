use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::Poll;

use gimmal_core::wait::{Operation, Phase, Wait, WaitQueue};

/// A count-down latch: it opens, for good, when it has been counted down to zero.
///
/// # Memory ordering
/// What was done before each count-down happens before what is done after a wait.
pub struct Latch {
    left: AtomicUsize,
    waiters: WaitQueue,
}

impl Latch {
    /// A latch that opens after `count` count-downs.
    pub fn new(count: usize) -> Self {
        Latch {
            left: AtomicUsize::new(count),
            waiters: WaitQueue::new(),
        }
    }

    /// Counts down once, and wakes all waiters if this opens the latch. Does nothing if it is open.
    pub fn count_down(&self) {
        let less = |left: usize| left.checked_sub(1);
        let before = self
            .left
            .fetch_update(Ordering::Release, Ordering::Relaxed, less); // E1, R: for the next try
        // First the change, then the notification.
        if before == Ok(1) {
            self.waiters.wake_all();
        }
    }

    /// Waits until the latch is open.
    pub fn wait(&self) -> Wait<'_, WaitQueue, Opened<'_>> {
        Wait::new(&self.waiters, Opened(self))
    }
}

/// The operation of [`Latch::wait`].
pub struct Opened<'l>(&'l Latch);

impl Operation for Opened<'_> {
    type Output = ();

    fn try_once(&mut self, _when: Phase) -> Poll<()> {
        let left = self.0.left.load(Ordering::Acquire); // E1
        if left == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
