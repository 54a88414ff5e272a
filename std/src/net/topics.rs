//! [`Topics`]: what the two sides of a wire want to hear, as far as they have told each other.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use super::bridge::Bridge;
use super::codec::Codec;
use super::events::WireError;

/// How many subscriptions of one peer are kept, and how many bytes they have together.
const MOST_SUBSCRIPTIONS: usize = 1 << 16;
const MOST_SUBSCRIBED: usize = 4 << 20;

/// The subscriptions of one connection.
#[derive(Default)]
pub(super) struct Topics {
    /// What the peer was told that the owner wants.
    told: BTreeSet<Box<[u8]>>,
    /// What the peer wants: how many prefixes, and how many bytes they have.
    wanted: (usize, usize),
}

impl Topics {
    /// The peer wants to hear of these topics, or no longer.
    pub(super) fn peer_wants(
        &mut self,
        bridge: &Bridge,
        prefix: &[u8],
        wanted: bool,
    ) -> Result<(), WireError> {
        let (count, bytes) = self.wanted;
        if wanted && (count == MOST_SUBSCRIPTIONS || bytes + prefix.len() > MOST_SUBSCRIBED) {
            return Err(WireError::Protocol("too many subscriptions".into()));
        }
        if bridge.subscribe(prefix, wanted) {
            self.wanted = match wanted {
                true => (count + 1, bytes + prefix.len()),
                false => (count - 1, bytes - prefix.len()),
            };
        }
        Ok(())
    }

    /// The peer is gone, and tells again what it wants when it comes back.
    pub(super) fn peer_has_gone(&mut self, bridge: &Bridge) {
        if self.wanted != (0, 0) {
            bridge.unsubscribe_all();
        }
        *self = Topics::default();
    }

    /// Tells the peer what the owner wants to hear, as far as it does not know.
    pub(super) fn tell(
        &mut self,
        codec: &mut Codec,
        wanted: BTreeSet<Box<[u8]>>,
    ) -> Result<(), WireError> {
        for prefix in wanted.difference(&self.told) {
            codec.subscribe(prefix, true)?;
        }
        for prefix in self.told.difference(&wanted) {
            codec.subscribe(prefix, false)?;
        }
        self.told = wanted;
        Ok(())
    }
}
