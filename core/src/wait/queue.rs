//! L3: [`WaitQueue`], where any number of contexts wait and are woken in arrival order.
//!
//! A flag that says whether anybody waits, and a list under a lock. The flag is written only under the lock; a notifier
//! reads it without, after a fence, so that notifying nobody costs a fence and a load.
//!
//! | edge | one half | other half | what it carries |
//! |---|---|---|---|
//! | E1 | notifier: publish, `fence(SeqCst)`, `waiting.load` | waiter: `waiting.store`, `fence(SeqCst)` (in `Until`), attempt | the waiter sees the change or the notifier sees the waiter |
//!
//! Two rules for notifiers. A waker is called after the lock is released: it may do anything, also come back here. And
//! after the lock is released the waiter's node is not touched: its memory may be gone.
//!
//! The flag and the list, with "has a waiter" as the fast path, are the habit of event-listener; the intrusive list is
//! tokio's; the epoch instead of a detached list is ours.

#![allow(unsafe_code)]

use core::pin::Pin;
use core::task::Waker;

use crate::ring::to_the_end;
use crate::shim::atomic::Ordering::*;
use crate::shim::plain::AtomicBool;
use crate::shim::{Guarded, const_fn, light};

use super::SMALL;
use super::list::{List, Node, State};
use super::until::{Place, Told, sealed};

/// How many wakers are taken out in one locked section.
const BATCH: usize = 8;

/// What a notifier finds in a queue, and how much the first one wants.
#[derive(Clone, Copy)]
pub(crate) enum First {
    None,
    Only(usize),
    OfMany(usize),
}

/// Where any number of contexts wait for a change of some state beside it.
///
/// Change the state first, then notify. Waiting is done by [`Until`](super::Until).
///
/// | | |
/// |---|---|
/// | from an interrupt handler | notifying, with feature `critical-section` |
/// | spins | on its own lock only, which is held for a few instructions |
/// | longest locked section | 8 list nodes |
///
/// # Fairness
/// First come, first notified. Who was woken and found nothing waits in front again, unless everybody was woken.
pub struct WaitQueue {
    /// Notified far more often than waited in: see `shim::light`.
    uneven: bool,
    waiting: AtomicBool,
    pub(crate) list: Guarded<List>,
}

// What a panic cuts short is user code, and none runs while this is half changed.
impl core::panic::UnwindSafe for WaitQueue {}
impl core::panic::RefUnwindSafe for WaitQueue {}

impl WaitQueue {
    const_fn! {
        /// A queue in which nobody waits.
        pub const fn new() -> Self {
            Self::for_capacity(1)
        }
    }

    const_fn! {
        /// A queue for those who wait for something of this capacity.
        pub(crate) const fn for_capacity(capacity: usize) -> Self {
            WaitQueue {
                uneven: capacity > SMALL,
                waiting: AtomicBool::new(false),
                list: Guarded::new(List::new()),
            }
        }
    }

    /// Wakes the first waiter to try again; false if nobody waits.
    #[inline]
    pub fn wake_one(&self) -> bool {
        light::fence(SeqCst, self.uneven); // E1
        self.waiting.load(Relaxed) && self.pop(State::Woken) // R: E1
    }

    /// Wakes everybody who waits now to try again; says how many.
    #[inline]
    pub fn wake_all(&self) -> usize {
        light::fence(SeqCst, self.uneven); // E1
        let waiting = self.waiting.load(Relaxed); // R: E1
        if waiting {
            self.pop_all(State::Woken, || ())
        } else {
            0
        }
    }

    /// Tells the first waiter that it has what it waits for; false if nobody waits.
    #[inline]
    pub fn give_one(&self) -> bool {
        light::fence(SeqCst, self.uneven); // E1
        self.waiting.load(Relaxed) && self.pop(State::Given) // R: E1
    }

    /// Runs `change` and, in the same moment as seen by who enters or leaves, marks everybody who waits; then tells each
    /// of them that it has what it waits for. Says how many.
    pub fn give_all(&self, change: impl FnOnce()) -> usize {
        self.pop_all(State::Given, change)
    }

    /// Gives to those who wait, first come first, as long as `take` finds what the first one wants. At the end of each
    /// locked section `settled` is told whether anybody still waits.
    pub(crate) fn hand_out(
        &self,
        mut take: impl FnMut(usize) -> bool,
        mut settled: impl FnMut(bool),
    ) {
        to_the_end(|| {
            let mut batch = heapless::Vec::<Waker, BATCH>::new();
            self.locked(|list| {
                while !batch.is_full() && list.first_wants().is_some_and(&mut take) {
                    // Never fails: the batch is not full.
                    list.pop(State::Given).map(|waker| batch.push(waker));
                }
                settled(!list.is_empty());
            });
            let more = batch.is_full();
            let mut batch = batch.into_iter();
            to_the_end(|| batch.next().map(Waker::wake).is_some());
            more
        });
    }

    /// Takes the first waiter out as `decide` says, which sees whether there is one and whether others wait behind it.
    pub(crate) fn first(&self, decide: impl FnOnce(First) -> State) {
        let waker = self.locked(|list| {
            let first = match list.first_wants() {
                None => First::None,
                Some(want) if list.len() == 1 => First::Only(want),
                Some(want) => First::OfMany(want),
            };
            list.pop(decide(first))
        });
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Does anybody wait? A snapshot.
    pub fn is_waited_on(&self) -> bool {
        self.waiting.load(Relaxed) // R: a snapshot
    }

    #[cold]
    fn pop(&self, told: State) -> bool {
        let waker = self.locked(|list| list.pop(told));
        waker.map(Waker::wake).is_some()
    }

    #[cold]
    fn pop_all(&self, told: State, change: impl FnOnce()) -> usize {
        let (mark, most) = self.locked(|list| {
            change();
            list.mark()
        });
        let mut told_so_far = 0;
        to_the_end(|| {
            let mut batch = heapless::Vec::<Waker, BATCH>::new();
            self.locked(|list| {
                while !batch.is_full() && told_so_far + batch.len() < most {
                    match list.pop_until(mark, told) {
                        // Never fails: the batch is not full.
                        Some(waker) => drop(batch.push(waker)),
                        None => break,
                    }
                }
            });
            told_so_far += batch.len();
            let last = batch.len() < BATCH;
            let mut batch = batch.into_iter();
            to_the_end(|| batch.next().map(Waker::wake).is_some());
            !last
        });
        told_so_far
    }

    /// Everything that touches the list: keeps the flag true to it.
    #[inline]
    fn locked<R>(&self, look: impl FnOnce(&mut List) -> R) -> R {
        self.list.with(|list| {
            let result = look(list);
            let waiting = !list.is_empty();
            let was = self.waiting.load(Relaxed); // R: written under this lock only
            if was != waiting {
                self.waiting.store(waiting, Relaxed); // R: E1
            }
            result
        })
    }
}

impl sealed::Sealed for WaitQueue {}

impl Place for WaitQueue {
    type Seat = Node;

    fn seat() -> Node {
        Node::new()
    }

    unsafe fn enter(&self, seat: Pin<&Node>, waker: &Waker, again: bool, want: usize) {
        let waker = waker.clone();
        // SAFETY: list I1 and I2 by the contract of `enter`.
        self.locked(|list| unsafe { list.link(&seat, waker, again, want) });
    }

    unsafe fn look(&self, seat: Pin<&Node>, waker: &Waker) -> Told {
        // A waker is cloned and dropped outside the lock: both may run user code.
        // SAFETY: list I2 by the contract of `look`.
        let same = self.locked(|list| unsafe { list.has_waker(&seat, waker) });
        let mut other = if same { None } else { Some(waker.clone()) };
        // SAFETY: list I2 by the contract of `look`.
        let state = self.locked(|list| unsafe { list.look(&seat, &mut other) });
        told(state)
    }

    unsafe fn leave(&self, seat: Pin<&Node>) -> Told {
        // SAFETY: list I2 by the contract of `leave`.
        let (state, waker) = self.locked(|list| unsafe { list.leave(&seat) });
        drop(waker);
        told(state)
    }

    fn is_uneven(&self) -> bool {
        self.uneven
    }

    fn pass_on(&self) {
        self.wake_one();
    }
}

fn told(state: State) -> Told {
    match state {
        State::Idle | State::Waiting => Told::Nothing,
        State::Woken => Told::Woken,
        State::Given => Told::Given,
    }
}

impl Default for WaitQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for WaitQueue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("WaitQueue")
            .field("waiting", &self.is_waited_on())
            .finish()
    }
}
