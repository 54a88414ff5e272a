//! Allocations, counted by the global allocator: numbers, not times.
//!
//! * `per-message`: two threads, capacity 64, blocking; per 1000 messages, after both sides
//!   have slept once: what a thread makes for its first sleep is not a cost of messages.
//! * `construction`: one object with room for 64 messages of eight bytes, and its ends.

use super::ours::{CHANNEL, SPSC_CHANNEL};
use crate::book::{Against::Absolute, Counts, Kind, Row, Rows};
use crate::contract::Channel;
use crate::count;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

const MESSAGES: u64 = 10_000;
const PLACES: usize = 64;

pub(crate) fn rows() -> Vec<Row> {
    let row = |name, about, goal| {
        Row::new(Kind::Counting, name, about)
            .goal(CHANNEL, Absolute, goal)
            .goal(SPSC_CHANNEL, Absolute, goal)
    };
    vec![
        row(
            "allocations/per-message",
            "per 1000 messages, two threads, capacity 64",
            0.0,
        ),
        row(
            "allocations/construction",
            "of one channel of capacity 64 with its ends",
            2.0,
        ),
    ]
}

/// Enters a channel.
pub(crate) fn enter<C: Channel<u64>>(book: &mut Rows, name: &'static str) {
    book.count("allocations/per-message", name, per_message::<C>);
    enter_construction(book, name, || C::build(PLACES));
}

/// Enters the construction of anything.
pub(crate) fn enter_construction<O>(
    book: &mut Rows,
    name: &'static str,
    build: impl Fn() -> O + 'static,
) {
    book.count("allocations/construction", name, move || {
        count::open();
        let object = black_box(build());
        let counts = count::close();
        drop(object);
        Ok(counts)
    });
}

fn per_message<C: Channel<u64>>() -> Result<Counts, String> {
    let (mut tx, mut rx) = C::build(PLACES);
    // Four meetings: the receiver has slept, the sender has slept, counting begins, all received.
    let meet = &Barrier::new(3);
    let nap = || thread::sleep(Duration::from_millis(5));
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut send = |n| (0..n).for_each(|number| assert!(C::send(&mut tx, number)));
            nap(); // the receiver waits
            send(1);
            meet.wait();
            send(2 * PLACES as u64); // waits for the receiver's nap
            meet.wait();
            meet.wait();
            send(MESSAGES);
            meet.wait();
        });
        scope.spawn(move || {
            let mut recv = |n| (0..n).for_each(|number| assert_eq!(C::recv(&mut rx), Some(number)));
            recv(1);
            meet.wait();
            nap();
            recv(2 * PLACES as u64);
            meet.wait();
            meet.wait();
            recv(MESSAGES);
            meet.wait();
        });
        meet.wait();
        meet.wait();
        count::open();
        meet.wait();
        meet.wait();
        let Counts { allocations, bytes } = count::close();
        let thousands = MESSAGES as f64 / 1000.0;
        Ok(Counts {
            allocations: allocations / thousands,
            bytes: bytes / thousands,
        })
    })
}
