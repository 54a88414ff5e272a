//! L6: the state that every socket has, whatever its pattern: its links, when it is alone, how it is closed.
//!
//! **Being alone.** A socket without any end has nobody to talk to. Whether that is a reason to wait or an answer:
//!
//! | the socket | alone means |
//! |---|---|
//! | holds a bound name, or never had a peer | wait |
//! | has had a peer | `Disconnected`, once all is read |
//! | `set_when_alone`, `expect_peers(n)` | what they say; with `n`: not before n links were made and have ended |
//!
//! **Order of answers.** Receiving: a message, then `Terminated`, then `Disconnected`, then wait. Sending: `Terminated`, then
//! a peer with room, then `Disconnected`, then wait.
//!
//! **New links.** Links made by others are fetched from the context, under its lock, when a notice says so: see
//! `peers.rs`. Notices are Relaxed: they are set before a fenced wake of the slot's cell, and looked at again by a waiter after its
//! own fence.

#![forbid(unsafe_code)]

use core::fmt;
use core::num::NonZeroUsize;

use super::detach::detach;
use super::peer::Candidates;
use super::peer_id::PeerId;
use super::peer_list::PeerList;
use super::peers::{Inside, Peers};
use super::pipe::{Direction, PipeView};
use super::policy::{Collect, Distribute, Unreceived, Unsent};
use super::registry::{ContextRef, HighWaterMarks, Registry};
use crate::error::socket::{EndpointError, HwmError, RecvError, SendError, SendReason};
use crate::ring::to_the_end;
use crate::shim::{Asymmetric, step};
use crate::wait::WaitCell;

/// The choice of what a socket does when every peer has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAlone {
    /// It waits for a new one.
    Wait,
    /// It reports `Disconnected`, once it has had a peer and all is read.
    Disconnect,
}

/// The messages that were left when a socket closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloseReport {
    /// Messages it had sent that nobody has read yet: its peers still can, or a socket that binds the name that they were
    /// sent to. Messages in links that `disconnect` had cut before are not counted.
    pub unread: usize,
    /// Messages sent to it that it never read, and that were dropped.
    pub discarded: usize,
}

/// Why no message has moved.
enum Refusal<R> {
    Now(R),
    /// Only if none moves at one more look: what is known now was not known at the first.
    AfterOneMoreLook(R),
}

pub(crate) struct State<'c, T> {
    pub(super) context: ContextRef<'c, T>,
    /// Whether the door is fenced by halves, as far as it was known when the socket was opened.
    agreed: Asymmetric,
    pub(crate) id: PeerId,
    pub(super) peers: &'c Peers<T>,
    /// The socket is closed: its slot may be another's, who alone enters then.
    pub(super) closed: bool,
    expected: Option<usize>,
    when_alone: Option<WhenAlone>,
    names: usize,
    marks: HighWaterMarks,
}

impl<'c, T> State<'c, T> {
    pub(crate) fn new(registry: &'c dyn Registry<T>, id: PeerId) -> Self {
        State {
            context: ContextRef::new(registry),
            agreed: Asymmetric::new(true).agreed(),
            id,
            peers: registry.peers(id),
            closed: false,
            expected: None,
            when_alone: None,
            names: 0,
            marks: HighWaterMarks::UNSET,
        }
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.peers.is_terminated()
    }

    /// Goes in to the peers, with what is new; `None` if the socket was closed in place.
    #[inline(always)]
    pub(super) fn enter(&self) -> Option<Inside<'c, T>> {
        if self.closed {
            return None;
        }
        Some(self.peers.enter(self.agreed.get(), || self.fetch()))
    }

    /// Fetches what is new meanwhile. Inside.
    pub(super) fn fetch_new_links(&self) {
        if self.peers.has_notices() {
            self.fetch();
        }
    }

    #[cold]
    #[inline(never)]
    fn fetch(&self) {
        if !self.context.registry.fetch(self.id) {
            return;
        }
        // A visitor may have found this socket inside: what it came for is done here.
        let lists = self.peers.lists();
        lists.out.remove_each(
            |end| end.pipe().is_closed(),
            |end| self.context.registry.detach_out(end),
        );
        lists.into.remove_each(
            |end| end.pipe().is_over(),
            |end| self.context.registry.detach_in(end, 0),
        );
    }

    /// A socket that was closed in place has no slot any more: it makes and ends no links.
    pub(super) fn open(&self) -> Result<(), EndpointError> {
        if self.closed {
            return Err(EndpointError::Terminated);
        }
        Ok(())
    }

    pub(crate) fn bind(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.context.registry.bind(self.id, endpoint)?;
        self.names += 1;
        // Who had connected before has more room now, and a peer.
        self.wake_peers();
        Ok(())
    }

    /// Wakes every peer: each looks again whether it can go on.
    pub(super) fn wake_peers(&self) {
        let Some(inside) = self.enter() else { return };
        let outs = inside
            .out
            .iter()
            .map(|end| end.wake_peer(self.context.slots));
        let intos = inside
            .into
            .iter()
            .map(|end| end.wake_peer(self.context.slots));
        let mut wakes = outs.chain(intos);
        to_the_end(|| wakes.next().is_some());
    }

    pub(crate) fn unbind(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.context.registry.unbind(self.id, endpoint)?;
        self.names -= 1;
        Ok(())
    }

    pub(crate) fn connect(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.context.registry.connect(self.id, endpoint)
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
        if !self.closed {
            self.context.registry.set_marks(self.id, self.marks);
        }
    }

    fn checked(&self, messages: usize) -> Result<NonZeroUsize, HwmError> {
        let max = self.context.registry.ceiling();
        let mark = NonZeroUsize::new(messages).ok_or(HwmError::InvalidHwm)?;
        match messages > max {
            true => Err(HwmError::HwmTooLarge { max }),
            false => Ok(mark),
        }
    }

    pub(crate) fn set_when_alone(&mut self, what: WhenAlone) {
        self.when_alone = Some(what);
    }

    pub(crate) fn expect_peers(&mut self, peers: usize) {
        self.expected = Some(peers);
    }

    /// How many links there are now, pending connects included.
    pub(crate) fn count(&self) -> usize {
        self.enter()
            .map_or(0, |inside| inside.out.len().max(inside.into.len()))
    }

    /// Nobody is left, and that is an answer. `ended` picks the direction.
    pub(super) fn is_disconnected(&self, ended: fn([usize; 2]) -> usize) -> bool {
        let default = if self.names > 0 && self.expected.is_none() {
            WhenAlone::Wait
        } else {
            WhenAlone::Disconnect
        };
        self.when_alone.unwrap_or(default) == WhenAlone::Disconnect
            && ended(self.context.registry.ended(self.id)) >= self.expected.unwrap_or(1).max(1)
    }

    /// The links in one direction, as a policy sees them. Inside.
    #[inline(always)]
    pub(super) fn candidates<'s, D: Direction>(
        &'s self,
        ends: &'s PeerList<T, D>,
    ) -> Candidates<'s, T, D> {
        Candidates::new(ends, &self.context)
    }

    #[inline]
    pub(crate) fn try_send<I>(
        &self,
        policy: &mut impl Distribute<T, Item = I>,
        value: I,
    ) -> Result<(), SendError<I>> {
        let refused = |reason, value| Err(SendError { reason, value });
        if self.peers.is_terminated() {
            return refused(SendReason::Terminated, value);
        }
        let Some(inside) = self.enter() else {
            return refused(SendReason::Closed, value);
        };
        policy.prepare(&self.candidates(&inside.into));
        let candidates = self.candidates(&inside.out);
        match policy.send(&candidates, value) {
            Ok(()) => {
                self.peers.counters().sent.count();
                Ok(())
            }
            Err(unsent) => self.not_sent(policy, unsent),
        }
    }

    /// The first try has not sent the message. Out of line: a message that goes through at once is moved once, and not
    /// kept for another try.
    #[cold]
    #[inline(never)]
    fn not_sent<I>(
        &self,
        policy: &mut impl Distribute<T, Item = I>,
        unsent: Unsent<I>,
    ) -> Result<(), SendError<I>> {
        let left = |unsent| match unsent {
            Unsent::NoRoom(value) => Ok((false, value)),
            Unsent::NobodyIsThere(value) => Ok((true, value)),
            Unsent::Refused(reason, value) => Err(SendError { reason, value }),
        };
        let (mut nobody, mut value) = left(unsent)?;
        let reason = match self.why_not_sent() {
            Refusal::Now(reason) => reason,
            Refusal::AfterOneMoreLook(reason) => {
                match policy.send_again(&self.candidates(&self.peers.lists().out), value) {
                    Ok(()) => {
                        self.peers.counters().sent.count();
                        return Ok(());
                    }
                    Err(again) => (nobody, value) = left(again)?,
                }
                reason
            }
        };
        if reason == SendReason::Full && nobody {
            self.peers.counters().sent.count();
            return Ok(());
        }
        if reason == SendReason::Full {
            self.peers.counters().full.count();
        }
        Err(SendError { reason, value })
    }

    /// Nobody has taken the message.
    fn why_not_sent(&self) -> Refusal<SendReason> {
        let out = &self.peers.lists().out;
        if !out.is_empty() || !self.is_disconnected(|[out, _]| out) {
            return Refusal::Now(SendReason::Full);
        }
        // The last peer has gone; who came before it went is known now.
        self.fetch_new_links();
        Refusal::AfterOneMoreLook(match out.is_empty() {
            true if self.is_shut_down() => SendReason::Terminated,
            true => SendReason::Disconnected,
            false => SendReason::Full,
        })
    }

    #[inline]
    pub(crate) fn try_recv<I>(
        &self,
        policy: &mut impl Collect<T, Item = I>,
    ) -> Result<I, RecvError> {
        let inside = self.enter().ok_or_else(|| self.why_ended())?;
        let candidates = self.candidates(&inside.into);
        match policy.recv(&candidates) {
            Ok(value) => {
                self.peers.counters().received.count();
                Ok(value)
            }
            Err(unreceived) => self.not_received(policy, unreceived),
        }
    }

    /// The first try has not received a message. Out of line, as `not_sent`.
    #[cold]
    #[inline(never)]
    fn not_received<I>(
        &self,
        policy: &mut impl Collect<T, Item = I>,
        unreceived: Unreceived,
    ) -> Result<I, RecvError> {
        let refused = |unreceived| match unreceived {
            Unreceived::NoMessage => Ok(()),
            Unreceived::Refused(RecvError::Disconnected) => Err(self.why_ended()),
            Unreceived::Refused(reason) => Err(reason),
        };
        refused(unreceived)?;
        match self.why_not_received() {
            Refusal::Now(reason) => Err(reason),
            Refusal::AfterOneMoreLook(reason) => {
                match policy.recv_again(&self.candidates(&self.peers.lists().into)) {
                    Ok(value) => {
                        self.peers.counters().received.count();
                        Ok(value)
                    }
                    Err(again) => refused(again).and(Err(reason)),
                }
            }
        }
    }

    /// The peers have gone; is it because of a shutdown that they were told of before this socket?
    fn is_shut_down(&self) -> bool {
        self.is_terminated()
            || step!("ask-the-context", self.context.registry.is_terminated(), else false)
    }

    /// Nothing comes any more.
    #[cold]
    pub(super) fn why_ended(&self) -> RecvError {
        match self.is_shut_down() {
            true => RecvError::Terminated,
            false => RecvError::Disconnected,
        }
    }

    /// Nobody has a message.
    fn why_not_received(&self) -> Refusal<RecvError> {
        let into = &self.peers.lists().into;
        if self.peers.is_terminated() {
            // What was sent before the shutdown is visible now.
            self.fetch_new_links();
            return Refusal::AfterOneMoreLook(RecvError::Terminated);
        }
        if !into.is_empty() || !self.is_disconnected(|[_, into]| into) {
            return Refusal::Now(RecvError::Empty);
        }
        // The last peer has gone; who came before it went is known now.
        self.fetch_new_links();
        Refusal::AfterOneMoreLook(if into.is_empty() {
            self.why_ended()
        } else {
            RecvError::Empty
        })
    }

    pub(crate) fn slot(&self) -> usize {
        self.id.slot
    }

    /// Where it waits.
    pub(crate) fn cell(&self) -> &'c WaitCell {
        self.context.slots.cell(self.id.slot)
    }

    /// How much fits into the link whose turn it is to be sent to.
    pub(crate) fn spin_hint_out(&self) -> usize {
        let inside = self.enter();
        let current = inside.as_ref().and_then(|inside| inside.out.current());
        current.map_or(1, |end| end.pipe().mark())
    }

    /// The same for the link that is to be received from.
    pub(crate) fn spin_hint_in(&self) -> usize {
        let inside = self.enter();
        let current = inside.as_ref().and_then(|inside| inside.into.current());
        current.map_or(1, |end| end.pipe().mark())
    }

    /// Is there nothing to linger for: has everything been read that living peers will read, or has the context been shut down?
    pub(crate) fn is_drained(&self) -> bool {
        if self.peers.is_terminated() {
            return true;
        }
        self.enter()
            .is_none_or(|inside| unread(&inside, PipeView::is_joined) == 0)
    }

    /// Ends every link and gives the slot back. Once.
    pub(crate) fn close(&mut self) -> CloseReport {
        if self.closed {
            return CloseReport::default();
        }
        // Nobody links to it any more; what was linked until now ends here.
        self.context.registry.leave_names(self.id);
        let leaving = Leaving {
            registry: self.context.registry,
            id: self.id,
        };
        let inside = self.peers.enter(self.agreed.get(), || self.fetch());
        self.closed = true;
        let mut report = CloseReport {
            unread: unread(&inside, |_| true),
            discarded: 0,
        };
        to_the_end(|| {
            if let Some(end) = inside.into.remove() {
                report.discarded += detach(end, self.context.registry);
            } else if let Some(end) = inside.out.remove() {
                detach(end, self.context.registry);
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
fn unread<T>(inside: &Inside<'_, T>, counts: fn(&PipeView<T>) -> bool) -> usize {
    let pipes = inside.out.iter().map(|end| end.pipe());
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

impl<T> fmt::Debug for State<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("slot", &self.id.slot)
            .field("links", &self.count())
            .finish()
    }
}
