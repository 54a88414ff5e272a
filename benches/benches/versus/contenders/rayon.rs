//! rayon: a scope in which jobs are spawned.

use crate::book::Rows;
use crate::contract::Jobs;
use crate::rows::pool;
use rayon::{ThreadPool, ThreadPoolBuilder};

impl Jobs for ThreadPool {
    fn build(threads: usize) -> Self {
        let builder = ThreadPoolBuilder::new().num_threads(threads);
        builder.build().expect("the threads start")
    }
    fn run<F: FnOnce() + Send + 'static>(&self, n: u64, job: impl Fn() -> F + Sync) {
        self.in_place_scope(|scope| {
            (0..n).for_each(|_| {
                let job = job();
                scope.spawn(|_| job());
            });
        });
    }
}

pub(crate) fn enter(book: &mut Rows) {
    pool::enter::<ThreadPool>(book, pool::RAYON);
}
