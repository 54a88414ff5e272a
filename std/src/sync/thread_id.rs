//! Who a thread is: a number that no other thread of the process has, had, or will have.
//!
//! Not the address of a thread-local: that is used again when the thread has ended, and a lock that the first one left
//! held would be the second one's. Not `std::thread::ThreadId`: it does not fit into an atomic.
//!
//! The thread-local has nothing to drop, so it is there as long as the thread is, in destructors of others too.

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
    // R: different numbers are all that is asked for. A thread in every nanosecond uses them up in 584 years.
    let mine = LAST.fetch_add(1, Relaxed) + 1;
    MINE.set(mine);
    mine
}
