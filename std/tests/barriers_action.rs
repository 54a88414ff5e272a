//! The action of a barrier: when and how often it runs, who waits for it, and what a panic, an abort, a reset or a time-out
//! meanwhile does to whom.

mod kit;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use gimmal::error::{BarrierTimeoutError, BrokenBarrier};
use gimmal::sync::{Barrier, Event};

use kit::parties::{sends_away, works};
use kit::{LONG, SHORT, bounded, until};

#[test]
fn it_runs_once_in_the_last_party_before_anyone_is_released() {
    const PARTIES: usize = 4;
    const GENERATIONS: usize = kit::rounds(300);
    bounded(|| {
        let (came, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let runner = std::sync::Mutex::new(None);
        let barrier = Barrier::with_action(PARTIES, || {
            // All have come, and nobody has gone on to come again.
            let run = runs.fetch_add(1, SeqCst) + 1;
            assert_eq!(came.load(SeqCst), run * PARTIES);
            *runner.lock().unwrap() = Some(thread::current().id());
        });
        thread::scope(|scope| {
            for _ in 0..PARTIES {
                scope.spawn(|| {
                    for run in 1..=GENERATIONS {
                        came.fetch_add(1, SeqCst);
                        let turn = barrier.wait().unwrap();
                        assert_eq!(runs.load(SeqCst), run);
                        let ran = *runner.lock().unwrap() == Some(thread::current().id());
                        assert_eq!(ran, turn.is_leader());
                    }
                });
            }
        });
    });
}

#[test]
fn it_runs_for_one_party_each_time() {
    let runs = AtomicUsize::new(0);
    let barrier = Barrier::with_action(1, || {
        runs.fetch_add(1, SeqCst);
    });
    for run in 1..10 {
        assert!(barrier.wait_timeout(Duration::ZERO).unwrap().is_leader());
        assert_eq!(runs.load(SeqCst), run);
    }
}

#[test]
fn it_does_not_run_for_a_generation_that_is_broken_before() {
    bounded(|| {
        let runs = AtomicUsize::new(0);
        let barrier = Barrier::with_action(2, || {
            runs.fetch_add(1, SeqCst);
        });
        assert!(barrier.wait_timeout(SHORT).is_err());
        sends_away(&barrier);
        barrier.reset();
        assert_eq!(runs.load(SeqCst), 0);
        works(&barrier);
        assert_eq!(runs.load(SeqCst), 1);
    });
}

#[test]
fn a_panic_unwinds_from_the_last_party_and_breaks_it_for_the_others() {
    bounded(|| {
        let fails = AtomicUsize::new(2);
        let barrier = Barrier::with_action(4, || {
            if fails.load(SeqCst) > 0 {
                fails.fetch_sub(1, SeqCst);
                resume_unwind(Box::new("the action"));
            }
        });
        for _ in 0..2 {
            thread::scope(|scope| {
                for waiting in 1..=3 {
                    scope.spawn(|| assert_eq!(barrier.wait(), Err(BrokenBarrier)));
                    until(|| barrier.waiting() == waiting);
                }
                let last = catch_unwind(AssertUnwindSafe(|| barrier.wait_timeout(LONG)));
                assert_eq!(*last.unwrap_err().downcast::<&str>().unwrap(), "the action");
            });
            sends_away(&barrier);
            barrier.reset();
        }
        works(&barrier);
    });
}

#[test]
fn a_panic_in_a_task_is_the_tasks() {
    let barrier = Barrier::with_action(1, || resume_unwind(Box::new(5_u8)));
    let task = catch_unwind(AssertUnwindSafe(|| {
        gimmal_core::wait::block_on(barrier.wait_async())
    }));
    assert_eq!(*task.unwrap_err().downcast::<u8>().unwrap(), 5);
    sends_away(&barrier);
}

/// A barrier for three whose action says when it has begun, and waits to be let go.
struct Slow {
    begun: Event,
    go: Event,
}

impl Slow {
    const fn new() -> Self {
        Slow {
            begun: Event::new(),
            go: Event::new(),
        }
    }

    fn action(&self) {
        self.begun.set();
        self.go.wait();
    }
}

#[test]
fn who_comes_meanwhile_waits_outside_for_the_next_generation() {
    bounded(|| {
        let slow = Slow::new();
        let barrier = Barrier::with_action(2, || slow.action());
        thread::scope(|scope| {
            let parties = [(); 2].map(|()| scope.spawn(|| barrier.wait().unwrap().index()));
            slow.begun.wait();
            assert_eq!((barrier.waiting(), barrier.is_broken()), (1, false));
            // Its time is over, but it was no party: it breaks nothing.
            for time in [Duration::ZERO, SHORT] {
                let ended = barrier.wait_timeout(time);
                assert_eq!(ended, Err(BarrierTimeoutError::TimedOut));
            }
            assert_eq!((barrier.waiting(), barrier.is_broken()), (1, false));
            let name = thread::Builder::new().name("outside".into());
            let outside = name.spawn_scoped(scope, || barrier.wait().unwrap().index());
            kit::until_it_sleeps("outside");
            slow.go.set();
            let mut indexes = parties.map(|party| party.join().unwrap());
            indexes.sort_unstable();
            assert_eq!(indexes, [0, 1]);
            // It is a party now, of the next generation.
            until(|| barrier.waiting() == 1);
            assert!(barrier.wait().unwrap().is_leader());
            assert_eq!(outside.unwrap().join().unwrap(), 0);
        });
    });
}

#[test]
fn a_party_that_times_out_meanwhile_breaks_it_for_the_last_one_too() {
    bounded(|| {
        let slow = Slow::new();
        let barrier = Barrier::with_action(3, || slow.action());
        thread::scope(|scope| {
            // Its time is over while the action runs; on a very busy machine before, with the same end for all.
            let timed = scope.spawn(|| barrier.wait_timeout(10 * SHORT));
            let waits = scope.spawn(|| barrier.wait());
            until(|| barrier.waiting() == 2 || barrier.is_broken());
            let last = scope.spawn(|| barrier.wait());
            assert_eq!(timed.join().unwrap(), Err(BarrierTimeoutError::TimedOut));
            assert_eq!(waits.join().unwrap(), Err(BrokenBarrier));
            slow.go.set();
            assert_eq!(last.join().unwrap(), Err(BrokenBarrier));
        });
        sends_away(&barrier);
        barrier.reset();
        works(&barrier);
    });
}

#[test]
fn an_abort_meanwhile_breaks_it_for_all() {
    bounded(|| {
        let slow = Slow::new();
        let barrier = Barrier::with_action(3, || slow.action());
        thread::scope(|scope| {
            let parties = [(); 3].map(|()| scope.spawn(|| barrier.wait()));
            slow.begun.wait();
            let outside = scope.spawn(|| barrier.wait());
            barrier.abort();
            assert_eq!(outside.join().unwrap(), Err(BrokenBarrier));
            slow.go.set();
            for party in parties {
                assert_eq!(party.join().unwrap(), Err(BrokenBarrier));
            }
        });
        sends_away(&barrier);
        barrier.reset();
        works(&barrier);
    });
}

#[test]
fn a_reset_meanwhile_sends_them_away_and_lets_the_next_ones_in() {
    bounded(|| {
        let (slow, runs) = (Slow::new(), AtomicUsize::new(0));
        let barrier = Barrier::with_action(3, || {
            if runs.fetch_add(1, SeqCst) == 0 {
                slow.action();
            }
        });
        thread::scope(|scope| {
            let parties = [(); 3].map(|()| scope.spawn(|| barrier.wait()));
            slow.begun.wait();
            barrier.reset();
            // A whole generation, while the action of the one that was sent away still runs.
            works(&barrier);
            works(&barrier);
            assert_eq!(runs.load(SeqCst), 3);
            slow.go.set();
            for party in parties {
                assert_eq!(party.join().unwrap(), Err(BrokenBarrier));
            }
        });
        assert!(!barrier.is_broken());
        works(&barrier);
    });
}

#[test]
fn it_may_break_or_reset_its_own_barrier() {
    bounded(|| {
        static BREAKS: Barrier = Barrier::with_action(2, || BREAKS.abort());
        static RESETS: Barrier = Barrier::with_action(2, || RESETS.reset());
        for (barrier, broken) in [(&BREAKS, true), (&RESETS, false)] {
            thread::scope(|scope| {
                let first = scope.spawn(|| barrier.wait());
                until(|| barrier.waiting() == 1);
                assert_eq!(barrier.wait(), Err(BrokenBarrier));
                assert_eq!(first.join().unwrap(), Err(BrokenBarrier));
            });
            assert_eq!((barrier.waiting(), barrier.is_broken()), (0, broken));
        }
    });
}
