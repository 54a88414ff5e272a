//! The facade's channels: any number of ends, and one of each.

use crate::book::Rows;
use crate::contract::{ByHand, Channel, Ends, Timed};
use crate::rows::growth::channels as growth;
use crate::rows::ours::{CHANNEL, CHANNEL_MANY, SPSC_CHANNEL};
use crate::rows::{
    allocations, channel, large, loaded, pingpong, pipeline, queue, recv_timeout, sockets,
};
use gimmal::channel::{self as many, spsc as one};
use gimmal_benches::message::Block;
use std::time::Duration;

pub(super) struct Many;
struct One;

impl<T: Send + 'static> Ends<T> for Many {
    type Tx = many::Sender<T>;
    type Rx = many::Receiver<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.recv().ok()
    }
}

impl<T: Send + 'static> Channel<T> for Many {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        many::bounded(capacity)
    }
}

impl<T: Send + 'static> Timed<T> for Many {
    fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<T> {
        rx.recv_timeout(timeout).ok()
    }
}

impl<T: Send + 'static> Ends<T> for One {
    type Tx = one::Sender<T>;
    type Rx = one::Receiver<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.recv().ok()
    }
}

impl<T: Send + 'static> Channel<T> for One {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        one::bounded(capacity)
    }
}

impl<T: Send + 'static> Timed<T> for One {
    fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<T> {
        rx.recv_timeout(timeout).ok()
    }
}

/// The same channel, received from with up to 16 messages by one claim.
struct InBatches;

/// A receiver, and what it has received and not given yet, the last one first.
struct Batch<T> {
    receiver: many::Receiver<T>,
    messages: Vec<T>,
}

impl<T> Clone for Batch<T> {
    fn clone(&self) -> Self {
        Batch {
            receiver: self.receiver.clone(),
            messages: Vec::new(),
        }
    }
}

impl<T: Send + 'static> Ends<T> for InBatches {
    type Tx = many::Sender<T>;
    type Rx = Batch<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.send(item).is_ok()
    }
    #[inline]
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        if rx.messages.is_empty() {
            rx.receiver.recv_many(&mut rx.messages, 16).ok()?;
            rx.messages.reverse();
        }
        rx.messages.pop()
    }
}

impl<T: Send + 'static> Channel<T> for InBatches {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
        let (tx, receiver) = many::bounded(capacity);
        let messages = Vec::with_capacity(16);
        (tx, Batch { receiver, messages })
    }
}

pub(crate) fn enter(book: &mut Rows) {
    channel::enter_1p1c::<One>(book, SPSC_CHANNEL);
    channel::enter_1p1c::<Many>(book, CHANNEL);
    channel::enter_4p1c::<Many>(book, CHANNEL);
    channel::enter_4c::<Many>(book, CHANNEL);
    channel::enter_4p1c::<InBatches>(book, CHANNEL_MANY);
    channel::enter_4c::<InBatches>(book, CHANNEL_MANY);
    large::enter::<One>(book, SPSC_CHANNEL);
    large::enter::<Many>(book, CHANNEL);
    queue::enter::<Many>(book, CHANNEL);
    pingpong::enter::<One>(book, SPSC_CHANNEL);
    pingpong::enter::<Many>(book, CHANNEL);
    pipeline::enter_values::<Many>(book, CHANNEL);
    pipeline::enter_buffers::<Block, Many>(book, CHANNEL, |bytes| vec![0; bytes].into());
    sockets::enter_one_way::<One>(book, SPSC_CHANNEL);
    sockets::enter_many::<Many>(book, CHANNEL);
    sockets::enter_pair::<ByHand<One>>(book, SPSC_CHANNEL);
    sockets::enter_turns::<ByHand<One>>(book, SPSC_CHANNEL);
    sockets::enter_windows::<ByHand<One>>(book, SPSC_CHANNEL);
    sockets::enter_copies::<ByHand<One>>(book, SPSC_CHANNEL);
    recv_timeout::enter::<One>(book, SPSC_CHANNEL);
    recv_timeout::enter::<Many>(book, CHANNEL);
    loaded::enter::<One>(book, SPSC_CHANNEL);
    loaded::enter::<Many>(book, CHANNEL);
    loaded::enter_timed::<One>(book, SPSC_CHANNEL);
    loaded::enter_timed::<Many>(book, CHANNEL);
    allocations::enter::<One>(book, SPSC_CHANNEL);
    allocations::enter::<Many>(book, CHANNEL);
    growth::enter::<Many>(book, CHANNEL);
    growth::enter_bytes::<Many>(book, CHANNEL);
}
