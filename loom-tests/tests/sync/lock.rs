//! The lock: one at a time, nobody sleeps beside a free lock, nobody is passed by for ever.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | who has the lock sees what was done under it before, on each way out and in |
//! | `two_threads`, `three_threads` | the value belongs to one guard at a time |
//! | `waits_beside_an_unlock` | who comes while it is unlocked gets it or is woken |
//! | `the_rest_is_still_parked` | with more waiters than one, each unlock finds the next |
//! | `comes_behind_the_only_waiter` | a waiter that is enqueued while the last other one leaves is not forgotten |
//! | `dropped_*`, `cancelled_*` | waiting, woken or handed the lock: who goes takes nobody's turn |
//! | `passed_by_four_times` | the fifth time the lock is handed over, and nobody gets in between |
//! | `passed_by_while_others_wait` | so it is for each waiter, however late it comes back |
//! | `handed_over_beside_a_try` | a lock that is handed over is never seen free |

use gimmal_core_loom::sync::{Lock, LockGuard, Locking};
use gimmal_core_loom::wait::{Until, WaitQueue};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, Task, all_three, block_on, both};

models! {
    e1_unlock_publishes_to_try_lock {
        kills: ["sync/raw_lock.rs#E1"],
        outcomes: ["after", "before", "held"],
        bound: EXHAUSTIVE,
    }
    e1_waking_unlock_publishes_to_try_lock {
        kills: ["sync/raw_lock.rs#E1"],
        outcomes: ["got in between", "held"],
        bound: EXHAUSTIVE,
    }
    e1_unlock_publishes_to_a_waiter {
        outcomes: ["after", "before"],
        bound: EXHAUSTIVE,
    }
    two_threads {
        kills: ["sync/raw_lock.rs#E1"],
        outcomes: ["2"],
        bound: EXHAUSTIVE,
    }
    three_threads {
        kills: ["sync/raw_lock.rs#E1"],
        outcomes: ["3"],
    }
    waits_beside_an_unlock {
        kills: ["step:look-again"],
        outcomes: ["locked"],
        bound: EXHAUSTIVE,
    }
    the_rest_is_still_parked {
        kills: ["step:parked-for-the-rest"],
        outcomes: ["got in between: false", "got in between: true"],
        bound: EXHAUSTIVE,
    }
    comes_behind_the_only_waiter {
        outcomes: ["at once", "woken"],
        bound: EXHAUSTIVE,
    }
    dropped_beside_an_unlock {
        kills: ["step:drop-passes-on"],
        outcomes: ["first woken: false", "first woken: true"],
        bound: EXHAUSTIVE,
    }
    dropped_beside_a_newcomer {
        outcomes: ["the second"],
        bound: EXHAUSTIVE,
    }
    dropped_after_it_was_woken {
        kills: ["step:drop-passes-on"],
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    dropped_beside_a_hand_over {
        outcomes: ["handed over: false", "handed over: true"],
        bound: EXHAUSTIVE,
    }
    dropped_after_it_was_handed_over {
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    cancelled_beside_an_unlock {
        outcomes: ["locked", "not locked"],
        bound: EXHAUSTIVE,
    }
    cancelled_beside_a_hand_over {
        outcomes: ["locked", "not locked"],
        bound: EXHAUSTIVE,
    }
    passed_by_four_times {
        outcomes: ["handed over"],
    }
    passed_by_while_others_wait {
        outcomes: ["handed over"],
    }
    handed_over_beside_a_try {
        outcomes: ["refused"],
        bound: EXHAUSTIVE,
    }
}

pub(super) type Waiter<'l> = Task<Until<'l, WaitQueue, Locking<'l, u32>>>;

pub(super) fn waiter(lock: &Lock<u32>) -> Waiter<'_> {
    Task::new(lock.lock())
}

pub(super) fn held(lock: &Lock<u32>) -> LockGuard<'_, u32> {
    lock.try_lock().expect("free")
}

/// Unlocks, wakes the waiter, and takes the lock before it comes: again and again, until it is owed the lock.
fn pass_by<'l>(
    lock: &'l Lock<u32>,
    mut guard: LockGuard<'l, u32>,
    waiter: &mut Waiter<'l>,
) -> LockGuard<'l, u32> {
    for _ in 0..4 {
        drop(guard);
        assert!(waiter.woken(), "each unlock wakes it");
        guard = lock.try_lock().expect("not handed over yet");
        waiter.park();
    }
    guard
}

/// A lock, free for everybody at the end of an execution, with nobody left in it.
pub(super) fn is_free(lock: &Lock<u32>) {
    assert!(lock.try_lock().is_some(), "left locked");
    assert!(!lock.is_locked());
}

/// What two contexts do with a payload beside the lock: the first writes it.
fn e1_unlock_publishes_to_try_lock(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let (wrote, read) = both(
        || match lock.try_lock() {
            Some(mut guard) => {
                payload.write(7);
                *guard = 1;
                true
            }
            None => false,
        },
        || {
            let guard = lock.try_lock()?;
            Some((*guard, payload.read()))
        },
    );
    seen.outcome(match (wrote, read) {
        (true, Some((1, 7))) => "after",
        (_, Some((0, 0))) => "before",
        (true, None) => "held",
        other => unreachable!("{other:?}"),
    });
}

/// Somebody waits, so the unlock takes the longer way.
fn e1_waking_unlock_publishes_to_try_lock(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let guard = held(&lock);
    let mut first = waiter(&lock);
    first.park();
    let ((), read) = both(
        || {
            payload.write(7);
            drop(guard);
        },
        || lock.try_lock().map(|_guard| payload.read()),
    );
    assert!(first.run().is_some(), "sleeps beside a free lock");
    is_free(&lock);
    seen.outcome(match read {
        Some(7) => "got in between",
        None => "held",
        other => unreachable!("{other:?}"),
    });
}

fn e1_unlock_publishes_to_a_waiter(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let ((), read) = both(
        || {
            let _guard = block_on(lock.lock());
            payload.write(7);
        },
        || {
            let _guard = block_on(lock.lock());
            payload.read()
        },
    );
    seen.outcome(if read == 7 { "after" } else { "before" });
}

fn add_one(lock: &Lock<u32>) {
    *block_on(lock.lock()) += 1;
}

fn two_threads(seen: Seen) {
    let lock = Lock::new(0);
    both(|| add_one(&lock), || add_one(&lock));
    seen.outcome(lock.into_inner());
}

fn three_threads(seen: Seen) {
    let lock = Lock::new(0);
    all_three(|| add_one(&lock), || add_one(&lock), || add_one(&lock));
    seen.outcome(lock.into_inner());
}

fn waits_beside_an_unlock(seen: Seen) {
    let lock = Lock::new(0);
    let guard = held(&lock);
    both(|| drop(guard), || drop(block_on(lock.lock())));
    is_free(&lock);
    seen.outcome("locked");
}

/// Two wait; a third context tries while the lock is unlocked. Each unlock from then on has somebody to wake.
fn the_rest_is_still_parked(seen: Seen) {
    let lock = Lock::new(0);
    let guard = held(&lock);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    first.park();
    second.park();
    let ((), between) = both(|| drop(guard), || lock.try_lock().map(drop).is_some());
    // Held on the way out of `run`, unlocked at the end of the line.
    assert!(first.run().is_some(), "the first sleeps beside a free lock");
    assert!(
        second.run().is_some(),
        "the second sleeps beside a free lock"
    );
    is_free(&lock);
    seen.outcome(format!("got in between: {between}"));
}

fn comes_behind_the_only_waiter(seen: Seen) {
    let lock = Lock::new(0);
    let guard = held(&lock);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    first.park();
    let ((), early) = both(|| drop(guard), || second.poll().is_ready());
    assert!(first.run().is_some(), "the first sleeps beside a free lock");
    assert!(
        early || second.run().is_some(),
        "the second sleeps beside a free lock"
    );
    is_free(&lock);
    seen.outcome(if early { "at once" } else { "woken" });
}

fn dropped_beside_an_unlock(seen: Seen) {
    let lock = Lock::new(0);
    let guard = held(&lock);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    first.park();
    second.park();
    both(|| drop(guard), || first.cancel());
    assert!(second.run().is_some(), "sleeps beside a free lock");
    is_free(&lock);
    seen.outcome(format!("first woken: {}", first.woken()));
}

/// The last one in the queue goes while another one comes: its place must not go unseen with the first one's.
fn dropped_beside_a_newcomer(seen: Seen) {
    let lock = Lock::new(0);
    let guard = held(&lock);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    first.park();
    both(|| first.cancel(), || second.park());
    drop(guard);
    assert!(second.run().is_some(), "sleeps beside a free lock");
    is_free(&lock);
    seen.outcome("the second");
}

/// The first has been woken and goes; the second comes at that moment, and the lock is free all the time.
fn dropped_after_it_was_woken(seen: Seen) {
    let lock = Lock::new(0);
    let guard = held(&lock);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    first.park();
    second.park();
    drop(guard);
    assert!(first.woken());
    let ((), early) = both(|| first.cancel(), || second.poll().is_ready());
    assert!(
        early || second.run().is_some(),
        "the wake went with the first"
    );
    is_free(&lock);
    seen.outcome(if early { "at once" } else { "later" });
}

fn dropped_beside_a_hand_over(seen: Seen) {
    let lock = Lock::new(0);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    let guard = held(&lock);
    first.park();
    let guard = pass_by(&lock, guard, &mut first);
    second.park();
    both(|| drop(guard), || first.cancel());
    assert!(second.run().is_some(), "the lock went with the first");
    is_free(&lock);
    seen.outcome(format!("handed over: {}", first.woken()));
}

/// The first owns the lock and goes without having looked; the second comes at that moment.
fn dropped_after_it_was_handed_over(seen: Seen) {
    let lock = Lock::new(0);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    let guard = held(&lock);
    first.park();
    drop(pass_by(&lock, guard, &mut first));
    assert!(lock.is_locked(), "handed over");
    let ((), early) = both(|| first.cancel(), || second.poll().is_ready());
    assert!(
        early || second.run().is_some(),
        "the lock went with the first"
    );
    is_free(&lock);
    seen.outcome(if early { "at once" } else { "later" });
}

fn cancelled_beside_an_unlock(seen: Seen) {
    let lock = Lock::new(0);
    let guard = held(&lock);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    first.park();
    second.park();
    let ((), locked) = both(|| drop(guard), || first.future().cancel().is_ok());
    assert!(second.run().is_some(), "sleeps beside a free lock");
    is_free(&lock);
    seen.outcome(if locked { "locked" } else { "not locked" });
}

fn cancelled_beside_a_hand_over(seen: Seen) {
    let lock = Lock::new(0);
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    let guard = held(&lock);
    first.park();
    let guard = pass_by(&lock, guard, &mut first);
    second.park();
    let ((), locked) = both(|| drop(guard), || first.future().cancel().is_ok());
    assert!(second.run().is_some(), "the lock went with the first");
    is_free(&lock);
    seen.outcome(if locked { "locked" } else { "not locked" });
}

fn passed_by_four_times(seen: Seen) {
    let lock = Lock::new(0);
    let mut first = waiter(&lock);
    let guard = held(&lock);
    first.park();
    let guard = pass_by(&lock, guard, &mut first);
    drop(guard);
    assert!(lock.try_lock().is_none(), "passed by a fifth time");
    let guard = first.run().expect("it was handed over");
    drop(guard);
    is_free(&lock);
    // Who comes next begins anew.
    let (mut next, guard) = (waiter(&lock), held(&lock));
    next.park();
    drop(pass_by(&lock, guard, &mut next));
    assert!(next.run().is_some());
    seen.outcome("handed over");
}

/// Another waiter comes while the first one loses. It may not be served first: nobody else is woken as long as the first one
/// is on its way.
fn passed_by_while_others_wait(seen: Seen) {
    let lock = Lock::new(0);
    let (mut first, mut other) = (waiter(&lock), waiter(&lock));
    let mut guard = held(&lock);
    first.park();
    for _ in 0..3 {
        drop(guard);
        guard = held(&lock);
        first.park();
    }
    other.park();
    drop(guard);
    guard = held(&lock);
    assert!(first.woken() && !other.woken(), "one on its way at a time");
    first.park();
    drop(guard);
    assert!(lock.try_lock().is_none(), "passed by a fifth time");
    assert!(first.run().is_some(), "it was handed over");
    assert!(other.run().is_some(), "sleeps beside a free lock");
    is_free(&lock);
    seen.outcome("handed over");
}

fn handed_over_beside_a_try(seen: Seen) {
    let lock = Lock::new(0);
    let mut first = waiter(&lock);
    let guard = held(&lock);
    first.park();
    let guard = pass_by(&lock, guard, &mut first);
    let ((), refused) = both(|| drop(guard), || lock.try_lock().is_none());
    assert!(refused, "passed by a fifth time");
    assert!(first.run().is_some(), "it was handed over");
    is_free(&lock);
    seen.outcome("refused");
}
