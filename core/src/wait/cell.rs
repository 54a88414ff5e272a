//! L3: [`WaitCell`], where one thread or task waits. It is lock-free, so an interrupt handler may
//! wake it too.
//!
//! | state | the waker in the cell | who may touch it |
//! |---|---|---|
//! | `EMPTY` | none | nobody needs to |
//! | `WRITING` | being changed | the waiter |
//! | `WRITING_WOKEN` | being changed, a wake came meanwhile | the waiter, who then wakes itself |
//! | `STORED` | there | the one that moves on to `WRITING` or `TAKING` |
//! | `TAKING` | being taken | the notifier that moved here |
//!
//! `EMPTY=>WRITING`, `STORED=>WRITING`, `WRITING=>STORED`, `WRITING=>EMPTY`, `WRITING_WOKEN=>EMPTY`
//! by the waiter; `STORED=>TAKING`, `TAKING=>EMPTY`, `WRITING=>WRITING_WOKEN` by a notifier.
//!
//! With feature `critical-section` a waiter and a notifier change the cell in a critical section,
//! so on one core neither finds the other half done. It matters to a waiter of higher priority:
//! polled in the middle of a wake, it can only wake itself, and would come back for ever before the
//! notifier could go on.
//!
//! Invariants
//! * **I1** In `WRITING` and `WRITING_WOKEN` only the waiter touches the waker, in `TAKING` only
//!   the one notifier.
//! * **I2** There is one waiter at a time: the owner of a handle, which is borrowed exclusively
//!   while it waits.
//!
//! | edge | one half | other half | what it carries |
//! |---|---|---|---|
//! | E1 | notifier: publish, `fence(SeqCst)`, `state.load` | waiter: `STORED`, `fence(SeqCst)` (in `Until`), try again | the waiter sees the change or the notifier sees the waiter |
//! | E2 | the side that leaves `WRITING` or `TAKING` | the side that enters one of them | the waker |
//! | E3 | notifier: CAS in any state | waiter: the CAS that enters `WRITING` again | the change, to a waiter that another notifier wakes |
//!
//! E3 is why a second notifier touches the state although it changes nothing: the waiter may be on
//! its way because of the first, and must see the second one's change too when it looks again.
//!
//! Origin: the AtomicWaker of futures (C. Lerche, 2018), with a state "nobody waits" that makes
//! notifying nobody a load.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::pin::Pin;
use core::task::Waker;

use crate::shim::atomic::{AtomicU8, Ordering::*};
use crate::shim::{Asymmetric, CLONES_COUNT, RaceCheck, const_fn, in_critical_section, light};

use super::SMALL_CAPACITY;
use super::operation::Phase;
use super::waiters::{Waiters, sealed};

const EMPTY: u8 = 0;
const WRITING: u8 = 1;
const WRITING_WOKEN: u8 = 2;
const STORED: u8 = 3;
const TAKING: u8 = 4;

/// A cell in which one thread or task waits for a change of some state beside it. If two wait in it
/// at the same time, one may get the other's wake-up; nothing worse happens.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | waking, without any feature |
/// | spins | retries only when the state moved meanwhile |
/// | bounded | yes: the state moves a few times for each wake and each wait |
/// | longest masked section | one waker moved in or out, with feature `critical-section`; else none |
/// | priorities | any, with feature `critical-section`. Without it a waiter that is polled by interrupting its own notifier wakes itself until that has finished: one of higher priority must give way |
pub struct WaitCell {
    /// Notified far more often than waited in: see `shim::light`.
    asymmetric: Asymmetric,
    state: AtomicU8,
    waker: UnsafeCell<Option<Waker>>,
    track: RaceCheck,
}

// SAFETY: I1: the waker is touched by one context at a time, and wakers may cross threads.
unsafe impl Send for WaitCell {}
// SAFETY: as above.
unsafe impl Sync for WaitCell {}

// What a panic cuts short is user code, and none runs while this is half changed.
impl core::panic::UnwindSafe for WaitCell {}
impl core::panic::RefUnwindSafe for WaitCell {}

impl WaitCell {
    const_fn! {
        /// Creates an empty cell.
        ///
        /// # Examples
        /// ```
        /// # use gimmal_core::wait::WaitCell;
        /// static CELL: WaitCell = WaitCell::new();
        /// CELL.wake(); // nobody waits: nothing happens
        /// ```
        pub const fn new() -> Self {
            Self::for_capacity(1)
        }
    }

    const_fn! {
        /// An empty cell for the waiter for a resource of this capacity.
        pub(crate) const fn for_capacity(capacity: usize) -> Self {
            WaitCell {
                asymmetric: Asymmetric::new(capacity > SMALL_CAPACITY),
                state: AtomicU8::new(EMPTY),
                waker: UnsafeCell::new(None),
                track: RaceCheck::new(),
            }
        }
    }

    /// Returns `true` if the notifier, which wakes with `wake_fenced` after its fence, makes the
    /// light half of an asymmetric one.
    #[inline(always)]
    pub(crate) fn is_asymmetric(&self) -> bool {
        self.asymmetric.get()
    }

    /// The answer to that, and whether the process has agreed to it by now.
    pub(crate) fn agreed(&self) -> Asymmetric {
        self.asymmetric.agreed()
    }

    /// Returns `true` if there is a waiter, or will be in a moment. A snapshot.
    pub(crate) fn is_waited_on(&self) -> bool {
        self.state.load(Relaxed) != EMPTY // R: a snapshot
    }

    /// Wakes the waiter, if there is one.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::wait::WaitCell;
    /// static CELL: WaitCell = WaitCell::new();
    /// CELL.wake(); // in a handler; a waiter tries again
    /// ```
    #[inline]
    pub fn wake(&self) {
        light::fence(SeqCst, self.asymmetric.is_agreed()); // E1
        self.wake_fenced();
    }

    /// The same, for a notifier that has made the SeqCst fence after its change.
    #[inline]
    pub(crate) fn wake_fenced(&self) {
        let state = self.state.load(Relaxed); // R: E1
        if state != EMPTY {
            self.wake_slow(state);
        }
    }

    #[cold]
    fn wake_slow(&self, state: u8) {
        if let Some(waker) = in_critical_section(|| self.take(state)) {
            waker.wake();
        }
    }

    /// Makes the notifier's change. Returns the waker if this notifier is the one to wake it.
    fn take(&self, mut state: u8) -> Option<Waker> {
        loop {
            let next = match state {
                EMPTY => return None,
                STORED => TAKING,
                WRITING => WRITING_WOKEN,
                same => same,
            };
            let moved = self
                .state
                .compare_exchange_weak(state, next, AcqRel, Relaxed); // E2, E3, R: next try
            match moved {
                Ok(STORED) => break,
                Ok(_) => return None,
                Err(now) => state = now,
            }
        }
        // SAFETY: I1: `TAKING` is ours.
        let waker = unsafe { self.swap(None) };
        self.state.swap(EMPTY, AcqRel); // E2, E3: also gives on what other notifiers released here
        waker
    }

    /// Puts a clone of `waker` in. Returns `true` if a wake came meanwhile or is on its way. A
    /// waker that is there and wakes the same task stays, where clones are counted: polling again and
    /// again clones nothing then.
    fn keep(&self, waker: &Waker) -> bool {
        let state = self.state.load(Relaxed); // R: only the waiter stores one, and the CAS confirms it
        if CLONES_COUNT && state == STORED {
            let mut unused = None;
            let renewed = in_critical_section(|| self.renew(waker, &mut unused));
            if let Some(woken) = renewed {
                return woken;
            }
        }
        self.write(Some(waker.clone()))
    }

    /// Announces the waiter once more if the cell has its waker, else returns `None`. The caller
    /// drops what it finds in `unused` outside the critical section.
    fn renew(&self, waker: &Waker, unused: &mut Option<Waker>) -> Option<bool> {
        let claimed = self
            .state
            .compare_exchange(STORED, WRITING, Relaxed, Relaxed); // R: the waiter itself wrote what is there; or a wake has taken it
        if claimed.is_err() {
            return None;
        }
        self.track.read();
        // SAFETY: I1: `WRITING` is ours.
        let kept = unsafe { &*self.waker.get() }.as_ref();
        let same = kept.is_some_and(|kept| kept.will_wake(waker));
        let woken = self.finish(STORED, unused);
        (same || woken).then_some(woken)
    }

    /// Leaves `WRITING`. Returns `true` if a wake came meanwhile: then the cell is empty, and the
    /// waker is in `unused`.
    #[inline(always)]
    fn finish(&self, after: u8, unused: &mut Option<Waker>) -> bool {
        let moved = self.state.compare_exchange(WRITING, after, AcqRel, Relaxed); // E2, R: WRITING_WOKEN is swapped below
        if moved.is_ok() {
            return false;
        }
        // SAFETY: I1: `WRITING_WOKEN` is ours.
        *unused = unsafe { self.swap(None) };
        self.state.swap(EMPTY, Relaxed); // R: only the waiter goes on from here: it wakes itself, and enters again by E3
        true
    }

    /// Puts `waker` in, or takes it out with `None`. Returns `true` if a wake came meanwhile or is
    /// on its way.
    fn write(&self, mut waker: Option<Waker>) -> bool {
        let mut unused = None;
        in_critical_section(|| self.put(&mut waker, &mut unused))
    }

    /// Makes the waiter's change: as `write`, and leaves the wakers that are not needed in `waker`
    /// and `unused`, to be dropped outside the critical section.
    #[inline(always)]
    fn put(&self, waker: &mut Option<Waker>, unused: &mut Option<Waker>) -> bool {
        let after = if waker.is_some() { STORED } else { EMPTY };
        let mut state = self.state.load(Relaxed); // R: the CAS confirms it
        loop {
            // A second waiter is a mistake of the caller. It is refused the cell, so that it never
            // touches the waker (I1).
            if matches!(state, TAKING | WRITING | WRITING_WOKEN) {
                return true;
            }
            let moved = self
                .state
                .compare_exchange_weak(state, WRITING, AcqRel, Relaxed); // E2, E3, R: next try
            match moved {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        // SAFETY: I1: `WRITING` is ours.
        *waker = unsafe { self.swap(waker.take()) };
        self.finish(after, unused)
    }

    /// # Safety
    /// I1.
    unsafe fn swap(&self, waker: Option<Waker>) -> Option<Waker> {
        self.track.write();
        // SAFETY: I1.
        core::mem::replace(unsafe { &mut *self.waker.get() }, waker)
    }
}

impl sealed::Sealed for WaitCell {}

impl Waiters for WaitCell {
    type Waiter = ();

    #[inline(always)]
    fn waiter() {}

    unsafe fn enqueue(
        &self,
        _waiter: Pin<&()>,
        waker: &Waker,
        _again: bool,
        _weight: usize,
        on_enqueue: impl FnOnce(bool) -> bool,
    ) -> Result<(), Waker> {
        if !on_enqueue(false) {
            return Err(waker.clone());
        }
        if self.keep(waker) {
            waker.wake_by_ref();
        }
        Ok(())
    }

    /// A cell keeps no record of its one waiter: each look is worth a try.
    unsafe fn look(&self, _waiter: Pin<&()>, _waker: &Waker) -> Phase {
        Phase::Woken
    }

    unsafe fn leave(&self, _waiter: Pin<&()>, on_leave: impl FnOnce()) -> (Phase, Option<Waker>) {
        if self.state.load(Relaxed) != EMPTY {
            // R: only the waiter makes it other than EMPTY
            self.write(None);
        }
        on_leave();
        (Phase::First, None)
    }

    fn is_asymmetric(&self) -> bool {
        self.asymmetric.get()
    }

    /// Nothing else waits here.
    fn forward_wakeup(&self) {}
}

impl Default for WaitCell {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for WaitCell {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WaitCell")
            .field("waiting", &self.is_waited_on())
            .finish()
    }
}
