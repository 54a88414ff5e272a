//! The patterns of sockets: messages spread over receivers, questions and answers, copies for subscribers, opening and
//! closing.
//!
//! * `push-pull-1p1c`, `push-pull-4p1c`, `push-pull-1p4c`: 64 bytes from one or four senders to one or four receivers, with
//!   room for 1024 on each way.
//! * `pair`: 32 messages, then the 32 that come back; what is timed is one message there and back.
//! * `req-rep`: one question, then its answer. Nothing can be batched.
//! * `dealer-router`: 32 questions, then their 32 answers; what is timed is one question with its answer.
//! * `pub-sub-1`, `pub-sub-4`: 64 bytes to each of one or four subscribers that want everything. The publisher is at most
//!   1000 messages ahead of the slowest of them, so nobody loses a message: where a full subscriber loses some, and where a
//!   slow one is overtaken, the work is the same. What is timed is one message of the publisher.
//! * `life-cycle`: two sockets are opened, one binds a name, the other one connects to it, both are closed.
//!
//! Beside the sockets stand channels that do the same work by hand: one for each direction, one for each subscriber.
//! They have no names and no patterns, so they are no rival in `life-cycle`. tokio's `watch` keeps the last message only
//! and takes no part.

use super::channel;
use super::ours::{CHANNEL, SOCKETS, SPSC_CHANNEL};
use super::pipeline::ZMQ;
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::{Channel, Dialogue, Ends, FanOut, Spread, Ways};
use crate::race::{Apart, Outcome, Worker, alone, race};
use crate::watchdog::collapsed;
use gimmal_benches::message::{Fresh, Message, Seen, stamp};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Says that nothing more comes: no message has this number.
const END: u64 = stamp(0, 0);
/// As many questions before the first answer is fetched.
const WINDOW: u64 = 32;
/// As many messages may be under way to a subscriber: so many fit in everywhere.
const WITHOUT_LOSS: u64 = 1000;
/// As many messages fit between a sender and a receiver.
const ROOM: usize = 1024;
/// Between two looks at how many messages have been received, where receivers do not end by themselves.
const LOOK: Duration = Duration::from_micros(20);

pub(crate) fn rows() -> Vec<Row> {
    let behind =
        |kind, name, about| Row::new(kind, name, about).behind(ZMQ, Against::This(SOCKETS), 8.0);
    let row = |name, about| behind(Kind::Threads, name, about);
    let life = "two sockets opened, linked by a name, and closed";
    vec![
        row("sockets/push-pull-1p1c", "64 bytes by value").goal(
            SOCKETS,
            Against::BestOf(&[SPSC_CHANNEL, CHANNEL]),
            1.2,
        ),
        row(
            "sockets/push-pull-4p1c",
            "64 bytes by value from four senders",
        )
        .goal(SOCKETS, Against::This(CHANNEL), 1.2),
        row(
            "sockets/push-pull-1p4c",
            "64 bytes by value to four receivers",
        )
        .goal(SOCKETS, Against::This(CHANNEL), 1.2),
        row("sockets/pair", "a message there and back, 32 at a time"),
        row("sockets/req-rep", "one question and its answer").goal(SOCKETS, Against::Best, 1.2),
        row(
            "sockets/dealer-router",
            "a question and its answer, 32 at a time",
        ),
        row("sockets/pub-sub-1", "a copy of 64 bytes to one subscriber"),
        row(
            "sockets/pub-sub-4",
            "a copy of 64 bytes to each of four subscribers",
        ),
        behind(Kind::OneThread, "sockets/life-cycle", life),
    ]
}

/// Enters messages of one sender for one receiver.
pub(crate) fn enter_one_way<C: Channel<[u8; 64]>>(book: &mut Rows, name: &'static str) {
    book.time("sockets/push-pull-1p1c", name, |n| {
        let (tx, rx) = C::build(ROOM);
        spread::<C>(one_stream(vec![tx], vec![rx]), n)
    });
}

/// Enters messages of one or four senders for one receiver.
pub(crate) fn enter_many_senders<C: Channel<[u8; 64], Tx: Clone>>(
    book: &mut Rows,
    name: &'static str,
) {
    enter_one_way::<C>(book, name);
    book.time("sockets/push-pull-4p1c", name, |n| {
        let (tx, rx) = C::build(ROOM);
        spread::<C>(one_stream(vec![tx; 4], vec![rx]), n)
    });
}

/// Enters messages of one or four senders, or for one or four receivers.
pub(crate) fn enter_many<C: Channel<[u8; 64], Tx: Clone, Rx: Clone>>(
    book: &mut Rows,
    name: &'static str,
) {
    enter_many_senders::<C>(book, name);
    book.time("sockets/push-pull-1p4c", name, |n| {
        let (tx, rx) = C::build(ROOM);
        spread::<C>(one_stream(vec![tx], vec![rx; 4]), n)
    });
}

/// The same for sockets, of which each has links of its own.
pub(crate) fn enter_spread<S: Spread<[u8; 64]>>(book: &mut Rows, name: &'static str) {
    let turn = |senders, receivers| move |n| spread::<S>(S::link(senders, receivers, ROOM), n);
    book.time("sockets/push-pull-1p1c", name, turn(1, 1));
    book.time("sockets/push-pull-4p1c", name, turn(4, 1));
    book.time("sockets/push-pull-1p4c", name, turn(1, 4));
}

/// Enters a dialogue between equals.
pub(crate) fn enter_pair<D: Dialogue>(book: &mut Rows, name: &'static str) {
    book.time("sockets/pair", name, |n| talk::<D>(WINDOW, n));
}

/// Enters a dialogue in strict turns.
pub(crate) fn enter_turns<D: Dialogue>(book: &mut Rows, name: &'static str) {
    book.time("sockets/req-rep", name, |n| talk::<D>(1, n));
}

/// Enters a dialogue of many questions at a time.
pub(crate) fn enter_windows<D: Dialogue>(book: &mut Rows, name: &'static str) {
    book.time("sockets/dealer-router", name, |n| talk::<D>(WINDOW, n));
}

/// Enters copies for subscribers.
pub(crate) fn enter_copies<F: FanOut>(book: &mut Rows, name: &'static str) {
    book.time("sockets/pub-sub-1", name, |n| publish::<F>(1, n));
    book.time("sockets/pub-sub-4", name, |n| publish::<F>(4, n));
}

/// Enters opening and closing; `once` does it once, and says whether it went well.
pub(crate) fn enter_life<L: FnMut() -> bool>(
    book: &mut Rows,
    name: &'static str,
    start: impl Fn() -> L + 'static,
) {
    book.time("sockets/life-cycle", name, move |n| {
        let mut once = start();
        alone(|| match (0..n).all(|_| collapsed() || once()) {
            true => Ok(None),
            false => Err("a socket was refused".to_owned()),
        })
    });
}

/// The ends of a channel.
fn one_stream<Tx, Rx>(senders: Vec<Tx>, receivers: Vec<Rx>) -> Ways<Tx, Rx> {
    Ways {
        senders,
        receivers,
        finish: None,
    }
}

/// `n` counts the messages of one sender. With a `finish` the clock stops when everything has been received, without it
/// when the receivers have ended.
fn spread<E: Ends<[u8; 64]>>(ways: Ways<E::Tx, E::Rx>, n: u64) -> Outcome {
    let Ways {
        senders,
        receivers,
        finish,
    } = ways;
    let lanes = senders.len() as u64;
    // Each receiver says in a place of its own how many it has: nobody waits for these lines but a `finish`.
    let counts: Vec<_> = receivers.iter().map(|_| Apart(AtomicU64::new(0))).collect();
    let counts = &counts;
    let counted = finish.is_some();
    let senders = senders.into_iter().enumerate().map(|(lane, mut tx)| {
        let send = move |stamp| E::send(&mut tx, <[u8; 64]>::stamped(stamp));
        channel::sender(lane, n, send)
    });
    let receivers = receivers
        .into_iter()
        .zip(counts)
        .map(|(mut rx, Apart(count))| {
            let worker = Worker::new(move || {
                let mut seen = Seen::default();
                while let Some(message) = E::recv(&mut rx) {
                    seen.note(message.read());
                    if counted {
                        count.store(seen.count(), Relaxed);
                    }
                }
                seen
            });
            if counted { worker.aside() } else { worker }
        });
    let (all_read, when_all_read) = mpsc::channel::<()>();
    let ends = finish.map(|finish| {
        let watches = Worker::new(move || {
            let read = || {
                counts
                    .iter()
                    .map(|Apart(count)| count.load(Relaxed))
                    .sum::<u64>()
            };
            while read() < lanes * n && !collapsed() {
                thread::sleep(LOOK);
            }
            drop(all_read);
            Seen::default()
        });
        let finishes = Worker::new(move || {
            let _ = when_all_read.recv();
            finish();
            Seen::default()
        });
        [watches, finishes.aside()]
    });
    let all = senders.chain(receivers).chain(ends.into_iter().flatten());
    let (sample, seen) = race(all.collect())?;
    seen.verify(lanes, n)?;
    Ok(sample)
}

fn talk<D: Dialogue>(window: u64, n: u64) -> Outcome {
    let (mut client, mut server) = D::build();
    let asks = Worker::new(move || {
        let mut seen = Seen::default();
        let (mut asked, mut heard) = (0, 0);
        while heard < n && !collapsed() {
            while asked < n && asked - heard < window {
                asked += 1;
                seen.fault(u64::from(!D::ask(&mut client, stamp(0, asked))));
            }
            while heard < asked {
                heard += 1;
                seen.note(D::hear(&mut client));
            }
        }
        seen.fault(u64::from(!D::ask(&mut client, END)));
        // The answer to it: nothing is closed before the other side is done.
        let _ = D::hear(&mut client);
        seen
    });
    let answers = Worker::new(move || {
        while D::serve(&mut server).is_some_and(|asked| asked != END) {}
        (Seen::default(), server).0
    });
    let (sample, seen) = race(vec![asks, answers.aside()])?;
    seen.verify(1, n)?;
    Ok(sample)
}

fn publish<F: FanOut>(subscribers: usize, n: u64) -> Outcome {
    let (mut publisher, ends) = F::build(subscribers, WITHOUT_LOSS as usize);
    // Each subscriber says in a place of its own how many it has, the end included.
    let counts: Vec<_> = ends.iter().map(|_| Apart(AtomicU64::new(0))).collect();
    let counts = &counts;
    let slowest = || {
        let counts = counts.iter().map(|Apart(count)| count.load(Relaxed));
        counts.min().unwrap_or(u64::MAX)
    };
    let sends = Worker::new(move || {
        let mut seen = Seen::default();
        let mut send = |number| {
            let message = <[u8; 64]>::stamped(stamp(0, number));
            seen.fault(u64::from(!F::send(&mut publisher, message)));
        };
        let mut all_have = 0;
        for number in 1..=n {
            while number - all_have > WITHOUT_LOSS && !collapsed() {
                all_have = slowest();
                if number - all_have > WITHOUT_LOSS {
                    thread::yield_now();
                }
            }
            send(number);
        }
        while slowest() < n && !collapsed() {
            thread::yield_now();
        }
        send(0);
        // Nothing is closed before all have heard of the end.
        while slowest() <= n && !collapsed() {
            thread::yield_now();
        }
        seen
    });
    let hears = ends.into_iter().zip(counts).map(|(mut end, Apart(count))| {
        Worker::new(move || {
            let mut seen = Seen::default();
            loop {
                let Some(message) = F::recv(&mut end) else {
                    seen.fault(1);
                    break;
                };
                let stamp = message.read();
                if stamp == Some(END) {
                    break;
                }
                seen.note(stamp);
                count.store(seen.count(), Relaxed);
            }
            count.store(n + 1, Relaxed);
            seen
        })
    });
    let (sample, seen) = race(hears.chain([sends]).collect())?;
    seen.verify(subscribers as u64, n)?;
    Ok(sample)
}
