//! A panic about what a caller did points to that caller, and its words say what to do instead.

#[path = "../../core/tests/told/mod.rs"]
mod told;

use std::sync::Arc;
use std::time::Duration;

use gimmal::sync::{Barrier, BoundedSemaphore, Semaphore};
use gimmal::thread::JoinError;
use gimmal::{Context, ThreadPool, Timer, channel, pool::JobError, pool::MapError};

use told::panics_here;

const TOO_MANY: usize = Semaphore::MAX_PERMITS + 1;
/// More bytes than any allocator gives.
const HUGE: usize = usize::MAX / 2;

#[test]
fn f17_sizes_of_primitives_are_refused_at_the_callers_line() {
    panics_here!("at least one party", Barrier::new(0));
    panics_here!("usize::MAX / 4 at most", Barrier::new(usize::MAX));
    panics_here!("at least one party", Barrier::with_action(0, || ()));
    panics_here!("MAX_PERMITS at most", Semaphore::new(TOO_MANY));
    panics_here!("MAX_PERMITS at most", BoundedSemaphore::new(TOO_MANY));
}

#[test]
fn f17_requests_for_too_many_permits_are_refused_at_the_callers_line() {
    let semaphore = Arc::new(Semaphore::new(1));
    const SAYS: &str = "MAX_PERMITS at most";
    panics_here!(SAYS, semaphore.many(TOO_MANY));
    panics_here!(SAYS, semaphore.owned().many(TOO_MANY));
    assert_eq!(semaphore.available(), 1);
}

#[test]
fn f17_sizes_of_channels_pools_and_contexts_are_refused_at_the_callers_line() {
    panics_here!("must be at least 1", channel::bounded::<u8>(0));
    panics_here!("memory for all", channel::bounded::<u64>(HUGE));
    panics_here!("must be at least 1", channel::spsc::bounded::<u8>(0));
    panics_here!("memory for all", channel::spsc::bounded::<u64>(HUGE));
    panics_here!("at least 1", ThreadPool::builder().threads(0));
    panics_here!("at least 1", ThreadPool::builder().queue(0));
    panics_here!("zero byte", ThreadPool::builder().name("a\0b"));
    let jobs = ThreadPool::builder().queue(HUGE);
    panics_here!("ask for a shorter one", jobs.build());
    panics_here!("at least 1", Context::builder().hwm(0, 1));
    panics_here!("at least 1", Context::builder().hwm(1, 0));
    let sockets = Context::builder().sockets(HUGE);
    panics_here!("ask for fewer", sockets.build());
    let names = Context::builder().names(HUGE);
    panics_here!("ask for fewer", names.build());
    panics_here!("a longer one", Timer::every(Duration::ZERO, || ()));
}

#[test]
fn f17_an_error_that_is_no_panic_refuses_into_panic_at_the_callers_line() {
    panics_here!("no panic", JoinError::WouldDeadlock.into_panic());
    panics_here!("no panic", JobError::Cancelled.into_panic());
    panics_here!("no panic", MapError::TimedOut.into_panic());
}
