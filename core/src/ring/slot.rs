//! L2: where ring memory is written, read and dropped item by item.
//!
//! A [`Slot`] is storage for one value. It does not know whether it is occupied: the ring's
//! positions (SPSC) or the turn stamp beside it (MPMC) say so. All four accesses are unsafe and
//! rest on two invariants:
//!
//! * **I1** From the moment the protocol gives a slot to a thread until that thread gives it on,
//!   nobody else touches it.
//! * **I2** `take` and `destroy` only where a value was written and not yet taken.
//!
//! Each access is reported to the slot's [`RaceCheck`], so that under loom a broken hand-over is a
//! reported race.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

use super::index::{wrap_mask, wrap_mask_of_view};
use crate::shim::plain;
use crate::shim::{RaceCheck, const_fn};

/// Storage for one value. The slot does not know whether it is occupied; its owner does.
#[repr(transparent)]
#[doc(hidden)]
pub struct Slot<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: I1: a slot hands values from one thread to another, never shares them; that needs `T:
// Send` and no more.
unsafe impl<T: Send> Sync for Slot<T> {}

// What a panic cuts short is user code, and none runs while this is half changed.
impl<T> core::panic::UnwindSafe for Slot<T> {}
impl<T> core::panic::RefUnwindSafe for Slot<T> {}

impl<T> Slot<T> {
    pub(crate) const fn new() -> Self {
        Slot(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Writes a value, dropping nothing.
    ///
    /// # Safety
    /// I1.
    #[inline(always)]
    pub(crate) unsafe fn put(&self, track: &RaceCheck, value: T) {
        track.write();
        // SAFETY: I1: nobody else touches the slot.
        unsafe { self.0.get().write(MaybeUninit::new(value)) }
    }

    /// Moves the value out.
    ///
    /// # Safety
    /// I1, I2; the value counts as taken from now on.
    #[inline(always)]
    pub(crate) unsafe fn take(&self, track: &RaceCheck) -> T {
        track.write();
        // SAFETY: I1: nobody else touches the slot.
        let value = unsafe { self.0.get().read() };
        // SAFETY: I2: a value was written and not yet taken.
        unsafe { value.assume_init() }
    }

    /// Looks at the value in place.
    ///
    /// # Safety
    /// I1 for writers, I2, for as long as the reference lives.
    #[inline(always)]
    pub(crate) unsafe fn get(&self, track: &RaceCheck) -> &T {
        track.read();
        // SAFETY: I1: nobody writes the slot while the reference lives.
        let value = unsafe { &*self.0.get() };
        // SAFETY: I2: a value was written and not yet taken.
        unsafe { value.assume_init_ref() }
    }

    /// Drops the value in place.
    ///
    /// # Safety
    /// I1, I2; the value counts as taken from now on, also if its destructor panics.
    #[inline]
    pub(crate) unsafe fn destroy(&self, track: &RaceCheck) {
        track.write();
        // SAFETY: I1: nobody else touches the slot.
        let value = unsafe { &mut *self.0.get() };
        // SAFETY: I2: a value was written and not yet taken.
        unsafe { value.assume_init_drop() }
    }

    /// Where the value lies; for slices over neighbouring slots.
    #[inline(always)]
    pub(crate) fn first_of(slots: &[Self]) -> *mut MaybeUninit<T> {
        UnsafeCell::raw_get(slots.as_ptr().cast())
    }
}

/// The lap of a slot, with bit 0 set while it is full. Only loaded and stored: on a target without
/// compare-and-swap it needs no critical section.
pub(crate) type Stamp = plain::AtomicUsize;

/// A slot with the turn stamp that says whose turn it is.
#[doc(hidden)]
pub struct TurnSlot<T> {
    pub(crate) stamp: Stamp,
    pub(crate) slot: Slot<T>,
}

impl<T> TurnSlot<T> {
    const_fn! {
        pub(crate) const fn new() -> Self {
            TurnSlot { stamp: Stamp::new(0), slot: Slot::new() }
        }
    }
}

impl<T> Holder for Slot<T> {
    type Item = T;

    #[inline(always)]
    fn bare(&self) -> &Slot<T> {
        self
    }
}

impl<T> Holder for TurnSlot<T> {
    type Item = T;

    #[inline(always)]
    fn bare(&self) -> &Slot<T> {
        &self.slot
    }
}

/// Runs `one` until it says that there is nothing left, and goes on after a panic: of many
/// destructors (wakers) each is run. A second panic aborts, as it does in a `Vec`.
#[inline(always)]
pub(crate) fn to_the_end(mut one: impl FnMut() -> bool) {
    struct Rest<'o, F: FnMut() -> bool>(&'o mut F);
    impl<F: FnMut() -> bool> Drop for Rest<'_, F> {
        fn drop(&mut self) {
            while (self.0)() {}
        }
    }
    let rest = Rest(&mut one);
    while (rest.0)() {}
    // Nothing is left. A program that does not unwind has the loop once.
    core::mem::forget(rest);
}

pub(super) mod sealed {
    pub trait Sealed {}
    impl<S, const N: usize> Sealed for [S; N] {}
    impl<S> Sealed for [S] {}
    impl<T> Sealed for super::Slot<T> {}
    impl<T> Sealed for super::TurnSlot<T> {}
}

/// Something with room for one value. Sealed.
#[doc(hidden)]
pub trait Holder: sealed::Sealed {
    /// The value.
    type Item;
    /// The room itself.
    fn bare(&self) -> &Slot<Self::Item>;
}

/// The slots of a ring: an array, or the slice that a reference to the array turns into. Sealed.
#[doc(hidden)]
pub trait Storage: sealed::Sealed {
    /// What a slot is.
    type Slot: Holder;
    /// The slots.
    fn slots(&self) -> &[Self::Slot];
    /// The mask of the positions of an SPSC ring, if their number is a power of two and it is worth
    /// knowing.
    fn mask(&self) -> Option<usize>;
}

impl<S: Holder, const N: usize> Storage for [S; N] {
    type Slot = S;

    #[inline(always)]
    fn slots(&self) -> &[S] {
        self
    }

    #[inline(always)]
    fn mask(&self) -> Option<usize> {
        const {
            if N.is_power_of_two() {
                Some(wrap_mask(N))
            } else {
                None
            }
        }
    }
}

impl<S: Holder> Storage for [S] {
    type Slot = S;

    #[inline(always)]
    fn slots(&self) -> &[S] {
        self
    }

    #[inline(always)]
    fn mask(&self) -> Option<usize> {
        wrap_mask_of_view(self.len())
    }
}
