//! A wait for one of some jobs: one step for all of it ([`watched`]).
//!
//! A wait for one job blocks in the event of its task. A wait for one of many makes
//! [`Completions`](super::completions), and leaves them with each job that is not done. When the
//! wait ends, however it ends, they are taken back from the jobs that are not done, so that these
//! keep nothing of it.

#![forbid(unsafe_code)]

use std::sync::Arc;

use crate::block::{Limit, block_until};

use super::error::{WaitTimeoutError, WouldDeadlock};
use super::task::{Core, Task};
use super::workers::Worker;

/// Waits for the end of one of some jobs. `wait` is one try with a limit. `jobs` returns the jobs
/// whose end would end the wait; it is called if this thread is a worker that is about to wait
/// forever. `lost` returns `true` if all of them are jobs of a process from which this one was
/// forked: then nothing ends the wait.
pub(crate) fn watched<T>(
    limit: Limit,
    jobs: impl FnOnce() -> Vec<Arc<dyn Task>>,
    lost: impl FnOnce() -> bool,
    mut wait: impl FnMut(Limit) -> Option<T>,
) -> Result<T, WaitTimeoutError> {
    if let Some(got) = wait(Limit::NOW) {
        return Ok(got);
    }
    if lost() {
        return Err(WaitTimeoutError::WouldDeadlock);
    }
    let limit = limit.fixed();
    let _note = match limit {
        Limit::None => Worker::waits(jobs)?,
        Limit::At(_) => None,
        Limit::After(_) => return Err(WaitTimeoutError::TimedOut),
    };
    wait(limit).ok_or(WaitTimeoutError::TimedOut)
}

/// Waits for one task.
pub(crate) fn wait_one(
    core: &Core,
    erased: impl FnOnce() -> Arc<dyn Task>,
    limit: Limit,
) -> Result<(), WaitTimeoutError> {
    // Known to be done a little before its event is set.
    if core.ended().is_some() {
        return Ok(());
    }
    if core.is_left_behind() {
        return Err(WaitTimeoutError::WouldDeadlock);
    }
    let wait = |limit| block_until(core.done().waiting(), limit).ok();
    watched(limit, || vec![erased()], || false, wait)
}

/// A wait without a limit does not time out.
pub(crate) fn untimed<T>(result: Result<T, WaitTimeoutError>) -> Result<T, WouldDeadlock> {
    result.map_err(|why| match why {
        WaitTimeoutError::WouldDeadlock => WouldDeadlock,
        WaitTimeoutError::TimedOut => unreachable!("without a limit it is never given up"),
    })
}
