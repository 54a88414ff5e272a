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
//! Everything that decides happens under the queue's lock: to arrive is to be enqueued or to be the
//! last, to trip is to release everybody in one moment, to abort and to reset is to wake everybody
//! in one moment, to leave is to break. So a party is either released by the trip of its generation
//! or woken because that was broken, and no later trip, abort or reset can change which. The action
//! runs outside the lock; if the barrier is broken or reset meanwhile (`breaks` has changed) its
//! generation does not trip.
//!
//! Invariants
//! * **I1** `state` and `breaks` are written under the queue's lock only. `breaks` may wrap: it is
//!   compared for equality with what it was when the generation became complete.
//! * **I2** While the barrier is open or complete, exactly `arrived` parties of this generation are
//!   in the queue.
//! * **I3** While it is broken nobody is enqueued.
//!
//! The queue's lock carries what was done before from each party to each other; there are no edges
//! of its own.

#![forbid(unsafe_code)]

use core::fmt;
use core::future::IntoFuture;
use core::task::Poll;

use crate::shim::atomic::{AtomicUsize, Ordering::*};
use crate::shim::{const_fn, step};

use crate::error::BrokenBarrier;
use crate::wait::{Key, Phase, Protocol, Until, Wait, WaitQueue};

const BROKEN: usize = 1;
const COMPLETE: usize = 2;
/// One party that has arrived.
const ONE: usize = 4;

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
    /// How often it was broken or reset.
    pub(crate) breaks: AtomicUsize,
    queue: WaitQueue,
    action: Option<F>,
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
                breaks: AtomicUsize::new(0),
                queue: WaitQueue::new(),
                action,
            }
        }
    }

    /// Waits until all parties have arrived.
    ///
    /// # Errors
    /// [`BrokenBarrier`] if the barrier is broken, or was broken or reset while this party waited.
    ///
    /// # Panics
    /// With what the action panics with, in the party that runs it.
    ///
    /// # Cancel safety
    /// Dropping a future that waits breaks the barrier, unless all parties of its generation have
    /// arrived. A future that has not been polled has not arrived.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let barrier = gimmal_core::sync::Barrier::new(1);
    /// let turn = barrier.wait().await.unwrap();
    /// assert!(turn.is_leader());
    /// # });
    /// ```
    pub fn wait(&self) -> Until<'_, WaitQueue, Arriving<'_, F>> {
        self.arriving().into_future()
    }

    /// The wait of [`wait`](Barrier::wait), for the crate `gimmal`, which blocks the thread.
    #[doc(hidden)]
    pub fn arriving(&self) -> Wait<'_, WaitQueue, Arriving<'_, F>> {
        let arriving = Arriving {
            barrier: self,
            role: Role::Coming,
        };
        Wait::of(&self.queue, arriving)
    }

    /// Runs the action, and releases everybody unless the barrier was broken or reset meanwhile.
    fn trip(&self, breaks: usize) -> Result<Turn, BrokenBarrier> {
        let breaking = BreakUnlessTripped(self, breaks);
        if let Some(action) = &self.action {
            action();
        }
        core::mem::forget(breaking);
        let mut tripped = false;
        self.queue.release_all_if(|| {
            tripped = step!("trip-looks", self.breaks.load(Relaxed) == breaks, else true); // R: I1
            if tripped {
                self.state.store(0, Relaxed); // R: I1
            }
            tripped
        });
        if tripped {
            Ok(Turn {
                index: self.parties - 1,
                leader: true,
            })
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

    /// Ends the generation without a trip. Under the queue's lock (I1).
    fn end(&self, state: usize) {
        let breaks = self.breaks.load(Relaxed); // R: I1
        self.breaks.store(breaks.wrapping_add(1), Relaxed); // R: I1
        self.state.store(state, Relaxed); // R: I1
    }
}

/// Breaks the barrier when the action panics.
struct BreakUnlessTripped<'b, F>(&'b Barrier<F>, usize);

impl<F> Drop for BreakUnlessTripped<'_, F> {
    fn drop(&mut self) {
        let BreakUnlessTripped(barrier, breaks) = *self;
        barrier.queue.wake_all_if(|| {
            let same = barrier.breaks.load(Relaxed) == breaks; // R: I1
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

/// The place of a party in its generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    index: usize,
    leader: bool,
}

impl Turn {
    /// Returns the party's number, from 0 to the number of parties less one, in arrival order.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::Barrier;
    /// # gimmal_core::wait::block_on(async {
    /// let barrier = Barrier::new(1);
    /// assert_eq!(barrier.wait().await.unwrap().index(), 0);
    /// # });
    /// ```
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns `true` for exactly one party of each generation: the one that came last and ran the
    /// action.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::sync::Barrier;
    /// # gimmal_core::wait::block_on(async {
    /// let barrier = Barrier::new(1);
    /// assert!(barrier.wait().await.unwrap().is_leader());
    /// # });
    /// ```
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

/// Progress of one party.
#[derive(Clone, Copy)]
enum Role {
    /// It has not arrived.
    Coming,
    /// It waits, with this number.
    Waiting(usize),
    /// It has come while an action runs.
    Outside,
    /// It has come last, when the barrier had been broken so often.
    Last(usize),
    /// It has come to a broken barrier.
    Refused,
}

/// The operation of [`Barrier::wait`].
#[doc(hidden)]
pub struct Arriving<'b, F> {
    barrier: &'b Barrier<F>,
    role: Role,
}

impl<F: Fn()> Protocol for Arriving<'_, F> {
    type Output = Result<Turn, BrokenBarrier>;

    fn attempt(&mut self, when: Phase, _key: Key) -> Poll<Self::Output> {
        match (when, self.role) {
            // Nobody can have told it anything that it does not find in the queue.
            (Phase::First | Phase::Enqueued, _) => Poll::Pending,
            (_, Role::Last(breaks)) => Poll::Ready(self.barrier.trip(breaks)),
            (Phase::Released, Role::Waiting(index)) => Poll::Ready(Ok(Turn {
                index,
                leader: false,
            })),
            // What it has waited for outside is over.
            (_, Role::Outside | Role::Coming) => Poll::Pending,
            // Woken, or not let in.
            (_, Role::Waiting(_) | Role::Refused) => Poll::Ready(Err(BrokenBarrier)),
        }
    }

    /// Arrives.
    fn on_enqueue(&mut self, _others: bool, _key: Key) -> bool {
        let barrier = self.barrier;
        let state = barrier.state.load(Relaxed); // R: I1
        let arrived = state / ONE;
        self.role = if state & BROKEN != 0 {
            Role::Refused
        } else if state & COMPLETE != 0 {
            Role::Outside
        } else if arrived + 1 == barrier.parties {
            barrier.state.store(state | COMPLETE, Relaxed); // R: I1
            Role::Last(barrier.breaks.load(Relaxed)) // R: I1
        } else {
            barrier.state.store(state + ONE, Relaxed); // R: I1
            Role::Waiting(arrived)
        };
        matches!(self.role, Role::Outside | Role::Waiting(_))
    }

    fn on_leave(&mut self, _key: Key) {
        if matches!(self.role, Role::Waiting(_)) {
            step!("leaving-breaks", self.barrier.end(BROKEN));
        }
    }

    fn on_left(&mut self, _key: Key) {
        // If it was reset meanwhile, the others of this generation are told already.
        let barrier = self.barrier;
        step!(
            "leaving-wakes",
            barrier.queue.wake_all_if(|| barrier.is_broken())
        );
    }

    /// Whoever else was to be woken is woken by the party that broke the barrier.
    fn on_unused_wakeup(&mut self, _key: Key) -> bool {
        true
    }

    fn hint(&self, _key: Key) -> usize {
        0
    }
}
