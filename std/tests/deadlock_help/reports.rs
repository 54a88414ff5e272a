//! Waits that could be for ever: who is stopped before them, who is not, and what is said.

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use gimmal::sync::{Lock, ReentrantLock};

use super::at;
use super::kit::{self, bounded};

/// Runs `f` in a thread of that name, to its end.
fn in_thread<R: Send>(name: &str, f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let thread = Builder::new().name(name.into());
        match thread.spawn_scoped(scope, f).unwrap().join() {
            Ok(result) => result,
            Err(why) => resume_unwind(why),
        }
    })
}

/// What `f` panics with.
#[track_caller]
fn panics<R>(f: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("it should have been reported"),
        Err(why) => *why.downcast::<String>().expect("words"),
    }
}

/// All of these are said, in this order.
#[track_caller]
fn says(words: &str, parts: &[String]) {
    let mut rest = words;
    for part in parts {
        let found = rest.find(part.as_str());
        let found = found.unwrap_or_else(|| panic!("no {part:?} in {rest:?} of\n{words}"));
        rest = &rest[found + part.len()..];
    }
}

/// Takes the lock in some way, and does something else.
type Way = fn(&Arc<Lock<u8>>, &dyn Fn());

#[test]
fn who_waits_for_itself_is_told_both_lines() {
    static LOCK: Lock<u8> = Lock::new(1);
    let alone = || {
        let (guard, first) = (LOCK.lock(), line!());
        let (said, second) = (panics(|| LOCK.lock()), line!());
        let alone = "deadlock: \"alone\" wants a lock at ".to_string();
        says(
            &said,
            &[alone, at(second), "its own since".into(), at(first)],
        );
        // Nothing has changed.
        assert!(LOCK.try_lock().is_none() && *guard == 1);
        assert!(LOCK.lock_timeout(Duration::ZERO).is_err());
        drop(guard);
        assert!(LOCK.try_lock().is_some());
        drop(LOCK.lock());
    };
    bounded(move || in_thread("alone", alone));
    let ways: [fn(&Arc<Lock<u8>>); 4] = [
        |lock| forget(lock.lock()),
        |lock| forget(lock.try_lock()),
        |lock| forget(lock.lock_owned()),
        |lock| forget(lock.lock_owned_deadline(Instant::now())),
    ];
    bounded(move || {
        for way in ways {
            let lock = Arc::new(Lock::new(1));
            way(&lock);
            says(&panics(|| lock.lock()), &["its own since".into()]);
            says(&panics(|| lock.lock_owned()), &["its own since".into()]);
        }
    });
}

#[test]
fn two_orders_of_two_locks_are_told_with_all_four_lines() {
    let (one, other) = (Lock::new(1), Lock::new(2));
    let lines = in_thread("first", || {
        let (_one, has) = (one.lock(), line!());
        let (_other, wants) = (other.lock(), line!());
        (has, wants)
    });
    // They never met: it is told all the same.
    in_thread("second", || {
        let (_other, has) = (other.lock(), line!());
        for _ in 0..3 {
            let (said, wants) = (panics(|| one.lock()), line!());
            let parts = [
                "deadlock ahead: \"second\"".into(),
                "\"second\" has lock".into(),
                at(has),
                "and wants lock".into(),
                at(wants),
                "\"first\" had lock".into(),
                at(lines.0),
                "and wanted lock".into(),
                at(lines.1),
            ];
            says(&said, &parts);
            assert_eq!(said.lines().count(), 3);
            assert!(!one.is_locked() && other.is_locked());
        }
    });
    // What was refused is no order: the first one holds.
    drop((one.lock(), other.lock()));
}

#[test]
fn of_two_threads_that_would_deadlock_one_is_stopped_and_the_other_gets_through() {
    bounded(|| {
        let locks = [Lock::new(0), Lock::new(0)];
        let both_have_one = Barrier::new(2);
        let crosses = |first: usize| {
            let (_one, other) = (locks[first].lock(), &locks[1 - first]);
            both_have_one.wait();
            *other.lock() += 1;
        };
        let stopped = thread::scope(|scope| {
            let threads = [0, 1].map(|first| scope.spawn(move || crosses(first)));
            threads.map(|thread| thread.join().is_err())
        });
        assert!(stopped[0] != stopped[1], "{stopped:?}");
        assert_eq!(locks.map(Lock::into_inner).iter().sum::<i32>(), 1);
    });
}

#[test]
fn a_circle_over_several_locks_is_told_with_every_step() {
    const LOCKS: usize = 5;
    let locks: Vec<_> = (0..LOCKS).map(Lock::new).collect();
    let reentrant = ReentrantLock::new(0);
    for n in 0..LOCKS - 1 {
        in_thread(&format!("step-{n}"), || {
            drop((locks[n].lock(), locks[n + 1].lock()));
        });
    }
    in_thread("over-a-reentrant-one", || {
        drop((locks[LOCKS - 1].lock(), reentrant.lock()));
    });
    // Further ways that lead nowhere, and a short cut.
    let aside = Lock::new(0);
    drop((locks[1].lock(), aside.lock()));
    in_thread("short", || drop((locks[1].lock(), locks[3].lock())));
    let closes = || {
        let _guard = reentrant.lock();
        panics(|| locks[0].lock())
    };
    let said = in_thread("closes", closes);
    let parts = [
        "closes",
        "step-0",
        "short",
        "step-3",
        "over-a-reentrant-one",
    ];
    says(&said, &parts.map(|name| format!("\n  \"{name}\" ha")));
    assert_eq!(said.lines().count(), 6);
    drop((reentrant.lock(), aside.lock()));
}

#[test]
fn what_does_not_wait_for_ever_is_no_order_but_is_held() {
    let (one, other) = (Lock::new(1), Lock::new(2));
    let held = one.lock();
    drop(other.try_lock());
    drop(other.lock_timeout(Duration::MAX));
    drop(other.lock_deadline(Instant::now()));
    drop(held);
    // The other order is the first one.
    drop((other.lock(), one.lock()));
    let (one, other) = (Arc::new(Lock::new(1)), ReentrantLock::new(2));
    let ways: [Way; 5] = [
        |lock, then| lock.try_lock().iter().for_each(|_| then()),
        |lock, then| lock.lock_timeout(Duration::MAX).iter().for_each(|_| then()),
        |lock, then| lock.try_lock_owned().iter().for_each(|_| then()),
        |lock, then| (0..1).map(|_| lock.lock_owned()).for_each(|_guard| then()),
        |lock, then| (0..1).map(|_| lock.lock()).for_each(|_guard| then()),
    ];
    drop((other.lock(), one.lock()));
    for way in ways {
        way(&one, &|| {
            says(&panics(|| other.lock()), &["deadlock ahead".into()]);
            assert!(other.try_lock().is_some());
            assert!(other.lock_timeout(Duration::ZERO).is_ok());
        });
    }
    // Once more with the roles changed: held by a form that does not wait.
    let guard = other.try_lock();
    drop(one.lock());
    drop(guard);
}

#[test]
fn everything_that_is_held_comes_before() {
    let (one, other, third) = (Lock::new(1), Lock::new(2), Lock::new(3));
    drop((one.lock(), other.lock(), third.lock()));
    let has = |first: &Lock<u8>, line| {
        let wanted = ["\" has lock".to_string(), at(line)];
        says(&panics(|| first.lock()), &wanted);
    };
    {
        let (_third, line) = (third.lock(), line!());
        has(&one, line);
        has(&other, line);
    }
    // Also what is in no order with what comes before it.
    let (one, other) = (Lock::new(1), Lock::new(2));
    let held = (one.lock(), other.try_lock(), third.lock());
    drop(held);
    {
        let (_third, line) = (third.lock(), line!());
        has(&one, line);
        has(&other, line);
    }
    // It is told of the one that matters, not of what is held beside it.
    let (before, after) = (Lock::new(4), Lock::new(5));
    let _before = before.lock();
    let (_third, line) = (third.lock(), line!());
    let _after = after.lock();
    has(&one, line);
    has(&other, line);
}

/// Two threads at once are the first that want it.
#[test]
fn a_lock_has_one_place_in_the_order() {
    bounded(|| {
        let own = [Lock::new(0), Lock::new(1)];
        for _ in 0..500 {
            let (common, ready) = (Lock::new(2), AtomicUsize::new(0));
            thread::scope(|scope| {
                for own in &own {
                    scope.spawn(|| {
                        let _own = own.lock();
                        ready.fetch_add(1, SeqCst);
                        kit::until(|| ready.load(SeqCst) == 2);
                        drop(common.lock());
                    });
                }
            });
            let _common = common.lock();
            for own in &own {
                panics(|| own.lock());
            }
        }
    });
}

#[test]
fn an_owner_that_comes_again_makes_no_order() {
    let (one, other) = (ReentrantLock::new(1), Lock::new(2));
    for _ in 0..2 {
        let _outer = one.lock();
        let _other = other.lock();
        let _inner = (one.lock(), one.lock());
    }
    let _other = other.lock();
    panics(|| one.lock());
}

#[test]
fn locks_keep_their_place_in_the_order_when_they_move() {
    let (one, other) = (Lock::new(1), Lock::new(2));
    drop((one.lock(), other.lock()));
    let moved = [Box::new(other), Box::new(one)];
    let guard = moved[0].lock();
    panics(|| moved[1].lock());
    drop(guard);
    drop((moved[1].lock(), moved[0].lock()));
}

#[test]
fn only_what_is_still_held_comes_before() {
    let (one, other, third) = (Lock::new(1), Lock::new(2), Lock::new(3));
    let (first, second) = (one.lock(), other.try_lock());
    drop(first);
    drop(third.lock());
    drop(second);
    drop((third.lock(), one.lock()));
    let _third = third.lock();
    panics(|| other.lock());
}

#[test]
fn a_panic_lets_go_and_the_order_stays() {
    let (one, other) = (Lock::new(1), Lock::new(2));
    let died = catch_unwind(|| {
        let _guards = (one.lock(), other.lock());
        resume_unwind(Box::new("on purpose"));
    });
    assert!(died.is_err());
    drop(one.lock());
    let _other = other.lock();
    panics(|| one.lock());
}

#[test]
fn who_unwinds_is_not_stopped_for_an_order() {
    struct Backwards<'l>(&'l Lock<u8>, &'l Lock<u8>);
    impl Drop for Backwards<'_> {
        fn drop(&mut self) {
            let (_other, mut one) = (self.1.lock(), self.0.lock());
            *one += 1;
        }
    }
    let (one, other) = (Lock::new(1), Lock::new(2));
    drop((one.lock(), other.lock()));
    let died = catch_unwind(|| {
        let _backwards = Backwards(&one, &other);
        resume_unwind(Box::new("on purpose"));
    });
    assert!(died.is_err());
    assert_eq!(*one.lock(), 2);
}
