//! Pools of threads.
//!
//! `pool/tiny-jobs`: one thread gives jobs to two others, each of which adds one to a count; until all are done. So what
//! is left is what a pool costs.

use super::ours::THREAD_POOL;
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::Jobs;
use crate::race::{Apart, Outcome, alone};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What `pool/tiny-jobs` is measured against.
pub(crate) const RAYON: &str = "rayon scope";

const THREADS: usize = 2;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            Kind::Threads,
            "pool/tiny-jobs",
            "jobs that add one, given to two threads, until all are done",
        )
        .goal(THREAD_POOL, Against::This(RAYON), 0.8),
    ]
}

/// Enters a pool.
pub(crate) fn enter<J: Jobs>(book: &mut Rows, name: &'static str) {
    book.time("pool/tiny-jobs", name, tiny::<J>);
}

fn tiny<J: Jobs>(n: u64) -> Outcome {
    let pool = J::build(THREADS);
    let count = Arc::new(Apart(AtomicU64::new(0)));
    let sample = alone(|| {
        pool.run(n, || {
            let count = count.clone();
            move || _ = count.0.fetch_add(1, Relaxed)
        });
        Ok(None)
    });
    match count.0.load(Relaxed) {
        done if done == n => sample,
        done => Err(format!("{done} jobs of {n}")),
    }
}
