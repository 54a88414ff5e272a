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

/// A lock, its guard, and who waits, each with the wakes that it has seen.
struct World<'l> {
    lock: &'l Lock<()>,
    guard: Option<LockGuard<'l, ()>>,
    waiting: Vec<(Waits<'l>, usize)>,
}

impl World<'_> {
    fn poll(&mut self, which: usize) {
        let (waiter, seen) = &mut self.waiting[which];
        *seen = waiter.wakes();
        if let Poll::Ready(taken) = waiter.poll() {
            assert!(self.guard.replace(taken).is_none());
            self.waiting.remove(which);
        }
    }

    fn told(&self) -> Option<usize> {
        self.waiting.iter().position(|(w, seen)| w.wakes() > *seen)
    }

    /// Unlocks, and takes the lock before whoever was woken comes.
    fn pass(&mut self) {
        self.guard = None;
        self.guard = self.lock.try_lock();
    }

    fn act(&mut self, op: usize) {
        let which = op % 3;
        match op {
            0 => self.pass(),
            1 => self.guard = None,
            // As often as it may be: then it is kept, if somebody is on its way.
            2 => {
                for _ in 0..=Lock::<()>::MOST_PASSES {
                    self.pass();
                }
            }
            3 if self.lock.is_locked() => self.waiting.push((Waiter::of(self.lock.lock()), 0)),
            6..9 if which < self.waiting.len() => self.poll(which),
            9..12 if which < self.waiting.len() => drop(self.waiting.remove(which)),
            12..15 if which < self.waiting.len() => {
                if let Some(taken) = self.waiting.remove(which).0.cancel() {
                    assert!(self.guard.replace(taken).is_none());
                }
            }
            _ => {}
        }
        assert!(self.guard.is_some() || self.waiting.is_empty() || self.told().is_some());
        assert!(self.guard.is_none() || self.lock.is_locked());
    }
}

/// Every sequence of so many operations, on a lock that is held and waited for by two; the first of them has lost so often.
#[test]
fn whatever_happens_next_nobody_sleeps_beside_a_free_lock() {
    const OPS: usize = 15;
    const LENGTH: u32 = if cfg!(miri) { 1 } else { 4 };
    for losses in [0, 3, 4] {
        for sequence in 0..OPS.pow(LENGTH) {
            let lock = Lock::new(());
            let guard = lock.try_lock();
            let waiting = (0..2).map(|_| (Waiter::of(lock.lock()), 0)).collect();
            let mut world = World {
                lock: &lock,
                guard,
                waiting,
            };
            for _ in 0..losses {
                world.pass();
                world.poll(0);
            }
            let mut rest = sequence;
            for _ in 0..LENGTH {
                world.act(rest % OPS);
                rest /= OPS;
            }
            // Only who was told is polled: nobody sleeps for ever.
            world.guard = None;
            while let Some(told) = world.told() {
                world.poll(told);
                world.guard = None;
            }
            assert!(
                world.waiting.is_empty() && !lock.is_locked(),
                "{losses} {sequence}"
            );
        }
    }
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
