//! flume.

use crate::book::Rows;
use crate::contract::{Channel, Ends, Mpmc, MpmcRings, Timed};
use crate::rows::growth::channels as growth;
use crate::rows::{allocations, channel, loaded, mpmc, pingpong, pipeline, recv_timeout};
use flume::{Receiver, Sender, TrySendError, bounded};
use gimmal_benches::message::Block;
use std::time::Duration;

struct Flume;

struct Tried<const N: usize>(Sender<u64>, Receiver<u64>);

impl MpmcRings for Flume {
    type Ring<const N: usize> = Tried<N>;
}

impl<const N: usize> Mpmc for Tried<N> {
    fn build() -> Box<Self> {
        let (tx, rx) = bounded(N);
        Box::new(Tried(tx, rx))
    }
    #[inline]
    fn push(&self, item: u64) -> Result<(), u64> {
        self.0.try_send(item).map_err(TrySendError::into_inner)
    }
    #[inline]
    fn pop(&self) -> Option<u64> {
        self.1.try_recv().ok()
    }
}

impl<T: Send + 'static> Ends<T> for Flume {
    type Tx = Sender<T>;
    type Rx = Receiver<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.recv().ok()
    }
}

impl<T: Send + 'static> Channel<T> for Flume {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        bounded(capacity)
    }
}

impl<T: Send + 'static> Timed<T> for Flume {
    fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<T> {
        rx.recv_timeout(timeout).ok()
    }
}

pub(crate) fn enter(book: &mut Rows) {
    const NAME: &str = "flume";
    mpmc::enter::<Flume>(book, NAME);
    channel::enter_1p1c::<Flume>(book, NAME);
    channel::enter_4p1c::<Flume>(book, NAME);
    channel::enter_4c::<Flume>(book, NAME);
    pingpong::enter::<Flume>(book, NAME);
    pipeline::enter_values::<Flume>(book, NAME);
    pipeline::enter_buffers::<Block, Flume>(book, NAME, |bytes| vec![0; bytes].into());
    recv_timeout::enter::<Flume>(book, NAME);
    loaded::enter::<Flume>(book, NAME);
    loaded::enter_timed::<Flume>(book, NAME);
    allocations::enter::<Flume>(book, NAME);
    growth::enter::<Flume>(book, NAME);
    growth::enter_bytes::<Flume>(book, NAME);
}
