//! L4: [`Event`], a flag that contexts wait for.
//!
//! | state | what `wait` does |
//! |---|---|
//! | unset | waits in the queue |
//! | set | returns at once |
//!
//! `set` changes the flag and releases everybody who waits under the queue's lock, in one moment: no later `clear` can take
//! that back, and who comes after a `clear` is not released by the `set` before.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | set: `set.store` | wait, is_set: `set.load` | what was done before `set` |

#![allow(unsafe_code)]

use core::fmt;
use core::task::Poll;

use crate::shim::atomic::Ordering::*;
use crate::shim::const_fn;
use crate::shim::plain::AtomicBool;

use crate::wait::{Attempt, Turn, Until, WaitQueue};

/// A flag that any number of contexts wait for: set wakes them all.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `set`, `clear`, `is_set`, with feature `critical-section` |
/// | longest locked section | 8 waiters |
///
/// # Fairness
/// `set` releases everybody who waits at that moment, first come first.
///
/// # Memory ordering
/// What a thread did before `set` happens before what a waiter does after `wait`.
///
/// # Examples
/// ```
/// use gimmal_core::sync::Event;
/// use gimmal_core::wait::block_on;
///
/// static READY: Event = Event::new();
///
/// READY.set();
/// block_on(READY.wait());
/// READY.clear();
/// assert!(!READY.is_set());
/// ```
pub struct Event {
    set: AtomicBool,
    queue: WaitQueue,
}

impl Event {
    const_fn! {
        /// An event that is not set.
        pub const fn new() -> Self {
            Event { set: AtomicBool::new(false), queue: WaitQueue::new() }
        }
    }

    /// Sets it and releases everybody who waits. Setting it again changes nothing.
    pub fn set(&self) {
        self.queue.release_all(|| {
            self.set.store(true, Release); // E1
            true
        });
    }

    /// Unsets it. Who was released before stays released.
    pub fn clear(&self) {
        self.set.store(false, Relaxed); // R: unsetting promises nothing
    }

    /// Is it set? A snapshot.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.set.load(Acquire) // E1
    }

    /// Waits until it is set.
    ///
    /// # Cancel safety
    /// Dropping the future takes nothing from anybody.
    pub fn wait(&self) -> Until<Waiting<'_>> {
        Until::new(self.waiting())
    }

    /// The attempt of [`wait`](Event::wait), for a caller that blocks in its own way.
    pub fn waiting(&self) -> Waiting<'_> {
        Waiting { event: self }
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("set", &self.is_set())
            .finish()
    }
}

/// The attempt of [`Event::wait`].
pub struct Waiting<'e> {
    event: &'e Event,
}

// SAFETY: the queue is the borrowed event's.
unsafe impl Attempt for Waiting<'_> {
    type Output = ();
    type Place = WaitQueue;

    fn place(&self) -> &WaitQueue {
        &self.event.queue
    }

    #[inline]
    fn attempt(&mut self, turn: Turn) -> Poll<()> {
        if turn == Turn::Released || self.event.is_set() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
