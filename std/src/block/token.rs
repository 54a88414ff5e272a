//! [`Token`]: what notifiers leave for the one thread that sleeps.
//!
//! A raise is a read-modify-write, also where it changes nothing: so it stands in the release
//! sequence of every raise before it, and the take that consumes them acquires from all.
//! `loom-tests/tests/block/token.rs` models this file as it is.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | `raise`: `set.swap(true)` | `take`: `set.swap(false)` | what each notifier did before |

#![forbid(unsafe_code)]

// By a name that means loom's in the model.
use super::atomic::{AtomicBool, Ordering::*};

pub(super) struct Token {
    set: AtomicBool,
}

impl Token {
    /// One that is not set.
    pub(super) fn new() -> Self {
        Token {
            set: AtomicBool::new(false),
        }
    }

    /// Sets it. Returns `true` if it was not set: then its thread may sleep, and is to be woken.
    pub(super) fn raise(&self) -> bool {
        !self.set.swap(true, Release) // E1
    }

    /// Takes it, if it is set. For its thread.
    pub(super) fn take(&self) -> bool {
        let set = self.set.load(Relaxed); // R: the swap decides
        set && self.set.swap(false, Acquire) // E1
    }
}
