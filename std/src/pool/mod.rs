//! A pool of threads that do jobs, [`ThreadPool`], and the core's pool of buffers, [`Pool`].
//!
//! A job is a closure. The pool runs it on one of its threads and returns a [`Job`]: the right to
//! wait for the result, to cancel the job, or to be called when it is over.
//!
//! | you want | take |
//! |---|---|
//! | to run a closure | [`ThreadPool::submit`] and its forms |
//! | closures that borrow from their caller | [`ThreadPool::scope`] |
//! | its result | [`Job::result`], or `.await` the job |
//! | to cancel it before it starts | [`Job::cancel`] |
//! | to be called when it is over | [`Job::on_done`] |
//! | one closure for many values, in their order | [`ThreadPool::map`] |
//! | one of many jobs, all of them, the first that fails | [`wait_any`], [`wait_all`], [`wait_first_error`] |
//! | many jobs as they are done | [`as_completed`], [`as_completed_timeout`] |
//!
//! # Waiting in a worker
//! A worker that waits for a job does nothing else meanwhile. If every worker waits for a job that
//! has not started, none of them can start it; and jobs that wait for each other, or a job that
//! waits for itself, never end. Such a wait is refused at once with `WouldDeadlock`, and the worker
//! that gets it can go on.
//!
//! | waits that are checked | |
//! |---|---|
//! | whose | those of a worker, in its own thread |
//! | which | [`Job::result`], the functions `wait_…`, [`AsCompleted`], [`Map`], and `submit` to a full queue |
//! | how long | forever: without a time-out, or with one that exceeds what the clock can represent |
//! | for what | for jobs of the worker's own pool and of no other, or for room in its queue |
//!
//! Such a wait *goes on* if a job that it is for
//! * is over, or
//! * runs on a worker that is not in such a wait, or in one that goes on, or
//! * has not started, and some worker of the pool is not in such a wait, or in one that goes on, or
//!   can still be started.
//!
//! A wait for room needs the third. The last wait that does not go on is refused; the waits before
//! it then go on, because one worker does. The check and the beginning of the wait are one step,
//! and so are taking a job and releasing those who wait for room: no two workers can pass each
//! other.
//!
//! What is *not* checked: that another thread might cancel a job that is waited for, which would
//! end the wait after all; what a worker waits for outside the pool (a channel, a lock, a thread, a
//! job that is awaited), or in the drop of a closure that it cancels; a circle through two pools. A
//! wait with a time-out is never refused for this: it times out.
//!
//! In a forked child, a wait for a job of the parent that is not done is refused as well, even with
//! a time-out: nobody in the child runs it.
//!
//! # Examples
//! ```
//! use gimmal::ThreadPool;
//!
//! let pool = ThreadPool::builder().threads(2).queue(8).name("sums").build();
//! let low = pool.submit(|| (0..500_u32).sum::<u32>()).unwrap();
//! let high = pool.submit(|| (500..1000_u32).sum::<u32>()).unwrap();
//! assert_eq!(low.result().unwrap() + high.result().unwrap(), 499_500);
//!
//! let squares: Vec<u32> = pool.map(1..=4, |n| n * n).map(Result::unwrap).collect();
//! assert_eq!(squares, [1, 4, 9, 16]);
//! ```

// By this name `notices` has it, whose model has loom's.
use std::sync::atomic;

mod builder;
mod completed;
mod completions;
mod deadlock;
mod error;
mod job;
mod many;
mod map;
mod notices;
mod plan;
mod scheduler;
mod scope;
mod task;
mod threads;
mod wait;
mod workers;

pub use builder::Builder;
pub use completed::{
    AsCompleted, CompletedInTime, as_completed, as_completed_deadline, as_completed_timeout,
};
pub use error::{Ended, JobError, MapError, SubmitError, WaitTimeoutError, WouldDeadlock};
pub use gimmal_core::pool::*;
pub use job::Job;
pub use many::{
    AnyJob, wait_all, wait_all_async, wait_all_deadline, wait_all_timeout, wait_any,
    wait_any_async, wait_any_deadline, wait_any_timeout, wait_first_error, wait_first_error_async,
    wait_first_error_deadline, wait_first_error_timeout,
};
pub use map::Map;
pub use scope::{Scope, ScopedJob};
pub use threads::{Shutdown, ThreadPool};
