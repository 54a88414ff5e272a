//! What several test files need: a ledger of what was dropped, wakers that can be watched, time limits.

#![allow(dead_code)] // Each test file uses a part.
#![allow(unused_imports)]

mod asleep;
mod gate;
mod ledger;
pub(crate) mod parties;
mod waiter;
mod wakers;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use asleep::asleep;
pub(crate) use gate::{Gate, Pass, Passed};
pub(crate) use ledger::{Bang, Item, Ledger};
pub(crate) use waiter::{Task, Waiter};
pub(crate) use wakers::{Counted, Scripted, poll};

/// Runs `f` on a thread of its own and gives its result; fails when it takes longer than any honest run could.
pub(crate) fn within<R: Send + 'static>(
    limit: Duration,
    f: impl FnOnce() -> R + Send + 'static,
) -> R {
    let limit = if cfg!(miri) { limit * 20 } else { limit };
    let (done, finished) = mpsc::channel();
    thread::spawn(move || drop(done.send(catch_unwind(AssertUnwindSafe(f)))));
    match finished.recv_timeout(limit) {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => panic!("still running after {limit:?}"),
    }
}

/// Runs `f`, which must panic with a [`Bang`].
pub(crate) fn bangs(f: impl FnOnce()) {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("it should have panicked");
    assert!(
        panic.is::<Bang>(),
        "it panicked, but not where it was meant to"
    );
}

/// How a thread passes the time between two polls: the other threads of a small machine need the core.
pub(crate) struct Yield;

impl gimmal_core::wait::Relax for Yield {
    fn relax() {
        give_way();
    }

    fn wake() {}
}

/// Lets the other threads run. Beside threads that compute a yield gives a whole time slice away each time: where one did,
/// short sleeps take the place of the next ones.
pub(crate) fn give_way() {
    const DEAR: Duration = Duration::from_micros(500);
    thread_local! {
        static SLEEPS: Cell<u32> = const { Cell::new(0) };
    }
    if let Some(left) = SLEEPS.get().checked_sub(1) {
        SLEEPS.set(left);
        thread::sleep(Duration::from_micros(50));
        return;
    }
    let begun = Instant::now();
    thread::yield_now();
    if begun.elapsed() >= DEAR {
        SLEEPS.set(200);
    }
}

/// Waits for a future on this thread.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    gimmal_core::wait::block_on_with::<Yield, F>(future)
}

/// How many rounds a test of threads runs: few under an interpreter.
pub(crate) const fn rounds(full: usize) -> usize {
    if cfg!(miri) {
        if full < 20 { full } else { 20 }
    } else {
        full
    }
}
