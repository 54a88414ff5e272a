//! A fixed number of values to lend out: buffers that are moved without being copied.
//!
//! [`try_take`](PoolOf::try_take) puts a value into a free slot and returns a [`Loan`], which is
//! used like the value and sent like a pointer. Dropping the loan drops the value and frees the
//! slot. [`Loan::share`] makes it read-only and cloneable.

// Protocol. Taking a slot has two steps, and so has returning it. The *count* is the exact number of
// slots that are lent. A taker that has raised it is owed one of the free slots, and finds it.
//
// | holders of a slot | who may touch the value |
// |---|---|
// | 0 | nobody |
// | 1 | the one `Loan`, or the one `Shared` |
// | 2 or more | that many `Shared`s, read-only |
//
// `0=>1` a taker; up and down from there a `Shared` that is cloned or dropped; `1=>0` the last
// holder, when the value is dropped. A `Shared` that sees itself alone stays alone: only a holder
// makes another.
//
// Invariants
// * **I1** At most `lent` slots are held, for `lent` is raised before a slot is taken and lowered
//   after a slot is free. A taker that has raised it finds a free slot in a bounded number of
//   rounds, unless others complete an operation in each of them.
// * **I2** A slot belongs to its holders: to the only one, or to all of them, which only read.
//
// | edge | release | acquire | what it carries |
// |---|---|---|---|
// | E1 | return: `holders.store(0)` | take: `holders` from 0 to 1 | the destructor of the last value has ended |
// | E2 | a `Shared` dropped: `holders` one less | the last one: `holders.load` | all have read before the destructor begins |
//
// No value rests on the count. It is lowered with Release and raised with Acquire, so that a taker
// that has raised it sees the free slot that made it lower, and searches no longer than I1 says. No
// model can tell the difference.
//
// A free list in a single word would be shorter and wrong on 32 bits: its tag wraps while an
// interrupted thread sleeps.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::task::Poll;

use crate::shim::atomic::{AtomicUsize, Ordering::*};
use crate::shim::{RaceCheck, const_fn, filled};

use crate::error::Full;
use crate::panic_without_fmt::{get_or_panic, some_or_panic};
use crate::wait::{Operation, Phase, Until, WaitQueue};

/// A slot of a pool.
#[doc(hidden)]
pub struct PoolSlot<T> {
    holders: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
    track: RaceCheck,
}

// SAFETY: I2: the value is touched by one thread at a time, and lent to another thread only if it
// is `Send`.
unsafe impl<T: Send> Sync for PoolSlot<T> {}

// What a panic cuts short is user code, and none runs while this is half changed.
impl<T> core::panic::UnwindSafe for PoolSlot<T> {}
impl<T> core::panic::RefUnwindSafe for PoolSlot<T> {}

impl<T> PoolSlot<T> {
    const_fn! {
        const fn new() -> Self {
            PoolSlot {
                holders: AtomicUsize::new(0),
                value: UnsafeCell::new(MaybeUninit::uninit()),
                track: RaceCheck::new(),
            }
        }
    }
}

/// A pool of `N` slots for values of type `T`.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_take` and dropping a loan, with feature `critical-section` |
/// | spins | never for a peer; the search for a free slot is retried when others took and returned some meanwhile |
/// | bounded | each retry happens only after somebody else has completed an operation |
/// | longest masked section | one waiter |
///
/// # Fairness
/// Waiting takers are woken in arrival order. A running one may take the slot first; the loser then
/// waits again, in front of the others.
///
/// # Memory ordering
/// What was done with a slot before its loan was dropped happens before what the next taker does
/// with it.
///
/// # Examples
/// ```
/// # use gimmal_core::pool::Pool;
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
pub type Pool<T, const N: usize> = PoolOf<[PoolSlot<T>; N]>;

/// The type behind every pool. Name it as [`Pool`].
#[repr(C)]
pub struct PoolOf<P: ?Sized> {
    state: PoolState,
    /// Where the next search begins: a hint.
    next: AtomicUsize,
    slots: P,
}

/// The state of all slots together.
struct PoolState {
    lent: AtomicUsize,
    takers: WaitQueue,
}

impl<T, const N: usize> PoolOf<[PoolSlot<T>; N]> {
    const_fn! {
        /// Creates a pool of which nothing is lent.
        ///
        /// # Examples
        /// ```
        /// # use gimmal_core::pool::Pool;
        /// static BUFFERS: Pool<[u8; 64], 4> = Pool::new();
        /// assert_eq!(BUFFERS.lent(), 0);
        /// ```
        pub const fn new() -> Self {
            const { assert!(N > 0, "a pool needs at least one slot") };
            PoolOf {
                state: PoolState {
                    lent: AtomicUsize::new(0),
                    takers: WaitQueue::new(),
                },
                next: AtomicUsize::new(0),
                slots: filled!(PoolSlot::new(); N),
            }
        }
    }

    /// Puts `value` into a free slot and lends it.
    ///
    /// # Errors
    /// [`Full`] gives the value back: at a moment of the call every slot was lent.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::pool::Pool;
    /// let pool = Pool::<[u8; 64], 1>::new();
    /// let mut buffer = pool.try_take([0; 64]).unwrap();
    /// buffer[0] = 7;
    /// assert!(pool.try_take([0; 64]).is_err());
    /// ```
    pub fn try_take(&self, value: T) -> Result<Loan<'_, T>, Full<T>> {
        (self as &PoolOf<[PoolSlot<T>]>).lend(value)
    }

    /// Puts `value` into a slot and lends it; waits for a free slot first if all are lent.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has taken nothing, and drops the value;
    /// [`Until::cancel`] gives it back.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::pool::Pool;
    /// # gimmal_core::wait::block_on(async {
    /// let pool = Pool::<u32, 1>::new();
    /// assert_eq!(*pool.take(7).await, 7);
    /// # });
    /// ```
    pub fn take(&self, value: T) -> Until<'_, WaitQueue, Taking<'_, T>> {
        let taking = Taking {
            pool: self,
            value: Some(value),
        };
        Until::new(&self.state.takers, taking)
    }
}

impl<T> PoolOf<[PoolSlot<T>]> {
    fn lend(&self, value: T) -> Result<Loan<'_, T>, Full<T>> {
        let mut lent = self.state.lent.load(Relaxed); // R: the CAS confirms it
        loop {
            if lent == self.slots.len() {
                return Err(Full(value));
            }
            let raised = self
                .state
                .lent
                .compare_exchange_weak(lent, lent + 1, Acquire, Relaxed); // R: brings the free slot; next try
            match raised {
                Ok(_) => break,
                Err(now) => lent = now,
            }
        }
        let mut at = self.next.load(Relaxed); // R: a hint
        let slot = loop {
            at += 1;
            let slot = self.slots.get(at).unwrap_or_else(|| {
                at = 0;
                get_or_panic(&self.slots, 0)
            });
            if slot
                .holders
                .compare_exchange(0, 1, Acquire, Relaxed) // E1, R: the next slot
                .is_ok()
            {
                break slot;
            }
        };
        self.next.store(at, Relaxed); // R: a hint
        slot.track.hold();
        // SAFETY: I2: the only holder.
        unsafe { slot.value.get().write(MaybeUninit::new(value)) };
        Ok(Loan {
            state: &self.state,
            slot,
        })
    }
}

impl<P: ?Sized> PoolOf<P> {
    /// Returns the number of slots that are lent: a snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::pool::Pool;
    /// let pool = Pool::<u32, 2>::new();
    /// let buffer = pool.try_take(7).unwrap();
    /// assert_eq!(pool.lent(), 1);
    /// drop(buffer);
    /// assert_eq!(pool.lent(), 0);
    /// ```
    pub fn lent(&self) -> usize {
        self.state.lent.load(Relaxed) // R: a snapshot
    }
}

impl<T, const N: usize> Default for PoolOf<[PoolSlot<T>; N]> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: ?Sized> fmt::Debug for PoolOf<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("lent", &self.lent()).finish()
    }
}

/// A value in a slot of a [`Pool`]: used like the value, sent like a pointer. Dropping it drops the
/// value and frees the slot; leaking it leaks both.
#[must_use = "a loan that is dropped frees its slot at once"]
pub struct Loan<'p, T> {
    state: &'p PoolState,
    slot: &'p PoolSlot<T>,
}

// SAFETY: a loan is the only way to its value.
unsafe impl<T: Send> Send for Loan<'_, T> {}
// SAFETY: a shared loan gives shared references only.
unsafe impl<T: Sync> Sync for Loan<'_, T> {}

impl<T> Deref for Loan<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.slot.track.read();
        // SAFETY: I2: the slot is ours.
        let value = unsafe { &*self.slot.value.get() };
        // SAFETY: it was written when the slot was lent.
        unsafe { value.assume_init_ref() }
    }
}

impl<T> DerefMut for Loan<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.slot.track.write();
        // SAFETY: I2: the slot is ours.
        let value = unsafe { &mut *self.slot.value.get() };
        // SAFETY: it was written when the slot was lent.
        unsafe { value.assume_init_mut() }
    }
}

impl<T> Drop for Loan<'_, T> {
    fn drop(&mut self) {
        // SAFETY: I2: the only holder, which ends here.
        unsafe { self.slot.clear(self.state) };
    }
}

impl<T> PoolSlot<T> {
    /// Drops the value and returns the slot.
    ///
    /// # Safety
    /// The caller is the only holder of this slot of the pool of `state`, and does not touch it
    /// any more.
    unsafe fn clear(&self, state: &PoolState) {
        /// Returns the slot, also when the value's destructor panics.
        struct Return<'p, T>(&'p PoolState, &'p PoolSlot<T>);
        impl<T> Drop for Return<'_, T> {
            fn drop(&mut self) {
                self.1.track.let_go();
                self.1.holders.store(0, Release); // E1
                self.0.lent.fetch_sub(1, Release); // R: brings the free slot along
                self.0.takers.wake_one();
            }
        }
        let returned = Return(state, self);
        // SAFETY: I2: the only holder.
        let value = unsafe { &mut *self.value.get() };
        // SAFETY: it was written when the slot was lent, and nobody sees it afterwards.
        unsafe { value.assume_init_drop() };
        drop(returned);
    }
}

impl<T: fmt::Debug> fmt::Debug for Loan<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'p, T: AsRef<[u8]> + Send + Sync> Loan<'p, T> {
    /// Converts into a read-only share of the bytes, which can be cloned without an allocation and
    /// without a copy.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::pool::Pool;
    /// static BUFFERS: Pool<[u8; 64], 2> = Pool::new();
    ///
    /// let shared = BUFFERS.try_take([7; 64]).unwrap().share();
    /// let second = shared.clone();
    /// drop(shared);
    /// assert_eq!((second.as_ref()[63], BUFFERS.lent()), (7, 1));
    /// drop(second);
    /// assert_eq!(BUFFERS.lent(), 0);
    /// ```
    pub fn share(self) -> Shared<'p> {
        let loan = core::mem::ManuallyDrop::new(self);
        Shared {
            state: loan.state,
            slot: loan.slot,
        }
    }
}

/// The bytes of a value in a slot of a [`Pool`], read-only: made by [`Loan::share`]. Dropping the
/// last clone drops the value and frees the slot; leaking a clone leaks both.
#[must_use = "a share that is dropped may free its slot at once"]
pub struct Shared<'p> {
    state: &'p PoolState,
    slot: &'p dyn ErasedSlot,
}

/// A slot whose value has bytes to read; the type of the value is erased.
trait ErasedSlot: Sync + core::panic::RefUnwindSafe {
    fn holders(&self) -> &AtomicUsize;

    /// # Safety
    /// The caller is a holder for as long as it looks at the bytes.
    unsafe fn bytes(&self) -> &[u8];

    /// # Safety
    /// As for [`PoolSlot::clear`].
    unsafe fn return_slot(&self, state: &PoolState);
}

impl<T: AsRef<[u8]> + Send + Sync> ErasedSlot for PoolSlot<T> {
    fn holders(&self) -> &AtomicUsize {
        &self.holders
    }

    unsafe fn bytes(&self) -> &[u8] {
        self.track.read();
        // SAFETY: I2: a holder, and all of them only read.
        let value = unsafe { &*self.value.get() };
        // SAFETY: it was written when the slot was lent.
        unsafe { value.assume_init_ref() }.as_ref()
    }

    unsafe fn return_slot(&self, state: &PoolState) {
        // SAFETY: by the contract of this function.
        unsafe { self.clear(state) };
    }
}

impl AsRef<[u8]> for Shared<'_> {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: this is a holder.
        unsafe { self.slot.bytes() }
    }
}

impl Clone for Shared<'_> {
    /// # Panics
    /// If there are more than `usize::MAX / 2` shares, which takes leaked ones.
    fn clone(&self) -> Self {
        let holders = self.slot.holders();
        let before = holders.fetch_add(1, Relaxed); // R: made by a holder, who keeps the value
        if before > usize::MAX / 2 {
            holders.fetch_sub(1, Relaxed); // R: undone
            panic!("too many shares of one slot");
        }
        Shared { ..*self }
    }
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        let holders = self.slot.holders();
        let mut all = holders.load(Acquire); // E2
        while all > 1 {
            match holders.compare_exchange_weak(all, all - 1, Release, Acquire) {
                // E2
                Ok(_) => return,
                Err(now) => all = now,
            }
        }
        // SAFETY: I2: the only holder, for only a holder makes another; it ends here.
        unsafe { self.slot.return_slot(self.state) };
    }
}

impl fmt::Debug for Shared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&self.as_ref()).finish()
    }
}

/// The operation of [`Pool::take`](PoolOf::take).
#[doc(hidden)]
pub struct Taking<'p, T> {
    pool: &'p PoolOf<[PoolSlot<T>]>,
    value: Option<T>,
}

impl<T> Taking<'_, T> {
    /// Returns the value of a `take` that did not happen.
    ///
    /// # Panics
    /// If the value was put into a slot.
    pub fn into_inner(self) -> T {
        some_or_panic!(self.value, "the value found a slot")
    }
}

impl<'p, T> Operation for Taking<'p, T> {
    type Output = Loan<'p, T>;

    fn try_once(&mut self, _when: Phase) -> Poll<Loan<'p, T>> {
        match self
            .pool
            .lend(some_or_panic!(self.value.take(), "taken once"))
        {
            Ok(loan) => Poll::Ready(loan),
            Err(Full(value)) => {
                self.value = Some(value);
                Poll::Pending
            }
        }
    }

    fn may_wake_next(&self) -> bool {
        self.pool.lent() < self.pool.slots.len()
    }
}
