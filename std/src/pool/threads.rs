//! [`ThreadPool`]: threads that do jobs, as their user sees them. What they do is in `workers`.

#![forbid(unsafe_code)]

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::block::{Limit, block_until};

use super::error::{SubmitError, WaitTimeoutError, WouldDeadlock};
use super::job::Job;
use super::scheduler::Mode;
use super::task::Work;
use super::wait::untimed;
use super::workers::{Initializer, Plan, Shared};
use crate::per_process::PerProcess;
use crate::stop::Stop;

/// What happens to jobs that have not started when a pool is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// They are run.
    Drain,
    /// They are cancelled.
    Cancel,
}

/// The settings of a pool; made by [`ThreadPool::builder`].
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    threads: Option<usize>,
    queue: usize,
    name: String,
    stack_size: Option<usize>,
    initializer: Option<Initializer>,
}

impl Builder {
    /// Maximum number of workers. Default: the number of cores of the machine.
    ///
    /// # Panics
    /// If `most` is 0.
    #[track_caller]
    pub fn threads(mut self, most: usize) -> Self {
        assert!(
            most > 0,
            "a pool without threads does no jobs: give it at least 1"
        );
        self.threads = Some(most);
        self
    }

    /// Maximum number of queued jobs, not counting running ones. Default: 1024.
    ///
    /// # Panics
    /// If `jobs` is 0.
    #[track_caller]
    pub fn queue(mut self, jobs: usize) -> Self {
        assert!(
            jobs > 0,
            "a pool's queue holds at least one job: give it a capacity of at least 1"
        );
        self.queue = jobs;
        self
    }

    /// Names the workers `prefix-0`, `prefix-1` and so on, in the order in which they are started.
    /// The operating system may show less of a name (15 bytes on Linux).
    ///
    /// # Panics
    /// If `prefix` contains a zero byte.
    #[track_caller]
    pub fn name(mut self, prefix: impl Into<String>) -> Self {
        self.name = prefix.into();
        let named = !self.name.contains('\0');
        assert!(named, "a thread's name contains a zero byte: leave it out");
        self
    }

    /// Sets the size of each worker's stack in bytes. The operating system may round it up.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Runs `f` once in each worker, before its first job.
    ///
    /// An initializer fails by panicking. That breaks the pool: all jobs that have not started end
    /// with [`JobError::Broken`](super::JobError::Broken), and no further jobs are taken. Running
    /// jobs are left to end.
    pub fn initializer(mut self, f: impl Fn() + Send + Sync + 'static) -> Self {
        self.initializer = Some(AssertUnwindSafe(Box::new(f)));
        self
    }

    /// Returns the pool. Its threads are started when there are jobs for them.
    ///
    /// # Panics
    /// If there is no memory for a queue of that size.
    #[track_caller]
    pub fn build(self) -> ThreadPool {
        let threads = self.threads.unwrap_or_else(|| {
            let cores = thread::available_parallelism();
            cores.map_or(1, |cores| cores.get())
        });
        let (name, stack_size) = (self.name, self.stack_size);
        let plan = Plan::new(threads, self.queue, name, stack_size, self.initializer);
        ThreadPool {
            shared: PerProcess::of(Shared::new(plan.clone())),
            plan,
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("threads", &self.threads)
            .field("queue", &self.queue)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
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

    /// Returns a builder, for a pool of other sizes than the default ones.
    pub fn builder() -> Builder {
        Builder {
            threads: None,
            queue: 1024,
            name: String::from("gimmal-pool"),
            stack_size: None,
            initializer: None,
        }
    }

    /// Has `f` run by a worker. Blocks while the queue is full.
    ///
    /// # Errors
    /// Each returns `f`: [`SubmitError::Closed`], [`SubmitError::Broken`],
    /// [`SubmitError::NoThread`], and [`SubmitError::WouldDeadlock`] if the caller is a worker of
    /// this pool and there would never be room.
    pub fn submit<F, R>(&self, f: F) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, Some(Limit::None))
    }

    /// Has `f` run by a worker, if there is room in the queue.
    ///
    /// # Errors
    /// Each returns `f`. `Closed` and `Broken` win over `Full`.
    pub fn try_submit<F, R>(&self, f: F) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, None)
    }

    /// Has `f` run by a worker. Blocks while the queue is full, for at most `timeout`.
    /// `Duration::ZERO` tries once, `Duration::MAX` waits forever.
    ///
    /// # Errors
    /// Each returns `f`. [`SubmitError::TimedOut`] if there was no room in time; otherwise as for
    /// [`submit`](ThreadPool::submit).
    pub fn submit_timeout<F, R>(&self, f: F, timeout: Duration) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, Some(Limit::After(timeout)))
    }

    /// Has `f` run by a worker. Blocks while the queue is full, at most until `deadline`. A past
    /// deadline tries once.
    ///
    /// # Errors
    /// Each returns `f`. [`SubmitError::TimedOut`] if there was no room in time; otherwise as for
    /// [`submit`](ThreadPool::submit).
    pub fn submit_deadline<F, R>(&self, f: F, deadline: Instant) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, Some(Limit::At(deadline)))
    }

    /// Has `f` run by a worker, as a future for an executor that waits while the queue is full. It
    /// does not count as a wait of a worker.
    ///
    /// # Errors
    /// Each returns `f`: `Closed`, `Broken`, `NoThread`.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready drops `f`, which has not been submitted.
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
    pub fn shutdown(&self, how: Shutdown) {
        self.shared().close(match how {
            Shutdown::Drain => Mode::Drain,
            Shutdown::Cancel => Mode::Cancel,
        });
    }

    /// Returns `true` if the pool has been shut down or is broken. Once `true`, it stays `true`.
    pub fn is_closed(&self) -> bool {
        self.shared().with(|scheduler| scheduler.mode != Mode::Open)
    }

    /// Shuts the pool down, with [`Shutdown::Drain`] unless it has been shut down, and blocks until
    /// all its threads have ended, including the destructors of their thread-locals.
    ///
    /// # Errors
    /// [`WouldDeadlock`] if the caller is a worker of this pool. The pool has been shut down.
    pub fn join(&self) -> Result<(), WouldDeadlock> {
        untimed(self.join_within(Limit::None))
    }

    /// Like [`join`](ThreadPool::join), but waits for at most `timeout`. `Duration::ZERO` checks
    /// once, `Duration::MAX` waits forever.
    ///
    /// The time-out bounds the wait for the jobs. The destructors of the threads' thread-locals are
    /// waited for in any case.
    ///
    /// # Errors
    /// `TimedOut` if not all jobs have ended in time; the pool has been shut down. `WouldDeadlock`,
    /// at once, as for [`join`](ThreadPool::join).
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), WaitTimeoutError> {
        self.join_within(Limit::After(timeout))
    }

    /// Like [`join`](ThreadPool::join), but waits at most until `deadline`. A past deadline checks
    /// once.
    ///
    /// # Errors
    /// As for [`join_timeout`](ThreadPool::join_timeout).
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

    /// Like [`join`](ThreadPool::join), as a future for an executor. The pool is shut down when it
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

    /// Is the calling thread a worker of this pool, or was it one and is ending?
    pub(super) fn has_caller(&self) -> bool {
        // Also in the destructors of a worker's thread-locals, where it is no worker any more.
        self.shared().with(|scheduler| scheduler.graph.has_caller())
    }

    /// The pool in this process.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        self.shared.get(|_| Shared::new(self.plan.clone()))
    }

    /// Returns the maximum number of workers.
    pub fn threads(&self) -> usize {
        self.plan.threads
    }

    /// Returns how many workers have been started and have not ended. A snapshot in `0..=threads`.
    pub fn workers(&self) -> usize {
        self.shared().with(|scheduler| scheduler.live)
    }

    /// Returns how many jobs are queued, including cancelled ones. A snapshot in `0..=capacity`.
    pub fn queued(&self) -> usize {
        self.shared().sender.len()
    }

    /// Returns the maximum number of queued jobs.
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
        f.debug_struct("ThreadPool")
            .field("name", &self.plan.name)
            .field("threads", &self.threads())
            .field("workers", &self.workers())
            .field("queued", &self.queued())
            .field("closed", &self.is_closed())
            .finish()
    }
}
