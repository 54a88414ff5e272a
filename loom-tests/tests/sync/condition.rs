//! The condition: who is notified, who hands on, and what comes through with it.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | who is told that it is closed sees what was done before |
//! | `waits_beside_a_notification` | what was changed under the lock before a notification is never slept through |
//! | `notified_without_the_lock` | neither is a change that is notified after the lock was released |
//! | `waits_while_beside_a_change` | `wait_while` returns with what it waits for |
//! | `two_notifications_two_waiters` | each goes to another waiter |
//! | `dropped_beside_a_notification` | who goes, notified or not, takes no notification along |
//! | `dropped_while_it_locks_again` | neither does one that was notified and waits for the lock |
//! | `cancelled_beside_a_notification` | a wait that was given up was notified, or its notification went on |
//! | `all_beside_a_waiter_that_comes_back` | `notify_all` tells nobody twice |
//! | `dropped_after_notify_all` | a notification to all is forwarded to nobody |
//! | `close_beside_a_wait` | a close is not slept through, before or after the waiter is enqueued |
//! | `two_locks` | of two that come with different locks one is refused, and keeps its lock |
//! | `another_lock_later` | with nobody waiting any lock will do |

use std::task::Poll;

use gimmal_core_loom::error::WaitError;
use gimmal_core_loom::sync::{Condition, Lock, LockGuard, WaitOutcome};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, Task, block_on, both};

models! {
    e1_close_publishes_to_is_closed {
        kills: ["sync/condition.rs#E1"],
        outcomes: ["closed", "open"],
        bound: EXHAUSTIVE,
    }
    e1_close_publishes_to_a_waiter {
        kills: ["sync/condition.rs#E1"],
        outcomes: ["at once", "waits"],
        bound: EXHAUSTIVE,
    }
    waits_beside_a_notification {
        outcomes: ["notified", "saw it"],
        bound: 3,
    }
    notified_without_the_lock {
        outcomes: ["notified", "saw it"],
        bound: 3,
    }
    waits_while_beside_a_change {
        outcomes: ["7"],
        bound: 3,
    }
    two_notifications_two_waiters {
        outcomes: ["one each"],
        bound: 3,
    }
    dropped_beside_a_notification {
        kills: ["step:notification-goes-on"],
        outcomes: ["the second"],
        bound: EXHAUSTIVE,
    }
    dropped_while_it_locks_again {
        kills: ["step:guard-goes-on"],
        outcomes: ["at once", "later"],
        bound: EXHAUSTIVE,
    }
    cancelled_beside_a_notification {
        outcomes: ["notified", "stopped"],
        bound: EXHAUSTIVE,
    }
    all_beside_a_waiter_that_comes_back {
        outcomes: ["later", "waits again"],
        bound: 3,
    }
    dropped_after_notify_all {
        outcomes: ["0 told, the newcomer: false", "1 told, the newcomer: false", "1 told, the newcomer: true"],
        bound: EXHAUSTIVE,
    }
    close_beside_a_wait {
        kills: ["step:close-wakes"],
        outcomes: ["closed"],
        bound: 3,
    }
    two_locks {
        kills: ["step:one-lock"],
        outcomes: ["the first", "the second"],
        bound: 3,
    }
    another_lock_later {
        outcomes: ["refused", "waits"],
        bound: EXHAUSTIVE,
    }
}

fn held(lock: &Lock<u32>) -> LockGuard<'_, u32> {
    lock.try_lock().expect("free")
}

fn e1_close_publishes_to_is_closed(seen: Seen) {
    let (condition, payload) = (Condition::new(), Payload::new());
    let ((), closed) = both(
        || {
            payload.write(7);
            condition.close();
        },
        || {
            let closed = condition.is_closed();
            if closed {
                assert_eq!(payload.read(), 7);
            }
            closed
        },
    );
    seen.outcome(if closed { "closed" } else { "open" });
}

fn e1_close_publishes_to_a_waiter(seen: Seen) {
    let (condition, payload) = (Condition::new(), Payload::new());
    let lock = Lock::new(0);
    let mut task = Task::new(condition.wait(held(&lock)));
    let ((), closed) = both(
        || {
            payload.write(7);
            condition.close();
        },
        || {
            let closed = task.poll().is_ready();
            if closed {
                assert_eq!(payload.read(), 7);
            }
            closed
        },
    );
    assert!(closed || task.run().is_some(), "sleeps beside a close");
    seen.outcome(if closed { "at once" } else { "waits" });
}

/// Says whether it waited.
async fn until_set(lock: &Lock<u32>, condition: &Condition) -> bool {
    let mut guard = lock.lock().await;
    let mut waited = false;
    while *guard == 0 {
        waited = true;
        guard = condition.wait(guard).await.expect("not closed");
    }
    waited
}

fn waits_beside_a_notification(seen: Seen) {
    let (lock, condition, payload) = (Lock::new(0), Condition::new(), Payload::new());
    let ((), waited) = both(
        || {
            let mut guard = block_on(lock.lock());
            payload.write(7);
            *guard = 1;
            condition.notify_one();
        },
        || {
            let waited = block_on(until_set(&lock, &condition));
            assert_eq!(payload.read(), 7);
            waited
        },
    );
    seen.outcome(if waited { "notified" } else { "saw it" });
}

fn notified_without_the_lock(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let ((), waited) = both(
        || {
            *block_on(lock.lock()) = 1;
            condition.notify_all();
        },
        || block_on(until_set(&lock, &condition)),
    );
    seen.outcome(if waited { "notified" } else { "saw it" });
}

fn waits_while_beside_a_change(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let ((), value) = both(
        || {
            *block_on(lock.lock()) = 7;
            condition.notify_one();
        },
        || {
            let guard = block_on(lock.lock());
            let filled = block_on(condition.wait_while(guard, |value| *value == 0));
            *filled.expect("not closed")
        },
    );
    seen.outcome(value.to_string());
}

fn two_notifications_two_waiters(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let mut first = Task::new(condition.wait(held(&lock)));
    first.park();
    let mut second = Task::new(condition.wait(held(&lock)));
    second.park();
    let (there, here) = both(|| condition.notify_one(), || condition.notify_one());
    assert!(there && here);
    // Each returns with the lock, and gives it back.
    assert!(first.run().is_some());
    assert!(second.run().is_some());
    seen.outcome("one each");
}

fn dropped_beside_a_notification(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let mut first = Task::new(condition.wait(held(&lock)));
    first.park();
    let mut second = Task::new(condition.wait(held(&lock)));
    second.park();
    let (found, ()) = both(|| condition.notify_one(), || first.cancel());
    assert!(found);
    assert!(second.run().is_some(), "the notification went along");
    seen.outcome("the second");
}

/// The first is notified and finds the lock held; it goes beside the unlock.
fn dropped_while_it_locks_again(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let mut first = Task::new(condition.wait(held(&lock)));
    first.park();
    let mut second = Task::new(condition.wait(held(&lock)));
    second.park();
    let guard = held(&lock);
    assert!(condition.notify_one());
    first.park();
    let ((), early) = both(
        || drop(guard),
        || {
            first.cancel();
            second.poll().is_ready()
        },
    );
    assert!(
        early || second.run().is_some(),
        "the notification went along"
    );
    assert!(!lock.is_locked());
    seen.outcome(if early { "at once" } else { "later" });
}

fn cancelled_beside_a_notification(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let mut first = Task::new(condition.awaiting_notification(held(&lock)).into_future());
    first.park();
    let mut second = Task::new(condition.wait(held(&lock)));
    second.park();
    let (found, notified) = both(
        || condition.notify_one(),
        || match first.future().cancel() {
            Ok(WaitOutcome::Notified(notification)) => {
                notification.disarm();
                true
            }
            Ok(_) => unreachable!("neither closed nor refused"),
            Err(_) => false,
        },
    );
    assert!(found);
    assert_eq!(second.run().is_some(), !notified);
    seen.outcome(if notified { "notified" } else { "stopped" });
}

/// Two wait; the first comes back as soon as it is told, and waits again.
fn all_beside_a_waiter_that_comes_back(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let mut first = Task::new(condition.wait(held(&lock)));
    first.park();
    let mut second = Task::new(condition.wait(held(&lock)));
    second.park();
    let mut again = None;
    let (told, ()) = both(
        || condition.notify_all(),
        || {
            if let Poll::Ready(guard) = first.poll() {
                let guard = guard.expect("not closed");
                let mut task = Task::new(condition.wait(guard));
                task.park();
                again = Some(task);
            }
        },
    );
    assert_eq!(told, 2);
    let word = match &again {
        Some(again) => {
            assert_eq!(again.wakes(), 0, "told twice");
            "waits again"
        }
        None => {
            assert!(first.run().is_some());
            "later"
        }
    };
    assert!(second.run().is_some());
    seen.outcome(word);
}

/// All are told; one of them goes; a newcomer is not told in its place.
fn dropped_after_notify_all(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let mut first = Task::new(condition.wait(held(&lock)));
    first.park();
    let mut newcomer = Task::new(condition.wait(held(&lock)));
    let (told, ()) = both(
        || condition.notify_all(),
        || {
            first.cancel();
            newcomer.park();
        },
    );
    // It was told only if it is counted.
    let others = usize::from(newcomer.woken());
    assert!(told >= others && told <= 1 + others);
    seen.outcome(format!("{told} told, the newcomer: {}", others == 1));
}

fn close_beside_a_wait(seen: Seen) {
    let (lock, condition) = (Lock::new(0), Condition::new());
    let ((), ended) = both(
        || condition.close(),
        || {
            let guard = block_on(lock.lock());
            matches!(block_on(condition.wait(guard)), Err(WaitError::Closed(_)))
        },
    );
    assert!(ended);
    assert!(!lock.is_locked());
    seen.outcome("closed");
}

fn two_locks(seen: Seen) {
    let (one, other, condition) = (Lock::new(0), Lock::new(0), Condition::new());
    let mut first = Task::new(condition.wait(held(&one)));
    let mut second = Task::new(condition.wait(held(&other)));
    let refused = |polled| match polled {
        Poll::Pending => false,
        Poll::Ready(Err(WaitError::WrongLock(_))) => true,
        Poll::Ready(_) => unreachable!("neither notified nor closed"),
    };
    let (first, second) = both(|| refused(first.poll()), || refused(second.poll()));
    assert!(first != second, "one waits, the other is refused");
    seen.outcome(if first { "the second" } else { "the first" });
}

fn another_lock_later(seen: Seen) {
    let (one, other, condition) = (Lock::new(0), Lock::new(0), Condition::new());
    let mut first = Task::new(condition.wait(held(&one)));
    first.park();
    let mut second = Task::new(condition.wait(held(&other)));
    let (_, refused) = both(|| condition.notify_one(), || second.poll().is_ready());
    assert!(first.run().is_some());
    seen.outcome(if refused { "refused" } else { "waits" });
}
