//! A barrier, cycle after cycle, with nothing between them.
//!
//! Each cycle has to have one leader, and nobody may run ahead: threads say in which cycle they are, and look at their
//! neighbour now and then. Who spins wins while every thread has a core, and collapses when one has not.

use super::ours::BARRIER;
use crate::book::{Against, Kind, Row, Rows};
use crate::contract::Barrier;
use crate::race::{Apart, Outcome, Worker, race};
use crate::watchdog::collapsed;
use gimmal_benches::message::{Seen, stamp};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What ours is measured against.
pub(crate) const SPIN_YIELD: &str = "spin Barrier (yield)";

/// Looking at the neighbour moves a cache line: in every so many cycles only.
const LOOK: u64 = 16;

pub(crate) fn rows() -> Vec<Row> {
    let row = |name, about| {
        Row::new(Kind::Threads, name, about).goal(BARRIER, Against::This(SPIN_YIELD), 1.2)
    };
    vec![
        row("barrier/2-threads", "one cycle of two threads"),
        row("barrier/4-threads", "one cycle of four threads"),
    ]
}

/// Enters a barrier.
pub(crate) fn enter<B: Barrier>(book: &mut Rows, name: &'static str) {
    book.time("barrier/2-threads", name, |n| cycles::<B>(2, n));
    book.time("barrier/4-threads", name, |n| cycles::<B>(4, n));
}

fn cycles<B: Barrier>(parties: usize, n: u64) -> Outcome {
    let barrier = &Apart(B::build(parties));
    let cycles: Vec<_> = (0..parties).map(|_| Apart(AtomicU64::new(0))).collect();
    let cycles = &cycles;
    // All have to stop after the same cycle. A leader announces the next one as the last: who still has to look after
    // this one goes on, and everybody knows of it after the next.
    let last = &Apart(AtomicU64::new(n));
    let parties = (0..parties).map(|party| {
        Worker::new(move || {
            let (mine, neighbours) = (&cycles[party].0, &cycles[(party + 1) % cycles.len()].0);
            let mut seen = Seen::default();
            for cycle in 1.. {
                mine.store(cycle, Relaxed);
                let leads = barrier.0.wait();
                if cycle % LOOK == 0 {
                    seen.fault(u64::from(neighbours.load(Relaxed) < cycle));
                }
                if leads {
                    seen.note(Some(stamp(0, cycle)));
                    if collapsed() && cycle < n {
                        let _ = last.0.compare_exchange(n, cycle + 1, Relaxed, Relaxed);
                    }
                }
                if cycle >= last.0.load(Relaxed) {
                    break;
                }
            }
            seen
        })
    });
    let (sample, seen) = race(parties.collect())?;
    seen.verify(1, n)?;
    Ok(sample)
}
