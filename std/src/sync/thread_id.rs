//! The identity of a thread: a number that no other thread of the process has, had, or will have.
//!
//! The address of a thread-local would not do: it is used again when the thread has ended, and a
//! lock that the first thread left held would belong to the second. `std::thread::ThreadId` does
//! not fit into an atomic.
//!
//! The thread-local has no destructor, so it exists as long as the thread does, also in destructors
//! of other thread-locals.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// The number of no thread.
pub(crate) const NOBODY: u64 = 0;

thread_local! {
    static MINE: Cell<u64> = const { Cell::new(NOBODY) };
}

/// The number of the calling thread.
#[inline]
pub(crate) fn me() -> u64 {
    match MINE.get() {
        NOBODY => new(),
        mine => mine,
    }
}

#[cold]
fn new() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(NOBODY);
    // R: different numbers are all that is asked for. A thread in every nanosecond uses them up in
    // 584 years.
    let mine = LAST.fetch_add(1, Relaxed) + 1;
    MINE.set(mine);
    mine
}
