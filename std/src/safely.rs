//! For code that runs what users gave: a panic that ends here, and locks that no panic poisons.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Runs user code whose panic ends here, and says whether it returned. The panic hook has reported the panic.
pub(crate) fn contain(user: impl FnOnce()) -> bool {
    let Err(payload) = catch_unwind(AssertUnwindSafe(user)) else {
        return true;
    };
    // The drop of what it panicked with may panic in its turn.
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    std::mem::forget(dropped);
    false
}

/// The lock. Under it no user code runs, so what it guards is whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
