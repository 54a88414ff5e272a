//! tokio: its synchronisation without its runtime, but where there is a time-out. Alone it tries; with several threads its
//! semaphore and its channel block the thread.

use crate::book::Rows;
use crate::contract::{self, ByHand, Channel, Ends, FanOut, Lock, Timers};
use crate::rows::growth::timers;
use crate::rows::signal::{Program, THREADS};
use crate::rows::{loaded, lock, semaphore, signal, sockets};
use gimmal_benches::tally::Tally;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal as signals};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Mutex, Notify, Semaphore, broadcast};
use tokio::time::{Sleep, sleep, timeout};

impl Lock for Mutex<Tally> {
    fn build() -> Self {
        Self::default()
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce(&mut Tally) -> R) -> Option<R> {
        Some(body(&mut *self.try_lock().ok()?))
    }
}

struct Tried(Semaphore);

impl contract::Semaphore for Tried {
    fn build(permits: usize) -> Self {
        Tried(Semaphore::new(permits))
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let _permit = self.0.try_acquire().ok()?;
        Some(body())
    }
    fn available(&self) -> usize {
        self.0.available_permits()
    }
}

struct Blocking(Semaphore);

impl contract::Semaphore for Blocking {
    fn build(permits: usize) -> Self {
        Blocking(Semaphore::new(permits))
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let _permit = self.0.blocking_acquire().ok()?;
        Some(body())
    }
    fn available(&self) -> usize {
        self.0.available_permits()
    }
}

struct Mpsc;

impl<T: Send + 'static> Ends<T> for Mpsc {
    type Tx = Sender<T>;
    type Rx = Receiver<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.blocking_send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.blocking_recv()
    }
}

impl<T: Send + 'static> Channel<T> for Mpsc {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        channel(capacity)
    }
}

struct Broadcast;

impl FanOut for Broadcast {
    type Tx = broadcast::Sender<[u8; 64]>;
    type Rx = broadcast::Receiver<[u8; 64]>;

    fn build(receivers: usize, room: usize) -> (Self::Tx, Vec<Self::Rx>) {
        let (tx, _) = broadcast::channel(room);
        let all = (0..receivers).map(|_| tx.subscribe()).collect();
        (tx, all)
    }
    fn send(tx: &mut Self::Tx, item: [u8; 64]) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<[u8; 64]> {
        rx.blocking_recv().ok()
    }
}

/// Threads that are blocked in a channel, each in its own. What tokio knows of signals is a stream for each, which a task
/// has to wait for and to pass on.
struct Streams;

impl Program for Streams {
    fn run(ready: impl FnOnce()) -> i32 {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime needs no rights").block_on(async {
            let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
            let mut both = kinds.map(|kind| (kind, signals(kind).expect("signals can be handled")));
            let (mut ends, mut threads) = ((Vec::new(), Vec::new()), Vec::new());
            for number in 0..THREADS {
                let (tx, mut rx) = channel(1);
                if number % 2 == 0 {
                    ends.0.push(tx);
                    threads.push(thread::spawn(move || rx.blocking_recv().is_none()));
                } else {
                    tx.try_send(()).expect("there is room");
                    ends.1.push(rx);
                    threads.push(thread::spawn(move || tx.blocking_send(()).is_err()));
                }
            }
            ready();
            let first = poll_fn(|context| {
                let mut come = both.iter_mut().filter_map(|(kind, one)| one.poll_recv(context).is_ready().then_some(*kind));
                come.next().map_or(Poll::Pending, Poll::Ready)
            });
            let status = 128 + first.await.as_raw_value();
            drop(ends);
            let ended = threads.into_iter().all(|thread| thread.join().is_ok_and(|ended| ended));
            if ended { status } else { 1 }
        })
    }
}

/// Sleeps that have begun, in a runtime of one thread.
struct Sleeping {
    _pending: Vec<Pin<Box<Sleep>>>,
    runtime: Runtime,
}

/// Begins a sleep: with its first poll it is in the list of timers. `false` if it is over at once.
async fn begin(mut sleep: Pin<&mut Sleep>) -> bool {
    poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context).is_pending())).await
}

impl Timers for Sleeping {
    fn build(pending: usize) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime needs no rights");
        let begun = |due: Duration| {
            let _entered = runtime.enter();
            let mut sleep = Box::pin(sleep(due));
            runtime.block_on(begin(sleep.as_mut()));
            sleep
        };
        let pending = timers::dues(pending).map(begun).collect();
        Sleeping { _pending: pending, runtime }
    }
    fn start_and_cancel(&mut self, n: u64) -> u64 {
        self.runtime.block_on(async {
            let mut cancelled = 0;
            for _ in 0..n {
                // Its end cancels it.
                let sleep = pin!(sleep(timers::DUE));
                cancelled += u64::from(begin(sleep).await);
            }
            cancelled
        })
    }
}

pub(crate) fn enter(book: &mut Rows) {
    timers::enter::<Sleeping>(book, "tokio sleep");
    sockets::enter_many_senders::<Mpsc>(book, "tokio mpsc (blocking)");
    sockets::enter_pair::<ByHand<Mpsc>>(book, "tokio mpsc (blocking)");
    sockets::enter_turns::<ByHand<Mpsc>>(book, "tokio mpsc (blocking)");
    sockets::enter_windows::<ByHand<Mpsc>>(book, "tokio mpsc (blocking)");
    sockets::enter_copies::<Broadcast>(book, "tokio broadcast (blocking)");
    lock::enter_alone::<Mutex<Tally>>(book, "tokio Mutex (try_lock)");
    semaphore::enter_alone::<Tried>(book, "tokio Semaphore (try_acquire)");
    semaphore::enter_threads::<Blocking>(book, "tokio Semaphore (blocking_acquire)");
    signal::enter::<Streams>(book, "tokio");
    loaded::enter::<Mpsc>(book, "tokio mpsc (blocking)");
    loaded::enter_late(book, "tokio Notify (timeout)", || {
        let runtime = Builder::new_current_thread().enable_time().build();
        let (runtime, notify) = (runtime.expect("a runtime needs no rights"), Notify::new());
        move |limit| {
            let wait = async { timeout(limit, notify.notified()).await };
            runtime.block_on(wait).is_err()
        }
    });
}
