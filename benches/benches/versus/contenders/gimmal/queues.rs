//! The facade's queues and its pool of threads.

use crate::book::Rows;
use crate::contract::{Channel, Ends, Heap, Jobs};
use crate::rows::ours::{PRIORITY, QUEUE, THREAD_POOL};
use crate::rows::{pool, queue};
use gimmal::ThreadPool;
use gimmal::queue::{PriorityQueue, Queue};
use std::sync::Arc;

struct Fifo;

/// The end that puts: the queue closes with it.
struct Put<T>(Arc<Queue<T>>);

impl<T> Drop for Put<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<T: Send + 'static> Ends<T> for Fifo {
    type Tx = Put<T>;
    type Rx = Arc<Queue<T>>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.0.put(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.get().ok()
    }
}

impl<T: Send + 'static> Channel<T> for Fifo {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        let queue = Arc::new(Queue::new(capacity));
        (Put(queue.clone()), queue)
    }
}

impl Heap for PriorityQueue<u64> {
    fn build(items: usize) -> Self {
        Self::new(items)
    }
    #[inline]
    fn put(&self, item: u64) {
        _ = PriorityQueue::put(self, item);
    }
    #[inline]
    fn get(&self) -> Option<u64> {
        self.try_get().ok()
    }
}

impl Jobs for ThreadPool {
    fn build(threads: usize) -> Self {
        ThreadPool::builder().threads(threads).build()
    }
    fn run<F: FnOnce() + Send + 'static>(&self, n: u64, job: impl Fn() -> F + Sync) {
        (0..n).for_each(|_| drop(self.submit(job())));
        _ = self.join();
    }
}

pub(crate) fn enter(book: &mut Rows) {
    queue::enter::<Fifo>(book, QUEUE);
    queue::enter_heap::<PriorityQueue<u64>>(book, PRIORITY);
    pool::enter::<ThreadPool>(book, THREAD_POOL);
}
