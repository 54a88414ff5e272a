//! What the tests of timers share: witnesses, counts, and gates that hold the timer thread.
#![allow(dead_code)] // Each file uses its part.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use gimmal::Timer;
use gimmal::sync::Event;

use crate::kit::LONG;

pub(crate) const ZERO: Duration = Duration::ZERO;

/// Waits for its end, and fails if that does not come.
#[track_caller]
pub(crate) fn ends(timer: &Timer) {
    timer.wait_timeout(LONG).expect("it ends");
}

/// Returns when everything has fired that was started before and is due within `delay`.
#[track_caller]
pub(crate) fn witness(delay: Duration) {
    ends(&Timer::after(delay, || ()));
}

/// The next `n` messages.
#[track_caller]
pub(crate) fn some<T>(n: usize, receiver: &mpsc::Receiver<T>) -> Vec<T> {
    let next = |_| receiver.recv_timeout(LONG).expect("there is more");
    (0..n).map(next).collect()
}

/// A count, and a callback that adds to it.
pub(crate) fn counted() -> (Arc<AtomicUsize>, impl Fn() + Clone + Send + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let its = count.clone();
    let add = move || {
        its.fetch_add(1, SeqCst);
    };
    (count, add)
}

/// A callback that holds the timer thread until it is told to go on.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Event, Event)>);

impl Gate {
    /// What the callback does.
    pub(crate) fn pass(&self) {
        self.0.0.set();
        // A test that fails before it opens the gate keeps the others waiting for this long only.
        let _ = self.0.1.wait_timeout(LONG);
    }

    pub(crate) fn until_entered(&self) {
        self.0.0.wait_timeout(LONG).unwrap();
    }

    pub(crate) fn open(&self) {
        self.0.1.set();
    }
}

/// A timer whose callback waits at a gate now.
pub(crate) fn at_a_gate() -> (Timer, Gate) {
    let gate = Gate::default();
    let its = gate.clone();
    let timer = Timer::after(ZERO, move || its.pass());
    gate.until_entered();
    (timer, gate)
}

/// A timer that its own callback can reach.
pub(crate) fn own(make: impl FnOnce(Arc<OnceLock<Timer>>) -> Timer) -> Arc<OnceLock<Timer>> {
    let cell = Arc::new(OnceLock::new());
    let timer = make(cell.clone());
    cell.set(timer).unwrap();
    cell
}
