//! L6: a socket as its context knows it, and what its answers depend on besides its links: when it is alone, and what
//! a message that did not move at the first try means.
//!
//! **Being alone.** A socket without any end has nobody to talk to. Whether that is a reason to wait or an answer:
//!
//! | the socket | alone means |
//! |---|---|
//! | holds a bound name, or never had a peer | wait |
//! | has had a peer | `Disconnected`, once all is read |
//! | `set_when_alone`, `expect_peers(n)` | what they say; with `n`: not before n links were made and have ended |
//!
//! **New links.** Links made by others are fetched from the context, under its lock, when a notice says so: see
//! `peers.rs`. Notices are Relaxed: they are set before a fenced wake of the slot's cell, and looked at again by a waiter after its
//! own fence.

#![forbid(unsafe_code)]

use core::num::NonZeroUsize;

use super::peer::Candidates;
use super::peer_id::PeerId;
use super::peers::{Lists, ListsUnderLock, Peers};
use super::policy::{Collect, Distribute, Unsent};
use super::registry::{ContextRef, Registry};
use crate::error::socket::{RecvError, SendError, SendReason};
use crate::shim::{SETS_ASIDE, step};

/// The choice of what a socket does when every peer has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAlone {
    /// It waits for a new one.
    Wait,
    /// It says `Disconnected`, once it has had a peer and all is read.
    Disconnect,
}

/// Why no message has moved.
enum Refusal<R> {
    Now(R),
    /// Only if none moves at one more look: what is known now was not known at the first.
    AfterOneMoreLook(R),
}

/// A socket as its context knows it.
pub(crate) struct Member<'c, T> {
    pub(super) context: ContextRef<'c, T>,
    pub(super) id: PeerId,
    pub(super) peers: &'c Peers<T>,
    pub(super) expected: Option<NonZeroUsize>,
    pub(super) when_alone: Option<WhenAlone>,
    pub(super) names: usize,
}

impl<'c, T> Member<'c, T> {
    pub(super) fn new(registry: &'c dyn Registry<T>, id: PeerId) -> Self {
        Member {
            context: ContextRef::new(registry),
            id,
            peers: registry.peers(id),
            expected: None,
            when_alone: None,
            names: 0,
        }
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.peers.is_terminated()
    }

    /// Fetches what is new meanwhile. Inside.
    pub(super) fn fetch_new_links(&self, lists: &mut Lists<T>) {
        if self.peers.has_notices() {
            self.fetch(lists.into());
        }
    }

    /// Fetches what is new. Inside.
    #[cold]
    #[inline(never)]
    pub(super) fn fetch(&self, lists: ListsUnderLock<'_, T>) {
        self.context.registry.fetch(self.id, lists, false);
    }

    /// Fetches what is new, and what was set aside. Inside.
    pub(super) fn fetch_all(&self, lists: &mut Lists<T>) {
        if SETS_ASIDE {
            self.context.registry.fetch(self.id, lists.into(), true);
        }
    }

    /// Nobody is left, and that is an answer. `ended` picks the direction.
    pub(super) fn is_disconnected(&self, ended: fn([usize; 2]) -> usize) -> bool {
        let default = if self.names > 0 && self.expected.is_none() {
            WhenAlone::Wait
        } else {
            WhenAlone::Disconnect
        };
        self.when_alone.unwrap_or(default) == WhenAlone::Disconnect
            && ended(self.context.registry.ended(self.id))
                >= self.expected.map_or(1, NonZeroUsize::get)
    }

    /// The first try has not sent the message. Out of line: a message that goes through at once is moved once, and not
    /// kept for another try.
    #[cold]
    #[inline(never)]
    pub(super) fn not_sent<I>(
        &self,
        policy: &mut impl Distribute<T, Item = I>,
        unsent: Unsent<I>,
        lists: &mut Lists<T>,
    ) -> Result<(), SendError<I>> {
        let left = |unsent| match unsent {
            Unsent::NoRoom(value) => Ok((false, value)),
            Unsent::NobodyIsThere(value) => Ok((true, value)),
            Unsent::Refused(reason, value) => Err(SendError { reason, value }),
        };
        let (mut nobody, mut value) = left(unsent)?;
        if !nobody && !lists.out.is_empty() {
            self.peers.counters().full.count();
            let reason = SendReason::Full;
            return Err(SendError { reason, value });
        }
        let reason = loop {
            match self.why_not_sent(lists) {
                Refusal::Now(reason) => break reason,
                Refusal::AfterOneMoreLook(reason) => {
                    match policy
                        .send_again(&mut Candidates::new(&mut lists.out, &self.context), value)
                    {
                        Ok(()) => {
                            self.peers.counters().sent.count();
                            return Ok(());
                        }
                        Err(again) => (nobody, value) = left(again)?,
                    }
                    // A peer that was set aside may have gone already, and have woken this socket before it waited.
                    let gone = SETS_ASIDE && reason == SendReason::Full && lists.out.is_empty();
                    if !step!("send-alone-again", gone, else false) {
                        break reason;
                    }
                }
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
    fn why_not_sent(&self, lists: &mut Lists<T>) -> Refusal<SendReason> {
        if !lists.out.is_empty() {
            return Refusal::Now(SendReason::Full);
        }
        // The last peer in turn has gone; those set aside, and those that came before it went, are known now.
        self.fetch_all(lists);
        if lists.out.is_empty() {
            if !self.is_disconnected(|[out, _]| out) {
                return Refusal::Now(SendReason::Full);
            }
            self.fetch_new_links(lists);
        }
        Refusal::AfterOneMoreLook(match lists.out.is_empty() {
            true if self.is_shut_down() => SendReason::Terminated,
            true => SendReason::Disconnected,
            false => SendReason::Full,
        })
    }

    /// The first try has not received a message. Out of line, as `not_sent`.
    #[cold]
    #[inline(never)]
    pub(super) fn not_received<I>(
        &self,
        policy: &mut impl Collect<T, Item = I>,
        lists: &mut Lists<T>,
    ) -> Result<I, RecvError> {
        self.unless_refused(policy, lists)?;
        if !lists.into.is_empty() && !self.peers.is_terminated() {
            return Err(RecvError::Empty);
        }
        self.nothing_comes(policy, lists)
    }

    /// Nothing was received: because the policy refuses to?
    fn unless_refused(
        &self,
        policy: &mut impl Collect<T>,
        lists: &mut Lists<T>,
    ) -> Result<(), RecvError> {
        match policy.refusal(&mut Candidates::new(&mut lists.into, &self.context)) {
            None => Ok(()),
            Some(RecvError::Disconnected) => Err(self.why_ended()),
            Some(reason) => Err(reason),
        }
    }

    /// Nobody has a message, and nobody is there or the context was shut down.
    #[inline(never)]
    fn nothing_comes<I>(
        &self,
        policy: &mut impl Collect<T, Item = I>,
        lists: &mut Lists<T>,
    ) -> Result<I, RecvError> {
        loop {
            match self.why_not_received(lists) {
                Refusal::Now(reason) => return Err(reason),
                Refusal::AfterOneMoreLook(reason) => {
                    if let Some(value) =
                        policy.recv_again(&mut Candidates::new(&mut lists.into, &self.context))
                    {
                        self.peers.counters().received.count();
                        return Ok(value);
                    }
                    self.unless_refused(policy, lists)?;
                    // A peer that was set aside may have gone already, and have woken this socket before it waited.
                    let gone = SETS_ASIDE && reason == RecvError::Empty && lists.into.is_empty();
                    if !step!("recv-alone-again", gone, else false) {
                        return Err(reason);
                    }
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
    fn why_not_received(&self, lists: &mut Lists<T>) -> Refusal<RecvError> {
        if self.peers.is_terminated() {
            // What was sent before the shutdown is visible now.
            self.fetch_new_links(lists);
            return Refusal::AfterOneMoreLook(RecvError::Terminated);
        }
        if !lists.into.is_empty() {
            return Refusal::Now(RecvError::Empty);
        }
        // The last peer in turn has gone; those set aside, and those that came before it went, are known now.
        self.fetch_all(lists);
        if lists.into.is_empty() {
            if !self.is_disconnected(|[_, into]| into) {
                return Refusal::Now(RecvError::Empty);
            }
            self.fetch_new_links(lists);
        }
        Refusal::AfterOneMoreLook(if lists.into.is_empty() {
            self.why_ended()
        } else {
            RecvError::Empty
        })
    }
}
