//! L6: the peers of one socket: its ends of pipes, in both directions, and the door to them.
//!
//! They lie in the context, not in the socket: a peer that closes takes the socket's end of their empty pipe out with its own,
//! so that the pipe is free when that `close` returns, whether this socket acts or not.
//!
//! **The door.** The socket's owner is *inside* while one of its operations runs. Everybody else is a *visitor*: it holds the
//! context's lock, announces itself, and goes in only if the owner is not inside. Neither waits for the other:
//! * An owner that finds an announcement (or new links) takes the context's lock once, which no visitor holds by then.
//! * A visitor that finds the owner inside leaves its work undone. Its announcement stays, so the owner does that work at its
//!   next operation (`Registry::fetch`), and whoever finds no pipe left visits again before.
//!
//! | `notices` | meaning |
//! |---|---|
//! | 0 | nothing |
//! | `LINKS` | there are ends to fetch from the context |
//! | `VISIT` | a visitor has announced itself, and has fenced: an owner that is not inside now sees it |
//!
//! `notices` is changed under the context's lock only; the owner clears it there.
//!
//! Invariants
//! * **I1** The lists are touched by the owner while it is inside and has found no notices or held the lock since, and by
//!   a visitor that was let in, until it gives the lock back. The model's `track` watches it.
//! * **I2** There is one [`Door`] to the peers of a slot: that of the open socket that owns it, which uses it for no others (`state.rs`).
//!   A socket that closes gives its door up before the slot is free. So an owner that is inside, and borrows its door for that, does not go in a second time.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | owner: `inside.store(true)`, fence, `notices.load` | visitor: `notices.store(VISIT)`, fence, `inside.load` | the visitor sees the owner or the owner sees the visitor |
//! | E2 | owner: `inside.store(false)` | visitor: `inside.load` | what the owner did to the lists and pipes |
//! | E3 | shutdown: `terminated.store`, then a fenced wake | owner: `terminated.load` | what was sent before the shutdown |
//!
//! **The end of the context** is told to each socket here, in the line that its owner reads at each operation anyway. The flag
//! is set without a lock, so that a shutdown may come from an interrupt handler, and is never taken back: it says the same of
//! every socket that uses this slot.
//!
//! What a visitor did reaches the owner by the lock. E1's fences are asymmetric where the process had agreed on that when the socket was
//! opened, whatever a link holds: a visit is far more rare than a message.

#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::shim::atomic::Ordering::*;
use crate::shim::plain::{AtomicBool, AtomicUsize};
use crate::shim::{Asymmetric, RaceCheck, const_fn, heavy, light};

use super::peer_list::PeerList;
use super::pipe::{In, Out};
use super::traffic::Counters;
use crate::pad::CachePadded;

const LINKS: usize = 1;
const VISIT: usize = 2;

/// The peers of the socket of one slot of a context.
pub struct Peers<T>(CachePadded<Room<T>>);

struct Room<T> {
    inside: AtomicBool,
    notices: AtomicUsize,
    terminated: AtomicBool,
    track: RaceCheck,
    counters: Counters,
    lists: UnsafeCell<Lists<T>>,
}

/// What is behind the door.
pub(crate) struct Lists<T> {
    pub(crate) out: PeerList<T, Out>,
    pub(crate) into: PeerList<T, In>,
}

// SAFETY: I1: the lists are touched by one context at a time, and hand messages on between contexts.
unsafe impl<T: Send> Sync for Peers<T> {}

impl<T> Peers<T> {
    const_fn! {
        /// No peers.
        pub(crate) const fn new() -> Self {
            Peers(CachePadded::new(Room {
                inside: AtomicBool::new(false),
                notices: AtomicUsize::new(0),
                terminated: AtomicBool::new(false),
                track: RaceCheck::new(),
                counters: Counters::new(),
                lists: UnsafeCell::new(Lists { out: PeerList::new(), into: PeerList::new() }),
            }))
        }
    }

    /// What the socket has done so far: counted by its owner, read by anybody.
    #[inline(always)]
    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Tells the socket that its context has been shut down. The caller wakes the socket afterwards. From any thread or interrupt
    /// handler.
    pub(crate) fn terminate(&self) {
        self.0.terminated.store(true, Release); // E3
    }

    /// Returns `true` if the context has been shut down.
    #[inline(always)]
    pub(crate) fn is_terminated(&self) -> bool {
        self.0.terminated.load(Acquire) // E3
    }

    /// Under the lock: there are ends to fetch.
    pub(crate) fn notify_new_links(&self) {
        let notices = self.0.notices.load(Relaxed); // R: the lock
        self.0.notices.store(notices | LINKS, Relaxed); // R: the lock; who is woken afterwards sees it: the fence of the wake
    }

    /// Under the lock, for the owner: it has seen to the notices. Returns `true` if a visitor had been there.
    pub(crate) fn clear_notices(&self) -> bool {
        let notices = self.0.notices.load(Relaxed); // R: the lock
        self.0.notices.store(0, Relaxed); // R: the lock
        notices & VISIT != 0
    }

    /// Under the lock: has anybody visited since the owner was inside? If not, nothing was left undone here.
    pub(crate) fn was_visited(&self) -> bool {
        self.0.notices.load(Relaxed) & VISIT != 0 // R: the lock
    }

    /// Under the lock: runs `visit` if the owner is not inside. Nothing of a user's runs in it.
    pub(crate) fn visit<R>(&self, visit: impl FnOnce(&mut Lists<T>) -> R) -> Option<R> {
        let notices = self.0.notices.load(Relaxed); // R: the lock
        if notices & VISIT == 0 {
            self.0.notices.store(notices | VISIT, Relaxed); // R: E1
            heavy::fence(SeqCst, true); // E1
        }
        let inside = self.0.inside.load(Acquire); // E2
        if inside {
            return None;
        }
        self.0.track.hold();
        // SAFETY: I1: the owner is not inside, and there is one visitor at a time: the lock.
        let done = visit(unsafe { &mut *self.0.lists.get() });
        self.0.track.let_go();
        Some(done)
    }

    /// For the owner, which is inside: is there something to fetch?
    pub(crate) fn has_notices(&self) -> bool {
        self.0.notices.load(Relaxed) != 0 // R: a wait and an entry look again after a fence
    }

    /// Under the lock: the lists of a slot whose socket does nothing any more.
    ///
    /// # Safety
    /// I1: no owner is inside, and none goes in while they are borrowed.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn lists_of_nobody(&self) -> &mut Lists<T> {
        // SAFETY: I1: as the caller says.
        unsafe { &mut *self.0.lists.get() }
    }
}

/// The right of a slot's owner to go in to the peers of that slot (I2).
pub(crate) struct Door {
    /// Whether it is fenced by halves, as far as that was known when the socket was opened.
    agreed: Asymmetric,
    /// It was given up: the slot may be another's, which has a door of its own. (A flag, as an `Option` of
    /// the other one takes an instruction more for each message.)
    gone: bool,
}

impl Door {
    /// For a socket that was just opened.
    pub(crate) fn new() -> Self {
        Door {
            agreed: Asymmetric::new(true).agreed(),
            gone: false,
        }
    }

    /// Gives it up, to the caller.
    pub(crate) fn take(&mut self) -> Self {
        let (agreed, gone) = (self.agreed, true);
        core::mem::replace(self, Door { agreed, gone })
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Goes in to the peers of its slot, if it is not gone. If there are notices, `fetch` is to see to them under the lock.
    #[inline(always)]
    pub(crate) fn enter<'p, T>(
        &'p mut self,
        peers: &'p Peers<T>,
        fetch: impl FnOnce(ListsUnderLock<'p, T>),
    ) -> Option<Inside<'p, T>> {
        if self.gone {
            return None;
        }
        let room = &*peers.0;
        room.inside.store(true, Relaxed); // R: E1
        light::fence(SeqCst, self.agreed.get()); // E1
        let inside = Inside { room };
        let notices = room.notices.load(Relaxed); // R: E1
        if notices != 0 {
            fetch(ListsUnderLock::new(&room.lists));
        }
        room.track.hold();
        Some(inside)
    }
}

/// The lists, for an owner that has gone in and found notices: a visitor may still be there, until the owner has
/// had the lock.
pub(crate) struct ListsUnderLock<'i, T> {
    lists: NonNull<Lists<T>>,
    _inside: PhantomData<&'i mut Lists<T>>,
}

impl<'i, T> ListsUnderLock<'i, T> {
    fn new(lists: &'i UnsafeCell<Lists<T>>) -> Self {
        ListsUnderLock {
            lists: NonNull::from(lists).cast(),
            _inside: PhantomData,
        }
    }

    /// The lists.
    ///
    /// # Safety
    /// I1: the caller holds the context's lock, or has held it since the owner went in.
    pub(crate) unsafe fn lists(self) -> &'i mut Lists<T> {
        // SAFETY: I1: as the caller says; I2: this is the one way to them while the owner is inside.
        unsafe { &mut *self.lists.as_ptr() }
    }
}

impl<'i, T> From<&'i mut Lists<T>> for ListsUnderLock<'i, T> {
    fn from(lists: &'i mut Lists<T>) -> Self {
        ListsUnderLock {
            lists: NonNull::from(lists),
            _inside: PhantomData,
        }
    }
}

/// The owner is inside, until this is dropped.
pub(crate) struct Inside<'p, T> {
    room: &'p Room<T>,
}

impl<T> core::ops::Deref for Inside<'_, T> {
    type Target = Lists<T>;

    #[inline(always)]
    fn deref(&self) -> &Lists<T> {
        // SAFETY: I1, I2: the owner is inside, once, and has seen to the notices.
        unsafe { &*self.room.lists.get() }
    }
}

impl<T> core::ops::DerefMut for Inside<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Lists<T> {
        // SAFETY: I1, I2: as above.
        unsafe { &mut *self.room.lists.get() }
    }
}

impl<T> Drop for Inside<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.room.track.let_go();
        self.room.inside.store(false, Release); // E2
    }
}
