//! error: E0277
use gimmal_core::sync::Semaphore;
use gimmal_core::wait::{Wait, WaitQueue};

fn main() {
    let (object, queue) = (Semaphore::new(0), WaitQueue::new());
    let mut wait = object.acquiring(1);
    #[cfg(feature = "right")]
    let _ = wait.try_now();
    // Whoever owns the queue could grant what it waits for.
    #[cfg(not(feature = "right"))]
    let _ = Wait::new(&queue, wait.into_operation());
    fn _used<T>(_: T, _: &WaitQueue, _: fn(Wait<'_, WaitQueue, gimmal_core::sync::Acquiring<'_>>)) {}
    let _ = &queue;
}
