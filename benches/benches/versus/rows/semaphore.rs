//! Permits.
//!
//! * `alone`: one thread acquires one of two permits and gives it back. What is asynchronous tries: nobody else is there.
//! * `4-threads`: four threads acquire one of two permits, work, give it back and work outside, until all together have
//!   done it often enough; `max/min` as in `lock`.
//!
//! In the row of four threads everybody pays two operations on one more word, which counts who is inside.

use super::ours::SEMAPHORE;
use crate::book::{Against::Best, Kind, Row, Rows};
use crate::contract::Semaphore;
use crate::race::{Apart, Outcome, Worker, alone, race, work};
use crate::watchdog::collapsed;
use gimmal_benches::message::Seen;
use gimmal_benches::stats::unevenness;
use gimmal_benches::tally::Turnstile;

const PERMITS: usize = 2;
const THREADS: usize = 4;
/// As long with a permit as without.
const WORK: u32 = 300;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            Kind::OneThread,
            "semaphore/alone",
            "acquire and release, one thread, two permits",
        )
        .goal(SEMAPHORE, Best, 1.0),
        // The table of goals says nothing of this one.
        Row::new(
            Kind::Threads,
            "semaphore/4-threads",
            "acquire, work, release, work; four threads, two permits",
        ),
    ]
}

/// Enters a semaphore in the row of one thread.
pub(crate) fn enter_alone<S: Semaphore>(book: &mut Rows, name: &'static str) {
    book.time("semaphore/alone", name, one_thread::<S>);
}

/// Enters a semaphore that blocks, in the row of four threads.
pub(crate) fn enter_threads<S: Semaphore>(book: &mut Rows, name: &'static str) {
    book.time("semaphore/4-threads", name, many::<S>);
}

fn one_thread<S: Semaphore>(n: u64) -> Outcome {
    let semaphore = Apart(S::build(PERMITS));
    let sample = alone(|| {
        let mut got = 0;
        for _ in 0..n {
            semaphore.0.with(|| got += 1);
        }
        if got == n {
            Ok(None)
        } else {
            Err(format!("{got} permits of {n}"))
        }
    });
    verify(&semaphore.0)?;
    sample
}

/// `n` counts the permits of all threads together.
fn many<S: Semaphore>(n: u64) -> Outcome {
    let (semaphore, turnstile) = (&Apart(S::build(PERMITS)), &Apart(Turnstile::default()));
    let pass = || {
        let (before, inside) = turnstile.0.enter();
        work(WORK);
        turnstile.0.leave();
        (before < n && !collapsed(), inside > PERMITS as u64)
    };
    let mut shares = [0; THREADS];
    let workers = shares.iter_mut().map(|share| {
        Worker::new(move || {
            let (mut mine, mut crowds) = (0, 0);
            while let Some((true, crowd)) = semaphore.0.with(pass) {
                mine += 1;
                crowds += u64::from(crowd);
                work(WORK);
            }
            *share = mine;
            let mut seen = Seen::default();
            seen.fault(crowds);
            seen
        })
    });
    let (mut sample, seen) = race(workers.collect())?;
    if seen.verify(0, 0).is_err() {
        return Err(format!("more than {PERMITS} had a permit at once"));
    }
    verify(&semaphore.0)?;
    if shares.iter().sum::<u64>() != n {
        return Err(format!("{shares:?} are not {n} together"));
    }
    sample.asymmetric = Some(unevenness(&shares));
    Ok(sample)
}

fn verify(semaphore: &impl Semaphore) -> Result<(), String> {
    match semaphore.available() {
        PERMITS => Ok(()),
        other => Err(format!("{other} permits of {PERMITS} left")),
    }
}
