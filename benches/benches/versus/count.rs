//! The allocator that counts. It counts only while a region is open, so that the timed rows pay one load for it.

// An allocator cannot be written without it.
#![allow(unsafe_code)]

use crate::book::Counts;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

struct Counting;

static OPEN: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[inline]
fn note(bytes: usize) {
    if OPEN.load(Relaxed) {
        ALLOCATIONS.fetch_add(1, Relaxed);
        BYTES.fetch_add(bytes as u64, Relaxed);
    }
}

// SAFETY: every request goes to the system's allocator unchanged; counting allocates nothing and cannot unwind.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: as above; `old` came from the system's allocator.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: as above; `old` came from the system's allocator.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Starts to count the allocations of all threads.
pub(crate) fn open() {
    ALLOCATIONS.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    OPEN.store(true, Relaxed);
}

/// Stops, and says what was counted since.
pub(crate) fn close() -> Counts {
    OPEN.store(false, Relaxed);
    Counts {
        allocations: ALLOCATIONS.load(Relaxed) as f64,
        bytes: BYTES.load(Relaxed) as f64,
    }
}
