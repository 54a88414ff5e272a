//! L3: the list of a [`WaitQueue`](super::WaitQueue): first in, first out, its nodes inside the
//! waiters themselves. The only node type of the library.
//!
//! | phase of a node | in the list | who may touch it |
//! |---|---|---|
//! | `First` | no | its owner |
//! | `Enqueued` | yes | the holder of the queue's lock |
//! | `Woken`, `Granted`, `Released` | no | its owner, under the lock |
//!
//! `First=>Enqueued` by the owner, `Enqueued=>Woken`, `Enqueued=>Granted`, `Enqueued=>Released` by
//! a notifier, all others by the owner.
//!
//! **All in one moment.** A notifier of all waiters notifies them with one store, however many they
//! are: from then on all nodes up to an epoch count as notified, in the list or out of it, and are
//! taken out in batches. A waiter that looks or leaves in between finds that it was notified.
//! Another notifier that comes in between first helps to take them out.
//!
//! Invariants
//! * **I1** A node in the list is alive and does not move: a waiter leaves before its memory goes.
//! * **I2** Every field of a node is touched only under the lock of the one queue that the node is
//!   brought to.
//! * **I3** Epochs never fall from head to tail. Each notification of many starts a new epoch and
//!   means only nodes of older ones, so a waiter that comes back meanwhile is not notified twice.
//!   There are never more epochs in the list than nodes, so a wrapped one is never mistaken.
//! * **I4** Nodes that are notified and still in the list are at its head: the next such
//!   notification begins when they are out.
//! * **I5** A list knows only nodes that were linked in its process. A forked child has none of the
//!   parent's waiters; where the thread that forked was one of them, its node says `Enqueued` and is
//!   in no list: it counts as woken, and its neighbours are not touched.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::marker::PhantomPinned;
use core::ptr;
use core::task::Waker;

use super::operation::Phase;
use crate::shim::{CLONES_COUNT, InChild, Process, RaceCheck, step};

/// The node of a waiter. `PhantomPinned` keeps a `&mut` to the future around it from claiming to be
/// unique.
pub struct Waiter {
    fields: UnsafeCell<Fields>,
    track: RaceCheck,
    _pinned: PhantomPinned,
}

struct Fields {
    prev: *const Waiter,
    next: *const Waiter,
    waker: Option<Waker>,
    /// How many units it waits for.
    weight: usize,
    epoch: u32,
    phase: Phase,
    /// In which it was linked.
    process: Process,
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
            process: Process::FIRST,
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
    /// Each node belongs to a task, so there are never more than this can count.
    len: u32,
    epoch: u32,
    /// The phase of the nodes of the epoch `mark` and of older ones, while there may be some in the
    /// list (I4).
    notified: Phase,
    /// Nothing will wait here again.
    receiver_gone: bool,
    mark: u32,
    process: Process,
}

// SAFETY: I1, I2: nodes outlive their stay in the list, and access to the list implies the lock.
unsafe impl Send for List {}

impl List {
    pub(crate) const fn new() -> Self {
        List {
            head: ptr::null(),
            tail: ptr::null(),
            len: 0,
            epoch: 0,
            notified: Phase::Enqueued,
            receiver_gone: false,
            mark: 0,
            process: Process::FIRST,
        }
    }

    /// Starts the count of epochs here. The list is empty.
    #[allow(dead_code)] // For `test_hooks`.
    pub(crate) fn begin_at(&mut self, epoch: u32) {
        self.epoch = epoch;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    pub(crate) fn mark_receiver_gone(&mut self) {
        self.receiver_gone = true;
    }

    pub(crate) fn is_receiver_gone(&self) -> bool {
        self.receiver_gone
    }

    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    /// Links the node at the end, or in front of all with the epoch it had. If all nodes were
    /// notified since then, it goes to the end after all: at the front it would break I3.
    ///
    /// # Safety
    /// I1, I2: the lock is held; the node is in no list and stays where it is until it is out
    /// again.
    pub(crate) unsafe fn link(&mut self, node: &Waiter, waker: Waker, front: bool, weight: usize) {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        let (prev, next) = if front && fields.epoch == self.epoch {
            (ptr::null(), self.head)
        } else {
            (self.tail, ptr::null())
        };
        (fields.epoch, fields.weight) = (self.epoch, weight);
        fields.phase = Phase::Enqueued;
        let none = fields.waker.replace(waker); // a node that was taken out has none
        debug_assert!(none.is_none());
        core::mem::forget(none);
        (fields.prev, fields.next) = (prev, next);
        fields.process = self.process;
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

    /// Takes out the first node that was notified with others. After the lock is released its
    /// memory may be gone, which is why the waker is returned and the node is not.
    pub(crate) fn pop_notified(&mut self) -> Option<Waker> {
        if self.notified == Phase::Enqueued {
            return None;
        }
        let phase = self.first_epoch().map(|epoch| self.phase_of(epoch));
        match phase {
            Some(phase) if phase != Phase::Enqueued => self.take_first(phase),
            _ => {
                self.notified = Phase::Enqueued;
                None
            }
        }
    }

    /// Takes out the first node, for a notifier that has found none that is notified already.
    pub(crate) fn pop(&mut self, phase: Phase) -> Option<Waker> {
        debug_assert!(self.notified == Phase::Enqueued);
        self.take_first(phase)
    }

    fn take_first(&mut self, phase: Phase) -> Option<Waker> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: `&mut List` implies the lock.
        unsafe { self.unlink(first, phase) }
    }

    fn first_epoch(&self) -> Option<u32> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: access to the list implies the lock.
        Some(unsafe { first.fields() }.epoch)
    }

    /// Returns `true` if a node in the list has not been notified yet.
    pub(crate) fn has_unnotified(&self) -> bool {
        // SAFETY: I1: a node in the list is alive.
        let last = unsafe { self.tail.as_ref() };
        // SAFETY: I2: access to the list implies the lock.
        let epoch = last.map(|last| unsafe { last.fields() }.epoch);
        epoch.is_some_and(|epoch| self.phase_of(epoch) == Phase::Enqueued)
    }

    /// The phase of a node of this epoch while it is in the list.
    fn phase_of(&self, epoch: u32) -> Phase {
        if is_newer(epoch, self.mark) {
            Phase::Enqueued
        } else {
            self.notified
        }
    }

    /// How many units the first waiter waits for.
    pub(crate) fn first_weight(&self) -> Option<usize> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: access to the list implies the lock.
        Some(unsafe { first.fields() }.weight)
    }

    /// Begins a notification of the nodes that are in the list now. Returns the mark.
    pub(crate) fn mark(&mut self) -> u32 {
        let mark = self.epoch;
        self.epoch = mark.wrapping_add(1);
        mark
    }

    /// Notifies all nodes in the list. Returns how many. None of them was notified before (I4).
    pub(crate) fn notify_all(&mut self, phase: Phase) -> usize {
        debug_assert!(self.notified == Phase::Enqueued);
        (self.mark, self.notified) = (self.mark(), phase);
        self.len()
    }

    /// Takes the first node out if it was in the list at the mark.
    pub(crate) fn pop_until(&mut self, mark: u32, phase: Phase) -> Option<Waker> {
        let newer = is_newer(self.first_epoch()?, mark);
        if newer { None } else { self.pop(phase) }
    }

    /// Returns the phase of the node. One that still waits keeps a clone of `waker`, or the waker
    /// that it has if that wakes the same task. A clone that is needed is taken from `clone`; if
    /// there is none, nothing is changed and the result is `None`. A waker that the node no longer
    /// needs is put into `unused`. The node keeps its phase until it is linked again.
    ///
    /// # Safety
    /// I2: the lock is held, the node is brought to this list's queue only.
    #[inline]
    pub(crate) unsafe fn look(
        &mut self,
        node: &Waiter,
        waker: &Waker,
        clone: &mut Option<Waker>,
        unused: &mut Option<Waker>,
    ) -> Option<Phase> {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        if fields.phase != Phase::Enqueued {
            return Some(fields.phase);
        }
        if fields.process != self.process {
            fields.phase = Phase::Woken;
            *unused = fields.waker.take();
            return Some(Phase::Woken);
        }
        let phase = self.phase_of(fields.epoch);
        if phase != Phase::Enqueued {
            // SAFETY: I2, and a waiting node is in the list.
            *unused = unsafe { self.unlink(node, phase) };
            return Some(phase);
        }
        let same = CLONES_COUNT && fields.waker.as_ref().is_some_and(|w| w.will_wake(waker));
        if !same {
            *unused = fields.waker.replace(clone.take()?);
        }
        Some(Phase::Enqueued)
    }

    /// Takes the node out, wherever it is. Returns its phase, which it keeps, and its waker if it
    /// was still in the list.
    ///
    /// # Safety
    /// As for `look`.
    pub(crate) unsafe fn leave(&mut self, node: &Waiter) -> (Phase, Option<Waker>) {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        if fields.phase != Phase::Enqueued {
            return (fields.phase, None);
        }
        if fields.process != self.process {
            fields.phase = Phase::First;
            return (Phase::Enqueued, fields.waker.take());
        }
        let phase = step!("leaves-notified", self.phase_of(fields.epoch), else Phase::Enqueued);
        let left = match phase {
            Phase::Enqueued => Phase::First,
            phase => phase,
        };
        // SAFETY: I2, and a waiting node is in the list.
        let waker = unsafe { self.unlink(node, left) };
        (phase, waker)
    }
}

impl InChild for List {
    /// No waiter of the parent waits here (I5). That the receiver is gone stays so.
    fn begin_in_child(&mut self, process: Process) {
        let receiver_gone = self.receiver_gone;
        *self = List {
            process,
            receiver_gone,
            ..List::new()
        };
    }
}

/// Returns `true` if an epoch is newer than a mark (I3).
fn is_newer(epoch: u32, mark: u32) -> bool {
    epoch.wrapping_sub(mark).cast_signed() > 0
}
