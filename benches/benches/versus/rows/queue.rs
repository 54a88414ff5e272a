//! Queues that count what is done, beside the channels and heaps that one would take otherwise.
//!
//! * `queue/1p1c`: one thread puts, another one gets, 1024 places.
//! * `priority/100000`: one thread puts an item and gets the smallest, beside 100 000 others. The curve `queue` is the same
//!   beside other numbers of items.

use super::channel::run;
use super::ours::{PRIORITY, QUEUE};
use crate::book::{Against, Curve, Kind, Row, Rows};
use crate::contract::{Channel, Heap};
use crate::race::{Outcome, alone};
use std::hint::black_box;

/// What `queue/1p1c` is measured against.
pub(crate) const SYNC_CHANNEL: &str = "std sync_channel";
/// What `priority/100000` is measured against.
pub(crate) const BINARY_HEAP: &str = "std Mutex and BinaryHeap";

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

/// Put and get, by the number of items beside.
pub(super) fn curves() -> Vec<Curve> {
    let about = "put, and get the smallest, beside others; one thread";
    let curve = Curve::new("queue", about, "put and get", "items");
    vec![curve.at(Kind::OneThread, &[10, 1000, 100_000])]
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
    book.time("priority/100000", name, |n| smallest::<H>(100_000, n));
    book.grow("queue", name, usize::MAX, |held| {
        move |n| smallest::<H>(held as u64, n)
    });
}

/// Numbers without an order that anybody sees (a full-period generator modulo 2^64).
fn scatter(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1
}

fn smallest<H: Heap>(held: u64, n: u64) -> Outcome {
    let heap = H::build(held as usize + 1);
    (0..held).for_each(|number| heap.put(scatter(number)));
    // The order is made once, whenever the contender makes it.
    let (mut put, mut got) = (0u64, 0u64);
    let mut turn = |number| {
        heap.put(black_box(scatter(number)));
        put = put.wrapping_add(scatter(number));
        got = got.wrapping_add(heap.get().unwrap_or(0));
    };
    turn(held);
    let sample = alone(|| {
        (held + 1..=held + n).for_each(&mut turn);
        Ok(None)
    })?;
    (0..held).for_each(|number| put = put.wrapping_add(scatter(number)));
    let mut last = 0;
    for _ in 0..held {
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
