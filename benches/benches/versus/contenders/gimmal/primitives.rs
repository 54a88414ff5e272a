//! The facade's primitives, and the core's lock by itself.

use crate::book::Rows;
use crate::contract::{Barrier, Condition, Event, Lock, Semaphore, Timers};
use crate::rows::growth::timers;
use crate::rows::ours::{
    BARRIER, CONDITION, CORE_LOCK, EVENT, LATE_LOCK, LOCK, QUEUE, SEMAPHORE, TIMER,
};
use crate::rows::{barrier, condition, crowd, event, loaded, lock, semaphore};
use gimmal::queue::Queue;
use gimmal::{Timer, sync};
use gimmal_benches::tally::Tally;
use gimmal_core::sync as core;
use std::mem;

impl Lock for sync::Lock<Tally> {
    fn build() -> Self {
        Self::default()
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce(&mut Tally) -> R) -> Option<R> {
        Some(body(&mut self.lock()))
    }
}

impl Lock for core::Lock<Tally> {
    fn build() -> Self {
        Self::default()
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce(&mut Tally) -> R) -> Option<R> {
        Some(body(&mut *self.try_lock()?))
    }
}

impl Semaphore for sync::Semaphore {
    fn build(permits: usize) -> Self {
        Self::new(permits)
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let _permit = self.acquire().ok()?;
        Some(body())
    }
    fn available(&self) -> usize {
        self.available()
    }
}

impl Event for sync::Event {
    fn build() -> Self {
        Self::new()
    }
    #[inline]
    fn set(&self) {
        self.set();
    }
    #[inline]
    fn clear(&self) {
        self.clear();
    }
    fn wait(&self) {
        self.wait();
    }
}

impl Barrier for sync::Barrier {
    fn build(parties: usize) -> Self {
        Self::new(parties)
    }
    fn wait(&self) -> bool {
        self.wait().is_ok_and(|turn| turn.is_leader())
    }
}

impl Condition for sync::Condition {
    fn build() -> Self {
        Self::new()
    }
    #[inline]
    fn notify_one(&self) -> usize {
        usize::from(self.notify_one())
    }
}

/// Timers that wait, each for its own time. One that is dropped would go on.
struct Pending(Vec<Timer>);

impl Timers for Pending {
    fn build(pending: usize) -> Self {
        let timer = |due| Timer::after(due, || ());
        Pending(timers::dues(pending).map(timer).collect())
    }
    fn start_and_cancel(&mut self, n: u64) -> u64 {
        let cancelled = |_: &u64| Timer::after(timers::DUE, || ()).cancel();
        (0..n).filter(cancelled).count() as u64
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        for timer in &self.0 {
            timer.cancel();
        }
    }
}

pub(crate) fn enter(book: &mut Rows) {
    timers::enter::<Pending>(book, TIMER);
    lock::enter::<sync::Lock<Tally>>(book, LOCK);
    lock::enter_alone::<core::Lock<Tally>>(book, CORE_LOCK);
    semaphore::enter_alone::<sync::Semaphore>(book, SEMAPHORE);
    semaphore::enter_threads::<sync::Semaphore>(book, SEMAPHORE);
    event::enter::<sync::Event>(book, EVENT);
    crowd::enter::<sync::Event>(book, EVENT);
    barrier::enter::<sync::Barrier>(book, BARRIER);
    condition::enter::<sync::Condition>(book, CONDITION);
    enter_late(book);
}

/// Everything that can wait for a while, for what never comes.
fn enter_late(book: &mut Rows) {
    loaded::enter_late(book, CONDITION, || {
        let (lock, condition) = (sync::Lock::new(()), sync::Condition::new());
        move |limit| {
            let woken = condition.wait_timeout(lock.lock(), limit);
            woken.is_ok_and(|(_guard, told)| told.is_err())
        }
    });
    loaded::enter_late(book, BARRIER, || {
        let barrier = sync::Barrier::new(2);
        move |limit| {
            let alone = barrier.wait_timeout(limit).is_err();
            barrier.reset();
            alone
        }
    });
    loaded::enter_late(book, QUEUE, || {
        let queue = Queue::<u64>::new(4);
        move |limit| queue.get_timeout(limit).is_err()
    });
    loaded::enter_late(book, EVENT, || {
        let event = sync::Event::new();
        move |limit| event.wait_timeout(limit).is_err()
    });
    loaded::enter_late(book, SEMAPHORE, || {
        let none = sync::Semaphore::new(0);
        move |limit| none.acquire_timeout(limit).is_err()
    });
    loaded::enter_late(book, LATE_LOCK, || {
        let lock = sync::Lock::new(());
        mem::forget(lock.lock());
        move |limit| lock.lock_timeout(limit).is_err()
    });
}
