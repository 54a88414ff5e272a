//! L6: what a policy sees: the links of its socket in one direction, and of each link the peer at its other end.

#![forbid(unsafe_code)]

use super::end::PipeEndRef;
use super::identity::Identity;
use super::peer_list::{CurrentEnd, PeerList};
use super::pipe::{Direction, In, Out, PipeEnd, PipeView};
use super::registry::{ContextRef, Registry};
use crate::error::{TryRecvError, TrySendError};
use crate::shim::{KEPT_IN_TURN, SETS_ASIDE};

/// The links of one socket in one direction, in the order of their turns. They are the socket's own while it is inside.
pub struct Candidates<'s, T, D> {
    ends: &'s mut PeerList<T, D>,
    context: &'s ContextRef<'s, T>,
}

impl<'s, T, D> Candidates<'s, T, D> {
    #[inline(always)]
    pub(crate) fn new(ends: &'s mut PeerList<T, D>, context: &'s ContextRef<'s, T>) -> Self {
        Candidates { ends, context }
    }

    /// The same ones, for a call out of line: two words in registers.
    #[inline(always)]
    pub(crate) fn again(&mut self) -> Candidates<'_, T, D> {
        Candidates::new(self.ends, self.context)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize
    where
        D: Direction,
    {
        self.ends.len()
    }

    /// The peer whose turn it is.
    #[inline(always)]
    pub(crate) fn current(&mut self) -> Option<CurrentPeer<'_, T, D>>
    where
        D: Direction,
    {
        let context = self.context;
        let end = self.ends.current_mut()?;
        Some(CurrentPeer { end, context })
    }

    /// All of them, from the current one on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Peer<'_, T, D>>
    where
        D: Direction,
    {
        let context = self.context;
        self.ends.iter().map(move |end| Peer { end, context })
    }

    /// Gives the turn to the first peer for which `which` returns `true`, and returns it.
    #[inline(always)]
    pub(crate) fn find(
        &mut self,
        which: impl Fn(&Peer<'_, T, D>) -> bool,
    ) -> Option<CurrentPeer<'_, T, D>>
    where
        D: Direction,
    {
        for _ in 0..self.len() {
            if which(&self.current()?.peer()) {
                return self.current();
            }
            self.ends.advance();
        }
        None
    }
}

impl<T> Candidates<'_, T, Out> {
    /// Returns `true` if the peer has subscribed to this topic.
    pub(crate) fn wants(&self, peer: &Peer<'_, T, Out>, topic: &[u8]) -> bool {
        let slot = peer.end.peer();
        slot.is_some_and(|slot| self.context.registry.subscriptions().wants(slot, topic))
    }

    /// Returns `true` if the peer has subscribed to any topic.
    pub(crate) fn wants_any(&self, peer: &Peer<'_, T, Out>) -> bool {
        let slot = peer.end.peer();
        slot.is_some_and(|slot| self.context.registry.subscriptions().wants_any(slot))
    }

    /// Takes out every link whose peer has gone, and gives its end back.
    pub(crate) fn remove_closed(&mut self) {
        let registry = self.context.registry;
        self.ends
            .remove_each(PipeView::is_closed, |end| registry.detach_out(end));
    }
}

impl<T> Candidates<'_, T, In> {
    /// Takes out every link whose peer has gone, if all is read, and gives its end back.
    pub(crate) fn remove_over(&mut self) {
        let registry = self.context.registry;
        self.ends
            .remove_each(PipeView::is_over, |end| registry.detach_in(end, 0));
    }
}

#[allow(private_bounds)]
impl<T, D: SetsAside> Candidates<'_, T, D> {
    /// The socket has passed over one more link without a message there, or without room for one: these are so many in succession now.
    /// After many such looks it sets the last ones aside, and those that it keeps are left of the number, which is returned. One that has
    /// changed meanwhile is put behind all others, and will be looked at once more.
    pub(crate) fn passed(&mut self, in_succession: usize) -> usize {
        if !SETS_ASIDE || in_succession <= KEPT_IN_TURN || !self.ends.has_looked_in_vain() {
            return in_succession;
        }
        D::set_aside(
            self.context.registry,
            self.ends,
            in_succession - KEPT_IN_TURN,
        );
        KEPT_IN_TURN
    }
}

/// A direction in which links can be set aside.
pub(crate) trait SetsAside: Direction {
    /// Sets the last `n` ends aside, as far as they are not ready.
    fn set_aside<T>(registry: &dyn Registry<T>, ends: &mut PeerList<T, Self>, n: usize);
}

impl SetsAside for Out {
    fn set_aside<T>(registry: &dyn Registry<T>, ends: &mut PeerList<T, Out>, n: usize) {
        registry.set_aside_out(ends, n);
    }
}

impl SetsAside for In {
    fn set_aside<T>(registry: &dyn Registry<T>, ends: &mut PeerList<T, In>, n: usize) {
        registry.set_aside_in(ends, n);
    }
}

/// The peer whose turn it is. The turn stays with it until it is given on.
pub(crate) struct CurrentPeer<'s, T, D> {
    end: CurrentEnd<'s, T, D>,
    context: &'s ContextRef<'s, T>,
}

impl<T, D: Direction> CurrentPeer<'_, T, D> {
    /// The peer.
    #[inline(always)]
    pub(crate) fn peer(&self) -> Peer<'_, T, D> {
        Peer {
            end: self.end.end(),
            context: self.context,
        }
    }

    /// Gives the turn to the next peer.
    #[inline(always)]
    pub(crate) fn advance(self) {
        self.end.advance();
    }
}

impl<T> CurrentPeer<'_, T, Out> {
    /// It has gone: takes the link out, and gives its end back. The next peer is the current one then.
    #[inline(always)]
    pub(crate) fn remove(self) {
        take_out(self.end, self.context, |context, end| {
            context.registry.detach_out(end);
        });
    }
}

impl<T> CurrentPeer<'_, T, In> {
    /// It has gone, and all is read: takes the link out, and gives its end back. The next peer is the current one then.
    #[inline(always)]
    pub(crate) fn remove(self) {
        take_out(self.end, self.context, |context, end| {
            context.registry.detach_in(end, 0);
        });
    }
}

/// Takes the link out whose turn it is, and gives its end back by `detach`. Out of line: most messages find a peer.
#[cold]
#[inline(never)]
fn take_out<T, D: Direction>(
    end: CurrentEnd<'_, T, D>,
    context: &ContextRef<'_, T>,
    detach: impl FnOnce(&ContextRef<'_, T>, PipeEnd<T, D>),
) {
    detach(context, end.remove());
}

/// The peer at the other end of one link.
pub(crate) struct Peer<'s, T, D> {
    end: PipeEndRef<'s, T, D>,
    context: &'s ContextRef<'s, T>,
}

impl<T, D: Direction> Peer<'_, T, D> {
    /// The number of the link: the same in both its ways, and no other link's.
    #[inline(always)]
    pub(crate) fn link(&self) -> usize {
        self.end.pipe().record.link.get()
    }

    /// The socket itself has dropped a message of this link.
    pub(crate) fn count_dropped(&self) {
        if let Some(slot) = self.end.own_slot() {
            self.context.registry.counters(slot).dropped.count();
        }
    }

    /// By what it is known; `None` while nobody has joined the link at its side.
    #[inline(always)]
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.end.identity()
    }
}

impl<T> Peer<'_, T, Out> {
    /// Sends to it, and wakes it.
    #[inline(always)]
    pub(crate) fn send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.end.send(self.context, value)
    }

    /// Returns `true` if it would take a message now.
    pub(crate) fn has_room(&self) -> bool {
        self.end.has_room()
    }

    /// Returns `true` if it has gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.end.pipe().is_closed()
    }

    /// It has lost a message, for which it has no room.
    pub(crate) fn count_lost(&self) {
        self.end.pipe().counters().dropped.count();
        self.count_dropped();
    }
}

impl<T> Peer<'_, T, In> {
    /// Receives from it, and wakes it.
    #[inline(always)]
    pub(crate) fn recv(&self) -> Result<T, TryRecvError> {
        self.end.recv(self.context)
    }

    /// The same, for a caller that asks afterwards what it means if there is nothing: without a reason beside the value the
    /// compiler moves the value as a whole.
    #[inline(always)]
    pub(crate) fn take(&self) -> Option<T> {
        self.end.take(self.context)
    }

    /// Returns `true` if it has gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.end.pipe().is_closed()
    }

    /// Returns `true` if something is there to be read from it.
    pub(crate) fn has_message(&self) -> bool {
        self.unread() > 0
    }

    /// How many messages are there to be read from it.
    pub(crate) fn unread(&self) -> usize {
        self.end.pipe().len()
    }

    /// Returns `true` if it has closed and nothing is left to be read from it.
    #[inline(always)]
    pub(crate) fn is_over(&self) -> bool {
        self.end.pipe().is_over()
    }
}
