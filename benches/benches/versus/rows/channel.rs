//! Channels that wait: `p` senders and `c` receivers, capacity 1, 64 and 1024.
//!
//! The senders send and are dropped; the receivers receive until the channel is closed and empty. So closing is part of
//! what is checked: every message sent before it has to arrive.

use super::ours::{CHANNEL, SPSC_CHANNEL};
use crate::book::{Against::Best, Kind, Row, Rows};
use crate::contract::Channel;
use crate::race::{Outcome, Worker, race};
use crate::watchdog::collapsed;
use gimmal_benches::message::{Seen, stamp};

pub(crate) fn rows() -> Vec<Row> {
    let row = |name, who, goal| {
        Row::new(Kind::Threads, name, "blocking send and recv of u64").goal(who, Best, goal)
    };
    vec![
        row("channel/1p1c/1", SPSC_CHANNEL, 1.2),
        row("channel/1p1c/64", SPSC_CHANNEL, 0.7),
        row("channel/1p1c/1024", SPSC_CHANNEL, 1.0),
        row("channel/4p1c/1", CHANNEL, 1.3),
        row("channel/4p1c/64", CHANNEL, 1.0),
        row("channel/4p1c/1024", CHANNEL, 1.0),
        // The table of goals says nothing of one slot here; level is what the prototype reached.
        row("channel/1p4c/1", CHANNEL, 1.0),
        row("channel/1p4c/64", CHANNEL, 1.0),
        row("channel/1p4c/1024", CHANNEL, 1.0),
        row("channel/4p4c/1", CHANNEL, 1.3),
        row("channel/4p4c/64", CHANNEL, 1.0),
        row("channel/4p4c/1024", CHANNEL, 1.0),
    ]
}

/// Enters a channel with one end on each side.
pub(crate) fn enter_1p1c<C: Channel<u64>>(book: &mut Rows, name: &'static str) {
    let turn = |capacity| {
        move |n| {
            let (tx, rx) = C::build(capacity);
            run::<C>(vec![tx], vec![rx], n)
        }
    };
    book.time("channel/1p1c/1", name, turn(1));
    book.time("channel/1p1c/64", name, turn(64));
    book.time("channel/1p1c/1024", name, turn(1024));
}

/// Enters a channel with many senders.
pub(crate) fn enter_4p1c<C: Channel<u64, Tx: Clone>>(book: &mut Rows, name: &'static str) {
    let turn = |capacity| {
        move |n| {
            let (tx, rx) = C::build(capacity);
            run::<C>(four(tx), vec![rx], n)
        }
    };
    book.time("channel/4p1c/1", name, turn(1));
    book.time("channel/4p1c/64", name, turn(64));
    book.time("channel/4p1c/1024", name, turn(1024));
}

/// Enters a channel with many senders and many receivers.
pub(crate) fn enter_4c<C: Channel<u64, Tx: Clone, Rx: Clone>>(book: &mut Rows, name: &'static str) {
    let turn = |capacity, senders| {
        move |n| {
            let (tx, rx) = C::build(capacity);
            let senders = if senders == 4 { four(tx) } else { vec![tx] };
            run::<C>(senders, four(rx), n)
        }
    };
    book.time("channel/1p4c/1", name, turn(1, 1));
    book.time("channel/1p4c/64", name, turn(64, 1));
    book.time("channel/1p4c/1024", name, turn(1024, 1));
    book.time("channel/4p4c/1", name, turn(1, 4));
    book.time("channel/4p4c/64", name, turn(64, 4));
    book.time("channel/4p4c/1024", name, turn(1024, 4));
}

fn four<E: Clone>(end: E) -> Vec<E> {
    vec![end.clone(), end.clone(), end.clone(), end]
}

/// A thread that sends so many stamps, by what says whether it has.
pub(super) fn sender<'env>(
    lane: usize,
    n: u64,
    mut send: impl FnMut(u64) -> bool + Send + 'env,
) -> Worker<'env> {
    Worker::new(move || {
        let mut seen = Seen::default();
        for number in 1..=n {
            if collapsed() {
                break;
            }
            seen.fault(u64::from(!send(stamp(lane, number))));
        }
        seen
    })
}

/// `n` counts the messages of one sender.
pub(super) fn run<C: Channel<u64>>(senders: Vec<C::Tx>, receivers: Vec<C::Rx>, n: u64) -> Outcome {
    let lanes = senders.len() as u64;
    let senders = senders
        .into_iter()
        .enumerate()
        .map(|(lane, mut tx)| sender(lane, n, move |stamp| C::send(&mut tx, stamp)));
    let receivers = receivers.into_iter().map(|mut rx| {
        Worker::new(move || {
            let mut seen = Seen::default();
            while let Some(item) = C::recv(&mut rx) {
                seen.note(Some(item));
            }
            seen
        })
    });
    let (sample, seen) = race(senders.chain(receivers).collect())?;
    seen.verify(lanes, n)?;
    Ok(sample)
}
