//! L7: looking at a context from outside: its sockets, its names, its links and how full they are.
//!
//! Nothing is locked while the caller's code runs, so what is shown are moments, one for each thing
//! that is shown; sockets and links may come and go between two of them. Not for interrupt handlers:
//! the lock is taken once for each thing, and interrupts are masked meanwhile. A socket that is at work at
//! the moment is looked at again a few times; its links may be missing if it never stops.

#![forbid(unsafe_code)]

use super::{ContextOf, ContextStorage};
use crate::endpoint::NAME;
use crate::panic_without_fmt::get_or_panic;
use crate::shim::{give_way, looks};
use crate::socket::{Identity, Kind, PipeView, Traffic, WaitsTo};

/// One open socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketView {
    /// Its slot in the context.
    pub slot: usize,
    /// Its pattern.
    pub kind: Kind,
    /// The identity by which routers know it.
    pub identity: Identity,
    /// The number of links, pending ones included.
    pub links: usize,
    /// It is `true` if a call of the socket waits.
    pub is_waited_on: bool,
    /// The aim of that call; `None` if none waits. Noted with the feature `counters`, like
    /// [`traffic`](SocketView::traffic); without it `None`.
    pub waits_to: Option<WaitsTo>,
    /// The messages that it has moved so far.
    pub traffic: Traffic,
}

/// One way of a link: its writer, its reader, and the messages between them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkView {
    /// The slot of the socket that writes; `None` if it has closed, or has not come yet.
    pub writer: Option<usize>,
    /// The slot of the socket that reads; `None` if it has not come yet.
    pub reader: Option<usize>,
    /// The slot of the socket that connected, one of these two; `None` if it has closed.
    pub connecter: Option<usize>,
    /// Messages that were sent and not received.
    pub messages: usize,
    /// Messages that were sent since the link was made, the received ones included. It wraps, and is counted
    /// with the feature `counters`; without it 0.
    pub sent: usize,
    /// Messages that were for the reader, and were dropped because the link was full: only a Publish drops
    /// any. It wraps, and is counted with the feature `counters`; without it 0.
    pub dropped: usize,
    /// Maximum number of messages: its high-water mark.
    pub capacity: usize,
    /// Number of times that it has reached its high-water mark, as its writer has seen it: the writer looked for room
    /// and found none, counted once until the next message went in. It wraps. Counted with the
    /// feature `counters`, like [`traffic`](SocketView::traffic); without it 0. On 32-bit targets
    /// without an operating system each such look counts.
    pub times_full: usize,
    name: heapless::String<NAME>,
}

impl LinkView {
    /// Returns the name that it was connected by, without `inproc://`.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// context.each_link(|link| assert_eq!(link.name(), "jobs"));
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// How many ways of links are copied while the lock is held once.
const AT_ONCE: usize = 8;

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// Shows each open socket, in the order of their slots.
    ///
    /// `show` runs while nothing is locked; sockets may come and go meanwhile.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let _pull = context.pull().unwrap();
    /// let mut open = 0;
    /// context.each_socket(|_| open += 1);
    /// assert_eq!(open, 1);
    /// ```
    pub fn each_socket(&self, mut show: impl FnMut(SocketView)) {
        for slot in 0..self.storage.sockets().len() {
            if let Some(view) = self.socket_view(slot) {
                show(view);
            }
        }
    }

    /// Returns what the socket in this slot has done since it was opened, or the last one that was in it;
    /// `None` if there is no such slot. It locks nothing and disturbs no socket: for whoever looks often.
    /// A socket tells its [`slot`](crate::socket::Socket::slot).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let push = context.push().unwrap();
    /// assert_eq!(context.traffic(push.slot()), Some(push.traffic()));
    /// assert_eq!(context.traffic(4), None);
    /// ```
    pub fn traffic(&self, slot: usize) -> Option<Traffic> {
        let entry = self.storage.sockets().get(slot)?;
        Some(entry.peers.counters().traffic())
    }

    /// The open socket in a slot.
    fn socket_view(&self, slot: usize) -> Option<SocketView> {
        let entry = get_or_panic(self.storage.sockets(), slot);
        let cell = &get_or_panic(self.storage.slots(), slot).cell;
        self.locked(|_| {
            let (counters, is_waited_on) = (entry.peers.counters(), cell.is_waited_on());
            Some(SocketView {
                slot,
                kind: entry.kind.get()?,
                identity: entry.identity.get(),
                links: entry.links.get(),
                is_waited_on,
                waits_to: counters.last_waited_to().filter(|_| is_waited_on),
                traffic: counters.traffic(),
            })
        })
    }

    /// Shows each name that a socket has bound, with the slot of that socket.
    ///
    /// `show` runs while nothing is locked; names may come and go meanwhile.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let pull = context.pull().unwrap();
    /// pull.bind("inproc://jobs").unwrap();
    /// context.each_name(|name, slot| assert_eq!((name, slot), ("jobs", pull.slot())));
    /// ```
    pub fn each_name(&self, mut show: impl FnMut(&str, usize)) {
        for entry in self.storage.endpoints() {
            let bound = self.locked(|_| {
                let binder = entry.binder.get().filter(|_| entry.uses.get() > 0)?;
                Some((entry.text.borrow().clone(), binder.slot))
            });
            if let Some((name, slot)) = bound {
                show(&name, slot);
            }
        }
    }

    /// Shows each way of each link: those that a socket writes, in the order of the slots of these
    /// sockets and of their turns, then those that only a reader is left of, or has come for.
    ///
    /// `show` runs while nothing is locked; links may come and go meanwhile. Of a socket that has
    /// many links, and is at work meanwhile, one may be shown twice and another one not.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// context.each_link(|link| assert_eq!(link.name(), "jobs"));
    /// ```
    pub fn each_link(&self, mut show: impl FnMut(&LinkView)) {
        for slot in 0..self.storage.sockets().len() {
            self.each_of(slot, &mut show, |entry, visit| {
                entry.out.each(|pipe| visit(pipe));
                let aside = entry.aside.iter();
                aside.for_each(|(out, _)| out.each(|pipe| visit(pipe)));
                let listed = entry.peers.visit(|lists| {
                    lists.out.iter().for_each(|end| visit(end.pipe()));
                });
                listed.is_some()
            });
        }
        for slot in 0..self.storage.sockets().len() {
            self.each_of(slot, &mut show, |entry, visit| {
                let mut orphaned = |pipe: &PipeView<T>| {
                    let [writer, _] = pipe.sides();
                    if writer.is_none() || pipe.is_closed() {
                        visit(pipe);
                    }
                };
                entry.into.each(&mut orphaned);
                let aside = entry.aside.iter();
                aside.for_each(|(_, into)| into.each(&mut orphaned));
                let listed = entry.peers.visit(|lists| {
                    lists.into.iter().for_each(|end| orphaned(end.pipe()));
                });
                listed.is_some()
            });
        }
    }

    /// Shows the pipes that `list` finds at the socket in a slot. It says whether it could look.
    fn each_of(
        &self,
        slot: usize,
        show: &mut impl FnMut(&LinkView),
        list: impl Fn(&super::SocketEntry<T>, &mut dyn FnMut(&PipeView<T>)) -> bool,
    ) {
        let entry = get_or_panic(self.storage.sockets(), slot);
        let (mut shown, mut left) = (0, looks());
        loop {
            let mut views = [const { None }; AT_ONCE];
            let could_look = self.locked(|_| {
                if entry.kind.get().is_none() {
                    return true;
                }
                let mut number = 0;
                let mut keep = |pipe: &PipeView<T>| {
                    if let Some(place) = (number >= shown)
                        .then(|| views.get_mut(number - shown))
                        .flatten()
                    {
                        *place = Some(self.link_view(pipe));
                    }
                    number += 1;
                };
                list(entry, &mut keep)
            });
            if !could_look && left > 0 {
                left -= 1;
                give_way();
                continue;
            }
            let found = views.iter().flatten().count();
            views.iter().flatten().for_each(&mut *show);
            shown += found;
            if found < AT_ONCE {
                return;
            }
        }
    }

    /// Under the lock.
    fn link_view(&self, pipe: &PipeView<T>) -> LinkView {
        let [writer, reader] = pipe.sides();
        let name = pipe.record.name.get().checked_sub(1);
        let entry = name.map(|name| get_or_panic(self.storage.endpoints(), name));
        let counters = pipe.counters();
        let connecter = pipe.record.connecter.get();
        let socket = get_or_panic(self.storage.sockets(), connecter.slot);
        let is_open =
            socket.kind.get().is_some() && socket.generation.get() == connecter.generation;
        LinkView {
            connecter: is_open.then_some(connecter.slot),
            writer: writer.filter(|_| !pipe.is_closed()),
            reader,
            messages: pipe.len(),
            capacity: pipe.mark(),
            sent: counters.sent.get(),
            dropped: counters.dropped.get(),
            times_full: counters.full.get(),
            name: entry.map_or_else(heapless::String::new, |entry| entry.text.borrow().clone()),
        }
    }
}
