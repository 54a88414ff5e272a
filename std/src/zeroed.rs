//! Objects of the core whose capacity is a run-time number, in one piece of zeroed memory each.
//!
//! The core computes the layout and makes the object in zeroed memory
//! (`gimmal_core::facade::DynCapacity`). It writes the header and one slot; for the other slots, zero
//! is the empty state. So the memory of an object should become resident when its slots are used,
//! not before.
//!
//! **An allocator does not ensure that.** std's `alloc_zeroed` writes the zeros itself if an object
//! is aligned to more than the system's allocator guarantees, and all of ours are (cache lines).
//! glibc's `calloc` writes zeros over memory that was in use before, and takes a block of any size
//! from such memory once a block of that size has been freed. So an object of more than [`SMALL_OBJECT`]
//! bytes gets a mapping of its own on Linux: the system provides zeroed pages when they are
//! touched, and takes them back when the object is dropped. Elsewhere, and under Miri, the memory
//! comes from the allocator, and is aligned here.
//!
//! * **I1** `object` lies in memory of [`take`]`(layout)`, where `layout` is that of its value, and
//!   is nobody else's.
//! * **I2** Where the memory of a layout comes from depends on nothing but the layout.

#![allow(unsafe_code)]

use std::alloc::Layout;
use std::ops::Deref;
use std::ptr::NonNull;

use gimmal_core::facade::DynCapacity;
use gimmal_core::poll::{Readable, Readiness, Writable};
use gimmal_core::wait::Phase;

/// Two pages of the usual size. At first, these are what is resident of a larger object; a smaller
/// one is resident as a whole.
const SMALL_OBJECT: usize = 8 * 1024;
/// The smallest page that there is.
const PAGE: usize = 4096;

/// The owner of an object of run-time capacity: a `Box` whose memory is resident only as far as it
/// has been used.
pub(crate) struct Zeroed<O: DynCapacity + ?Sized>(NonNull<O>);

// SAFETY: I1: it owns the object, as a box would.
unsafe impl<O: DynCapacity + ?Sized + Send> Send for Zeroed<O> {}
// SAFETY: as above.
unsafe impl<O: DynCapacity + ?Sized + Sync> Sync for Zeroed<O> {}

impl<O: DynCapacity + ?Sized> Zeroed<O> {
    /// Returns a new object of `capacity` slots, or `None` if the capacity is 0 or there is no
    /// memory for it.
    pub(crate) fn new(capacity: usize) -> Option<Self> {
        crate::fence::make_asymmetric();
        let layout = O::layout(capacity)?;
        let memory = take(layout)?;
        // SAFETY: zeroed memory of this layout, and nobody else's.
        let object = unsafe { O::init_zeroed(memory.as_ptr(), capacity) };
        let object = Zeroed(NonNull::new(object)?);
        debug_assert_eq!(Layout::for_value(&*object), layout);
        Some(object)
    }

    /// Returns the object, which the caller owns from now on.
    pub(crate) fn into_raw(self) -> NonNull<O> {
        std::mem::ManuallyDrop::new(self).0
    }

    /// Takes ownership of the object again.
    ///
    /// # Safety
    /// It came from [`into_raw`](Zeroed::into_raw), and nobody uses it any more.
    pub(crate) unsafe fn from_raw(object: NonNull<O>) -> Self {
        Zeroed(object)
    }
}

impl<O: DynCapacity + ?Sized> Deref for Zeroed<O> {
    type Target = O;

    fn deref(&self) -> &O {
        // SAFETY: I1.
        unsafe { self.0.as_ref() }
    }
}

impl<O: DynCapacity + Readable + ?Sized> Readable for Zeroed<O> {
    fn can_read(&self, when: Phase) -> Readiness {
        (**self).can_read(when)
    }
}

impl<O: DynCapacity + Writable + ?Sized> Writable for Zeroed<O> {
    fn can_write(&self, when: Phase) -> Readiness {
        (**self).can_write(when)
    }
}

impl<O: DynCapacity + ?Sized> Drop for Zeroed<O> {
    fn drop(&mut self) {
        /// Gives the memory back, also if a destructor panics.
        struct Memory(NonNull<u8>, Layout);
        impl Drop for Memory {
            fn drop(&mut self) {
                // SAFETY: I1: the object is gone.
                unsafe { give(self.0, self.1) };
            }
        }
        let _memory = Memory(self.0.cast(), Layout::for_value(&**self));
        // SAFETY: I1: it is dropped once.
        unsafe { self.0.drop_in_place() };
    }
}

/// Is memory of this layout to become resident as it is used? A mapping begins at a page, of which none is smaller than
/// [`PAGE`]; what is aligned to more comes from the allocator.
fn is_large(layout: Layout) -> bool {
    layout.size() > SMALL_OBJECT && layout.align() <= PAGE
}

/// Returns zeroed memory of this layout. Its size is not zero: every object has a header.
fn take(layout: Layout) -> Option<NonNull<u8>> {
    if is_large(layout) {
        return large::take(layout);
    }
    // SAFETY: the layout is not of size zero.
    NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) })
}

/// Gives memory back.
///
/// # Safety
/// It came from [`take`] of this layout, and nobody uses it any more.
unsafe fn give(memory: NonNull<u8>, layout: Layout) {
    if is_large(layout) {
        // SAFETY: the contract, and I2.
        return unsafe { large::give(memory, layout) };
    }
    // SAFETY: the contract, and I2.
    unsafe { std::alloc::dealloc(memory.as_ptr(), layout) };
}

#[cfg(all(target_os = "linux", not(miri)))]
mod large {
    use super::{Layout, NonNull};
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

    pub(super) fn take(layout: Layout) -> Option<NonNull<u8>> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the system chooses the place.
        let memory = unsafe {
            mmap_anonymous(
                std::ptr::null_mut(),
                layout.size(),
                access,
                MapFlags::PRIVATE,
            )
        };
        NonNull::new(memory.ok()?.cast())
    }

    /// # Safety
    /// It came from `take` of this layout, and nobody uses it any more.
    pub(super) unsafe fn give(memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the contract: the whole of one mapping.
        let unmapped = unsafe { munmap(memory.as_ptr().cast(), layout.size()) };
        debug_assert!(unmapped.is_ok());
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod large {
    use super::{Layout, NonNull};
    use std::alloc::{alloc_zeroed, dealloc};

    /// Room to align in. Where the memory really begins is noted in the word before it.
    fn wider(layout: Layout) -> Option<Layout> {
        let size = layout.size().checked_add(layout.align())?;
        Layout::from_size_align(size, align_of::<*mut u8>()).ok()
    }

    pub(super) fn take(layout: Layout) -> Option<NonNull<u8>> {
        let wider = wider(layout)?;
        // SAFETY: the layout is not of size zero.
        let start = unsafe { alloc_zeroed(wider) };
        if start.is_null() {
            return None;
        }
        // At least one word, since `start` is aligned to words and an object to more.
        let by = layout.align() - start.addr() % layout.align();
        // SAFETY: inside the memory, which is longer by `align`.
        let memory = unsafe { start.add(by) };
        // SAFETY: as above.
        let note = unsafe { memory.cast::<*mut u8>().sub(1) };
        // SAFETY: a word of the memory before the object.
        unsafe { note.write(start) };
        NonNull::new(memory)
    }

    /// # Safety
    /// It came from `take` of this layout, and nobody uses it any more.
    pub(super) unsafe fn give(memory: NonNull<u8>, layout: Layout) {
        let Some(wider) = wider(layout) else {
            return;
        };
        // SAFETY: `take` has written a word there.
        let note = unsafe { memory.cast::<*mut u8>().sub(1) };
        // SAFETY: as above.
        let start = unsafe { note.read() };
        // SAFETY: the contract.
        unsafe { dealloc(start, wider) };
    }
}
