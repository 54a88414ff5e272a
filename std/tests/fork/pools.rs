//! Pools and jobs in a child.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use gimmal::pool::{
    Ended, JobError, Shutdown, SubmitError, WaitTimeoutError, WouldDeadlock, as_completed,
    wait_all, wait_any, wait_any_deadline, wait_any_timeout, wait_first_error,
};
use gimmal::sync::Event;
use gimmal::{Job, ThreadPool, channel};
use nix::unistd::ForkResult;

use crate::forking::{Forked, fork_here, forked};
use crate::kit::child::{Child, Part};
use crate::kit::{LONG, until, until_it_sleeps};

pub(crate) const PARTS: &[Part] = &[
    ("pool-dropped", dropped),
    ("pool-used", used),
    ("pool-jobs", jobs),
    ("pool-mapped", mapped),
    ("pool-closed", closed),
    ("pool-forks", forks),
    ("pool-scope-forks", scope_forks),
];

/// A pool whose one worker is busy, with two jobs behind that. They count.
struct Busy {
    pool: Option<ThreadPool>,
    go: Arc<Event>,
    running: Option<Job<u32>>,
    queued: Vec<Job<u32>>,
    ran: &'static AtomicU32,
}

impl Busy {
    fn new(ran: &'static AtomicU32) -> Self {
        let builder = ThreadPool::builder().threads(1).queue(4).name("busy");
        let pool = builder.build();
        let go = Arc::new(Event::new());
        let its = go.clone();
        let running = pool.submit(move || {
            its.wait();
            ran.fetch_add(1, SeqCst)
        });
        let queued = (0..2).map(|_| pool.submit(|| ran.fetch_add(1, SeqCst)).unwrap());
        let queued = queued.collect();
        let running = running.unwrap();
        until(|| running.is_running());
        until_it_sleeps("busy-0");
        Busy {
            pool: Some(pool),
            go,
            running: Some(running),
            queued,
            ran,
        }
    }

    /// The parent's jobs, after the child has ended.
    fn end(mut self) -> i32 {
        assert_eq!(self.ran.load(SeqCst), 0);
        self.go.set();
        assert_eq!(self.running.take().unwrap().result().unwrap(), 0);
        drop(self.pool.take());
        assert_eq!(self.ran.load(SeqCst), 3);
        0
    }
}

/// The child drops the pool and its jobs: at once, and after a use.
fn dropped() -> i32 {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let mut busy = Busy::new(&RAN);
    forked(|| drop(busy.pool.take()));
    forked(|| drop((busy.pool.take(), busy.running.take(), busy.queued.drain(..))));
    forked(|| {
        let pool = busy.pool.take().unwrap();
        pool.shutdown(Shutdown::Drain);
        pool.join().unwrap();
        drop(pool);
        assert_eq!(RAN.load(SeqCst), 0);
    });
    busy.end()
}

#[test]
fn f10_a_child_drops_the_pool_of_its_parent() {
    Child::start("pool-dropped").exits_with(0);
}

/// The child uses the pool: it has workers of its own, and an empty queue.
fn used() -> i32 {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let mut busy = Busy::new(&RAN);
    forked(|| {
        let pool = busy.pool.take().unwrap();
        assert_eq!(
            (pool.workers(), pool.queued(), pool.is_closed()),
            (0, 0, false)
        );
        let named = || std::thread::current().name() == Some("busy-0");
        assert!(pool.submit(named).unwrap().result().unwrap());
        // More than fits into the queue.
        let sum: u32 = pool.map(0..100, |n| n).map(Result::unwrap).sum();
        assert_eq!(sum, 4950);
        let more: Vec<_> = (0..20).map(|n| pool.submit(move || n).unwrap()).collect();
        wait_all(&more).unwrap();
        assert!(pool.try_submit(|| ()).is_ok());
        assert_eq!(pool.workers(), 1);
        // In its turn it has children.
        forked(|| assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5));
        forked(|| assert_eq!(pool.queued(), 0));
        drop(pool);
        assert_eq!(RAN.load(SeqCst), 0);
    });
    busy.end()
}

#[test]
fn f10_a_child_that_uses_the_pool_of_its_parent_has_workers_of_its_own() {
    Child::start("pool-used").exits_with(0);
}

/// Waits for jobs that nobody in the child does.
fn jobs() -> i32 {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let mut busy = Busy::new(&RAN);
    let other = ThreadPool::builder().threads(1).build();
    let returned = other.submit(|| 7).unwrap();
    let panicked = other.submit(|| -> u32 { panic!("on purpose") }).unwrap();
    until(|| returned.is_done() && panicked.is_done());
    let (mut returned, mut panicked) = (Some(returned), Some(panicked));
    let refused = |result| matches!(result, Err(JobError::WouldDeadlock));
    forked(|| {
        let running = busy.running.take().unwrap();
        assert!(!running.is_done() && !running.cancel());
        running.on_done(|_| unreachable!("it does not end here"));
        let pair = [busy.queued.pop().unwrap(), busy.queued.pop().unwrap()];
        assert!(!pair[0].cancel() && !pair[0].is_cancelled());
        // All of them.
        assert_eq!(wait_any(&pair), Err(WouldDeadlock));
        assert_eq!(wait_all(&pair), Err(WouldDeadlock));
        assert_eq!(wait_first_error(&pair), Err(WouldDeadlock));
        let lost = Err(WaitTimeoutError::WouldDeadlock);
        assert_eq!(wait_any_timeout(&pair, LONG), lost);
        assert!(wait_any_deadline(&pair, Instant::now() + LONG).is_err());
        let [first, second] = pair;
        // With one of the child's own.
        let own = other.submit(|| 9).unwrap();
        let mixed = [first, own];
        assert_eq!(wait_any(&mixed), Ok(Some(1)));
        assert_eq!(wait_first_error(&mixed), Err(WouldDeadlock));
        let mut completed = as_completed(mixed);
        assert_eq!(completed.next().unwrap().result().unwrap(), 9);
        assert!(refused(completed.next().unwrap().result()));
        assert!(completed.next().is_none());
        // As a future, and with a limit.
        let mut future = pin!(second);
        let mut context = Context::from_waker(Waker::noop());
        let polled = future.as_mut().poll(&mut context);
        assert!(matches!(polled, Poll::Ready(Err(JobError::WouldDeadlock))));
        assert!(running.result_timeout(LONG).is_ok_and(refused));
    });
    // What was done before the fork is done.
    forked(|| {
        let (sender, receiver) = channel::bounded(2);
        let (returned, panicked) = (returned.take().unwrap(), panicked.take().unwrap());
        returned.on_done(move |ended| sender.send(ended).unwrap());
        assert_eq!(receiver.recv(), Ok(Ended::Returned));
        assert_eq!(returned.result().unwrap(), 7);
        assert!(matches!(panicked.result(), Err(JobError::Panicked(_))));
        let timed = busy.running.take().unwrap();
        assert!(timed.result_timeout(Duration::ZERO).is_ok_and(refused));
    });
    busy.end()
}

#[test]
fn f10_a_wait_for_a_job_of_the_parent_is_refused() {
    Child::start("pool-jobs").exits_with(0);
}

/// A map that was begun in the parent.
fn mapped() -> i32 {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let mut busy = Busy::new(&RAN);
    {
        let pool = busy.pool.as_ref().unwrap();
        let mut map = Some(pool.map(0..100, |n| n));
        forked(|| {
            let mut map = map.take().unwrap();
            assert!(map.next().unwrap().is_err());
            assert!(map.next().is_none());
        });
        forked(|| drop(map.take()));
        // It cancels what has not started.
        drop(map);
    }
    busy.queued.clear();
    busy.end()
}

#[test]
fn f10_a_map_of_the_parent_ends_in_the_child() {
    Child::start("pool-mapped").exits_with(0);
}

/// What was closed or broken is so in the child.
fn closed() -> i32 {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let mut busy = Busy::new(&RAN);
    let broken = ThreadPool::builder()
        .initializer(|| panic!("on purpose"))
        .build();
    let job = broken.submit(|| 1).unwrap();
    assert!(matches!(job.result(), Err(JobError::Broken)));
    busy.pool.as_ref().unwrap().shutdown(Shutdown::Drain);
    forked(|| {
        let pool = busy.pool.take().unwrap();
        let refused = pool.submit(|| 5).unwrap_err();
        assert!(matches!(refused, SubmitError::Closed(_)));
        assert_eq!((refused.into_inner())(), 5);
        assert!(pool.is_closed() && broken.is_closed());
        assert!(matches!(broken.submit(|| ()), Err(SubmitError::Broken(_))));
        pool.join().unwrap();
        broken.join().unwrap();
    });
    busy.end()
}

#[test]
fn f10_a_pool_that_was_shut_down_is_so_in_the_child() {
    Child::start("pool-closed").exits_with(0);
}

/// A job forks, and returns in the child as well.
fn forks() -> i32 {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let pool = Arc::new(ThreadPool::builder().threads(1).build());
    let parent = std::process::id();
    let (its, go) = (pool.clone(), Arc::new(Event::new()));
    let going = go.clone();
    let job = pool.submit(move || {
        going.wait();
        match fork_here() {
            ForkResult::Parent { child } => Some(child),
            ForkResult::Child => {
                // It is no worker here, and the pool has others.
                assert_eq!(its.submit(|| 3).unwrap().result().unwrap(), 3);
                its.join().unwrap();
                None
            }
        }
    });
    let queued = pool.submit(move || {
        assert_eq!(std::process::id(), parent);
        RAN.fetch_add(1, SeqCst);
    });
    go.set();
    let child = job.unwrap().result().unwrap().unwrap();
    queued.unwrap().result().unwrap();
    Forked::with(child).exits_with(0);
    assert_eq!(RAN.load(SeqCst), 1);
    0
}

#[test]
fn f10_a_job_that_forks_ends_in_the_child_and_no_other_job_runs_there() {
    Child::start("pool-forks").exits_with(0);
}

/// A fork in a scope: the child leaves it without waiting, and gives it no jobs.
fn scope_forks() -> i32 {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let (pool, go) = (ThreadPool::new(1), Event::new());
    let parent = std::process::id();
    let left = catch_unwind(AssertUnwindSafe(|| {
        pool.scope(|s| {
            let running = s.submit(|| go.wait());
            let queued = s.submit(|| RAN.fetch_add(1, SeqCst));
            match fork_here() {
                ForkResult::Parent { child } => {
                    Forked::with(child).exits_with(0);
                    go.set();
                    running.unwrap().result().unwrap();
                    queued.unwrap().result().unwrap();
                }
                ForkResult::Child => {
                    assert!(matches!(s.submit(|| ()), Err(SubmitError::Closed(_))));
                    let lost = queued.unwrap().result();
                    assert!(matches!(lost, Err(JobError::WouldDeadlock)));
                }
            }
        });
        pool.scope(|s| s.submit(|| 3).unwrap().result().unwrap())
    }));
    let ran = RAN.load(SeqCst);
    if std::process::id() != parent {
        // The frames above are the parent's.
        let fine = matches!(left, Ok(3)) && ran == 0;
        std::process::exit(i32::from(!fine));
    }
    assert!(matches!(left, Ok(3)) && ran == 1);
    0
}

#[test]
fn f10_a_child_forked_in_a_scope_leaves_it_at_once() {
    Child::start("pool-scope-forks").exits_with(0);
}
