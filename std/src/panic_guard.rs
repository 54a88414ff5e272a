//! For code that runs what users gave: a panic that ends here, what it said, and locks that no
//! panic poisons.

#![forbid(unsafe_code)]

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{
    Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
};
use std::thread;
use std::time::{Duration, Instant};

use crate::generation::Generation;

/// How long a lock of an ancestor's stays held before it is taken for one that nobody will ever
/// give back. These locks are held for a few steps.
const HELD_FOR_GOOD: Duration = Duration::from_millis(100);

/// Runs user code whose panic ends here, and says whether it returned. The panic hook has reported
/// the panic.
pub(crate) fn contain(user: impl FnOnce()) -> bool {
    let Err(payload) = catch_unwind(AssertUnwindSafe(user)) else {
        return true;
    };
    // The drop of what it panicked with may panic in its turn.
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    std::mem::forget(dropped);
    false
}

/// The lock. Under it no user code runs, so what it guards is whole.
#[inline]
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same for those who read what a lock guards.
#[inline]
pub(crate) fn read_locked<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// The same, if nobody is writing.
pub(crate) fn try_read_locked<T>(lock: &RwLock<T>) -> Option<RwLockReadGuard<'_, T>> {
    match lock.try_read() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The same for one who writes.
#[inline]
pub(crate) fn write_locked<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `look` on what a lock guards that a forked child has in common with its parent: no process
/// forks meanwhile. Under it no user code runs.
pub(crate) fn between_forks<T, R>(mutex: &Mutex<T>, look: impl FnOnce(&mut T) -> R) -> R {
    gimmal_core::facade::between_forks(|| look(&mut locked(mutex)))
}

/// The lock of something that was made in `generation`. `None` in a process that was forked since
/// if the lock stays held: a thread may have it that this process does not have.
pub(crate) fn locked_since<T>(
    mutex: &Mutex<T>,
    generation: Generation,
) -> Option<MutexGuard<'_, T>> {
    let try_lock = || match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    };
    if let Some(guard) = try_lock() {
        return Some(guard);
    }
    if generation.is_current() {
        return Some(locked(mutex));
    }
    in_a_moment(try_lock)
}

/// What comes in a moment, in a forked child: a thread of the parent, which the child does not have, may be in the way of it for
/// good.
pub(crate) fn in_a_moment<R>(mut look: impl FnMut() -> Option<R>) -> Option<R> {
    let end = Instant::now() + HELD_FOR_GOOD;
    loop {
        if let Some(result) = look() {
            return Some(result);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::yield_now();
    }
}

/// The words of a panic, if it was one with words.
pub(crate) fn said(payload: &(dyn Any + Send)) -> Option<&str> {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| payload.downcast_ref::<&str>().copied())
}

/// What an error that may be a panic offers: `is_panic`, `into_panic` and `try_into_panic`. Takes
/// the type, who panicked, the pattern of a panic with the name that it gives to the payload, and
/// lines of an example that make such an `error`.
macro_rules! panic_accessors {
    ($error:ident, $who:literal, $panic:pat => $payload:ident, $example:literal) => {
        impl $error {
            #[doc = concat!("Returns `true` if ", $who, " panicked.")]
            ///
            /// # Examples
            /// ```
            #[doc = $example]
            /// assert!(error.is_panic());
            /// ```
            pub fn is_panic(&self) -> bool {
                match self {
                    $panic => {
                        let _ = $payload;
                        true
                    }
                    _ => false,
                }
            }

            #[doc = concat!("Returns what ", $who, " panicked with, for example to go on with it by")]
            /// [`std::panic::resume_unwind`].
            ///
            /// # Panics
            #[doc = concat!("If ", $who, " did not panic; [`try_into_panic`](Self::try_into_panic) returns the error instead.")]
            ///
            /// # Examples
            /// ```
            #[doc = $example]
            /// assert_eq!(error.into_panic().downcast_ref(), Some(&"out of paper"));
            /// ```
            #[track_caller]
            pub fn into_panic(self) -> Box<dyn Any + Send> {
                match self.try_into_panic() {
                    Ok(payload) => payload,
                    Err(why) => panic!("into_panic on an error that is no panic: {why}"),
                }
            }

            #[doc = concat!("Returns what ", $who, " panicked with.")]
            ///
            /// # Errors
            #[doc = concat!("The error itself, if ", $who, " did not panic.")]
            ///
            /// # Examples
            /// ```
            #[doc = $example]
            /// let payload = error.try_into_panic().unwrap();
            /// assert_eq!(payload.downcast_ref(), Some(&"out of paper"));
            /// ```
            pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
                match self {
                    $panic => Ok($payload),
                    other => Err(other),
                }
            }
        }
    };
}

pub(crate) use panic_accessors;

/// What somebody panicked with, for a `Debug` that shows its words.
pub(crate) struct Payload<'a>(&'a (dyn Any + Send));

impl<'a> Payload<'a> {
    /// Takes the box: a reference to it would be an `Any` of its own.
    pub(crate) fn of(payload: &'a Box<dyn Any + Send>) -> Self {
        Payload(&**payload)
    }

    /// Writes `name("the words")`, or `name(..)` if there are none.
    pub(crate) fn tuple(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(name).field(self).finish()
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match said(self.0) {
            Some(words) => words.fmt(f),
            None => f.write_str(".."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_under_a_lock_leaves_it_usable() {
        let (mutex, lock) = (Mutex::new(1), RwLock::new(1));
        let panics = || {
            let _held = (locked(&mutex), write_locked(&lock));
            panic!("under both locks");
        };
        assert!(!contain(panics));
        assert!(mutex.is_poisoned() && lock.is_poisoned());
        *locked(&mutex) += 1;
        *write_locked(&lock) += 1;
        let read = (*read_locked(&lock), try_read_locked(&lock).map(|n| *n));
        assert_eq!((*locked(&mutex), read), (2, (2, Some(2))));
        let _writing = write_locked(&lock);
        assert!(try_read_locked(&lock).is_none());
    }
}
