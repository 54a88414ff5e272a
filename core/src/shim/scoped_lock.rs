//! L0: [`ScopedLock`], a lock for code that is not this crate's: see `interop::raw_mutex`.
//!
//! Unlike [`CoreLock`](super::CoreLock) it runs closures of users, which may panic, take long, and
//! come back to the same lock. So it always knows whether it is held.
//!
//! | features | what it is | inside itself |
//! |---|---|---|
//! | none | a spin lock | `with` spins for ever, `try_with` fails |
//! | `std` | the host's lock | `with` panics or waits for ever, `try_with` fails |
//! | `critical-section` | a critical section, and a flag in it | `with` panics, `try_with` fails |
//!
//! The flag is only changed in critical sections, of which there is one at a time, so that it needs
//! no read-modify-write.

#![forbid(unsafe_code)]

/// See the module.
pub(crate) struct ScopedLock(Inner);

impl ScopedLock {
    pub(crate) const fn new() -> Self {
        ScopedLock(Inner::new())
    }

    /// Runs `f` while nobody else is in here.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce() -> R) -> R {
        self.0.with(f)
    }

    /// The same, unless somebody is in here.
    #[inline]
    #[cfg_attr(not(feature = "mutex-traits-1"), allow(dead_code))]
    pub(crate) fn try_with<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        self.0.try_with(f)
    }

    /// Is somebody in here? A snapshot.
    pub(crate) fn is_locked(&self) -> bool {
        self.0.is_locked()
    }
}

#[cfg(all(feature = "std", not(feature = "critical-section")))]
use host::Inner;
#[cfg(feature = "critical-section")]
use section::Inner;
#[cfg(not(any(feature = "std", feature = "critical-section")))]
use spinning::Inner;

/// `true` while it lives.
#[cfg(any(feature = "std", feature = "critical-section"))]
struct Held<'f>(&'f core::sync::atomic::AtomicBool);

#[cfg(any(feature = "std", feature = "critical-section"))]
impl<'f> Held<'f> {
    fn new(flag: &'f core::sync::atomic::AtomicBool) -> Self {
        flag.store(true, core::sync::atomic::Ordering::Relaxed); // R: guarded by what it tells of
        Held(flag)
    }
}

#[cfg(any(feature = "std", feature = "critical-section"))]
impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.store(false, core::sync::atomic::Ordering::Relaxed); // R: guarded by what it tells of
    }
}

#[cfg(all(feature = "std", not(feature = "critical-section")))]
mod host {
    extern crate std;

    use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::sync::{Mutex, PoisonError, TryLockError};

    use super::Held;

    pub(super) struct Inner {
        lock: Mutex<()>,
        held: AtomicBool,
    }

    impl Inner {
        pub(super) const fn new() -> Self {
            Inner {
                lock: Mutex::new(()),
                held: AtomicBool::new(false),
            }
        }

        pub(super) fn with<R>(&self, f: impl FnOnce() -> R) -> R {
            let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            let _held = Held::new(&self.held);
            f()
        }

        pub(super) fn try_with<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
            let _guard = match self.lock.try_lock() {
                Ok(guard) => guard,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return None,
            };
            let _held = Held::new(&self.held);
            Some(f())
        }

        pub(super) fn is_locked(&self) -> bool {
            self.held.load(Relaxed) // R: a snapshot
        }
    }
}

#[cfg(not(any(feature = "std", feature = "critical-section")))]
mod spinning {
    use spin::mutex::SpinMutex;

    pub(super) struct Inner(SpinMutex<()>);

    impl Inner {
        pub(super) const fn new() -> Self {
            Inner(SpinMutex::new(()))
        }

        pub(super) fn with<R>(&self, f: impl FnOnce() -> R) -> R {
            let _guard = self.0.lock();
            f()
        }

        pub(super) fn try_with<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
            let _guard = self.0.try_lock()?;
            Some(f())
        }

        pub(super) fn is_locked(&self) -> bool {
            self.0.is_locked()
        }
    }
}

#[cfg(feature = "critical-section")]
mod section {
    use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use super::Held;

    pub(super) struct Inner(AtomicBool);

    impl Inner {
        pub(super) const fn new() -> Self {
            Inner(AtomicBool::new(false))
        }

        pub(super) fn with<R>(&self, f: impl FnOnce() -> R) -> R {
            match self.try_with(f) {
                Some(result) => result,
                None => panic!("a lock was locked again by the code that it runs"),
            }
        }

        pub(super) fn try_with<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
            critical_section::with(|_| {
                // R: in a critical section. It is set only if this thread or handler is in here.
                if self.0.load(Relaxed) {
                    return None;
                }
                let _held = Held::new(&self.0);
                Some(f())
            })
        }

        pub(super) fn is_locked(&self) -> bool {
            self.0.load(Relaxed) // R: a snapshot
        }
    }
}
