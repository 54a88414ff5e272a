//! async-lock. Alone it tries; with several threads its semaphore blocks the thread.

use crate::book::Rows;
use crate::contract::{self, Lock};
use crate::rows::{lock, semaphore};
use async_lock::{Mutex, Semaphore};
use gimmal_benches::tally::Tally;

impl Lock for Mutex<Tally> {
    fn build() -> Self {
        Self::default()
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce(&mut Tally) -> R) -> Option<R> {
        Some(body(&mut *self.try_lock()?))
    }
}

struct Tried(Semaphore);

impl contract::Semaphore for Tried {
    fn build(permits: usize) -> Self {
        Tried(Semaphore::new(permits))
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let _permit = self.0.try_acquire()?;
        Some(body())
    }
    fn available(&self) -> usize {
        self.0.available_permits()
    }
}

struct Blocking(Semaphore);

impl contract::Semaphore for Blocking {
    fn build(permits: usize) -> Self {
        Blocking(Semaphore::new(permits))
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let _permit = self.0.acquire_blocking();
        Some(body())
    }
    fn available(&self) -> usize {
        self.0.available_permits()
    }
}

pub(crate) fn enter(book: &mut Rows) {
    lock::enter_alone::<Mutex<Tally>>(book, "async-lock Mutex (try_lock)");
    semaphore::enter_alone::<Tried>(book, "async-lock Semaphore (try_acquire)");
    semaphore::enter_threads::<Blocking>(book, "async-lock Semaphore (acquire_blocking)");
}
