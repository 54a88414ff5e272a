//! L3: [`WaitQueue`], a queue of waiters that are notified in arrival order.
//!
//! A queue is a list of waiters under a lock, and a flag that says whether the list is in use. The
//! flag is written under the lock only. A notifier makes a fence and reads the flag without the
//! lock, so notifying an empty queue costs a fence and a load.
//!
//! | edge | one half | other half | what it carries |
//! |---|---|---|---|
//! | E1 | notifier: publish, `fence(SeqCst)`, `waiting.load` | waiter: `waiting.store`, `fence(SeqCst)` (in `Until`), try again | the waiter sees the change or the notifier sees the waiter |
//!
//! Two rules for notifiers. A waker is called after the lock is released, because it may run any
//! code, also code that uses this queue. And a waiter's node is not touched after the lock is
//! released, because its memory may be gone.
//!
//! **Receiver gone.** The last receiver of a channel marks the queue in which receivers wait
//! (`mark_receiver_gone`). The mark sets the same flag that a waiter sets, so it takes part in E1:
//! a sender finds the mark, or the receiver's drain finds the message. While there is no mark it
//! costs a sender nothing.
//!
//! Origin: the flag as the fast path follows event-listener, the intrusive list follows tokio. The
//! epoch, which replaces a detached list, is our own.

#![allow(unsafe_code)]

use core::pin::Pin;
use core::task::Waker;

use crate::ring::to_the_end;
use crate::shim::atomic::Ordering::*;
use crate::shim::plain::AtomicBool;
use crate::shim::{Asymmetric, CoreLock, const_fn, light, step};

use super::SMALL_CAPACITY;
use super::list::{List, Waiter};
use super::operation::Phase;
use super::waiters::{Waiters, sealed};

/// How many wakers are taken out of the list in one locked section.
const BATCH: usize = 8;

/// What a notifier finds at the front of a queue, with the weight of the first waiter.
#[derive(Clone, Copy)]
pub(crate) enum First {
    None,
    Only(usize),
    OfMany(usize),
}

/// What `pop` found.
#[derive(Default)]
struct Popped {
    /// A waiter was notified.
    found: bool,
    /// The receiver is gone: nothing will wait here again.
    receiver_gone: bool,
}

/// A queue in which any number of threads and tasks wait for a change of some state beside it.
///
/// Change the state first, then notify. [`Until`](super::Until) is the future that waits here.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | notifying, with feature `critical-section` |
/// | spins | on its own lock only, which is held for a few instructions |
/// | bounded | waking one, unless others are being woken together; waking many takes a section for every 8 |
/// | longest masked section | one waiter, of many 8 |
///
/// # Fairness
/// Waiters are notified in arrival order. A waiter that was woken and lost the race waits at the
/// front again, unless all waiters were woken.
///
/// # Memory ordering
/// A waiter that is notified sees the change that was made before the notification. The queue does
/// not order anything else: the state beside it has orderings of its own.
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
        /// Creates an empty queue.
        ///
        /// # Examples
        /// ```
        /// # use gimmal_core::wait::WaitQueue;
        /// static QUEUE: WaitQueue = WaitQueue::new();
        /// assert!(!QUEUE.is_waited_on());
        /// ```
        pub const fn new() -> Self {
            Self::for_capacity(1)
        }
    }

    const_fn! {
        /// An empty queue of waiters for a resource of this capacity.
        pub(crate) const fn for_capacity(capacity: usize) -> Self {
            WaitQueue {
                asymmetric: Asymmetric::new(capacity > SMALL_CAPACITY),
                waiting: AtomicBool::new(false),
                list: CoreLock::new(List::new()),
            }
        }
    }

    /// Wakes the first waiter, which tries again. Returns `false` if the queue is empty.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::wait::WaitQueue;
    /// let queue = WaitQueue::new();
    /// assert!(!queue.wake_one()); // nobody waits
    /// ```
    #[inline]
    pub fn wake_one(&self) -> bool {
        light::fence(SeqCst, self.asymmetric.is_agreed()); // E1
        self.waiting.load(Relaxed) && self.pop(Phase::Woken).found // R: E1
    }

    /// Wakes the first waiter, which tries again. Returns `true` if the receiver is
    /// [gone](WaitQueue::mark_receiver_gone).
    #[inline]
    pub(crate) fn wake_one_check_receiver(&self) -> bool {
        light::fence(SeqCst, self.asymmetric.is_agreed()); // E1
        let waiting = self.waiting.load(Relaxed); // R: E1
        waiting && self.pop(Phase::Woken).receiver_gone
    }

    /// Records that nothing will wait here again. A notifier finds the mark as it would find a
    /// waiter: after this and a fence, either the caller sees what the notifier published, or the
    /// notifier sees the mark.
    pub(crate) fn mark_receiver_gone(&self) {
        self.locked(List::mark_receiver_gone);
    }

    /// Wakes all current waiters, which try again. Returns how many.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::wait::WaitQueue;
    /// let queue = WaitQueue::new();
    /// assert_eq!(queue.wake_all(), 0); // nobody waits
    /// ```
    #[inline]
    pub fn wake_all(&self) -> usize {
        light::fence(SeqCst, self.asymmetric.is_agreed()); // E1
        let waiting = self.waiting.load(Relaxed); // R: E1
        if waiting {
            self.notify_all(Phase::Woken, || true)
        } else {
            0
        }
    }

    /// Grants the first waiter what it waits for: the caller has done the operation for it. Returns
    /// `false` if the queue is empty.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::wait::WaitQueue;
    /// let queue = WaitQueue::new();
    /// assert!(!queue.grant_one()); // nobody waits: the grant is still the caller's
    /// ```
    #[inline]
    pub fn grant_one(&self) -> bool {
        light::fence(SeqCst, self.asymmetric.is_agreed()); // E1
        self.waiting.load(Relaxed) && self.pop(Phase::Granted).found // R: E1
    }

    /// Grants the first `n` of the current waiters what they wait for. Returns how many there were.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::wait::WaitQueue;
    /// let queue = WaitQueue::new();
    /// assert_eq!(queue.grant_many(3), 0); // nobody waits
    /// ```
    #[inline]
    pub fn grant_many(&self, n: usize) -> usize {
        light::fence(SeqCst, self.asymmetric.is_agreed()); // E1
        let waiting = self.waiting.load(Relaxed); // R: E1
        if waiting {
            self.pop_many(Phase::Granted, n)
        } else {
            0
        }
    }

    /// Releases all current waiters in one moment. Returns how many.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::wait::WaitQueue;
    /// let queue = WaitQueue::new();
    /// assert_eq!(queue.release_all(), 0); // nobody waits
    /// ```
    pub fn release_all(&self) -> usize {
        self.release_all_if(|| true)
    }

    /// Runs `change` under the lock. If it returns `true`, all current waiters are released in the
    /// same moment, as seen by every waiter that is enqueued, looks or leaves.
    pub(crate) fn release_all_if(&self, change: impl FnOnce() -> bool) -> usize {
        self.notify_all(Phase::Released, change)
    }

    /// The same, but wakes the waiters, which try again.
    pub(crate) fn wake_all_if(&self, change: impl FnOnce() -> bool) {
        self.notify_all(Phase::Woken, change);
    }

    /// Grants waiters what they wait for, in arrival order, while `take` returns `true` for the
    /// weight of the first one. At the end of each step, still under the lock, `settled` is told
    /// whether waiters are left.
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

    /// Runs `decide` under the lock; it sees the first waiter and whether others are behind it. If
    /// it returns `true`, the first waiter is woken.
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

    /// Runs `look` under the lock. It sees whether there are no waiters.
    #[inline]
    pub(crate) fn look_at_waiters<R>(&self, look: impl FnOnce(bool) -> R) -> R {
        self.list.with(|list| look(list.is_empty()))
    }

    /// Returns `true` if there are waiters, or if the receiver is gone. A snapshot.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::wait::WaitQueue;
    /// let queue = WaitQueue::new();
    /// assert!(!queue.is_waited_on());
    /// ```
    #[inline]
    pub fn is_waited_on(&self) -> bool {
        self.waiting.load(Relaxed) // R: a snapshot
    }

    /// Takes out the first waiter that was not notified yet, after those that were; one in each
    /// locked section.
    #[cold]
    #[inline(never)]
    fn pop(&self, phase: Phase) -> Popped {
        let mut result = Popped::default();
        let mut last = false;
        to_the_end(|| {
            if last {
                return false;
            }
            let waker = self.locked(|list| {
                let others = step!("notified-come-first", list.pop_notified(), else None);
                last = others.is_none();
                result.receiver_gone = list.is_receiver_gone();
                others.or_else(|| list.pop(phase))
            });
            result.found = last && waker.is_some();
            if let Some(waker) = waker {
                waker.wake();
            }
            true
        });
        result
    }

    /// Takes out the first `most` of the current waiters. Returns how many there were.
    #[cold]
    fn pop_many(&self, phase: Phase, most: usize) -> usize {
        let (mut mark, mut count) = (None, 0);
        self.in_batches(&mut |list| {
            if count == most {
                return None;
            }
            // Each mark takes a waiter out: list I3 counts on that.
            let mark = *mark.get_or_insert_with(|| list.mark());
            let first = list.pop_until(mark, phase);
            count += usize::from(first.is_some());
            first
        });
        count
    }

    /// Notifies all current waiters in the moment in which `change` returns `true`. Returns how
    /// many.
    #[cold]
    fn notify_all(&self, phase: Phase, change: impl FnOnce() -> bool) -> usize {
        let (mut change, mut count) = (Some(change), 0);
        self.in_batches(&mut |list| {
            if change.take().is_some_and(|change| change()) {
                count = list.notify_all(phase);
            }
            list.pop_notified()
        });
        count
    }

    /// Takes out and wakes the waiters that `next` returns until it returns `None`, a batch in each
    /// locked section. Waiters that another notifier has notified and that are still in the list
    /// come first; `next` is not called before they are out. (`next` is a `dyn` reference so that a
    /// program contains this code once.)
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
                    let phase = step!("notified-come-first", list.pop_notified(), else None);
                    match phase.or_else(|| next(list)) {
                        // Never fails: the batch is not full.
                        Some(waker) => drop(batch.push_back(waker)),
                        None => last = true,
                    }
                }
            });
            to_the_end(|| batch.pop_front().map(Waker::wake).is_some());
            // It is empty, so there is nothing to drop.
            core::mem::forget(batch);
            true
        });
    }

    /// Everything that touches the list goes through here, so the flag always agrees with it.
    #[inline]
    fn locked<R>(&self, look: impl FnOnce(&mut List) -> R) -> R {
        self.list.with(|list| {
            let result = look(list);
            let waiting = !list.is_empty() || list.is_receiver_gone();
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
        on_enqueue: impl FnOnce(bool) -> bool,
    ) -> Result<(), Waker> {
        // A waker is cloned and dropped outside the lock: both may run user code.
        let waker = waker.clone();
        self.locked(|list| {
            if !on_enqueue(list.has_unnotified()) {
                return Err(waker);
            }
            // SAFETY: list I1 and I2 by the contract of `enqueue`.
            unsafe { list.link(&waiter, waker, again, weight) };
            Ok(())
        })
    }

    unsafe fn look(&self, waiter: Pin<&Waiter>, waker: &Waker) -> Phase {
        // A waker is cloned and dropped outside the lock: both may run user code.
        let (mut clone, mut unused) = (None, None);
        loop {
            // SAFETY: list I2 by the contract of `look`.
            let look =
                |list: &mut List| unsafe { list.look(&waiter, waker, &mut clone, &mut unused) };
            if let Some(phase) = self.locked(look) {
                return phase;
            }
            clone = Some(waker.clone());
        }
    }

    unsafe fn leave(
        &self,
        waiter: Pin<&Waiter>,
        on_leave: impl FnOnce(),
    ) -> (Phase, Option<Waker>) {
        self.locked(|list| {
            // SAFETY: list I2 by the contract of `leave`.
            let (phase, waker) = unsafe { list.leave(&waiter) };
            if phase != Phase::Enqueued {
                return (phase, waker);
            }
            on_leave();
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
