//! L3: the list of a [`WaitQueue`](super::WaitQueue): first in, first out, its nodes inside the waiters themselves. The
//! only node type of the library.
//!
//! | phase of a node | in the list | who may touch it |
//! |---|---|---|
//! | `First` | no | its owner |
//! | `Enqueued` | yes | whoever holds the queue's lock |
//! | `Woken`, `Granted`, `Released` | no | its owner, under the lock |
//!
//! `First=>Enqueued` by the owner, `Enqueued=>Woken`, `Enqueued=>Granted`, `Enqueued=>Released` by a notifier, all others by
//! the owner.
//!
//! **All in one moment.** Who notifies everybody does it with one store, however many they are: from then on all nodes up to
//! an epoch count as told, in the list or out of it, and are taken out in batches. A waiter that looks or leaves in between
//! finds that it was told. Another notifier that comes in between first helps to take them out.
//!
//! Invariants
//! * **I1** A node in the list is alive and does not move: a waiter leaves before its memory goes.
//! * **I2** Every field of a node is touched only under the lock of the one queue that the node is brought to.
//! * **I3** Epochs never fall from head to tail. Each notification of many starts a new epoch and means only nodes of older
//!   ones, so a waiter that comes back meanwhile is not notified twice. There are never more epochs in the list than nodes,
//!   so a wrapped one is never mistaken.
//! * **I4** Nodes that are told and still in the list are at its head: the next such notification begins when they are out.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::marker::PhantomPinned;
use core::ptr;
use core::task::Waker;

use super::operation::Phase;
use crate::shim::{RaceCheck, step};

/// The node of a waiter. `PhantomPinned` keeps a `&mut` to the future around it from claiming to be unique.
pub struct Waiter {
    fields: UnsafeCell<Fields>,
    track: RaceCheck,
    _pinned: PhantomPinned,
}

struct Fields {
    prev: *const Waiter,
    next: *const Waiter,
    waker: Option<Waker>,
    /// How much it waits for.
    weight: usize,
    epoch: u32,
    phase: Phase,
}

// SAFETY: I2: the fields are only touched under a lock; wakers may cross threads.
unsafe impl Send for Waiter {}
// SAFETY: as above.
unsafe impl Sync for Waiter {}

impl Waiter {
    pub(crate) fn new() -> Self {
        let (prev, next) = (ptr::null(), ptr::null());
        let fields = Fields {
            prev,
            next,
            waker: None,
            weight: 0,
            epoch: 0,
            phase: Phase::First,
        };
        Waiter {
            fields: UnsafeCell::new(fields),
            track: RaceCheck::new(),
            _pinned: PhantomPinned,
        }
    }

    /// # Safety
    /// I1, I2, and no other reference from this function is in use.
    #[allow(clippy::mut_from_ref)]
    unsafe fn fields(&self) -> &mut Fields {
        self.track.write();
        // SAFETY: I2: the lock is held.
        unsafe { &mut *self.fields.get() }
    }
}

/// The list itself, without a lock: the queue guards it.
pub(crate) struct List {
    head: *const Waiter,
    tail: *const Waiter,
    /// Each takes a task: there are never as many as this could not count.
    len: u32,
    epoch: u32,
    /// What nodes of the epoch `mark` and of older ones are told, while there may be some in the list (I4).
    told: Phase,
    /// Nobody will wait here again.
    deserted: bool,
    mark: u32,
}

// SAFETY: I1, I2: nodes outlive their stay, and whoever has the list has the lock.
unsafe impl Send for List {}

impl List {
    pub(crate) const fn new() -> Self {
        List {
            head: ptr::null(),
            tail: ptr::null(),
            len: 0,
            epoch: 0,
            told: Phase::Enqueued,
            deserted: false,
            mark: 0,
        }
    }

    /// Lets the epochs be counted from here on. Nobody waits.
    #[allow(dead_code)] // For the hooks.
    pub(crate) fn begin_at(&mut self, epoch: u32) {
        self.epoch = epoch;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    pub(crate) fn desert(&mut self) {
        self.deserted = true;
    }

    pub(crate) fn is_deserted(&self) -> bool {
        self.deserted
    }

    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    /// Links the node at the end, or in front of all with the epoch it had. If a "notify all" has begun since it came, it
    /// goes to the end after all: in front of those who are still to be told it would take their turn (I3).
    ///
    /// # Safety
    /// I1, I2: the lock is held; the node is in no list and stays where it is until it is out again.
    pub(crate) unsafe fn link(&mut self, node: &Waiter, waker: Waker, front: bool, weight: usize) {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        let (prev, next) = if front && fields.epoch == self.epoch {
            (ptr::null(), self.head)
        } else {
            (self.tail, ptr::null())
        };
        (fields.epoch, fields.weight) = (self.epoch, weight);
        (fields.phase, fields.waker) = (Phase::Enqueued, Some(waker));
        (fields.prev, fields.next) = (prev, next);
        // SAFETY: I1, I2: neighbours are in the list.
        unsafe { self.join(prev, node) };
        // SAFETY: as above.
        unsafe { self.join(node, next) };
        self.len += 1;
    }

    /// Takes the node out and puts it into `phase`; returns its waker.
    ///
    /// # Safety
    /// I2: the lock is held; the node is in this list.
    unsafe fn unlink(&mut self, node: &Waiter, phase: Phase) -> Option<Waker> {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        fields.phase = phase;
        let (prev, next) = (fields.prev, fields.next);
        let waker = fields.waker.take();
        // SAFETY: I1, I2: neighbours are in the list.
        unsafe { self.join(prev, next) };
        self.len -= 1;
        waker
    }

    /// Makes `prev` and `next` neighbours; null stands for the list's own end.
    ///
    /// # Safety
    /// I1, I2: each is null or alive, and the lock is held.
    unsafe fn join(&mut self, prev: *const Waiter, next: *const Waiter) {
        // SAFETY: I1.
        match unsafe { prev.as_ref() } {
            None => self.head = next,
            // SAFETY: I2.
            Some(prev) => unsafe { prev.fields() }.next = next,
        }
        // SAFETY: I1.
        match unsafe { next.as_ref() } {
            None => self.tail = prev,
            // SAFETY: I2.
            Some(next) => unsafe { next.fields() }.prev = prev,
        }
    }

    /// Takes out the first node that was told with others. After the lock is released its memory may be gone (that is why
    /// the waker is returned and the node is not).
    pub(crate) fn pop_told(&mut self) -> Option<Waker> {
        let told = self.first_epoch().map(|epoch| self.told_to(epoch));
        match told {
            Some(told) if told != Phase::Enqueued => self.take_first(told),
            _ => {
                self.told = Phase::Enqueued;
                None
            }
        }
    }

    /// Takes out the first node, for a notifier that has found none to be told already.
    pub(crate) fn pop(&mut self, told: Phase) -> Option<Waker> {
        debug_assert!(self.told == Phase::Enqueued);
        self.take_first(told)
    }

    fn take_first(&mut self, told: Phase) -> Option<Waker> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: whoever has `&mut List` has the lock.
        unsafe { self.unlink(first, told) }
    }

    fn first_epoch(&self) -> Option<u32> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: whoever has the list has the lock.
        Some(unsafe { first.fields() }.epoch)
    }

    /// Is somebody in the list who has been told nothing yet?
    pub(crate) fn is_waited_in(&self) -> bool {
        // SAFETY: I1: a node in the list is alive.
        let last = unsafe { self.tail.as_ref() };
        // SAFETY: I2: whoever has the list has the lock.
        let epoch = last.map(|last| unsafe { last.fields() }.epoch);
        epoch.is_some_and(|epoch| self.told_to(epoch) == Phase::Enqueued)
    }

    /// What a node of this epoch is told while it is in the list.
    fn told_to(&self, epoch: u32) -> Phase {
        if is_newer(epoch, self.mark) {
            Phase::Enqueued
        } else {
            self.told
        }
    }

    /// How much the first waiter waits for.
    pub(crate) fn first_weight(&self) -> Option<usize> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: whoever has the list has the lock.
        Some(unsafe { first.fields() }.weight)
    }

    /// Begins a notification of many: only who is in the list now is meant. Returns the mark.
    pub(crate) fn mark(&mut self) -> u32 {
        let mark = self.epoch;
        self.epoch = mark.wrapping_add(1);
        mark
    }

    /// Tells everybody who is in the list; says how many. Nobody is there who was told already (I4).
    pub(crate) fn tell_all(&mut self, told: Phase) -> usize {
        debug_assert!(self.told == Phase::Enqueued);
        (self.mark, self.told) = (self.mark(), told);
        self.len()
    }

    /// Takes the first node out if it was in the list at the mark.
    pub(crate) fn pop_until(&mut self, mark: u32, told: Phase) -> Option<Waker> {
        let newer = is_newer(self.first_epoch()?, mark);
        if newer { None } else { self.pop(told) }
    }

    /// What the node was told, and the waker that it needs no longer: its last one if it was told while it was in the list, or
    /// the one that `waker` replaces if it still waits. The node keeps what it was told until it is linked again.
    ///
    /// # Safety
    /// I2: the lock is held, the node is brought to this list's queue only.
    pub(crate) unsafe fn look(
        &mut self,
        node: &Waiter,
        waker: &mut Option<Waker>,
    ) -> (Phase, Option<Waker>) {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        if fields.phase != Phase::Enqueued {
            return (fields.phase, None);
        }
        let told = self.told_to(fields.epoch);
        if told != Phase::Enqueued {
            // SAFETY: I2, and a waiting node is in the list.
            return (told, unsafe { self.unlink(node, told) });
        }
        let replaced = waker.take().and_then(|waker| fields.waker.replace(waker));
        (Phase::Enqueued, replaced)
    }

    /// Would this waker be the one woken?
    ///
    /// # Safety
    /// As for `look`.
    pub(crate) unsafe fn has_waker(&self, node: &Waiter, waker: &Waker) -> bool {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        fields.phase != Phase::Enqueued || fields.waker.as_ref().is_some_and(|w| w.will_wake(waker))
    }

    /// Takes the node out, wherever it is; returns what it had been told, which it keeps, and its waker if it was still in the
    /// list.
    ///
    /// # Safety
    /// As for `look`.
    pub(crate) unsafe fn leave(&mut self, node: &Waiter) -> (Phase, Option<Waker>) {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        if fields.phase != Phase::Enqueued {
            return (fields.phase, None);
        }
        let told = step!("leaves-told", self.told_to(fields.epoch), else Phase::Enqueued);
        let left = match told {
            Phase::Enqueued => Phase::First,
            told => told,
        };
        // SAFETY: I2, and a waiting node is in the list.
        let waker = unsafe { self.unlink(node, left) };
        (told, waker)
    }
}

/// Is an epoch newer than a mark (I3)?
fn is_newer(epoch: u32, mark: u32) -> bool {
    epoch.wrapping_sub(mark).cast_signed() > 0
}
