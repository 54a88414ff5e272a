//! Asymmetric fences on Linux: a thread that goes to sleep executes the heavy half for all threads,
//! so that a thread that sends needs only the light half, which is a compiler fence.
//!
//! `membarrier(PRIVATE_EXPEDITED)` makes every running thread of this process execute a full fence.
//! The process has to register for it once, and the system may refuse (an old kernel, a seccomp
//! filter, another system): then both sides execute a full fence, as everywhere else. If a filter
//! forbids it only after the first object was made, the next thread that goes to sleep panics:
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

/// Switches the process to asymmetric fences, if the system supports them and nobody has waited
/// yet. Called before the first object of a process is made. Idempotent.
#[inline]
pub(crate) fn make_asymmetric() {
    #[cfg(target_os = "linux")]
    {
        use std::sync::atomic::{AtomicBool, Ordering::*};

        // Not a `Once`: a thread that is in the middle of it when another one forks would leave it
        // so in the child.
        static AGREED: AtomicBool = AtomicBool::new(false);
        // R: a thread that does not see it yet does the same once more, with the same result
        if !AGREED.load(Relaxed) {
            // Miri knows no membarrier.
            if !cfg!(miri) && linux::register() {
                gimmal_core::facade::use_asymmetric_fences(linux::everywhere);
            }
            AGREED.store(true, Relaxed); // R: see above
        }
    }
}
