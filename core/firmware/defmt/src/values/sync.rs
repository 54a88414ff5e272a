//! Primitives, pools, their guards, and what waits for them.

use core::pin::pin;

use gimmal_core::pool::{Pool, PoolOf};
use gimmal_core::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, LockGuard, Semaphore, WaitOutcome,
};

use crate::{begin, finish, show, show_format};

fn lock() {
    let lock = Lock::new(5_u8);
    show("lock, free", &lock);
    let guard = lock.try_lock();
    show("guard", &guard);
    show("lock, held", &lock);
    let mut locking = pin!(lock.lock());
    show_format("lock(), not begun", &*locking);
    begin(locking.as_mut());
    show_format("lock(), waits", &*locking);
    show("lock, held and waited for", &lock);
    drop(guard);
    drop(finish(locking.as_mut()));
    show_format("lock(), done", &*locking);
    show_format("wait to lock", &lock.locking());
    show("lock, free again", &lock);
}

fn condition() {
    let (lock, other) = (Lock::new(1_u8), Lock::new(2_u8));
    let held = || -> LockGuard<'_, u8> { lock.try_lock().expect("it is free") };
    let condition = Condition::new();
    show("condition, idle", &condition);
    show_format("wait to notice", &condition.awaiting_notification(held()));
    {
        let mut notice = pin!(condition.awaiting_notification(held()).into_future());
        begin(notice.as_mut());
        show_format("awaiting_notification, waits", &*notice);
        show("condition, waited for", &condition);
        let guard = other.try_lock().expect("it is free");
        let noticed = finish(pin!(condition.awaiting_notification(guard).into_future()));
        show_format("noticed: wrong lock", &noticed);
        drop(noticed);
        assert!(condition.notify_one());
        let noticed = finish(notice);
        show_format("noticed: notified", &noticed);
        let WaitOutcome::Notified(notification) = noticed else {
            panic!("it was notified");
        };
        show_format("notification guard", &notification);
        notification.disarm();
    }
    condition.close();
    show("condition, closed", &condition);
    let noticed = finish(pin!(condition.awaiting_notification(held()).into_future()));
    show_format("noticed: closed", &noticed);
    drop(noticed);
    show("error of a wait", &finish(pin!(condition.wait(held()))));
}

fn semaphores() {
    let free = Semaphore::new(3);
    show("semaphore, all", &free);
    let two = free.try_acquire_many(2);
    show("permits", &two);
    show("semaphore, one left", &free);
    {
        let mut acquiring = pin!(free.acquire_many(2));
        show_format("acquire, not begun", &*acquiring);
        begin(acquiring.as_mut());
        show_format("acquire, waits", &*acquiring);
        drop(two);
        show("result of an acquire", &finish(acquiring.as_mut()));
        show_format("acquire, done", &*acquiring);
    }
    show_format("wait to acquire", &free.acquiring(3));
    show("error of a release", &free.release(Semaphore::MAX_PERMITS));
    free.close();
    show("semaphore, closed", &free);
    show("error of an acquire", &finish(pin!(free.acquire())));

    let bound = BoundedSemaphore::new(2);
    show("bounded semaphore, all", &bound);
    let permit = bound.try_acquire();
    show("bounded semaphore, one left", &bound);
    show("permit", &permit);
    show_format("wait to acquire one", &bound.acquiring_one());
    show("error of too many", &bound.try_acquire_many(3));
    drop(permit);
    show("error of a bounded release", &bound.release(1));
    bound.close();
    show("bounded semaphore, closed", &bound);
}

fn event() {
    let event = Event::new();
    show("event, clear", &event);
    let mut waiting = pin!(event.wait());
    show_format("wait for an event, not begun", &*waiting);
    begin(waiting.as_mut());
    show_format("wait for an event, waits", &*waiting);
    event.set();
    show("event, set", &event);
    finish(waiting.as_mut());
    show_format("wait for an event, done", &*waiting);
    show_format("wait to wait for an event", &event.waiting());
}

fn barrier() {
    let barrier: Barrier = Barrier::new(2);
    show("barrier, fresh", &barrier);
    {
        let mut first = pin!(barrier.wait());
        show_format("barrier wait, not begun", &*first);
        begin(first.as_mut());
        show_format("barrier wait, waits", &*first);
        show("barrier, one waits", &barrier);
        show("turn of the last", &finish(pin!(barrier.wait())));
        show("turn of the first", &finish(first.as_mut()));
        show_format("barrier wait, done", &*first);
    }
    show_format("wait to arrive", &barrier.arriving());
    barrier.abort();
    show("barrier, broken", &barrier);
    show("error of a barrier", &finish(pin!(barrier.wait())));
    barrier.reset();
    show("barrier, reset", &barrier);

    let barrier = Barrier::with_action(1, || ());
    show("barrier with an action", &barrier);
}

fn pool() {
    let pool = Pool::<[u8; 3], 2>::new();
    show("pool, nothing lent", &pool);
    let first = pool.try_take([1, 2, 3]).expect("a place is free");
    show("pool, one lent", &pool);
    show("loan", &first);
    let second = pool.try_take([255, 0, 10]);
    show("pool, all lent", &pool);
    show("error of a take", &pool.try_take([0; 3]));
    {
        let mut taking = pin!(pool.take([4; 3]));
        show_format("take, not begun", &*taking);
        begin(taking.as_mut());
        show_format("take, waits", &*taking);
        drop(second);
        show("result of a take", &finish(taking.as_mut()));
        show_format("take, done", &*taking);
        let mut taking = pin!(pool.take([5; 3]));
        let third = pool.try_take([6; 3]);
        begin(taking.as_mut());
        show_format("take, cancelled", &taking.cancel().err());
        drop(third);
    }
    let shared = first.share();
    show("shared", &shared);
    let clone = shared.clone();
    drop(shared);
    show("shared, its clone", &clone);
    show("pool, one shared", &pool);

    let nothing = Pool::<[u8; 0], 1>::new();
    let loan = nothing.try_take([]).expect("a place is free");
    show("shared, empty", &loan.share());
    let view: &PoolOf<[gimmal_core::pool::PoolSlot<[u8; 0]>]> = &nothing;
    show("pool view", view);
}

pub(crate) fn show_all() {
    lock();
    condition();
    semaphores();
    event();
    barrier();
    pool();
}
