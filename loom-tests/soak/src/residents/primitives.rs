//! Lock, semaphores, Condition, Event, Barrier.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use gimmal::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, ReentrantLock};
use gimmal_core::wait::block_on;
use gimmal_histories::Dice;

use super::{Item, all_came, crowd, items};

/// Up to three milliseconds.
fn a_moment(dice: &mut Dice) -> Duration {
    Duration::from_micros(dice.below(3000))
}

/// Increments under a lock, taken in every way.
pub(super) fn lock(dice: &mut Dice) -> u64 {
    let (threads, each) = (2 + dice.below(4), 200 + dice.below(800));
    let lock = Lock::new(0_u64);
    crowd(dice, threads, |_, dice| {
        for _ in 0..each {
            let mut guard = match dice.below(8) {
                0 => loop {
                    if let Ok(guard) = lock.lock_timeout(a_moment(dice)) {
                        break guard;
                    }
                },
                1 => lock.try_lock().unwrap_or_else(|| lock.lock()),
                2 => {
                    *block_on(lock.lock_async()) += 1;
                    continue;
                }
                _ => lock.lock(),
            };
            *guard += 1;
        }
    });
    assert_eq!(lock.into_inner(), threads * each);
    threads * each
}

/// Threads that take a lock up to four times each.
pub(super) fn reentrant_lock(dice: &mut Dice) -> u64 {
    let (threads, each) = (2 + dice.below(3), 100 + dice.below(200));
    let lock = ReentrantLock::new(std::cell::Cell::new(0_u64));
    let times = crowd(dice, threads, |_, dice| {
        let mut times = 0;
        for _ in 0..each {
            let guards: Vec<_> = (0..1 + dice.below(4)).map(|_| lock.lock()).collect();
            let last = guards.last().expect("one at least");
            last.set(last.get() + guards.len() as u64);
            times += guards.len() as u64;
        }
        times
    });
    let all = times.iter().sum();
    assert_eq!(lock.lock().get(), all);
    all
}

/// Never more inside than permits, and all permits there at the end.
pub(super) fn semaphore(dice: &mut Dice) -> u64 {
    let (threads, each, permits) = (3 + dice.below(4), 100 + dice.below(400), 1 + dice.below(3));
    let semaphore = BoundedSemaphore::new(permits as usize);
    let inside = AtomicU64::new(0);
    crowd(dice, threads, |_, dice| {
        for _ in 0..each {
            let permit = match dice.below(4) {
                0 => loop {
                    if let Ok(permit) = semaphore.acquire_timeout(a_moment(dice)) {
                        break permit;
                    }
                },
                1 => block_on(semaphore.acquire_async()).expect("it is not closed"),
                _ => semaphore.acquire().expect("it is not closed"),
            };
            assert!(
                inside.fetch_add(1, SeqCst) < permits,
                "more are inside than permits"
            );
            inside.fetch_sub(1, SeqCst);
            drop(permit);
        }
    });
    assert_eq!(semaphore.available() as u64, permits);
    threads * each
}

/// A buffer of four items, made of a lock and two conditions.
pub(super) fn condition(dice: &mut Dice) -> u64 {
    let (pairs, each) = (1 + dice.below(3), 100 + dice.below(200));
    let buffer = Lock::new(VecDeque::new());
    let (has_item, has_room) = (Condition::new(), Condition::new());
    let received = crowd(dice, 2 * pairs, |number, dice| {
        if number < pairs {
            for item in items(number, each) {
                let wait = has_room.wait_while(buffer.lock(), |buffer| buffer.len() == 4);
                wait.expect("it is not closed").push_back(item);
                has_item.notify_one();
            }
            return Vec::new();
        }
        let mut taken: Vec<Item> = Vec::new();
        while (taken.len() as u64) < each {
            let guard = buffer.lock();
            let empty = |buffer: &mut VecDeque<Item>| buffer.is_empty();
            let (mut guard, _in_time) = match dice.once_in(4) {
                true => has_item
                    .wait_while_timeout(guard, empty, a_moment(dice))
                    .expect("it is not closed"),
                false => (
                    has_item.wait_while(guard, empty).expect("it is not closed"),
                    true,
                ),
            };
            taken.extend(guard.pop_front());
            drop(guard);
            has_room.notify_one();
        }
        taken
    });
    all_came(&received, pairs, each, true);
    2 * pairs * each
}

/// Wait, clear, look: what was counted before the event was set is seen.
pub(super) fn event(dice: &mut Dice) -> u64 {
    let (setters, each) = (1 + dice.below(3), 200 + dice.below(400));
    let (event, pending) = (Event::new(), AtomicU64::new(0));
    let seen = crowd(dice, setters + 1, |number, _| {
        if number < setters {
            for _ in 0..each {
                pending.fetch_add(1, SeqCst);
                event.set();
            }
            return 0;
        }
        let mut seen = 0;
        while seen < setters * each {
            event.wait();
            event.clear();
            seen += pending.swap(0, SeqCst);
        }
        seen
    });
    assert_eq!(seen.iter().sum::<u64>(), setters * each);
    setters * each
}

/// One leader for each turn, and nobody ahead of the others.
pub(super) fn barrier(dice: &mut Dice) -> u64 {
    let (parties, turns) = (2 + dice.below(4), 20 + dice.below(60));
    let barrier = Barrier::new(parties as usize);
    let (leaders, arrived) = (AtomicU64::new(0), AtomicU64::new(0));
    crowd(dice, parties, |_, _| {
        for turn in 0..turns {
            arrived.fetch_add(1, SeqCst);
            let mine = barrier.wait().expect("nobody breaks it");
            let so_far = arrived.load(SeqCst);
            assert!(
                so_far >= (turn + 1) * parties,
                "turn {turn} with {so_far} arrivals"
            );
            if mine.is_leader() {
                leaders.fetch_add(1, SeqCst);
            }
        }
    });
    assert_eq!(leaders.load(SeqCst), turns);
    parties * turns
}
