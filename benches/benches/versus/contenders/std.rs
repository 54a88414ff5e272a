//! std: `sync_channel` has many senders and one receiver; the primitives that it lacks are made of a mutex and a
//! condition, as one does.

use crate::book::Book;
use crate::contract::{self, Channel, Ends, Timed};
use crate::rows::recv_timeout::STD;
use crate::rows::{
    allocations, barrier, channel, condition, crowd, event, large, loaded, lock, pingpong, queue,
    recv_timeout, semaphore,
};
use gimmal_benches::tally::Tally;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Barrier, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

struct SyncChannel;

impl<T: Send + 'static> Ends<T> for SyncChannel {
    type Tx = SyncSender<T>;
    type Rx = Receiver<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.recv().ok()
    }
}

impl<T: Send + 'static> Channel<T> for SyncChannel {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        sync_channel(capacity)
    }
}

impl<T: Send + 'static> Timed<T> for SyncChannel {
    fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<T> {
        rx.recv_timeout(timeout).ok()
    }
}

#[inline]
fn unpoisoned<G>(guard: Result<G, PoisonError<G>>) -> G {
    guard.unwrap_or_else(PoisonError::into_inner)
}

impl contract::Lock for Mutex<Tally> {
    fn build() -> Self {
        Self::default()
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce(&mut Tally) -> R) -> Option<R> {
        let mut tally = unpoisoned(self.lock());
        Some(body(&mut tally))
    }
}

/// A mutex and a condition: permits, or a flag.
struct Pair<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Pair<T> {
    fn new(value: T) -> Self {
        Pair {
            value: Mutex::new(value),
            changed: Condvar::new(),
        }
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, T> {
        unpoisoned(self.value.lock())
    }

    /// Waits while the value is like this.
    #[inline]
    fn lock_unless(&self, like: impl Fn(&T) -> bool) -> MutexGuard<'_, T> {
        let mut guard = self.lock();
        while like(&guard) {
            guard = unpoisoned(self.changed.wait(guard));
        }
        guard
    }
}

impl contract::Semaphore for Pair<usize> {
    fn build(permits: usize) -> Self {
        Pair::new(permits)
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        *self.lock_unless(|permits| *permits == 0) -= 1;
        let result = body();
        *self.lock() += 1;
        self.changed.notify_one();
        Some(result)
    }
    fn available(&self) -> usize {
        *self.lock()
    }
}

impl contract::Event for Pair<bool> {
    fn build() -> Self {
        Pair::new(false)
    }
    #[inline]
    fn set(&self) {
        *self.lock() = true;
        self.changed.notify_all();
    }
    #[inline]
    fn clear(&self) {
        *self.lock() = false;
    }
    fn wait(&self) {
        drop(self.lock_unless(|set| !set));
    }
}

impl contract::Barrier for Barrier {
    fn build(parties: usize) -> Self {
        Barrier::new(parties)
    }
    fn wait(&self) -> bool {
        self.wait().is_leader()
    }
}

impl contract::Condition for Condvar {
    fn build() -> Self {
        Condvar::new()
    }
    #[inline]
    fn notify_one(&self) -> usize {
        self.notify_one();
        0
    }
}

impl contract::Heap for Mutex<BinaryHeap<Reverse<u64>>> {
    fn build(items: usize) -> Self {
        Mutex::new(BinaryHeap::with_capacity(items))
    }
    #[inline]
    fn put(&self, item: u64) {
        unpoisoned(self.lock()).push(Reverse(item));
    }
    #[inline]
    fn get(&self) -> Option<u64> {
        let smallest = unpoisoned(self.lock()).pop();
        smallest.map(|Reverse(item)| item)
    }
}

pub(crate) fn enter(book: &mut Book) {
    channel::enter_1p1c::<SyncChannel>(book, STD);
    channel::enter_4p1c::<SyncChannel>(book, STD);
    large::enter::<SyncChannel>(book, STD);
    queue::enter::<SyncChannel>(book, queue::SYNC_CHANNEL);
    queue::enter_heap::<Mutex<BinaryHeap<Reverse<u64>>>>(book, queue::BINARY_HEAP);
    pingpong::enter::<SyncChannel>(book, STD);
    recv_timeout::enter::<SyncChannel>(book, STD);
    loaded::enter::<SyncChannel>(book, STD);
    loaded::enter_timed::<SyncChannel>(book, STD);
    allocations::enter::<SyncChannel>(book, STD);
    lock::enter::<Mutex<Tally>>(book, lock::STD);
    semaphore::enter_alone::<Pair<usize>>(book, "std Mutex and Condvar");
    semaphore::enter_threads::<Pair<usize>>(book, "std Mutex and Condvar");
    event::enter::<Pair<bool>>(book, event::STD);
    crowd::enter::<Pair<bool>>(book, event::STD);
    barrier::enter::<Barrier>(book, "std Barrier");
    condition::enter::<Condvar>(book, "std Condvar");
    loaded::enter_late(book, "std Condvar", || {
        let pair = Pair::new(());
        move |limit| {
            let woken = pair.changed.wait_timeout(pair.lock(), limit);
            unpoisoned(woken).1.timed_out()
        }
    });
}
