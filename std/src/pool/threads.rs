//! [`ThreadPool`]: threads that do jobs, as its user sees them. What they do is in `workers`.

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
use crate::panic_guard::contain;
use crate::per_process::PerProcess;

/// What becomes of the jobs that have not started when a pool is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shutdown {
    /// They are done.
    Drain,
    /// They are cancelled.
    Cancel,
}

/// How a pool is to be; made by [`ThreadPool::builder`].
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    threads: Option<usize>,
    queue: usize,
    name: String,
    stack_size: Option<usize>,
    initializer: Option<Initializer>,
}

impl Builder {
    /// At most so many workers; as many as the machine has cores, unless this says otherwise.
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

    /// So many jobs wait at most, besides those that run; 1024 unless this says otherwise.
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

    /// Names the workers: `prefix-0`, `prefix-1` and so on, in the order in which they are started. The operating system
    /// may show less of it (15 bytes on Linux).
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

    /// The size of each worker's stack in bytes, rounded up as the operating system wants it.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Runs `f` in each worker, once, before its first job.
    ///
    /// An initializer fails by panicking. That breaks the pool: all jobs that have not started end with
    /// [`JobError::Broken`](super::JobError::Broken), and no further ones are taken. Jobs that run are left to end.
    pub fn initializer(mut self, f: impl Fn() + Send + Sync + 'static) -> Self {
        self.initializer = Some(AssertUnwindSafe(Box::new(f)));
        self
    }

    /// The pool. Its threads are started when there are jobs for them.
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

/// A fixed number of threads that do jobs, and a bounded queue of jobs that wait for them.
///
/// A worker is started when a job comes and no idle one is there for it, until there are as many as the pool may have; it
/// stays for further jobs. A panic of a job is the job's: the worker goes on.
///
/// Dropping the pool shuts it down with [`Shutdown::Drain`] and waits until all its threads have ended: who leaves the
/// scope of a pool leaves no job behind. Dropped by one of its own workers, which cannot wait for itself, it is shut down
/// and not waited for: also in the destructors of that worker's thread-locals.
///
/// # In a forked child
/// The pool has no workers and an empty queue, and starts workers for what the child submits: see the page `fork`.
///
/// # Fairness
/// Jobs are begun in the order in which they came into the queue. Submitters that wait for room are let in in the order in
/// which they came; a running one may take the place first, and so may a worker of the same pool, which has no place in
/// that order.
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
    /// A pool of other sizes than those that fit the machine.
    pub fn builder() -> Builder {
        Builder {
            threads: None,
            queue: 1024,
            name: String::from("gimmal-pool"),
            stack_size: None,
            initializer: None,
        }
    }

    /// Has `f` run by a worker, blocking while the queue is full.
    ///
    /// # Errors
    /// Each gives `f` back: [`SubmitError::Closed`], [`SubmitError::Broken`], [`SubmitError::NoThread`], and
    /// [`SubmitError::WouldDeadlock`] if the caller is a worker of this pool and there would never be room.
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
    /// Each gives `f` back. `Closed` and `Broken` win over `Full`.
    pub fn try_submit<F, R>(&self, f: F) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, None)
    }

    /// Has `f` run by a worker, blocking while the queue is full, for `timeout` at most: `ZERO` tries once, `MAX` is for
    /// ever.
    ///
    /// # Errors
    /// Each gives `f` back. A full queue is [`SubmitError::TimedOut`] here; else as for [`submit`](ThreadPool::submit).
    pub fn submit_timeout<F, R>(&self, f: F, timeout: Duration) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, Some(Limit::After(timeout)))
    }

    /// Has `f` run by a worker, blocking while the queue is full, until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// Each gives `f` back. A full queue is [`SubmitError::TimedOut`] here; else as for [`submit`](ThreadPool::submit).
    pub fn submit_deadline<F, R>(&self, f: F, deadline: Instant) -> Result<Job<R>, SubmitError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_within(f, Some(Limit::At(deadline)))
    }

    /// The future of `submit`, for an executor. It is not looked at as a wait of a worker.
    ///
    /// # Errors
    /// Each gives `f` back: `Closed`, `Broken`, `NoThread`.
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

    /// Ends the pool, without waiting: no further jobs are taken, who waits to submit gets the closure back, and those
    /// that have not started are done or cancelled. Those that run are left to end.
    ///
    /// Again changes nothing, but that `Cancel` after `Drain` cancels what has not started by then. Jobs are cancelled by
    /// this call: their closures are dropped, and their callbacks called, here. (One that a worker has just taken out of the
    /// queue is cancelled by that worker.) When it returns, none of them will start.
    pub fn shutdown(&self, how: Shutdown) {
        self.shared().close(match how {
            Shutdown::Drain => Mode::Drain,
            Shutdown::Cancel => Mode::Cancel,
        });
    }

    /// Has it been shut down, or broken? A snapshot that, once true, stays true.
    pub fn is_closed(&self) -> bool {
        self.shared().with(|scheduler| scheduler.mode != Mode::Open)
    }

    /// Shuts down, with [`Shutdown::Drain`] unless that has been done, and blocks until all threads of the pool have ended,
    /// the destructors of their thread-locals included.
    ///
    /// # Errors
    /// [`WouldDeadlock`]: the caller is a worker of this pool. It has been shut down.
    pub fn join(&self) -> Result<(), WouldDeadlock> {
        untimed(self.join_within(Limit::None))
    }

    /// Like [`join`](ThreadPool::join), for `timeout` at most: `ZERO` looks once, `MAX` is for ever.
    ///
    /// The time-out bounds the wait for the jobs. What comes after them, the destructors of the threads' thread-locals, is
    /// waited for in any case.
    ///
    /// # Errors
    /// `TimedOut`: not all jobs are done, the pool has been shut down. `WouldDeadlock`, at once, as for
    /// [`join`](ThreadPool::join).
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), WaitTimeoutError> {
        self.join_within(Limit::After(timeout))
    }

    /// Like [`join`](ThreadPool::join), until `deadline` at most: a past one looks once.
    ///
    /// # Errors
    /// As for [`join_timeout`](ThreadPool::join_timeout).
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), WaitTimeoutError> {
        self.join_within(Limit::At(deadline))
    }

    fn join_within(&self, limit: Limit) -> Result<(), WaitTimeoutError> {
        let shared = self.shared();
        shared.close(Mode::Drain);
        // Also in the destructors of a worker's thread-locals, where it is no worker any more.
        if shared.with(|scheduler| scheduler.graph.has_caller()) {
            return Err(WaitTimeoutError::WouldDeadlock);
        }
        if block_until(shared.ended.waiting(), limit).is_err() {
            return Err(WaitTimeoutError::TimedOut);
        }
        for thread in shared.with(|scheduler| scheduler.take_threads()) {
            // A worker does not panic: what it calls is contained.
            if let Err(payload) = thread.join() {
                contain(|| drop(payload));
            }
        }
        Ok(())
    }

    /// The pool in this process.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        self.shared.get(|_| Shared::new(self.plan.clone()))
    }

    /// How many workers it has at most.
    pub fn threads(&self) -> usize {
        self.plan.threads
    }

    /// How many workers have been started and have not ended: a snapshot, in `0..=threads`.
    pub fn workers(&self) -> usize {
        self.shared().with(|scheduler| scheduler.live)
    }

    /// How many jobs wait in the queue, cancelled ones included: a snapshot, in `0..=capacity`.
    pub fn queued(&self) -> usize {
        self.shared().sender.len()
    }

    /// How many jobs may wait in the queue.
    pub fn capacity(&self) -> usize {
        self.shared().sender.capacity()
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
