//! [`RawLock`]: the library's lock without its value, for the guards and types of `lock_api`.
//!
//! With feature `lock_api-0_4`, `lock_api-0_5` or both it implements that version's `RawMutex` and
//! `RawMutexTimed`. It does not implement `RawMutexFair`: an unlock cannot be asked to be fair. The
//! lock itself decides when a waiter has been passed too often, and reserves itself for that
//! waiter.

// * **I1** From each success of a locking function to the `unlock` for it the lock is held: the
//   core's guard is forgotten by the one, and the other unlocks in its place.

#![allow(unsafe_code)]

use std::mem;
use std::time::{Duration, Instant};

use gimmal_core::sync::Lock;

use crate::block::{Limit, block, block_until};

/// A lock without a value, for the types of `lock_api`: use it as `lock_api::Mutex<RawLock, T>`.
///
/// A panic does not poison it, and guards stay in their thread. Feature `deadlock-help` does not
/// watch it.
///
/// # Fairness
/// As of [`sync::Lock`](crate::sync::Lock).
///
/// # Examples
/// ```
#[cfg_attr(feature = "lock_api-0_4", doc = "# use lock_api_0_4 as lock_api;")]
#[cfg_attr(not(feature = "lock_api-0_4"), doc = "# use lock_api_0_5 as lock_api;")]
/// use std::time::Duration;
/// use gimmal::interop::lock_api::RawLock;
/// use lock_api::{MappedMutexGuard, Mutex, MutexGuard};
///
/// static PAIR: Mutex<RawLock, (u32, u32)> = Mutex::new((1, 2));
///
/// let mut second: MappedMutexGuard<'_, RawLock, u32> =
///     MutexGuard::map(PAIR.lock(), |pair| &mut pair.1);
/// *second += 1;
/// assert!(PAIR.try_lock_for(Duration::ZERO).is_none());
/// drop(second);
/// assert_eq!(*PAIR.lock(), (1, 3));
/// ```
pub struct RawLock(Lock<()>);

impl RawLock {
    const fn free() -> Self {
        RawLock(Lock::new(()))
    }

    fn lock(&self) {
        mem::forget(block(self.0.locking()));
    }

    fn try_lock(&self) -> bool {
        self.0.try_lock().map(mem::forget).is_some()
    }

    fn try_lock_within(&self, limit: Limit) -> bool {
        let locked = block_until(self.0.locking(), limit);
        locked.map(mem::forget).is_ok()
    }

    /// # Safety
    /// The caller has the lock by one of the above, and has not yet unlocked it.
    unsafe fn unlock(&self) {
        // SAFETY: I1: the core's guard was forgotten, and the caller's claim on the lock ends here.
        unsafe { self.0.force_unlock() };
    }
}

#[cfg(feature = "lock_api-0_4")]
mod v0_4 {
    use super::*;
    use lock_api_0_4::{GuardNoSend, RawMutex, RawMutexTimed};

    // SAFETY: I1, and the core's lock is held by one at a time.
    unsafe impl RawMutex for RawLock {
        const INIT: Self = RawLock::free();
        type GuardMarker = GuardNoSend;

        fn lock(&self) {
            self.lock();
        }

        fn try_lock(&self) -> bool {
            self.try_lock()
        }

        unsafe fn unlock(&self) {
            // SAFETY: the caller's promise.
            unsafe { self.unlock() };
        }

        fn is_locked(&self) -> bool {
            self.0.is_locked()
        }
    }

    // SAFETY: as of `RawMutex`.
    unsafe impl RawMutexTimed for RawLock {
        type Duration = Duration;
        type Instant = Instant;

        fn try_lock_for(&self, timeout: Duration) -> bool {
            self.try_lock_within(Limit::After(timeout))
        }

        fn try_lock_until(&self, deadline: Instant) -> bool {
            self.try_lock_within(Limit::At(deadline))
        }
    }
}

#[cfg(feature = "lock_api-0_5")]
mod v0_5 {
    use super::*;
    use lock_api_0_5::{GuardNoSend, RawMutex, RawMutexTimed};

    // SAFETY: I1, and the core's lock is held by one at a time. A lock that is held may be moved
    // and dropped: nobody waits for one that is borrowed by nobody. Nothing here unwinds.
    unsafe impl RawMutex for RawLock {
        const INIT: Self = RawLock::free();
        type Guard = GuardNoSend;

        fn lock(&self) -> GuardNoSend {
            self.lock();
            GuardNoSend::new()
        }

        fn try_lock(&self) -> Option<GuardNoSend> {
            self.try_lock().then(GuardNoSend::new)
        }

        unsafe fn unlock(&self, _guard: GuardNoSend) {
            // SAFETY: the caller's promise.
            unsafe { self.unlock() };
        }

        fn is_locked(&self) -> bool {
            self.0.is_locked()
        }
    }

    // SAFETY: as of `RawMutex`.
    unsafe impl RawMutexTimed for RawLock {
        type Duration = Duration;
        type Instant = Instant;

        fn try_lock_for(&self, timeout: Duration) -> Option<GuardNoSend> {
            let locked = self.try_lock_within(Limit::After(timeout));
            locked.then(GuardNoSend::new)
        }

        fn try_lock_until(&self, deadline: Instant) -> Option<GuardNoSend> {
            let locked = self.try_lock_within(Limit::At(deadline));
            locked.then(GuardNoSend::new)
        }
    }
}
