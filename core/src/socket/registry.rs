//! L6: what a socket asks of its context, which keeps the register of names, sockets and links.

#![forbid(unsafe_code)]

use core::num::NonZeroUsize;

use super::end::BringsBack;
use super::identity::Identity;
use super::peer_id::PeerId;
use super::peer_list::PeerList;
use super::peers::{ListsUnderLock, Peers};
use super::pipe::{In, Out, PipeEnd, PipeView};
use super::slot::{SocketSlot, SocketSlots};
use super::subscriptions::Subscriptions;
use super::traffic::Counters;
use crate::error::socket::{EndpointError, IdentityError};

/// A socket's high-water marks, where they were set. A mark is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HighWaterMarks {
    pub(crate) send: Option<NonZeroUsize>,
    pub(crate) recv: Option<NonZeroUsize>,
}

impl HighWaterMarks {
    /// Neither was set.
    pub(crate) const UNSET: HighWaterMarks = HighWaterMarks {
        send: None,
        recv: None,
    };

    pub(crate) fn send(self) -> Option<usize> {
        self.send.map(NonZeroUsize::get)
    }

    pub(crate) fn recv(self) -> Option<usize> {
        self.recv.map(NonZeroUsize::get)
    }
}

/// What a socket asks of its context, when links are made and when they end.
pub(crate) trait Registry<T>: Sync {
    /// Where sockets wait, by index.
    fn slots(&self) -> &[SocketSlot];
    /// How many messages a link can hold at most.
    fn ceiling(&self) -> usize;
    /// Sets the marks for links made from now on.
    fn set_marks(&self, socket: PeerId, marks: HighWaterMarks);
    /// Gives the socket this identity, if no other has it and it has no link.
    fn set_identity(&self, socket: PeerId, identity: Identity) -> Result<(), IdentityError>;
    /// Returns the identity of the socket.
    fn identity(&self, socket: PeerId) -> Identity;
    /// What each socket has subscribed to, by its slot.
    fn subscriptions(&self) -> &dyn Subscriptions;
    /// Gives a name to the socket, and links it with the sockets that wait for that name.
    fn bind(&self, socket: PeerId, endpoint: &str) -> Result<(), EndpointError>;
    /// Takes a name from the socket.
    fn unbind(&self, socket: PeerId, endpoint: &str) -> Result<(), EndpointError>;
    /// Links the socket with the one that has bound the name, or will.
    fn connect(&self, socket: PeerId, endpoint: &str) -> Result<(), EndpointError>;
    /// The mark by which pipes remember the name they were connected by.
    fn name_mark(&self, endpoint: &str) -> Result<usize, EndpointError>;
    /// The peers of a socket.
    fn peers(&self, socket: PeerId) -> &Peers<T>;
    /// What the socket of this slot has done: counted by its owner, read by anybody.
    fn counters(&self, slot: usize) -> &Counters;
    /// For its owner, inside: puts the ends that have been linked to the socket since it asked last among its peers, or brought
    /// back; and, if it asks for all, those that it has set aside. Does what a visitor has left undone there: ends of no use any
    /// more are given back.
    fn fetch(&self, socket: PeerId, lists: ListsUnderLock<'_, T>, all: bool);
    /// For the owner of these ends, inside: sets the last `n` aside, as far as they have no room.
    fn set_aside_out(&self, ends: &mut PeerList<T, Out>, n: usize);
    /// For the owner of these ends, inside: sets the last `n` aside, as far as they have nothing to read.
    fn set_aside_in(&self, ends: &mut PeerList<T, In>, n: usize);
    /// For the reader of this pipe: its writer has set it aside, and is to look at it again.
    fn bring_back_out(&self, pipe: &PipeView<T>);
    /// For the writer of this pipe: its reader has set it aside, and is to look at it again.
    fn bring_back_in(&self, pipe: &PipeView<T>);
    /// Returns `true` if the context has been shut down, also before each socket has been told.
    fn is_terminated(&self) -> bool;
    /// How many links of the socket have ended: of those that it wrote, and of those that it read.
    fn ended(&self, socket: PeerId) -> [usize; 2];
    /// Takes back an end whose link this socket has ended, or seen ended: [`detach`](super::detach::detach) calls it.
    fn detach_out(&self, end: PipeEnd<T, Out>);
    /// The same for a reading end; `lost`: messages dropped with it.
    fn detach_in(&self, end: PipeEnd<T, In>, lost: usize);
    /// Takes every name from the socket: nobody links to it from now on.
    fn leave_names(&self, socket: PeerId);
    /// The socket is gone, its names and ends before it: frees its slot.
    fn leave(&self, socket: PeerId);
}

/// What a socket keeps of its context.
pub(crate) struct ContextRef<'c, T> {
    pub(crate) registry: &'c dyn Registry<T>,
    pub(crate) slots: SocketSlots<'c>,
}

impl<'c, T> ContextRef<'c, T> {
    pub(crate) fn new(registry: &'c dyn Registry<T>) -> Self {
        ContextRef {
            registry,
            slots: SocketSlots::new(registry.slots()),
        }
    }
}

impl<T> BringsBack<T> for ContextRef<'_, T> {
    #[inline(always)]
    fn slots(&self) -> SocketSlots<'_> {
        self.slots
    }

    fn bring_back_out(&self, pipe: &PipeView<T>) {
        self.registry.bring_back_out(pipe);
    }

    fn bring_back_in(&self, pipe: &PipeView<T>) {
        self.registry.bring_back_in(pipe);
    }
}
