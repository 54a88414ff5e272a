//! Many threads that wait for one event: where the system can, they sleep beside its queue.

mod kit;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use gimmal::sync::Event;

use kit::{LONG, SHORT, bounded, rounds, until_it_sleeps};

const CROWD: usize = if cfg!(miri) { 4 } else { 64 };

/// Starts threads of these names that do something, and returns when all of them sleep.
fn all_asleep<'s>(scope: &'s Scope<'s, '_>, name: &str, deed: impl Fn() + Copy + Send + 's) {
    let names: Vec<_> = (0..CROWD)
        .map(|number| format!("{name}-{number}"))
        .collect();
    for name in &names {
        let sleeper = thread::Builder::new().name(name.clone());
        sleeper.spawn_scoped(scope, deed).unwrap();
    }
    names.iter().for_each(|name| until_it_sleeps(name));
}

#[test]
fn a_set_that_is_cleared_at_once_releases_all_who_sleep() {
    bounded(|| {
        let (event, ran) = (Event::new(), AtomicUsize::new(0));
        for round in 1..=rounds(5) {
            thread::scope(|scope| {
                all_asleep(scope, "held", || {
                    event.wait();
                    ran.fetch_add(1, SeqCst);
                });
                event.set();
                event.clear();
            });
            assert_eq!(ran.load(SeqCst), round * CROWD);
            assert!(event.wait_timeout(Duration::ZERO).is_err());
        }
    });
}

#[test]
fn who_comes_after_a_clear_waits_for_the_next_set() {
    bounded(|| {
        let event = Event::new();
        thread::scope(|scope| {
            all_asleep(scope, "first", || event.wait());
            event.set();
        });
        event.clear();
        assert!(event.wait_timeout(SHORT).is_err());
        thread::scope(|scope| {
            all_asleep(scope, "second", || event.wait_timeout(LONG).unwrap());
            event.set();
        });
    });
}

#[test]
fn times_are_over_among_others_who_sleep() {
    bounded(|| {
        let event = Event::new();
        thread::scope(|scope| {
            all_asleep(scope, "waits", || event.wait());
            let began = Instant::now();
            assert!(event.wait_timeout(SHORT).is_err());
            assert!(event.wait_deadline(began + 2 * SHORT).is_err());
            assert!(began.elapsed() >= 2 * SHORT);
            // What overflows the clock is forever.
            let forever = scope.spawn(|| event.wait_timeout(Duration::MAX));
            assert!(event.wait_timeout(SHORT).is_err());
            event.set();
            assert!(forever.join().unwrap().is_ok());
        });
    });
}

/// A waker that panics.
struct Bad(AtomicUsize);

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
        panic!("a bad waker");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_asleep() {
    bounded(|| {
        let (event, bad) = (Event::new(), Arc::new(Bad(AtomicUsize::new(0))));
        let waker = Waker::from(bad.clone());
        let mut task = Box::pin(event.wait_async());
        let mut context = Context::from_waker(&waker);
        assert!(task.as_mut().poll(&mut context).is_pending());
        thread::scope(|scope| {
            all_asleep(scope, "beside", || event.wait());
            let set = catch_unwind(AssertUnwindSafe(|| event.set()));
            assert!(set.is_err());
            assert_eq!(bad.0.load(SeqCst), 1);
        });
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(task.as_mut().poll(&mut context), Poll::Ready(()));
    });
}

/// Threads that sleep, threads that have just come, and tasks, beside a thread that sets and clears without a pause: each of
/// them gets on.
#[test]
fn nobody_sleeps_through_sets_that_come_and_go() {
    bounded(|| {
        let (event, left) = (Event::new(), AtomicUsize::new(4));
        thread::scope(|scope| {
            for kind in 0..4 {
                let (event, left) = (&event, &left);
                scope.spawn(move || {
                    for _ in 0..rounds(500) {
                        match kind {
                            0 | 1 => event.wait(),
                            2 => event.wait_timeout(LONG).unwrap(),
                            _ => gimmal::wait::block_on(event.wait_async()),
                        }
                    }
                    left.fetch_sub(1, SeqCst);
                });
            }
            while left.load(SeqCst) > 0 {
                event.set();
                event.clear();
                thread::yield_now();
            }
        });
    });
}
