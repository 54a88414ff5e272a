//! [`ThreadPool`]: threads that do jobs, as their user sees them. What they do is in `workers`.

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::block::{Limit, block_until};

use super::error::{SubmitError, WaitTimeoutError, WouldDeadlock};
use super::job::Job;
use super::plan::Plan;
use super::scheduler::Mode;
use super::task::Work;
use super::wait::untimed;
use super::workers::Shared;
use crate::per_process::PerProcess;
use crate::stop::Stop;

/// The choice of what happens to jobs that have not started when a pool is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// They are run.
    Drain,
    /// They are cancelled.
    Cancel,
}

/// A bounded number of threads that do jobs, and a bounded queue of jobs that wait for them.
///
/// A worker is started when a job is submitted and no worker is idle, until the pool has its
/// maximum of workers; it stays for further jobs. If a job panics, the panic is in its result and
/// the worker goes on.
///
/// Dropping the pool shuts it down with [`Shutdown::Drain`] and waits until all its threads have
/// ended, so that no job is left behind. If one of the pool's own workers drops it, the pool is
/// shut down and not waited for, because a worker cannot wait for itself; this includes the
/// destructors of that worker's thread-locals.
///
/// # In a forked child
/// The pool has no workers and an empty queue, and starts workers for what the child submits: see
/// the page `fork`.
///
/// # Fairness
/// Jobs are started in the order in which they entered the queue. Submitters that wait for room are
/// let in in the order in which they came. A running submitter may take a free place before them,
/// and so may a worker of the same pool, which does not wait in that order.
///
/// # Examples
/// ```
/// use gimmal::ThreadPool;
///
/// let pool = ThreadPool::builder().threads(2).queue(16).name("worker").build();
/// let words = ["one", "two", "three"];
/// let jobs: Vec<_> = words.iter().map(|word| pool.submit(|| word.len()).unwrap()).collect();
/// let lengths: Vec<usize> = jobs.into_iter().map(|job| job.result().unwrap()).collect();
/// assert_eq!(lengths, [3, 3, 5]);
/// ```
///
/// A job may outlive its submitter, so it cannot borrow from it:
/// ```compile_fail
/// let pool = gimmal::ThreadPool::builder().build();
/// let local = 1;
/// let job = pool.submit(|| println!("{local}"));
/// ```
#[doc(alias = "ThreadPoolExecutor")]
pub struct ThreadPool {
    plan: Arc<Plan>,
    /// Workers and jobs belong to one process.
    shared: PerProcess<Arc<Shared>>,
}

impl ThreadPool {
    /// Creates a pool of at most `threads` workers, with a queue of 1024 jobs.
    ///
    /// # Panics
    /// If `threads` is 0.
    ///
    /// # Examples
    /// ```
    /// let pool = gimmal::ThreadPool::new(2);
    /// assert_eq!(pool.submit(|| 6 * 7).unwrap().result().unwrap(), 42);
    /// assert_eq!((pool.threads(), pool.capacity()), (2, 1024));
    /// ```
    #[track_caller]
    pub fn new(threads: usize) -> Self {
        Self::builder().threads(threads).build()
    }

    #[track_caller]
    pub(super) fn with(plan: Arc<Plan>) -> Self {
        ThreadPool {
            shared: PerProcess::of(Shared::new(plan.clone())),
            plan,
        }
    }

    /// Gives `f` to a worker, which runs it. Blocks while the queue is full.
    ///
    /// It blocks the calling thread; in a task, await [`submit_async`](Self::submit_async) instead.
    ///
    /// # Errors
    /// Each returns `f`: [`SubmitError::Closed`], [`SubmitError::Broken`],
    /// [`SubmitError::NoThread`], and [`SubmitError::WouldDeadlock`] if the caller is a worker of
    /// this pool and there would never be room.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().threads(2).build();
    /// let words = pool.submit(|| "three little words".split(' ').count()).unwrap();
    /// assert_eq!(words.result().unwrap(), 3);
    /// ```
    pub fn submit<F, R>(&self, f: F) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, Some(Limit::None))
    }

    /// Gives `f` to a worker, which runs it, if there is room in the queue.
    ///
    /// # Errors
    /// Each returns `f`. `Closed` and `Broken` win over `Full`.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::{Shutdown, SubmitError};
    ///
    /// let pool = ThreadPool::builder().build();
    /// assert!(pool.try_submit(|| 1 + 1).is_ok());
    /// pool.shutdown(Shutdown::Drain);
    /// assert!(matches!(pool.try_submit(|| 1 + 1), Err(SubmitError::Closed(_))));
    /// ```
    pub fn try_submit<F, R>(&self, f: F) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, None)
    }

    /// Gives `f` to a worker, which runs it. Blocks while the queue is full, for at most `timeout`.
    /// `Duration::ZERO` tries once, `Duration::MAX` waits forever.
    ///
    /// It blocks the calling thread; in a task, await [`submit_async`](Self::submit_async) instead.
    ///
    /// # Errors
    /// Each returns `f`. [`SubmitError::TimedOut`] if there was no room in time; otherwise as for
    /// [`submit`](ThreadPool::submit).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let job = pool.submit_timeout(|| 6 * 7, Duration::from_secs(1)).unwrap();
    /// assert_eq!(job.result().unwrap(), 42);
    /// ```
    pub fn submit_timeout<F, R>(&self, f: F, timeout: Duration) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, Some(Limit::After(timeout)))
    }

    /// Gives `f` to a worker, which runs it. Blocks while the queue is full, at most until
    /// `deadline`. A past deadline tries once.
    ///
    /// It blocks the calling thread; in a task, await [`submit_async`](Self::submit_async) instead.
    ///
    /// # Errors
    /// Each returns `f`. [`SubmitError::TimedOut`] if there was no room in time; otherwise as for
    /// [`submit`](ThreadPool::submit).
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let deadline = Instant::now() + Duration::from_secs(1);
    /// let jobs = [1, 2].map(|n| pool.submit_deadline(move || n * n, deadline).unwrap());
    /// assert_eq!(jobs.map(|job| job.result().unwrap()), [1, 4]);
    /// ```
    pub fn submit_deadline<F, R>(&self, f: F, deadline: Instant) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, Some(Limit::At(deadline)))
    }

    /// Gives `f` to a worker, which runs it, as a future for an executor that waits while the queue
    /// is full. It does not count as a wait of a worker.
    ///
    /// # Errors
    /// Each returns `f`: `Closed`, `Broken`, `NoThread`.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready drops `f`, which has not been submitted.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let job = pool.submit_async(|| 6 * 7).await.unwrap();
    /// assert_eq!(job.await.unwrap(), 42);
    /// # });
    /// ```
    pub async fn submit_async<F, R>(&self, f: F) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let shared = self.shared();
        let work = Arc::new(Work::new(shared.address(), f));
        let sent = match shared.count_queued() {
            Ok(queued) => match shared.sender.send_async(work.clone()).await {
                Ok(()) => queued.sent(),
                Err(_) => Err(shared.refusal()),
            },
            Err(why) => Err(why),
        };
        match sent {
            Ok(()) => Ok(Job::new(work)),
            Err(why) => Err(why.with(work.into_closure())),
        }
    }

    pub(crate) fn submit_within<F, R>(
        &self,
        f: F,
        limit: Option<Limit>,
    ) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let shared = self.shared();
        let work = Arc::new(Work::new(shared.address(), f));
        match shared.accept(work.clone(), limit) {
            Ok(()) => Ok(Job::new(work)),
            Err(why) => Err(why.with(work.into_closure())),
        }
    }

    /// Shuts the pool down, without waiting.
    ///
    /// No further jobs are taken, and blocked submitters get their closure back. Jobs that have not
    /// started are run or cancelled, as `how` says. Running jobs are left to end.
    ///
    /// Idempotent, except that `Cancel` after `Drain` cancels what has not started by then. Jobs
    /// are cancelled by this call, which drops their closures and calls their callbacks. (A job
    /// that a worker has just taken out of the queue is cancelled by that worker.) When it returns,
    /// none of them will start.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::Shutdown;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let job = pool.submit(|| 6 * 7).unwrap();
    /// pool.shutdown(Shutdown::Drain); // takes no more jobs, and does those that it has
    /// assert!(pool.submit(|| ()).is_err());
    /// assert_eq!(job.result().unwrap(), 42);
    /// ```
    pub fn shutdown(&self, how: Shutdown) {
        self.shared().close(match how {
            Shutdown::Drain => Mode::Drain,
            Shutdown::Cancel => Mode::Cancel,
        });
    }

    /// Returns `true` if the pool has been shut down or is broken. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::Shutdown;
    ///
    /// let pool = ThreadPool::builder().build();
    /// assert!(!pool.is_closed());
    /// pool.shutdown(Shutdown::Cancel);
    /// assert!(pool.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared().with(|scheduler| scheduler.mode != Mode::Open)
    }

    /// Shuts the pool down, with [`Shutdown::Drain`] unless it has been shut down, and blocks until
    /// all its threads have ended, including the destructors of their thread-locals.
    ///
    /// # Errors
    /// [`WouldDeadlock`] if the caller is a worker of this pool. The pool has been shut down.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let jobs: Vec<_> = (0..8).map(|n| pool.submit(move || n).unwrap()).collect();
    /// pool.join().unwrap();
    /// assert!(jobs.iter().all(|job| job.is_done()));
    /// ```
    pub fn join(&self) -> Result<(), WouldDeadlock> {
        untimed(self.join_within(Limit::None))
    }

    /// Blocks like [`join`](ThreadPool::join), for at most `timeout`. `Duration::ZERO` checks once,
    /// `Duration::MAX` waits forever.
    ///
    /// The time-out bounds the wait for the jobs. The destructors of the threads' thread-locals are
    /// waited for in any case.
    ///
    /// # Errors
    /// `TimedOut` if not all jobs have ended in time; the pool has been shut down. `WouldDeadlock`,
    /// at once, as for [`join`](ThreadPool::join).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let (sender, receiver) = gimmal::channel::bounded::<()>(1);
    /// let waits = pool.submit(move || receiver.recv()).unwrap();
    /// assert!(pool.join_timeout(Duration::from_millis(1)).is_err());
    /// drop(sender); // ends the job
    /// pool.join().unwrap();
    /// assert!(waits.is_done());
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), WaitTimeoutError> {
        self.join_within(Limit::After(timeout))
    }

    /// Blocks like [`join`](ThreadPool::join), at most until `deadline`. A past deadline checks
    /// once.
    ///
    /// # Errors
    /// As for [`join_timeout`](ThreadPool::join_timeout).
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// pool.submit(|| println!("done")).unwrap();
    /// assert!(pool.join_deadline(Instant::now() + Duration::from_secs(60)).is_ok());
    /// ```
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), WaitTimeoutError> {
        self.join_within(Limit::At(deadline))
    }

    fn join_within(&self, limit: Limit) -> Result<(), WaitTimeoutError> {
        let shared = self.shared();
        shared.close(Mode::Drain);
        if self.has_caller() {
            return Err(WaitTimeoutError::WouldDeadlock);
        }
        if block_until(shared.ended.waiting(), limit).is_err() {
            return Err(WaitTimeoutError::TimedOut);
        }
        shared.join_threads();
        Ok(())
    }

    /// Returns the future of [`join`](ThreadPool::join), for an executor. The pool is shut down when it
    /// is polled first.
    ///
    /// The poll that is ready blocks for the destructors of the threads' thread-locals.
    ///
    /// # Errors
    /// As for [`join`](ThreadPool::join): a worker of this pool that polls it gets
    /// [`WouldDeadlock`].
    ///
    /// # Cancel safety
    /// Dropping the future ends the wait, nothing else; it may be made again.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let pool = gimmal::ThreadPool::new(1);
    /// let job = pool.submit(|| 1 + 1).unwrap();
    /// pool.join_async().await.unwrap();
    /// assert!(job.is_done());
    /// # });
    /// ```
    pub async fn join_async(&self) -> Result<(), WouldDeadlock> {
        let shared = self.shared();
        shared.close(Mode::Drain);
        if self.has_caller() {
            return Err(WouldDeadlock);
        }
        shared.ended.wait().await;
        // Another thread may poll it now.
        if self.has_caller() {
            return Err(WouldDeadlock);
        }
        shared.join_threads();
        Ok(())
    }

    /// Is the calling thread a worker of this pool, or in the destructors of one's thread-locals?
    pub(super) fn has_caller(&self) -> bool {
        self.shared().with(|scheduler| scheduler.graph.has_caller())
    }

    /// The pool in this process.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        self.shared.get(|_| Shared::new(self.plan.clone()))
    }

    /// Returns the maximum number of workers.
    ///
    /// # Examples
    /// ```
    /// let pool = gimmal::ThreadPool::builder().threads(3).build();
    /// assert_eq!(pool.threads(), 3);
    /// ```
    pub fn threads(&self) -> usize {
        self.plan.threads
    }

    /// Returns how many workers have been started and have not ended. A snapshot in `0..=threads`.
    ///
    /// # Examples
    /// ```
    /// let pool = gimmal::ThreadPool::builder().threads(3).build();
    /// pool.submit(|| ()).unwrap();
    /// assert_eq!(pool.workers(), 1);
    /// ```
    pub fn workers(&self) -> usize {
        self.shared().with(|scheduler| scheduler.live)
    }

    /// Returns how many jobs are queued, including cancelled ones. A snapshot in `0..=capacity`.
    ///
    /// # Examples
    /// ```
    /// let pool = gimmal::ThreadPool::builder().threads(1).build();
    /// pool.submit(|| ()).unwrap();
    /// assert!(pool.queued() <= 1); // it may run already
    /// ```
    pub fn queued(&self) -> usize {
        self.shared().sender.len()
    }

    /// Returns the maximum number of queued jobs.
    ///
    /// # Examples
    /// ```
    /// let pool = gimmal::ThreadPool::builder().queue(16).build();
    /// assert_eq!(pool.capacity(), 16);
    /// ```
    pub fn capacity(&self) -> usize {
        self.shared().sender.capacity()
    }
}

/// Shuts the pool down with [`Shutdown::Drain`], and does not wait.
impl Stop for ThreadPool {
    fn stop(&self) {
        self.shutdown(Shutdown::Drain);
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        // In a child that has not used it there is nothing to end.
        if self.shared.peek().is_some() {
            // Its own worker cannot wait: the others end by themselves.
            let _ = self.join();
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (workers, idle) = self.shared().with(|all| (all.live, all.idle()));
        f.debug_struct("ThreadPool")
            .field("name", &self.plan.name)
            .field("threads", &self.threads())
            .field("workers", &workers)
            .field("idle", &idle)
            .field("queued", &self.queued())
            .field("closed", &self.is_closed())
            .finish()
    }
}
