//! L0: places where a test stops a thread for ever.
//!
//! A protocol that must go on without a peer that was stopped has its words in
//! `stoppable::AtomicUsize`. With the feature `test-hooks` every access of such a word first
//! calls the hook that a test has set, if any; under loom every access of any atomic does. The hook
//! decides whether this thread goes on. It stops one by unwinding, after which the thread makes no
//! further access: for the others that is a thread that never runs again. Without the feature the
//! type is the plain atomic.

static HOOK: spin::Mutex<Option<fn()>> = spin::Mutex::new(None);

/// Sets what every stop place calls.
pub(crate) fn set_stop_hook(hook: Option<fn()>) {
    *HOOK.lock() = hook;
}

/// A stop place.
pub(crate) fn stop_place() {
    // Called without the lock: the hook may unwind.
    let hook = *HOOK.lock();
    if let Some(hook) = hook {
        hook();
    }
}
