//! Fork and join: a sum is split in halves until the parts are small. One half becomes a job of the
//! pool, the caller does the other. A caller that reaches the join before the job has begun cancels
//! the job and does it, too. So nobody waits for a job that has not started, and two threads are
//! enough for any depth. A caller that waits instead gets `WouldDeadlock` if no worker is left to
//! begin the job.
//!
//! `cargo run --example fork_join`

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use gimmal::ThreadPool;
use gimmal::pool::JobError;

const NUMBERS: Range<u64> = 0..1_000_000;
const PART: u64 = 20_000;

static PARTS: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let pool = Arc::new(ThreadPool::builder().threads(2).queue(8).build());
    let sum = fork_join(&pool, NUMBERS);
    println!("{} parts, sum {sum}", PARTS.load(Relaxed));

    let alone = Arc::new(ThreadPool::builder().threads(1).build());
    let its = alone.clone();
    let job = alone.submit(move || wait_for_half(&its)).unwrap();
    match job.result().unwrap() {
        Ok(half) => println!("half of it is {half}"),
        Err(why) => println!("waiting for a job that cannot start: {why}"),
    }
}

fn fork_join(pool: &Arc<ThreadPool>, numbers: Range<u64>) -> u64 {
    let Range { start, end } = numbers;
    if end - start <= PART {
        PARTS.fetch_add(1, Relaxed);
        return numbers.sum();
    }
    let middle = start + (end - start) / 2;
    let its = pool.clone();
    let forked = match pool.try_submit(move || fork_join(&its, start..middle)) {
        Ok(job) => job,
        // The queue is full: the closure comes back, and is called here.
        Err(refused) => return refused.into_inner()() + fork_join(pool, middle..end),
    };
    let here = fork_join(pool, middle..end);
    if forked.cancel() {
        here + fork_join(pool, start..middle)
    } else {
        here + forked.result().expect("a sum does not panic")
    }
}

/// Runs on the only thread of a pool: the job cannot start before this function has returned.
fn wait_for_half(pool: &ThreadPool) -> Result<u64, JobError> {
    let half = NUMBERS.start..NUMBERS.end / 2;
    let job = pool.submit(move || half.sum()).expect("there is room");
    job.result()
}
