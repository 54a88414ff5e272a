//! Jobs that run until they are let go, and an executor of one future.
#![allow(dead_code)] // Each file uses its part.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use gimmal::sync::Event;
use gimmal::{Job, ThreadPool};

use crate::kit::{until, until_it_sleeps};

/// A pool of so many threads and places in its queue.
pub(crate) fn pool(threads: usize, queue: usize) -> ThreadPool {
    named("pool", threads, queue)
}

/// The same with a name of its own, for [`until_sleeping`].
pub(crate) fn named(name: &str, threads: usize, queue: usize) -> ThreadPool {
    let builder = ThreadPool::builder().threads(threads).queue(queue);
    builder.name(name).build()
}

/// Returns when the job runs, and worker `number` of the named pool, which is the one that runs it, sleeps.
pub(crate) fn until_sleeping<R>(job: &Job<R>, name: &str, number: usize) {
    until(|| job.is_running());
    until_it_sleeps(&format!("{name}-{number}"));
}

/// A job that runs until it is let go: by `go`, or when that is dropped, as it is when a test fails.
pub(crate) struct Held {
    pub(crate) job: Job<()>,
    pub(crate) go: Go,
}

/// An event that is set when this is dropped.
pub(crate) struct Go(pub(crate) Arc<Event>);

impl Go {
    pub(crate) fn set(&self) {
        self.0.set();
    }
}

impl Drop for Go {
    fn drop(&mut self) {
        self.set();
    }
}

impl Held {
    /// Lets it go, and waits for it.
    pub(crate) fn end(self) {
        self.go.set();
        self.job.result().unwrap();
    }
}

/// Occupies a worker.
pub(crate) fn hold(pool: &ThreadPool) -> Held {
    let go = Go(Arc::new(Event::new()));
    let its = go.0.clone();
    let job = pool.submit(move || its.wait()).unwrap();
    until(|| job.is_running());
    Held { job, go }
}

struct Signal(Event);

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.0.set();
    }
}

/// Runs one future.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let signal = Arc::new(Signal(Event::new()));
    let waker = Waker::from(signal.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        signal.0.wait();
        signal.0.clear();
    }
}
