//! Barriers among threads: indexes and leaders, what breaks a barrier and for whom, time, tasks beside threads, and many
//! generations under stress. Actions are in `barriers_action.rs`.

mod kit;

use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::Stop;
use gimmal::error::{BarrierTimeoutError, BrokenBarrier};
use gimmal::sync::{Barrier, Turn};

use kit::parties::{sends_away, works};
use kit::{LONG, SHORT, bounded, until};

const THREADS: usize = 8;

fn past() -> Instant {
    let now = Instant::now();
    now.checked_sub(Duration::from_secs(1)).unwrap_or(now)
}

#[test]
fn indexes_are_the_order_of_arrival_and_the_last_one_leads() {
    static BARRIER: Barrier = Barrier::new(5);
    bounded(|| {
        assert_eq!(BARRIER.parties(), 5);
        for _ in 0..20 {
            thread::scope(|scope| {
                for own in 0..4 {
                    assert_eq!(BARRIER.waiting(), own);
                    scope.spawn(move || {
                        let turn = BARRIER.wait().unwrap();
                        assert_eq!((turn.index(), turn.is_leader()), (own, false));
                    });
                    until(|| BARRIER.waiting() == own + 1);
                }
                let turn = BARRIER.wait().unwrap();
                assert_eq!((turn.index(), turn.is_leader()), (4, true));
            });
            assert_eq!((BARRIER.waiting(), BARRIER.is_broken()), (0, false));
        }
    });
}

#[test]
fn a_barrier_for_one_never_waits() {
    let barrier = Barrier::new(1);
    for run in 0..9 {
        let turn = match run % 3 {
            0 => barrier.wait().unwrap(),
            1 => barrier.wait_timeout(Duration::ZERO).unwrap(),
            _ => barrier.wait_deadline(past()).unwrap(),
        };
        assert_eq!((turn.index(), turn.is_leader()), (0, true));
    }
}

#[test]
fn a_barrier_for_nobody_or_for_too_many_is_refused() {
    for parties in [0, usize::MAX / 4 + 1, usize::MAX] {
        assert!(catch_unwind(|| Barrier::new(parties)).is_err());
        assert!(catch_unwind(|| Barrier::with_action(parties, || ())).is_err());
    }
    let most = Barrier::new(usize::MAX / 4);
    assert_eq!(most.parties(), usize::MAX / 4);
    assert!(format!("{most:?}").contains("broken: false"));
}

#[test]
fn a_time_out_breaks_it_for_all_others() {
    bounded(|| {
        let barrier = Barrier::new(4);
        thread::scope(|scope| {
            for waiting in 1..=2 {
                scope.spawn(|| assert_eq!(barrier.wait(), Err(BrokenBarrier)));
                until(|| barrier.waiting() == waiting);
            }
            let start = Instant::now();
            let ended = barrier.wait_timeout(SHORT);
            assert_eq!(ended, Err(BarrierTimeoutError::TimedOut));
            assert!(start.elapsed() >= SHORT);
        });
        sends_away(&barrier);
        barrier.reset();
        works(&barrier);
    });
}

#[test]
fn zero_and_a_past_deadline_succeed_for_the_last_party_only() {
    bounded(|| {
        let barrier = Barrier::new(2);
        let once = |n: usize| match n % 3 {
            0 => barrier.wait_timeout(Duration::ZERO),
            1 => barrier.wait_deadline(past()),
            _ => barrier.wait_deadline(Instant::now()),
        };
        for n in 0..6 {
            // The first one has no time to wait, and that is a time-out like any other.
            assert_eq!(once(n), Err(BarrierTimeoutError::TimedOut));
            sends_away(&barrier);
            barrier.reset();
            thread::scope(|scope| {
                let first = scope.spawn(|| barrier.wait().unwrap());
                until(|| barrier.waiting() == 1);
                assert!(once(n).unwrap().is_leader());
                assert_eq!(first.join().unwrap().index(), 0);
            });
        }
    });
}

#[test]
fn what_no_clock_reaches_is_for_ever() {
    bounded(|| {
        let forever = [
            Duration::MAX,
            Duration::from_secs(u64::MAX / 2),
            Duration::from_secs(i64::MAX as u64),
        ];
        for (n, time) in forever.into_iter().enumerate() {
            let barrier = Barrier::new(2);
            let name = format!("for-ever-{n}");
            thread::scope(|scope| {
                let waits = || barrier.wait_timeout(time).unwrap().index();
                let first = thread::Builder::new().name(name.clone());
                let first = first.spawn_scoped(scope, waits).unwrap();
                until(|| barrier.waiting() == 1);
                kit::until_it_sleeps(&name);
                let far = Instant::now().checked_add(Duration::from_secs(u32::MAX.into()));
                let turn = far.map_or_else(
                    || barrier.wait_timeout(time),
                    |far| barrier.wait_deadline(far),
                );
                assert!(turn.unwrap().is_leader());
                assert_eq!(first.join().unwrap(), 0);
            });
        }
    });
}

#[test]
fn no_wait_ends_early() {
    let barrier = Barrier::new(2);
    for micros in [1, 10, 60, 300, 2_000, 15_000] {
        let time = Duration::from_micros(micros);
        let start = Instant::now();
        assert!(barrier.wait_timeout(time).is_err());
        assert!(start.elapsed() >= time && start.elapsed() < LONG);
        barrier.reset();
        let deadline = Instant::now() + time;
        assert!(barrier.wait_deadline(deadline).is_err());
        assert!(Instant::now() >= deadline);
        barrier.reset();
    }
}

#[test]
fn abort_sends_everybody_away_until_reset() {
    bounded(|| {
        let barrier = Barrier::new(THREADS + 1);
        thread::scope(|scope| {
            for own in 0..THREADS {
                let barrier = &barrier;
                scope.spawn(move || match own % 2 {
                    0 => assert_eq!(barrier.wait(), Err(BrokenBarrier)),
                    _ => {
                        let ended = barrier.wait_timeout(LONG);
                        assert_eq!(ended, Err(BarrierTimeoutError::Broken));
                    }
                });
            }
            until(|| barrier.waiting() == THREADS);
            barrier.abort();
            // Again, as what is subscribed to a `Termination` does.
            barrier.stop();
        });
        sends_away(&barrier);
        barrier.reset();
        works(&barrier);
        // Nobody waits: the next ones are sent away.
        barrier.abort();
        sends_away(&barrier);
    });
}

#[test]
fn reset_sends_who_waits_away_and_nobody_else() {
    bounded(|| {
        let barrier = Barrier::new(3);
        barrier.reset();
        for _ in 0..50 {
            thread::scope(|scope| {
                for waiting in 1..=2 {
                    scope.spawn(|| assert_eq!(barrier.wait(), Err(BrokenBarrier)));
                    until(|| barrier.waiting() == waiting);
                }
                barrier.reset();
                // At once, while the others may still be on their way out.
                assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
                works(&barrier);
            });
        }
    });
}

/// Python breaks those who have been released and do not run yet.
#[test]
fn a_generation_that_has_tripped_is_a_success_whatever_comes_next() {
    const ROUNDS: usize = kit::rounds(600);
    bounded(|| {
        let (barrier, round) = (Barrier::new(THREADS), std::sync::Barrier::new(THREADS));
        thread::scope(|scope| {
            for own in 0..THREADS {
                let (barrier, round) = (&barrier, &round);
                scope.spawn(move || {
                    for n in 0..ROUNDS {
                        let turn = barrier.wait_timeout(LONG).unwrap();
                        match n % 3 {
                            0 if turn.is_leader() => barrier.abort(),
                            1 if turn.is_leader() => barrier.reset(),
                            2 if turn.is_leader() => {
                                // Breaks the next generation.
                                assert!(barrier.wait_timeout(Duration::ZERO).is_err());
                            }
                            _ => {}
                        }
                        round.wait();
                        if own == 0 {
                            assert_eq!(barrier.is_broken(), n % 3 != 1);
                            barrier.reset();
                        }
                        round.wait();
                    }
                });
            }
        });
    });
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn tasks_and_threads_are_parties_alike() {
    bounded(|| {
        let barrier = Barrier::new(3);
        let mut first = Box::pin(barrier.wait_async());
        assert!(poll(first.as_mut()).is_pending());
        thread::scope(|scope| {
            let second = scope.spawn(|| barrier.wait().unwrap());
            until(|| barrier.waiting() == 2);
            let mut last = Box::pin(barrier.wait_async());
            let Poll::Ready(Ok(turn)) = poll(last.as_mut()) else {
                panic!("all are there");
            };
            assert_eq!((turn.index(), turn.is_leader()), (2, true));
            assert_eq!(second.join().unwrap().index(), 1);
        });
        // Also after this.
        barrier.abort();
        let Poll::Ready(Ok(turn)) = poll(first.as_mut()) else {
            panic!("it was released");
        };
        assert_eq!((turn.index(), turn.is_leader()), (0, false));
    });
}

#[test]
fn a_task_that_is_dropped_while_it_waits_breaks_it() {
    bounded(|| {
        let barrier = Barrier::new(3);
        drop(barrier.wait_async());
        assert!(!barrier.is_broken());
        let mut task = Box::pin(barrier.wait_async());
        assert!(poll(task.as_mut()).is_pending());
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(barrier.wait(), Err(BrokenBarrier)));
            until(|| barrier.waiting() == 2);
            drop(task);
        });
        sends_away(&barrier);
        barrier.reset();
        works(&barrier);
    });
}

#[test]
fn a_task_that_is_dropped_after_the_trip_breaks_nothing() {
    bounded(|| {
        let barrier = Barrier::new(3);
        let mut task = Box::pin(barrier.wait_async());
        assert!(poll(task.as_mut()).is_pending());
        thread::scope(|scope| {
            let second = scope.spawn(|| barrier.wait().unwrap());
            until(|| barrier.waiting() == 2);
            assert!(barrier.wait().unwrap().is_leader());
            drop(task);
            assert_eq!(second.join().unwrap().index(), 1);
        });
        works(&barrier);
    });
}

/// Each generation in which a thread was, as a bit for its index; no index twice, one leader.
#[test]
fn stress_two_thousand_generations_of_eight_threads() {
    const GENERATIONS: usize = kit::rounds(2_000);
    bounded(|| {
        let runs = AtomicUsize::new(0);
        let seen: Vec<_> = (0..GENERATIONS).map(|_| AtomicUsize::new(0)).collect();
        let barrier = Barrier::with_action(THREADS, || {
            runs.fetch_add(1, SeqCst);
        });
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for (generation, seen) in seen.iter().enumerate() {
                        let turn = barrier.wait().unwrap();
                        // This thread is missing for the next one.
                        assert_eq!(runs.load(SeqCst), generation + 1);
                        let bit = 1 << turn.index();
                        assert_eq!(seen.fetch_or(bit, SeqCst) & bit, 0);
                        assert_eq!(turn.is_leader(), turn.index() == THREADS - 1);
                    }
                });
            }
        });
        assert!(
            seen.iter()
                .all(|seen| seen.load(SeqCst) == (1 << THREADS) - 1)
        );
        assert_eq!((runs.load(SeqCst), barrier.waiting()), (GENERATIONS, 0));
    });
}

#[test]
fn stress_more_threads_than_parties_go_in_groups() {
    const EACH: usize = kit::rounds(1_500);
    const PARTIES: usize = 3;
    bounded(|| {
        let barrier = Barrier::new(PARTIES);
        let turns = [const { AtomicUsize::new(0) }; PARTIES];
        // As many turns as groups can share: nobody is left over, whoever is with whom.
        let left = AtomicUsize::new(THREADS * EACH / PARTIES * PARTIES);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    let take = |n: usize| n.checked_sub(1);
                    while left.fetch_update(SeqCst, SeqCst, take).is_ok() {
                        turns[barrier.wait().unwrap().index()].fetch_add(1, SeqCst);
                    }
                });
            }
        });
        let each = THREADS * EACH / PARTIES;
        assert!(turns.iter().all(|count| count.load(SeqCst) == each));
    });
}

/// What a generation may come to: a turn of its own for each party, or for none.
#[derive(Default)]
struct Outcomes {
    turns: [AtomicUsize; THREADS],
    timed_out: AtomicUsize,
    broken: AtomicUsize,
}

impl Outcomes {
    fn count(&self, ended: Result<Turn, BarrierTimeoutError>) {
        let count = match ended {
            Ok(turn) => &self.turns[turn.index()],
            Err(BarrierTimeoutError::TimedOut) => &self.timed_out,
            Err(BarrierTimeoutError::Broken) => &self.broken,
        };
        count.fetch_add(1, SeqCst);
    }

    /// How often somebody led, was timed out, was sent away.
    fn counts(&self, parties: usize) -> [usize; 3] {
        let led = &self.turns[parties - 1];
        [led, &self.timed_out, &self.broken].map(|count| count.load(SeqCst))
    }

    fn all_or_nobody(&self, parties: usize) {
        let [led, ..] = self.counts(parties);
        assert!(
            self.turns[..parties]
                .iter()
                .all(|turns| turns.load(SeqCst) == led)
        );
    }
}

#[test]
fn stress_a_time_out_that_races_the_last_party_is_one_or_the_other_for_all() {
    const PARTIES: usize = 3;
    bounded(|| {
        let (barrier, round) = (Barrier::new(PARTIES), std::sync::Barrier::new(PARTIES));
        let (outcomes, over) = (Outcomes::default(), AtomicBool::new(false));
        thread::scope(|scope| {
            for own in 0..PARTIES {
                let (barrier, round, outcomes, over) = (&barrier, &round, &outcomes, &over);
                scope.spawn(move || {
                    for n in 0.. {
                        (0..n * own % 5).for_each(|_| thread::yield_now());
                        let time = Duration::from_micros(((n + own) % 40) as u64);
                        let ended = barrier.wait_timeout(time);
                        outcomes.count(ended);
                        round.wait();
                        if own == 0 {
                            outcomes.all_or_nobody(PARTIES);
                            assert_eq!(barrier.is_broken(), ended.is_err());
                            let [led, timed_out, _] = outcomes.counts(PARTIES);
                            over.store(led > 150 && timed_out > 150, SeqCst);
                            barrier.reset();
                        }
                        round.wait();
                        if over.load(SeqCst) {
                            break;
                        }
                    }
                });
            }
        });
    });
}

#[test]
fn stress_abort_and_reset_at_any_moment_leave_no_half_generation() {
    const PARTIES: usize = 3;
    bounded(|| {
        let barrier = Barrier::new(PARTIES);
        let (outcomes, over) = (Outcomes::default(), AtomicBool::new(false));
        thread::scope(|scope| {
            for own in 0..THREADS - 2 {
                let (barrier, outcomes, over) = (&barrier, &outcomes, &over);
                scope.spawn(move || {
                    // Long enough to be sent away rather than timed out, mostly.
                    let times = (0..).map(|n| Duration::from_micros(n * own as u64 % 3_000));
                    for time in times.take_while(|_| !over.load(SeqCst)) {
                        outcomes.count(barrier.wait_timeout(time));
                    }
                });
            }
            for own in 0..2 {
                let (barrier, over) = (&barrier, &over);
                scope.spawn(move || {
                    let rounds = (0..).take_while(|_| !over.load(SeqCst));
                    for n in rounds {
                        (0..n % (7 + own)).for_each(|_| thread::yield_now());
                        if n % 5 == 0 {
                            barrier.abort();
                        }
                        barrier.reset();
                    }
                });
            }
            until(|| outcomes.counts(PARTIES).iter().all(|count| *count > 100));
            over.store(true, SeqCst);
        });
        outcomes.all_or_nobody(PARTIES);
    });
}
