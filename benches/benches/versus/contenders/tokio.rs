//! tokio: its synchronisation without its runtime. Alone it tries; with several threads its semaphore blocks the thread.

use crate::book::Book;
use crate::contract::{self, Lock};
use crate::rows::{lock, semaphore};
use gimmal_benches::tally::Tally;
use tokio::sync::{Mutex, Semaphore};

impl Lock for Mutex<Tally> {
    fn build() -> Self {
        Self::default()
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce(&mut Tally) -> R) -> Option<R> {
        Some(body(&mut *self.try_lock().ok()?))
    }
}

struct Tried(Semaphore);

impl contract::Semaphore for Tried {
    fn build(permits: usize) -> Self {
        Tried(Semaphore::new(permits))
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let _permit = self.0.try_acquire().ok()?;
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
        let _permit = self.0.blocking_acquire().ok()?;
        Some(body())
    }
    fn available(&self) -> usize {
        self.0.available_permits()
    }
}

pub(crate) fn enter(book: &mut Book) {
    lock::enter_alone::<Mutex<Tally>>(book, "tokio Mutex (try_lock)");
    semaphore::enter_alone::<Tried>(book, "tokio Semaphore (try_acquire)");
    semaphore::enter_threads::<Blocking>(book, "tokio Semaphore (blocking_acquire)");
}
