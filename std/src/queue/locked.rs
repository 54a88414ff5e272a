//! [`OneLock`]: a store and its counts under one lock, for orders in which what comes last may be the next.
//!
//! **Comparing.** Where the order needs the items' own code, the store is taken out: it belongs to
//! the one thread that is named in `comparing` until that thread gives it back, by a guard, so
//! also when the items panic. Its items count as being in the queue meanwhile; what is put goes
//! beside it.
//!
//! **Growing.** Larger memory is allocated with no lock held, as an empty store; the items are moved over under the lock, and
//! the old memory is freed after it.

#![forbid(unsafe_code)]

use std::sync::{Mutex, MutexGuard, TryLockError};

use gimmal_core::error::TryRecvError;
use gimmal_core::wait::Phase;

use super::counts::{As, Counts, NotTaken};
use super::order::Order;
use super::store::{Found, Look, NotPut, Store, sealed::Sealed};
use crate::generation::Generation;
use crate::panic_guard::locked;
use crate::sync::thread_id::{NOBODY, me};

/// A store of one lock.
pub struct OneLock<S>(Mutex<State<S>>);

struct State<S> {
    store: S,
    /// Items put and not taken, those that are out included.
    queued: usize,
    counts: Counts,
    closed: bool,
    /// The thread that has taken the store out, or `NOBODY`; and the process that it is of.
    comparing: u64,
    comparing_in: Option<Generation>,
}

impl<S> State<S> {
    fn new(store: S, closed: bool) -> Self {
        State {
            store,
            queued: 0,
            counts: Counts::default(),
            closed,
            comparing: NOBODY,
            comparing_in: None,
        }
    }

    /// Counts `n` items as taken.
    fn count(&mut self, n: usize, taken: As) {
        // Fewer than were there if this thread has forked in a comparison, and is in the child.
        self.queued = self.queued.saturating_sub(n);
        self.counts.count(n, taken);
    }

    /// Takes the store out, for the calling thread; no other has it.
    fn take_out<T>(&mut self) -> S
    where
        S: Order<T>,
    {
        (self.comparing, self.comparing_in) = (me(), Some(Generation::current()));
        self.store.detach()
    }

    /// Returns `true` if a thread has the store that only an ancestor of this process has.
    fn is_orphaned(&self) -> bool {
        self.comparing_in
            .is_some_and(|process| !process.is_current())
    }

    fn look(&self) -> Look {
        Look {
            queued: self.queued,
            closed: self.closed,
            is_out: self.comparing != NOBODY,
            is_done: self.queued == 0 && self.counts.are_none(),
        }
    }
}

impl<S> OneLock<S> {
    #[inline]
    fn locked(&self) -> MutexGuard<'_, State<S>> {
        locked(&self.0)
    }
}

/// Looks whether another thread compares the items. A panic is one without the lock: the hook for panics may use the queue.
fn unless_compared<S>(state: MutexGuard<'_, State<S>>) -> Option<MutexGuard<'_, State<S>>> {
    let comparing = state.comparing;
    if comparing == NOBODY {
        return Some(state);
    }
    drop(state);
    assert!(
        comparing != me(),
        "what compares the items of a queue cannot take from it"
    );
    None
}

impl<S> Sealed for OneLock<S> {}

impl<T, S: Order<T>> Store<T> for OneLock<S> {
    type Out = S;

    fn with_room(items: usize) -> Option<Self> {
        Some(OneLock(Mutex::new(State::new(S::with_room(items)?, false))))
    }

    fn ended() -> Self {
        OneLock(Mutex::new(State::new(S::empty(), true)))
    }

    fn is_in_use(&self) -> bool {
        match self.0.try_lock() {
            Ok(state) => state.is_orphaned(),
            Err(TryLockError::Poisoned(state)) => state.into_inner().is_orphaned(),
            Err(TryLockError::WouldBlock) => true,
        }
    }

    #[inline]
    fn try_put(&self, item: T, capacity: usize, _when: Phase) -> Result<bool, NotPut<T>> {
        let mut state = self.locked();
        if state.closed {
            return Err(NotPut::Closed(item));
        }
        if state.queued == capacity {
            return Err(NotPut::Full(item));
        }
        let room = state.store.room();
        if state.queued >= room {
            return Err(NotPut::NoRoom(item, room));
        }
        state.store.put(item);
        state.queued += 1;
        // A comparing thread looks for what was put meanwhile when it is ready.
        Ok(state.comparing == NOBODY)
    }

    fn grow(&self, room: usize, larger: usize) -> bool {
        let Some(mut memory) = S::with_room(larger) else {
            return false;
        };
        let mut state = self.locked();
        if state.store.room() == room {
            memory = state.store.grow(memory);
        }
        drop(state);
        drop(memory);
        true
    }

    #[inline]
    fn try_take(&self, taken: As, _when: Phase) -> Result<Found<T, S>, TryRecvError> {
        let state = self.locked();
        if state.queued == 0 {
            return Err(match state.closed {
                true => TryRecvError::Closed,
                false => TryRecvError::Empty,
            });
        }
        let mut state = unless_compared(state).ok_or(TryRecvError::Busy)?;
        let Some(item) = state.store.take() else {
            return Ok(Found::Out(state.take_out()));
        };
        state.count(1, taken);
        Ok(Found::Item(item))
    }

    fn take_out(&self) -> Option<S> {
        unless_compared(self.locked()).map(|mut state| state.take_out())
    }

    fn take_back(&self, out: &mut S, found: usize, taken: As) -> Look {
        let mut state = self.locked();
        state.store.attach(out);
        (state.comparing, state.comparing_in) = (NOBODY, None);
        state.count(found, taken);
        state.look()
    }

    fn task_done(&self) -> Result<Look, NotTaken> {
        let mut state = self.locked();
        state.counts.task_done()?;
        Ok(state.look())
    }

    fn task_dropped(&self) -> Look {
        let mut state = self.locked();
        state.counts.task_dropped();
        state.look()
    }

    fn close(&self) {
        self.locked().closed = true;
    }

    fn look(&self) -> Look {
        self.locked().look()
    }
}
