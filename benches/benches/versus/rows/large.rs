//! Values of kilobytes through a channel of 64: what counts is how often a value is moved.
//!
//! * `large/alone`: one thread sends and receives.
//! * `large/1p1c`: one thread sends, another one receives.

use super::ours::{CHANNEL, SPSC_CHANNEL};
use crate::book::{Against::Best, Kind, Row, Rows};
use crate::contract::Channel;
use crate::race::{Outcome, Worker, alone, race};
use crate::watchdog::collapsed;
use gimmal_benches::message::{Fresh, Large, Message, Seen, stamp};
use std::hint::black_box;

pub(crate) fn rows() -> Vec<Row> {
    let row = |kind, name, about| {
        Row::new(kind, name, about)
            .goal(CHANNEL, Best, 1.0)
            .goal(SPSC_CHANNEL, Best, 1.0)
    };
    vec![
        row(
            Kind::OneThread,
            "large/alone",
            "send and receive 16 KiB by value, one thread",
        ),
        row(
            Kind::Threads,
            "large/1p1c",
            "blocking send and recv of 16 KiB by value, capacity 64",
        ),
    ]
}

/// Enters a channel.
pub(crate) fn enter<C: Channel<Large>>(book: &mut Rows, name: &'static str) {
    book.time("large/alone", name, one_thread::<Large, C>);
    book.time("large/1p1c", name, two_threads::<C>);
}

/// Sends and receives values, one at a time.
pub(super) fn one_thread<T: Fresh, C: Channel<T>>(n: u64) -> Outcome {
    let (mut tx, mut rx) = C::build(64);
    alone(|| {
        let mut faults = 0u64;
        for number in 1..=n {
            let sent = C::send(&mut tx, black_box(T::stamped(number)));
            let received = C::recv(&mut rx);
            let read = black_box(&received).as_ref().and_then(Message::read);
            faults += u64::from(!sent || read != Some(number));
        }
        if faults > 0 {
            Err(format!("{faults} wrong items"))
        } else {
            Ok(None)
        }
    })
}

fn two_threads<C: Channel<Large>>(n: u64) -> Outcome {
    let (mut tx, mut rx) = C::build(64);
    let sender = Worker::new(move || {
        let mut seen = Seen::default();
        for number in 1..=n {
            if collapsed() {
                break;
            }
            seen.fault(u64::from(!C::send(
                &mut tx,
                Large::stamped(stamp(0, number)),
            )));
        }
        seen
    });
    let receiver = Worker::new(move || {
        let mut seen = Seen::default();
        while let Some(item) = C::recv(&mut rx) {
            seen.note(item.read());
        }
        seen
    });
    let (sample, seen) = race(vec![sender, receiver])?;
    seen.verify(1, n)?;
    Ok(sample)
}
