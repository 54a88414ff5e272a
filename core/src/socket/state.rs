//! L6: the state that every socket has, whatever its pattern: how it comes to its peers, and how it is closed. What its
//! answers depend on besides is in `member.rs`.
//!
//! **Order of answers.** Receiving: a message, then `Terminated`, then `Disconnected`, then wait. Sending: `Terminated`, then
//! a peer with room, then `Disconnected`, then wait.

#![forbid(unsafe_code)]

use core::num::NonZeroUsize;

use super::detach::detach;
use super::member::{Member, WhenAlone};
use super::peer::Candidates;
use super::peer_id::PeerId;
use super::peers::{Door, Inside, Lists};
use super::pipe::PipeView;
use super::policy::{Collect, Distribute};
use super::registry::{HighWaterMarks, Registry};
use crate::error::socket::{EndpointError, HwmError, RecvError, SendError, SendReason};
use crate::ring::to_the_end;
use crate::wait::WaitCell;

/// The messages that were left when a socket closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloseReport {
    /// Messages it had sent that nobody has read yet: its peers still can, or a socket that binds the name that they were
    /// sent to. Messages in links that `disconnect` had cut before are not counted.
    pub unread: usize,
    /// Messages sent to it that it never read, and that were dropped.
    pub discarded: usize,
}

/// In this order: where the state lies is where `member` lies, which is an instruction less for each message.
#[repr(C)]
pub(crate) struct State<'c, T> {
    pub(super) member: Member<'c, T>,
    marks: HighWaterMarks,
    /// Gone if the socket is closed.
    door: Door,
}

impl<'c, T> State<'c, T> {
    pub(crate) fn new(registry: &'c dyn Registry<T>, id: PeerId) -> Self {
        State {
            member: Member::new(registry, id),
            door: Door::new(),
            marks: HighWaterMarks::UNSET,
        }
    }

    /// Goes in to the peers, with what is new; `None` if the socket was closed in place.
    #[inline(always)]
    pub(super) fn enter(&mut self) -> Option<(Inside<'_, T>, &Member<'c, T>)> {
        let member = &self.member;
        let fetch = |lists| member.fetch(lists);
        Some((self.door.enter(member.peers, fetch)?, member))
    }

    /// The same, with those that it has set aside.
    pub(super) fn enter_to_all(&mut self) -> Option<(Inside<'_, T>, &Member<'c, T>)> {
        let (mut inside, member) = self.enter()?;
        member.fetch_all(&mut inside);
        Some((inside, member))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.door.is_gone()
    }

    /// A socket that was closed in place has no slot any more: it makes and ends no links.
    pub(super) fn open(&self) -> Result<(), EndpointError> {
        if self.is_closed() {
            return Err(EndpointError::Terminated);
        }
        Ok(())
    }

    pub(crate) fn bind(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.member
            .context
            .registry
            .bind(self.member.id, endpoint)?;
        self.member.names += 1;
        // Who had connected before has more room now, and a peer.
        self.wake_peers();
        Ok(())
    }

    /// Wakes every peer: each looks again whether it can go on.
    pub(super) fn wake_peers(&mut self) {
        let Some((inside, member)) = self.enter_to_all() else {
            return;
        };
        let context = &member.context;
        let outs = inside.out.iter().map(|end| end.wake_peer(context));
        let intos = inside.into.iter().map(|end| end.wake_peer(context));
        let mut wakes = outs.chain(intos);
        to_the_end(|| wakes.next().is_some());
    }

    pub(crate) fn unbind(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.member
            .context
            .registry
            .unbind(self.member.id, endpoint)?;
        self.member.names -= 1;
        Ok(())
    }

    pub(crate) fn connect(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.member
            .context
            .registry
            .connect(self.member.id, endpoint)?;
        // The link is among the peers already when the first message is sent.
        self.enter();
        Ok(())
    }

    pub(crate) fn set_send_hwm(&mut self, messages: usize) -> Result<(), HwmError> {
        self.marks.send = Some(self.checked(messages)?);
        self.tell_marks();
        Ok(())
    }

    pub(crate) fn set_recv_hwm(&mut self, messages: usize) -> Result<(), HwmError> {
        self.marks.recv = Some(self.checked(messages)?);
        self.tell_marks();
        Ok(())
    }

    fn tell_marks(&self) {
        if !self.is_closed() {
            self.member
                .context
                .registry
                .set_marks(self.member.id, self.marks);
        }
    }

    fn checked(&self, messages: usize) -> Result<NonZeroUsize, HwmError> {
        let max = self.member.context.registry.ceiling();
        let mark = NonZeroUsize::new(messages).ok_or(HwmError::InvalidHwm)?;
        match messages > max {
            true => Err(HwmError::HwmTooLarge { max }),
            false => Ok(mark),
        }
    }

    pub(crate) fn set_when_alone(&mut self, what: WhenAlone) {
        self.member.when_alone = Some(what);
    }

    pub(crate) fn expect_peers(&mut self, peers: usize) {
        // None is as one: it has not been alone before.
        self.member.expected = Some(NonZeroUsize::new(peers).unwrap_or(NonZeroUsize::MIN));
    }

    /// How many links there are now, pending connects included.
    pub(crate) fn count(&mut self) -> usize {
        self.enter_to_all()
            .map_or(0, |(inside, _)| inside.out.len().max(inside.into.len()))
    }

    #[inline]
    pub(crate) fn try_send<I>(
        &mut self,
        policy: &mut impl Distribute<T, Item = I>,
        value: I,
    ) -> Result<(), SendError<I>> {
        let refused = |reason, value| Err(SendError { reason, value });
        let member = &self.member;
        // Loaded once: not again after each load that acquires.
        let peers = member.peers;
        if peers.is_terminated() {
            return refused(SendReason::Terminated, value);
        }
        let Some(mut inside) = self.door.enter(peers, |lists| member.fetch(lists)) else {
            return refused(SendReason::Closed, value);
        };
        let lists = &mut *inside;
        policy.prepare(&mut Candidates::new(&mut lists.into, &member.context));
        match policy.send(&mut Candidates::new(&mut lists.out, &member.context), value) {
            Ok(()) => {
                peers.counters().sent.count();
                Ok(())
            }
            Err(unsent) => member.not_sent(policy, unsent, lists),
        }
    }

    #[inline]
    pub(crate) fn try_recv<I>(
        &mut self,
        policy: &mut impl Collect<T, Item = I>,
    ) -> Result<I, RecvError> {
        let (member, peers) = (&self.member, self.member.peers);
        let Some(mut inside) = self.door.enter(peers, |lists| member.fetch(lists)) else {
            return Err(member.why_ended());
        };
        let lists = &mut *inside;
        match policy.recv(&mut Candidates::new(&mut lists.into, &member.context)) {
            Some(value) => {
                peers.counters().received.count();
                Ok(value)
            }
            None => member.not_received(policy, lists),
        }
    }

    /// Receives what is visible: `None` says nothing of the reason.
    #[inline]
    pub(crate) fn take<I>(&mut self, policy: &mut impl Collect<T, Item = I>) -> Option<I> {
        let (member, peers) = (&self.member, self.member.peers);
        let mut inside = self.door.enter(peers, |lists| member.fetch(lists))?;
        let value = policy.recv(&mut Candidates::new(&mut inside.into, &member.context))?;
        peers.counters().received.count();
        Some(value)
    }

    pub(crate) fn slot(&self) -> usize {
        self.member.id.slot
    }

    /// Where it waits.
    pub(crate) fn cell(&self) -> &'c WaitCell {
        self.member.context.slots.cell(self.member.id.slot)
    }

    /// How much fits into the link whose turn it is to be sent to.
    pub(crate) fn spin_hint_out(&mut self) -> usize {
        let inside = self.enter();
        let current = inside.as_ref().and_then(|(inside, _)| inside.out.current());
        current.map_or(1, |end| end.pipe().mark())
    }

    /// How many messages the peer has moved whose turn it is to be sent to: it gets on if these become more.
    pub(crate) fn passed_out(&mut self) -> Option<usize> {
        let (inside, member) = self.enter()?;
        let peer = inside.out.current()?.peer()?;
        Some(member.context.registry.counters(peer).moved())
    }

    /// The same for the peer that is to be received from.
    pub(crate) fn passed_in(&mut self) -> Option<usize> {
        let (inside, member) = self.enter()?;
        let peer = inside.into.current()?.peer()?;
        Some(member.context.registry.counters(peer).moved())
    }

    /// The same for the link that is to be received from.
    pub(crate) fn spin_hint_in(&mut self) -> usize {
        let inside = self.enter();
        let current = inside
            .as_ref()
            .and_then(|(inside, _)| inside.into.current());
        current.map_or(1, |end| end.pipe().mark())
    }

    /// Is there nothing to linger for: has everything been read that living peers will read, or has the context been shut down?
    pub(crate) fn is_drained(&mut self) -> bool {
        if self.member.is_terminated() {
            return true;
        }
        self.enter_to_all()
            .is_none_or(|(inside, _)| unread(&inside, PipeView::is_joined) == 0)
    }

    /// Ends every link and gives the slot back. Once.
    pub(crate) fn close(&mut self) -> CloseReport {
        if self.is_closed() {
            return CloseReport::default();
        }
        let (member, mut door) = (&self.member, self.door.take());
        // Nobody links to it any more; what was linked until now ends here.
        member.context.registry.leave_names(member.id);
        let leaving = Leaving {
            registry: member.context.registry,
            id: member.id,
        };
        let mut report = CloseReport::default();
        let Some(mut inside) = door.enter(member.peers, |lists| member.fetch(lists)) else {
            return report;
        };
        member.fetch_all(&mut inside);
        report.unread = unread(&inside, |_| true);
        to_the_end(|| {
            if let Some(end) = inside.into.remove() {
                report.discarded += detach(end, member.context.registry);
            } else if let Some(end) = inside.out.remove() {
                detach(end, member.context.registry);
            } else {
                return false;
            }
            true
        });
        // Outside before the slot is another's.
        drop(inside);
        drop(leaving);
        report
    }
}

/// How many messages lie in the pipes that it writes and `counts`, and can still be read.
fn unread<T>(lists: &Lists<T>, counts: fn(&PipeView<T>) -> bool) -> usize {
    let pipes = lists.out.iter().map(|end| end.pipe());
    let living = pipes.filter(|pipe| counts(pipe) && !pipe.is_closed());
    living.map(PipeView::len).sum()
}

/// Frees the slot, whatever has happened before.
struct Leaving<'c, T> {
    registry: &'c dyn Registry<T>,
    id: PeerId,
}

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        self.registry.leave(self.id);
    }
}

impl<T> Drop for State<'_, T> {
    fn drop(&mut self) {
        self.close();
    }
}
