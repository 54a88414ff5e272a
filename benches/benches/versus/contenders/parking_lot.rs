//! parking_lot: a mutex and a condition that know whether anybody waits. The other primitives are made of the two.

use crate::book::Book;
use crate::contract::{Condition, Event, Lock, Semaphore};
use crate::rows::{condition, event, lock, semaphore};
use gimmal_benches::tally::Tally;
use parking_lot::{Condvar, Mutex, MutexGuard};

impl Lock for Mutex<Tally> {
    fn build() -> Self {
        Self::default()
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce(&mut Tally) -> R) -> Option<R> {
        Some(body(&mut self.lock()))
    }
}

/// A mutex and a condition: permits, or a flag.
struct Pair<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Pair<T> {
    fn new(value: T) -> Self {
        Pair {
            value: Mutex::new(value),
            changed: Condvar::new(),
        }
    }

    /// Waits while the value is like this.
    #[inline]
    fn lock_unless(&self, like: impl Fn(&T) -> bool) -> MutexGuard<'_, T> {
        let mut guard = self.value.lock();
        while like(&guard) {
            self.changed.wait(&mut guard);
        }
        guard
    }
}

impl Semaphore for Pair<usize> {
    fn build(permits: usize) -> Self {
        Pair::new(permits)
    }
    #[inline]
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        *self.lock_unless(|permits| *permits == 0) -= 1;
        let result = body();
        *self.value.lock() += 1;
        self.changed.notify_one();
        Some(result)
    }
    fn available(&self) -> usize {
        *self.value.lock()
    }
}

impl Event for Pair<bool> {
    fn build() -> Self {
        Pair::new(false)
    }
    #[inline]
    fn set(&self) {
        *self.value.lock() = true;
        self.changed.notify_all();
    }
    #[inline]
    fn clear(&self) {
        *self.value.lock() = false;
    }
    fn wait(&self) {
        drop(self.lock_unless(|set| !set));
    }
}

impl Condition for Condvar {
    fn build() -> Self {
        Condvar::new()
    }
    #[inline]
    fn notify_one(&self) -> usize {
        usize::from(self.notify_one())
    }
}

pub(crate) fn enter(book: &mut Book) {
    const PAIR: &str = "parking_lot Mutex and Condvar";
    lock::enter::<Mutex<Tally>>(book, lock::PARKING_LOT);
    semaphore::enter_alone::<Pair<usize>>(book, PAIR);
    semaphore::enter_threads::<Pair<usize>>(book, PAIR);
    event::enter::<Pair<bool>>(book, PAIR);
    condition::enter::<Condvar>(book, "parking_lot Condvar");
}
