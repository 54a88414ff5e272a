//! L3: [`Operation`], what is waited for: one operation that may have to be tried again.
//!
//! | trait | who implements it | what it may decide |
//! |---|---|---|
//! | [`Operation`] | anybody | how to try, and whether the next waiter may have a chance too |
//! | [`Protocol`] | this crate, and through `Operation` everybody | also what happens under a queue's lock |
//!
//! **Grants cannot be forged.** A primitive that *grants* (a semaphore's permits, a condition's
//! notifications) does the operation for its waiter and lets it take the result. A caller that made
//! that last step without a grant would own a permit that was never given. So the privileged half
//! of the conversation is `Protocol`, of which every method asks for a `Key`: a type without a name
//! outside this crate, and without a value outside `wait`. Nobody else can implement it or call it.
//! And a protocol that is not an `Operation` waits only where this crate puts it: in a user's
//! queue, the user could grant it.

#![forbid(unsafe_code)]

use core::task::Poll;

/// One operation that is tried until it succeeds. [`Until`](super::Until) makes a future of it.
///
/// Build a primitive of your own with it: keep a state and a [`WaitQueue`](super::WaitQueue) beside
/// it; change the state first, then notify the queue. The
/// [guide](crate::guide#build-your-own-primitive) shows a whole one.
///
/// The owner of an operation may call these methods in any order and with any [`Phase`]. Memory
/// safety must not rest on being called by a future only.
///
/// # Examples
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering};
/// use core::task::Poll;
/// # use gimmal_core::wait::{Operation, Phase, Until, WaitQueue, block_on};
///
/// /// Opens when it has been counted down to zero.
/// struct Latch {
///     left: AtomicU32,
///     waiters: WaitQueue,
/// }
///
/// struct Open<'l>(&'l Latch);
///
/// impl Operation for Open<'_> {
///     type Output = ();
///
///     fn try_once(&mut self, _when: Phase) -> Poll<()> {
///         match self.0.left.load(Ordering::Acquire) {
///             0 => Poll::Ready(()),
///             _ => Poll::Pending,
///         }
///     }
/// }
///
/// impl Latch {
///     fn count_down(&self) {
///         if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
///             self.waiters.wake_all();
///         }
///     }
///
///     fn wait(&self) -> Until<'_, WaitQueue, Open<'_>> {
///         Until::new(&self.waiters, Open(self))
///     }
/// }
///
/// let latch = Latch { left: AtomicU32::new(1), waiters: WaitQueue::new() };
/// latch.count_down();
/// block_on(latch.wait());
/// ```
pub trait Operation {
    /// The result of a success.
    type Output;

    /// Tries once, without waiting. `when` says in what position of the wait this is.
    fn try_once(&mut self, when: Phase) -> Poll<Self::Output>;

    /// Returns `true` if after a success there may be something left for the next waiter, which is
    /// then woken. A needless `true` costs a wake-up;
    /// a wrong `false` leaves a waiter asleep beside what it waits for.
    fn may_wake_next(&self) -> bool {
        false
    }

    /// Takes a grant back that a waiter has received, and whose result it will not take.
    fn return_grant(&mut self) {}

    /// Wakes the next waiter in a way of its own, and returns `true`; with `false` the queue does it.
    /// Called by a waiter that has no use for its wake-up or left something.
    fn forward_wakeup(&mut self) -> bool {
        false
    }

    /// Returns the capacity of the resource, which says how long a blocking caller may retry before
    /// it is enqueued. 0 means that retrying without being enqueued can never succeed.
    fn spin_hint(&self) -> usize {
        1
    }

    /// Returns how many items have passed through the resource so far, by any caller. The number wraps;
    /// that of an SPSC channel, which is the position of one end, may begin again after two rounds of the
    /// ring. A blocking caller that comes back late sees by it whether others got on meanwhile, and from
    /// one wait to a later one whether items come in batches. `None` if nothing is counted.
    fn passed(&self) -> Option<usize> {
        None
    }
}

/// In what position of a wait an [`Operation`] is tried; and what a waiter finds when it looks at
/// its place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The waiter is in the queue and has not been notified: it has just been enqueued. (The first
    /// variant, so that an empty list is all zeros.)
    Enqueued,
    /// The caller is in no queue: it has just come, or gives up with one last try.
    First,
    /// The waiter was at the front and has been woken. It is in the queue no longer.
    Woken,
    /// The notifier has done the operation for this waiter: a try only takes the result, and must
    /// not fail.
    Granted,
    /// All waiters were released in one moment.
    Released,
    /// The queue refused the waiter: the try tells why, and must not fail.
    Refused,
}

/// The right to call the methods of [`Protocol`]. Made by `wait` alone.
pub struct Key(pub(super) ());

/// The whole conversation between a waiter and its queue; every [`Operation`] is one that uses half
/// of it. Sealed: implement `Operation`.
pub trait Protocol {
    /// The result of a success.
    type Output;

    /// Tries once, without waiting.
    #[doc(hidden)]
    fn attempt(&mut self, when: Phase, key: Key) -> Poll<Self::Output>;

    /// Returns `false` to refuse the waiter. Called under the queue's lock before it is enqueued.
    /// `others`: another waiter is queued and has not been notified. Must neither use the queue nor
    /// run user code.
    #[doc(hidden)]
    fn on_enqueue(&mut self, _others: bool, _key: Key) -> bool {
        true
    }

    /// Notes that a waiter that was not notified leaves. Called under the queue's lock. Must neither
    /// use the queue nor run user code.
    #[doc(hidden)]
    fn on_leave(&mut self, _key: Key) {}

    /// Notes that a waiter that was not notified has left: others may have to be looked at. Called
    /// outside the lock.
    #[doc(hidden)]
    fn on_left(&mut self, _key: Key) {}

    /// Returns how many units this waiter needs at once. The notifier of a queue may look at it.
    #[doc(hidden)]
    fn weight(&self, _key: Key) -> usize {
        1
    }

    /// Returns `true` if after a success there may be something left for the next waiter.
    #[doc(hidden)]
    fn chains(&self, _key: Key) -> bool {
        false
    }

    /// Handles the case that the waiter was woken and has no use for it. Returns `false` if the
    /// next waiter is to be woken instead.
    #[doc(hidden)]
    fn on_unused_wakeup(&mut self, _key: Key) -> bool {
        false
    }

    /// Handles the case that the waiter was granted the operation and will not take the result.
    #[doc(hidden)]
    fn on_unused_grant(&mut self, _key: Key) {}

    /// Returns the hint: see [`Operation::spin_hint`].
    #[doc(hidden)]
    fn hint(&self, _key: Key) -> usize {
        1
    }

    /// Returns how many items have passed: see [`Operation::passed`].
    #[doc(hidden)]
    fn count_passed(&self, _key: Key) -> Option<usize> {
        None
    }
}

impl<O: Operation> Protocol for O {
    type Output = O::Output;

    #[inline(always)]
    fn attempt(&mut self, when: Phase, _key: Key) -> Poll<O::Output> {
        self.try_once(when)
    }

    #[inline(always)]
    fn chains(&self, _key: Key) -> bool {
        self.may_wake_next()
    }

    #[inline(always)]
    fn on_unused_wakeup(&mut self, _key: Key) -> bool {
        self.forward_wakeup()
    }

    #[inline(always)]
    fn on_unused_grant(&mut self, _key: Key) {
        self.return_grant();
    }

    #[inline(always)]
    fn hint(&self, _key: Key) -> usize {
        self.spin_hint()
    }

    #[inline(always)]
    fn count_passed(&self, _key: Key) -> Option<usize> {
        self.passed()
    }
}
