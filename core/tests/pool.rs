//! The pool, one step at a time: places are lent once, values never move while they are lent, and every loan returns.

mod kit;

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Poll, Waker};
use std::thread;

use gimmal_core::error::Full;
use gimmal_core::pool::{Loan, Pool};
use gimmal_core::wait::{Until, WaitQueue};
use kit::{Counted, Item, Ledger, Scripted, bangs, poll, wait};
use proptest::prelude::*;

/// Takes while `true`, returns the loan of that rank while a number.
fn model<const N: usize>(ops: &[Option<usize>]) {
    let ledger = Ledger::new();
    let pool = Pool::<Item, N>::new();
    let mut loans: Vec<Loan<'_, Item>> = Vec::new();
    let mut places = BTreeMap::new();
    for op in ops {
        match op {
            None => {
                let item = ledger.item();
                let id = item.id;
                match pool.try_take(item) {
                    Ok(loan) => {
                        let place = std::ptr::from_ref(&*loan).addr();
                        assert_eq!(places.insert(place, id), None, "a place is lent once");
                        loans.push(loan);
                    }
                    Err(Full(back)) => assert!(loans.len() == N && back == id),
                }
            }
            Some(_) if loans.is_empty() => {}
            Some(rank) => {
                let loan = loans.swap_remove(rank % loans.len());
                let place = std::ptr::from_ref(&*loan).addr();
                assert_eq!(places.remove(&place), Some(loan.id), "it never moved");
            }
        }
        assert_eq!((pool.lent(), ledger.living()), (loans.len(), loans.len()));
    }
    drop(loans);
    assert_eq!(pool.lent(), 0);
    ledger.settle();
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 192 })
    })]

    #[test]
    fn lends_exactly_its_places(
        ops in prop::collection::vec(
            prop_oneof![Just(None), (0..8_usize).prop_map(Some)],
            0..if cfg!(miri) { 30 } else { 120 },
        ),
    ) {
        model::<1>(&ops);
        model::<2>(&ops);
        model::<3>(&ops);
        model::<7>(&ops);
        model::<8>(&ops);
    }
}

type Take<'p, T> = Pin<Box<Until<'p, WaitQueue, gimmal_core::pool::Taking<'p, T>>>>;

fn waiting<T, const N: usize>(pool: &Pool<T, N>, value: T) -> (Take<'_, T>, Arc<Counted>, Waker) {
    let (counted, waker) = Counted::new();
    let mut future = Box::pin(pool.take(value));
    assert!(poll(future.as_mut(), &waker).is_pending());
    (future, counted, waker)
}

#[test]
fn a_loan_is_used_like_its_value_and_moves_without_it() {
    let pool = Pool::<[u8; 256], 2>::new();
    let mut loan = wait(pool.take([0; 256]));
    loan[3] = 7;
    let place = std::ptr::from_ref(&*loan);
    let back = std::thread::scope(|scope| {
        scope
            .spawn(move || {
                loan[4] = 8;
                loan
            })
            .join()
            .unwrap()
    });
    assert!(std::ptr::eq(place, &*back), "only the loan travelled");
    assert_eq!((back[3], back[4]), (7, 8));
    assert_eq!(format!("{pool:?}"), "Pool { lent: 1 }");
}

#[test]
fn those_who_wait_are_served_in_the_order_in_which_they_came() {
    let pool = Pool::<u8, 1>::new();
    let mut loan = pool.try_take(0).unwrap();
    let mut tasks: Vec<_> = (1..4).map(|i| waiting(&pool, i)).collect();
    for i in 1..4 {
        drop(loan);
        let wakes: Vec<usize> = tasks.iter().map(|t| t.1.wakes()).collect();
        assert_eq!(wakes, [1, 0, 0][..tasks.len()]);
        let (mut future, _, waker) = tasks.remove(0);
        let Poll::Ready(got) = poll(future.as_mut(), &waker) else {
            panic!("a place was free")
        };
        assert_eq!(*got, i);
        loan = got;
    }
}

#[test]
fn two_returns_wake_two_takers_even_through_one() {
    let pool = Pool::<u8, 2>::new();
    let loans = (pool.try_take(0).unwrap(), pool.try_take(1).unwrap());
    let mut first = waiting(&pool, 2);
    let second = waiting(&pool, 3);
    drop(loans.0);
    let thief = pool.try_take(9).unwrap();
    assert!(poll(first.0.as_mut(), &first.2).is_pending());
    drop((thief, loans.1));
    let got = poll(first.0.as_mut(), &first.2);
    assert!(got.is_ready());
    assert_eq!(second.1.wakes(), 1);
}

#[test]
fn a_cancelled_take_drops_or_returns_its_value_and_passes_its_turn_on() {
    let ledger = Ledger::new();
    let pool = Pool::<Item, 1>::new();
    let loan = pool.try_take(ledger.item()).unwrap();
    drop(pool.take(ledger.item()));
    drop(waiting(&pool, ledger.item()));
    assert_eq!(ledger.living(), 1);
    let mut cancelled = waiting(&pool, ledger.item());
    let back = cancelled.0.as_mut().cancel().err().unwrap();
    assert_eq!(back.into_inner(), 3);
    let first = waiting(&pool, ledger.item());
    let mut second = waiting(&pool, ledger.item());
    drop(loan);
    assert_eq!((first.1.wakes(), second.1.wakes()), (1, 0));
    drop(first);
    assert_eq!(second.1.wakes(), 1);
    let got = second.0.as_mut().cancel();
    assert_eq!(
        got.ok().unwrap().id,
        5,
        "woken, and there was a place: lent after all"
    );
    drop(cancelled);
    drop(second);
    assert_eq!(pool.lent(), 0);
    ledger.settle();
}

#[test]
fn a_destructor_that_panics_returns_its_place_all_the_same() {
    let ledger = Ledger::new();
    let pool = Pool::<Item, 1>::new();
    for _ in 0..3 {
        let loan = pool.try_take(ledger.bomb()).unwrap();
        let (mut next, counted, waker) = waiting(&pool, ledger.item());
        bangs(|| drop(loan));
        assert_eq!((pool.lent(), counted.wakes()), (0, 1));
        assert!(poll(next.as_mut(), &waker).is_ready());
    }
    ledger.settle();
}

#[test]
fn a_forgotten_loan_leaks_its_place_and_no_other() {
    let ledger = Ledger::new();
    let pool = Pool::<Item, 2>::new();
    std::mem::forget(pool.try_take(ledger.item()).unwrap());
    for _ in 0..5 {
        let loan = pool.try_take(ledger.item()).unwrap();
        assert!(pool.try_take(ledger.item()).is_err());
        drop(loan);
    }
    assert_eq!(pool.lent(), 1);
    ledger.settle_but(1);
}

#[test]
fn a_place_is_lent_until_the_destructor_of_its_value_has_ended() {
    struct Looks(&'static Pool<Looks, 1>);
    impl Drop for Looks {
        fn drop(&mut self) {
            assert_eq!(self.0.lent(), 1);
        }
    }
    static POOL: Pool<Looks, 1> = Pool::new();
    drop(POOL.try_take(Looks(&POOL)).ok().unwrap());
    assert_eq!(POOL.lent(), 0);
}

#[test]
fn a_waker_may_come_back_into_the_pool() {
    static POOL: Pool<u8, 1> = Pool::new();
    let loan = POOL.try_take(0).unwrap();
    let mut future = pin!(POOL.take(1));
    let waker = Scripted {
        wake: Box::new(|| drop(POOL.try_take(2).unwrap())),
        clone: Box::new(|| drop(POOL.try_take(3))),
        ..Default::default()
    }
    .waker();
    assert!(poll(future.as_mut(), &waker).is_pending());
    drop(loan);
    assert!(poll(future.as_mut(), &waker).is_ready());
}

#[test]
fn values_of_no_size_and_of_wide_alignment_are_lent() {
    #[repr(align(64))]
    struct Wide(u8);
    let nothing = Pool::<(), 2>::new();
    let loans = (nothing.try_take(()).unwrap(), nothing.try_take(()).unwrap());
    assert!(nothing.try_take(()).is_err());
    drop(loans);
    let wide = Pool::<Wide, 3>::new();
    let loans: Vec<_> = (0..3)
        .map(|i| wide.try_take(Wide(i)).ok().unwrap())
        .collect();
    for (i, loan) in loans.iter().enumerate() {
        assert_eq!(std::ptr::from_ref(&**loan).addr() % 64, 0);
        assert_eq!(usize::from(loan.0), i);
    }
}

#[test]
fn the_last_share_drops_the_value_and_returns_the_place() {
    let drops = AtomicUsize::new(0);

    struct Bytes<'d>([u8; 3], &'d AtomicUsize);
    impl AsRef<[u8]> for Bytes<'_> {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    impl Drop for Bytes<'_> {
        fn drop(&mut self) {
            self.1.fetch_add(1, SeqCst);
        }
    }

    let pool = Pool::<Bytes<'_>, 1>::new();
    let mut loan = pool.try_take(Bytes([1, 2, 3], &drops)).unwrap();
    loan.0[0] = 7;
    let shares: [_; 3] = {
        let share = loan.share();
        [share.clone(), share.clone(), share]
    };
    assert_eq!(format!("{:?}", shares[0]), "Shared([7, 2, 3])");
    thread::scope(|scope| {
        for share in shares {
            assert_eq!((pool.lent(), drops.load(SeqCst)), (1, 0));
            scope
                .spawn(move || assert_eq!(share.as_ref(), [7, 2, 3]))
                .join()
                .unwrap();
        }
    });
    assert_eq!((pool.lent(), drops.load(SeqCst)), (0, 1));
}
