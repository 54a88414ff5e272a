//! The parties of a barrier, and what becomes of them.

use gimmal_core::error::BrokenBarrier;
use gimmal_core::sync::{Arriving, Barrier, Turn};
use gimmal_core::wait::WaitQueue;

use super::Waiter;

pub(crate) type Party<'b, F = fn()> = Waiter<'b, WaitQueue, Arriving<'b, F>>;

/// `n` parties that have arrived.
#[track_caller]
pub(crate) fn arrived<F: Fn()>(barrier: &Barrier<F>, n: usize) -> Vec<Party<'_, F>> {
    (0..n).map(|_| Waiter::of(barrier.wait())).collect()
}

/// The last one to come: it waits for nothing.
#[track_caller]
pub(crate) fn trips<F: Fn()>(barrier: &Barrier<F>) -> Result<Turn, BrokenBarrier> {
    Waiter::unpolled(barrier.wait()).gets_it()
}

pub(crate) fn wakes<F: Fn()>(parties: &[Party<'_, F>]) -> Vec<usize> {
    parties.iter().map(Waiter::wakes).collect()
}

/// Each of them has the number with which it came, and is no leader.
#[track_caller]
pub(crate) fn all_pass<F: Fn()>(parties: &mut [Party<'_, F>]) {
    for (i, party) in parties.iter_mut().enumerate() {
        let turn = party.gets_it().expect("its generation has tripped");
        assert_eq!((turn.index(), turn.is_leader()), (i, false));
    }
}

#[track_caller]
pub(crate) fn all_broken<F: Fn()>(parties: &mut [Party<'_, F>]) {
    for party in parties {
        assert_eq!(party.gets_it(), Err(BrokenBarrier));
    }
}

/// A whole generation that goes well: after all that was done to it, the barrier is as good as new.
#[track_caller]
pub(crate) fn works<F: Fn()>(barrier: &Barrier<F>) {
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
    let mut parties = arrived(barrier, barrier.parties() - 1);
    let last = trips(barrier).expect("it works");
    assert!(last.is_leader() && last.index() == parties.len());
    all_pass(&mut parties);
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
}

/// Whoever comes is sent away at once.
#[track_caller]
pub(crate) fn is_broken<F: Fn()>(barrier: &Barrier<F>) {
    assert!(barrier.is_broken());
    assert_eq!(trips(barrier), Err(BrokenBarrier));
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, true));
}
