//! An allocator that counts by thread, so that tests beside each other do not disturb. For tests of what allocates: they include
//! this file, and it is the allocator of their program.
#![allow(unsafe_code, dead_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static MADE: Cell<usize> = const { Cell::new(0) };
    static FREED: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// How often this thread has allocated or reallocated.
pub(crate) fn made() -> usize {
    MADE.get()
}

/// How often it has freed.
pub(crate) fn freed() -> usize {
    FREED.get()
}

/// Bytes that it has taken and not given back.
pub(crate) fn held() -> isize {
    HELD.get()
}

/// The largest piece that it gets from now on.
pub(crate) fn set_largest(bytes: usize) {
    LARGEST.set(bytes);
}

/// How often this thread allocates in `f`, and what `f` gives.
pub(crate) fn allocations<R>(f: impl FnOnce() -> R) -> (usize, R) {
    let before = made();
    let result = f();
    (made() - before, result)
}

fn count_one(counter: &'static std::thread::LocalKey<Cell<usize>>) {
    // A thread that ends may have no counter any more.
    let _ = counter.try_with(|count| count.set(count.get() + 1));
}

fn holds(taken: usize, back: usize) {
    let more = taken.cast_signed() - back.cast_signed();
    let _ = HELD.try_with(|held| held.set(held.get() + more));
}

fn is_too_large(bytes: usize) -> bool {
    LARGEST.try_with(|most| bytes > most.get()) == Ok(true)
}

// SAFETY: everything is done by `System`, or refused; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_too_large(layout.size()) {
            return std::ptr::null_mut();
        }
        count_one(&MADE);
        holds(layout.size(), 0);
        // SAFETY: by the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_one(&MADE);
        holds(layout.size(), 0);
        // SAFETY: by the contract of this function.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_one(&MADE);
        holds(size, layout.size());
        // SAFETY: by the contract of this function.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count_one(&FREED);
        holds(0, layout.size());
        // SAFETY: by the contract of this function.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
