//! std: `sync_channel` has many senders and one receiver; the primitives that it lacks are made of a mutex and a
//! condition, as one does.

use crate::book::Rows;
use crate::contract::{self, Channel, Ends, Timed};
use crate::rows::recv_timeout::STD;
use crate::rows::signal::{self, BY_HAND, Program, THREADS};
use crate::rows::{
    allocations, barrier, channel, condition, crowd, event, large, loaded, lock, pingpong, queue,
    recv_timeout, semaphore,
};
use gimmal_benches::tally::Tally;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Barrier, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
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
#[derive(Default)]
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

/// Sixteen blocked threads, four each in a receive, in a send, in a wait for a condition and in an accept, with what
/// wakes them.
#[derive(Default)]
struct Sixteen {
    /// Dropped, each ends a receive.
    senders: Vec<SyncSender<()>>,
    /// Dropped, each ends a send.
    receivers: Vec<Receiver<()>>,
    over: Arc<Pair<bool>>,
    /// A connection to each ends an accept.
    listeners: Vec<SocketAddr>,
    threads: Vec<thread::JoinHandle<bool>>,
}

impl Sixteen {
    fn start() -> io::Result<Self> {
        let mut all = Sixteen::default();
        for number in 0..THREADS {
            let thread = match number % 4 {
                0 => {
                    let (tx, rx) = sync_channel(1);
                    all.senders.push(tx);
                    thread::spawn(move || rx.recv().is_err())
                }
                1 => {
                    let (tx, rx) = sync_channel(0);
                    all.receivers.push(rx);
                    thread::spawn(move || tx.send(()).is_err())
                }
                2 => {
                    let over = all.over.clone();
                    thread::spawn(move || *over.lock_unless(|over| !over))
                }
                _ => {
                    let listener = TcpListener::bind("127.0.0.1:0")?;
                    all.listeners.push(listener.local_addr()?);
                    thread::spawn(move || listener.accept().is_ok())
                }
            };
            all.threads.push(thread);
        }
        Ok(all)
    }

    /// Wakes all, and says whether they ended in order.
    fn end(self) -> bool {
        drop((self.senders, self.receivers));
        *self.over.lock() = true;
        self.over.changed.notify_all();
        let connected = |address| TcpStream::connect(address).is_ok();
        let mut all = self.listeners.into_iter().all(connected);
        for thread in self.threads {
            all &= thread.join().is_ok_and(|ended| ended);
        }
        all
    }
}

/// A thread of a helper library passes signals on; what each of the others is blocked in has to be known and ended.
struct ByHand;

impl Program for ByHand {
    fn run(ready: impl FnOnce()) -> i32 {
        let mut signals = Signals::new([SIGINT, SIGTERM]).expect("signals can be handled");
        let all = Sixteen::start().expect("listeners are there");
        ready();
        let first = signals.forever().next().unwrap_or(0);
        if all.end() { 128 + first } else { 1 }
    }
}

/// Nothing but std: it is killed.
struct Plain;

impl Program for Plain {
    const KILLED: bool = true;

    fn run(ready: impl FnOnce()) -> i32 {
        let _all = Sixteen::start().expect("listeners are there");
        ready();
        loop {
            thread::park();
        }
    }
}

pub(crate) fn enter(book: &mut Rows) {
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
    signal::enter::<ByHand>(book, BY_HAND);
    signal::enter::<Plain>(book, "std (killed)");
    loaded::enter_late(book, "std Condvar", || {
        let pair = Pair::new(());
        move |limit| {
            let woken = pair.changed.wait_timeout(pair.lock(), limit);
            unpoisoned(woken).1.timed_out()
        }
    });
}
