//! [`RawMutex`]: the lock of this crate, for the types of crates that are generic in theirs.
//!
//! The [module above](super#locks-of-other-crates-types) says what it is with which features.

#![allow(unsafe_code)]

use core::fmt;

use crate::shim::ScopedLock;

/// The lock that this crate uses itself, without a value: it runs a closure while nobody else is in
/// one of the same lock.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | with feature `critical-section`; a handler that finds it locked without that feature spins for ever |
/// | spins | without the features `critical-section` and `std` |
/// | bounded | by the closures that others run |
/// | longest masked section | the closure, with feature `critical-section` |
///
/// With feature `critical-section`, `try_with_lock` on another core waits for the end of the
/// closure, as every critical section there does, and then succeeds. It fails only inside itself.
///
/// Its traits are those of the features that are on: `embassy_sync`'s `RawMutex`, `mutex_traits`'
/// `ScopedRawMutex` and `ConstInit`.
///
/// # Fairness
/// None: whoever comes when it is free gets it.
///
/// # Memory ordering
/// What was done in one closure happens before what is done in the next.
pub struct RawMutex(ScopedLock);

impl RawMutex {
    /// Creates a lock that nobody holds.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::interop::raw_mutex::RawMutex;
    ///
    /// static LOCK: RawMutex = RawMutex::new();
    /// assert_eq!(format!("{LOCK:?}"), "RawMutex { locked: false }");
    /// ```
    pub const fn new() -> Self {
        RawMutex(ScopedLock::new())
    }
}

impl Default for RawMutex {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RawMutex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawMutex")
            .field("locked", &self.0.is_locked())
            .finish()
    }
}

/// As embassy's own: for the short, blocking sections of `embassy_sync`'s types.
///
/// # Examples
/// ```
/// use core::cell::Cell;
/// use embassy_sync::blocking_mutex::Mutex;
/// use gimmal_core::interop::raw_mutex::RawMutex;
///
/// static TOTAL: Mutex<RawMutex, Cell<u32>> = Mutex::new(Cell::new(0));
///
/// TOTAL.lock(|total| total.set(total.get() + 1));
/// assert_eq!(TOTAL.lock(Cell::get), 1);
/// ```
#[cfg(feature = "embassy-sync-0_8")]
// SAFETY: `with` runs one closure at a time, whoever calls it.
unsafe impl embassy_sync::blocking_mutex::raw::RawMutex for RawMutex {
    #[allow(clippy::declare_interior_mutable_const)] // As the trait has it.
    const INIT: Self = Self::new();

    fn lock<R>(&self, f: impl FnOnce() -> R) -> R {
        self.0.with(f)
    }
}

#[cfg(feature = "mutex-traits-1")]
impl mutex_traits::ConstInit for RawMutex {
    #[allow(clippy::declare_interior_mutable_const)] // As the trait has it.
    const INIT: Self = Self::new();
}

#[cfg(feature = "mutex-traits-1")]
// SAFETY: `with` and `try_with` run one closure at a time, whoever calls them; a second one inside
// the first is not run.
unsafe impl mutex_traits::ScopedRawMutex for RawMutex {
    fn try_with_lock<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        self.0.try_with(f)
    }

    fn with_lock<R>(&self, f: impl FnOnce() -> R) -> R {
        self.0.with(f)
    }

    fn is_locked(&self) -> bool {
        self.0.is_locked()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for RawMutex {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "RawMutex {{ locked: {=bool} }}", self.0.is_locked());
    }
}
