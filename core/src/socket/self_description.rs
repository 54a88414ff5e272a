//! L6: what a socket says of itself to its peers: its identity, and its subscriptions.

#![forbid(unsafe_code)]

use super::identity::Identity;
use super::state::State;
use super::traffic::Traffic;
use crate::error::socket::{IdentityError, SubscribeError};
use crate::shim::step;

impl<T> State<'_, T> {
    pub(crate) fn traffic(&self) -> Traffic {
        self.peers.counters().traffic()
    }

    pub(crate) fn identity(&self) -> Identity {
        self.context.registry.identity(self.id)
    }

    pub(crate) fn set_identity(&self, identity: Identity) -> Result<(), IdentityError> {
        if self.closed {
            return Err(IdentityError::Closed);
        }
        self.context.registry.set_identity(self.id, identity)
    }

    pub(crate) fn subscribe(&self, prefix: &[u8]) -> Result<(), SubscribeError> {
        if self.closed {
            return Err(SubscribeError::Closed);
        }
        self.context
            .registry
            .subscriptions()
            .add(self.id.slot, prefix)
    }

    pub(crate) fn unsubscribe(&self, prefix: &[u8]) -> Result<(), SubscribeError> {
        if self.closed {
            return Err(SubscribeError::Closed);
        }
        self.context
            .registry
            .subscriptions()
            .remove(self.id.slot, prefix)?;
        // A publisher may wait for room that it needs no more.
        step!("unsubscribe-wakes", self.wake_peers());
        Ok(())
    }

    /// Takes back every subscription.
    pub(crate) fn unsubscribe_all(&self) {
        if !self.closed {
            self.context.registry.subscriptions().clear(self.id.slot);
            self.wake_peers();
        }
    }
}
