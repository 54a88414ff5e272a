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
//! **Deserted.** A side that goes for good may leave a sign here (`desert`). For the flag it counts as somebody who waits, so
//! it is part of the same handshake, and costs those who notify nothing as long as it is not there.
//!
//! The flag and the list, with "has a waiter" as the fast path, are the habit of event-listener; the intrusive list is
//! tokio's; the epoch instead of a detached list is ours.

#![allow(unsafe_code)]

use core::pin::Pin;
use core::task::Waker;

use crate::ring::to_the_end;
use crate::shim::atomic::Ordering::*;
use crate::shim::plain::AtomicBool;
use crate::shim::{Asymmetric, CoreLock, const_fn, light, step};

use super::SMALL;
use super::list::{List, Waiter};
use super::operation::Phase;
use super::waiters::{Waiters, sealed};

/// How many wakers are taken out in one locked section.
const BATCH: usize = 8;

/// What a notifier finds in a queue, with the weight of the first waiter.
#[derive(Clone, Copy)]
pub(crate) enum First {
    None,
    Only(usize),
    OfMany(usize),
}

/// What `pop` found.
#[derive(Default)]
struct Popped {
    /// Somebody was told.
    found: bool,
    /// Nobody will wait here again.
    deserted: bool,
}

/// Where any number of contexts wait for a change of some state beside it.
///
/// Change the state first, then notify. Waiting is done by [`Until`](super::Until).
///
/// | | |
/// |---|---|
/// | from an interrupt handler | notifying, with feature `critical-section` |
/// | spins | on its own lock only, which is held for a few instructions |
/// | bounded | waking one, unless others are being woken together; waking many takes a section for every 8 |
/// | longest masked section | one waiter, of many 8 |
///
/// # Fairness
/// First come, first notified. Who was woken and found nothing waits in front again, unless everybody was woken.
pub struct WaitQueue {
    /// Notified far more often than waited in: see `shim::light`.
    asymmetric: Asymmetric,
    waiting: AtomicBool,
    pub(crate) list: CoreLock<List>,
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
                asymmetric: Asymmetric::new(capacity > SMALL),
                waiting: AtomicBool::new(false),
                list: CoreLock::new(List::new()),
            }
        }
    }

    /// Wakes the first waiter to try again; false if nobody waits.
    #[inline]
    pub fn wake_one(&self) -> bool {
        light::fence(SeqCst, self.asymmetric.get()); // E1
        self.waiting.load(Relaxed) && self.pop(Phase::Woken).found // R: E1
    }

    /// Wakes the first waiter to try again; true if this place is [deserted](WaitQueue::desert).
    #[inline]
    pub(crate) fn wake_one_is_deserted(&self) -> bool {
        light::fence(SeqCst, self.asymmetric.get()); // E1
        let waiting = self.waiting.load(Relaxed); // R: E1
        waiting && self.pop(Phase::Woken).deserted
    }

    /// Nobody will wait here again, and from now on notifiers are told so. They find it as they would find somebody who
    /// waits: what is looked for after this and a fence is found, or else its notifier finds this.
    pub(crate) fn desert(&self) {
        self.locked(List::desert);
    }

    /// Wakes everybody who waits now to try again; says how many.
    #[inline]
    pub fn wake_all(&self) -> usize {
        light::fence(SeqCst, self.asymmetric.get()); // E1
        let waiting = self.waiting.load(Relaxed); // R: E1
        if waiting {
            self.tell_all(Phase::Woken, || true)
        } else {
            0
        }
    }

    /// Grants the first waiter what it waits for: the caller has done the operation for it. Returns `false` if nobody waits.
    #[inline]
    pub fn grant_one(&self) -> bool {
        light::fence(SeqCst, self.asymmetric.get()); // E1
        self.waiting.load(Relaxed) && self.pop(Phase::Granted).found // R: E1
    }

    /// Grants what they wait for to the first `n` of those who wait now. Returns how many those are.
    #[inline]
    pub fn grant_many(&self, n: usize) -> usize {
        light::fence(SeqCst, self.asymmetric.get()); // E1
        let waiting = self.waiting.load(Relaxed); // R: E1
        if waiting {
            self.pop_many(Phase::Granted, n)
        } else {
            0
        }
    }

    /// Releases everybody who waits, in one moment; says how many those are.
    pub fn release_all(&self) -> usize {
        self.release_all_if(|| true)
    }

    /// Runs `change`, under the lock, and releases everybody in the same moment as seen by who enters, looks or leaves. If
    /// `change` says no, nobody is released.
    pub(crate) fn release_all_if(&self, change: impl FnOnce() -> bool) -> usize {
        self.tell_all(Phase::Released, change)
    }

    /// The same, waking them to try again.
    pub(crate) fn wake_all_if(&self, change: impl FnOnce() -> bool) {
        self.tell_all(Phase::Woken, change);
    }

    /// Grants to those who wait, in arrival order, as long as `take` finds as much as the first one waits for. At the end of
    /// each locked section `settled` is told whether anybody still waits.
    pub(crate) fn grant_while(
        &self,
        mut take: impl FnMut(usize) -> bool,
        mut settled: impl FnMut(bool),
    ) {
        self.in_batches(&mut |list| {
            let more = list.first_weight().is_some_and(&mut take);
            let given = if more { list.pop(Phase::Granted) } else { None };
            settled(!list.is_empty());
            given
        });
    }

    /// Runs `decide` under the lock, which sees whether there is a first waiter and whether others wait behind it. If it
    /// returns `true`, the first waiter is woken.
    pub(crate) fn first(&self, decide: impl FnOnce(First) -> bool) {
        let waker = self.locked(|list| {
            let first = match list.first_weight() {
                None => First::None,
                Some(weight) if list.len() == 1 => First::Only(weight),
                Some(weight) => First::OfMany(weight),
            };
            if decide(first) {
                list.pop(Phase::Woken)
            } else {
                None
            }
        });
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Does anybody wait? A snapshot. Of a deserted place this says yes.
    pub fn is_waited_on(&self) -> bool {
        self.waiting.load(Relaxed) // R: a snapshot
    }

    /// Takes out the first one who was told nothing yet, after those who were; one in each locked section.
    #[cold]
    #[inline(never)]
    fn pop(&self, told: Phase) -> Popped {
        let mut result = Popped::default();
        let mut last = false;
        to_the_end(|| {
            if last {
                return false;
            }
            let waker = self.locked(|list| {
                let others = step!("told-come-first", list.pop_told(), else None);
                last = others.is_none();
                result.deserted = list.is_deserted();
                others.or_else(|| list.pop(told))
            });
            result.found = last && waker.is_some();
            if let Some(waker) = waker {
                waker.wake();
            }
            true
        });
        result
    }

    /// Takes out the first `most` of those who wait now; says how many that were.
    #[cold]
    fn pop_many(&self, told: Phase, most: usize) -> usize {
        let (mut mark, mut count) = (None, 0);
        self.in_batches(&mut |list| {
            if count == most {
                return None;
            }
            // Each mark takes somebody out: list I3 counts on that.
            let mark = *mark.get_or_insert_with(|| list.mark());
            let first = list.pop_until(mark, told);
            count += usize::from(first.is_some());
            first
        });
        count
    }

    /// Tells everybody who waits when `change` says yes, in that moment; says how many.
    #[cold]
    fn tell_all(&self, told: Phase, change: impl FnOnce() -> bool) -> usize {
        let (mut change, mut count) = (Some(change), 0);
        self.in_batches(&mut |list| {
            if change.take().is_some_and(|change| change()) {
                count = list.tell_all(told);
            }
            list.pop_told()
        });
        count
    }

    /// Takes out whom `next` says, until it says nobody, and wakes them: a few in each locked section. Those who were told
    /// by another notifier and are still in the list come first, and `next` is not asked before. (Called by address: this is
    /// in a program once.)
    #[cold]
    fn in_batches(&self, next: &mut dyn FnMut(&mut List) -> Option<Waker>) {
        let mut last = false;
        to_the_end(|| {
            if last {
                return false;
            }
            let mut batch = heapless::Deque::<Waker, BATCH>::new();
            self.locked(|list| {
                while !batch.is_full() && !last {
                    let told = step!("told-come-first", list.pop_told(), else None);
                    match told.or_else(|| next(list)) {
                        // Never fails: the batch is not full.
                        Some(waker) => drop(batch.push_back(waker)),
                        None => last = true,
                    }
                }
            });
            to_the_end(|| batch.pop_front().map(Waker::wake).is_some());
            // It is empty.
            core::mem::forget(batch);
            true
        });
    }

    /// Everything that touches the list: keeps the flag true to it.
    #[inline]
    fn locked<R>(&self, look: impl FnOnce(&mut List) -> R) -> R {
        self.list.with(|list| {
            let result = look(list);
            let waiting = !list.is_empty() || list.is_deserted();
            self.waiting.store(waiting, Relaxed); // R: E1; read without the lock, written under it only
            result
        })
    }
}

impl sealed::Sealed for WaitQueue {}

impl Waiters for WaitQueue {
    type Waiter = Waiter;

    #[inline(always)]
    fn waiter() -> Waiter {
        Waiter::new()
    }

    unsafe fn enqueue(
        &self,
        waiter: Pin<&Waiter>,
        waker: &Waker,
        again: bool,
        weight: usize,
        admit: impl FnOnce(bool) -> bool,
    ) -> Result<(), Waker> {
        // A waker is cloned and dropped outside the lock: both may run user code.
        let waker = waker.clone();
        self.locked(|list| {
            if !admit(list.is_waited_in()) {
                return Err(waker);
            }
            // SAFETY: list I1 and I2 by the contract of `enqueue`.
            unsafe { list.link(&waiter, waker, again, weight) };
            Ok(())
        })
    }

    unsafe fn look(&self, waiter: Pin<&Waiter>, waker: &Waker) -> Phase {
        let mut other = None;
        let (same, (told, _unused)) = self.locked(|list| {
            // SAFETY: list I2 by the contract of `look`.
            let same = unsafe { list.has_waker(&waiter, waker) };
            // SAFETY: as above.
            (same, unsafe { list.look(&waiter, &mut other) })
        });
        if same {
            return told;
        }
        other = Some(waker.clone());
        // SAFETY: list I2 by the contract of `look`.
        let (told, _unused) = self.locked(|list| unsafe { list.look(&waiter, &mut other) });
        told
    }

    unsafe fn leave(&self, waiter: Pin<&Waiter>, depart: impl FnOnce()) -> (Phase, Option<Waker>) {
        self.locked(|list| {
            // SAFETY: list I2 by the contract of `leave`.
            let (told, waker) = unsafe { list.leave(&waiter) };
            if told != Phase::Enqueued {
                return (told, waker);
            }
            depart();
            (Phase::First, waker)
        })
    }

    fn is_asymmetric(&self) -> bool {
        self.asymmetric.get()
    }

    fn forward_wakeup(&self) {
        self.wake_one();
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
