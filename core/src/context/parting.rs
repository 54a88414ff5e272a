//! L7: ending links: who gives which end back, and when a pipe is free.
//!
//! A pipe is free when both its references are given up. Whoever parts from a pipe gives up its own, and, if nothing is left to read
//! in it, the other side's as well, which is in one of these places:
//!
//! | the other side's end is | it is taken |
//! |---|---|
//! | at the name, which nobody has bound yet | off the name |
//! | on the other socket's incoming list, or set aside by it | off that list |
//! | among the other socket's peers, whose owner is not inside | from there: a visit (see `socket/peers.rs`) |
//! | there, and the owner is inside | by the owner at its next operation, or by who finds no pipe left, before (`reclaim`) |
//!
//! A writer's end is taken when its reader has ended the link, a reader's end when its writer has and the pipe is empty: the
//! socket loses nothing by it. What it has lost is a peer, and the context counts that for it (`SocketEntry::ended`).

#![allow(unsafe_code)]

use core::ptr::{self, NonNull};

use super::{ContextOf, ContextStorage, EndpointEntry, SocketEntry};
use crate::error::socket::{EndpointError, LeftBehind};
use crate::panic_without_fmt::get_or_panic;
use crate::ring::to_the_end;
use crate::shim::{give_way, looks, step};
use crate::socket::{Direction, EndQueue, In, Lists, Out, PipeEnd, PipeView, detach};

/// What was found among the peers of one socket that was to be given back.
enum Found<T> {
    Nothing,
    /// Its owner is inside.
    Inside,
    /// An end; with a pipe that is free now.
    End(Option<NonNull<PipeView<T>>>),
}

/// The sides of a pipe, as `sides` and `SocketEntry::ended` have them.
const WRITER: usize = 0;
const READER: usize = 1;

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// A writing end is given back: by its socket, or by the context for one that never came. What was sent by a pending
    /// connect stays for a later binder.
    pub(super) fn take_back_out(&self, end: PipeEnd<T, Out>) {
        let pipe = end.pipe();
        let (reader, partner) = self.locked(|_| {
            self.end_link(pipe);
            if pipe.is_joined() {
                self.count(pipe, WRITER);
                self.detach_reader(pipe);
                return (None, None);
            }
            let name = pipe.record.name.get().checked_sub(1);
            let name = name.map(|name| get_or_panic(self.storage.endpoints(), name));
            if let Some(name) = name {
                name.count_anew();
            }
            let name = name.filter(|_| pipe.len() == 0);
            let reader = name.and_then(|name| pick(&name.into, pipe));
            (reader, pipe.record.partner.take())
        });
        if let Some(partner) = partner {
            partner.close(self.storage.slots());
            self.release(partner);
        }
        if let Some(reader) = reader {
            reader.close(self.storage.slots());
            self.release(reader);
        }
        self.release(end);
    }

    /// A reading end is given back; `lost` messages were dropped with it.
    pub(super) fn take_back_in(&self, end: PipeEnd<T, In>, lost: usize) {
        let pipe = end.pipe();
        let writer = self.locked(|hub| {
            hub.undelivered += lost;
            self.end_link(pipe);
            if pipe.is_joined() {
                self.count(pipe, READER);
                self.detach_writer(pipe);
                return None;
            }
            let name = pipe.record.name.get().checked_sub(1)?;
            let name = get_or_panic(self.storage.endpoints(), name);
            name.count_anew();
            pick(&name.out, pipe)
        });
        if let Some(writer) = writer {
            writer.close(self.storage.slots());
            self.release(writer);
        }
        self.release(end);
    }

    /// Under the lock: the link of this pipe has ended, if it had not before.
    fn end_link(&self, pipe: &PipeView<T>) {
        if pipe.record.live.replace(false) {
            for socket in pipe.sides().into_iter().flatten() {
                let links = &get_or_panic(self.storage.sockets(), socket).links;
                links.set(links.get() - 1);
            }
        }
    }

    /// For the owner of these peers, inside: does what visitors have left undone because they found it inside.
    pub(super) fn take_back_left(&self, lists: &mut Lists<T>) {
        lists
            .out
            .remove_each(PipeView::is_closed, |end| self.take_back_out(end));
        lists
            .into
            .remove_each(PipeView::is_over, |end| self.take_back_in(end, 0));
    }

    /// Under the lock: the socket at this side of the pipe has lost a peer.
    fn count(&self, pipe: &PipeView<T>, side: usize) {
        if let Some(socket) = pipe.sides()[side] {
            let ended = &get_or_panic(self.storage.sockets(), socket).ended;
            let mut counts = ended.get();
            counts[side] += 1;
            ended.set(counts);
        }
    }

    /// Under the lock: the writer has ended the link; if nothing is left in it, gives up the reader's end for it.
    fn detach_reader(&self, pipe: &PipeView<T>) {
        let here = |other: &PipeView<T>| ptr::addr_eq(other, pipe);
        let reader = pipe.sides()[READER].filter(|_| pipe.is_held::<In>());
        let Some(socket_entry) = reader.map(|slot| get_or_panic(self.storage.sockets(), slot))
        else {
            return;
        };
        let unread = pipe.len() > 0;
        let found = || {
            // With something unread it is not aside: the send has brought it back.
            let aside = self.take_aside::<In>(pipe);
            aside.or_else(|| pick(&socket_entry.into, pipe))
        };
        let new = if unread { None } else { found() };
        let end = new.or_else(|| {
            // The owner may have read the rest meanwhile; while it is not inside, there is no meanwhile.
            let visit = socket_entry.peers.visit(|lists| match pipe.len() {
                0 => lists.into.remove_first(here),
                _ => None,
            });
            visit.flatten()
        });
        if let Some(end) = end {
            self.count(pipe, READER);
            self.give_up(end);
        }
    }

    /// Under the lock: the reader has ended the link; gives up the writer's end for it.
    fn detach_writer(&self, pipe: &PipeView<T>) {
        let here = |other: &PipeView<T>| ptr::addr_eq(other, pipe);
        let writer = pipe.sides()[WRITER].filter(|_| pipe.is_held::<Out>());
        let Some(socket_entry) = writer.map(|slot| get_or_panic(self.storage.sockets(), slot))
        else {
            return;
        };
        let aside = self.take_aside::<Out>(pipe);
        let end = aside.or_else(|| pick(&socket_entry.out, pipe)).or_else(|| {
            let visit = socket_entry
                .peers
                .visit(|lists| lists.out.remove_first(here));
            visit.flatten()
        });
        if let Some(end) = end {
            self.count(pipe, WRITER);
            self.give_up(end);
        }
    }

    /// Gives back what closed sockets could not, because the owner of the other end was inside. True if there was something:
    /// pipes and names may be free that were not. Called when there are none left.
    #[cold]
    fn reclaim(&self) -> bool {
        for _ in 0..looks() {
            let (mut found, mut busy) = (false, false);
            for socket_entry in self.storage.sockets() {
                loop {
                    match self.locked(|_| self.find_over(socket_entry)) {
                        Found::Nothing => break,
                        Found::Inside => {
                            busy = true;
                            break;
                        }
                        Found::End(free) => {
                            found = true;
                            self.free(free);
                        }
                    }
                }
            }
            if found || !busy {
                return found;
            }
            give_way();
        }
        false
    }

    /// Under the lock: gives up one end of this socket's that is of no use to it any more.
    fn find_over(&self, socket_entry: &SocketEntry<T>) -> Found<T> {
        // An end is left over by a visitor only.
        if socket_entry.kind.get().is_none() || !socket_entry.peers.was_visited() {
            return Found::Nothing;
        }
        let found = socket_entry.peers.visit(|lists| {
            let into = lists.into.remove_first(PipeView::is_over);
            let out = match into {
                None => lists.out.remove_first(PipeView::is_closed),
                Some(_) => None,
            };
            (into, out)
        });
        match found {
            None => Found::Inside,
            Some((Some(end), _)) => {
                self.count(end.pipe(), READER);
                Found::End(self.give_up(end))
            }
            Some((None, Some(end))) => {
                self.count(end.pipe(), WRITER);
                Found::End(self.give_up(end))
            }
            Some((None, None)) => Found::Nothing,
        }
    }

    /// Does something that needs free pipes and names, and once more if some could be given back meanwhile.
    pub(super) fn with_reclaim<R>(
        &self,
        mut act: impl FnMut() -> Result<R, EndpointError>,
    ) -> Result<R, EndpointError> {
        loop {
            match act() {
                Err(why @ (EndpointError::TooManyPipes | EndpointError::TooManyNames)) => {
                    if !step!("reclaim", self.reclaim(), else false) {
                        return Err(self.shortage(why));
                    }
                }
                done => return done,
            }
        }
    }

    /// Under the lock: gives up a reference. Returns the pipe if it was the last: it is to be freed after the lock.
    fn give_up<D: Direction>(&self, end: PipeEnd<T, D>) -> Option<NonNull<PipeView<T>>> {
        let name = end.pipe().record.name.get().checked_sub(1);
        let free = end.give_up();
        if let (Some(_), Some(name)) = (free, name) {
            let uses = &get_or_panic(self.storage.endpoints(), name).uses;
            uses.set(uses.get() - 1);
        }
        free
    }

    /// Gives up a reference, and the pipe with the last one.
    pub(super) fn release<D: Direction>(&self, end: PipeEnd<T, D>) {
        self.free(self.locked(|_| self.give_up(end)));
    }

    fn free(&self, pipe: Option<NonNull<PipeView<T>>>) {
        if let Some(pipe) = pipe {
            // SAFETY: it came from `take_pipe`, and both references are given up.
            unsafe { self.storage.give_pipe(pipe) };
        }
    }
}

/// What closed connecters have left.
impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// Drops what closed sockets have left at a name that nobody has bound, and says how many messages that were. They count
    /// as [`undelivered`](super::TermReport::undelivered). What a socket has sent that is still open stays.
    ///
    /// # Errors
    /// `InvalidEndpoint`, `UnsupportedTransport`. A name that is bound or not known has nothing left at it, which is no error.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::Context;
    ///
    /// static CONTEXT: Context<u32, 2, 1, 4> = Context::new();
    ///
    /// let mut push = CONTEXT.push().unwrap();
    /// push.connect("inproc://nobody").unwrap();
    /// push.try_send(7).unwrap();
    /// assert_eq!(push.close().unread, 1);
    /// assert_eq!(CONTEXT.discard("inproc://nobody"), Ok(1));
    /// assert_eq!(CONTEXT.discard("inproc://nobody"), Ok(0));
    /// ```
    pub fn discard(&self, endpoint: &str) -> Result<usize, EndpointError> {
        let name = crate::endpoint::name_of(endpoint)?;
        let mut dropped = 0;
        to_the_end(|| {
            let left = self.locked(|_| {
                let index = self.find(name)?;
                take_left(get_or_panic(self.storage.endpoints(), index))
            });
            let Some(end) = left else { return false };
            dropped += detach(end, self);
            true
        });
        Ok(dropped)
    }

    /// Shows what closed sockets have left at each name that nobody has bound.
    ///
    /// `show` runs while nothing is locked; sockets may come and go meanwhile.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let mut push = context.push().unwrap();
    /// push.connect("inproc://nobody").unwrap();
    /// push.try_send(7).unwrap();
    /// drop(push);
    /// context.each_left(|left| assert_eq!((left.name(), left.messages), ("nobody", 1)));
    /// ```
    pub fn each_left(&self, mut show: impl FnMut(LeftBehind)) {
        for name in self.storage.names() {
            let left = self.locked(|_| name.left());
            left.into_iter().for_each(&mut show);
        }
    }

    /// There are no pipes (names) any more, and this is why: closed sockets have left some, or else `why`.
    fn shortage(&self, why: EndpointError) -> EndpointError {
        let mut most: Option<LeftBehind> = None;
        self.each_left(|left| {
            if most.is_none_or(|most| left.pipes > most.pipes) {
                most = Some(left);
            }
        });
        most.map_or(why, EndpointError::LeftBehind)
    }

    /// Drops what closed sockets have left at a name for one connect; false if there is none.
    pub(super) fn discard_left(&self, name: &EndpointEntry<T>) -> bool {
        let left = self.locked(|_| take_left(name));
        left.map(|end| detach(end, self)).is_some()
    }

    /// Drops what lies at a name for one connect, whoever is still there; false if there is none.
    pub(super) fn discard_one(&self, name: &EndpointEntry<T>) -> bool {
        let (out, into) = self.locked(|_| {
            name.count_anew();
            (name.out.pop(), name.into.pop())
        });
        let some = out.is_some() || into.is_some();
        if let Some(end) = out {
            detach(end, self);
        }
        if let Some(end) = into {
            detach(end, self);
        }
        some
    }
}

impl<T> EndpointEntry<T> {
    /// What closed connecters have left here, if they have.
    pub(super) fn left(&self) -> Option<LeftBehind> {
        let (mut pipes, mut messages) = (0, 0);
        self.into.each(|pipe| {
            if !pipe.record.live.get() {
                pipes += 1;
                messages += pipe.len();
            }
        });
        (pipes > 0).then(|| LeftBehind::new(&self.text.borrow(), pipes, messages))
    }
}

/// Takes one end off a name whose writer has closed.
fn take_left<T>(name: &EndpointEntry<T>) -> Option<PipeEnd<T, In>> {
    name.count_anew();
    name.into.remove_first(|pipe| !pipe.record.live.get())
}

/// Takes the end of this pipe off a queue.
fn pick<T, D: Direction>(ends: &EndQueue<T, D>, pipe: &PipeView<T>) -> Option<PipeEnd<T, D>> {
    ends.remove_first(|other| ptr::addr_eq(other, pipe))
}
