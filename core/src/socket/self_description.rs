//! L6: what a socket says of itself to its peers: its identity, and its subscriptions.

#![forbid(unsafe_code)]

use super::identity::Identity;
use super::state::State;
use crate::error::socket::{IdentityError, SubscribeError};
use crate::ring::to_the_end;
use crate::shim::step;

impl<T> State<'_, T> {
    pub(crate) fn identity(&self) -> Identity {
        self.registry.identity(self.id)
    }

    pub(crate) fn set_identity(&self, identity: Identity) -> Result<(), IdentityError> {
        if self.closed {
            return Err(IdentityError::Closed);
        }
        self.registry.set_identity(self.id, identity)
    }

    pub(crate) fn subscribe(&self, prefix: &[u8]) -> Result<(), SubscribeError> {
        if self.closed {
            return Err(SubscribeError::Closed);
        }
        self.registry.subscriptions().add(self.id.slot, prefix)
    }

    pub(crate) fn unsubscribe(&self, prefix: &[u8]) -> Result<(), SubscribeError> {
        if self.closed {
            return Err(SubscribeError::Closed);
        }
        self.registry.subscriptions().remove(self.id.slot, prefix)?;
        let Some(inside) = self.enter() else {
            return Ok(());
        };
        // A publisher that loses nothing may wait for room in this socket, which it needs no more.
        let slots = self.registry.slots();
        let mut wakes = inside.into.iter().map(|end| end.wake_peer(slots));
        step!("unsubscribing-wakes", to_the_end(|| wakes.next().is_some()));
        Ok(())
    }
}
