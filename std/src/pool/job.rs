//! [`Job`]: the right to the result of a closure that a pool has taken.

#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::block::Limit;

use super::error::{Ended, JobError, WaitTimeoutError};
use super::many::{AnyJob, Erased, Link, sealed};
use super::task::{Core, Outcome, Phase, Task};
use super::wait::wait_one;

/// The right to wait for the result of a closure that a [`ThreadPool`](super::ThreadPool) has
/// taken, or to cancel it.
///
/// The result can be taken once. The closure and what it captured have been dropped before.
/// Dropping the `Job` lets the closure run; its result is then dropped by the pool or the `Job`,
/// whichever goes last.
///
/// A job is also a future with the same result, for any executor. An `.await` in a worker does not
/// count as a wait of the worker (see the [module](super#waiting-in-a-worker)).
///
/// # Memory ordering
/// What a thread did before it submitted happens before the closure runs, and that happens before
/// anyone sees that the job is done or takes its result.
///
/// # Cancel safety
/// Dropping the future drops the `Job`: the closure runs. A future that is polled through `&mut` is
/// still a `Job` afterwards, and nothing is lost.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use gimmal::ThreadPool;
/// use gimmal::pool::JobError;
///
/// let pool = ThreadPool::builder().threads(1).build();
/// let (sender, receiver) = gimmal::channel::bounded(1);
/// let sum = pool.submit(move || receiver.iter().sum::<u32>()).unwrap();
/// let next = pool.submit(|| "never").unwrap();
///
/// // The one worker sums up what comes: the time is over, and the job comes back.
/// let sum = sum.result_timeout(Duration::ZERO).unwrap_err();
/// assert!(next.cancel());
/// assert!(matches!(next.result(), Err(JobError::Cancelled)));
///
/// sender.send(1).unwrap();
/// sender.send(2).unwrap();
/// drop(sender);
/// assert_eq!(sum.result().unwrap(), 3);
/// ```
pub struct Job<R> {
    task: Arc<dyn Outcome<R>>,
    /// The task may have a waker of this future.
    polled: bool,
    /// It may be sent, and shared, if a lock around the result may.
    _result: PhantomData<Mutex<R>>,
}

impl<R> Job<R> {
    pub(crate) fn new(task: Arc<dyn Outcome<R>>) -> Self {
        Job {
            task,
            polled: false,
            _result: PhantomData,
        }
    }

    pub(crate) fn core(&self) -> &Core {
        self.task.core()
    }

    pub(crate) fn erased(&self) -> Arc<dyn Task> {
        // Its trait without the type of the result.
        self.task.clone()
    }

    /// Blocks until the job is done, and returns its result.
    ///
    /// It blocks the calling thread; in a task, await the job itself instead.
    ///
    /// # Errors
    /// [`JobError::Panicked`] with what the closure panicked with. [`JobError::Cancelled`] or
    /// [`JobError::Broken`] if the closure has not run and never will. [`JobError::WouldDeadlock`]
    /// if the caller is a worker of the same pool and would wait forever, or if the process is a
    /// forked child and the job is one of its parent's; the job itself goes on as before, without
    /// this `Job`.
    ///
    /// # Panics
    /// If the result has been taken by a poll that was ready.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let job = pool.submit(|| 6 * 7).unwrap();
    /// assert_eq!(job.result().unwrap(), 42);
    ///
    /// let fails = pool.submit(|| panic!("out of paper")).unwrap();
    /// assert!(fails.result().is_err_and(|why| why.is_panic()));
    /// ```
    pub fn result(self) -> Result<R, JobError> {
        match self.result_within(Limit::None) {
            Ok(result) => result,
            Err(_) => unreachable!("without a limit it is never given up"),
        }
    }

    /// Blocks like [`result`](Job::result), for at most `timeout`. `Duration::ZERO` checks once,
    /// `Duration::MAX` waits forever. The result of a job that is done is returned even if the time
    /// is over.
    ///
    /// It blocks the calling thread; in a task, await the job itself instead.
    ///
    /// # Errors
    /// The job, if it has not been done in time. The inner result is that of
    /// [`result`](Job::result).
    ///
    /// # Panics
    /// As [`result`](Job::result).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let job = pool.submit(|| 6 * 7).unwrap();
    /// match job.result_timeout(Duration::from_secs(60)) {
    ///     Ok(result) => assert_eq!(result.unwrap(), 42),
    ///     Err(job) => assert!(job.cancel()), // too slow: do without it
    /// }
    /// ```
    pub fn result_timeout(self, timeout: Duration) -> Result<Result<R, JobError>, Self> {
        self.result_within(Limit::After(timeout))
    }

    /// Blocks like [`result`](Job::result), at most until `deadline`. A past deadline checks once.
    ///
    /// It blocks the calling thread; in a task, await the job itself instead.
    ///
    /// # Errors
    /// The job, if it has not been done in time. The inner result is that of
    /// [`result`](Job::result).
    ///
    /// # Panics
    /// As [`result`](Job::result).
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let jobs = [1, 2, 3].map(|n| pool.submit(move || n * n).unwrap());
    /// let deadline = Instant::now() + Duration::from_secs(60); // for all of them
    /// let squares = jobs.map(|job| job.result_deadline(deadline).unwrap().unwrap());
    /// assert_eq!(squares, [1, 4, 9]);
    /// ```
    pub fn result_deadline(self, deadline: Instant) -> Result<Result<R, JobError>, Self> {
        self.result_within(Limit::At(deadline))
    }

    fn result_within(self, limit: Limit) -> Result<Result<R, JobError>, Self> {
        match self.wait(limit) {
            Ok(()) => Ok(self.take()),
            Err(WaitTimeoutError::WouldDeadlock) => Ok(Err(JobError::WouldDeadlock)),
            Err(WaitTimeoutError::TimedOut) => Err(self),
        }
    }

    /// Blocks until the job is done.
    pub(crate) fn wait(&self, limit: Limit) -> Result<(), WaitTimeoutError> {
        wait_one(self.core(), || self.erased(), limit)
    }

    /// The result of a job that is done.
    pub(crate) fn take(&self) -> Result<R, JobError> {
        let result = self.task.take();
        result.expect("the result of a job is taken once")
    }

    /// Cancels the job. Returns `true` if it will never run, because it had not started, or was
    /// cancelled before.
    ///
    /// Then the job is over: its closure is dropped, its waiters are released and its callbacks are
    /// called before this returns. (If another thread is cancelling it at this moment, that thread
    /// does so soon.) Its place in the queue becomes free when a worker comes to it. A forked child
    /// cannot cancel a job of its parent.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().threads(1).build();
    /// let (sender, receiver) = gimmal::channel::bounded::<()>(1);
    /// let runs = pool.submit(move || receiver.recv()).unwrap();
    /// let waits = pool.submit(|| unreachable!()).unwrap();
    /// assert!(waits.cancel()); // the only worker has the other one
    /// drop(sender);
    /// runs.result().unwrap().unwrap_err();
    /// ```
    pub fn cancel(&self) -> bool {
        self.task.withdraw(Ended::Cancelled)
            || matches!(
                self.core().phase(),
                Phase::Ending(Ended::Cancelled) | Phase::Done(Ended::Cancelled)
            )
    }

    /// Returns `true` if the closure has ended or will never run. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// let pool = gimmal::ThreadPool::builder().build();
    /// let job = pool.submit(|| ()).unwrap();
    /// pool.join().unwrap();
    /// assert!(job.is_done());
    /// ```
    pub fn is_done(&self) -> bool {
        self.ended().is_some()
    }

    /// Returns `true` if a worker has taken the job and its closure has not ended. A snapshot.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// let (go_on, told) = gimmal::channel::bounded::<()>(1);
    /// let job = pool.submit(move || {
    ///     sender.send("I run").unwrap();
    ///     let _ = told.recv();
    /// }).unwrap();
    /// receiver.recv().unwrap();
    /// assert!(job.is_running());
    /// drop(go_on);
    /// ```
    pub fn is_running(&self) -> bool {
        matches!(self.core().phase(), Phase::Running(_))
    }

    /// Returns `true` if the job is over because it was cancelled. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::Shutdown;
    ///
    /// let pool = ThreadPool::builder().threads(1).build();
    /// let (sender, receiver) = gimmal::channel::bounded::<()>(1);
    /// pool.submit(move || receiver.recv()).unwrap();
    /// let queued = pool.submit(|| ()).unwrap();
    /// pool.shutdown(Shutdown::Cancel);
    /// drop(sender);
    /// pool.join().unwrap(); // a job that a worker has just taken is cancelled by that worker
    /// assert!(queued.is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.ended() == Some(Ended::Cancelled)
    }

    /// Returns how the job ended, or `None` if it is not over. Once it is `Some`, it does not
    /// change.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::Ended;
    ///
    /// let pool = ThreadPool::builder().build();
    /// let fails = pool.submit(|| { if true { panic!("out of paper") } }).unwrap();
    /// pool.join().unwrap();
    /// assert_eq!(fails.ended(), Some(Ended::Panicked));
    /// ```
    pub fn ended(&self) -> Option<Ended> {
        self.core().ended()
    }

    /// Calls `f` once when the job is over, on the worker that ran it or on the thread that
    /// cancelled it. If the job is over already, calls `f` before this returns.
    ///
    /// Callbacks are called one after the other, in the order in which they were given. One that is
    /// given while others are being called is called after those, by the same thread. Threads that
    /// wait for the job have been released before, and may be running already. If a callback
    /// panics, the others are still called.
    ///
    /// The worker does nothing else until they return. In a forked child, `f` is dropped if the job
    /// is one of the parent's that is not done.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::Ended;
    ///
    /// let pool = ThreadPool::builder().threads(1).build();
    /// let (sender, receiver) = gimmal::channel::bounded(1);
    /// let job = pool.submit(|| 1 + 1).unwrap();
    /// job.on_done(move |ended| sender.send(ended).unwrap());
    /// assert_eq!(receiver.recv(), Ok(Ended::Returned));
    /// ```
    pub fn on_done(&self, f: impl FnOnce(Ended) + Send + 'static) {
        self.core().on_done(Box::new(f));
    }
}

impl<R> Erased for Job<R> {
    fn core(&self) -> &Core {
        Job::core(self)
    }

    fn erased(&self) -> Arc<dyn Task> {
        Job::erased(self)
    }
}

impl<R> sealed::Sealed for Job<R> {
    fn link(&self) -> Link<'_> {
        Link(self)
    }
}

impl<R> AnyJob for Job<R> {}

/// Nothing in it is pinned.
impl<R> Unpin for Job<R> {}

impl<R> Future for Job<R> {
    type Output = Result<R, JobError>;

    /// # Panics
    /// If it has been ready before, as of every future.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.polled = true;
        if self.core().poll(cx.waker()) {
            Poll::Ready(self.take())
        } else if self.core().is_left_behind() {
            Poll::Ready(Err(JobError::WouldDeadlock))
        } else {
            Poll::Pending
        }
    }
}

impl<R> Drop for Job<R> {
    fn drop(&mut self) {
        if self.polled {
            self.core().forget_waker();
        }
    }
}

impl<R> fmt::Debug for Job<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("is_running", &self.is_running())
            .field("ended", &self.ended())
            .finish_non_exhaustive()
    }
}
