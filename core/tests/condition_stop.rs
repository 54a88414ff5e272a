//! The other ends of a wait for a condition: a future that says stop, and the two parts of a wait made by hand.

mod kit;

use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use gimmal_core::error::WaitError;
use gimmal_core::sync::{AwaitingNotification, Condition, Lock, LockGuard, WaitOutcome};
use gimmal_core::wait::WaitQueue;
use kit::{Bang, Task, Waiter, bangs};

type Guard<'l> = LockGuard<'l, u32>;
type Answer<'l> = Result<(Guard<'l>, Result<(), u8>), WaitError<Guard<'l>>>;
type Waiting<'l> = Task<'l, Answer<'l>>;

/// What says stop: a number of polls, and a switch.
#[derive(Default)]
struct Stop {
    polls: AtomicUsize,
    now: AtomicBool,
}

impl Stop {
    fn says(&self) {
        self.now.store(true, SeqCst);
    }

    fn polls(&self) -> usize {
        self.polls.load(SeqCst)
    }

    /// Gives 7 as soon as it is time, after it has done `also`.
    fn future(&self, also: impl Fn() + Send) -> impl Future<Output = u8> + Send {
        std::future::poll_fn(move |_| {
            self.polls.fetch_add(1, SeqCst);
            if self.now.load(SeqCst) {
                also();
                Poll::Ready(7)
            } else {
                Poll::Pending
            }
        })
    }
}

fn waiter<'l>(condition: &'l Condition, lock: &'l Lock<u32>, stop: &'l Stop) -> Waiting<'l> {
    let guard = lock.try_lock().expect("free");
    Task::of(condition.wait_or(guard, stop.future(|| ())))
}

/// One that waits with nothing to stop it.
fn patient<'l>(
    condition: &'l Condition,
    lock: &'l Lock<u32>,
) -> Task<'l, Result<Guard<'l>, WaitError<Guard<'l>>>> {
    Task::of(condition.wait(lock.try_lock().expect("free")))
}

#[track_caller]
fn stopped(answer: Answer<'_>) -> Guard<'_> {
    match answer {
        Ok((guard, Err(7))) => guard,
        other => panic!("stopped, not {other:?}"),
    }
}

#[track_caller]
fn notified(answer: Answer<'_>) -> Guard<'_> {
    match answer {
        Ok((guard, Ok(()))) => guard,
        other => panic!("notified, not {other:?}"),
    }
}

#[test]
fn who_is_stopped_gets_the_guard_back_and_is_out_of_the_queue() {
    let (condition, lock, stop) = (Condition::new(), Lock::new(0), Stop::default());
    let mut first = waiter(&condition, &lock, &stop);
    let second = patient(&condition, &lock);
    *lock.try_lock().expect("released") += 1;
    first.waits_on();
    stop.says();
    let guard = stopped(first.gets_it());
    assert_eq!((*guard, lock.is_locked()), (1, true));
    drop(guard);
    assert!(condition.notify_one());
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
}

#[test]
fn who_is_notified_first_does_not_ask_again_whether_to_stop() {
    let (condition, lock, stop) = (Condition::new(), Lock::new(0), Stop::default());
    let mut waiting = waiter(&condition, &lock, &stop);
    waiting.waits_on();
    assert_eq!(stop.polls(), 2, "asked at each poll");
    assert!(condition.notify_one());
    stop.says();
    // Not while it waits for the lock either: that is not bounded.
    let guard = lock.try_lock().unwrap();
    waiting.waits_on();
    drop(guard);
    drop(notified(waiting.gets_it()));
    assert_eq!(stop.polls(), 2);
}

#[test]
fn if_both_have_come_it_is_a_notification() {
    let ways: [fn(&Condition); 3] = [
        |condition| assert!(condition.notify_one()),
        |condition| assert_eq!(condition.notify_many(1), 1),
        |condition| assert_eq!(condition.notify_all(), 2),
    ];
    for notify in ways {
        let (condition, lock, stop) = (Condition::new(), Lock::new(0), Stop::default());
        let guard = lock.try_lock().unwrap();
        let future = stop.future(|| notify(&condition));
        let mut first = Task::of(condition.wait_or(guard, future));
        let second = patient(&condition, &lock);
        stop.says();
        drop(notified(first.gets_it()));
        assert!(second.wakes() == 0 || condition.notify_all() == 0);
    }
}

#[test]
fn a_close_wins_over_a_stop() {
    let (condition, lock, stop) = (Condition::new(), Lock::new(0), Stop::default());
    let guard = lock.try_lock().unwrap();
    let future = stop.future(|| condition.close());
    let mut waiting = Task::of(condition.wait_or(guard, future));
    stop.says();
    let Err(WaitError::Closed(guard)) = waiting.gets_it() else {
        panic!("closed")
    };
    // Who comes now is not even asked.
    let polls = stop.polls();
    let closed = Task::unpolled(condition.wait_or(guard, stop.future(|| ()))).gets_it();
    assert!(matches!(closed, Err(WaitError::Closed(_))));
    assert_eq!(stop.polls(), polls);
}

#[test]
fn a_stop_that_is_there_already_is_one_attempt() {
    let (condition, lock, stop) = (Condition::new(), Lock::new(0), Stop::default());
    let mut behind = Task::unpolled(lock.lock());
    let guard = lock.try_lock().unwrap();
    behind.waits_on();
    stop.says();
    // It lets go of the lock, and others may use it.
    let mut waiting = Task::unpolled(condition.wait_or(guard, stop.future(|| ())));
    let answer = waiting.poll();
    assert_eq!(behind.wakes(), 1);
    let Poll::Ready(answer) = answer else {
        panic!("nobody else has taken it")
    };
    drop(stopped(answer));
    assert!(!condition.notify_one(), "it waits no longer");
    assert!(behind.poll().is_ready());
}

#[test]
fn who_is_stopped_waits_for_the_lock_and_takes_no_notification() {
    let (condition, lock, stop) = (Condition::new(), Lock::new(0), Stop::default());
    for leaves in [false, true] {
        let mut first = waiter(&condition, &lock, &stop);
        let mut second = patient(&condition, &lock);
        let guard = lock.try_lock().unwrap();
        stop.says();
        for _ in 0..100 {
            first.waits_on();
        }
        assert!(condition.notify_one());
        assert_eq!(second.wakes(), 1, "the first one waits no longer");
        let owed = patient_newcomer(&condition, &lock, guard);
        if leaves {
            drop(first);
        } else {
            drop(stopped(first.gets_it()));
        }
        assert_eq!(owed.wakes(), 0);
        assert!(second.gets_it().is_ok());
        stop.now.store(false, SeqCst);
    }
}

/// One that comes with a guard that was held all the time.
fn patient_newcomer<'l>(
    condition: &'l Condition,
    _lock: &'l Lock<u32>,
    guard: Guard<'l>,
) -> Task<'l, Result<Guard<'l>, WaitError<Guard<'l>>>> {
    Task::of(condition.wait(guard))
}

#[test]
fn who_leaves_at_any_stage_loses_nothing() {
    for told in [false, true] {
        for relocking in [false, true] {
            let (condition, lock, stop) = (Condition::new(), Lock::new(0), Stop::default());
            let mut first = waiter(&condition, &lock, &stop);
            let second = patient(&condition, &lock);
            let guard = lock.try_lock().unwrap();
            if told {
                assert!(condition.notify_one());
            }
            if relocking {
                stop.says();
                first.waits_on();
            }
            drop(first);
            assert_eq!(second.wakes(), usize::from(told));
            assert_eq!(condition.notify_one(), !told);
            drop(guard);
            assert!(!lock.is_locked());
        }
    }
}

#[test]
fn a_stop_that_panics_unlocks_and_keeps_nobody() {
    let (condition, lock, stop) = (Condition::new(), Lock::new(0), Stop::default());
    let guard = lock.try_lock().unwrap();
    let future = stop.future(|| {
        assert!(condition.notify_one());
        resume_unwind(Box::new(Bang));
    });
    let mut first = Task::of(condition.wait_or(guard, future));
    let mut second = patient(&condition, &lock);
    stop.says();
    bangs(|| assert!(first.poll().is_pending()));
    assert_eq!(second.wakes(), 1, "what it was given goes to the next");
    assert!(second.gets_it().is_ok());
}

/// Somebody who waits by hand to be told.
fn awaiting_notification<'l>(
    condition: &'l Condition,
    lock: &'l Lock<u32>,
) -> Waiter<'l, WaitQueue, AwaitingNotification<'l, 'l, u32>> {
    let wait = condition.awaiting_notification(lock.try_lock().expect("free"));
    assert_eq!(wait.spin_hint(), 0);
    Waiter::of(wait.into_future())
}

#[test]
fn by_hand_a_notification_is_owed_until_the_wait_is_over() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    for settles in [false, true] {
        let [mut first, mut second] = [(); 2].map(|()| awaiting_notification(&condition, &lock));
        assert!(condition.notify_one());
        let WaitOutcome::Notified(notification) = first.gets_it() else {
            panic!("notified")
        };
        assert!(!lock.is_locked(), "locking again is the caller's");
        if settles {
            notification.disarm();
        } else {
            drop(notification);
        }
        assert_eq!(second.wakes(), usize::from(!settles));
        drop(second.cancel());
        let [mut first, mut second] = [(); 2].map(|()| awaiting_notification(&condition, &lock));
        assert_eq!(condition.notify_all(), 2);
        let mut third = awaiting_notification(&condition, &lock);
        let outcomes = [first.gets_it(), second.gets_it()];
        assert!(
            outcomes
                .iter()
                .all(|d| matches!(d, WaitOutcome::Notified(_)))
        );
        drop(outcomes);
        third.waits_on();
    }
}

#[test]
fn by_hand_a_cancelled_wait_says_what_it_was_told() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut all = [(); 4].map(|()| awaiting_notification(&condition, &lock));
    assert!(all[0].cancel().is_none() && !lock.is_locked());
    assert!(condition.notify_one());
    let Some(WaitOutcome::Notified(notification)) = all[1].cancel() else {
        panic!("notified")
    };
    notification.disarm();
    condition.close();
    let guard = lock.try_lock().unwrap();
    assert!(matches!(all[2].cancel(), Some(WaitOutcome::Closed(None))));
    assert!(matches!(
        all[3].poll(),
        Poll::Ready(WaitOutcome::Closed(None))
    ));
    let fresh = pin!(condition.awaiting_notification(guard).into_future()).cancel();
    assert!(matches!(fresh, Ok(WaitOutcome::Closed(Some(_)))));
}

#[test]
fn by_hand_a_wrong_lock_stays_held() {
    let (condition, lock, other) = (Condition::new(), Lock::new(0), Lock::new(1));
    let _first = awaiting_notification(&condition, &lock);
    let wait = condition.awaiting_notification(other.try_lock().unwrap());
    let WaitOutcome::WrongLock(guard) = Waiter::unpolled(wait.into_future()).gets_it() else {
        panic!("the wrong one")
    };
    assert_eq!((*guard, other.is_locked()), (1, true));
    // A wait that never begins lets go of it.
    drop(condition.awaiting_notification(guard));
    assert!(!other.is_locked());
}

/// Both may begin at the same address.
#[test]
fn a_lock_inside_another_one_is_another_one() {
    fn nested<T: Send + Sync>(inside: impl Fn() -> T, lock: impl Fn(&T) -> &Lock<u32>) {
        let (condition, outer) = (Condition::new(), Lock::new(inside()));
        let _first = Task::of(condition.wait(outer.try_lock().unwrap()));
        let guard = outer.try_lock().unwrap();
        let mut second = Task::unpolled(condition.wait(lock(&guard).try_lock().unwrap()));
        assert!(matches!(
            second.poll(),
            Poll::Ready(Err(WaitError::WrongLock(_)))
        ));
    }
    nested(|| Lock::new(0), |lock| lock);
    nested(|| (Lock::new(0), [0_u64; 8]), |(lock, _)| lock);
}
