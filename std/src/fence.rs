//! Asymmetric fences on Linux: a thread that goes to sleep fences for all, so that those who send need not.
//!
//! `membarrier(PRIVATE_EXPEDITED)` makes every running thread of this process execute a full fence. It has to be registered
//! for once, and it may be refused (an old kernel, a seccomp filter, another system): then both sides fence, as everywhere
//! else. A filter that forbids it only after the first object was made ends in a panic of the next thread that goes to sleep:
//! install filters first. The core fixes the answer for the whole process before the first wait.

#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
mod linux {
    use rustix::thread::{MembarrierCommand, membarrier};

    pub(super) fn register() -> bool {
        membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
            // Tried once here, so that it is known to work when a waiter depends on it.
            && membarrier(MembarrierCommand::PrivateExpedited).is_ok()
    }

    pub(super) fn everywhere() {
        // Going on without the fence could lose a wake-up; it has worked before in this process.
        membarrier(MembarrierCommand::PrivateExpedited).expect("membarrier was registered");
    }
}

/// Agrees on asymmetric fences, if the system can and nobody has waited yet. Before the first object of a process is made;
/// again does nothing.
#[inline]
pub(crate) fn make_asymmetric() {
    #[cfg(target_os = "linux")]
    {
        use std::sync::atomic::{AtomicBool, Ordering::*};

        // Not a `Once`: a thread that is in the middle of it when another one forks would leave it so in the child.
        static AGREED: AtomicBool = AtomicBool::new(false);
        // R: who does not see it yet does the same once more, with the same result
        if !AGREED.load(Relaxed) {
            // Miri knows no membarrier.
            if !cfg!(miri) && linux::register() {
                gimmal_core::facade::use_asymmetric_fences(linux::everywhere);
            }
            AGREED.store(true, Relaxed); // R: see above
        }
    }
}
