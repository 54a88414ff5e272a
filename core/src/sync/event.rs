//! L4: [`Event`], a flag that can be waited for.
//!
//! One word.
//!
//! | the word says | what `set` does | what `wait` does |
//! |---|---|---|
//! | nothing | sets `SET` | sets `WAITED`, and waits in the queue |
//! | `WAITED` | goes to the queue: sets `SET`, begins a round and releases everybody, in one moment under its lock | waits in the queue |
//! | `SET`, with or without `WAITED` | the same as without `SET` | returns at once |
//!
//! No later `clear` can take a release back, and a waiter that comes after a `clear` is not
//! released by the `set` before. A `set` that nobody waits for is an exchange of the word.
//!
//! **Beside the queue.** A thread of the facade that only waits for the event does not need a place of its own: it sets `WAITED`,
//! remembers the number of the round and looks whether that is over. Before it sleeps, on the word itself, it sets `ASLEEP`. The
//! `set` that ends the round finds that and wakes all these threads at once, with one call of the system, where a queue wakes
//! one after the other (`event/crowd-1000`). Rounds are counted where threads sleep only; the number wraps, so a thread that stands
//! still between two looks for exactly 2^29 rounds, and then finds the event cleared, waits for one more.
//!
//! Invariant **I1**: `WAITED` is set whenever a waiter has looked at the word and has not been
//! released, and `ASLEEP` too if it sleeps on the word. They are cleared only in the moment in which everybody in the queue is told
//! and the round ends; one that is left behind costs the next `set` a look at the queue, or a call of the system.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | set: `word` CAS, or swap under the lock | wait: `word.fetch_or`; wait, is_set, is_over: `word.load`; clear: `word.fetch_and` | what was done before `set` |
//!
//! A `clear` takes `set`s away that nobody has waited for, so it must see what was done before each
//! of them: in "wait, clear, look" the look would else be older than the change that the second
//! `set` announced, and nobody would tell of it again.

#![forbid(unsafe_code)]

use core::fmt;
use core::future::IntoFuture;
use core::task::Poll;

use crate::shim::atomic::{AtomicU32, Ordering::*};
use crate::shim::{WAITS_BESIDE, const_fn, word_of};

use crate::wait::{Operation, Phase, Until, Wait, WaitQueue};

const SET: u32 = 1;
const WAITED: u32 = 2;
const ASLEEP: u32 = 4;
/// One round: everything above the other bits counts.
const ROUND: u32 = 8;

/// The word with `SET`, where nobody waits: the round stays.
const fn with_set(word: u32) -> u32 {
    match WAITS_BESIDE {
        true => word | SET,
        false => SET,
    }
}

/// A flag that any number of tasks or threads can wait for. Setting it releases them all.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `set`, `clear`, `is_set`, with feature `critical-section` |
/// | bounded | `is_set`; `clear`, and `set` while nobody waits, exchange a word, again if others did meanwhile; releasing takes a section for every 8 waiters |
/// | longest masked section | 8 waiters |
///
/// # Fairness
/// `set` releases all waiters of that moment, in arrival order.
///
/// # Memory ordering
/// What a thread did before `set` happens before what a waiter does after `wait`, and before what
/// is done after a `clear` that takes this `set` back.
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
#[doc(alias = "ManualResetEvent")]
#[doc(alias = "Flag")]
#[doc(alias = "CountDownLatch")]
pub struct Event {
    word: AtomicU32,
    queue: WaitQueue,
}

/// The round in which a thread has begun to wait beside the queue.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Round(u32);

impl Event {
    const_fn! {
        /// Creates an event that is not set.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::sync::Event;
        ///
        /// static READY: Event = Event::new();
        /// assert!(!READY.is_set());
        /// ```
        pub const fn new() -> Self {
            Event { word: AtomicU32::new(0), queue: WaitQueue::new() }
        }
    }

    /// Sets the event and releases all waiters. Idempotent.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::sync::Event;
    /// use gimmal_core::wait::block_on;
    ///
    /// static READY: Event = Event::new();
    /// READY.set(); // in an interrupt handler, for example
    /// block_on(READY.wait());
    /// ```
    #[inline]
    pub fn set(&self) {
        self.set_and_ask();
    }

    /// The same. Returns `true` if threads sleep on the [`word`](Event::word), which the caller has to wake; also if the waker of
    /// another waiter panics.
    #[inline]
    #[doc(hidden)]
    pub fn set_and_ask(&self) -> bool {
        let mut word = self.word.load(Relaxed); // R: the CAS confirms it
        while word & WAITED == 0 {
            let set = self
                .word
                .compare_exchange_weak(word, with_set(word), Release, Relaxed); // E1, R: next try
            match set {
                Ok(_) => return false,
                Err(now) => word = now,
            }
        }
        self.set_slow()
    }

    /// Somebody may wait.
    #[cold]
    fn set_slow(&self) -> bool {
        let mut asleep = false;
        self.queue.release_all_if(|| {
            let word = self.word.swap(self.next_round() | SET, Release); // E1
            if WAITS_BESIDE {
                asleep = word & ASLEEP != 0;
            }
            true
        });
        asleep
    }

    /// The next round, in its place in the word. Under the queue's lock.
    fn next_round(&self) -> u32 {
        match WAITS_BESIDE {
            // R: the lock orders the rounds
            true => (self.word.load(Relaxed) & !(ROUND - 1)).wrapping_add(ROUND),
            false => 0,
        }
    }

    /// Clears the event. Waiters that were already released stay released.
    ///
    /// What was done before each `set` that this takes back happens before what is done after it.
    /// For an event that recurs: wait, clear, and only then look at what it announces.
    ///
    /// # Examples
    /// ```
    /// let event = gimmal_core::sync::Event::new();
    /// event.set();
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    #[inline]
    pub fn clear(&self) {
        self.word.fetch_and(!SET, Acquire); // E1
    }

    /// Returns `true` if the event is set: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let event = gimmal_core::sync::Event::new();
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    #[inline]
    pub fn is_set(&self) -> bool {
        self.word.load(Acquire) & SET != 0 // E1
    }

    /// Returns `true` if the event is set, to a poller. One that is enqueued is released by the next
    /// `set` (I1).
    #[inline]
    pub(crate) fn is_set_for(&self, when: Phase) -> bool {
        match when {
            Phase::First => self.is_set(),
            _ => self.word.fetch_or(WAITED, Acquire) & SET != 0, // E1
        }
    }

    /// Where waiters wait.
    pub(crate) fn queue(&self) -> &WaitQueue {
        &self.queue
    }

    /// Begins to wait beside the queue, for the crate `gimmal`: until [`is_over`](Event::is_over). `None` if the event is set.
    #[doc(hidden)]
    pub fn wait_beside(&self) -> Option<Round> {
        let word = self.word.fetch_or(WAITED, Acquire); // E1
        (word & SET == 0).then_some(Round(word / ROUND))
    }

    /// Returns `true` if the event is set, or has been since.
    #[doc(hidden)]
    pub fn is_over(&self, round: Round) -> bool {
        let word = self.word.load(Acquire); // E1
        word & SET != 0 || word / ROUND != round.0
    }

    /// Says that the thread is going to sleep while the [`word`](Event::word) is what this returns. `None` if its wait is over.
    #[doc(hidden)]
    pub fn fall_asleep(&self, round: Round) -> Option<u32> {
        let word = self.word.fetch_or(ASLEEP, Acquire); // E1
        (word & SET == 0 && word / ROUND == round.0).then_some(word | ASLEEP)
    }

    /// What threads sleep on: of an atomic, so that it is read and written by atomic accesses only.
    #[doc(hidden)]
    pub fn word(&self) -> *mut u32 {
        word_of(&self.word)
    }

    /// Waits until the event is set.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect on other waiters.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let event = gimmal_core::sync::Event::new();
    /// event.set();
    /// event.wait().await;
    /// # assert!(event.is_set());
    /// # });
    /// ```
    pub fn wait(&self) -> Until<'_, WaitQueue, Waiting<'_>> {
        self.waiting().into_future()
    }

    /// The wait of [`wait`](Event::wait), for the crate `gimmal`, which blocks the thread.
    #[inline(always)]
    #[doc(hidden)]
    pub fn waiting(&self) -> Wait<'_, WaitQueue, Waiting<'_>> {
        Wait::new(&self.queue, Waiting { event: self })
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

/// The operation of [`Event::wait`].
#[doc(hidden)]
pub struct Waiting<'e> {
    event: &'e Event,
}

impl Operation for Waiting<'_> {
    type Output = ();

    #[inline]
    fn try_once(&mut self, when: Phase) -> Poll<()> {
        let over = when == Phase::Released || self.event.is_set_for(when);
        if over { Poll::Ready(()) } else { Poll::Pending }
    }
}
