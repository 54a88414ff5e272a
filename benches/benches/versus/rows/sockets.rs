//! The patterns of sockets: questions and answers, copies for subscribers, opening and closing.
//!
//! * `req-rep`: one question, then its answer. Nothing can be batched.
//! * `dealer-router`: 32 questions, then their 32 answers; what is timed is one question with its answer.
//! * `pub-sub-1`, `pub-sub-4`: 64 bytes to each of one or four subscribers that want everything. After each batch the
//!   publisher waits until all of them have read it, so nobody loses a message: where a full subscriber loses some, and
//!   where a slow one is overtaken, the work is the same. What is timed is one message of the publisher.
//! * `life-cycle`: two sockets are opened, one binds a name, the other one connects to it, both are closed.
//!
//! Beside the sockets stand channels that do the same work by hand: one for each direction, one for each subscriber.
//! They have no names and no patterns, so they are no rival in `life-cycle`. tokio's `watch` keeps the last message only
//! and takes no part.

use super::ours::SOCKETS;
use super::pipeline::ZMQ;
use crate::book::{Against, Book, Kind, Row};
use crate::contract::{Dialogue, FanOut};
use crate::race::{Outcome, Worker, alone, race};
use crate::watchdog::collapsed;
use gimmal_benches::message::{Fresh, Message, Seen, stamp};
use std::sync::Barrier;

/// Says that nothing more comes: no message has this number.
const END: u64 = stamp(0, 0);
/// As many questions before the first answer is fetched.
const WINDOW: u64 = 32;
/// As many messages before all subscribers have to have them.
const BATCH: u64 = 500;

pub(crate) fn rows() -> Vec<Row> {
    let row =
        |name, about| Row::new(Kind::Threads, name, about).goal(SOCKETS, Against::This(ZMQ), 0.5);
    let life = "two sockets opened, linked by a name, and closed";
    vec![
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
        Row::new(Kind::OneThread, "sockets/life-cycle", life).goal(
            SOCKETS,
            Against::This(ZMQ),
            0.5,
        ),
    ]
}

/// Enters a dialogue in strict turns.
pub(crate) fn enter_turns<D: Dialogue>(book: &mut Book, name: &'static str) {
    book.time("sockets/req-rep", name, |n| talk::<D>(1, n));
}

/// Enters a dialogue of many questions at a time.
pub(crate) fn enter_windows<D: Dialogue>(book: &mut Book, name: &'static str) {
    book.time("sockets/dealer-router", name, |n| talk::<D>(WINDOW, n));
}

/// Enters copies for subscribers.
pub(crate) fn enter_copies<F: FanOut>(book: &mut Book, name: &'static str) {
    book.time("sockets/pub-sub-1", name, |n| publish::<F>(1, n));
    book.time("sockets/pub-sub-4", name, |n| publish::<F>(4, n));
}

/// Enters opening and closing; `once` does it once, and says whether it went well.
pub(crate) fn enter_life<L: FnMut() -> bool>(
    book: &mut Book,
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
    let (mut publisher, ends) = F::build(subscribers, 2 * BATCH as usize);
    let all_have_it = &Barrier::new(subscribers + 1);
    let sends = Worker::new(move || {
        let mut seen = Seen::default();
        let mut send = |number| {
            let message = <[u8; 64]>::stamped(stamp(0, number));
            seen.fault(u64::from(!F::send(&mut publisher, message)));
        };
        for number in 1..=n {
            send(number);
            if number % BATCH == 0 {
                all_have_it.wait();
                if collapsed() {
                    break;
                }
            }
        }
        send(0);
        all_have_it.wait();
        seen
    });
    let hears = ends.into_iter().map(|mut end| {
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
                if seen.count() % BATCH == 0 {
                    all_have_it.wait();
                }
            }
            all_have_it.wait();
            seen
        })
    });
    let (sample, seen) = race(hears.chain([sends]).collect())?;
    seen.verify(subscribers as u64, n)?;
    Ok(sample)
}
