//! Single operations on one thread, by criterion, with HTML reports below `target/criterion`.
//!
//! ```text
//! cargo bench -p gimmal-benches --features criterion --bench criterion
//! ```
//! One thread only: what two cores do to each other is `versus`' subject, where everybody meets the same weather. The
//! numbers are for comparing two states of this library on one machine; nothing of them belongs into a document.

#![deny(unsafe_code)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use gimmal::sync;
use gimmal_core::channel as core_channel;
use gimmal_core::pool::Pool;
use gimmal_core::ring;
use gimmal_core::sync as core_sync;
use std::hint::black_box;
use std::time::Duration;

fn spsc_ring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ring::spsc");
    let mut ring = ring::spsc::Ring::<u64, 64>::new();
    let (mut tx, mut rx) = ring.split();
    group.bench_function("push and pop", |bench| {
        bench.iter(|| {
            let _ = tx.push(black_box(7));
            rx.pop()
        });
    });
    let (mut tx, mut rx) = (tx.erase(), rx.erase());
    group.bench_function("push and pop, erased", |bench| {
        bench.iter(|| {
            let _ = tx.push(black_box(7));
            rx.pop()
        });
    });
    group.throughput(Throughput::Elements(32));
    group.bench_function("32 in a chunk", |bench| {
        bench.iter(|| {
            if let Ok(mut run) = tx.reserve(32) {
                for item in 0..32 {
                    let _ = run.push(black_box(item));
                }
                run.commit();
            }
            rx.read_chunk(32)
                .map_or(0, |run| run.pop_each().sum::<u64>())
        });
    });
    group.finish();
}

fn mpmc_ring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ring::mpmc");
    let ring = ring::mpmc::Ring::<u64, 64>::new();
    group.bench_function("push and pop", |bench| {
        bench.iter(|| {
            let _ = ring.push(black_box(7));
            ring.pop()
        });
    });
    group.bench_function("pop of nothing", |bench| bench.iter(|| ring.pop()));
    let full = ring::mpmc::Ring::<u64, 64>::new();
    while full.push(7).is_ok() {}
    group.bench_function("push without room", |bench| {
        bench.iter(|| full.push(black_box(7)))
    });
    group.bench_function("push_overwrite without room", |bench| {
        bench.iter(|| full.push_overwrite(black_box(7)))
    });
    group.bench_function("drop of 64 items", |bench| {
        let filled = || {
            let ring = ring::mpmc::Ring::<Box<u64>, 64>::new();
            while ring.push(Box::new(7)).is_ok() {}
            ring
        };
        bench.iter_batched(filled, drop, BatchSize::SmallInput);
    });
    group.finish();
}

/// Send and receive without waiting: what the waiting operations do when nobody has to wait.
fn channels(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("channel");
    let channel = core_channel::mpmc::Channel::<u64, 64>::new();
    group.bench_function("core mpmc: try_send and try_recv", |bench| {
        bench.iter(|| {
            let _ = channel.try_send(black_box(7));
            channel.try_recv()
        });
    });
    let mut channel = core_channel::spsc::Channel::<u64, 64>::new();
    let (mut tx, mut rx) = channel.split();
    group.bench_function("core spsc: try_send and try_recv", |bench| {
        bench.iter(|| {
            let _ = tx.try_send(black_box(7));
            rx.try_recv()
        });
    });
    let (tx, rx) = gimmal::channel::bounded(64);
    group.bench_function("facade: send and recv", |bench| {
        bench.iter(|| {
            let _ = tx.send(black_box(7_u64));
            rx.recv()
        });
    });
    group.bench_function("facade: send and recv_timeout", |bench| {
        bench.iter(|| {
            let _ = tx.send(black_box(7_u64));
            rx.recv_timeout(Duration::from_secs(1))
        });
    });
    let (mut tx, mut rx) = gimmal::channel::spsc::bounded(64);
    group.bench_function("facade spsc: send and recv", |bench| {
        bench.iter(|| {
            let _ = tx.send(black_box(7_u64));
            rx.recv()
        });
    });
    group.bench_function("facade: a channel of 64, made and dropped", |bench| {
        bench.iter(|| gimmal::channel::bounded::<u64>(64));
    });
    group.finish();
}

fn pool(criterion: &mut Criterion) {
    let pool = Pool::<u64, 64>::new();
    criterion.bench_function("pool: take and give back", |bench| {
        bench.iter(|| pool.try_take(black_box(7)).map(|loan| *loan));
    });
}

/// Primitives that nobody else wants at the moment.
fn primitives(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sync");
    let lock = core_sync::Lock::new(0_u64);
    group.bench_function("core lock: try_lock and unlock", |bench| {
        bench.iter(|| {
            if let Some(mut guard) = lock.try_lock() {
                *guard += black_box(7);
            }
        });
    });
    let lock = sync::Lock::new(0_u64);
    group.bench_function("facade lock: lock and unlock", |bench| {
        bench.iter(|| *lock.lock() += black_box(7));
    });
    group.bench_function("facade lock: lock_timeout and unlock", |bench| {
        bench.iter(|| {
            if let Ok(mut guard) = lock.lock_timeout(Duration::from_secs(1)) {
                *guard += black_box(7);
            }
        });
    });
    let semaphore = core_sync::Semaphore::new(2);
    group.bench_function("core semaphore: try_acquire and release", |bench| {
        bench.iter(|| semaphore.try_acquire().is_some());
    });
    let semaphore = sync::Semaphore::new(2);
    group.bench_function("facade semaphore: acquire and release", |bench| {
        bench.iter(|| semaphore.acquire().is_ok());
    });
    let semaphore = sync::BoundedSemaphore::new(2);
    group.bench_function("facade bounded semaphore: acquire and release", |bench| {
        bench.iter(|| semaphore.acquire().is_ok());
    });
    let event = sync::Event::new();
    group.bench_function("facade event: set and clear, nobody waiting", |bench| {
        bench.iter(|| {
            event.set();
            event.clear();
        });
    });
    event.set();
    group.bench_function("facade event: set again", |bench| {
        bench.iter(|| event.set())
    });
    group.bench_function("facade event: wait for one that is set", |bench| {
        bench.iter(|| event.wait());
    });
    group.finish();
}

fn event(criterion: &mut Criterion) {
    let event = core_sync::Event::new();
    criterion.bench_function("event: set and clear, nobody waiting", |bench| {
        bench.iter(|| {
            event.set();
            event.clear();
        });
    });
}

criterion_group!(rings, spsc_ring, mpmc_ring);
criterion_group!(waits, channels, pool, primitives, event);
criterion_main!(rings, waits);
