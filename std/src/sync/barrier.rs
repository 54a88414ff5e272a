//! [`Barrier`]: the core's barrier with blocking and timed waits.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use gimmal_core::error::{BarrierTimeoutError, BrokenBarrier};
use gimmal_core::facade::const_fn;
use gimmal_core::sync as core;
use gimmal_core::sync::Turn;

use crate::block::{Limit, block, block_until};
use crate::stop::Stop;

/// A place where a fixed number of threads and tasks wait for each other; reusable at once.
///
/// A party that gives up (its time is over, its future is dropped) breaks the barrier for all that
/// wait, until [`reset`](Barrier::reset). A generation that has tripped is a success for all its
/// parties, whatever comes afterwards.
///
/// # Fairness
/// The parties of a generation are those that arrive first, and are released together. A thread that
/// arrives while the action runs is not a party yet: it waits for the next generation.
///
/// # Memory ordering
/// What each party did before it arrived happens before the action, and that before what each does
/// after it was released.
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
/// A barrier for no parties does not compile in a static:
/// ```compile_fail
/// static NOBODY: gimmal::sync::Barrier = gimmal::sync::Barrier::new(0);
/// ```
#[doc(alias = "CyclicBarrier")]
#[doc(alias = "CountDownLatch")]
pub struct Barrier<F = fn()>(core::Barrier<F>);

impl Barrier {
    const_fn! {
        /// Returns a barrier for `parties` parties.
        ///
        /// # Panics
        /// If `parties` is 0, or more than a quarter of `usize::MAX`; in a static that does not
        /// compile.
        ///
        /// # Examples
        /// ```
        /// use gimmal::sync::Barrier;
        ///
        /// static START: Barrier = Barrier::new(1);
        /// assert!(START.wait().unwrap().is_leader());
        /// ```
        #[track_caller]
        pub const fn new(parties: usize) -> Self {
            Barrier(core::Barrier::new(parties))
        }
    }
}

impl<F: Fn()> Barrier<F> {
    const_fn! {
        /// Returns a barrier for `parties` parties. The last party of each generation runs `action`
        /// before anyone is released. If the action panics, the barrier is broken.
        ///
        /// # Panics
        /// As for [`new`](Barrier::new).
        ///
        /// # Examples
        /// ```
        /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
        /// use gimmal::sync::Barrier;
        ///
        /// let rounds = AtomicU32::new(0);
        /// let barrier = Barrier::with_action(1, || _ = rounds.fetch_add(1, Relaxed));
        /// barrier.wait().unwrap();
        /// barrier.wait().unwrap();
        /// assert_eq!(rounds.load(Relaxed), 2);
        /// ```
        #[track_caller]
        pub const fn with_action(parties: usize, action: F) -> Self {
            Barrier(core::Barrier::with_action(parties, action))
        }
    }

    /// Blocks until all parties have arrived. The [`Turn`] tells the party its index, and whether
    /// it is the leader.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`BrokenBarrier`]: it is broken, or was broken or reset while this party waited.
    ///
    /// # Panics
    /// If the action panics, with the same payload, in the party that runs it.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    /// use gimmal::sync::Barrier;
    ///
    /// let start = Barrier::new(2);
    /// thread::scope(|scope| {
    ///     scope.spawn(|| start.wait().unwrap());
    ///     let turn = start.wait().unwrap();
    ///     assert!(turn.index() < 2);
    /// });
    /// ```
    pub fn wait(&self) -> Result<Turn, BrokenBarrier> {
        block(self.0.arriving())
    }

    /// Blocks until all parties have arrived, for at most `timeout`: `MAX` is for ever, `ZERO`
    /// succeeds only for the last party. When the time is over the barrier is broken.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// `TimedOut`; `Broken` as for [`wait`](Barrier::wait).
    ///
    /// # Panics
    /// As for [`wait`](Barrier::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::error::BarrierTimeoutError;
    /// use gimmal::sync::Barrier;
    ///
    /// let barrier = Barrier::new(2);
    /// let alone = barrier.wait_timeout(Duration::from_millis(1));
    /// assert_eq!(alone.unwrap_err(), BarrierTimeoutError::TimedOut);
    /// assert!(barrier.is_broken());
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Turn, BarrierTimeoutError> {
        self.wait_within(Limit::After(timeout))
    }

    /// Blocks like [`wait_timeout`](Barrier::wait_timeout), until `deadline` at most: a past one
    /// succeeds only for the last party.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// As for [`wait_timeout`](Barrier::wait_timeout).
    ///
    /// # Panics
    /// As for [`wait`](Barrier::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::sync::Barrier;
    ///
    /// let barrier = Barrier::new(1);
    /// assert!(barrier.wait_deadline(Instant::now()).is_ok());
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<Turn, BarrierTimeoutError> {
        self.wait_within(Limit::At(deadline))
    }

    fn wait_within(&self, limit: Limit) -> Result<Turn, BarrierTimeoutError> {
        match block_until(self.0.arriving(), limit) {
            Ok(turn) => turn.map_err(|BrokenBarrier| BarrierTimeoutError::Broken),
            // Its generation may have tripped after the last try.
            Err(party) => match party.give_up() {
                Some(result) => result.map_err(|BrokenBarrier| BarrierTimeoutError::Broken),
                None => Err(BarrierTimeoutError::TimedOut),
            },
        }
    }

    /// Returns the future of [`wait`](Barrier::wait), for an executor. The party arrives when the
    /// future is first polled.
    ///
    /// # Errors
    /// As for [`wait`](Barrier::wait).
    ///
    /// # Cancel safety
    /// Dropping a future that waits breaks the barrier, unless its generation has tripped. Dropping
    /// one that has not been polled changes nothing.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal::sync::Barrier;
    ///
    /// let barrier = Barrier::new(1);
    /// let turn = barrier.wait_async().await.unwrap();
    /// assert!(turn.is_leader());
    /// # });
    /// ```
    pub fn wait_async(&self) -> impl Future<Output = Result<Turn, BrokenBarrier>> + '_ {
        self.0.wait()
    }
}

impl<F> Barrier<F> {
    /// Breaks the barrier: current waiters, and later ones until [`reset`](Barrier::reset), get
    /// [`BrokenBarrier`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::error::BrokenBarrier;
    /// use gimmal::sync::Barrier;
    ///
    /// let barrier = Barrier::new(2);
    /// barrier.abort();
    /// assert_eq!(barrier.wait().unwrap_err(), BrokenBarrier);
    /// ```
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Makes the barrier usable again. Current waiters get [`BrokenBarrier`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::sync::Barrier;
    ///
    /// let barrier = Barrier::new(1);
    /// barrier.abort();
    /// barrier.reset();
    /// assert!(barrier.wait().is_ok());
    /// ```
    pub fn reset(&self) {
        self.0.reset();
    }

    /// Returns `true` if the barrier is broken: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let barrier = gimmal::sync::Barrier::new(2);
    /// barrier.abort();
    /// assert!(barrier.is_broken());
    /// barrier.reset();
    /// assert!(!barrier.is_broken());
    /// ```
    pub fn is_broken(&self) -> bool {
        self.0.is_broken()
    }

    /// Returns how many parties of this generation have arrived: a snapshot, less than
    /// [`parties`](Barrier::parties). While the action runs, the party that runs it is not counted.
    ///
    /// # Examples
    /// ```
    /// let barrier = gimmal::sync::Barrier::new(2);
    /// assert_eq!(barrier.waiting(), 0);
    /// ```
    pub fn waiting(&self) -> usize {
        self.0.waiting()
    }

    /// Returns how many parties the barrier is for.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal::sync::Barrier::new(2).parties(), 2);
    /// ```
    pub fn parties(&self) -> usize {
        self.0.parties()
    }
}

impl<F> Stop for Barrier<F> {
    /// Breaks the barrier for current waiters and later ones.
    fn stop(&self) {
        self.abort();
    }
}

impl<F> fmt::Debug for Barrier<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
