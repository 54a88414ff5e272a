//! parking_lot: a mutex and a condition that know whether anybody waits. The other primitives are made of the two.

use crate::book::Rows;
use crate::contract::{Channel, Condition, Ends, Event, Lock, Semaphore};
use crate::rows::{condition, crowd, event, loaded, lock, semaphore};
use gimmal_benches::tally::Tally;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::mem;
use std::sync::Arc;

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

/// A slot, and what is told when it has been filled or emptied. Its receiver ends when its sender has.
struct Slot<T> {
    value: Mutex<(Option<T>, bool)>,
    filled: Condvar,
    emptied: Condvar,
}

struct OneSlot;

struct Tx<T>(Arc<Slot<T>>);

impl<T> Drop for Tx<T> {
    fn drop(&mut self) {
        self.0.value.lock().1 = true;
        self.0.filled.notify_one();
    }
}

impl<T: Send + 'static> Ends<T> for OneSlot {
    type Tx = Tx<T>;
    type Rx = Arc<Slot<T>>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        let mut slot = tx.0.value.lock();
        while slot.0.is_some() {
            tx.0.emptied.wait(&mut slot);
        }
        slot.0 = Some(item);
        drop(slot);
        tx.0.filled.notify_one();
        true
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        let mut slot = rx.value.lock();
        while slot.0.is_none() && !slot.1 {
            rx.filled.wait(&mut slot);
        }
        let item = slot.0.take();
        drop(slot);
        rx.emptied.notify_one();
        item
    }
}

impl<T: Send + 'static> Channel<T> for OneSlot {
    /// Of one slot, whatever is asked for: the rows that it is in ask for one.
    fn build(_capacity: usize) -> (Self::Tx, Self::Rx) {
        let slot = Arc::new(Slot {
            value: Mutex::new((None, false)),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        });
        (Tx(slot.clone()), slot)
    }
}

pub(crate) fn enter(book: &mut Rows) {
    const PAIR: &str = "parking_lot Mutex and Condvar";
    lock::enter::<Mutex<Tally>>(book, lock::PARKING_LOT);
    semaphore::enter_alone::<Pair<usize>>(book, PAIR);
    semaphore::enter_threads::<Pair<usize>>(book, PAIR);
    event::enter::<Pair<bool>>(book, PAIR);
    crowd::enter::<Pair<bool>>(book, PAIR);
    condition::enter::<Condvar>(book, "parking_lot Condvar");
    loaded::enter::<OneSlot>(book, PAIR);
    loaded::enter_late(book, "parking_lot Condvar", || {
        let pair = Pair::new(());
        move |limit| {
            let mut guard = pair.value.lock();
            pair.changed.wait_for(&mut guard, limit).timed_out()
        }
    });
    loaded::enter_late(book, "parking_lot Mutex (try_lock_for)", || {
        let mutex = Mutex::new(());
        mem::forget(mutex.lock());
        move |limit| mutex.try_lock_for(limit).is_none()
    });
}
