//! [`Barrier`]: the core's barrier with blocking and timed waits.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::error::{BarrierTimeoutError, BrokenBarrier};
use gimmal_core::sync as core;
use gimmal_core::sync::Turn;

use crate::block::{Limit, block, block_until};

/// Where a fixed number of threads and tasks wait for each other; reusable at once.
///
/// A party that gives up (its time is over, its future is dropped) breaks the barrier for all that wait, until
/// [`reset`](Barrier::reset). A generation that has tripped is a success for all its parties, whatever comes afterwards.
///
/// # Fairness
/// The parties of a generation are those that arrive first, and are released in arrival order. Who comes while an action
/// runs is not a party yet: it waits outside.
///
/// # Memory ordering
/// What each party did before it arrived happens before the action, and that before what each does after it was released.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::sync::Barrier;
///
/// let barrier = Barrier::with_action(3, || println!("all here"));
/// thread::scope(|scope| {
///     let parties: Vec<_> = (0..3).map(|_| scope.spawn(|| barrier.wait().unwrap())).collect();
///     let turns = parties.into_iter().map(|party| party.join().unwrap());
///     assert_eq!(turns.filter(|turn| turn.is_leader()).count(), 1);
/// });
/// ```
///
/// A barrier for nobody:
/// ```compile_fail
/// static NOBODY: gimmal::sync::Barrier = gimmal::sync::Barrier::new(0);
/// ```
pub struct Barrier<F = fn()>(core::Barrier<F>);

impl Barrier {
    /// A barrier for `parties` parties.
    ///
    /// # Panics
    /// If there are none, or more than a quarter of what a `usize` counts; in a static that does not compile.
    #[track_caller]
    pub const fn new(parties: usize) -> Self {
        Barrier(core::Barrier::new(parties))
    }
}

impl<F: Fn()> Barrier<F> {
    /// A barrier for `parties` parties. The last one of each generation runs `action` before anyone is released. If that
    /// panics the barrier is broken.
    ///
    /// # Panics
    /// As for [`new`](Barrier::new).
    #[track_caller]
    pub const fn with_action(parties: usize, action: F) -> Self {
        Barrier(core::Barrier::with_action(parties, action))
    }

    /// Blocks until all parties have arrived.
    ///
    /// # Errors
    /// [`BrokenBarrier`]: it is broken, or was broken or reset while this party waited.
    ///
    /// # Panics
    /// With what the action panics with, in the party that runs it.
    pub fn wait(&self) -> Result<Turn, BrokenBarrier> {
        block(self.0.arriving())
    }

    /// Blocks until all parties have arrived, for `timeout` at most: `MAX` is for ever, `ZERO` succeeds only for the last
    /// party. When the time is over the barrier is broken.
    ///
    /// # Errors
    /// `TimedOut`; `Broken` as for [`wait`](Barrier::wait).
    ///
    /// # Panics
    /// As for [`wait`](Barrier::wait).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Turn, BarrierTimeoutError> {
        self.wait_within(Limit::After(timeout))
    }

    /// Like [`wait_timeout`](Barrier::wait_timeout), until `deadline` at most: a past one succeeds only for the last party.
    ///
    /// # Errors
    /// As for [`wait_timeout`](Barrier::wait_timeout).
    ///
    /// # Panics
    /// As for [`wait`](Barrier::wait).
    pub fn wait_deadline(&self, deadline: Instant) -> Result<Turn, BarrierTimeoutError> {
        self.wait_within(Limit::At(deadline))
    }

    fn wait_within(&self, limit: Limit) -> Result<Turn, BarrierTimeoutError> {
        match block_until(self.0.arriving(), limit) {
            Ok(turn) => turn.map_err(|BrokenBarrier| BarrierTimeoutError::Broken),
            Err(_) => Err(BarrierTimeoutError::TimedOut),
        }
    }

    /// The future of `wait`, for an executor.
    ///
    /// # Cancel safety
    /// Dropping a future that waits breaks the barrier, unless its generation has tripped. One that has not been polled has
    /// not arrived.
    pub fn wait_async(&self) -> impl Future<Output = Result<Turn, BrokenBarrier>> + '_ {
        self.0.wait()
    }
}

impl<F> Barrier<F> {
    /// Breaks it: who waits, and who comes before a [`reset`](Barrier::reset), is sent away.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Sends away who waits, and makes the barrier usable.
    pub fn reset(&self) {
        self.0.reset();
    }

    /// Is it broken? A snapshot.
    pub fn is_broken(&self) -> bool {
        self.0.is_broken()
    }

    /// How many parties of this generation have arrived: a snapshot, less than [`parties`](Barrier::parties). While the
    /// action runs it says how many wait for that, without the one that runs it.
    pub fn waiting(&self) -> usize {
        self.0.waiting()
    }

    /// How many parties it is for.
    pub fn parties(&self) -> usize {
        self.0.parties()
    }
}

impl<F> fmt::Debug for Barrier<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
