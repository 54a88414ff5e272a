//! [`PerProcess`]: a value of which each process of a line of forks has its own. A child never
//! touches what its parent had: a thread that the child does not have may have held a lock of it,
//! or been in the middle of a change.
//!
//! What an ancestor had is leaked in the child, content and all: dropping it might close, shut down
//! or remove what both share.
//!
//! | `newest` | means | left by |
//! |---|---|---|
//! | null | no process has one | the first `get` |
//! | a box of this generation | this process's value | the drop of the owner |
//! | a box of another generation | an ancestor's value; this process has none | the first `get` |
//!
//! Invariants
//! * **I1** `newest` is null or came from `Box::into_raw`, and what it points to is not changed any
//!   more.
//! * **I2** A box that was published is freed only by the drop of the owner, and only if this
//!   process made it.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | `get`: `newest.compare_exchange` | `get`, `peek`: `newest.load` | the content of the box |

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering::*};
use std::sync::{Mutex, MutexGuard};

use crate::generation::Generation;
use crate::panic_guard::locked;

struct Own<T> {
    generation: Generation,
    value: T,
}

pub(crate) struct PerProcess<T> {
    newest: AtomicPtr<Own<T>>,
    /// Shared by threads if they may share a value, and one may drop what another has made.
    _owns: PhantomData<(Box<Own<T>>, Mutex<T>)>,
}

impl<T> PerProcess<T> {
    /// No process has a value yet.
    pub(crate) const fn new() -> Self {
        PerProcess {
            newest: AtomicPtr::new(null_mut()),
            _owns: PhantomData,
        }
    }

    /// The value of this process.
    pub(crate) fn of(value: T) -> Self {
        let new = Self::new();
        new.get(|_| value);
        new
    }

    /// The value of this process, if it has one. It may be asked for in a signal handler.
    #[inline]
    pub(crate) fn peek(&self) -> Option<&T> {
        let newest = self.newest.load(Acquire); // E1
        // SAFETY: I1, I2: the owner is borrowed, so it is not being dropped.
        let own = unsafe { newest.as_ref() }?;
        own.generation.is_current().then_some(&own.value)
    }

    /// The value of this process; if it has none, the one that `make` gives, which is shown that of
    /// an ancestor. Among threads that come at the same moment one value is kept.
    #[inline]
    pub(crate) fn get(&self, make: impl FnOnce(Option<&T>) -> T) -> &T {
        match self.peek() {
            Some(value) => value,
            None => self.get_slow(make),
        }
    }

    #[cold]
    fn get_slow(&self, make: impl FnOnce(Option<&T>) -> T) -> &T {
        let found = self.newest.load(Acquire); // E1
        // SAFETY: I1, I2: the owner is borrowed, so it is not being dropped.
        let ancestor = match unsafe { found.as_ref() } {
            // Another thread has just been here.
            Some(own) if own.generation.is_current() => return &own.value,
            ancestor => ancestor,
        };
        let new = Box::new(Own {
            generation: Generation::current(),
            value: make(ancestor.map(|own| &own.value)),
        });
        let new = Box::into_raw(new);
        // E1
        let kept = match self.newest.compare_exchange(found, new, AcqRel, Acquire) {
            Ok(_) => new,
            Err(other) => {
                // SAFETY: it came from `Box::into_raw` and was not published.
                drop(unsafe { Box::from_raw(new) });
                other
            }
        };
        // SAFETY: I1, I2. The thread that came first is of this process, as nothing else changes
        // `newest`.
        &unsafe { &*kept }.value
    }
}

impl<T: Clone + Default> PerProcess<Mutex<T>> {
    /// The lock of this process's value. A child begins with a copy of what its parent had; with
    /// nothing if a thread of the parent had the lock at the fork.
    pub(crate) fn locked(&self) -> MutexGuard<'_, T> {
        locked(self.get(|ancestor| {
            let copy = ancestor.and_then(|theirs| Some(theirs.try_lock().ok()?.clone()));
            Mutex::new(copy.unwrap_or_default())
        }))
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let newest = *self.newest.get_mut();
        // SAFETY: I1.
        let own = unsafe { newest.as_ref() };
        if own.is_some_and(|own| own.generation.is_current()) {
            // SAFETY: I2: this process made it, and nobody borrows from the owner.
            drop(unsafe { Box::from_raw(newest) });
        }
    }
}

/// A value that is dropped only by the process that made it, and forgotten by a child: a handle of
/// a thread, say.
pub(crate) struct Ours<T> {
    value: Option<T>,
    generation: Generation,
}

impl<T> Ours<T> {
    pub(crate) fn new(value: T) -> Self {
        Ours {
            value: Some(value),
            generation: Generation::current(),
        }
    }

    /// Returns `true` if this process made it.
    pub(crate) fn is_ours(&self) -> bool {
        self.generation.is_current()
    }

    pub(crate) fn get(&self) -> &T {
        self.value.as_ref().expect("it is there until it is taken")
    }

    pub(crate) fn into_inner(mut self) -> T {
        self.value.take().expect("it is taken once")
    }
}

impl<T> Drop for Ours<T> {
    fn drop(&mut self) {
        if !self.is_ours() {
            std::mem::forget(self.value.take());
        }
    }
}
