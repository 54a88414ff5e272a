//! crossbeam: the array queue and the channel.

use crate::book::Rows;
use crate::contract::{ByHand, Channel, Ends, Mpmc, MpmcRings, Timed};
use crate::rows::growth::channels as growth;
use crate::rows::mpmc::ARRAY_QUEUE;
use crate::rows::poll::{AnyOfEight, CHANNELS};
use crate::rows::{
    allocations, channel, large, loaded, mpmc, pingpong, pipeline, poll, queue, recv_timeout,
    sockets,
};
use crossbeam_channel::{Receiver, Select, Sender, TrySendError, bounded, select, select_biased};
use crossbeam_queue::ArrayQueue;
use gimmal_benches::message::Block;
use std::time::Duration;

struct Queues;

struct Queue<const N: usize>(ArrayQueue<u64>);

impl MpmcRings for Queues {
    type Ring<const N: usize> = Queue<N>;
}

impl<const N: usize> Mpmc for Queue<N> {
    fn build() -> Box<Self> {
        Box::new(Queue(ArrayQueue::new(N)))
    }
    #[inline]
    fn push(&self, item: u64) -> Result<(), u64> {
        self.0.push(item)
    }
    #[inline]
    fn pop(&self) -> Option<u64> {
        self.0.pop()
    }
}

struct Crossbeam;

struct Tried<const N: usize>(Sender<u64>, Receiver<u64>);

impl MpmcRings for Crossbeam {
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

impl<T: Send + 'static> Ends<T> for Crossbeam {
    type Tx = Sender<T>;
    type Rx = Receiver<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.recv().ok()
    }
}

impl<T: Send + 'static> Channel<T> for Crossbeam {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        bounded(capacity)
    }
}

impl<T: Send + 'static> Timed<T> for Crossbeam {
    fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<T> {
        rx.recv_timeout(timeout).ok()
    }
}

struct Ready;

impl AnyOfEight for Ready {
    type Channel = Crossbeam;

    #[inline]
    fn receive(
        receivers: &mut [Receiver<u64>; CHANNELS],
        n: u64,
        mut each: impl FnMut(Option<u64>),
    ) {
        let mut any = Select::new();
        for rx in receivers.iter() {
            any.recv(rx);
        }
        for _ in 0..n {
            each(receivers[any.ready()].try_recv().ok());
        }
    }
}

macro_rules! selected {
    ($name:ident, $select:ident) => {
        struct $name;

        impl AnyOfEight for $name {
            type Channel = Crossbeam;

            #[inline]
            fn receive(
                receivers: &mut [Receiver<u64>; CHANNELS],
                n: u64,
                mut each: impl FnMut(Option<u64>),
            ) {
                let [a, b, c, d, e, f, g, h] = receivers;
                for _ in 0..n {
                    let number = $select! {
                        recv(a) -> number => number,
                        recv(b) -> number => number,
                        recv(c) -> number => number,
                        recv(d) -> number => number,
                        recv(e) -> number => number,
                        recv(f) -> number => number,
                        recv(g) -> number => number,
                        recv(h) -> number => number,
                    };
                    each(number.ok());
                }
            }
        }
    };
}

selected!(Random, select);
selected!(Biased, select_biased);

pub(crate) fn enter(book: &mut Rows) {
    const NAME: &str = "crossbeam channel";
    mpmc::enter::<Queues>(book, ARRAY_QUEUE);
    mpmc::enter::<Crossbeam>(book, NAME);
    sockets::enter_many::<Crossbeam>(book, NAME);
    sockets::enter_pair::<ByHand<Crossbeam>>(book, NAME);
    sockets::enter_turns::<ByHand<Crossbeam>>(book, NAME);
    sockets::enter_windows::<ByHand<Crossbeam>>(book, NAME);
    sockets::enter_copies::<ByHand<Crossbeam>>(book, NAME);
    channel::enter_1p1c::<Crossbeam>(book, NAME);
    channel::enter_4p1c::<Crossbeam>(book, NAME);
    channel::enter_4c::<Crossbeam>(book, NAME);
    large::enter::<Crossbeam>(book, NAME);
    queue::enter::<Crossbeam>(book, NAME);
    pingpong::enter::<Crossbeam>(book, NAME);
    pipeline::enter_values::<Crossbeam>(book, NAME);
    pipeline::enter_buffers::<Block, Crossbeam>(book, NAME, |bytes| vec![0; bytes].into());
    recv_timeout::enter::<Crossbeam>(book, NAME);
    poll::enter::<Ready>(book, "poll/8-one-ready", "crossbeam Select::ready");
    poll::enter::<Random>(book, "select/8-one-ready", "crossbeam select!");
    poll::enter::<Biased>(book, "select/8-one-ready", "crossbeam select_biased!");
    loaded::enter::<Crossbeam>(book, NAME);
    loaded::enter_timed::<Crossbeam>(book, NAME);
    allocations::enter::<Crossbeam>(book, NAME);
    growth::enter::<Crossbeam>(book, NAME);
    growth::enter_bytes::<Crossbeam>(book, NAME);
}
