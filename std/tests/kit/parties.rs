//! What a barrier does for those who come to it.

use std::thread;
use std::time::{Duration, Instant};

use gimmal::error::{BarrierTimeoutError, BrokenBarrier};
use gimmal::sync::Barrier;

use super::{LONG, SHORT};

/// It works: so many threads as it is for get an index each, and one of them leads.
#[track_caller]
pub(crate) fn works<F: Fn() + Sync>(barrier: &Barrier<F>) {
    let mut turns: Vec<_> = thread::scope(|scope| {
        let start = |_| scope.spawn(|| barrier.wait_timeout(LONG));
        let all = Vec::from_iter((0..barrier.parties()).map(start));
        all.into_iter()
            .map(|t| t.join().unwrap().unwrap())
            .collect()
    });
    turns.sort_unstable_by_key(|turn| turn.index());
    for (own, turn) in turns.iter().enumerate() {
        let last = own + 1 == barrier.parties();
        assert_eq!((turn.index(), turn.is_leader()), (own, last));
    }
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
}

/// It is broken: whoever comes is sent away, at once, and is no party.
#[track_caller]
pub(crate) fn sends_away<F: Fn()>(barrier: &Barrier<F>) {
    assert!(barrier.is_broken());
    assert_eq!(barrier.wait(), Err(BrokenBarrier));
    let broken = Err(BarrierTimeoutError::Broken);
    for time in [Duration::ZERO, SHORT, Duration::MAX] {
        assert_eq!(barrier.wait_timeout(time), broken);
    }
    assert_eq!(barrier.wait_deadline(Instant::now()), broken);
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, true));
}
