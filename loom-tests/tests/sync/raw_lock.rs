//! The lock and a waiter that has been woken and does not run: it is passed by, but not for ever.
//!
//! | model | what it shows |
//! |---|---|
//! | `passed_by_before_it_ran` | a waiter that was woken and does not run is passed by a bounded number of times |
//! | `comes_beside_the_last_pass` | it gets the lock that is reserved for it, whether it comes before or after |
//! | `loses_beside_passes` | one that comes and loses is woken again |
//! | `goes_beside_an_unlock` | it goes while the lock is unlocked past it: the next one is woken, by whoever of both sees it |
//! | `reserved_and_dropped` | a lock that is reserved for a waiter that goes is the next one's, or free |

use std::task::Poll;

use gimmal_core_loom::sync::{Lock, LockGuard};

use super::lock::{held, is_free, waiter};
use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, both};

models! {
    passed_by_before_it_ran {
        kills: ["step:reserve", "sync/raw_lock.rs#E1"],
        outcomes: ["2 passes"],
        bound: EXHAUSTIVE,
    }
    comes_beside_the_last_pass {
        kills: ["sync/raw_lock.rs#E1"],
        outcomes: ["at once", "woken"],
        bound: EXHAUSTIVE,
    }
    loses_beside_passes {
        kills: ["sync/raw_lock.rs#E1"],
        outcomes: ["0 passes", "1 passes", "2 passes"],
    }
    goes_beside_an_unlock {
        kills: ["step:drop-passes-on", "step:parked-for-the-rest"],
        outcomes: ["woken"],
    }
    reserved_and_dropped {
        kills: ["step:drop-passes-on"],
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    reserved_and_dropped_alone {
        kills: ["step:drop-passes-on"],
        outcomes: ["free"],
    }
}

/// Unlocks and takes the lock again until it is refused, which says that it is reserved. Says how often it was taken.
fn pass_until_refused<'l>(lock: &'l Lock<u32>, mut guard: LockGuard<'l, u32>) -> u32 {
    for passes in 0.. {
        drop(guard);
        match lock.try_lock() {
            Some(barged) => guard = barged,
            None => return passes,
        }
        assert!(passes < Lock::<u32>::MOST_PASSES, "passed by too often");
    }
    unreachable!("the loop ends")
}

fn passed_by_before_it_ran(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let mut first = waiter(&lock);
    let guard = held(&lock);
    first.park();
    let (passes, ()) = both(
        || {
            payload.write(7);
            pass_until_refused(&lock, guard)
        },
        || assert!(lock.try_lock().is_none_or(|guard| *guard == 0)),
    );
    let guard = first.run().expect("it was kept for it");
    assert_eq!(payload.read(), 7);
    drop(guard);
    is_free(&lock);
    let most = Lock::<u32>::MOST_PASSES;
    assert!(passes <= most);
    seen.outcome(format!("{most} passes"));
}

/// The last unlock before the lock would be reserved, beside the waiter that has been woken.
fn comes_beside_the_last_pass(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let mut first = waiter(&lock);
    let mut guard = held(&lock);
    first.park();
    for _ in 0..Lock::<u32>::MOST_PASSES {
        drop(guard);
        guard = held(&lock);
    }
    let ((), early) = both(
        || {
            payload.write(7);
            drop(guard);
        },
        || match first.poll() {
            Poll::Ready(_guard) => {
                assert_eq!(payload.read(), 7);
                true
            }
            Poll::Pending => false,
        },
    );
    assert!(early || first.run().is_some(), "sleeps beside its lock");
    is_free(&lock);
    seen.outcome(if early { "at once" } else { "woken" });
}

/// A thread takes the lock again and again while a woken waiter comes, loses and comes back.
fn loses_beside_passes(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let mut first = waiter(&lock);
    let guard = held(&lock);
    first.park();
    drop(guard);
    let (passes, early) = both(
        || {
            let mut passes = 0;
            for _ in 0..2 {
                if let Some(_guard) = lock.try_lock() {
                    payload.write(7);
                    passes += 1;
                }
            }
            passes
        },
        || match first.poll() {
            Poll::Ready(_guard) => {
                payload.write(8);
                true
            }
            Poll::Pending => false,
        },
    );
    assert!(early || first.run().is_some(), "sleeps beside a free lock");
    is_free(&lock);
    seen.outcome(format!("{passes} passes"));
}

/// The first was woken and has been passed; it goes while the lock is unlocked once more. Two wait behind it.
fn goes_beside_an_unlock(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let (mut first, mut second, mut third) = (waiter(&lock), waiter(&lock), waiter(&lock));
    let guard = held(&lock);
    first.park();
    second.park();
    third.park();
    drop(guard);
    let guard = held(&lock);
    both(
        || {
            payload.write(7);
            drop(guard);
        },
        || first.cancel(),
    );
    let guard = second.run().expect("sleeps beside a free lock");
    assert_eq!(payload.read(), 7);
    drop(guard);
    assert!(third.run().is_some(), "sleeps beside a free lock");
    is_free(&lock);
    seen.outcome("woken");
}

/// The lock is reserved for the first, which goes; the second comes at that moment.
fn reserved_and_dropped(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let (mut first, mut second) = (waiter(&lock), waiter(&lock));
    let guard = held(&lock);
    first.park();
    payload.write(7);
    pass_until_refused(&lock, guard);
    let ((), early) = both(
        || first.cancel(),
        || match second.poll() {
            Poll::Ready(_guard) => {
                assert_eq!(payload.read(), 7);
                true
            }
            Poll::Pending => false,
        },
    );
    assert!(
        early || second.run().is_some(),
        "the lock went with the first"
    );
    is_free(&lock);
    seen.outcome(if early { "at once" } else { "later" });
}

/// The same with nobody behind it; somebody else tries.
fn reserved_and_dropped_alone(seen: Seen) {
    let (lock, payload) = (Lock::new(0), Payload::new());
    let mut first = waiter(&lock);
    let guard = held(&lock);
    first.park();
    let (_, tried) = both(
        || {
            payload.write(7);
            pass_until_refused(&lock, guard);
            first.cancel();
        },
        || lock.try_lock().map(|_guard| payload.read()),
    );
    assert!(matches!(tried, None | Some(7)));
    is_free(&lock);
    seen.outcome("free");
}
