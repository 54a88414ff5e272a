//! L0: [`CoreLock`], the only lock the core knows, and [`in_critical_section`], for what needs none
//! but is not to be seen half done.
//!
//! | features | what it is |
//! |---|---|
//! | none | a spin lock |
//! | `critical-section` | a critical section |
//! | `std` | the host's lock, which yields to the operating system, and is made anew in a forked child |
//! | both | the host's lock in a critical section |
//!
//! A critical section excludes interrupt handlers of this core and, by its provider's promise, the
//! other cores: nothing is left to lock inside. An interrupt handler can never find the lock held
//! by the code that it interrupted.
//!
//! Invariant **G1**: what runs inside `with` never comes back to the same `CoreLock`. It is this
//! crate's: it changes what is guarded and atomics beside it, and calls nothing of a user's but
//! this crate's own `Protocol`s, which say the same. Debug builds look, and a model would hang.

#![allow(unsafe_code)]

use super::fork::InChild;

/// A value that one thread or interrupt handler at a time sees, inside a closure: no borrow leaves
/// [`CoreLock::with`]. Held for a handful of instructions, never while user code runs.
pub(crate) struct CoreLock<T: InChild>(Inner<T>);

impl<T: InChild> CoreLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        CoreLock(Inner::new(value))
    }

    /// Runs `look` on the value while nobody else can see it.
    #[inline]
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(feature = "critical-section")]
        return critical_section::with(|_| self.0.locked(look));
        #[cfg(not(feature = "critical-section"))]
        self.0.locked(look)
    }
}

/// Makes a change that is lock-free anyway, with feature `critical-section` in a critical section:
/// an interrupt handler never finds it half done.
#[inline]
pub(crate) fn in_critical_section<R>(change: impl FnOnce() -> R) -> R {
    #[cfg(feature = "critical-section")]
    return critical_section::with(|_| change());
    #[cfg(not(feature = "critical-section"))]
    change()
}

#[cfg(feature = "std")]
use host::Inner;
#[cfg(all(feature = "critical-section", not(feature = "std")))]
use section::Inner;
#[cfg(not(any(feature = "std", feature = "critical-section")))]
use spinning::Inner;

#[cfg(all(feature = "std", any(not(unix), miri)))]
mod host {
    extern crate std;

    use std::sync::{Mutex, PoisonError};

    pub(super) struct Inner<T>(Mutex<T>);

    impl<T> Inner<T> {
        pub(super) const fn new(value: T) -> Self {
            Inner(Mutex::new(value))
        }

        #[inline]
        pub(super) fn locked<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
            look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }
}

/// Where a process may fork: see `shim/fork.rs`.
///
/// Invariant **H1**: in a forked child no thread locks before `process` says that the lock is this
/// process's, and only the thread that makes it so, alone in `ADOPTING`, replaces it.
///
/// | edge | release | acquire | what it carries |
/// |---|---|---|---|
/// | E1 | `make_ours`: `process.store` | `make_ours`: `process.load` | the new lock |
#[cfg(all(feature = "std", unix, not(miri)))]
mod host {
    extern crate std;

    use core::cell::UnsafeCell;
    use core::sync::atomic::{AtomicU16, Ordering::*};
    use std::sync::{Mutex, PoisonError};

    use super::super::fork::{InChild, Process, between_forks};

    /// Held by the thread that makes a lock anew, between forks.
    static ADOPTING: Mutex<()> = Mutex::new(());

    pub(super) struct Inner<T> {
        lock: UnsafeCell<Mutex<()>>,
        value: UnsafeCell<T>,
        /// In a forked child, the number of the process that has made it anew.
        process: AtomicU16,
    }

    // SAFETY: the value is touched under the lock, or by the one thread that replaces that (H1).
    unsafe impl<T: Send> Sync for Inner<T> {}

    impl<T: InChild> Inner<T> {
        pub(super) const fn new(value: T) -> Self {
            Inner {
                lock: UnsafeCell::new(Mutex::new(())),
                value: UnsafeCell::new(value),
                process: AtomicU16::new(0),
            }
        }

        #[inline]
        pub(super) fn locked<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
            let process = Process::current();
            if process != Process::FIRST {
                self.make_ours(process);
            }
            // SAFETY: H1.
            let lock = unsafe { &*self.lock.get() };
            let _alone = lock.lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: the lock is held.
            look(unsafe { &mut *self.value.get() })
        }

        /// In a forked child: makes the lock anew, unless that is done.
        #[cold]
        fn make_ours(&self, process: Process) {
            // E1
            if self.process.load(Acquire) == process.number() {
                return;
            }
            between_forks(|| {
                let _alone = ADOPTING.lock();
                let known = self.process.load(Relaxed); // R: in ADOPTING
                if known == process.number() {
                    return;
                }
                // Written over, not dropped: a thread of the parent may hold it.
                // SAFETY: H1: no other thread of this process has come so far.
                unsafe { self.lock.get().write(Mutex::new(())) };
                // SAFETY: as above.
                unsafe { &mut *self.value.get() }.begin_in_child(process);
                self.process.store(process.number(), Release); // E1
            });
        }
    }
}

#[cfg(not(any(feature = "std", feature = "critical-section")))]
mod spinning {
    use spin::mutex::SpinMutex;

    pub(super) struct Inner<T>(SpinMutex<T>);

    impl<T> Inner<T> {
        pub(super) const fn new(value: T) -> Self {
            Inner(SpinMutex::new(value))
        }

        #[inline]
        pub(super) fn locked<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
            look(&mut self.0.lock())
        }
    }
}

/// What is inside a critical section: no lock.
#[cfg(all(feature = "critical-section", not(feature = "std")))]
mod section {
    use core::cell::UnsafeCell;

    pub(super) struct Inner<T> {
        value: UnsafeCell<T>,
        /// Somebody is inside.
        #[cfg(debug_assertions)]
        held: core::cell::Cell<bool>,
    }

    // SAFETY: only looked at in critical sections, of which there is one at a time.
    unsafe impl<T: Send> Sync for Inner<T> {}

    impl<T> Inner<T> {
        pub(super) const fn new(value: T) -> Self {
            Inner {
                value: UnsafeCell::new(value),
                #[cfg(debug_assertions)]
                held: core::cell::Cell::new(false),
            }
        }

        /// Called in a critical section.
        #[inline]
        pub(super) fn locked<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
            #[cfg(debug_assertions)]
            assert!(!self.held.replace(true), "G1 is broken");
            // SAFETY: nobody else is in a critical section, and by G1 this context is not here
            // twice.
            let result = look(unsafe { &mut *self.value.get() });
            #[cfg(debug_assertions)]
            self.held.set(false);
            result
        }
    }
}
