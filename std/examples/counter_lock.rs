//! A lock: four threads increment one counter. Without a lock updates are lost; with it, none is.
//!
//! `cargo run --example counter_lock`

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use gimmal::sync::Lock;

const THREADS: u64 = 4;
const ROUNDS: u64 = 50_000;

fn main() {
    // The load and the store are atomic, but not both together: another thread may store in
    // between.
    let racy = AtomicU64::new(0);
    everybody(|| {
        let seen = racy.load(Relaxed);
        if seen.is_multiple_of(1000) {
            thread::yield_now();
        }
        racy.store(seen + 1, Relaxed);
    });
    let lost = THREADS * ROUNDS - racy.load(Relaxed);
    println!(
        "without a lock: {}",
        if lost > 0 {
            "updates were lost"
        } else {
            "lucky this time"
        }
    );

    let exact = Lock::new(0_u64);
    everybody(|| *exact.lock() += 1);
    println!(
        "with a lock: {} of {}",
        exact.into_inner(),
        THREADS * ROUNDS
    );
}

/// Runs `step` in `THREADS` threads, `ROUNDS` times in each.
fn everybody(step: impl Fn() + Sync) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..ROUNDS).for_each(|_| step()));
        }
    });
}
