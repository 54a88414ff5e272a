//! The barrier and the wakers of others: such as come back into it, drop its parties, or panic. And crowds larger than
//! one batch, whose members find out one after the other.

mod kit;

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use gimmal_core::error::BrokenBarrier;
use gimmal_core::sync::{Arriving, Barrier};
use gimmal_core::wait::{Until, WaitQueue};
use kit::parties::{Party, all_broken, all_pass, arrived, trips, works};
use kit::{Bang, Scripted, Waiter, bangs, poll};

type Owned = Party<'static>;
type Boxed = Pin<Box<Until<'static, WaitQueue, Arriving<'static, fn()>>>>;

/// More than one batch of wakers, also without those that a test takes away.
const CROWD: usize = 20;

fn leaked(parties: usize) -> &'static Barrier {
    Box::leak(Box::new(Barrier::new(parties)))
}

/// A party whose waker does `wake`, and that has arrived.
fn scripted(barrier: &'static Barrier, wake: impl Fn() + Send + Sync + 'static) -> Boxed {
    let waker = Scripted {
        wake: Box::new(wake),
        ..Default::default()
    };
    let mut party = Box::pin(barrier.wait());
    assert!(poll(party.as_mut(), &waker.waker()).is_pending());
    party
}

/// Resets it if it needs that: a reset takes out all who are still to be woken.
fn repair(barrier: &Barrier) {
    if barrier.is_broken() {
        barrier.reset();
    }
}

fn bang() {
    resume_unwind(Box::new(Bang));
}

#[test]
fn a_waker_may_abort_or_reset_the_barrier_that_has_just_tripped() {
    for way in [Barrier::abort, Barrier::reset] {
        let barrier = leaked(CROWD);
        let mut first = scripted(barrier, move || way(barrier));
        let mut others = arrived(barrier, CROWD - 2);
        assert_eq!(trips(barrier).unwrap().index(), CROWD - 1);
        assert!(others.iter().all(|p| p.wakes() == 1));
        let turn = poll(first.as_mut(), Waker::noop());
        assert!(matches!(turn, Poll::Ready(Ok(turn)) if turn.index() == 0));
        for (i, party) in others.iter_mut().enumerate() {
            assert_eq!(party.gets_it().map(|turn| turn.index()), Ok(i + 1));
        }
        barrier.reset();
        works(barrier);
    }
}

#[test]
fn parties_that_leave_between_two_batches_of_a_trip_have_had_their_turn() {
    let barrier = leaked(CROWD);
    let others = Arc::new(Mutex::new(Vec::new()));
    let slot = others.clone();
    let _first = scripted(barrier, move || {
        let mut others: Vec<Owned> = std::mem::take(&mut *slot.lock().unwrap());
        let turn = others.pop().unwrap().cancel().expect("it has tripped");
        assert_eq!(turn.unwrap().index(), CROWD - 2);
        assert!(others.pop().unwrap().gets_it().is_ok());
        others.clear();
        assert!(!barrier.is_broken());
    });
    *others.lock().unwrap() = arrived(barrier, CROWD - 2);
    assert!(trips(barrier).unwrap().is_leader());
    works(barrier);
}

/// A generation is sent away, in batches; before the second one another generation comes and trips.
#[test]
fn who_was_sent_away_is_not_let_through_by_a_later_generation() {
    for way in [Barrier::abort, Barrier::reset] {
        let barrier = leaked(CROWD);
        let new = Arc::new(Mutex::new(Vec::new()));
        let slot = new.clone();
        let mut first = scripted(barrier, move || {
            repair(barrier);
            let parties = arrived(barrier, CROWD - 1);
            assert_eq!(trips(barrier).unwrap().index(), CROWD - 1);
            *slot.lock().unwrap() = parties;
        });
        let mut old = arrived(barrier, CROWD - 2);
        way(barrier);
        assert!(old.iter().all(|p| p.wakes() == 1));
        assert!(matches!(
            poll(first.as_mut(), Waker::noop()),
            Poll::Ready(Err(BrokenBarrier))
        ));
        all_broken(&mut old);
        assert_eq!(new.lock().unwrap().len(), CROWD - 1);
        all_pass(&mut new.lock().unwrap());
        works(barrier);
    }
}

/// The same, and one that was sent away and does not know it yet gives up beside the new generation.
#[test]
fn who_was_sent_away_breaks_nothing_new_when_it_gives_up() {
    for way in [Barrier::abort, Barrier::reset] {
        let barrier = leaked(CROWD);
        let (old, new) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(Mutex::new(Vec::new())),
        );
        let (others, slot) = (old.clone(), new.clone());
        let _first = scripted(barrier, move || {
            repair(barrier);
            *slot.lock().unwrap() = arrived(barrier, 2);
            let mut old: Vec<Owned> = std::mem::take(&mut *others.lock().unwrap());
            assert_eq!(old.pop().unwrap().cancel(), Some(Err(BrokenBarrier)));
            drop(old);
            assert_eq!((barrier.waiting(), barrier.is_broken()), (2, false));
        });
        *old.lock().unwrap() = arrived(barrier, CROWD - 2);
        way(barrier);
        let mut new = std::mem::take(&mut *new.lock().unwrap());
        assert!(new.iter().all(|p| p.wakes() == 0));
        new.extend((2..CROWD - 1).map(|_| Waiter::of(barrier.wait())));
        assert!(trips(barrier).unwrap().is_leader());
        all_pass(&mut new);
        works(barrier);
    }
}

#[test]
fn who_gives_up_after_an_abort_is_told_that_it_is_broken() {
    let barrier = leaked(CROWD);
    let old = Arc::new(Mutex::new(Vec::new()));
    let others = old.clone();
    let _first = scripted(barrier, move || {
        let mut old: Vec<Owned> = std::mem::take(&mut *others.lock().unwrap());
        assert_eq!(old.pop().unwrap().cancel(), Some(Err(BrokenBarrier)));
    });
    *old.lock().unwrap() = arrived(barrier, CROWD - 2);
    barrier.abort();
}

#[test]
fn a_party_that_comes_again_from_its_own_waker_is_of_the_next_generation() {
    let barrier = leaked(CROWD);
    let again = Arc::new(Mutex::new(None));
    let slot = again.clone();
    let mut first = scripted(barrier, move || {
        *slot.lock().unwrap() = Some(Waiter::of(barrier.wait()));
    });
    let mut others = arrived(barrier, CROWD - 2);
    assert!(trips(barrier).unwrap().is_leader());
    assert!(poll(first.as_mut(), Waker::noop()).is_ready());
    assert!(others.iter_mut().all(|p| p.gets_it().is_ok()));
    let mut again = again.lock().unwrap().take().unwrap();
    again.waits_on();
    let mut others = arrived(barrier, CROWD - 2);
    assert!(trips(barrier).unwrap().is_leader());
    assert_eq!(again.gets_it().unwrap().index(), 0);
    assert!(others.iter_mut().all(|p| p.gets_it().is_ok()));
}

#[test]
fn panicking_wakers_keep_nobody_from_passing_or_from_being_sent_away() {
    for n in [2, 3, 9, 10, 20] {
        for guilty in [0, (n - 2) / 2, n - 2] {
            for way in [
                None,
                Some(Barrier::abort as fn(&Barrier)),
                Some(Barrier::reset),
            ] {
                let barrier = leaked(n);
                let mut parties = arrived(barrier, guilty);
                let mut bad = scripted(barrier, bang);
                parties.extend(arrived(barrier, n - 2 - guilty));
                bangs(|| match way {
                    Some(way) => way(barrier),
                    None => assert!(trips(barrier).is_ok()),
                });
                assert!(parties.iter().all(|p| p.wakes() == 1));
                let bad = poll(bad.as_mut(), Waker::noop());
                assert_eq!(matches!(bad, Poll::Ready(Ok(_))), way.is_none());
                for party in &mut parties {
                    assert_eq!(party.gets_it().is_ok(), way.is_none());
                }
                barrier.reset();
                works(barrier);
            }
        }
    }
}

#[test]
fn a_panicking_waker_of_who_is_sent_away_by_a_leaver_keeps_nobody() {
    let barrier = leaked(CROWD);
    let leaver = Waiter::of(barrier.wait());
    let _bad = scripted(barrier, bang);
    let mut others = arrived(barrier, CROWD - 3);
    bangs(|| drop(leaver));
    all_broken(&mut others);
    barrier.reset();
    works(barrier);
}

#[test]
fn a_waker_whose_clone_panics_has_not_arrived() {
    for before in [0, 1] {
        let barrier = leaked(2);
        let mut parties = arrived(barrier, before);
        let waker = Scripted {
            clone: Box::new(bang),
            ..Default::default()
        }
        .waker();
        let mut party = Box::pin(barrier.wait());
        bangs(|| assert!(poll(party.as_mut(), &waker).is_pending()));
        assert_eq!(barrier.waiting(), before);
        drop(party);
        parties.extend(arrived(barrier, 1 - before));
        assert!(trips(barrier).unwrap().is_leader());
        all_pass(&mut parties);
    }
}

/// The last party needs no waker: dropping the one that it brought runs code of others, which may panic.
#[test]
fn a_waker_that_panics_when_the_last_party_drops_it_keeps_nobody() {
    let barrier = leaked(3);
    let mut parties = arrived(barrier, 2);
    let waker = Scripted {
        drop: Box::new(bang),
        ..Default::default()
    }
    .waker();
    let mut last = Box::pin(barrier.wait());
    bangs(|| assert!(poll(last.as_mut(), &waker).is_pending()));
    std::mem::forget(waker);
    all_pass(&mut parties);
    works(barrier);
}

#[test]
fn a_waker_that_panics_when_its_party_gives_up_keeps_nobody() {
    let barrier = leaked(3);
    let waker = Scripted {
        drop: Box::new(bang),
        ..Default::default()
    }
    .waker();
    let mut leaver = Box::pin(barrier.wait());
    assert!(poll(leaver.as_mut(), &waker).is_pending());
    std::mem::forget(waker);
    let mut other = arrived(barrier, 1);
    bangs(|| drop(leaver));
    assert!(barrier.is_broken());
    assert_eq!(other[0].wakes(), 1);
    all_broken(&mut other);
}

#[test]
fn a_waker_may_come_back_into_the_barrier_from_everywhere() {
    let barrier = leaked(3);
    let calls = Arc::new(AtomicUsize::new(0));
    let action = || {
        let calls = calls.clone();
        Box::new(move || {
            calls.fetch_add(1, SeqCst);
            let _ = Waiter::unpolled(barrier.wait()).poll();
            barrier.abort();
            assert!(!format!("{barrier:?}").is_empty());
            barrier.reset();
        })
    };
    let waker = || {
        Scripted {
            clone: action(),
            wake: action(),
            drop: action(),
        }
        .waker()
    };
    let (one, two) = (waker(), waker());
    for _ in 0..3 {
        let mut parties: Vec<_> = (0..3).map(|_| Box::pin(barrier.wait())).collect();
        for party in &mut parties {
            let _ = poll(party.as_mut(), &one).is_ready();
        }
        for party in &mut parties {
            let answer = poll(party.as_mut(), &two);
            assert!(matches!(
                answer,
                Poll::Ready(Err(BrokenBarrier)) | Poll::Pending
            ));
        }
    }
    drop((one, two));
    assert!(calls.load(SeqCst) > 10);
    barrier.reset();
    works(barrier);
}

#[test]
fn a_forgotten_party_keeps_its_place_and_does_no_harm() {
    let barrier = leaked(3);
    // Under an interpreter that looks for leaks this one is reachable, on purpose.
    let forgotten: &'static mut _ = Box::leak(Box::new(Waiter::of(barrier.wait())));
    let mut other = Waiter::of(barrier.wait());
    assert!(trips(barrier).unwrap().is_leader());
    assert_eq!(
        (forgotten.wakes(), other.gets_it().unwrap().index()),
        (1, 1)
    );
    works(barrier);
}
