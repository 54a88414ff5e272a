//! The semaphore: permits are neither lost nor counted twice, and are given strictly in arrival order.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | who gets a permit sees what was done before it came back, taken or given |
//! | `e2_*` | who sees that it is closed sees what was done before |
//! | `waits_beside_a_release`, `many_beside_two_releases` | nobody sleeps beside enough permits |
//! | `two_releases_two_waiters` | each permit reaches one waiter |
//! | `newcomers_are_refused` | a permit on its way to a waiter is nobody else's |
//! | `many_is_not_overtaken`, `two_come_for_one` | small wants wait behind a large one, even beside permits |
//! | `leaving_*` | the permits that did not suffice for who left reach those behind it |
//! | `dropped_*`, `cancelled_*` | what was given to who goes reaches the next |
//! | `close_*` | every wait ends, and the permits are all there |
//! | `more_than_a_batch` | everybody gets one, also across locked sections |
//! | `overflow_changes_nothing`, `bounded_*` | too many are refused, all or none |

use gimmal_core_loom::sync::{Acquiring, BoundedSemaphore, Semaphore};
use gimmal_core_loom::wait::{Until, WaitQueue};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, Task, all_three, block_on, both};

models! {
    e1_release_publishes_to_try_acquire {
        kills: ["sync/semaphore.rs#E1"],
        outcomes: ["none", "permit"],
        bound: EXHAUSTIVE,
    }
    e1_releases_publish_to_who_is_given {
        kills: ["sync/semaphore.rs#E1", "step:release-hands-out"],
        outcomes: ["given"],
        bound: 3,
    }
    e2_close_publishes_to_is_closed {
        kills: ["sync/semaphore.rs#E2"],
        outcomes: ["closed", "open"],
        bound: EXHAUSTIVE,
    }
    e2_close_publishes_to_acquire {
        kills: ["sync/semaphore.rs#E2"],
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    waits_beside_a_release {
        kills: ["step:look-again", "step:release-hands-out"],
        outcomes: ["acquired"],
        bound: 3,
    }
    many_beside_two_releases {
        kills: ["step:release-hands-out"],
        outcomes: ["acquired"],
    }
    two_releases_two_waiters {
        kills: ["step:release-hands-out"],
        outcomes: ["each one"],
        bound: 3,
    }
    newcomers_are_refused {
        kills: ["step:release-hands-out"],
        outcomes: ["refused"],
        bound: EXHAUSTIVE,
    }
    many_is_not_overtaken {
        outcomes: ["large first"],
        bound: 3,
    }
    two_come_for_one {
        kills: ["step:leaving-hands-out"],
        outcomes: ["first: false", "first: true"],
        bound: 3,
    }
    leaving_lets_the_next_in {
        kills: ["step:leaving-hands-out"],
        outcomes: ["given"],
        bound: EXHAUSTIVE,
    }
    leaving_beside_a_release {
        kills: ["step:leaving-hands-out"],
        outcomes: ["given"],
        bound: 3,
    }
    leaving_beside_a_newcomer {
        kills: ["step:leaving-hands-out"],
        outcomes: ["at once", "given"],
        bound: 3,
    }
    dropped_beside_a_release {
        outcomes: ["first given: false", "first given: true"],
        bound: 3,
    }
    dropped_after_it_was_given {
        outcomes: ["at once: false", "at once: true"],
        bound: 3,
    }
    cancelled_beside_a_release {
        outcomes: ["acquired", "not acquired"],
        bound: 3,
    }
    close_beside_waits {
        outcomes: ["at once", "woken"],
        bound: 3,
    }
    close_beside_a_release {
        outcomes: ["acquired", "closed"],
        bound: 3,
    }
    close_beside_an_acquire_and_a_release {
        outcomes: ["acquired", "closed"],
    }
    close_beside_who_leaves {
        outcomes: ["acquired: false", "acquired: true"],
        bound: 3,
    }
    more_than_a_batch {
        outcomes: ["last given: false", "last given: true"],
        bound: 3,
    }
    overflow_changes_nothing {
        outcomes: ["fits", "too many"],
        bound: EXHAUSTIVE,
    }
    bounded_release_beside_a_permit {
        outcomes: ["at most one"],
        bound: EXHAUSTIVE,
    }
}

type Waiter<'s> = Task<Until<'s, WaitQueue, Acquiring<'s>>>;

fn waiter(semaphore: &Semaphore, n: usize) -> Waiter<'_> {
    Task::new(semaphore.acquire_many(n))
}

fn release(semaphore: &Semaphore, n: usize) {
    assert!(semaphore.release(n).is_ok(), "far from the maximum");
}

/// Takes a permit, which comes back at once; false if it was closed.
fn pass(semaphore: &Semaphore, n: usize) -> bool {
    block_on(semaphore.acquire_many(n)).is_ok()
}

/// The wait is over, or ends now.
fn ends(early: bool, task: &mut Waiter<'_>) {
    let over = early || task.run().is_some();
    assert!(over, "sleeps beside what it waits for");
}

/// Two who wait, in this order.
fn parked(semaphore: &Semaphore, wants: [usize; 2]) -> [Waiter<'_>; 2] {
    wants.map(|n| {
        let mut task = waiter(semaphore, n);
        task.park();
        task
    })
}

/// Nobody waits, and exactly so many permits are there.
fn settled(semaphore: &Semaphore, n: usize) {
    assert_eq!(semaphore.available(), n, "permits lost or won");
    if !semaphore.is_closed() {
        assert!(
            semaphore.try_acquire_many(n).is_some(),
            "refused, and nobody waits"
        );
    }
}

fn e1_release_publishes_to_try_acquire(seen: Seen) {
    let (semaphore, payload) = (Semaphore::new(0), Payload::new());
    let ((), acquired) = both(
        || {
            payload.write(7);
            release(&semaphore, 1);
        },
        || {
            let permit = semaphore.try_acquire();
            if permit.is_some() {
                assert_eq!(payload.read(), 7);
            }
            permit.is_some()
        },
    );
    settled(&semaphore, 1);
    seen.outcome(if acquired { "permit" } else { "none" });
}

/// The one who puts the second permit in gives both: what the other has done must come along.
fn e1_releases_publish_to_who_is_given(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let payloads = [Payload::new(), Payload::new()];
    let mut task = waiter(&semaphore, 2);
    task.park();
    let bring = |i: usize| {
        payloads[i].write(7);
        release(&semaphore, 1);
    };
    let ((), (), early) = all_three(
        || bring(0),
        || bring(1),
        || {
            let early = task.poll();
            if early.is_ready() {
                assert_eq!((payloads[0].read(), payloads[1].read()), (7, 7));
            }
            early.is_ready()
        },
    );
    ends(early, &mut task);
    settled(&semaphore, 2);
    seen.outcome("given");
}

fn e2_close_publishes_to_is_closed(seen: Seen) {
    let (semaphore, payload) = (Semaphore::new(0), Payload::new());
    let ((), closed) = both(
        || {
            payload.write(7);
            semaphore.close();
        },
        || {
            let closed = semaphore.is_closed();
            if closed {
                assert_eq!(payload.read(), 7);
            }
            closed
        },
    );
    seen.outcome(if closed { "closed" } else { "open" });
}

/// Sees it at one of its looks, without being woken.
fn e2_close_publishes_to_acquire(seen: Seen) {
    let (semaphore, payload) = (Semaphore::new(1), Payload::new());
    let mut task = waiter(&semaphore, 2);
    let ((), early) = both(
        || {
            payload.write(7);
            semaphore.close();
        },
        || {
            let early = task.poll().is_ready();
            if early {
                assert_eq!(payload.read(), 7);
            }
            early
        },
    );
    assert!(
        early || task.run().is_some_and(|permit| permit.is_err()),
        "sleeps beside a closed semaphore"
    );
    settled(&semaphore, 1);
    seen.outcome(if early { "at once" } else { "later" });
}

fn waits_beside_a_release(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let ((), acquired) = both(|| release(&semaphore, 1), || pass(&semaphore, 1));
    assert!(acquired);
    settled(&semaphore, 1);
    seen.outcome("acquired");
}

fn many_beside_two_releases(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let ((), (), acquired) = all_three(
        || release(&semaphore, 1),
        || release(&semaphore, 1),
        || pass(&semaphore, 2),
    );
    assert!(acquired);
    settled(&semaphore, 2);
    seen.outcome("acquired");
}

fn two_releases_two_waiters(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let [mut first, mut second] = parked(&semaphore, [1, 1]);
    both(|| release(&semaphore, 1), || release(&semaphore, 1));
    // Both are kept until the end: each has its own.
    let permits = (first.run(), second.run());
    assert!(
        permits.0.is_some() && permits.1.is_some(),
        "sleeps beside a permit"
    );
    assert_eq!(semaphore.available(), 0);
    drop(permits);
    settled(&semaphore, 2);
    seen.outcome("each one");
}

fn newcomers_are_refused(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let mut first = waiter(&semaphore, 1);
    first.park();
    let ((), refused) = both(
        || release(&semaphore, 1),
        || semaphore.try_acquire().is_none(),
    );
    assert!(refused, "overtaken");
    ends(false, &mut first);
    settled(&semaphore, 1);
    seen.outcome("refused");
}

/// There is a permit all the time, and it would do for the small one.
fn many_is_not_overtaken(seen: Seen) {
    let semaphore = Semaphore::new(1);
    let (mut large, mut small) = (waiter(&semaphore, 2), waiter(&semaphore, 1));
    large.park();
    let ((), early) = both(|| release(&semaphore, 1), || small.poll().is_ready());
    assert!(!early, "overtaken");
    let permits = large.run().expect("sleeps beside enough permits");
    assert!(small.run().is_none(), "counted twice");
    drop(permits);
    ends(false, &mut small);
    settled(&semaphore, 2);
    seen.outcome("large first");
}

/// One permit, a large and a small want come at the same time. Behind the large one the small one waits until that goes.
fn two_come_for_one(seen: Seen) {
    let semaphore = Semaphore::new(1);
    let (mut large, mut small) = (waiter(&semaphore, 2), waiter(&semaphore, 1));
    let ((), early) = both(|| large.park(), || small.start().is_some());
    if !early && !small.woken() {
        large.cancel();
    }
    ends(early, &mut small);
    drop(large);
    settled(&semaphore, 1);
    seen.outcome(format!("first: {early}"));
}

fn leaving_lets_the_next_in(seen: Seen) {
    let semaphore = Semaphore::new(1);
    let [mut large, mut small] = parked(&semaphore, [2, 1]);
    let ((), refused) = both(|| large.cancel(), || semaphore.try_acquire().is_none());
    assert!(refused, "overtaken");
    ends(false, &mut small);
    settled(&semaphore, 1);
    seen.outcome("given");
}

/// The permit does for the second only: the release sees the first still there, or not.
fn leaving_beside_a_release(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let [mut large, mut small] = parked(&semaphore, [2, 1]);
    both(|| release(&semaphore, 1), || large.cancel());
    ends(false, &mut small);
    settled(&semaphore, 1);
    seen.outcome("given");
}

/// The last one in the queue goes while another comes: it finds the permit, or is given it.
fn leaving_beside_a_newcomer(seen: Seen) {
    let semaphore = Semaphore::new(1);
    let (mut large, mut small) = (waiter(&semaphore, 2), waiter(&semaphore, 1));
    large.park();
    let ((), early) = both(|| large.cancel(), || small.poll().is_ready());
    ends(early, &mut small);
    settled(&semaphore, 1);
    seen.outcome(if early { "at once" } else { "given" });
}

fn dropped_beside_a_release(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let [mut first, mut second] = parked(&semaphore, [1, 1]);
    both(|| release(&semaphore, 1), || first.cancel());
    ends(false, &mut second);
    settled(&semaphore, 1);
    seen.outcome(format!("first given: {}", first.woken()));
}

/// The permit is on its way to the first, who goes, while the second comes.
fn dropped_after_it_was_given(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let (mut first, mut second) = (waiter(&semaphore, 1), waiter(&semaphore, 1));
    first.park();
    release(&semaphore, 1);
    assert_eq!(semaphore.available(), 0);
    let ((), early) = both(|| first.cancel(), || second.poll().is_ready());
    ends(early, &mut second);
    settled(&semaphore, 1);
    seen.outcome(format!("at once: {early}"));
}

fn cancelled_beside_a_release(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let [mut first, mut second] = parked(&semaphore, [1, 1]);
    let ((), permit) = both(|| release(&semaphore, 1), || first.future().cancel());
    let acquired = match permit {
        Ok(Ok(permit)) => {
            assert!(second.run().is_none(), "counted twice");
            drop(permit);
            true
        }
        Ok(Err(closed)) => unreachable!("{closed}"),
        Err(_) => false,
    };
    ends(false, &mut second);
    settled(&semaphore, 1);
    seen.outcome(if acquired { "acquired" } else { "not acquired" });
}

/// One waits, one comes.
fn close_beside_waits(seen: Seen) {
    let semaphore = Semaphore::new(1);
    let (mut first, mut second) = (waiter(&semaphore, 2), waiter(&semaphore, 1));
    first.park();
    let ((), early) = both(|| semaphore.close(), || second.poll().is_ready());
    let ended = |task: &mut Waiter<'_>| task.run().is_some_and(|permit| permit.is_err());
    assert!(ended(&mut first), "sleeps beside a closed semaphore");
    assert!(
        early || ended(&mut second),
        "sleeps beside a closed semaphore"
    );
    settled(&semaphore, 1);
    seen.outcome(if early { "at once" } else { "woken" });
}

fn close_beside_a_release(seen: Seen) {
    let semaphore = Semaphore::new(1);
    let mut task = waiter(&semaphore, 2);
    task.park();
    both(|| semaphore.close(), || release(&semaphore, 1));
    let ended = task.run().expect("sleeps beside a closed semaphore");
    let acquired = ended.is_ok();
    drop(ended);
    settled(&semaphore, 2);
    assert!(semaphore.try_acquire().is_none(), "closed");
    seen.outcome(if acquired { "acquired" } else { "closed" });
}

fn close_beside_an_acquire_and_a_release(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let ((), (), acquired) = all_three(
        || semaphore.close(),
        || release(&semaphore, 1),
        || pass(&semaphore, 1),
    );
    settled(&semaphore, 1);
    seen.outcome(if acquired { "acquired" } else { "closed" });
}

/// The first has been given a permit and goes while it is closed: the second gets it or is told.
fn close_beside_who_leaves(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let [mut first, mut second] = parked(&semaphore, [1, 1]);
    release(&semaphore, 1);
    both(|| semaphore.close(), || first.cancel());
    let ended = second.run().expect("sleeps beside a closed semaphore");
    let acquired = ended.is_ok();
    drop(ended);
    settled(&semaphore, 1);
    seen.outcome(format!("acquired: {acquired}"));
}

/// One more than a batch.
const MANY: usize = 9;

/// Permits for all of them; the last one goes meanwhile, and leaves its own.
fn more_than_a_batch(seen: Seen) {
    let semaphore = Semaphore::new(0);
    let mut tasks = [(); MANY].map(|()| waiter(&semaphore, 1));
    tasks.iter_mut().for_each(Task::park);
    both(|| release(&semaphore, MANY), || tasks[MANY - 1].cancel());
    let left_over = semaphore.available();
    assert_eq!(left_over, 1);
    tasks[..MANY - 1].iter_mut().for_each(|t| ends(false, t));
    settled(&semaphore, MANY);
    seen.outcome(format!("last given: {}", tasks[MANY - 1].woken()));
}

fn overflow_changes_nothing(seen: Seen) {
    const MOST: usize = Semaphore::MAX_PERMITS;
    let semaphore = Semaphore::new(MOST);
    let (fits, ()) = both(
        || semaphore.release(1).is_ok(),
        || semaphore.try_acquire().expect("there are permits").forget(),
    );
    assert_eq!(semaphore.available(), if fits { MOST } else { MOST - 1 });
    seen.outcome(if fits { "fits" } else { "too many" });
}

/// Somebody releases what it never took, beside the permit that comes back.
fn bounded_release_beside_a_permit(seen: Seen) {
    let semaphore = BoundedSemaphore::new(1);
    let permit = semaphore.try_acquire();
    let (_, ()) = both(|| semaphore.release(1), || drop(permit));
    assert_eq!(semaphore.available(), 1, "more than there ever were");
    seen.outcome("at most one");
}
