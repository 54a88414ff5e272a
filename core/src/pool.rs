//! L4: [`Pool`], a fixed number of places for values that are lent out: buffers that move, and are never copied.
//!
//! Two steps to take a place, two to return it. The *count* says how many places are lent, exactly; whoever has raised
//! it owns one of the places whose flag is not set, and finds it.
//!
//! | flag of a place | who may touch the value |
//! |---|---|
//! | free | nobody |
//! | lent | the one [`Loan`] |
//!
//! Invariants
//! * **I1** At most `lent` flags are set, for `lent` is raised before a flag is set and lowered after one is cleared: who
//!   has raised it finds a free flag in a bounded number of rounds, unless others complete an operation in each of them.
//! * **I2** A place belongs to the context that set its flag, until that context clears it.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | return: `flag.store(free)` | take: `flag.swap(lent)` | the destructor of the last value has ended |
//!
//! No value rests on the count. It is lowered with Release and raised with Acquire so that who raised it sees the flag clear
//! that made it lower, and searches no longer than I1 says; no model can tell, for the flags are only read in the first
//! round of a search: afterwards each is swapped, and a swap sees the newest.
//!
//! A free list in a single word would be shorter and wrong on 32 bits: its tag wraps while an interrupted context sleeps.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::task::Poll;

use crate::shim::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use crate::shim::{Track, const_fn, filled};

use crate::error::Full;
use crate::wait::{Attempt, Turn, Until, WaitQueue};

/// A place of a pool.
pub struct Place<T> {
    lent: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
    track: Track,
}

// SAFETY: I2: the value is touched by one context at a time, and lent across contexts only if it is `Send`.
unsafe impl<T: Send> Sync for Place<T> {}

// What a panic cuts short is user code, and none runs while this is half changed.
impl<T> core::panic::UnwindSafe for Place<T> {}
impl<T> core::panic::RefUnwindSafe for Place<T> {}

impl<T> Place<T> {
    const_fn! {
        const fn new() -> Self {
            Place {
                lent: AtomicBool::new(false),
                value: UnsafeCell::new(MaybeUninit::uninit()),
                track: Track::new(),
            }
        }
    }
}

/// `N` places for values of type `T`.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_take` and dropping a loan, with feature `critical-section` |
/// | spins | never for a peer; looking for a place is retried when others took and returned meanwhile |
///
/// # Fairness
/// Waiting takers are woken in arrival order; a running one may take the place first, the loser waits in front.
///
/// # Memory ordering
/// What was done with a place before its loan was dropped happens before what the next taker does with it.
///
/// # Examples
/// ```
/// use gimmal_core::pool::Pool;
///
/// static BUFFERS: Pool<[u8; 64], 2> = Pool::new();
///
/// let mut first = BUFFERS.try_take([0; 64]).unwrap();
/// first[0] = 7;
/// let second = BUFFERS.try_take([1; 64]).unwrap();
/// assert!(BUFFERS.try_take([2; 64]).is_err());
/// drop(first);
/// assert!(BUFFERS.try_take([2; 64]).is_ok());
/// # drop(second);
/// ```
pub type Pool<T, const N: usize> = PoolOf<[Place<T>; N]>;

/// The pool over any storage. Use it as [`Pool`].
#[repr(C)]
pub struct PoolOf<P: ?Sized> {
    lent: AtomicUsize,
    /// Where the next search begins: a hint.
    next: AtomicUsize,
    takers: WaitQueue,
    places: P,
}

impl<T, const N: usize> PoolOf<[Place<T>; N]> {
    const_fn! {
        /// A pool of which nothing is lent.
        pub const fn new() -> Self {
            const { assert!(N > 0, "a pool needs at least one place") };
            PoolOf {
                lent: AtomicUsize::new(0),
                next: AtomicUsize::new(0),
                takers: WaitQueue::new(),
                places: filled!(Place::new(); N),
            }
        }
    }

    /// Puts `value` into a free place and lends it.
    ///
    /// # Errors
    /// [`Full`] gives the value back: at a moment of the call every place was lent.
    pub fn try_take(&self, value: T) -> Result<Loan<'_, T>, Full<T>> {
        (self as &PoolOf<[Place<T>]>).lend(value)
    }

    /// Puts `value` into a place and lends it, waiting for one.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has taken nothing, and drops the value; [`Until::cancel`] gives it back.
    pub fn take(&self, value: T) -> Until<Taking<'_, T>> {
        Until::new(Taking {
            pool: self,
            value: Some(value),
        })
    }
}

impl<T> PoolOf<[Place<T>]> {
    fn lend(&self, value: T) -> Result<Loan<'_, T>, Full<T>> {
        let mut lent = self.lent.load(Relaxed); // R: the CAS confirms it
        loop {
            if lent == self.places.len() {
                return Err(Full(value));
            }
            let raised = self
                .lent
                .compare_exchange_weak(lent, lent + 1, Acquire, Relaxed); // R: brings the cleared flag; next try
            match raised {
                Ok(_) => break,
                Err(now) => lent = now,
            }
        }
        let start = self.next.load(Relaxed); // R: a hint
        let (mut at, mut first_round) = (start, true);
        let place = loop {
            at = if at + 1 < self.places.len() {
                at + 1
            } else {
                0
            };
            let place = &self.places[at];
            let passed_by = first_round && place.lent.load(Relaxed); // R: a hint, the swap decides
            if !passed_by && !place.lent.swap(true, Acquire) {
                // E1
                break place;
            }
            first_round &= at != start;
        };
        self.next.store(at, Relaxed); // R: a hint
        place.track.hold();
        // SAFETY: I2: the flag is ours.
        unsafe { place.value.get().write(MaybeUninit::new(value)) };
        Ok(Loan { pool: self, place })
    }
}

impl<P: ?Sized> PoolOf<P> {
    /// How many places are lent: a snapshot.
    pub fn lent(&self) -> usize {
        self.lent.load(Relaxed) // R: a snapshot
    }
}

impl<T, const N: usize> Default for PoolOf<[Place<T>; N]> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: ?Sized> fmt::Debug for PoolOf<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("lent", &self.lent()).finish()
    }
}

/// A value in a place of a [`Pool`]: used like the value, sent like a pointer. Dropping it drops the value and returns
/// the place; forgetting it leaks both.
#[must_use = "a loan that is dropped returns its place at once"]
pub struct Loan<'p, T> {
    pool: &'p PoolOf<[Place<T>]>,
    place: &'p Place<T>,
}

// SAFETY: a loan is the only way to its value.
unsafe impl<T: Send> Send for Loan<'_, T> {}
// SAFETY: a shared loan gives shared references only.
unsafe impl<T: Sync> Sync for Loan<'_, T> {}

impl<T> Deref for Loan<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.place.track.read();
        // SAFETY: I2: the place is ours.
        let value = unsafe { &*self.place.value.get() };
        // SAFETY: it was written when the place was lent.
        unsafe { value.assume_init_ref() }
    }
}

impl<T> DerefMut for Loan<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.place.track.write();
        // SAFETY: I2: the place is ours.
        let value = unsafe { &mut *self.place.value.get() };
        // SAFETY: it was written when the place was lent.
        unsafe { value.assume_init_mut() }
    }
}

impl<T> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        /// Returns the place, also when the value's destructor panics.
        struct Return<'p, T>(&'p PoolOf<[Place<T>]>, &'p Place<T>);
        impl<T> Drop for Return<'_, T> {
            fn drop(&mut self) {
                self.1.track.let_go();
                self.1.lent.store(false, Release); // E1
                self.0.lent.fetch_sub(1, Release); // R: takes the cleared flag along
                self.0.takers.wake_one();
            }
        }
        let returned = Return(self.pool, self.place);
        // SAFETY: I2: the place is ours.
        let value = unsafe { &mut *self.place.value.get() };
        // SAFETY: it was written when the place was lent, and nobody sees it afterwards.
        unsafe { value.assume_init_drop() };
        drop(returned);
    }
}

impl<T: fmt::Debug> fmt::Debug for Loan<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The attempt of [`Pool::take`](PoolOf::take).
pub struct Taking<'p, T> {
    pool: &'p PoolOf<[Place<T>]>,
    value: Option<T>,
}

impl<T> Taking<'_, T> {
    /// The value that found no place.
    ///
    /// # Panics
    /// If it found one.
    pub fn into_inner(self) -> T {
        self.value.expect("the value found a place")
    }
}

// SAFETY: the queue is the borrowed pool's.
unsafe impl<'p, T> Attempt for Taking<'p, T> {
    type Output = Loan<'p, T>;
    type Place = WaitQueue;

    fn place(&self) -> &WaitQueue {
        &self.pool.takers
    }

    fn attempt(&mut self, _turn: Turn) -> Poll<Loan<'p, T>> {
        match self.pool.lend(self.value.take().expect("taken once")) {
            Ok(loan) => Poll::Ready(loan),
            Err(Full(value)) => {
                self.value = Some(value);
                Poll::Pending
            }
        }
    }

    fn more(&self) -> bool {
        self.pool.lent() < self.pool.places.len()
    }

    fn patience(&self) -> usize {
        self.pool.places.len()
    }
}
