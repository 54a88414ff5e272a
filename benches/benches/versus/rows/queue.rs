//! Queues that count what is done, beside the channels and heaps that one would take otherwise.
//!
//! * `queue/1p1c`: one thread puts, another one gets, 1024 places.
//! * `priority/100000`: one thread puts an item and gets the smallest, beside 100 000 others.

use super::channel::run;
use super::ours::{PRIORITY, QUEUE};
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::{Channel, Heap};
use crate::race::{Outcome, alone};
use std::hint::black_box;

/// What `queue/1p1c` is measured against.
pub(crate) const SYNC_CHANNEL: &str = "std sync_channel";
/// What `priority/100000` is measured against.
pub(crate) const BINARY_HEAP: &str = "std Mutex and BinaryHeap";

const HELD: u64 = 100_000;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            Kind::Threads,
            "queue/1p1c",
            "blocking put and get of u64, 1024 places",
        )
        .goal(QUEUE, Against::This(SYNC_CHANNEL), 1.2),
        Row::new(
            Kind::OneThread,
            "priority/100000",
            "put, and get the smallest of 100 000; one thread",
        )
        .goal(PRIORITY, Against::This(BINARY_HEAP), 1.0),
    ]
}

/// Enters a queue between two threads.
pub(crate) fn enter<C: Channel<u64>>(book: &mut Rows, name: &'static str) {
    book.time("queue/1p1c", name, |n| {
        let (tx, rx) = C::build(1024);
        run::<C>(vec![tx], vec![rx], n)
    });
}

/// Enters a queue whose smallest item comes first.
pub(crate) fn enter_heap<H: Heap>(book: &mut Rows, name: &'static str) {
    book.time("priority/100000", name, smallest::<H>);
}

/// Numbers without an order that anybody sees (a full-period generator modulo 2^64).
fn scatter(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1
}

fn smallest<H: Heap>(n: u64) -> Outcome {
    let heap = H::build(HELD as usize + 1);
    (0..HELD).for_each(|number| heap.put(scatter(number)));
    // The order is made once, whenever the contender makes it.
    let (mut put, mut got) = (0u64, 0u64);
    let mut turn = |number| {
        heap.put(black_box(scatter(number)));
        put = put.wrapping_add(scatter(number));
        got = got.wrapping_add(heap.get().unwrap_or(0));
    };
    turn(HELD);
    let sample = alone(|| {
        (HELD + 1..=HELD + n).for_each(&mut turn);
        Ok(None)
    })?;
    (0..HELD).for_each(|number| put = put.wrapping_add(scatter(number)));
    let mut last = 0;
    for _ in 0..HELD {
        let next = heap.get().ok_or("an item is lost")?;
        if next < last {
            return Err(format!("{next} comes after {last}"));
        }
        got = got.wrapping_add(next);
        last = next;
    }
    match put == got && heap.get().is_none() {
        true => Ok(sample),
        false => Err("items are lost or doubled".to_owned()),
    }
}
