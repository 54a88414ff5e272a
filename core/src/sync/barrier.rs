//! L4: [`Barrier`], where a fixed number of parties wait for each other, again and again.
//!
//! | state | what an arriving party does |
//! |---|---|
//! | open, `arrived` parties wait | waits; the last one makes it *complete* |
//! | complete: the last party runs the action, then *trips* the barrier | waits outside, comes again when that is over |
//! | broken | gets `BrokenBarrier` |
//!
//! `open=>complete` by the last party as it arrives, `complete=>open` by the same when it trips,
//! any `=>broken` by `abort`, by a party that leaves (dropped, timed out), or by an action that
//! panics, `broken=>open` by `reset`.
//!
//! Everything that decides happens under the queue's lock: to arrive is to be enqueued, to be counted
//! beside the queue, or to be the last; to trip is to release everybody in one moment, to abort and to
//! reset is to wake everybody in one moment, to leave is to break. So a party is either released by
//! the trip of its generation or woken because that was broken, and no later trip, abort or reset can
//! change which. The action runs outside the lock; if the barrier is broken or reset meanwhile (its
//! `round` has changed) its generation does not trip.
//!
//! **Beside the queue.** A thread of the facade looks at `round` for a moment before it is enqueued (`arriving.rs`): the last
//! party then releases it by one store, and not by a node, a waker and a token, each of them in a cache line of its own
//! (`barrier/2-threads`). That `round` has changed says that its generation is over. It has tripped, unless `UNSEEN` is
//! set: a break that finds parties beside the queue writes down which generation it was, and the flag stays until all of them
//! have seen that. While it is set nobody new waits there, so one generation to remember is enough.
//!
//! Invariants
//! * **I1** `state`, `round` and `beside` are written under the queue's lock only. `round` may wrap: it is
//!   compared for equality with what it was when a party arrived. (A thread beside the queue that stands still while the
//!   number wraps to exactly the same value waits for one more end.)
//! * **I2** While the barrier is open or complete, exactly `arrived` parties of this generation are
//!   in the queue or beside it.
//! * **I3** While it is broken nobody of this generation is enqueued or beside the queue.
//! * **I4** With `UNSEEN`, `beside.parties` parties of the generation `beside.broken`, one at least, have not seen that it was
//!   broken, and nobody else of a broken generation has; without it `beside.parties` parties of this generation are beside the queue.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | trip, a later end, the last look at a break: `round.store` | a look: `round.load` | what each party did before it arrived, to the parties beside the queue |
//!
//! To all others the queue's lock carries it.

#![forbid(unsafe_code)]

use core::fmt;

use crate::shim::atomic::{AtomicUsize, Ordering::*};
use crate::shim::{IfBeside, WAITS_BESIDE, const_fn, filled, step};

use super::turn::Turn;
use crate::error::BrokenBarrier;
use crate::wait::WaitQueue;

pub(super) const BROKEN: usize = 1;
const COMPLETE: usize = 2;
/// One party that has arrived.
const ONE: usize = 4;

/// In `round`: not everybody beside the queue has seen that the generation was broken.
const UNSEEN: usize = 1;
/// One generation, above the flag if there is one.
const ROUND: usize = if WAITS_BESIDE { 2 } else { 1 };

/// A barrier: a fixed number of parties wait for each other. It can be used again at once.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `abort`, `reset`, with feature `critical-section` |
/// | bounded | a section for every 8 parties that are released |
/// | longest masked section | 8 waiters |
///
/// A party that gives up (its future is dropped, or its time is over) breaks the barrier for all
/// that wait, until [`reset`](Barrier::reset). Once all parties of a generation have arrived, it is
/// a success for each of them, whatever happens afterwards.
///
/// # Fairness
/// The parties of a generation are those that arrive first, and are released in arrival order. A
/// caller that comes while an action runs is not a party yet: it waits for the next generation.
///
/// # Memory ordering
/// What each party did before it arrived happens before the action, and that before what each does
/// after it was released.
///
/// # Examples
/// ```
/// use core::future::Future;
/// use core::pin::pin;
/// use core::task::{Context, Waker};
/// use gimmal_core::sync::Barrier;
/// use gimmal_core::wait::block_on;
///
/// static START: Barrier = Barrier::new(2);
///
/// let mut first = pin!(START.wait());
/// assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
/// let turn = block_on(START.wait()).unwrap();
/// assert!(turn.is_leader());
/// assert_eq!(block_on(first).unwrap().index(), 0);
/// ```
///
/// A barrier for nobody:
/// ```compile_fail
/// static NOBODY: gimmal_core::sync::Barrier = gimmal_core::sync::Barrier::new(0);
/// ```
#[doc(alias = "CyclicBarrier")]
pub struct Barrier<F = fn()> {
    parties: usize,
    /// `BROKEN`, `COMPLETE`, and how many have arrived in this generation.
    state: AtomicUsize,
    /// How many generations are over (without parties beside the queue: were broken or reset), and `UNSEEN`.
    pub(crate) round: AtomicUsize,
    beside: IfBeside<Beside>,
    pub(super) queue: WaitQueue,
    action: Option<F>,
}

/// The number of a generation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Round(usize);

impl Round {
    pub(super) const FIRST: Round = Round(0);
}

/// What a party finds when it arrives in the queue.
pub(super) enum Arrival {
    /// It waits, with this number.
    Waits(usize),
    /// It is the last of this generation.
    Last(Round),
    /// An action runs.
    Outside,
    /// The barrier is broken.
    Refused,
}

/// What a thread finds when it arrives.
pub(super) enum Beginning {
    /// It has not arrived, and has to be enqueued.
    InQueue,
    /// It waits beside the queue, with this number, for the end of this generation.
    Beside(usize, Round),
    /// It is the last of this generation, and there is an action.
    Last(Round),
    Over(Result<Turn, BrokenBarrier>),
}

/// What a party finds when it looks whether its generation is over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    NotOver,
    Tripped,
    Broken,
}

/// The parties that wait beside the queue (I4).
struct Beside {
    parties: AtomicUsize,
    broken: AtomicUsize,
}

impl Beside {
    const_fn! {
        const fn new() -> Self {
            Beside { parties: AtomicUsize::new(0), broken: AtomicUsize::new(0) }
        }
    }

    /// One party more or less. Returns how many there are.
    fn count(&self, change: isize) -> usize {
        let parties = self.parties.load(Relaxed).wrapping_add_signed(change); // R: I1
        self.parties.store(parties, Relaxed); // R: I1
        parties
    }
}

impl Barrier {
    const_fn! {
        /// Creates a barrier for `parties` parties.
        ///
        /// # Panics
        /// If `parties` is 0 or more than `usize::MAX / 4`; in a static that does not compile.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::sync::Barrier;
        ///
        /// static START: Barrier = Barrier::new(2);
        /// assert_eq!(START.parties(), 2);
        /// ```
        #[track_caller]
        pub const fn new(parties: usize) -> Self {
            Self::made(parties, None)
        }
    }
}

impl<F: Fn()> Barrier<F> {
    const_fn! {
        /// Creates a barrier for `parties` parties. The last one of each generation runs `action`
        /// before anyone is released. If it panics, the barrier is broken.
        ///
        /// # Panics
        /// As for [`new`](Barrier::new).
        ///
        /// # Examples
        /// ```
        /// # gimmal_core::wait::block_on(async {
        /// let rounds = core::cell::Cell::new(0);
        /// let barrier = gimmal_core::sync::Barrier::with_action(1, || rounds.set(rounds.get() + 1));
        /// barrier.wait().await.unwrap();
        /// assert_eq!(rounds.get(), 1);
        /// # });
        /// ```
        #[track_caller]
        pub const fn with_action(parties: usize, action: F) -> Self {
            Self::made(parties, Some(action))
        }
    }

    const_fn! {
        #[track_caller]
        const fn made(parties: usize, action: Option<F>) -> Self {
            assert!(parties > 0, "a barrier for nobody: give it at least one party");
            assert!(parties <= usize::MAX / ONE, "a barrier cannot have so many parties: give it usize::MAX / 4 at most");
            Barrier {
                parties,
                state: AtomicUsize::new(0),
                round: AtomicUsize::new(0),
                beside: filled!(Beside::new(); WAITS_BESIDE as usize),
                queue: WaitQueue::new(),
                action,
            }
        }
    }

    /// A thread arrives, if possible beside the queue. The last one trips the barrier at once if there is no action and nobody
    /// waits in the queue.
    #[inline]
    pub(super) fn arrive_beside(&self) -> Beginning {
        self.queue.look_at_waiters(|nobody| {
            if self.is_break_unseen() {
                return Beginning::InQueue;
            }
            match self.arrive() {
                Arrival::Waits(index) => {
                    if let Some(beside) = self.beside.first() {
                        beside.count(1);
                    }
                    Beginning::Beside(index, self.round())
                }
                Arrival::Last(_) if nobody && self.action.is_none() => {
                    self.end_tripped();
                    Beginning::Over(Ok(self.leader()))
                }
                Arrival::Last(round) => Beginning::Last(round),
                Arrival::Outside => Beginning::InQueue,
                Arrival::Refused => Beginning::Over(Err(BrokenBarrier)),
            }
        })
    }

    /// Runs the action, and releases everybody unless the barrier was broken or reset meanwhile.
    pub(super) fn trip(&self, round: Round) -> Result<Turn, BrokenBarrier> {
        let breaking = BreakUnlessTripped(self, round);
        if let Some(action) = &self.action {
            action();
        }
        core::mem::forget(breaking);
        let mut tripped = false;
        self.queue.release_all_if(|| {
            tripped = step!("trip-looks", self.round() == round, else true);
            if tripped {
                self.end_tripped();
            }
            tripped
        });
        if tripped {
            Ok(self.leader())
        } else {
            Err(BrokenBarrier)
        }
    }
}

impl<F> Barrier<F> {
    /// Breaks the barrier: current waiters, and later ones until [`reset`](Barrier::reset), get
    /// [`BrokenBarrier`].
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let barrier = gimmal_core::sync::Barrier::new(2);
    /// barrier.abort();
    /// assert!(barrier.wait().await.is_err());
    /// # });
    /// ```
    pub fn abort(&self) {
        self.queue.wake_all_if(|| {
            self.end(BROKEN);
            true
        });
    }

    /// Makes a broken barrier usable again. Current waiters get [`BrokenBarrier`].
    ///
    /// # Examples
    /// ```
    /// let barrier = gimmal_core::sync::Barrier::new(2);
    /// barrier.abort();
    /// barrier.reset();
    /// assert!(!barrier.is_broken());
    /// ```
    pub fn reset(&self) {
        self.queue.wake_all_if(|| {
            self.end(0);
            true
        });
    }

    /// Returns `true` if the barrier is broken: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let barrier = gimmal_core::sync::Barrier::new(2);
    /// barrier.abort();
    /// assert!(barrier.is_broken());
    /// ```
    pub fn is_broken(&self) -> bool {
        self.state.load(Relaxed) & BROKEN != 0 // R: a snapshot
    }

    /// Returns the number of parties of this generation that have arrived: a snapshot, less than
    /// [`parties`](Barrier::parties). While the action runs, the party that runs it is not counted.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal_core::sync::Barrier::new(2).waiting(), 0);
    /// ```
    pub fn waiting(&self) -> usize {
        self.state.load(Relaxed) / ONE // R: a snapshot
    }

    /// Returns the number of parties.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gimmal_core::sync::Barrier::new(2).parties(), 2);
    /// ```
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// What the last party gets.
    fn leader(&self) -> Turn {
        Turn::of(self.parties - 1, true)
    }

    // -- Beside the queue -------------------------------------------------------------------------

    /// A party beside the queue looks whether its generation is over. If so it has seen that, and does not look again.
    #[inline]
    pub(super) fn look(&self, mine: Round) -> Found {
        let round = self.round.load(Acquire); // E1
        match round {
            _ if round / ROUND == mine.0 => Found::NotOver,
            _ if round & UNSEEN == 0 => Found::Tripped,
            _ => self.queue.look_at_waiters(|_| self.look_and_leave(mine)),
        }
    }

    // -- Under the queue's lock (I1) --------------------------------------------------------------

    /// This generation.
    pub(super) fn round(&self) -> Round {
        Round(self.round.load(Relaxed) / ROUND) // R: I1
    }

    /// A party arrives in the queue.
    #[inline(always)]
    pub(super) fn arrive(&self) -> Arrival {
        let state = self.state.load(Relaxed); // R: I1
        let arrived = state / ONE;
        if state & BROKEN != 0 {
            Arrival::Refused
        } else if state & COMPLETE != 0 {
            Arrival::Outside
        } else if arrived + 1 == self.parties {
            self.state.store(state | COMPLETE, Relaxed); // R: I1
            Arrival::Last(self.round())
        } else {
            self.state.store(state + ONE, Relaxed); // R: I1
            Arrival::Waits(arrived)
        }
    }

    /// Returns `true` if parties of a broken generation are counted beside the queue, so that no others can be.
    fn is_break_unseen(&self) -> bool {
        self.round.load(Relaxed) & UNSEEN != 0 // R: I1
    }

    /// The same as `look`, under the lock. The party does not wait beside the queue any more.
    pub(super) fn look_and_leave(&self, mine: Round) -> Found {
        let Some(beside) = self.beside.first() else {
            return Found::Tripped;
        };
        let round = self.round.load(Relaxed); // R: I1
        let broken = beside.broken.load(Relaxed); // R: I1
        if round / ROUND == mine.0 {
            beside.count(-1);
            Found::NotOver
        } else if round & UNSEEN != 0 && broken == mine.0 {
            if beside.count(-1) == 0 {
                self.round.store(round & !UNSEEN, Release); // E1
            }
            Found::Broken
        } else {
            Found::Tripped
        }
    }

    /// Ends the generation with a trip.
    fn end_tripped(&self) {
        self.state.store(0, Relaxed); // R: I1
        if let Some(beside) = self.beside.first() {
            if !self.is_break_unseen() {
                beside.parties.store(0, Relaxed); // R: I1
            }
            let round = self.round.load(Relaxed); // R: I1
            self.round.store(round.wrapping_add(ROUND), Release); // E1
        }
    }

    /// Ends the generation without a trip.
    pub(super) fn end(&self, state: usize) {
        let mut round = self.round.load(Relaxed); // R: I1
        if let Some(beside) = self.beside.first()
            && beside.parties.load(Relaxed) != 0 // R: I1
            && round & UNSEEN == 0
        {
            beside.broken.store(round / ROUND, Relaxed); // R: I1
            round |= UNSEEN;
        }
        self.round.store(round.wrapping_add(ROUND), Release); // E1
        self.state.store(state, Relaxed); // R: I1
    }
}

/// Breaks the barrier when the action panics.
struct BreakUnlessTripped<'b, F>(&'b Barrier<F>, Round);

impl<F> Drop for BreakUnlessTripped<'_, F> {
    fn drop(&mut self) {
        let BreakUnlessTripped(barrier, round) = *self;
        barrier.queue.wake_all_if(|| {
            let same = barrier.round() == round;
            if same {
                barrier.end(BROKEN);
            }
            same
        });
    }
}

impl<F> fmt::Debug for Barrier<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("waiting", &self.waiting())
            .field("broken", &self.is_broken())
            .finish()
    }
}
