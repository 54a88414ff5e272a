//! crossfire: three flavours by the number of ends, each entered where it fits best.

use crate::book::Rows;
use crate::contract::{ByHand, Channel, Ends, Mpmc, MpmcRings, Timed};
use crate::rows::growth::channels as growth;
use crate::rows::poll::{AnyOfEight, CHANNELS};
use crate::rows::{allocations, channel, loaded, mpmc, pingpong, pipeline, poll, recv_timeout, sockets};
use crossfire::select::Select;
use crossfire::{MRx, MTx, Rx, Tx};
use gimmal_benches::message::Block;
use std::time::Duration;

struct Tried<const N: usize>(MTx<crossfire::mpmc::Array<u64>>, MRx<crossfire::mpmc::Array<u64>>);

impl MpmcRings for Many {
    type Ring<const N: usize> = Tried<N>;
}

impl<const N: usize> Mpmc for Tried<N> {
    fn build() -> Box<Self> {
        let (tx, rx) = crossfire::mpmc::bounded_blocking(N);
        Box::new(Tried(tx, rx))
    }
    #[inline]
    fn push(&self, item: u64) -> Result<(), u64> {
        self.0.try_send(item).map_err(|error| error.into_inner())
    }
    #[inline]
    fn pop(&self) -> Option<u64> {
        self.1.try_recv().ok()
    }
}

/// The three flavours have the same methods on different types.
macro_rules! flavour {
    ($name:ident, $module:ident, $tx:ident, $rx:ident) => {
        struct $name;

        impl<T: Send + Unpin + 'static> Ends<T> for $name {
            type Tx = $tx<crossfire::$module::Array<T>>;
            type Rx = $rx<crossfire::$module::Array<T>>;

            fn send(tx: &mut Self::Tx, item: T) -> bool {
                tx.send(item).is_ok()
            }
            fn recv(rx: &mut Self::Rx) -> Option<T> {
                rx.recv().ok()
            }
        }

        impl<T: Send + Unpin + 'static> Channel<T> for $name {
            fn build(capacity: usize) -> (Self::Tx, Self::Rx) {
                crossfire::$module::bounded_blocking(capacity)
            }
        }

        impl<T: Send + Unpin + 'static> Timed<T> for $name {
            fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<T> {
                rx.recv_timeout(timeout).ok()
            }
        }
    };
}

flavour!(One, spsc, Tx, Rx);
flavour!(Senders, mpsc, MTx, Rx);
flavour!(Many, mpmc, MTx, MRx);

/// Its select tells which channel is ready, and has taken the message there: it is entered in both rows.
macro_rules! selected {
    ($name:ident, $new:ident) => {
        struct $name;

        impl AnyOfEight for $name {
            type Channel = Many;

            #[inline]
            fn receive(
                receivers: &mut [MRx<crossfire::mpmc::Array<u64>>; CHANNELS],
                n: u64,
                mut each: impl FnMut(Option<u64>),
            ) {
                let mut any = Select::$new();
                receivers.iter().for_each(|rx| any.add(rx));
                for _ in 0..n {
                    let ready = any.select().ok();
                    each(ready.and_then(|ready| {
                        let from = receivers.iter().find(|rx| ready.is_from(*rx))?;
                        from.read_select(ready).ok()
                    }));
                }
            }
        }
    };
}

selected!(Turns, new);
selected!(Biased, new_bias);

pub(crate) fn enter(book: &mut Rows) {
    const ONE: &str = "crossfire spsc";
    const SENDERS: &str = "crossfire mpsc";
    const MANY: &str = "crossfire mpmc";
    mpmc::enter::<Many>(book, MANY);
    channel::enter_1p1c::<One>(book, ONE);
    channel::enter_1p1c::<Many>(book, MANY);
    channel::enter_4p1c::<Senders>(book, SENDERS);
    channel::enter_4p1c::<Many>(book, MANY);
    channel::enter_4c::<Many>(book, MANY);
    pingpong::enter::<One>(book, ONE);
    pingpong::enter::<Many>(book, MANY);
    pipeline::enter_values::<Many>(book, MANY);
    pipeline::enter_buffers::<Block, Many>(book, MANY, |bytes| vec![0; bytes].into());
    sockets::enter_one_way::<One>(book, ONE);
    sockets::enter_many_senders::<Senders>(book, SENDERS);
    sockets::enter_many::<Many>(book, MANY);
    sockets::enter_pair::<ByHand<One>>(book, ONE);
    sockets::enter_turns::<ByHand<One>>(book, ONE);
    sockets::enter_windows::<ByHand<One>>(book, ONE);
    sockets::enter_copies::<ByHand<One>>(book, ONE);
    recv_timeout::enter::<Many>(book, MANY);
    for row in ["poll/8-one-ready", "select/8-one-ready"] {
        poll::enter::<Turns>(book, row, "crossfire Select");
        poll::enter::<Biased>(book, row, "crossfire Select, biased");
    }
    loaded::enter::<One>(book, ONE);
    loaded::enter::<Many>(book, MANY);
    loaded::enter_timed::<Many>(book, MANY);
    allocations::enter::<Many>(book, MANY);
    growth::enter::<Many>(book, MANY);
    growth::enter_bytes::<Many>(book, MANY);
}
