//! What a lock knows about its holder, and a thread about its locks.
//!
//! The holder writes itself down after it has locked, and wipes that before it unlocks. So a thread
//! that reads its own number there has the lock; what others read is a snapshot.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, Thread};

use super::order::{self, Name, Taken};
use crate::panic_guard::locked;
use crate::sync::thread_id::me;

/// Whether waits that could be for ever are reported.
const REPORTS: bool = cfg!(debug_assertions);

/// Beside a lock.
#[derive(Default)]
pub(crate) struct Watch {
    /// The lock in the order of locks: a number that no other lock had or will have; 0 until it is
    /// needed. Its address would not do, since another lock may be there later.
    number: AtomicU64,
    holder: Mutex<Option<Holder>>,
}

/// The thread that has a lock, and the line that locked.
#[derive(Clone)]
pub(crate) struct Holder {
    number: u64,
    thread: Thread,
    at: &'static Location<'static>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "held by {} at {}", Name(&self.thread), self.at)
    }
}

thread_local! {
    /// The locks that the thread has, in the order in which it took them; in debug builds.
    static TAKEN: RefCell<Vec<Taken>> = const { RefCell::new(Vec::new()) };
}

/// Looks at the locks that the thread has. Where the thread-local is gone, in destructors of
/// others, none is known.
fn taken<R: Default>(look: impl FnOnce(&mut Vec<Taken>) -> R) -> R {
    let looked = TAKEN.try_with(|taken| look(&mut taken.borrow_mut()));
    looked.unwrap_or_default()
}

/// Notes that the thread no longer has the lock of that number.
fn not_taken(number: u64) {
    taken(|all| {
        if let Some(at) = all.iter().rposition(|one| one.number == number) {
            all.remove(at);
        }
    });
}

impl Watch {
    pub(crate) const fn new() -> Self {
        Watch {
            number: AtomicU64::new(0),
            holder: Mutex::new(None),
        }
    }

    /// Notes the line that called the caller.
    #[track_caller]
    pub(crate) fn here(&self) -> Site<'_> {
        Site {
            watch: self,
            at: Location::caller(),
        }
    }

    /// Notes that the caller, which has the lock, is about to unlock it.
    pub(crate) fn let_go(&self) {
        let holder = self.known().take();
        if REPORTS {
            not_taken(self.number());
        }
        drop(holder);
    }

    /// Returns the holder of the lock: a snapshot.
    pub(crate) fn holder(&self) -> Option<Holder> {
        self.known().clone()
    }

    fn known(&self) -> MutexGuard<'_, Option<Holder>> {
        locked(&self.holder)
    }

    fn number(&self) -> u64 {
        match self.number.load(Relaxed) {
            // R: a thread that reads 0 looks again, under the lock of the order.
            0 => order::number(&self.number),
            number => number,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let number = *self.number.get_mut();
        if number != 0 {
            // Its guard may have been forgotten.
            not_taken(number);
            order::forget(number);
        }
    }
}

/// A lock, and the line that wants it.
#[derive(Clone, Copy)]
pub(crate) struct Site<'l> {
    watch: &'l Watch,
    at: &'static Location<'static>,
}

impl<'l> Site<'l> {
    /// Panics, in debug builds, if waiting for the lock could be for ever.
    #[track_caller]
    pub(crate) fn may_block(self) {
        if !REPORTS {
            return;
        }
        let holder = self.watch.holder();
        if let Some(own) = holder.filter(|holder| holder.number == me()) {
            let (name, at) = (Name(&own.thread), self.at);
            panic!(
                "deadlock: {name} wants a lock at {at} that is its own since {}",
                own.at
            );
        }
        // A second panic would be the end of the process.
        if thread::panicking() {
            return;
        }
        let has = taken(|all| all.clone());
        if has.is_empty() {
            return;
        }
        let wants = Taken {
            number: self.watch.number(),
            at: self.at,
        };
        if let Err(circle) = order::follow(&has, wants) {
            panic!("{circle}");
        }
    }

    /// The caller has the lock, until [`Watch::let_go`].
    pub(crate) fn note(self) {
        let holder = Holder {
            number: me(),
            thread: thread::current(),
            at: self.at,
        };
        let before = self.watch.known().replace(holder);
        debug_assert!(before.is_none(), "two have the lock");
        if REPORTS {
            let (number, at) = (self.watch.number(), self.at);
            taken(|all| all.push(Taken { number, at }));
        }
    }

    /// The caller has the lock, until the drop of what this gives.
    pub(crate) fn hold(self) -> Held<'l> {
        self.note();
        Held(self)
    }
}

/// In a guard: that the lock is noted as held. Ends before the lock does.
pub(crate) struct Held<'l>(Site<'l>);

impl<'l> Held<'l> {
    /// The lock is about to be unlocked without a drop of its guard.
    pub(crate) fn let_go(self) -> Site<'l> {
        self.0
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.watch.let_go();
    }
}
