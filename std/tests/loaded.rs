//! Waits beside threads that compute, more than there are cores.
//!
//! Nothing here judges a time by itself: what std's primitives need on the same machine, in the same minute, is the measure.

mod kit;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::channel::{self, spsc};
use gimmal::queue::Queue;
use gimmal::sync::{Barrier, Condition, Event, Lock, Semaphore};
use kit::bounded;

/// Where threads wait for each other through two slots, or one waits in vain.
const WAIT: Duration = Duration::from_millis(1);

/// What is forgiven whatever std needs: a time slice here and there.
const GRACE: Duration = Duration::from_secs(3);

/// How many times what std needs is still as good as std, on a machine that does something else too.
const TIMES: u32 = 4;

/// Runs `test` beside two threads for each core, which compute.
fn loaded<R: Send>(test: impl FnOnce() -> R + Send) -> R {
    let over = AtomicBool::new(false);
    let cores = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..2 * cores {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    std::hint::black_box((0..1000).fold(1_u64, |a, b| a.wrapping_mul(b | 1)));
                }
            });
        }
        // A thread that has not computed itself, as one that waits has not.
        let result = scope.spawn(test).join();
        over.store(true, Relaxed);
        result.unwrap_or_else(|why| std::panic::resume_unwind(why))
    })
}

/// A wait for what never comes: so long at most. Returns `true` if the time-out ended it.
type InVain = Box<dyn FnMut(Duration) -> bool>;

fn ours() -> Vec<(&'static str, InVain)> {
    let (lock, condition) = (Lock::new(()), Condition::new());
    let barrier = Barrier::new(2);
    let queue = Queue::<u32>::new(4);
    let event = Event::new();
    let none = Semaphore::new(0);
    let held = Lock::new(());
    std::mem::forget(held.lock());
    let (sender, receiver) = channel::bounded::<u32>(4);
    let (one_sender, mut one_receiver) = spsc::bounded::<u32>(4);
    vec![
        (
            "Condition",
            Box::new(move |limit| {
                let woken = condition.wait_timeout(lock.lock(), limit);
                woken.is_ok_and(|(_guard, told)| told.is_err())
            }),
        ),
        (
            "Barrier",
            Box::new(move |limit| {
                let alone = barrier.wait_timeout(limit).is_err();
                barrier.reset();
                alone
            }),
        ),
        (
            "Queue",
            Box::new(move |limit| queue.get_timeout(limit).is_err()),
        ),
        (
            "Event",
            Box::new(move |limit| event.wait_timeout(limit).is_err()),
        ),
        (
            "Semaphore",
            Box::new(move |limit| none.acquire_timeout(limit).is_err()),
        ),
        (
            "Lock",
            Box::new(move |limit| held.lock_timeout(limit).is_err()),
        ),
        (
            "channel",
            Box::new(move |limit| {
                let _open = &sender;
                receiver.recv_timeout(limit).is_err()
            }),
        ),
        (
            "spsc channel",
            Box::new(move |limit| {
                let _open = &one_sender;
                one_receiver.recv_timeout(limit).is_err()
            }),
        ),
    ]
}

#[test]
fn f12_waits_are_not_late_beside_threads_that_compute() {
    let late = bounded(|| {
        loaded(|| {
            let (mutex, condvar) = (Mutex::new(()), Condvar::new());
            let (mut of_std, mut late) = (Duration::ZERO, Vec::new());
            for (name, mut wait) in ours() {
                let mut own = Duration::ZERO;
                for _ in 0..50 {
                    let start = Instant::now();
                    let guard = mutex.lock().unwrap();
                    drop(condvar.wait_timeout(guard, WAIT).unwrap());
                    let between = Instant::now();
                    assert!(wait(WAIT), "{name}: something out of nothing");
                    own += between.elapsed();
                    of_std += between - start;
                    if own > GRACE + of_std * TIMES {
                        late.push(format!("{name}: {own:?}, std, all in all: {of_std:?}"));
                        break;
                    }
                }
            }
            late
        })
    });
    assert_eq!(late, [""; 0]);
}

#[test]
fn f12_hand_overs_do_not_stop_beside_threads_that_compute() {
    const ROUNDS: u32 = 2000;
    let (own, of_std) = bounded(|| {
        loaded(|| {
            let start = Instant::now();
            let ((there, served), (back, home)) = (mpsc::sync_channel(1), mpsc::sync_channel(1));
            thread::scope(|scope| {
                scope.spawn(move || served.iter().try_for_each(|n: u32| back.send(n)));
                for round in 0..ROUNDS {
                    there.send(round).unwrap();
                    assert_eq!(home.recv(), Ok(round));
                }
                drop(there);
            });
            let of_std = start.elapsed();
            let start = Instant::now();
            let ((there, served), (back, home)) = (channel::bounded(1), channel::bounded(1));
            thread::scope(|scope| {
                scope.spawn(move || {
                    while let Ok(round) = served.recv() {
                        back.send(round).unwrap();
                    }
                });
                for round in 0..ROUNDS {
                    there.send(round).unwrap();
                    assert_eq!(home.recv(), Ok(round));
                    // Late enough to be told.
                    if start.elapsed() > GRACE + of_std * TIMES {
                        break;
                    }
                }
                drop(there);
            });
            (start.elapsed(), of_std)
        })
    });
    assert!(own <= GRACE + of_std * TIMES, "{own:?}, std {of_std:?}");
}

/// How often four threads sleep that take a lock and work outside of it. `take` takes it once, and says whether to go on.
#[cfg(target_os = "linux")]
fn sleeps(take: impl Fn() -> bool + Sync) -> u64 {
    let slept = || {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse::<u64>().unwrap()
    };
    let one = || {
        let before = slept();
        while take() {
            std::hint::black_box((0..30).fold(1_u64, |a, b| a.wrapping_mul(b | 1)));
        }
        slept() - before
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(one)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    })
}

/// A thread does not sleep because of a lock that is held for a few instructions: that would leave its core to the threads
/// that compute. Sleeps are counted, not yields.
#[cfg(target_os = "linux")]
#[test]
fn f12_a_lock_that_is_held_shortly_seldom_sends_threads_to_sleep() {
    const TIMES: u64 = 2_000_000;
    let (own, of_std) = bounded(|| {
        loaded(|| {
            let (lock, mutex) = (Lock::new(0), Mutex::new(0));
            let next = |count: &mut u64| {
                *count += 1;
                *count <= TIMES
            };
            (
                sleeps(|| next(&mut lock.lock())),
                sleeps(|| next(&mut mutex.lock().unwrap())),
            )
        })
    });
    assert!(
        own <= 10 * of_std + TIMES / 10_000,
        "{own} sleeps, std {of_std}"
    );
}
