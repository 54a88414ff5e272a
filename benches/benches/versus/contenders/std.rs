//! std: `sync_channel` has many senders and one receiver.

use crate::book::Book;
use crate::contract::{Channel, Ends, Timed};
use crate::rows::recv_timeout::STD;
use crate::rows::{allocations, channel, pingpong, recv_timeout};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
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

pub(crate) fn enter(book: &mut Book) {
    channel::enter_1p1c::<SyncChannel>(book, STD);
    channel::enter_4p1c::<SyncChannel>(book, STD);
    pingpong::enter::<SyncChannel>(book, STD);
    recv_timeout::enter::<SyncChannel>(book, STD);
    allocations::enter::<SyncChannel>(book, STD);
}
