//! L6: what a socket says of itself: to its peers its identity and its subscriptions, to whoever looks on what it has done and
//! waits for.

#![forbid(unsafe_code)]

use super::identity::Identity;
use super::state::State;
use super::traffic::{Traffic, WaitsTo};
use crate::error::socket::{IdentityError, SubscribeError};
use crate::shim::step;
use crate::wait::Phase;

impl<T> State<'_, T> {
    pub(crate) fn traffic(&self) -> Traffic {
        self.member.peers.counters().traffic()
    }

    /// Notes what a call wants, if this is its first try as a waiter.
    #[inline(always)]
    pub(crate) fn note_wait(&self, when: Phase, what: WaitsTo) {
        if when == Phase::Enqueued {
            self.member.peers.counters().waits_to(what);
        }
    }

    pub(crate) fn identity(&self) -> Identity {
        self.member.context.registry.identity(self.member.id)
    }

    pub(crate) fn set_identity(&self, identity: Identity) -> Result<(), IdentityError> {
        if self.is_closed() {
            return Err(IdentityError::Closed);
        }
        self.member
            .context
            .registry
            .set_identity(self.member.id, identity)
    }

    pub(crate) fn subscribe(&self, prefix: &[u8]) -> Result<(), SubscribeError> {
        if self.is_closed() {
            return Err(SubscribeError::Closed);
        }
        self.member
            .context
            .registry
            .subscriptions()
            .add(self.member.id.slot, prefix)
    }

    pub(crate) fn unsubscribe(&mut self, prefix: &[u8]) -> Result<(), SubscribeError> {
        if self.is_closed() {
            return Err(SubscribeError::Closed);
        }
        self.member
            .context
            .registry
            .subscriptions()
            .remove(self.member.id.slot, prefix)?;
        // A publisher may wait for room that it needs no more.
        step!("unsubscribe-wakes", self.wake_peers());
        Ok(())
    }

    /// Takes back every subscription.
    pub(crate) fn unsubscribe_all(&mut self) {
        if !self.is_closed() {
            self.member
                .context
                .registry
                .subscriptions()
                .clear(self.member.id.slot);
            self.wake_peers();
        }
    }
}
