//! The facade's primitives, and the core's lock by itself.

use crate::book::Book;
use crate::contract::{Barrier, Condition, Event, Lock, Semaphore};
use crate::rows::ours::{BARRIER, CORE_LOCK, EVENT, LOCK, SEMAPHORE};
use crate::rows::{barrier, condition, event, lock, semaphore};
use gimmal::sync;
use gimmal_benches::tally::Tally;
use gimmal_core::sync as core;

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

pub(crate) fn enter(book: &mut Book) {
    lock::enter::<sync::Lock<Tally>>(book, LOCK);
    lock::enter_alone::<core::Lock<Tally>>(book, CORE_LOCK);
    semaphore::enter_alone::<sync::Semaphore>(book, SEMAPHORE);
    semaphore::enter_threads::<sync::Semaphore>(book, SEMAPHORE);
    event::enter::<sync::Event>(book, EVENT);
    barrier::enter::<sync::Barrier>(book, BARRIER);
    condition::enter::<sync::Condition>(book, "gimmal Condition");
}
