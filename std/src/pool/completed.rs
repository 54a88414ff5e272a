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
            let lost = || self.is_lost();
            let number = match watched(limit, pending, lost, |limit| self.completions.next(limit)) {
                Ok(number) => number,
                Err(WaitTimeoutError::TimedOut) => return Err(TimedOut),
                Err(WaitTimeoutError::WouldDeadlock) => self.first_pending(),
            };
            if let Some(job) = self.take(number) {
                return Ok(Some(job));
            }
            limit = limit.fixed();
        }
        Ok(None)
    }

    /// Returns the next job that is done, as a future for an executor. Returns `None` after the
    /// last job. It does not count as a wait of a worker.
    ///
    /// In a forked child it returns jobs of the parent that are not done, if only such are left.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready takes no job.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal::pool::as_completed;
    ///
    /// let pool = gimmal::ThreadPool::new(2);
    /// let jobs: Vec<_> = (1..4).map(|n| pool.submit(move || n).unwrap()).collect();
    /// let (mut completed, mut sum) = (as_completed(jobs), 0);
    /// while let Some(job) = completed.next_async().await {
    ///     sum += job.await.unwrap();
    /// }
    /// assert_eq!(sum, 6);
    /// # });
    /// ```
    pub async fn next_async(&mut self) -> Option<Job<R>> {
        while self.left > 0 {
            let number = match self.completions.next(Limit::NOW) {
                Some(number) => number,
                None if self.is_lost() => self.first_pending(),
                None => self.completions.next_async().await?,
            };
            if let Some(job) = self.take(number) {
                return Some(job);
            }
        }
        None
    }

    /// A job that came before it was done has left its number behind, if it ended at that moment:
    /// then there is nothing to take.
    fn take(&mut self, number: usize) -> Option<Job<R>> {
        let job = self.jobs[number].take()?;
        self.left -= 1;
        job.core().unwatch(&self.completions);
        Some(job)
    }

    fn first_pending(&self) -> usize {
        let pending = self.jobs.iter().position(Option::is_some);
        pending.expect("some are left")
    }

    /// Returns `true` if nobody in this process will end one of the jobs that are left.
    fn is_lost(&self) -> bool {
        self.jobs.iter().flatten().all(|job| job.core().is_lost())
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

/// Returns an iterator over the jobs in the order in which they end, for at most `timeout` from
/// this call. Then it returns [`TimedOut`] once, and ends. `Duration::ZERO` returns the jobs that
/// have ended already, `Duration::MAX` waits forever.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use gimmal::pool::as_completed_timeout;
///
/// let pool = gimmal::ThreadPool::new(2);
/// let (go, went) = gimmal::channel::bounded::<u32>(1);
/// let jobs = [pool.submit(move || went.recv().unwrap()).unwrap(), pool.submit(|| 2).unwrap()];
///
/// let mut in_time = as_completed_timeout(jobs, Duration::from_millis(500));
/// assert_eq!(in_time.next().unwrap().unwrap().result().unwrap(), 2);
/// assert!(in_time.next().unwrap().is_err());
/// assert!(in_time.next().is_none());
/// let late = in_time.into_remaining();
/// go.send(1).unwrap();
/// assert_eq!(late.into_iter().map(|job| job.result().unwrap()).sum::<u32>(), 1);
/// ```
pub fn as_completed_timeout<R>(
    jobs: impl IntoIterator<Item = Job<R>>,
    timeout: Duration,
) -> CompletedInTime<R> {
    CompletedInTime::new(jobs, Limit::After(timeout))
}

/// Returns an iterator as [`as_completed_timeout`] does, until `deadline`. A past deadline returns the jobs that have ended
/// already.
pub fn as_completed_deadline<R>(
    jobs: impl IntoIterator<Item = Job<R>>,
    deadline: Instant,
) -> CompletedInTime<R> {
    CompletedInTime::new(jobs, Limit::At(deadline))
}

/// Jobs in the order in which they end, until a time is over; made by [`as_completed_timeout`] and
/// [`as_completed_deadline`].
///
/// Dropping it drops the jobs that it has not returned, which lets them run.
#[must_use = "an iterator does nothing until it is asked"]
#[derive(Debug)]
pub struct CompletedInTime<R> {
    completed: AsCompleted<R>,
    limit: Limit,
    over: bool,
}

impl<R> CompletedInTime<R> {
    fn new(jobs: impl IntoIterator<Item = Job<R>>, limit: Limit) -> Self {
        let limit = if limit.is_now() { limit } else { limit.fixed() };
        CompletedInTime {
            completed: as_completed(jobs),
            limit,
            over: false,
        }
    }

    /// Returns the jobs that it has not returned yet, in their first order.
    pub fn into_remaining(self) -> Vec<Job<R>> {
        self.completed.into_remaining()
    }
}

impl<R> Iterator for CompletedInTime<R> {
    type Item = Result<Job<R>, TimedOut>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.completed.next_within(self.limit).transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = if self.over { 0 } else { self.completed.left };
        (usize::from(most > 0), Some(most))
    }
}

impl<R> FusedIterator for CompletedInTime<R> {}

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
