//! How late waits of one millisecond end: histograms, of this library's and of std's, taken in turn by one thread of the
//! priority that threads have at first.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::queue::Queue;
use gimmal::sync::{Barrier, Condition, Event, Lock, Semaphore};
use gimmal::{Context, channel};
use hdrhistogram::Histogram;

/// How long each wait is asked to be.
const WAIT: Duration = Duration::from_millis(1);

/// Whether threads compute beside it.
static LOADED: AtomicBool = AtomicBool::new(false);

/// Says whether threads compute from now on.
pub(crate) fn beside(load: bool) {
    LOADED.store(load, Relaxed);
}

/// A wait of that long.
type Wait<'w> = Box<dyn FnMut() + 'w>;

/// Microseconds past the time, of each kind of wait, without load and with it.
pub(crate) struct Lateness(Vec<(&'static str, [Histogram<u64>; 2])>);

/// Waits in turn, until the end. What can be waited for never comes.
pub(crate) fn until(end: Instant) -> Lateness {
    let (event, semaphore, queue) = (Event::new(), Semaphore::new(0), Queue::<()>::new(1));
    let (lock, condition, barrier) = (Lock::new(()), Condition::new(), Barrier::new(2));
    let held = Lock::new(());
    let guard = held.lock();
    let (_sender, receiver) = channel::bounded::<()>(1);
    let context = Context::builder().sockets(1).names(1).pipes(1).build();
    let mut pull = context.pull().expect("the first socket");
    pull.bind("inproc://nobody").expect("the first name");
    let (_std_sender, std_receiver) = mpsc::channel::<()>();
    let (mutex, condvar) = (Mutex::new(()), Condvar::new());

    let mut waits: Vec<(&str, Wait<'_>)> = vec![
        ("std thread::sleep", Box::new(|| thread::sleep(WAIT))),
        ("std park_timeout", Box::new(|| thread::park_timeout(WAIT))),
        (
            "std Condvar",
            Box::new(|| {
                let guard = mutex.lock().expect("nothing panics with it");
                drop(condvar.wait_timeout(guard, WAIT));
            }),
        ),
        (
            "std mpsc",
            Box::new(|| assert!(std_receiver.recv_timeout(WAIT).is_err())),
        ),
        (
            "Event",
            Box::new(|| assert!(event.wait_timeout(WAIT).is_err())),
        ),
        (
            "Semaphore",
            Box::new(|| assert!(semaphore.acquire_timeout(WAIT).is_err())),
        ),
        (
            "Queue",
            Box::new(|| assert!(queue.get_timeout(WAIT).is_err())),
        ),
        (
            "Condition",
            Box::new(|| assert!(condition.wait_timeout(lock.lock(), WAIT).is_ok())),
        ),
        (
            "Barrier",
            Box::new(|| {
                assert!(barrier.wait_timeout(WAIT).is_err());
                barrier.reset();
            }),
        ),
        (
            "Lock",
            Box::new(|| assert!(held.lock_timeout(WAIT).is_err())),
        ),
        (
            "channel",
            Box::new(|| assert!(receiver.recv_timeout(WAIT).is_err())),
        ),
        (
            "Pull",
            Box::new(|| assert!(pull.recv_timeout(WAIT).is_err())),
        ),
    ];
    let histogram = || Histogram::new(3).expect("three digits");
    let mut all: Vec<_> = waits
        .iter()
        .map(|(name, _)| (*name, [histogram(), histogram()]))
        .collect();
    while Instant::now() < end {
        for ((_, wait), (_, histograms)) in waits.iter_mut().zip(&mut all) {
            let loaded = LOADED.load(Relaxed);
            let start = Instant::now();
            wait();
            let late = start.elapsed().saturating_sub(WAIT).as_micros();
            histograms[usize::from(loaded)].saturating_record(late.try_into().unwrap_or(u64::MAX));
        }
    }
    drop(waits);
    drop(guard);
    Lateness(all)
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "microseconds after 1 ms, without foreign load | with it")?;
        write!(f, "{:<20}", "wait")?;
        for _ in 0..2 {
            write!(
                f,
                " {:>7} {:>8} {:>8} {:>8} {:>8}",
                "waits", "50 %", "99 %", "99.9 %", "most"
            )?;
        }
        for (name, histograms) in &self.0 {
            write!(f, "\n{name:<20}")?;
            for histogram in histograms {
                let at = |part| histogram.value_at_quantile(part);
                let (waits, most) = (histogram.len(), histogram.max());
                write!(
                    f,
                    " {waits:>7} {:>8} {:>8} {:>8} {most:>8}",
                    at(0.5),
                    at(0.99),
                    at(0.999)
                )?;
            }
        }
        writeln!(f)
    }
}
