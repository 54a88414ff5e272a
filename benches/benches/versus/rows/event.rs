//! A flag that threads wait for.
//!
//! * `wake`: two threads wake each other in turn, each with an event of its own. Before it sets the other's event a
//!   thread naps, far longer than anybody spins: so the other one really sleeps, and what counts is the time from just
//!   before `set` to the sleeper's next step. Who keeps a CPU busy meanwhile does not sleep, and cannot lead. `unpinned`
//!   leaves the choice of cores to the system, which often takes one for both.
//! * `set-alone`: one thread sets and clears; nobody waits. A system call here is one for nothing.

use super::ours::EVENT;
use crate::book::{
    Against::{Best, This},
    Kind, Row, Rows,
};
use crate::contract::Event;
use crate::race::{Apart, Outcome, Worker, alone, race};
use crate::watchdog::collapsed;
use core_affinity::CoreId;
use gimmal_benches::message::{Seen, stamp};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// What `set-alone` is measured against.
pub(crate) const STD: &str = "std Mutex and Condvar";

const NAP: Duration = Duration::from_micros(200);

pub(crate) fn rows() -> Vec<Row> {
    let wake = |name, about| Row::new(Kind::Waiting, name, about).goal(EVENT, Best, 1.05);
    vec![
        wake(
            "event/wake/two-cores",
            "from set until the thread that slept runs, each on a core of its own",
        ),
        wake(
            "event/wake/unpinned",
            "from set until the thread that slept runs",
        ),
        // The table of goals asks for no system call: who makes one is level with std.
        Row::new(
            Kind::OneThread,
            "event/set-alone",
            "set and clear, nobody waiting",
        )
        .goal(EVENT, This(STD), 0.5),
    ]
}

/// Enters an event.
pub(crate) fn enter<E: Event>(book: &mut Rows, name: &'static str) {
    book.time("event/wake/unpinned", name, |n| wake::<E>([None; 2], n));
    if let Some((first, second)) = book.cpus() {
        book.time("event/wake/two-cores", name, move |n| {
            wake::<E>([Some(first), Some(second)], n)
        });
    }
    book.time("event/set-alone", name, set_alone::<E>);
}

/// An event, and what its setter says beside it. The event has to carry both to the waiter: they are relaxed.
struct Bell<E> {
    event: E,
    /// How often it was rung.
    number: AtomicU64,
    /// When, in nanoseconds of the turn.
    at: AtomicU64,
}

/// A number that ends the other thread.
const END: u64 = u64::MAX;

impl<E: Event> Bell<E> {
    fn new() -> Self {
        Bell {
            event: E::build(),
            number: AtomicU64::new(0),
            at: AtomicU64::new(0),
        }
    }

    /// Rings after a nap; `false` if that was the end.
    fn ring(&self, number: u64, turn: Instant) -> bool {
        thread::sleep(NAP);
        let number = if collapsed() { END } else { number };
        self.number.store(number, Relaxed);
        self.at.store(nanos(turn), Relaxed);
        self.event.set();
        number != END
    }

    /// Waits for the next ring: its number, and how long ago it was.
    fn hear(&self, turn: Instant) -> (u64, u64) {
        self.event.wait();
        let now = nanos(turn);
        self.event.clear();
        let late = now.saturating_sub(self.at.load(Relaxed));
        (self.number.load(Relaxed), late)
    }
}

fn nanos(turn: Instant) -> u64 {
    turn.elapsed().as_nanos() as u64
}

/// `n` counts the wake-ups of one thread. The score is the median of all, as if each had been like it: one preemption
/// must not decide.
fn wake<E: Event>(cpus: [Option<CoreId>; 2], n: u64) -> Outcome {
    let bells = &[Apart(Bell::<E>::new()), Apart(Bell::new())];
    let mut delays = [Vec::new(), Vec::new()];
    let turn = Instant::now();
    let players = delays.iter_mut().enumerate().map(|(lane, delays)| {
        let (mine, others) = (&bells[lane].0, &bells[1 - lane].0);
        Worker::new(move || {
            let mut seen = Seen::default();
            for number in 1..=n {
                if lane == 0 && !others.ring(number, turn) {
                    break;
                }
                let (heard, late) = mine.hear(turn);
                if heard == END {
                    break;
                }
                seen.note(Some(stamp(lane, heard)));
                delays.push(late);
                if lane == 1 && !others.ring(number, turn) {
                    break;
                }
            }
            seen
        })
        .on(cpus[lane])
    });
    let (mut sample, seen) = race(players.collect())?;
    seen.verify(2, n)?;
    let mut delays = delays.concat();
    delays.sort();
    sample.scored = Duration::from_nanos(delays[delays.len() / 2] * n);
    Ok(sample)
}

fn set_alone<E: Event>(n: u64) -> Outcome {
    let event = Apart(E::build());
    let sample = alone(|| {
        for _ in 0..n {
            event.0.set();
            event.0.clear();
        }
        Ok(None)
    });
    // Set, it lets pass: if not, the watchdog says so.
    event.0.set();
    event.0.wait();
    sample
}
