//! Waits for many jobs at once, whatever their results: [`AnyJob`], `wait_any`, `wait_all`,
//! `wait_first_error`.
//!
//! `wait_all` needs no [`Completions`]: it waits for one job after the other.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;

use crate::block::Limit;

use super::completions::Completions;
use super::error::{Ended, WaitTimeoutError, WouldDeadlock};
use super::task::{Core, Task};
use super::wait::{untimed, wait_one, watched};

pub(super) mod sealed {
    pub trait Sealed {
        #[doc(hidden)]
        fn link(&self) -> super::Link<'_>;
    }
}

/// A job without the type of its result.
pub struct Link<'j>(pub(super) &'j dyn Erased);

pub(super) trait Erased {
    fn core(&self) -> &Core;
    fn erased(&self) -> Arc<dyn Task>;
}

impl<'j> Link<'j> {
    fn core(self) -> &'j Core {
        self.0.core()
    }

    fn ended(self) -> Option<Ended> {
        self.core().ended()
    }

    fn erased(self) -> Arc<dyn Task> {
        self.0.erased()
    }
}

/// A job, whatever the type of its result: `wait_any`, `wait_all` and `wait_first_error` take
/// slices of these. Sealed.
///
/// # Examples
/// Jobs of different types in one wait:
/// ```
/// use gimmal::ThreadPool;
/// use gimmal::pool::{AnyJob, wait_all};
///
/// let pool = ThreadPool::builder().threads(2).build();
/// let number = pool.submit(|| 7).unwrap();
/// let word = pool.submit(|| "seven").unwrap();
/// let both: [&dyn AnyJob; 2] = [&number, &word];
/// wait_all(&both).unwrap();
/// assert!(number.is_done() && word.is_done());
/// ```
pub trait AnyJob: sealed::Sealed {}

impl<J: AnyJob + ?Sized> sealed::Sealed for &J {
    fn link(&self) -> Link<'_> {
        J::link(self)
    }
}

impl<J: AnyJob + ?Sized> AnyJob for &J {}

/// Completions that have been left with some jobs, and are taken back.
struct Watching<'j, J: AnyJob> {
    jobs: &'j [J],
    /// Those whose number has come.
    came: Vec<bool>,
    completions: Arc<Completions>,
}

impl<'j, J: AnyJob> Watching<'j, J> {
    fn new(jobs: &'j [J]) -> Self {
        let watching = Watching {
            jobs,
            came: vec![false; jobs.len()],
            completions: Completions::new(jobs.len()),
        };
        for (number, job) in jobs.iter().enumerate() {
            if !job.link().core().watch(&watching.completions, number) {
                watching.completions.tell(number);
            }
        }
        watching
    }

    /// The number of a job that has ended, each once.
    fn next(&mut self, limit: Limit) -> Result<usize, WaitTimeoutError> {
        let pending = || {
            let all = self.jobs.iter().zip(&self.came);
            let pending = all.filter(|(_, came)| !**came);
            pending.map(|(job, _)| job.link().erased()).collect()
        };
        let lost = || self.is_lost();
        let number = watched(limit, pending, lost, |limit| self.completions.next(limit))?;
        self.came[number] = true;
        Ok(number)
    }

    /// The same as a future.
    async fn next_async(&mut self) -> Result<usize, WouldDeadlock> {
        let number = match self.completions.next(Limit::NOW) {
            Some(number) => number,
            None if self.is_lost() => return Err(WouldDeadlock),
            None => self.completions.next_async().await.ok_or(WouldDeadlock)?,
        };
        self.came[number] = true;
        Ok(number)
    }

    /// Returns `true` if nobody in this process will end one of the jobs that have not come.
    fn is_lost(&self) -> bool {
        let mut pending = self.jobs.iter().zip(&self.came).filter(|(_, came)| !**came);
        pending.all(|(job, _)| job.link().core().is_lost())
    }
}

impl<J: AnyJob> Drop for Watching<'_, J> {
    fn drop(&mut self) {
        for job in self.jobs {
            job.link().core().unwatch(&self.completions);
        }
    }
}

fn find<J: AnyJob>(jobs: &[J], ended: impl Fn(Ended) -> bool) -> Option<usize> {
    jobs.iter()
        .position(|job| job.link().ended().is_some_and(&ended))
}

fn failed(ended: Ended) -> bool {
    ended != Ended::Returned
}

fn any_within<J: AnyJob>(jobs: &[J], limit: Limit) -> Result<Option<usize>, WaitTimeoutError> {
    let done = || find(jobs, |_| true);
    if let Some(number) = done() {
        return Ok(Some(number));
    }
    if jobs.is_empty() {
        return Ok(None);
    }
    if limit.is_now() {
        return Err(WaitTimeoutError::TimedOut);
    }
    Watching::new(jobs).next(limit)?;
    Ok(done())
}

fn all_within<J: AnyJob>(jobs: &[J], mut limit: Limit) -> Result<(), WaitTimeoutError> {
    for job in jobs {
        if job.link().ended().is_none() {
            limit = limit.fixed();
            wait_one(job.link().core(), || job.link().erased(), limit)?;
        }
    }
    Ok(())
}

fn first_error_within<J: AnyJob>(
    jobs: &[J],
    limit: Limit,
) -> Result<Option<usize>, WaitTimeoutError> {
    if let Some(number) = find(jobs, failed) {
        return Ok(Some(number));
    }
    if jobs.iter().all(|job| job.link().ended().is_some()) {
        // One of them may have failed meanwhile.
        return Ok(find(jobs, failed));
    }
    if limit.is_now() {
        return Err(WaitTimeoutError::TimedOut);
    }
    let limit = limit.fixed();
    let mut watching = Watching::new(jobs);
    for _ in jobs {
        let number = watching.next(limit)?;
        if jobs[number].link().ended().is_some_and(failed) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// The three forms of a wait.
macro_rules! wait {
    (
        $(#[doc = $what:literal])+
        forms: $wait:ident, $timeout:ident, $deadline:ident, $within:ident -> $gives:ty
    ) => {
        $(#[doc = $what])+
        ///
        /// # Errors
        /// [`WouldDeadlock`] if the caller is a worker and would wait forever.
        ///
        /// # Cancel safety
        /// The jobs keep nothing of a wait that has ended.
        pub fn $wait<J: AnyJob>(jobs: &[J]) -> Result<$gives, WouldDeadlock> {
            untimed($within(jobs, Limit::None))
        }

        #[doc = concat!("Like [`", stringify!($wait), "`], but waits for at most `timeout`. `Duration::ZERO` checks once, `Duration::MAX` waits forever.")]
        ///
        /// # Errors
        /// `TimedOut` if the time is over. `WouldDeadlock` only if `timeout` exceeds what the clock
        /// can represent.
        pub fn $timeout<J: AnyJob>(
            jobs: &[J],
            timeout: Duration,
        ) -> Result<$gives, WaitTimeoutError> {
            $within(jobs, Limit::After(timeout))
        }

        #[doc = concat!("Like [`", stringify!($wait), "`], but waits at most until `deadline`. A past deadline checks once.")]
        ///
        /// # Errors
        /// [`TimedOut`] if the time is over.
        pub fn $deadline<J: AnyJob>(jobs: &[J], deadline: Instant) -> Result<$gives, TimedOut> {
            $within(jobs, Limit::At(deadline)).map_err(|_| TimedOut)
        }
    };
}

wait! {
    /// Blocks until one of the jobs is done, and returns its index: that of the first in the slice,
    /// if several are done. Returns `None` if there are no jobs.
    ///
    /// A job is done when it has returned or panicked, was cancelled, or its pool was broken.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::wait_any;
    ///
    /// let pool = ThreadPool::builder().threads(2).build();
    /// let (sender, receiver) = gimmal::channel::bounded::<u32>(1);
    /// let waits = pool.submit(move || receiver.recv()).unwrap();
    /// let returns = pool.submit(|| Ok(1)).unwrap();
    /// assert_eq!(wait_any(&[waits, returns]), Ok(Some(1)));
    /// # sender.send(2).unwrap();
    /// ```
    forms: wait_any, wait_any_timeout, wait_any_deadline, any_within -> Option<usize>
}

wait! {
    /// Blocks until all of the jobs are done.
    ///
    /// A job is done when it has returned or panicked, was cancelled, or its pool was broken.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::wait_all;
    ///
    /// let pool = ThreadPool::builder().threads(2).build();
    /// let jobs: Vec<_> = (0..4).map(|n| pool.submit(move || n * n).unwrap()).collect();
    /// wait_all(&jobs).unwrap();
    /// assert!(jobs.iter().all(|job| job.is_done()));
    /// ```
    forms: wait_all, wait_all_timeout, wait_all_deadline, all_within -> ()
}

wait! {
    /// Blocks until one of the jobs has failed, or all are done. Returns the index of the job that
    /// failed: the first in the slice, if several had failed before the call; otherwise the first
    /// in time. Returns `None` if no job failed.
    ///
    /// A job has failed if [`Job::result`](super::Job::result) would return an error: it panicked,
    /// was cancelled, or its pool was broken. The value that a job returns does not matter.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::wait_first_error;
    ///
    /// let pool = ThreadPool::builder().threads(1).build();
    /// let (go, went) = gimmal::channel::bounded(1);
    /// let jobs = [
    ///     pool.submit(move || went.recv().unwrap()).unwrap(),
    ///     pool.submit(|| ()).unwrap(),
    /// ];
    /// jobs[1].cancel();
    /// assert_eq!(wait_first_error(&jobs), Ok(Some(1)));
    /// # go.send(()).unwrap();
    /// ```
    forms: wait_first_error, wait_first_error_timeout, wait_first_error_deadline, first_error_within
        -> Option<usize>
}

/// Returns the future of [`wait_any`], for an executor. It does not count as a wait of a worker.
///
/// # Errors
/// [`WouldDeadlock`] in a forked child, if only jobs of its parent are left.
///
/// # Cancel safety
/// The jobs keep nothing of a future that was dropped.
///
/// # Examples
/// ```
/// # gimmal_core::wait::block_on(async {
/// use gimmal::pool::{wait_all_async, wait_any_async, wait_first_error_async};
///
/// let pool = gimmal::ThreadPool::new(1);
/// let jobs = [pool.submit(|| 1).unwrap(), pool.submit(|| panic!()).unwrap()];
/// assert_eq!(wait_any_async(&jobs).await, Ok(Some(0)));
/// assert_eq!(wait_first_error_async(&jobs).await, Ok(Some(1)));
/// assert_eq!(wait_all_async(&jobs).await, Ok(()));
/// # });
/// ```
pub async fn wait_any_async<J: AnyJob>(jobs: &[J]) -> Result<Option<usize>, WouldDeadlock> {
    let done = || find(jobs, |_| true);
    if let Some(number) = done() {
        return Ok(Some(number));
    }
    if jobs.is_empty() {
        return Ok(None);
    }
    Watching::new(jobs).next_async().await?;
    Ok(done())
}

/// Returns the future of [`wait_all`], for an executor. It does not count as a wait of a worker.
///
/// # Errors
/// [`WouldDeadlock`] in a forked child, if a job of its parent is left.
///
/// # Cancel safety
/// The jobs keep nothing of a future that was dropped.
///
/// # Examples
/// See [`wait_any_async`].
pub async fn wait_all_async<J: AnyJob>(jobs: &[J]) -> Result<(), WouldDeadlock> {
    for job in jobs {
        let core = job.link().core();
        if core.is_lost() {
            return Err(WouldDeadlock);
        }
        // Known to be done a little before its event is set.
        if core.ended().is_none() {
            core.done().wait().await;
        }
    }
    Ok(())
}

/// Returns the future of [`wait_first_error`], for an executor. It does not count as a wait of a
/// worker.
///
/// # Errors
/// [`WouldDeadlock`] in a forked child, if only jobs of its parent are left.
///
/// # Cancel safety
/// The jobs keep nothing of a future that was dropped.
///
/// # Examples
/// See [`wait_any_async`].
pub async fn wait_first_error_async<J: AnyJob>(jobs: &[J]) -> Result<Option<usize>, WouldDeadlock> {
    if let Some(number) = find(jobs, failed) {
        return Ok(Some(number));
    }
    let mut watching = Watching::new(jobs);
    for _ in jobs {
        let number = watching.next_async().await?;
        if jobs[number].link().ended().is_some_and(failed) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}
