//! Bounded channels of any number of ends.
//!
//! * `capacity`: one thread sends until the channel is full, then receives until it is empty.
//! * `bytes/channel`: one thread sends and receives arrays, one at a time, through 64 places.
//! * `threads`: as many senders as receivers, 64 places. What is shown is the time for each message of all of them.

use super::alone;
use crate::book::{Curve, Kind, Rows};
use crate::contract::Channel;
use crate::race::{self, Outcome};
use crate::rows::{channel, large};
use std::hint::black_box;

pub(super) fn curves() -> Vec<Curve> {
    let capacity = "u64 until the channel is full, then until it is empty, one thread";
    let bytes = "send and receive an array, capacity 64, one thread";
    let threads = "blocking send and recv of u64, capacity 64";
    let capacities = [1, 2, 4, 8, 9, 16, 64, 1024, 65_536];
    vec![
        alone("capacity", capacity, "message", "places", &capacities),
        alone(
            "bytes/channel",
            bytes,
            "message",
            "bytes",
            &[8, 64, 1024, 16_384],
        ),
        Curve::new(
            "threads",
            threads,
            "message",
            "senders, and as many receivers",
        )
        .at(Kind::Threads, &[1, 2, 4, 8, 16, 32]),
    ]
}

/// Enters a channel with many senders and many receivers.
pub(crate) fn enter<C: Channel<u64, Tx: Clone, Rx: Clone>>(book: &mut Rows, name: &'static str) {
    let any = usize::MAX;
    book.grow("capacity", name, any, |places| {
        move |n| fill_and_empty::<C>(places, n)
    });
    book.grow("threads", name, any, |threads| {
        move |n| {
            let (tx, rx) = C::build(64);
            let mut sample = channel::run::<C>(vec![tx; threads], vec![rx; threads], n)?;
            sample.scored /= threads as u32;
            Ok(sample)
        }
    });
}

/// Enters a channel of arrays.
pub(crate) fn enter_bytes<C>(book: &mut Rows, name: &'static str)
where
    C: Channel<[u8; 8]> + Channel<[u8; 64]> + Channel<[u8; 1024]> + Channel<[u8; 16_384]>,
{
    book.time("bytes/channel/8", name, large::one_thread::<[u8; 8], C>);
    book.time("bytes/channel/64", name, large::one_thread::<[u8; 64], C>);
    book.time(
        "bytes/channel/1024",
        name,
        large::one_thread::<[u8; 1024], C>,
    );
    book.time(
        "bytes/channel/16384",
        name,
        large::one_thread::<[u8; 16_384], C>,
    );
}

/// Sends at least `n` messages, so many that the channel is filled some times; the time is that of `n`.
fn fill_and_empty<C: Channel<u64>>(places: usize, n: u64) -> Outcome {
    let (mut tx, mut rx) = C::build(places);
    let places = places as u64;
    let messages = n.next_multiple_of(places);
    let mut sample = race::alone(|| {
        let mut faults = 0u64;
        for first in (0..messages).step_by(places as usize) {
            for number in first..first + places {
                faults += u64::from(!C::send(&mut tx, black_box(number)));
            }
            for number in first..first + places {
                faults += u64::from(C::recv(&mut rx) != Some(number));
            }
        }
        match faults {
            0 => Ok(None),
            faults => Err(format!("{faults} wrong items")),
        }
    })?;
    sample.scored = sample.scored.mul_f64(n as f64 / messages as f64);
    Ok(sample)
}
