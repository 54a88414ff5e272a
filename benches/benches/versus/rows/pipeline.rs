//! A pipeline 1–2–1: a source, two workers, a sink, 64 places on every way.
//!
//! * `64B`: messages of 64 bytes, by value.
//! * `64KiB`: buffers of 64 KiB, by ownership. 32 of them go round: the sink sends each back to the source, over one
//!   more way of the same kind, so that nobody measures the allocator. Only the ends of a buffer are written and read.
//!
//! A worker writes its own lane into each message, so the sink can check the order of what each worker passed on, and
//! the sum of all. The clock stops when the sink has everything; what ends later (libzmq's workers end only with their
//! context) has that for free.

use super::ours::{CHANNEL, SOCKETS};
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::{Pipes, Plumber};
use crate::race::{Outcome, Worker, race};
use crate::watchdog::collapsed;
use gimmal_benches::message::{Message, Seen, stamp, to_lane};
use std::sync::mpsc;

/// How libzmq is called here.
pub(crate) const ZMQ: &str = "zmq inproc";

const CAPACITY: usize = 64;
const BUFFERS: usize = 32;

pub(crate) fn rows() -> Vec<Row> {
    let row = |name, about| {
        Row::new(Kind::Threads, name, about)
            .goal(CHANNEL, Against::Best, 1.0)
            .goal(SOCKETS, Against::Best, 1.2)
            .behind(ZMQ, Against::This(SOCKETS), 8.0)
    };
    vec![
        row(
            "pipeline/64B",
            "source, two workers, sink; messages of 64 bytes by value",
        ),
        row(
            "pipeline/64KiB",
            "source, two workers, sink; pooled buffers of 64 KiB by ownership",
        ),
    ]
}

/// Enters the row of values.
pub(crate) fn enter_values<P: Plumber<[u8; 64]>>(book: &mut Rows, name: &'static str) {
    book.time("pipeline/64B", name, |n| {
        run::<[u8; 64], P>(P::lay(CAPACITY, None), n, || Some([0; 64]), drop)
    });
}

/// Enters the row of buffers passed on by ownership; `buffer` makes one of so many bytes.
pub(crate) fn enter_buffers<T: Message, P: Plumber<T>>(
    book: &mut Rows,
    name: &'static str,
    buffer: fn(usize) -> T,
) {
    book.time("pipeline/64KiB", name, move |n| {
        let mut pipes = P::lay(CAPACITY, Some(BUFFERS));
        let Some((mut used, mut free)) = pipes.back.take() else {
            return Err("no way back".to_owned());
        };
        for _ in 0..BUFFERS {
            P::send(&mut used, buffer(64 * 1024));
        }
        let give = move |buffer| {
            P::send(&mut used, buffer);
        };
        run::<T, P>(pipes, n, move || P::recv(&mut free), give)
    });
}

fn run<T: Message, P: Plumber<T>>(
    pipes: Pipes<P::Tx, P::Rx>,
    n: u64,
    mut take: impl FnMut() -> Option<T> + Send,
    mut give: impl FnMut(T) + Send,
) -> Outcome {
    let Pipes {
        mut source,
        workers,
        mut sink,
        finish,
        ..
    } = pipes;
    let (sink_ends, sink_ended) = mpsc::channel::<()>();
    let (sink_ends_too, sink_ended_too) = mpsc::channel::<()>();
    let source = Worker::new(move || {
        let mut seen = Seen::default();
        for number in 1..=n {
            if collapsed() {
                break;
            }
            let Some(mut item) = take() else {
                seen.fault(1);
                break;
            };
            item.write(stamp(0, number));
            if !P::send(&mut source, item) {
                seen.fault(1);
            }
        }
        drop(source);
        // The way back stays open while the sink uses it: libzmq would wait for ever on one that is not.
        let _ = sink_ended.recv();
        seen
    });
    let sink = Worker::new(move || {
        let mut seen = Seen::default();
        while P::ENDS || seen.count() < n && !collapsed() {
            let Some(item) = P::recv(&mut sink) else {
                break;
            };
            seen.note(item.read());
            give(item);
        }
        drop((sink_ends, sink_ends_too));
        seen
    });
    let workers = workers
        .into_iter()
        .enumerate()
        .map(|(worker, (mut rx, mut tx))| {
            Worker::new(move || {
                while let Some(mut item) = P::recv(&mut rx) {
                    // A torn message stays torn: both ends are written only if both were right.
                    if let Some(stamp) = item.read() {
                        item.write(to_lane(worker + 1, stamp));
                    }
                    if !P::send(&mut tx, item) {
                        break;
                    }
                }
                Seen::default()
            })
        });
    let finish = finish.map(|finish| {
        Worker::new(move || {
            let _ = sink_ended_too.recv();
            finish();
            Seen::default()
        })
    });
    let asides = workers.chain(finish).chain([source]).map(Worker::aside);
    let (sample, seen) = race(asides.chain([sink]).collect())?;
    seen.verify(1, n)?;
    Ok(sample)
}
