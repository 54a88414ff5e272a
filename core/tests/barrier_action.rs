//! The barrier and its action: what it may do to the barrier that runs it, and what becomes of those who come meanwhile.

mod kit;

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;

use gimmal_core::error::BrokenBarrier;
use gimmal_core::sync::Barrier;
use kit::parties::{all_broken, all_pass, arrived, is_broken, trips, works};
use kit::{Bang, Waiter, bangs};

type Acting = Barrier<Box<dyn Fn() + Send + Sync>>;

/// A barrier whose action is told how often it has run before.
fn acting(
    parties: usize,
    action: impl Fn(&'static Acting, usize) + Send + Sync + 'static,
) -> &'static Acting {
    let whole: Arc<OnceLock<&'static Acting>> = Arc::default();
    let (itself, runs) = (whole.clone(), AtomicUsize::new(0));
    let action: Box<dyn Fn() + Send + Sync> =
        Box::new(move || action(itself.get().unwrap(), runs.fetch_add(1, SeqCst)));
    let barrier = Box::leak(Box::new(Barrier::with_action(parties, action)));
    assert!(whole.set(barrier).is_ok());
    barrier
}

fn bang() {
    resume_unwind(Box::new(Bang));
}

#[test]
fn an_action_may_abort_or_reset_the_barrier_and_nobody_passes() {
    let ways: [fn(&Acting); 4] = [
        Barrier::abort,
        Barrier::reset,
        |barrier| {
            barrier.abort();
            barrier.reset();
        },
        |barrier| {
            barrier.reset();
            barrier.abort();
        },
    ];
    for (n, way) in [1, 2, 9, 10, 20]
        .into_iter()
        .flat_map(|n| ways.map(|way| (n, way)))
    {
        let barrier = acting(n, move |barrier, run| {
            if run == 0 {
                assert_eq!(barrier.waiting(), n - 1, "without the one that runs it");
                way(barrier);
                assert_eq!(barrier.waiting(), 0);
            }
        });
        let mut parties = arrived(barrier, n - 1);
        assert_eq!(trips(barrier), Err(BrokenBarrier));
        assert!(parties.iter().all(|p| p.wakes() == 1));
        all_broken(&mut parties);
        if barrier.is_broken() {
            is_broken(barrier);
            barrier.reset();
        }
        works(barrier);
    }
}

#[test]
fn an_action_that_panics_after_a_reset_breaks_nothing_that_is_new() {
    for n in [1, 2, 12] {
        let new = Arc::new(Mutex::new(Vec::new()));
        let slot = new.clone();
        let barrier = acting(n, move |barrier, run| {
            if run == 0 {
                barrier.reset();
                *slot.lock().unwrap() = arrived(barrier, n - 1);
                bang();
            }
        });
        let mut old = arrived(barrier, n - 1);
        let mut last = Waiter::unpolled(barrier.wait());
        bangs(|| assert!(last.poll().is_pending()));
        all_broken(&mut old);
        let mut new = std::mem::take(&mut *new.lock().unwrap());
        assert_eq!((barrier.waiting(), barrier.is_broken()), (n - 1, false));
        assert_eq!(trips(barrier).unwrap().index(), n - 1);
        all_pass(&mut new);
        works(barrier);
    }
}

#[test]
fn an_action_that_panics_after_an_abort_leaves_it_broken() {
    let barrier = acting(3, |barrier, run| {
        if run == 0 {
            barrier.abort();
            bang();
        }
    });
    let mut parties = arrived(barrier, 2);
    bangs(|| assert!(trips(barrier).is_err()));
    is_broken(barrier);
    all_broken(&mut parties);
    barrier.reset();
    works(barrier);
}

/// A generation of its own trips while the action of one that was reset still runs.
#[test]
fn a_generation_may_trip_inside_the_action_of_one_that_was_sent_away() {
    for n in [1, 2, 12] {
        let inner = Arc::new(Mutex::new(Vec::new()));
        let slot = inner.clone();
        let barrier = acting(n, move |barrier, run| {
            if run == 0 {
                barrier.reset();
                let mut parties = arrived(barrier, n - 1);
                assert!(trips(barrier).unwrap().is_leader());
                *slot.lock().unwrap() = std::mem::take(&mut parties);
            }
        });
        let mut outer = arrived(barrier, n - 1);
        assert_eq!(trips(barrier), Err(BrokenBarrier));
        all_broken(&mut outer);
        all_pass(&mut inner.lock().unwrap());
        works(barrier);
    }
}

#[test]
fn who_comes_while_the_action_runs_is_of_the_next_generation() {
    for (n, newcomers) in [(2, 1), (2, 5), (3, 2), (3, 12), (12, 11)] {
        let outside = Arc::new(Mutex::new(Vec::new()));
        let slot = outside.clone();
        let barrier = acting(n, move |barrier, run| {
            if run == 0 {
                *slot.lock().unwrap() = arrived(barrier, newcomers);
                assert_eq!(barrier.waiting(), n - 1, "they do not count yet");
            }
        });
        let mut parties = arrived(barrier, n - 1);
        assert_eq!(trips(barrier).unwrap().index(), n - 1);
        assert_eq!(barrier.waiting(), 0);
        let mut outside = std::mem::take(&mut *outside.lock().unwrap());
        assert!(outside.iter().all(|p| p.wakes() == 1), "they may come now");
        all_pass(&mut parties);
        // They come in the order in which they are polled, generation after generation.
        let mut turns = Vec::new();
        let mut waiting = Vec::new();
        for mut party in outside.drain(..) {
            match party.poll() {
                Poll::Ready(turn) => {
                    assert!(turn.unwrap().is_leader());
                    turns.push(waiting.len());
                    all_pass(&mut waiting);
                    waiting.clear();
                }
                Poll::Pending => waiting.push(party),
            }
        }
        assert_eq!(turns, vec![n - 1; newcomers / n]);
        assert_eq!(barrier.waiting(), newcomers % n);
    }
}

#[test]
fn who_comes_while_the_action_runs_is_told_when_that_breaks_or_resets_it() {
    for (resets, panics) in [(false, false), (true, false), (false, true)] {
        let outside = Arc::new(Mutex::new(Vec::new()));
        let slot = outside.clone();
        let barrier = acting(2, move |barrier, run| {
            if run == 0 {
                *slot.lock().unwrap() = arrived(barrier, 1);
                match (resets, panics) {
                    (true, _) => barrier.reset(),
                    (_, true) => bang(),
                    _ => barrier.abort(),
                }
            }
        });
        let mut parties = arrived(barrier, 1);
        if panics {
            bangs(|| assert!(trips(barrier).is_err()));
        } else {
            assert_eq!(trips(barrier), Err(BrokenBarrier));
        }
        all_broken(&mut parties);
        let mut outside = std::mem::take(&mut *outside.lock().unwrap());
        assert_eq!(outside[0].wakes(), 1);
        if resets {
            outside[0].waits_on();
            assert_eq!(trips(barrier).unwrap().index(), 1);
            all_pass(&mut outside);
        } else {
            all_broken(&mut outside);
        }
    }
}

#[test]
fn leaving_from_outside_breaks_nothing_before_the_trip_or_after_it() {
    for leaves_inside in [true, false] {
        let outside = Arc::new(Mutex::new(Vec::new()));
        let slot = outside.clone();
        let barrier = acting(2, move |barrier, run| {
            if run == 0 {
                let mut newcomers = arrived(barrier, 2);
                if leaves_inside {
                    assert_eq!(newcomers.pop().unwrap().cancel(), None);
                    newcomers.clear();
                }
                *slot.lock().unwrap() = newcomers;
            }
        });
        let mut parties = arrived(barrier, 1);
        assert!(trips(barrier).unwrap().is_leader());
        all_pass(&mut parties);
        outside.lock().unwrap().clear();
        works(barrier);
    }
}
