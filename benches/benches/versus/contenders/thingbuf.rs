//! thingbuf: a queue of many ends, and a channel with one receiver. Its items need `Default + Clone + Sync`, so it takes
//! part with numbers only.

use crate::book::Rows;
use crate::contract::{Channel, Ends, Mpmc, MpmcRings, Timed};
use crate::rows::{allocations, channel, mpmc, pingpong, recv_timeout};
use std::time::Duration;
use thingbuf::ThingBuf;
use thingbuf::mpsc::blocking::{Receiver, Sender, channel as bounded};

struct Thing;

struct Queue<const N: usize>(ThingBuf<u64>);

impl MpmcRings for Thing {
    type Ring<const N: usize> = Queue<N>;
}

impl<const N: usize> Mpmc for Queue<N> {
    fn build() -> Box<Self> {
        Box::new(Queue(ThingBuf::new(N)))
    }
    #[inline]
    fn push(&self, item: u64) -> Result<(), u64> {
        self.0.push(item).map_err(|full| full.into_inner())
    }
    #[inline]
    fn pop(&self) -> Option<u64> {
        self.0.pop()
    }
}

impl Ends<u64> for Thing {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn send(tx: &mut Self::Tx, item: u64) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv()
    }
}

impl Channel<u64> for Thing {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        bounded(capacity)
    }
}

impl Timed<u64> for Thing {
    fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<u64> {
        rx.recv_timeout(timeout).ok()
    }
}

pub(crate) fn enter(book: &mut Rows) {
    mpmc::enter::<Thing>(book, "thingbuf");
    channel::enter_1p1c::<Thing>(book, "thingbuf mpsc");
    channel::enter_4p1c::<Thing>(book, "thingbuf mpsc");
    pingpong::enter::<Thing>(book, "thingbuf mpsc");
    recv_timeout::enter::<Thing>(book, "thingbuf mpsc");
    allocations::enter::<Thing>(book, "thingbuf mpsc");
}
