//! Jobs in the order in which they end: [`as_completed`]. [`Completions`] are left with each of
//! them; a job that has ended sends its number there.

#![forbid(unsafe_code)]

use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;

use crate::block::Limit;

use super::completions::Completions;
use super::error::WaitTimeoutError;
use super::job::Job;
use super::wait::watched;

/// Returns an iterator over the jobs in the order in which they end. Jobs that have ended already
/// come first, in their order here. Cancelled and broken jobs are included.
///
/// # Examples
/// ```
/// use gimmal::ThreadPool;
/// use gimmal::pool::as_completed;
///
/// let pool = ThreadPool::builder().threads(2).build();
/// let jobs: Vec<_> = (0..4).map(|n| pool.submit(move || n).unwrap()).collect();
/// let mut numbers: Vec<u32> = as_completed(jobs).map(|job| job.result().unwrap()).collect();
/// numbers.sort_unstable();
/// assert_eq!(numbers, [0, 1, 2, 3]);
/// ```
pub fn as_completed<R>(jobs: impl IntoIterator<Item = Job<R>>) -> AsCompleted<R> {
    let jobs: Vec<_> = jobs.into_iter().map(Some).collect();
    let completions = Completions::new(jobs.len());
    for (number, job) in jobs.iter().flatten().enumerate() {
        if !job.core().watch(&completions, number) {
            completions.tell(number);
        }
    }
    AsCompleted {
        left: jobs.len(),
        jobs,
        completions,
    }
}

/// Jobs in the order in which they end; made by [`as_completed`].
///
/// Dropping it drops the jobs that it has not returned, which lets them run.
#[must_use = "an iterator does nothing until it is asked"]
pub struct AsCompleted<R> {
    /// By number; those that have come are gone.
    jobs: Vec<Option<Job<R>>>,
    left: usize,
    completions: Arc<Completions>,
}

impl<R> AsCompleted<R> {
    /// Returns the next job that is done, waiting for at most `timeout`. `Duration::ZERO` checks
    /// once, `Duration::MAX` waits forever. Returns `None` after the last job.
    ///
    /// For a limit on all jobs together, use [`next_deadline`](AsCompleted::next_deadline). A
    /// time-out that exceeds what the clock can represent makes it the same as `next`.
    ///
    /// # Errors
    /// [`TimedOut`] if no job has ended in time. It may be called again.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::as_completed;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let mut jobs = as_completed([1, 2].map(|n| pool.submit(move || n).unwrap()));
    /// let mut sum = 0;
    /// while let Ok(Some(job)) = jobs.next_timeout(Duration::from_secs(60)) {
    ///     sum += job.result().unwrap();
    /// }
    /// assert_eq!(sum, 3);
    /// ```
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<Job<R>>, TimedOut> {
        self.next_within(Limit::After(timeout))
    }

    /// Returns the next job that is done, waiting at most until `deadline`. A past deadline checks
    /// once. Returns `None` after the last job.
    ///
    /// # Errors
    /// [`TimedOut`] if no job has ended in time. It may be called again.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::as_completed;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let mut jobs = as_completed([1, 2].map(|n| pool.submit(move || n).unwrap()));
    /// let deadline = Instant::now() + Duration::from_secs(60); // for all jobs
    /// let first = jobs.next_deadline(deadline).unwrap().unwrap();
    /// assert!([1, 2].contains(&first.result().unwrap()));
    /// ```
    pub fn next_deadline(&mut self, deadline: Instant) -> Result<Option<Job<R>>, TimedOut> {
        self.next_within(Limit::At(deadline))
    }

    fn next_within(&mut self, mut limit: Limit) -> Result<Option<Job<R>>, TimedOut> {
        while self.left > 0 {
            let pending = || self.jobs.iter().flatten().map(Job::erased).collect();
            let lost = || self.jobs.iter().flatten().all(|job| job.core().is_lost());
            let number = match watched(limit, pending, lost, |limit| self.completions.next(limit)) {
                Ok(number) => number,
                Err(WaitTimeoutError::TimedOut) => return Err(TimedOut),
                Err(WaitTimeoutError::WouldDeadlock) => {
                    let pending = self.jobs.iter().position(Option::is_some);
                    pending.expect("some are left")
                }
            };
            // A job that came before it was done has left its number behind, if it ended at that
            // moment.
            if let Some(job) = self.jobs[number].take() {
                self.left -= 1;
                job.core().unwatch(&self.completions);
                return Ok(Some(job));
            }
            limit = limit.fixed();
        }
        Ok(None)
    }

    /// Returns the jobs that it has not returned yet, in their first order.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::as_completed;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let mut jobs = as_completed([1, 2, 3].map(|n| pool.submit(move || n).unwrap()));
    /// jobs.next().unwrap();
    /// assert_eq!(jobs.into_remaining().len(), 2);
    /// ```
    pub fn into_remaining(mut self) -> Vec<Job<R>> {
        self.unwatch();
        self.jobs.drain(..).flatten().collect()
    }

    fn unwatch(&self) {
        for job in self.jobs.iter().flatten() {
            job.core().unwatch(&self.completions);
        }
    }
}

impl<R> Iterator for AsCompleted<R> {
    type Item = Job<R>;

    /// Returns the next job that is done.
    ///
    /// If the caller is a worker and would wait forever, returns one that is not done: its
    /// [`result`](Job::result) is `WouldDeadlock`, unless something has changed.
    fn next(&mut self) -> Option<Job<R>> {
        match self.next_within(Limit::None) {
            Ok(next) => next,
            Err(TimedOut) => unreachable!("without a limit it is never given up"),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<R> ExactSizeIterator for AsCompleted<R> {}
impl<R> FusedIterator for AsCompleted<R> {}

impl<R> Drop for AsCompleted<R> {
    fn drop(&mut self) {
        self.unwatch();
    }
}

impl<R> fmt::Debug for AsCompleted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
