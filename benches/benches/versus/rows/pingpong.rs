//! Two threads, two channels of capacity 1: one sends a number, the other sends it back.
//!
//! Nothing can be batched here, so this row shows what a wait costs: on two cores two line transfers at best, on one
//! core a change of threads. `unpinned` leaves the choice to the system, as a program does.

use super::ours::{CHANNEL, SPSC_CHANNEL};
use crate::book::{Against::Best, Kind, Row, Rows};
use crate::contract::Channel;
use crate::race::{Outcome, Worker, race};
use crate::watchdog::collapsed;
use core_affinity::CoreId;
use gimmal_benches::message::{Seen, stamp};

/// The row that has to do with one CPU.
pub(crate) const ONE_CORE: &str = "pingpong/one-core";

pub(crate) fn rows() -> Vec<Row> {
    let row = |name, about, goal| {
        Row::new(Kind::Threads, name, about)
            .goal(SPSC_CHANNEL, Best, goal)
            .goal(CHANNEL, Best, goal)
    };
    vec![
        row(
            "pingpong/two-cores",
            "round trip, each thread on a core of its own",
            0.9,
        ),
        row("pingpong/unpinned", "round trip", 1.0),
        row(ONE_CORE, "round trip, both threads on the same core", 1.2),
    ]
}

/// Enters a channel.
pub(crate) fn enter<C: Channel<u64>>(book: &mut Rows, name: &'static str) {
    book.time("pingpong/unpinned", name, |n| run::<C>([None; 2], n));
    if let Some((first, second)) = book.cpus() {
        book.time("pingpong/two-cores", name, move |n| {
            run::<C>([Some(first), Some(second)], n)
        });
        book.time(ONE_CORE, name, move |n| run::<C>([Some(first); 2], n));
    }
}

pub(super) fn run<C: Channel<u64>>(cpus: [Option<CoreId>; 2], n: u64) -> Outcome {
    let (mut ping, mut served) = C::build(1);
    let (mut pong, mut back) = C::build(1);
    let player = Worker::new(move || {
        let mut seen = Seen::default();
        for number in 1..=n {
            if collapsed() {
                break;
            }
            let sent = C::send(&mut ping, stamp(0, number));
            match C::recv(&mut back) {
                Some(item) if sent && item == stamp(0, number) => seen.note(Some(item)),
                _ => seen.fault(1),
            }
        }
        seen
    });
    let wall = Worker::new(move || {
        while let Some(item) = C::recv(&mut served) {
            if !C::send(&mut pong, item) {
                break;
            }
        }
        Seen::default()
    });
    let (sample, seen) = race(vec![player.on(cpus[0]), wall.on(cpus[1])])?;
    seen.verify(1, n)?;
    Ok(sample)
}
