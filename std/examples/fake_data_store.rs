//! A lost update: two workers read a value, think, and write it back. Without a lock the update of
//! one worker is lost, because the other has read before it wrote. Of three updates, 2 remain
//! without a lock and 3 with it.
//!
//! `cargo run --example fake_data_store`

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use gimmal::sync::{Event, Lock};
use gimmal::thread;

fn main() {
    println!("without a lock: {}", without());
    println!("with a lock: {}", with());
}

/// Both workers have read before either writes: one update is lost, every time.
fn without() -> u32 {
    let store = AtomicU32::new(1);
    let (first_read, second_read) = (Event::new(), Event::new());
    let update = |read: &Event, other: &Event| {
        let copy = store.load(SeqCst);
        read.set();
        other.wait();
        store.store(copy + 1, SeqCst);
    };
    thread::scope(|scope| {
        scope.spawn(|| update(&first_read, &second_read));
        scope.spawn(|| update(&second_read, &first_read));
    });
    store.into_inner()
}

/// The lock is held from reading to writing: the second worker reads what the first one wrote.
fn with() -> u32 {
    let store = Lock::new(1);
    let update = || {
        let mut value = store.lock();
        let copy = *value;
        *value = copy + 1;
    };
    thread::scope(|scope| {
        scope.spawn(update);
        scope.spawn(update);
    });
    store.into_inner()
}
