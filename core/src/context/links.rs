//! L7: making links. The context's lock is held for the decision, never while memory is taken or given back,
//! messages are dropped or somebody is woken.

#![allow(unsafe_code)]

use super::plan::{Plan, Room};
use super::{ContextOf, Desk, Hub, Keep};
use crate::endpoint::name_of;
use crate::error::socket::EndpointError;
use crate::panic_without_fmt::get_or_panic;
use crate::socket::{
    Direction, End, In, Marks, Out, PeerId, Peers, PipeView, Registry, SocketSlot, ends,
};
use core::cell::Cell;

/// Both ends of a new pipe.
type Both<T> = (End<T, Out>, End<T, In>);

impl<T: Send, K: Keep<T>> ContextOf<T, K> {
    /// Runs `look` under the context's lock.
    pub(super) fn locked<R>(&self, look: impl FnOnce(&mut Hub) -> R) -> R {
        self.hub.with(|hub| {
            let here = core::ptr::from_ref(self).addr();
            let by = here.wrapping_sub(core::mem::replace(&mut hub.home, here));
            if by != 0 {
                self.follow(by);
            }
            look(hub)
        })
    }

    /// Under the lock: the context was moved (I3 of the context).
    #[cold]
    fn follow(&self, by: usize) {
        for name in self.keep.names() {
            self.follow_list(&name.out, by);
            self.follow_list(&name.into, by);
            let mut at = name.into.get();
            while let Some(end) = at {
                self.follow_list(&end.pipe().book.partner, by);
                at = end.next().get();
            }
        }
        for desk in self.keep.desks() {
            self.follow_list(&desk.out, by);
            self.follow_list(&desk.into, by);
            // Of a socket that was forgotten.
            let lists = desk.peers.lists();
            lists.out.follow(|end| self.followed(end, by));
            lists.into.follow(|end| self.followed(end, by));
        }
    }

    fn follow_list<D: Direction>(&self, list: &Cell<Option<End<T, D>>>, by: usize) {
        let mut at = list;
        while let Some(end) = at.get() {
            let end = self.followed(end, by);
            at.set(Some(end));
            at = end.next();
        }
    }

    fn followed<D: Direction>(&self, end: End<T, D>, by: usize) -> End<T, D> {
        // SAFETY: `Keep`: it is the pipe of this end.
        unsafe { end.moved(self.keep.moved(end.as_non_null(), by)) }
    }

    /// What is known of a socket that is open: it, or the other side of a link of its own, asks. So the slot is not another's.
    pub(super) fn desk(&self, socket: PeerId) -> &Desk<T> {
        let desk = get_or_panic(self.keep.desks(), socket.slot);
        debug_assert_eq!(desk.generation.get(), socket.generation);
        desk
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.keep.names().iter().position(|entry| entry.is(name))
    }

    /// The entry of a name, or one that is free for it.
    fn find_or_free(&self, name: &str) -> Result<usize, EndpointError> {
        let free = || {
            self.keep
                .names()
                .iter()
                .position(|entry| entry.uses.get() == 0)
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
            .keep
            .take_pipe(room.capacity)
            .ok_or(EndpointError::TooManyPipes)?;
        // SAFETY: `Keep`: it was taken for us, and stays where it is.
        let both = unsafe { ends(pipe) };
        both.0.pipe().set_mark(room.mark);
        both.0.pipe().book.marked.set(room.marked);
        both.0.pipe().book.name.set(0);
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
        made: (Option<Both<T>>, Option<Both<T>>),
    ) {
        let entry = get_or_panic(self.keep.names(), name);
        let note = |pipe: &PipeView<T>, live: bool| {
            pipe.book.name.set(name + 1);
            pipe.book.connecter.set(socket);
            pipe.book.link.set(number);
            pipe.book.live.set(live);
            pipe.book.partner.set(None);
            entry.uses.set(entry.uses.get() + 1);
        };
        self.desk(socket).add_link();
        match plan.binder {
            Some(binder) => self.desk(binder).add_link(),
            None => entry.kind.set(Some(plan.kind)),
        }
        if let Some((out, into)) = made.0 {
            note(out.pipe(), true);
            out.join(socket);
            push(&self.desk(socket).out, out);
            match plan.binder {
                Some(binder) => {
                    into.join(binder);
                    push(&self.desk(binder).into, into);
                }
                None => push(&entry.into, into),
            }
        }
        if let Some((out, into)) = made.1 {
            // A two-way link lives and ends with the pipe that its connecter writes.
            note(into.pipe(), made.0.is_none());
            into.join(socket);
            push(&self.desk(socket).into, into);
            match (plan.binder, made.0) {
                (Some(binder), _) => {
                    out.join(binder);
                    push(&self.desk(binder).out, out);
                }
                (None, Some((first, _))) => first.pipe().book.partner.set(Some(out)),
                (None, None) => push(&entry.out, out),
            }
        }
        self.tell(socket);
        if let Some(binder) = plan.binder {
            self.tell(binder);
        }
    }

    /// Links a socket with whoever has bound the name, or will.
    fn link(&self, socket: PeerId, name: &str) -> Result<(), EndpointError> {
        loop {
            let plan = self.locked(|_| self.plan(socket, name))?;
            let out = self.make(plan.out)?;
            let into = match self.make(plan.into) {
                Ok(into) => into,
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
                let entry = get_or_panic(self.keep.names(), index);
                if entry.uses.get() == 0 {
                    let mut text = entry.text.borrow_mut();
                    text.clear();
                    // Never fails: `name_of` has checked the length.
                    let _ = text.push_str(name);
                }
                hub.links = hub.links.wrapping_add(1);
                self.commit(socket, index, plan, hub.links, (out, into));
                Ok(true)
            });
            match done {
                Ok(true) => {
                    if let Some(binder) = plan.binder {
                        get_or_panic(self.keep.slots(), binder.slot).cell.wake();
                    }
                    return Ok(());
                }
                Ok(false) => {}
                Err(why) => {
                    self.unmake(out);
                    self.unmake(into);
                    return Err(why);
                }
            }
            self.unmake(out);
            self.unmake(into);
        }
    }

    fn tell(&self, socket: PeerId) {
        self.desk(socket).peers.tell();
    }
}

impl<T> Desk<T> {
    fn add_link(&self) {
        self.links.set(self.links.get() + 1);
    }
}

/// Puts an end behind all others of a list.
fn push<T, D: Direction>(list: &Cell<Option<End<T, D>>>, end: End<T, D>) {
    let mut last = list;
    while let Some(before) = last.get() {
        last = before.next();
    }
    end.next().set(None);
    last.set(Some(end));
}

/// Takes the first end off a list.
pub(super) fn pop<T, D: Direction>(list: &Cell<Option<End<T, D>>>) -> Option<End<T, D>> {
    let first = list.get()?;
    list.set(first.next().take());
    Some(first)
}

/// Takes the end of this pipe off a list.
pub(super) fn pick<T, D: Direction>(
    list: &Cell<Option<End<T, D>>>,
    pipe: &PipeView<T>,
) -> Option<End<T, D>> {
    let mut at = list;
    while let Some(end) = at.get() {
        if core::ptr::addr_eq(end.pipe(), pipe) {
            at.set(end.next().take());
            return Some(end);
        }
        at = end.next();
    }
    None
}

impl<T: Send, K: Keep<T>> Registry<T> for ContextOf<T, K> {
    fn slots(&self) -> &[SocketSlot] {
        self.keep.slots()
    }

    fn ceiling(&self) -> usize {
        self.keep.ceiling()
    }

    fn set_marks(&self, socket: PeerId, marks: Marks) {
        self.locked(|_| self.desk(socket).marks.set(marks));
    }

    fn bind(&self, socket: PeerId, endpoint: &str) -> Result<(), EndpointError> {
        let name = name_of(endpoint)?;
        let bound = || {
            self.locked(|_| {
                if self.is_terminated() {
                    return Err(EndpointError::Terminated);
                }
                let index = self.find_or_free(name)?;
                let (entry, desk) = (get_or_panic(self.keep.names(), index), self.desk(socket));
                let fresh = entry.uses.get() == 0;
                if !fresh && entry.binder.get().is_some() {
                    return Err(EndpointError::AddressInUse);
                }
                let pending = if fresh { None } else { entry.pending() };
                let kind = desk.kind.get();
                if pending.is_some_and(|theirs| !kind.is_some_and(|mine| mine.talks_to(theirs))) {
                    return Err(EndpointError::PatternMismatch);
                }
                if !fresh && entry.awaits_one_peer() && desk.links.get() > 0 {
                    return Err(EndpointError::PeerTaken);
                }
                // First everything that can fail, then everything that changes.
                let Marks { send, recv } = desk.marks.get();
                let (send_default, recv_default) = self.keep.defaults().unwrap_or((0, 0));
                let mut at = entry.into.get();
                while let Some(end) = at {
                    self.raised(end.pipe(), recv, recv_default)?;
                    if let Some(partner) = end.pipe().book.partner.get() {
                        self.raised(partner.pipe(), send, send_default)?;
                    }
                    at = end.next().get();
                }
                let mut at = entry.out.get();
                while let Some(end) = at {
                    self.raised(end.pipe(), send, send_default)?;
                    at = end.next().get();
                }
                if fresh {
                    let mut text = entry.text.borrow_mut();
                    text.clear();
                    // Never fails: `name_of` has checked the length.
                    let _ = text.push_str(name);
                }
                entry.uses.set(entry.uses.get() + 1);
                entry.binder.set(Some(socket));
                while let Some(end) = pop(&entry.into) {
                    let pipe = end.pipe();
                    pipe.set_mark(self.raised(pipe, recv, recv_default)?);
                    end.join(socket);
                    push(&desk.into, end);
                    if pipe.book.live.get() {
                        desk.add_link();
                    }
                    if let Some(partner) = pipe.book.partner.take() {
                        partner
                            .pipe()
                            .set_mark(self.raised(partner.pipe(), send, send_default)?);
                        partner.join(socket);
                        push(&desk.out, partner);
                    }
                }
                while let Some(end) = pop(&entry.out) {
                    end.pipe()
                        .set_mark(self.raised(end.pipe(), send, send_default)?);
                    end.join(socket);
                    push(&desk.out, end);
                    desk.add_link();
                }
                self.tell(socket);
                Ok(())
            })
        };
        self.with_reclaim(bound)
    }

    fn unbind(&self, socket: PeerId, endpoint: &str) -> Result<(), EndpointError> {
        let name = name_of(endpoint)?;
        self.locked(|_| {
            let index = self.find(name).ok_or(EndpointError::NotConnected)?;
            let entry = get_or_panic(self.keep.names(), index);
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
        &self.desk(socket).peers
    }

    fn fetch(&self, socket: PeerId) -> bool {
        let desk = self.desk(socket);
        self.locked(|_| {
            let lists = desk.peers.lists();
            while let Some(end) = pop(&desk.out) {
                lists.out.insert(end);
            }
            while let Some(end) = pop(&desk.into) {
                lists.into.insert(end);
            }
            desk.peers.told()
        })
    }

    fn ended(&self, socket: PeerId) -> [usize; 2] {
        self.locked(|_| self.desk(socket).ended.get())
    }

    fn part_out(&self, end: End<T, Out>) {
        self.parted_out(end);
    }

    fn part_in(&self, end: End<T, In>, lost: usize) {
        self.parted_in(end, lost);
    }

    fn leave_names(&self, socket: PeerId) {
        self.locked(|_| {
            for entry in self.keep.names() {
                if entry.binder.get() == Some(socket) {
                    entry.binder.set(None);
                    entry.uses.set(entry.uses.get() - 1);
                }
            }
        });
    }

    fn leave(&self, socket: PeerId) {
        self.locked(|hub| {
            self.desk(socket).kind.set(None);
            hub.open -= 1;
        });
        self.leaving.wake_all();
    }
}
