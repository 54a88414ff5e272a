//! What the checks themselves need: a cell that panics instead of being shared, and a flag that is a waker.

use core::cell::UnsafeCell;
use core::task::{RawWaker, RawWakerVTable, Waker};

use portable_atomic::{AtomicBool, Ordering::*};

/// Room for one value that contexts use in turn. Who comes while another is inside is told so, and never waits.
pub struct TurnCell<T> {
    in_use: AtomicBool,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: `in_use` lets one context at a time to the value.
unsafe impl<T: Send> Sync for TurnCell<T> {}

impl<T> TurnCell<T> {
    /// An empty cell.
    pub const fn new() -> Self {
        TurnCell {
            in_use: AtomicBool::new(false),
            value: UnsafeCell::new(None),
        }
    }

    /// Shows what is inside; `None` while another context is there.
    pub fn look<R>(&self, look: impl FnOnce(&mut Option<T>) -> R) -> Option<R> {
        if self.in_use.swap(true, Acquire) {
            return None;
        }
        // SAFETY: nobody else is inside.
        let result = look(unsafe { &mut *self.value.get() });
        self.in_use.store(false, Release);
        Some(result)
    }

    /// Uses the value that is there.
    ///
    /// # Panics
    /// If there is none, or another context uses it.
    pub fn with<R>(&self, using: impl FnOnce(&mut T) -> R) -> R {
        let used = self.look(|value| using(value.as_mut().expect("nothing is in the cell")));
        used.expect("another context uses the cell")
    }

    /// Puts a value in.
    ///
    /// # Panics
    /// If another context uses the cell.
    pub fn fill(&self, value: T) {
        let old = self.look(|place| place.replace(value));
        drop(old.expect("another context uses the cell"));
    }

    /// Takes the value out, if one is there.
    ///
    /// # Panics
    /// If another context uses the cell.
    pub fn take(&self) -> Option<T> {
        self.look(Option::take)
            .expect("another context uses the cell")
    }
}

/// A flag that any context raises, and that is a waker.
pub struct Flag(AtomicBool);

impl Flag {
    const TABLE: RawWakerVTable = RawWakerVTable::new(
        |flag| RawWaker::new(flag, &Self::TABLE),
        |flag| Self::behind(flag).raise(),
        |flag| Self::behind(flag).raise(),
        |_| (),
    );

    /// A flag that is down.
    pub const fn new() -> Self {
        Flag(AtomicBool::new(false))
    }

    /// Raises it.
    pub fn raise(&self) {
        self.0.store(true, Release);
    }

    /// Lowers it. Returns `true` if it was up.
    pub fn lower(&self) -> bool {
        self.0.swap(false, Acquire)
    }

    /// Returns `true` if it is up.
    pub fn is_up(&self) -> bool {
        self.0.load(Acquire)
    }

    /// Raises the flag when it is woken.
    pub fn waker(&'static self) -> Waker {
        let raw = RawWaker::new(core::ptr::from_ref(self).cast(), &Self::TABLE);
        // SAFETY: the table's functions may be called from any context, own nothing, and the flag is static.
        unsafe { Waker::from_raw(raw) }
    }

    fn behind(flag: *const ()) -> &'static Self {
        // SAFETY: made by `waker` from a reference to a static flag.
        unsafe { &*flag.cast() }
    }
}
