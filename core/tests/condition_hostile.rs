//! The condition and the code of others: wakers that come back into it, drop its waiters, or panic. And crowds larger
//! than one batch, whose members find out one after the other.

mod kit;

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use gimmal_core::error::WaitError;
use gimmal_core::sync::{Condition, Lock, LockGuard};
use kit::{Bang, Scripted, Task, bangs};

type Guard = LockGuard<'static, u32>;
type Answer = Result<Guard, WaitError<Guard>>;
type Waiting = Task<'static, Answer>;

/// More than two batches of wakers.
const CROWD: usize = 20;

/// A condition and its lock, which wakers may have too.
#[derive(Clone, Copy)]
struct Room {
    condition: &'static Condition,
    lock: &'static Lock<u32>,
}

impl Room {
    fn new() -> Self {
        Room {
            condition: Box::leak(Box::new(Condition::new())),
            lock: Box::leak(Box::new(Lock::new(0))),
        }
    }

    fn future(self) -> impl Future<Output = Answer> + Send + 'static {
        let guard = self.lock.try_lock().expect("free");
        self.condition.wait(guard)
    }

    fn waiter(self) -> Waiting {
        Task::of(self.future())
    }

    fn waiters(self, n: usize) -> Vec<Waiting> {
        (0..n).map(|_| self.waiter()).collect()
    }

    /// One whose waker does `wake`.
    fn scripted(self, wake: impl Fn() + Send + Sync + 'static) -> Waiting {
        let waker = Scripted {
            wake: Box::new(wake),
            ..Default::default()
        };
        let mut waiting = Task::unpolled(self.future());
        assert!(waiting.poll_with(&waker.waker()).is_pending());
        waiting
    }
}

fn wakes(waiting: &[Waiting]) -> Vec<usize> {
    waiting.iter().map(Task::wakes).collect()
}

fn total(waiting: &[Waiting]) -> usize {
    waiting.iter().map(Task::wakes).sum()
}

#[track_caller]
fn all_return(waiting: &mut [Waiting]) {
    assert!(waiting.iter_mut().all(|w| w.gets_it().is_ok()));
}

fn bang() {
    resume_unwind(Box::new(Bang));
}

#[test]
fn who_notifies_from_a_waker_finds_only_those_who_have_been_told_nothing() {
    type Way = fn(&Condition) -> usize;
    let ways: [Way; 3] = [
        |condition| usize::from(condition.notify_one()),
        |condition| condition.notify_many(CROWD),
        Condition::notify_all,
    ];
    for newcomers in [0, 1, 2] {
        for way in ways {
            let room = Room::new();
            let inner = Arc::new(Mutex::new(None));
            let slot = inner.clone();
            let mut first = room.scripted(move || {
                let new = room.waiters(newcomers);
                let told = way(room.condition);
                assert_eq!(total(&new), told, "the newcomers and nobody else");
                *slot.lock().unwrap() = Some((told, new));
            });
            let mut others = room.waiters(CROWD);
            assert_eq!(room.condition.notify_all(), CROWD + 1, "and each once");
            assert_eq!(wakes(&others), [1; CROWD]);
            assert!(first.gets_it().is_ok());
            all_return(&mut others);
            let (told, mut new) = inner.lock().unwrap().take().unwrap();
            assert!(told <= newcomers && (told > 0 || newcomers == 0));
            all_return(&mut new[..told]);
            new[told..].iter_mut().for_each(Task::waits_on);
        }
    }
}

#[test]
fn several_notifications_in_one_another_add_up() {
    // 12 by the outer call, 5 by each of two inner ones, of 23 who wait.
    let room = Room::new();
    let notifies = || room.scripted(move || assert_eq!(room.condition.notify_many(5), 5));
    let mut all = vec![notifies()];
    all.extend(room.waiters(9));
    all.push(notifies());
    all.extend(room.waiters(12));
    assert_eq!(room.condition.notify_many(12), 12);
    all_return(&mut all[..22]);
    assert_eq!((all[22].wakes(), total(&all)), (0, 20));
}

#[test]
fn who_waits_anew_from_its_own_waker_is_not_told_by_the_same_call() {
    type Way = fn(&Condition) -> usize;
    for way in [Condition::notify_all as Way, |c| c.notify_many(usize::MAX)] {
        let room = Room::new();
        let anew = Arc::new(Mutex::new(Vec::new()));
        let mut all: Vec<_> = (0..CROWD)
            .map(|_| {
                let slot = anew.clone();
                room.scripted(move || slot.lock().unwrap().push(room.waiter()))
            })
            .collect();
        assert_eq!(way(room.condition), CROWD);
        all_return(&mut all);
        let mut anew = std::mem::take(&mut *anew.lock().unwrap());
        assert_eq!((anew.len(), total(&anew)), (CROWD, 0));
        assert_eq!(way(room.condition), CROWD);
        all_return(&mut anew);
    }
}

#[test]
fn who_leaves_untold_between_two_batches_leaves_its_notification_to_the_next() {
    let room = Room::new();
    let middle = Arc::new(Mutex::new(Vec::new()));
    let slot = middle.clone();
    let mut first = room.scripted(move || slot.lock().unwrap().clear());
    let mut before = room.waiters(9);
    *middle.lock().unwrap() = room.waiters(3);
    let mut after = room.waiters(8);
    assert_eq!(room.condition.notify_many(13), 13);
    assert!(first.gets_it().is_ok());
    all_return(&mut before);
    assert_eq!(wakes(&after), [1, 1, 1, 0, 0, 0, 0, 0]);
    all_return(&mut after[..3]);
}

#[test]
fn who_leaves_told_between_two_batches_passes_it_on_to_one_more() {
    let room = Room::new();
    let early = Arc::new(Mutex::new(Vec::new()));
    let slot = early.clone();
    let mut first = room.scripted(move || slot.lock().unwrap().clear());
    *early.lock().unwrap() = room.waiters(2);
    let mut others = room.waiters(CROWD);
    // Three are told and two of them go: two of the others are told instead.
    assert_eq!(room.condition.notify_many(3), 3);
    assert!(first.gets_it().is_ok());
    assert_eq!(
        (total(&others), wakes(&others)[..2].to_vec()),
        (2, vec![1, 1])
    );
    all_return(&mut others[..2]);
}

#[test]
fn who_leaves_between_two_batches_of_everybody_owes_nothing() {
    let room = Room::new();
    let late = Arc::new(Mutex::new(Vec::new()));
    let newcomer = Arc::new(Mutex::new(None));
    let (slot, new) = (late.clone(), newcomer.clone());
    let _first = room.scripted(move || {
        *new.lock().unwrap() = Some(room.waiter());
        slot.lock().unwrap().clear();
    });
    *late.lock().unwrap() = room.waiters(CROWD);
    assert_eq!(room.condition.notify_all(), CROWD + 1);
    let mut newcomer = newcomer.lock().unwrap().take().unwrap();
    newcomer.waits_on();
    assert_eq!(newcomer.wakes(), 0);
}

/// All are told in one moment: who looks in between finds that out, and has the lock.
#[test]
fn who_looks_between_two_batches_of_everybody_has_been_told() {
    for close in [false, true] {
        let room = Room::new();
        let last = Arc::new(Mutex::new(None));
        let slot = last.clone();
        let mut first = room.scripted(move || {
            let mut last: Waiting = slot.lock().unwrap().take().unwrap();
            match last.gets_it() {
                Ok(_) => assert!(!close),
                Err(WaitError::Closed(_)) => assert!(close),
                Err(other) => panic!("{other:?}"),
            }
            assert_eq!(last.wakes(), 0);
        });
        let mut others = room.waiters(CROWD);
        *last.lock().unwrap() = others.pop();
        if close {
            room.condition.close();
        } else {
            assert_eq!(room.condition.notify_all(), CROWD + 1);
        }
        assert_eq!(first.gets_it().is_ok(), !close);
        assert!(others.iter_mut().all(|w| w.gets_it().is_ok() != close));
    }
}

#[test]
fn another_lock_may_be_used_between_two_batches_of_everybody() {
    static OTHER: Lock<u32> = Lock::new(0);
    let room = Room::new();
    let new = Arc::new(Mutex::new(None));
    let slot = new.clone();
    let _first = room.scripted(move || {
        let guard = OTHER.try_lock().unwrap();
        *slot.lock().unwrap() = Some(Task::of(room.condition.wait(guard)));
        let mut refused = Task::unpolled(room.future());
        assert!(matches!(refused.gets_it(), Err(WaitError::WrongLock(_))));
    });
    let mut others = room.waiters(CROWD);
    assert_eq!(room.condition.notify_all(), CROWD + 1);
    all_return(&mut others);
    let mut new = new.lock().unwrap().take().unwrap();
    new.waits_on();
    assert_eq!(room.condition.notify_all(), 1);
    assert!(new.gets_it().is_ok());
}

#[test]
fn closing_from_a_waker_takes_nothing_back() {
    let room = Room::new();
    let late = Arc::new(Mutex::new(None));
    let slot = late.clone();
    let mut first = room.scripted(move || {
        *slot.lock().unwrap() = Some(room.waiter());
        room.condition.close();
    });
    let mut others = room.waiters(CROWD);
    assert_eq!(room.condition.notify_all(), CROWD + 1);
    assert!(first.gets_it().is_ok());
    all_return(&mut others);
    let late = late.lock().unwrap().take().unwrap().gets_it();
    assert!(matches!(late, Err(WaitError::Closed(_))));
}

#[test]
fn notifying_from_a_waker_of_a_close_finds_nobody() {
    let room = Room::new();
    let _first = room.scripted(move || {
        assert!(!room.condition.notify_one());
        assert_eq!(
            (room.condition.notify_all(), room.condition.notify_many(3)),
            (0, 0)
        );
        room.condition.close();
    });
    let mut others = room.waiters(CROWD);
    room.condition.close();
    assert_eq!(wakes(&others), [1; CROWD]);
    assert!(
        others
            .iter_mut()
            .all(|w| matches!(w.gets_it(), Err(WaitError::Closed(_))))
    );
}

/// Each waiter frees its own future, node and all, as soon as it is told: and owes the next one.
#[test]
fn a_notification_runs_through_a_crowd_that_leaves() {
    let room = Room::new();
    let slots: Vec<_> = (0..CROWD).map(|_| Arc::new(Mutex::new(None))).collect();
    for slot in &slots {
        let inner = slot.clone();
        let waiting = room.scripted(move || drop(inner.lock().unwrap().take()));
        *slot.lock().unwrap() = Some(waiting);
    }
    let mut last = room.waiters(2);
    assert!(room.condition.notify_one());
    assert!(slots.iter().all(|slot| slot.lock().unwrap().is_none()));
    assert_eq!(wakes(&last), [1, 0]);
    all_return(&mut last[..1]);
}

#[test]
fn panicking_wakers_keep_nobody_from_being_told() {
    type Way = fn(&Condition);
    let ways: [(Way, usize); 3] = [
        (|condition| assert_eq!(condition.notify_all(), CROWD), CROWD),
        (|condition| assert_eq!(condition.notify_many(12), 12), 12),
        (Condition::close, CROWD),
    ];
    for guilty in [0, 5, 7, 8, 11] {
        for (way, told) in ways {
            let room = Room::new();
            let mut all = room.waiters(guilty);
            let mut bad = room.scripted(bang);
            all.extend(room.waiters(CROWD - guilty - 1));
            bangs(|| way(room.condition));
            let expected = (0..CROWD - 1).map(|i| usize::from(i < told - 1));
            assert!(wakes(&all).into_iter().eq(expected));
            let ok = !room.condition.is_closed();
            assert_eq!(bad.gets_it().is_ok(), ok);
            assert!(
                all[..told - 1]
                    .iter_mut()
                    .all(|w| w.gets_it().is_ok() == ok)
            );
        }
    }
    // One notification: it stays with the one whose waker panics, and is passed on when that goes.
    let room = Room::new();
    let bad = room.scripted(bang);
    let mut next = room.waiter();
    bangs(|| assert!(room.condition.notify_one()));
    next.waits_on();
    drop(bad);
    assert_eq!(next.wakes(), 1);
    assert!(next.gets_it().is_ok());
}

/// Releasing the lock wakes who waits for that: code of others in the middle of a first poll.
#[test]
fn a_waker_of_the_lock_may_notify_the_one_that_lets_go() {
    let ways: [fn(Room); 3] = [
        |room| assert!(room.condition.notify_one()),
        |room| assert_eq!(room.condition.notify_all(), 1),
        |room| room.condition.close(),
    ];
    for way in ways {
        let room = Room::new();
        let waker = Scripted {
            wake: Box::new(move || way(room)),
            ..Default::default()
        }
        .waker();
        let mut waiting = Task::unpolled(room.future());
        let mut behind = Box::pin(room.lock.lock());
        assert!(kit::poll(behind.as_mut(), &waker).is_pending());
        waiting.waits_on();
        assert_eq!(waiting.wakes(), 1, "there was a waiter to be notified");
        assert!(kit::poll(behind.as_mut(), Waker::noop()).is_ready());
        assert_eq!(waiting.gets_it().is_ok(), !room.condition.is_closed());
    }
}

#[test]
fn a_waker_of_the_lock_that_panics_loses_no_notification() {
    for notifies in [false, true] {
        let room = Room::new();
        let next = Arc::new(Mutex::new(None));
        let slot = next.clone();
        let waker = Scripted {
            wake: Box::new(move || {
                *slot.lock().unwrap() = Some(room.waiter());
                // For the one that lets go of the lock: it is enqueued.
                assert!(!notifies || room.condition.notify_one());
                bang();
            }),
            ..Default::default()
        }
        .waker();
        let mut waiting = Task::unpolled(room.future());
        let mut behind = Box::pin(room.lock.lock());
        assert!(kit::poll(behind.as_mut(), &waker).is_pending());
        bangs(|| assert!(waiting.poll().is_pending()));
        assert!(!room.lock.is_locked());
        let mut next = next.lock().unwrap().take().unwrap();
        assert_eq!(next.wakes(), usize::from(notifies));
        assert_eq!(room.condition.notify_all(), usize::from(!notifies));
        assert!(next.gets_it().is_ok());
    }
}

/// It is told while its new waker is being cloned.
#[test]
fn a_waker_that_notifies_when_it_is_cloned_notifies_the_one_that_brings_it() {
    let room = Room::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let waker = Scripted {
        clone: Box::new(move || {
            counted.fetch_add(usize::from(room.condition.notify_one()), SeqCst);
        }),
        ..Default::default()
    }
    .waker();
    let mut unheard = Task::unpolled(room.future());
    // Before it is enqueued there is nobody to be told.
    assert!(unheard.poll_with(&waker).is_pending());
    assert_eq!(calls.load(SeqCst), 0);
    let mut waiting = room.waiter();
    assert!(waiting.poll_with(&waker).is_pending());
    assert_eq!(calls.load(SeqCst), 1, "the first one");
    assert!(unheard.poll_with(&waker).is_ready());
    assert!(waiting.poll_with(&waker).is_pending());
}

#[test]
fn a_forgotten_waiter_keeps_its_turn_and_does_no_harm() {
    let room = Room::new();
    // Under an interpreter that looks for leaks this one is reachable, on purpose.
    let forgotten: &'static mut Waiting = Box::leak(Box::new(room.waiter()));
    let mut others = room.waiters(2);
    assert!(room.condition.notify_one());
    assert_eq!((forgotten.wakes(), wakes(&others)), (1, vec![0, 0]));
    assert_eq!(room.condition.notify_all(), 2);
    all_return(&mut others);
    // The same while it waits for the lock: that is passed to the next.
    let guard = room.lock.try_lock().unwrap();
    forgotten.waits_on();
    drop(guard);
    assert!(room.lock.try_lock().is_some());
    room.condition.close();
}

#[test]
fn a_waker_may_come_back_from_everywhere() {
    let room = Room::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let action = || {
        let calls = calls.clone();
        Box::new(move || {
            calls.fetch_add(1, SeqCst);
            if let Some(guard) = room.lock.try_lock() {
                let mut other: Pin<Box<dyn Future<Output = Answer>>> =
                    Box::pin(room.condition.wait(guard));
                let mut context = Context::from_waker(Waker::noop());
                assert!(other.as_mut().poll(&mut context).is_pending());
            }
            room.condition.notify_one();
            room.condition.notify_many(2);
            assert!(!format!("{:?}", room.condition).is_empty());
        })
    };
    let waker = || {
        Scripted {
            clone: action(),
            wake: action(),
            drop: action(),
        }
        .waker()
    };
    let (one, two) = (waker(), waker());
    for _ in 0..3 {
        let mut all: Vec<Waiting> = Vec::new();
        for _ in 0..3 {
            all.push(Task::unpolled(room.future()));
            for waiting in &mut all {
                for waker in [&one, &two] {
                    if waiting.poll_with(waker).map(drop).is_ready() {
                        *waiting = Task::unpolled(std::future::pending());
                    }
                }
            }
        }
        room.condition.notify_all();
    }
    drop((one, two));
    assert!(calls.load(SeqCst) > 10);
    assert!(room.lock.try_lock().is_some() && !room.condition.notify_one());
}
