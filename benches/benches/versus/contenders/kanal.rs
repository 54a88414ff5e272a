//! kanal. Its `recv_timeout` is a busy wait: see the CPUs beside its overshoot.

use crate::book::Rows;
use crate::contract::{Channel, Ends, Mpmc, MpmcRings, Timed};
use crate::rows::growth::channels as growth;
use crate::rows::{allocations, channel, loaded, mpmc, pingpong, pipeline, recv_timeout};
use gimmal_benches::message::Block;
use kanal::{Receiver, Sender, bounded};
use std::time::Duration;

struct Kanal;

struct Tried<const N: usize>(Sender<u64>, Receiver<u64>);

impl MpmcRings for Kanal {
    type Ring<const N: usize> = Tried<N>;
}

impl<const N: usize> Mpmc for Tried<N> {
    fn build() -> Box<Self> {
        let (tx, rx) = bounded(N);
        Box::new(Tried(tx, rx))
    }
    #[inline]
    fn push(&self, item: u64) -> Result<(), u64> {
        match self.0.try_send(item) {
            Ok(true) => Ok(()),
            _ => Err(item),
        }
    }
    #[inline]
    fn pop(&self) -> Option<u64> {
        self.1.try_recv().ok().flatten()
    }
}

impl<T: Send + 'static> Ends<T> for Kanal {
    type Tx = Sender<T>;
    type Rx = Receiver<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.recv().ok()
    }
}

impl<T: Send + 'static> Channel<T> for Kanal {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        bounded(capacity)
    }
}

impl<T: Send + 'static> Timed<T> for Kanal {
    fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<T> {
        rx.recv_timeout(timeout).ok()
    }
}

pub(crate) fn enter(book: &mut Rows) {
    const NAME: &str = "kanal";
    mpmc::enter::<Kanal>(book, NAME);
    channel::enter_1p1c::<Kanal>(book, NAME);
    channel::enter_4p1c::<Kanal>(book, NAME);
    channel::enter_4c::<Kanal>(book, NAME);
    pingpong::enter::<Kanal>(book, NAME);
    pipeline::enter_values::<Kanal>(book, NAME);
    pipeline::enter_buffers::<Block, Kanal>(book, NAME, |bytes| vec![0; bytes].into());
    recv_timeout::enter::<Kanal>(book, NAME);
    loaded::enter::<Kanal>(book, NAME);
    loaded::enter_timed::<Kanal>(book, NAME);
    allocations::enter::<Kanal>(book, NAME);
    growth::enter::<Kanal>(book, NAME);
    growth::enter_bytes::<Kanal>(book, NAME);
}
