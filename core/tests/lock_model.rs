//! The lock under any sequence of operations: nobody sleeps beside a free lock, and nobody is passed by for ever.

mod kit;

use std::task::Poll;

use gimmal_core::sync::{Lock, LockGuard, Locking};
use gimmal_core::wait::WaitQueue;
use kit::Waiter;
use proptest::prelude::*;

type Waits<'l> = Waiter<'l, WaitQueue, Locking<'l, ()>>;

/// Runs operations one after the other. After each of them: one guard at most; and if the lock is free while somebody
/// waits, somebody who waits has been told.
fn model(ops: &[(u8, usize)]) {
    let lock = Lock::new(());
    let mut guard: Option<LockGuard<'_, ()>> = None;
    let mut waiting: Vec<(Waits<'_>, usize)> = Vec::new();
    for (op, which) in ops {
        let which = which % waiting.len().max(1);
        match (op, waiting.get_mut(which)) {
            (0, _) => {
                if let Some(taken) = lock.try_lock() {
                    assert!(guard.replace(taken).is_none());
                }
            }
            (1 | 2, _) => guard = None,
            (3, _) if lock.is_locked() => waiting.push((Waiter::of(lock.lock()), 0)),
            (4 | 5, Some((waiter, seen))) => {
                *seen = waiter.wakes();
                if let Poll::Ready(taken) = waiter.poll() {
                    assert!(guard.replace(taken).is_none());
                    waiting.remove(which);
                }
            }
            (6, Some(_)) => drop(waiting.remove(which)),
            (7, Some((waiter, _))) => {
                if let Some(taken) = waiter.cancel() {
                    assert!(guard.replace(taken).is_none());
                }
                waiting.remove(which);
            }
            _ => {}
        }
        let told = waiting.iter().any(|(waiter, seen)| waiter.wakes() > *seen);
        assert!(guard.is_some() || waiting.is_empty() || told);
        assert!(guard.is_none() || lock.is_locked());
    }
    // Only who was told is polled: nobody sleeps for ever.
    drop(guard);
    while let Some(told) = waiting.iter().position(|(w, seen)| w.wakes() > *seen) {
        waiting[told].1 = waiting[told].0.wakes();
        if let Poll::Ready(guard) = waiting[told].0.poll() {
            drop(guard);
            waiting.remove(told);
        }
    }
    assert!(waiting.is_empty() && !lock.is_locked());
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 192 })
    })]

    #[test]
    fn whoever_waits_is_told_when_the_lock_is_free(
        ops in prop::collection::vec((0..8_u8, 0..8_usize), 0..if cfg!(miri) { 40 } else { 160 }),
    ) {
        model(&ops);
    }
}

#[test]
fn nobody_is_passed_by_for_ever_however_many_wait() {
    const CROWD: usize = 5;
    const ROUNDS: usize = 100 * CROWD;
    // Whoever was woken finds the lock taken again; polled in either order.
    for backwards in [false, true] {
        let lock = Lock::new(());
        let guard = lock.try_lock();
        let mut all: [Waits<'_>; CROWD] = std::array::from_fn(|_| Waiter::of(lock.lock()));
        drop(guard);
        let (mut barged, mut served) = (0, [0; CROWD]);
        for _ in 0..ROUNDS {
            let guard = lock.try_lock();
            barged += usize::from(guard.is_some());
            let order = (0..CROWD).map(|i| if backwards { CROWD - 1 - i } else { i });
            let got: Vec<_> = order
                .filter_map(|i| match all[i].poll() {
                    Poll::Ready(given) => Some((i, given)),
                    Poll::Pending => None,
                })
                .collect();
            assert!(got.len() + usize::from(guard.is_some()) <= 1);
            // It has had its turn, and comes again, last.
            for (i, given) in got {
                served[i] += 1;
                all[i] = Waiter::of(lock.lock());
                drop(given);
            }
            drop(guard);
        }
        println!("backwards {backwards}: barged {barged}, served {served:?}");
        let fair = served.iter().sum::<usize>() / CROWD;
        assert!(
            served.iter().all(|n| n.abs_diff(fair) <= 2),
            "barged {barged}, served {served:?}"
        );
        assert!(barged <= 4 * ROUNDS / 5 + 4, "barged {barged}");
    }
}
