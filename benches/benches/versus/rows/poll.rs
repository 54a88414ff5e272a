//! Waiting for any of eight channels or sockets, of which one has messages.
//!
//! * `poll/8-one-ready`: find out which channel is ready, then receive from it. This is what libzmq has for both rows.
//! * `select/8-one-ready`: receive from any of them, in one operation.
//!
//! One thread fills 1024 places of one channel (not timed) and takes them out; the next batch is in the next channel, so
//! who looks at them in order pays for all positions alike.

use super::ours::{CHANNEL, SOCKETS};
use super::pipeline::ZMQ;
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::{Channel, Ends};
use crate::race::{Outcome, alone};
use std::time::{Duration, Instant};

/// How many channels there are.
pub(crate) const CHANNELS: usize = 8;

const PLACES: u64 = 1024;

pub(crate) fn rows() -> Vec<Row> {
    let row = |name, about| {
        Row::new(Kind::OneThread, name, about)
            .goal(CHANNEL, Against::Best, 1.0)
            .behind(ZMQ, Against::This(SOCKETS), 8.0)
    };
    vec![
        row(
            "poll/8-one-ready",
            "which of eight channels is ready, then receive from it",
        ),
        row("select/8-one-ready", "receive from any of eight channels"),
    ]
}

/// A way to receive from any of eight channels.
pub(crate) trait AnyOfEight: 'static {
    type Channel: Channel<u64>;

    /// Receives `n` messages, and shows each, or `None` for what is wrong.
    fn receive(
        receivers: &mut [<Self::Channel as Ends<u64>>::Rx; CHANNELS],
        n: u64,
        each: impl FnMut(Option<u64>),
    );
}

/// Enters a way to one of the rows.
pub(crate) fn enter<A: AnyOfEight>(book: &mut Rows, row: &'static str, name: &'static str) {
    book.time(row, name, batches::<A>);
}

fn batches<A: AnyOfEight>(n: u64) -> Outcome {
    let ends: [_; CHANNELS] = std::array::from_fn(|_| A::Channel::build(PLACES as usize));
    let (mut senders, mut receivers) = (Vec::new(), Vec::new());
    for (tx, rx) in ends {
        senders.push(tx);
        receivers.push(rx);
    }
    let Ok(mut receivers): Result<[_; CHANNELS], _> = receivers.try_into() else {
        unreachable!("there are eight")
    };
    alone(|| {
        let (mut scored, mut faults, mut next) = (Duration::ZERO, 0u64, 0);
        for turn in 0.. {
            let until = (next + PLACES).min(n);
            if next == until {
                break;
            }
            let sender = &mut senders[turn % CHANNELS];
            for number in next..until {
                faults += u64::from(!A::Channel::send(sender, number));
            }
            let clock = Instant::now();
            A::receive(&mut receivers, until - next, |number| {
                faults += u64::from(number != Some(next));
                next += 1;
            });
            scored += clock.elapsed();
        }
        if faults > 0 {
            Err(format!("{faults} wrong messages"))
        } else {
            Ok(Some(scored))
        }
    })
}
