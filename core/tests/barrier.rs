//! The barrier, one poll at a time: who is of which generation, who trips it, and what breaks it for whom.

mod kit;

use std::panic::{catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use gimmal_core::error::BrokenBarrier;
use gimmal_core::sync::Barrier;
use kit::parties::{all_broken, all_pass, arrived, is_broken, trips, wakes, works};
use kit::{Bang, Counted, Waiter, bangs, poll};

#[test]
fn every_party_of_every_generation_has_its_own_index_and_one_of_them_leads() {
    for n in [1, 2, 3, 8, 9, 10, 17, 40] {
        let barrier = Barrier::new(n);
        for _ in 0..3 {
            let mut parties = arrived(&barrier, n - 1);
            assert_eq!(wakes(&parties), vec![0; n - 1]);
            let last = trips(&barrier).unwrap();
            assert_eq!((last.index(), last.is_leader()), (n - 1, true));
            assert_eq!(wakes(&parties), vec![1; n - 1]);
            all_pass(&mut parties);
            assert!(parties.iter().all(|p| p.counted.kept() == 0));
        }
    }
}

#[test]
fn it_says_how_many_wait_and_how_many_it_is_for() {
    static BARRIER: Barrier = Barrier::new(3);
    assert_eq!((BARRIER.parties(), BARRIER.waiting()), (3, 0));
    let unpolled = BARRIER.wait();
    assert_eq!(BARRIER.waiting(), 0, "not polled, not arrived");
    drop(unpolled);
    for arrivals in 1..3 {
        let _parties = arrived(&BARRIER, arrivals);
        assert_eq!(BARRIER.waiting(), arrivals);
        BARRIER.abort();
        assert_eq!(BARRIER.waiting(), 0, "they have been sent away");
        BARRIER.reset();
    }
    let mut parties = arrived(&BARRIER, 2);
    let debug = format!("{BARRIER:?}");
    assert_eq!(debug, "Barrier { parties: 3, waiting: 2, broken: false }");
    assert!(trips(&BARRIER).is_ok());
    assert_eq!((BARRIER.parties(), BARRIER.waiting()), (3, 0));
    all_pass(&mut parties);
}

#[test]
fn it_is_reusable_before_those_of_the_last_generation_have_looked() {
    let barrier = Barrier::new(3);
    let mut generations: Vec<_> = (0..5)
        .map(|_| {
            let parties = arrived(&barrier, 2);
            assert_eq!(barrier.waiting(), 2);
            assert_eq!(trips(&barrier).unwrap().index(), 2);
            parties
        })
        .collect();
    for parties in generations.iter_mut().rev() {
        assert_eq!(wakes(parties), [1, 1]);
        all_pass(parties);
    }
}

#[test]
fn nobody_passes_before_the_last_one_has_come() {
    let barrier = Barrier::new(2);
    let mut first = Waiter::of(barrier.wait());
    for _ in 0..kit::rounds(1_000) {
        first.waits_on();
    }
    assert_eq!((first.wakes(), barrier.waiting()), (0, 1), "it counts once");
    let (other, waker) = Counted::new();
    assert!(poll(first.future.as_mut(), &waker).is_pending());
    assert!(trips(&barrier).unwrap().is_leader());
    assert_eq!((first.wakes(), other.wakes()), (0, 1));
    assert_eq!(first.gets_it().unwrap().index(), 0);
}

#[test]
fn a_barrier_for_one_never_waits() {
    let runs = AtomicUsize::new(0);
    let barrier = Barrier::with_action(1, || {
        runs.fetch_add(1, SeqCst);
    });
    for run in 1..4 {
        let turn = trips(&barrier).unwrap();
        assert_eq!((turn.index(), turn.is_leader()), (0, true));
        assert_eq!(runs.load(SeqCst), run);
    }
    barrier.abort();
    is_broken(&barrier);
    barrier.reset();
    works(&barrier);
    assert_eq!(runs.load(SeqCst), 4, "not for who was sent away");
}

#[test]
fn a_barrier_for_nobody_or_for_too_many_is_refused() {
    const MOST: usize = usize::MAX / 4;
    assert!(catch_unwind(|| Barrier::new(0)).is_err());
    assert!(catch_unwind(|| Barrier::with_action(0, || ())).is_err());
    for n in [MOST + 1, usize::MAX] {
        assert!(catch_unwind(|| Barrier::new(n)).is_err());
    }
    let barrier = Barrier::new(MOST);
    let mut parties = arrived(&barrier, 3);
    assert_eq!((barrier.parties(), barrier.waiting()), (MOST, 3));
    barrier.abort();
    all_broken(&mut parties);
}

#[test]
fn the_action_runs_once_before_anybody_is_released() {
    for n in [1, 2, 9, 20] {
        let counters = Mutex::new(Vec::new());
        let runs = AtomicUsize::new(0);
        let barrier = Barrier::with_action(n, || {
            let counters: &Vec<std::sync::Arc<Counted>> = &counters.lock().unwrap();
            assert!(counters.iter().all(|counted| counted.wakes() == 0));
            assert_eq!(counters.len(), n - 1, "all have come");
            runs.fetch_add(1, SeqCst);
        });
        for generation in 0..3 {
            let mut parties = arrived(&barrier, n - 1);
            *counters.lock().unwrap() = parties.iter().map(|p| p.counted.clone()).collect();
            assert_eq!(runs.load(SeqCst), generation, "not before the last one");
            assert!(trips(&barrier).unwrap().is_leader());
            assert_eq!(runs.load(SeqCst), generation + 1);
            all_pass(&mut parties);
        }
        assert_eq!(runs.load(SeqCst), 3);
    }
}

#[test]
fn it_may_be_a_static_with_an_action() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    fn counts() {
        RUNS.fetch_add(1, SeqCst);
    }
    static BARRIER: Barrier = Barrier::with_action(2, counts);
    works(&BARRIER);
    works(&BARRIER);
    assert_eq!(RUNS.load(SeqCst), 2);
}

#[test]
fn the_leader_s_thread_runs_the_action() {
    let ran = Mutex::new(None);
    let barrier = Barrier::with_action(2, || *ran.lock().unwrap() = Some(thread::current().id()));
    let mut first = Waiter::of(barrier.wait());
    let leader = thread::scope(|scope| {
        let last = scope.spawn(|| trips(&barrier).unwrap());
        let id = last.thread().id();
        assert!(last.join().unwrap().is_leader());
        id
    });
    assert_eq!(*ran.lock().unwrap(), Some(leader));
    assert_eq!((first.wakes(), first.gets_it().unwrap().index()), (1, 0));
}

#[test]
fn a_panicking_action_breaks_it_and_unwinds_from_the_last_party() {
    for n in [1, 2, 9, 20] {
        let fails = Mutex::new(true);
        let barrier = Barrier::with_action(n, || {
            if *fails.lock().unwrap() {
                resume_unwind(Box::new(Bang));
            }
        });
        let mut parties = arrived(&barrier, n - 1);
        let mut last = Waiter::unpolled(barrier.wait());
        bangs(|| assert!(last.poll().is_pending()));
        assert_eq!(wakes(&parties), vec![1; n - 1], "at once, not when it goes");
        is_broken(&barrier);
        drop(last);
        all_broken(&mut parties);
        *fails.lock().unwrap() = false;
        is_broken(&barrier);
        barrier.reset();
        works(&barrier);
    }
}

#[test]
fn aborting_sends_everybody_away_until_it_is_reset() {
    for n in [2, 9, 10, 20] {
        let barrier = Barrier::new(n);
        for arrivals in [0, 1, n - 1] {
            let mut parties = arrived(&barrier, arrivals);
            barrier.abort();
            assert_eq!(wakes(&parties), vec![1; arrivals]);
            barrier.abort();
            assert_eq!(wakes(&parties), vec![1; arrivals], "told once");
            is_broken(&barrier);
            all_broken(&mut parties);
            barrier.reset();
            works(&barrier);
        }
    }
}

#[test]
fn resetting_sends_away_who_waits_and_takes_who_comes() {
    for n in [2, 9, 10, 20] {
        let barrier = Barrier::new(n);
        barrier.reset();
        works(&barrier);
        let mut parties = arrived(&barrier, n - 1);
        barrier.reset();
        barrier.reset();
        assert_eq!(wakes(&parties), vec![1; n - 1]);
        works(&barrier);
        all_broken(&mut parties);
        works(&barrier);
    }
}

#[test]
fn once_it_has_tripped_it_is_a_success_whatever_comes_afterwards() {
    let ways: [fn(&Barrier); 6] = [
        Barrier::abort,
        Barrier::reset,
        |barrier| {
            barrier.abort();
            barrier.reset();
            works(barrier);
        },
        |barrier| {
            arrived(barrier, 1);
        },
        |barrier| {
            works(barrier);
            barrier.abort();
        },
        |barrier| (0..300).for_each(|_| barrier.abort()),
    ];
    for n in [2, 9, 10, 20] {
        for afterwards in ways {
            let barrier = Barrier::new(n);
            let mut parties = arrived(&barrier, n - 1);
            assert!(trips(&barrier).unwrap().is_leader());
            afterwards(&barrier);
            all_pass(&mut parties);
        }
    }
}

#[test]
fn who_gives_up_breaks_it_for_the_others() {
    for n in [2, 3, 9, 10, 20] {
        for who in [0, (n - 2) / 2, n - 2] {
            let barrier = Barrier::new(n);
            let mut parties = arrived(&barrier, n - 1);
            drop(parties.remove(who));
            assert_eq!(wakes(&parties), vec![1; n - 2]);
            is_broken(&barrier);
            all_broken(&mut parties);
            barrier.reset();
            works(&barrier);
            // The same with the attempt given back: who timed out knows that it was itself.
            let mut parties = arrived(&barrier, n - 1);
            assert!(parties.remove(who).cancel().is_none());
            is_broken(&barrier);
            // Their time is over too: but it was broken before that.
            assert!(
                parties
                    .iter_mut()
                    .all(|p| p.cancel() == Some(Err(BrokenBarrier)))
            );
        }
    }
}

#[test]
fn who_gives_up_before_it_has_arrived_breaks_nothing() {
    let barrier = Barrier::new(2);
    let mut parties = arrived(&barrier, 1);
    drop(barrier.wait());
    assert!(Waiter::unpolled(barrier.wait()).cancel().is_none());
    assert_eq!((barrier.waiting(), wakes(&parties)), (1, vec![0]));
    assert!(trips(&barrier).is_ok());
    all_pass(&mut parties);
}

#[test]
fn who_gives_up_after_the_trip_has_had_its_turn() {
    for n in [2, 3, 12] {
        let barrier = Barrier::new(n);
        let mut parties = arrived(&barrier, n - 1);
        assert!(trips(&barrier).is_ok());
        let turn = parties[0].cancel().expect("it has tripped").unwrap();
        assert_eq!((turn.index(), turn.is_leader()), (0, false));
        drop(parties);
        works(&barrier);
    }
}

#[test]
fn who_was_sent_away_and_has_not_looked_breaks_nothing_when_it_goes() {
    for n in [2, 3, 12] {
        let barrier = Barrier::new(n);
        let mut old = arrived(&barrier, n - 1);
        barrier.reset();
        let mut new = arrived(&barrier, n - 1);
        assert_eq!(old.pop().unwrap().cancel(), Some(Err(BrokenBarrier)));
        drop(old);
        assert_eq!((barrier.waiting(), wakes(&new)), (n - 1, vec![0; n - 1]));
        assert!(trips(&barrier).is_ok());
        all_pass(&mut new);
        works(&barrier);
    }
}
