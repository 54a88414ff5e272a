//! L2: the door for a capacity that is known only at run time.
//!
//! An owner with an allocator takes zeroed memory of [`DynCapacity::layout`], has the object made
//! in place, and owns it like any other value of that unsized type: a `Box` drops and frees it. An
//! object of capacity 1 is a prefix of one of any capacity, so making that one makes all headers;
//! the further slots rely on zero being the empty state. Nothing of the size of the array ever lies
//! on the stack.
//!
//! Not for use under loom, whose atomics are not made of zeros.

#![allow(unsafe_code)]

use core::alloc::Layout;
use core::ptr;

/// An object that ends in slots, made in memory of the caller's.
///
/// # Safety
/// For implementors: `One` and `Self` are the same `repr(C)` struct over an array of one `Slot` and
/// over a slice of them, and the slots begin at byte `OFFSET`. An all-zero slot is an empty one.
#[doc(hidden)]
pub unsafe trait DynCapacity {
    /// The same object with one slot.
    type One;
    /// A slot.
    type Slot;
    /// Where the slots begin.
    const OFFSET: usize;

    /// The object with one slot, empty, with the header of one of `capacity`.
    fn one(capacity: usize) -> Self::One;

    /// A pointer to an object from a pointer to its memory, with the number of its slots.
    fn from_slots(slots: *mut [Self::Slot]) -> *mut Self;

    /// The memory that an object of this capacity needs; `None` if the capacity is 0 or does not
    /// fit the address space.
    fn layout(capacity: usize) -> Option<Layout> {
        if capacity == 0 || capacity > usize::MAX / 16 {
            return None;
        }
        let slots = Layout::array::<Self::Slot>(capacity).ok()?;
        let header = Layout::from_size_align(Self::OFFSET, align_of::<Self::One>()).ok()?;
        Some(header.extend(slots).ok()?.0.pad_to_align())
    }

    /// Makes an object, and returns it as the pointer that it was made at.
    ///
    /// # Safety
    /// `memory` is of [`layout`](DynCapacity::layout)`(capacity)`, zeroed, and nobody else's.
    unsafe fn init_zeroed(memory: *mut u8, capacity: usize) -> *mut Self {
        // SAFETY: the memory has room for at least one slot.
        unsafe { memory.cast::<Self::One>().write(Self::one(capacity)) };
        // Its padding, which may hold anything, lies where the next slots are.
        // SAFETY: inside the object of one slot.
        let slots = unsafe { memory.add(Self::OFFSET) };
        // SAFETY: as above; a zeroed slot is an empty one.
        unsafe { slots.write_bytes(0, size_of::<Self::One>() - Self::OFFSET) };
        Self::from_slots(ptr::slice_from_raw_parts_mut(memory.cast(), capacity))
    }
}

/// Implements [`DynCapacity`] for the view of an object, from the object and the path to its slots.
macro_rules! impl_dyn_capacity {
    ($view:ident, $sized:ident, $slot:ident, $offset:expr) => {
        // SAFETY: both are one generic `repr(C)` struct; a zeroed slot is empty.
        unsafe impl<T> $crate::ring::DynCapacity for $view<T> {
            type One = $sized<T, 1>;
            type Slot = $slot<T>;
            const OFFSET: usize = $offset;

            fn one(capacity: usize) -> Self::One {
                $sized::for_capacity(capacity)
            }

            fn from_slots(slots: *mut [$slot<T>]) -> *mut Self {
                slots as *mut Self
            }
        }
    };
}
pub(crate) use impl_dyn_capacity;
