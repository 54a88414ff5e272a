//! L7: making links. The context's lock is held for the decision, never while memory is taken or given back,
//! messages are dropped or somebody is woken.
//!
//! The states of a link. A one-way link is one pipe with two ends; a two-way link is two such pipes, whose states change together.
//! `core/tests/link_states.rs` walks the table through every sequence of steps, but for links that a writer has set aside: those are
//! in `core/tests/socket_many_peers.rs`.
//!
//! | state | its ends are | its writer may | its reader may | the next state |
//! |---|---|---|---|---|
//! | pending, one side has connected | one among the connecter's peers, the other at the name | send, if it is there | read, if it is there | joined by a bind; gone when the connecter closes and nothing is unread; left behind if something is |
//! | left behind, the writer has closed | the reader's at the name | – | – | half-closed by a bind; gone by `discard` |
//! | joined | on the incoming lists, or among the peers, of both sockets | send | read | half-closed when one side closes, disconnects, or goes |
//! | joined, set aside by its reader (`aside.rs`) | empty; the reader's in the context's queue of links set aside | send, which brings it back | – (it looks in vain at the others) | joined when the writer sends, or the reader fetches all; else as joined |
//! | joined, set aside by its writer | full; the writer's in that queue | – (others have room, or it waits) | read, which brings it back | joined when the reader reads, or the writer fetches all; else as joined |
//! | half-closed by the writer | the reader's with its socket | – | read what is left | gone when all is read |
//! | half-closed by the reader | the writer's with its socket, until it is detached | – (it is told `Closed`) | – | gone when the writer's end is detached, by whoever comes first |
//! | gone | nowhere: both references are given up | – | – | the pipe is free, and is pending or joined in its next life |
//!
//! Who may touch what:
//!
//! | what | by whom |
//! |---|---|
//! | the position and the list cell of a side | who holds the reference of that side: its socket, or the context under its lock |
//! | the ring | the writer's socket and the reader's socket, each at its own end; the context, when it closes an end that it holds |
//! | the record | the context, under its lock |
//! | an incoming list, the lists at a name, the links set aside (`aside.rs`) | the context, under its lock |
//! | the peers of a socket | its owner, and a visitor that was let in (`socket/peers.rs`) |

#![allow(unsafe_code)]

use super::plan::{Plan, Room};
use super::{ContextOf, ContextStorage, EndpointEntry, Hub, SocketEntry};
use crate::endpoint::name_of;
use crate::error::socket::{EndpointError, IdentityError};
use crate::panic_without_fmt::get_or_panic;
use crate::shim::{SETS_ASIDE, between_forks, step};
use crate::socket::{
    Counters, EndQueue, HighWaterMarks, Identity, In, Kind, Kinds, ListsUnderLock, Out, PeerId,
    PeerList, Peers, PipeEnd, PipeView, Registry, SocketSlot, Subscriptions, new_ends,
};
use core::mem::take;
use core::ptr::NonNull;

/// Both ends of a new pipe.
type Both<T> = (PipeEnd<T, Out>, PipeEnd<T, In>);

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// Runs `look` under the context's lock. No process forks meanwhile: what a child finds is whole.
    pub(super) fn locked<R>(&self, look: impl FnOnce(&mut Hub) -> R) -> R {
        between_forks(|| {
            self.hub.with(|hub| {
                let here = core::ptr::from_ref(self).addr();
                let by = here.wrapping_sub(core::mem::replace(&mut hub.home, here));
                if by != 0 {
                    self.follow(by);
                }
                look(hub)
            })
        })
    }

    /// Under the lock: the context was moved (I3 of the context).
    #[cold]
    fn follow(&self, by: usize) {
        let moved = |pipe: NonNull<()>| self.storage.moved(pipe, by);
        let follow_queues = |out: &EndQueue<T, Out>, into: &EndQueue<T, In>| {
            // SAFETY: I3, `ContextStorage`: `moved` finds each pipe that was handed out.
            unsafe { out.follow(moved) };
            // SAFETY: as above.
            unsafe { into.follow(moved) };
        };
        for name in self.storage.endpoints() {
            follow_queues(&name.out, &name.into);
            name.into.each(|pipe| {
                let partner = pipe.record.partner.take();
                // SAFETY: as above.
                let partner = partner.map(|twin| unsafe { twin.moved(moved) });
                pipe.record.partner.set(partner);
            });
        }
        for socket_entry in self.storage.sockets() {
            follow_queues(&socket_entry.out, &socket_entry.into);
            for (out, into) in &socket_entry.aside {
                follow_queues(out, into);
            }
            // What is left there was forgotten with its socket.
            // SAFETY: I3: nobody borrowed the context when it was moved, and to open a socket takes this lock.
            let lists = unsafe { socket_entry.peers.lists_of_nobody() };
            // SAFETY: as above.
            unsafe { lists.out.follow(moved) };
            // SAFETY: as above.
            unsafe { lists.into.follow(moved) };
        }
    }

    /// What is known of a socket that is open: it, or the other side of a link of its own, asks. So the slot is not another's.
    pub(super) fn socket_entry(&self, socket: PeerId) -> &SocketEntry<T> {
        let socket_entry = get_or_panic(self.storage.sockets(), socket.slot);
        debug_assert_eq!(socket_entry.generation.get(), socket.generation);
        socket_entry
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let mut names = self.storage.names().iter();
        names.position(|entry| entry.is(name))
    }

    /// The entry of a name, or one that is free for it.
    fn find_or_free(&self, name: &str) -> Result<usize, EndpointError> {
        let free = || {
            let mut names = self.storage.names().iter();
            names.position(|entry| entry.uses.get() == 0)
        };
        self.find(name)
            .or_else(free)
            .ok_or(EndpointError::TooManyNames)
    }

    /// A new pipe.
    fn make(&self, room: Option<Room>) -> Result<Option<Both<T>>, EndpointError> {
        let Some(room) = room else {
            return Ok(None);
        };
        let pipe = self
            .storage
            .take_pipe(room.capacity)
            .ok_or(EndpointError::TooManyPipes)?;
        // SAFETY: `ContextStorage`: it was taken for us, and stays where it is.
        let both = unsafe { new_ends(pipe) };
        both.0.pipe().set_mark(room.mark);
        both.0.pipe().record.marked.set(room.marked);
        both.0.pipe().record.name.set(0);
        Ok(Some(both))
    }

    /// A pipe that was made for nothing.
    fn unmake(&self, made: Option<Both<T>>) {
        if let Some((out, into)) = made {
            self.release(out);
            self.release(into);
        }
    }

    /// Under the lock: makes the links of the plan.
    fn commit(
        &self,
        socket: PeerId,
        name: usize,
        plan: Plan,
        number: usize,
        (first, second): (Option<Both<T>>, Option<Both<T>>),
    ) {
        let entry = get_or_panic(self.storage.endpoints(), name);
        let note = |pipe: &PipeView<T>, live: bool| {
            pipe.record.name.set(name + 1);
            pipe.record.connecter.set(socket);
            pipe.record.kind.set(Some(plan.kind));
            pipe.record.link.set(number);
            pipe.record.live.set(live);
            pipe.record.partner.set(None);
            entry.uses.set(entry.uses.get() + 1);
        };
        let mine = self.socket_entry(socket).identity.get();
        self.socket_entry(socket).add_link();
        if let Some(binder) = plan.binder {
            self.socket_entry(binder).add_link();
        }
        // A two-way link lives and ends with the pipe that its connecter writes.
        let is_twin = first.is_some();
        let (mut twin_out, twin_into) = second.unzip();
        if let Some((out, into)) = first {
            note(out.pipe(), true);
            out.join(socket.slot, mine);
            if plan.binder.is_none() {
                out.pipe().record.partner.set(twin_out.take());
            }
            self.socket_entry(socket).out.push(out);
            match plan.binder {
                Some(binder) => {
                    into.join(binder.slot, self.socket_entry(binder).identity.get());
                    self.socket_entry(binder).into.push(into);
                }
                None => entry.into.push(into),
            }
        }
        if let Some(into) = twin_into {
            note(into.pipe(), !is_twin);
            into.join(socket.slot, mine);
            self.socket_entry(socket).into.push(into);
        }
        if let Some(out) = twin_out {
            match plan.binder {
                Some(binder) => {
                    out.join(binder.slot, self.socket_entry(binder).identity.get());
                    self.socket_entry(binder).out.push(out);
                }
                None => entry.out.push(out),
            }
        }
        self.notify(socket);
        match plan.binder {
            Some(binder) => self.notify(binder),
            None => entry.add_pending(plan.kind),
        }
    }

    /// Links a socket with whoever has bound the name, or will.
    fn link(&self, socket: PeerId, name: &str) -> Result<(), EndpointError> {
        loop {
            let plan = self.locked(|_| self.plan(socket, name))?;
            let out = self.make(plan.out)?;
            let mut made = match self.make(plan.into) {
                Ok(into) => (out, into),
                Err(why) => {
                    self.unmake(out);
                    return Err(why);
                }
            };
            let done = self.locked(|hub| {
                if self.plan(socket, name)? != plan {
                    return Ok(false); // somebody bound or unbound meanwhile
                }
                let index = self.find_or_free(name)?;
                let entry = get_or_panic(self.storage.endpoints(), index);
                if entry.uses.get() == 0 {
                    let mut text = entry.text.borrow_mut();
                    text.clear();
                    // Never fails: `name_of` has checked the length.
                    let _ = text.push_str(name);
                    self.storage.mark_named(index);
                }
                hub.links = hub.links.wrapping_add(1);
                self.commit(socket, index, plan, hub.links, take(&mut made));
                Ok(true)
            });
            // What a link was made of is there no more.
            self.unmake(made.0);
            self.unmake(made.1);
            if done? {
                if let Some(binder) = plan.binder {
                    get_or_panic(self.storage.slots(), binder.slot).cell.wake();
                }
                return Ok(());
            }
        }
    }

    /// Under the lock: the socket, which has just bound the name, joins every link that waits there.
    fn take_over(&self, entry: &EndpointEntry<T>, socket: PeerId, marks: HighWaterMarks) {
        let binder = self.socket_entry(socket);
        let identity = binder.identity.get();
        entry.count_anew();
        while let Some(end) = entry.into.pop() {
            let pipe = end.pipe();
            self.raise(pipe, marks.recv(), self.default_marks().recv);
            let (live, twin) = (pipe.record.live.get(), pipe.record.partner.take());
            end.join(socket.slot, identity);
            binder.into.push(end);
            if live {
                binder.add_link();
            }
            if let Some(twin) = twin {
                self.raise(twin.pipe(), marks.send(), self.default_marks().send);
                twin.join(socket.slot, identity);
                let closed = twin.pipe().is_closed();
                binder.out.push(twin);
                // Its connecter is closing, and has parted from this way before it was joined:
                // the binder, which fetches its ends next, gives its own back.
                if closed {
                    step!("closed-twin", _ = binder.peers.visit(|_| ()));
                }
            }
        }
        while let Some(end) = entry.out.pop() {
            self.raise(end.pipe(), marks.send(), self.default_marks().send);
            end.join(socket.slot, identity);
            binder.out.push(end);
            binder.add_link();
        }
    }

    fn notify(&self, socket: PeerId) {
        self.socket_entry(socket).peers.notify_new_links();
    }
}

impl<T> SocketEntry<T> {
    fn add_link(&self) {
        self.links.set(self.links.get() + 1);
    }
}

impl<T: Send, S: ContextStorage<T>> Registry<T> for ContextOf<T, S> {
    fn slots(&self) -> &[SocketSlot] {
        self.storage.slots()
    }

    fn ceiling(&self) -> usize {
        self.storage.ceiling()
    }

    fn set_marks(&self, socket: PeerId, marks: HighWaterMarks) {
        self.locked(|_| self.socket_entry(socket).marks.set(marks));
    }

    fn bind(&self, socket: PeerId, endpoint: &str) -> Result<(), EndpointError> {
        let name = name_of(endpoint)?;
        let bound = || {
            self.locked(|_| {
                if self.is_terminated() {
                    return Err(EndpointError::Terminated);
                }
                let index = self.find_or_free(name)?;
                let (entry, socket_entry) = (
                    get_or_panic(self.storage.endpoints(), index),
                    self.socket_entry(socket),
                );
                let fresh = entry.uses.get() == 0;
                if !fresh && entry.binder.get().is_some() {
                    return Err(EndpointError::AddressInUse);
                }
                let pending = if fresh { Kinds::NONE } else { entry.pending() };
                let kind = socket_entry.kind.get();
                if !kind.is_some_and(|mine| pending.all_talk_to(mine)) {
                    return Err(EndpointError::PatternMismatch);
                }
                if !fresh && entry.awaits_one_peer() && socket_entry.links.get() > 0 {
                    return Err(EndpointError::PeerTaken);
                }
                // Everything that can fail comes before everything that changes.
                let marks = socket_entry.marks.get();
                self.has_room(entry, marks)?;
                if fresh {
                    let mut text = entry.text.borrow_mut();
                    text.clear();
                    // Never fails: `name_of` has checked the length.
                    let _ = text.push_str(name);
                    self.storage.mark_named(index);
                }
                entry.uses.set(entry.uses.get() + 1);
                entry.binder.set(Some(socket));
                self.take_over(entry, socket, marks);
                self.notify(socket);
                Ok(())
            })
        };
        self.with_reclaim(bound)
    }

    fn set_identity(&self, socket: PeerId, identity: Identity) -> Result<(), IdentityError> {
        if identity.number().is_none() {
            return Err(IdentityError::Automatic);
        }
        self.locked(|_| {
            let mut others = self.storage.sockets().iter();
            let of_another = |(slot, other): (usize, &SocketEntry<T>)| {
                slot != socket.slot
                    && other.kind.get().is_some()
                    && other.identity.get() == identity
            };
            if others.by_ref().enumerate().any(of_another) {
                return Err(IdentityError::InUse);
            }
            let socket_entry = self.socket_entry(socket);
            if socket_entry.links.get() > 0 {
                return Err(IdentityError::Linked);
            }
            socket_entry.identity.set(identity);
            Ok(())
        })
    }

    fn identity(&self, socket: PeerId) -> Identity {
        self.locked(|_| self.socket_entry(socket).identity.get())
    }

    fn unbind(&self, socket: PeerId, endpoint: &str) -> Result<(), EndpointError> {
        let name = name_of(endpoint)?;
        self.locked(|_| {
            let index = self.find(name).ok_or(EndpointError::NotConnected)?;
            let entry = get_or_panic(self.storage.endpoints(), index);
            if entry.binder.get() != Some(socket) {
                return Err(EndpointError::NotConnected);
            }
            entry.binder.set(None);
            entry.uses.set(entry.uses.get() - 1);
            Ok(())
        })
    }

    fn connect(&self, socket: PeerId, endpoint: &str) -> Result<(), EndpointError> {
        let name = name_of(endpoint)?;
        self.with_reclaim(|| self.link(socket, name))
    }

    fn name_mark(&self, endpoint: &str) -> Result<usize, EndpointError> {
        let name = name_of(endpoint)?;
        let index = self.locked(|_| self.find(name));
        index
            .map(|index| index + 1)
            .ok_or(EndpointError::NotConnected)
    }

    fn peers(&self, socket: PeerId) -> &Peers<T> {
        &self.socket_entry(socket).peers
    }

    fn counters(&self, slot: usize) -> &Counters {
        get_or_panic(self.storage.sockets(), slot).peers.counters()
    }

    fn fetch(&self, socket: PeerId, lists: ListsUnderLock<'_, T>, all: bool) {
        let socket_entry = self.socket_entry(socket);
        let (out, into, visited) = self.locked(|_| {
            if SETS_ASIDE && all {
                step!("recall", socket_entry.recall());
            }
            let visited = socket_entry.peers.clear_notices();
            (socket_entry.out.take(), socket_entry.into.take(), visited)
        });
        // SAFETY: I1 of `peers.rs`: the lock was held since the owner went in.
        let lists = unsafe { lists.lists() };
        lists.out.append(out);
        lists.into.append(into);
        if visited {
            self.take_back_left(lists);
        }
    }

    fn set_aside_out(&self, ends: &mut PeerList<T, Out>, n: usize) {
        if SETS_ASIDE {
            self.set_last_aside(ends, n);
        }
    }

    fn set_aside_in(&self, ends: &mut PeerList<T, In>, n: usize) {
        if SETS_ASIDE {
            self.set_last_aside(ends, n);
        }
    }

    fn bring_back_out(&self, pipe: &PipeView<T>) {
        if SETS_ASIDE {
            self.locked(|_| self.bring_back::<Out>(pipe));
        }
    }

    fn bring_back_in(&self, pipe: &PipeView<T>) {
        if SETS_ASIDE {
            self.locked(|_| self.bring_back::<In>(pipe));
        }
    }

    fn is_terminated(&self) -> bool {
        ContextOf::is_terminated(self)
    }

    fn ended(&self, socket: PeerId) -> [usize; 2] {
        self.locked(|_| self.socket_entry(socket).ended.get())
    }

    fn detach_out(&self, end: PipeEnd<T, Out>) {
        self.take_back_out(end);
    }

    fn detach_in(&self, end: PipeEnd<T, In>, lost: usize) {
        self.take_back_in(end, lost);
    }

    fn subscriptions(&self) -> &dyn Subscriptions {
        self.storage.subscriptions()
    }

    fn leave_names(&self, socket: PeerId) {
        if self.locked(|_| self.socket_entry(socket).kind.get()) == Some(Kind::Subscribe) {
            self.storage.subscriptions().clear(socket.slot);
        }
        self.locked(|_| {
            for entry in self.storage.names() {
                if entry.binder.get() == Some(socket) {
                    entry.binder.set(None);
                    entry.uses.set(entry.uses.get() - 1);
                }
            }
        });
    }

    fn leave(&self, socket: PeerId) {
        self.locked(|hub| {
            self.socket_entry(socket).kind.set(None);
            hub.all_open_before = hub.all_open_before.min(socket.slot);
            hub.open -= 1;
        });
        self.leaving.wake_all();
    }
}
