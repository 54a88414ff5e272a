//! Errors of the pool of threads, and how a job ends.

#![forbid(unsafe_code)]

use std::any::Any;
use std::fmt;

use crate::panic_guard::{Payload, panic_accessors, said};

/// The reason why a pool did not take a job. Each variant holds the closure.
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SubmitError<F> {
    /// The queue was full.
    Full(F),
    /// There was no room in the queue in time.
    TimedOut(F),
    /// The pool has been shut down.
    Closed(F),
    /// An initializer of the pool failed.
    Broken(F),
    /// The operating system refused a thread, and the pool has none.
    NoThread(F),
    /// The queue is full, and every worker would wait for the others, the caller being one of them:
    /// see the [module](crate::pool#waiting-in-a-worker).
    WouldDeadlock(F),
}

impl<F> SubmitError<F> {
    /// Returns the closure that was not taken.
    ///
    /// # Examples
    /// ```
    /// use gimmal::ThreadPool;
    /// use gimmal::pool::Shutdown;
    ///
    /// let pool = ThreadPool::builder().build();
    /// pool.shutdown(Shutdown::Drain);
    /// let job = pool.submit(|| 6 * 7).map(drop).unwrap_err().into_inner();
    /// assert_eq!(job(), 42); // do it here, then
    /// ```
    pub fn into_inner(self) -> F {
        self.split().1
    }

    /// The reason alone, and the closure.
    pub(crate) fn split(self) -> (SubmitError<()>, F) {
        match self {
            SubmitError::Full(f) => (SubmitError::Full(()), f),
            SubmitError::TimedOut(f) => (SubmitError::TimedOut(()), f),
            SubmitError::Closed(f) => (SubmitError::Closed(()), f),
            SubmitError::Broken(f) => (SubmitError::Broken(()), f),
            SubmitError::NoThread(f) => (SubmitError::NoThread(()), f),
            SubmitError::WouldDeadlock(f) => (SubmitError::WouldDeadlock(()), f),
        }
    }
}

impl SubmitError<()> {
    /// The same reason, with the closure.
    pub(crate) fn with<F>(self, f: F) -> SubmitError<F> {
        match self {
            SubmitError::Full(()) => SubmitError::Full(f),
            SubmitError::TimedOut(()) => SubmitError::TimedOut(f),
            SubmitError::Closed(()) => SubmitError::Closed(f),
            SubmitError::Broken(()) => SubmitError::Broken(f),
            SubmitError::NoThread(()) => SubmitError::NoThread(f),
            SubmitError::WouldDeadlock(()) => SubmitError::WouldDeadlock(f),
        }
    }
}

impl<F> fmt::Debug for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SubmitError::Full(_) => "Full(..)",
            SubmitError::TimedOut(_) => "TimedOut(..)",
            SubmitError::Closed(_) => "Closed(..)",
            SubmitError::Broken(_) => "Broken(..)",
            SubmitError::NoThread(_) => "NoThread(..)",
            SubmitError::WouldDeadlock(_) => "WouldDeadlock(..)",
        })
    }
}

impl<F> fmt::Display for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SubmitError::Full(_) => "the queue of the pool is full",
            SubmitError::TimedOut(_) => "timed out waiting for room in the queue of the pool",
            SubmitError::Closed(_) => "the pool has been shut down",
            SubmitError::Broken(_) => "an initializer of the pool failed",
            SubmitError::NoThread(_) => "the operating system refuses a thread",
            SubmitError::WouldDeadlock(_) => "every worker of the pool would wait for the others",
        })
    }
}

impl<F> std::error::Error for SubmitError<F> {}

/// The reason why a job has no result.
///
/// # Examples
/// ```
/// use gimmal::ThreadPool;
///
/// let pool = ThreadPool::builder().threads(1).build();
/// let job = pool.submit(|| panic!("out of paper")).unwrap();
/// let failed: gimmal::pool::JobError = job.result().map(|()| ()).unwrap_err();
/// assert_eq!(format!("{failed:?}"), "Panicked(\"out of paper\")");
/// assert_eq!(failed.into_panic().downcast_ref(), Some(&"out of paper"));
/// ```
#[non_exhaustive]
pub enum JobError {
    /// The closure panicked, with this payload.
    Panicked(Box<dyn Any + Send>),
    /// It was cancelled before it started.
    Cancelled,
    /// An initializer of the pool failed before it started.
    Broken,
    /// The caller would wait forever: see the [module](crate::pool#waiting-in-a-worker). The job
    /// itself goes on as before. Or it is a job of a process from which this one was forked, and
    /// was not done then.
    WouldDeadlock,
}

panic_accessors!(
    JobError,
    "the job",
    JobError::Panicked(payload) => payload,
    "let pool = gimmal::ThreadPool::builder().build();\nlet job = pool.submit(|| -> () { panic!(\"out of paper\") }).unwrap();\nlet error = job.result().unwrap_err();"
);

impl fmt::Debug for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobError::Panicked(payload) => Payload::of(payload).tuple("Panicked", f),
            JobError::Cancelled => f.write_str("Cancelled"),
            JobError::Broken => f.write_str("Broken"),
            JobError::WouldDeadlock => f.write_str("WouldDeadlock"),
        }
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobError::Panicked(payload) => match said(&**payload) {
                Some(words) => write!(f, "the job panicked: {words}"),
                None => f.write_str("the job panicked"),
            },
            JobError::Cancelled => f.write_str("the job was cancelled"),
            JobError::Broken => f.write_str("an initializer of the pool failed"),
            JobError::WouldDeadlock => WouldDeadlock.fmt(f),
        }
    }
}

impl std::error::Error for JobError {}

impl From<WouldDeadlock> for JobError {
    fn from(WouldDeadlock: WouldDeadlock) -> Self {
        JobError::WouldDeadlock
    }
}

/// The caller would wait forever: see the [module](crate::pool#waiting-in-a-worker).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WouldDeadlock;

impl fmt::Display for WouldDeadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the workers of the pool would wait for each other")
    }
}

impl std::error::Error for WouldDeadlock {}

/// The reason why a timed wait ended without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitTimeoutError {
    /// The time was over.
    TimedOut,
    /// The time-out exceeds what the clock can represent, and the caller would wait forever. Or the
    /// jobs are those of a process from which this one was forked, and were not done then.
    WouldDeadlock,
}

impl fmt::Display for WaitTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitTimeoutError::TimedOut => f.write_str("timed out"),
            WaitTimeoutError::WouldDeadlock => WouldDeadlock.fmt(f),
        }
    }
}

impl std::error::Error for WaitTimeoutError {}

impl From<WouldDeadlock> for WaitTimeoutError {
    fn from(WouldDeadlock: WouldDeadlock) -> Self {
        WaitTimeoutError::WouldDeadlock
    }
}

/// The reason why a [`Map`](crate::pool::Map) has no value for an item.
#[non_exhaustive]
#[derive(Debug)]
pub enum MapError {
    /// There is no result for this item. After [`JobError::WouldDeadlock`] the map is over;
    /// otherwise it goes on.
    Failed(JobError),
    /// The time was over. The map is over, too.
    TimedOut,
    /// The pool does not take the remaining items. The map is over.
    Refused(SubmitError<()>),
}

panic_accessors!(
    MapError,
    "the closure",
    MapError::Failed(JobError::Panicked(payload)) => payload,
    "let pool = gimmal::ThreadPool::builder().build();\nlet mut results = pool.map([1], |_| -> () { panic!(\"out of paper\") });\nlet error = results.next().unwrap().unwrap_err();"
);

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapError::Failed(why) => why.fmt(f),
            MapError::TimedOut => f.write_str("timed out"),
            MapError::Refused(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for MapError {}

/// The way in which a job ended.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// The closure returned.
    Returned,
    /// The closure panicked.
    Panicked,
    /// It was cancelled before it started.
    Cancelled,
    /// An initializer of the pool failed before it started.
    Broken,
}
