//! threadpool: one queue of boxed jobs, which has no bound.

use crate::book::Rows;
use crate::contract::Jobs;
use crate::rows::pool;
use threadpool::ThreadPool;

impl Jobs for ThreadPool {
    fn build(threads: usize) -> Self {
        ThreadPool::new(threads)
    }
    fn run<F: FnOnce() + Send + 'static>(&self, n: u64, job: impl Fn() -> F + Sync) {
        (0..n).for_each(|_| self.execute(job()));
        self.join();
    }
}

pub(crate) fn enter(book: &mut Rows) {
    pool::enter::<ThreadPool>(book, "threadpool");
}
