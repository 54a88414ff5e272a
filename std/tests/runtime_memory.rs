//! A run that goes on for long keeps nothing of the threads that have ended, neither on the heap nor their stacks, and
//! nothing of runs that are over. The only test of its process, because it counts what the whole process has.
#![allow(unsafe_code)]

mod kit;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::SeqCst};

use gimmal::Runtime;
use gimmal::thread::Builder;

use kit::{bounded, until};

struct Counting;

/// The bytes that are allocated now.
static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: everything is done by `System`; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, SeqCst);
        // SAFETY: by the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, SeqCst);
        // SAFETY: by the contract of this function.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The megabytes of addresses that the process has; a thread that nobody joins keeps two of them, its stack.
fn addresses() -> usize {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return 0;
    };
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<usize>().unwrap() / 1024
}

const AT_ONCE: usize = 10;
const BATCHES: usize = 3_000;

static ENDED: AtomicUsize = AtomicUsize::new(0);

/// Starts some threads, of all kinds, and a run, and returns when their closures have ended.
fn batch() {
    let before = ENDED.load(SeqCst);
    for number in 0..AT_ONCE {
        let builder = Builder::new().daemon(number % 2 == 0);
        let handle = builder.spawn(|| ENDED.fetch_add(1, SeqCst)).unwrap();
        if number % 5 == 0 {
            handle.join().unwrap();
        }
    }
    Runtime::run(|rt| rt.clone()).result.unwrap();
    until(|| ENDED.load(SeqCst) == before + AT_ONCE);
}

#[test]
fn a_run_keeps_nothing_of_threads_that_have_ended() {
    bounded(|| {
        let outcome = Runtime::run(|_| {
            (0..100).for_each(|_| batch());
            let before = (LIVE.load(SeqCst), addresses());
            (0..BATCHES).for_each(|_| batch());
            let after = (LIVE.load(SeqCst), addresses());
            // A few bytes for each thread, and a fraction of their stacks.
            let bytes = after.0 - before.0;
            assert!(bytes < 100_000, "{bytes} bytes more");
            let grown = after.1.saturating_sub(before.1);
            assert!(grown < 4_000, "{grown} MB more");
        });
        outcome.result.unwrap();
    });
}
