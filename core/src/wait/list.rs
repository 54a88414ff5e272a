//! L3: the list of a [`WaitQueue`](super::WaitQueue): first in, first out, its nodes inside the waiters themselves. The
//! only node type of the library.
//!
//! | state of a node | in the list | who may touch it |
//! |---|---|---|
//! | `IDLE` | no | its waiter |
//! | `WAITING` | yes | whoever holds the queue's lock |
//! | `WOKEN`, `GIVEN` | no | its waiter, under the lock |
//!
//! `IDLE=>WAITING` by the waiter, `WAITING=>WOKEN`, `WAITING=>GIVEN` by a notifier, all others by the waiter.
//!
//! Invariants
//! * **I1** A node in the list is alive and does not move: a waiter leaves before its memory goes.
//! * **I2** Every field of a node is touched only under the lock of the one queue that the node is brought to.
//! * **I3** Epochs never fall from head to tail. Each "notify all" starts a new epoch and takes only nodes of older ones,
//!   so a waiter that comes back meanwhile is not notified twice. Only as many epochs as there are such calls running at
//!   once are in the list, so a wrapped epoch is never mistaken.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::marker::PhantomPinned;
use core::ptr;
use core::task::Waker;

use crate::shim::Track;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Belongs to no list.
    Idle,
    /// In the list.
    Waiting,
    /// Taken out to try again.
    Woken,
    /// Taken out, its operation done.
    Given,
}

/// A waiter's place in the list. `PhantomPinned` keeps a `&mut` to the future around it from claiming to be unique.
pub struct Node {
    fields: UnsafeCell<Fields>,
    track: Track,
    _pinned: PhantomPinned,
}

struct Fields {
    prev: *const Node,
    next: *const Node,
    waker: Option<Waker>,
    /// How much it waits for.
    want: usize,
    epoch: u32,
    state: State,
}

// SAFETY: I2: the fields are only touched under a lock; wakers may cross threads.
unsafe impl Send for Node {}
// SAFETY: as above.
unsafe impl Sync for Node {}

impl Node {
    pub(crate) fn new() -> Self {
        let (prev, next) = (ptr::null(), ptr::null());
        let fields = Fields {
            prev,
            next,
            waker: None,
            want: 0,
            epoch: 0,
            state: State::Idle,
        };
        Node {
            fields: UnsafeCell::new(fields),
            track: Track::new(),
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
    head: *const Node,
    tail: *const Node,
    len: usize,
    pub(crate) epoch: u32,
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
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Links the node at the end, or in front of all with the epoch it had. If a "notify all" has begun since it came, it
    /// goes to the end after all: in front of those who are still to be told it would take their turn (I3).
    ///
    /// # Safety
    /// I1, I2: the lock is held; the node is in no list and stays where it is until it is out again.
    pub(crate) unsafe fn link(&mut self, node: &Node, waker: Waker, front: bool, want: usize) {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        let (prev, next) = if front && fields.epoch == self.epoch {
            (ptr::null(), self.head)
        } else {
            (self.tail, ptr::null())
        };
        (fields.epoch, fields.want) = (self.epoch, want);
        (fields.state, fields.waker) = (State::Waiting, Some(waker));
        (fields.prev, fields.next) = (prev, next);
        // SAFETY: I1, I2: neighbours are in the list.
        unsafe { self.join(prev, node) };
        // SAFETY: as above.
        unsafe { self.join(node, next) };
        self.len += 1;
    }

    /// Takes the node out and puts it into `state`; returns its waker.
    ///
    /// # Safety
    /// I2: the lock is held; the node is in this list.
    unsafe fn unlink(&mut self, node: &Node, state: State) -> Option<Waker> {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        fields.state = state;
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
    unsafe fn join(&mut self, prev: *const Node, next: *const Node) {
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

    /// Takes the first node out for a notifier. After the lock is released its memory may be gone (that is why the
    /// waker is returned and the node is not).
    pub(crate) fn pop(&mut self, told: State) -> Option<Waker> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: whoever has `&mut List` has the lock.
        unsafe { self.unlink(first, told) }
    }

    /// How much the first waiter wants.
    pub(crate) fn first_wants(&self) -> Option<usize> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: whoever has the list has the lock.
        Some(unsafe { first.fields() }.want)
    }

    /// Begins a "notify all": only who is in the list now is meant. Returns the mark, and how many those are.
    pub(crate) fn mark(&mut self) -> (u32, usize) {
        let mark = self.epoch;
        self.epoch = mark.wrapping_add(1);
        (mark, self.len)
    }

    /// Takes the first node out if it was in the list at the mark.
    pub(crate) fn pop_until(&mut self, mark: u32, told: State) -> Option<Waker> {
        // SAFETY: I1: a node in the list is alive.
        let first = unsafe { self.head.as_ref() }?;
        // SAFETY: I2: whoever has `&mut List` has the lock.
        let epoch = unsafe { first.fields() }.epoch;
        let newer = epoch.wrapping_sub(mark).cast_signed() > 0;
        if newer { None } else { self.pop(told) }
    }

    /// What the node was told; if it still waits and another waker is to be woken now, which one it replaces.
    ///
    /// # Safety
    /// I2: the lock is held, the node is brought to this list's queue only.
    pub(crate) unsafe fn look(&mut self, node: &Node, waker: &mut Option<Waker>) -> State {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        if fields.state == State::Waiting && waker.is_some() {
            core::mem::swap(&mut fields.waker, waker);
        }
        if fields.state != State::Waiting {
            core::mem::replace(&mut fields.state, State::Idle)
        } else {
            State::Waiting
        }
    }

    /// Would this waker be the one woken?
    ///
    /// # Safety
    /// As for `look`.
    pub(crate) unsafe fn has_waker(&self, node: &Node, waker: &Waker) -> bool {
        // SAFETY: I2.
        let fields = unsafe { node.fields() };
        fields.state != State::Waiting || fields.waker.as_ref().is_some_and(|w| w.will_wake(waker))
    }

    /// Takes the node out, wherever it is; returns what it had been told, and its waker if it still waited.
    ///
    /// # Safety
    /// As for `look`.
    pub(crate) unsafe fn leave(&mut self, node: &Node) -> (State, Option<Waker>) {
        // SAFETY: I2.
        let state = unsafe { node.fields() }.state;
        if state == State::Waiting {
            // SAFETY: I2, and a waiting node is in the list.
            return (state, unsafe { self.unlink(node, State::Idle) });
        }
        // SAFETY: I2.
        unsafe { node.fields() }.state = State::Idle;
        (state, None)
    }
}
