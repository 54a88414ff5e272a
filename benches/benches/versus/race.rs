//! One round: threads that start together, the wall clock from the first start to the last end, and the CPU time that
//! the process used meanwhile.

use core_affinity::CoreId;
use cpu_time::ProcessTime;
use gimmal_benches::message::Seen;
use std::hint::{black_box, spin_loop};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// What one turn of a contender gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// The time that counts.
    pub(crate) scored: Duration,
    /// The time that the turn took.
    pub(crate) spent: Duration,
    /// How many CPUs the process kept busy meanwhile.
    pub(crate) cpus: f64,
    /// Where threads compete: the most operations that one of them got, by the fewest.
    pub(crate) asymmetric: Option<f64>,
}

/// A turn, or what was wrong with it.
pub(crate) type Outcome = Result<Sample, String>;

/// One thread of a round.
pub(crate) struct Worker<'env> {
    cpu: Option<CoreId>,
    timed: bool,
    body: Box<dyn FnOnce() -> Seen + Send + 'env>,
}

/// What a thread works with, or what all share, on cache lines of its own. The closures of two threads are neighbours on
/// the heap otherwise, and the handles inside them would share a line.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Apart<F>(pub(crate) F);

impl<F> Apart<F> {
    fn into_inner(self) -> F {
        self.0
    }
}

impl<'env> Worker<'env> {
    /// A thread whose end counts.
    pub(crate) fn new(body: impl FnOnce() -> Seen + Send + 'env) -> Self {
        let apart = Apart(body);
        let body = Box::new(move || (apart.into_inner())());
        Worker {
            cpu: None,
            timed: true,
            body,
        }
    }

    /// Only has to end some time: its end does not stop the clock.
    pub(crate) fn aside(mut self) -> Self {
        self.timed = false;
        self
    }

    /// Pins the thread.
    pub(crate) fn on(mut self, cpu: Option<CoreId>) -> Self {
        self.cpu = cpu;
        self
    }

    fn run(self, gate: &Barrier) -> (Instant, Option<Instant>, Seen) {
        if let Some(cpu) = self.cpu {
            core_affinity::set_for_current(cpu);
        }
        gate.wait();
        let start = Instant::now();
        let seen = (self.body)();
        (start, self.timed.then(Instant::now), seen)
    }
}

/// Lets the workers run together; gives the time they took and all they saw.
pub(crate) fn race(workers: Vec<Worker<'_>>) -> Result<(Sample, Seen), String> {
    let gate = Barrier::new(workers.len() + 1);
    let (ends, spent, cpu) = thread::scope(|scope| {
        let threads: Vec<_> = workers
            .into_iter()
            .map(|worker| scope.spawn(|| worker.run(&gate)))
            .collect();
        gate.wait();
        let (clock, cpu) = (Instant::now(), ProcessTime::now());
        let ends: Vec<_> = threads
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        (ends, clock.elapsed(), cpu.elapsed())
    });
    let ends: Vec<_> = ends
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|_| "a thread panicked".to_owned())?;
    let start = ends.iter().map(|(start, ..)| *start).min();
    let end = ends.iter().filter_map(|(_, end, _)| *end).max();
    let (Some(start), Some(end)) = (start, end) else {
        return Err("nobody ran".to_owned());
    };
    let mut seen = Seen::default();
    ends.iter().for_each(|(.., one)| seen.merge(one));
    Ok((
        Sample {
            scored: end - start,
            spent,
            cpus: busy(cpu, spent),
            asymmetric: None,
        },
        seen,
    ))
}

/// Runs `body` on this thread. `body` gives the time that counts, if that is not all of it.
pub(crate) fn alone(body: impl FnOnce() -> Result<Option<Duration>, String>) -> Outcome {
    let (clock, cpu) = (Instant::now(), ProcessTime::now());
    let scored = body()?;
    let (spent, cpu) = (clock.elapsed(), cpu.elapsed());
    Ok(Sample {
        scored: scored.unwrap_or(spent),
        spent,
        cpus: busy(cpu, spent),
        asymmetric: None,
    })
}

fn busy(cpu: Duration, wall: Duration) -> f64 {
    cpu.as_secs_f64() / wall.as_secs_f64().max(1e-9)
}

/// What a thread does beside the operation that is measured: it costs time and touches nothing that others touch.
#[inline(always)]
pub(crate) fn work(steps: u32) {
    for step in 0..steps {
        black_box(step);
    }
}

/// How everybody waits in the rows of operations that do not wait: 1, 2, 4 … 64 pauses, then it is somebody else's turn.
/// Polling without a pause takes the line away from the one who is about to change it.
#[derive(Default)]
pub(crate) struct Backoff(u32);

impl Backoff {
    const STEPS: u32 = 7;

    /// The operation went through.
    #[inline(always)]
    pub(crate) fn hit(&mut self) {
        self.0 = 0;
    }

    /// It did not.
    #[inline(always)]
    pub(crate) fn miss(&mut self) {
        if self.0 < Self::STEPS {
            (0..1 << self.0).for_each(|_| spin_loop());
            self.0 += 1;
        } else {
            thread::yield_now();
        }
    }
}
