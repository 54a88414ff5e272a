//! L6: a copy to each peer that wants the topic; the policy of a Publish.
//!
//! The last of them gets the message itself. A peer that is full loses this message, its newest,
//! and that is counted; or the publisher waits until each of them has room, and nobody gets the
//! message before. Only this side takes room away, so room that was seen is still there.

#![forbid(unsafe_code)]

use super::sealed::Sealed;
use super::{Distribute, Policy, Unsent};
use crate::error::socket::SendReason;
use crate::socket::peer::{Candidates, Peer};
use crate::socket::pipe::Out;
use crate::socket::topic::Topic;

/// The choice of what a Publish does when a subscriber has no room for a message that it wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// That subscriber loses the message, the others get it. `dropped` counts it.
    #[default]
    Drop,
    /// Nobody gets the message before all who want it have room: `try_send` returns `Full`, `send`
    /// waits. One subscriber that does not read holds all of them up; one that goes away,
    /// or unsubscribes, does not.
    Wait,
}

/// A copy to each peer that wants the topic.
#[derive(Default)]
pub struct Copies {
    pub(crate) when_full: WhenFull,
    /// Messages that a full subscriber lost, once for each subscriber. It wraps.
    pub(crate) dropped: usize,
}

impl Sealed for Copies {}

impl Policy for Copies {
    const SENDS: bool = true;
    const RECEIVES: bool = false;
}

impl<T: Topic + Clone> Distribute<T> for Copies {
    type Item = T;

    #[inline(always)]
    fn message(item: T) -> T {
        item
    }

    fn send(&mut self, peers: &mut Candidates<'_, T, Out>, value: T) -> Result<(), Unsent<T>> {
        if peers.len() == 0 {
            return Err(Unsent::NobodyIsThere(value));
        }
        let topic = value.topic();
        let lossless = self.when_full == WhenFull::Wait;
        let wants = |peer: &Peer<'_, T, Out>| peers.wants(peer, topic);
        let full = |peer: &Peer<'_, T, Out>| !peer.has_room() && !peer.is_closed();
        if lossless && peers.iter().filter(wants).any(|peer| full(&peer)) {
            return Err(Unsent::NoRoom(value));
        }
        let (mut last, mut closed) = (None, false);
        for peer in peers.iter().filter(wants) {
            if full(&peer) {
                // If nobody may lose one, it has subscribed this very moment: to the next message.
                if !lossless {
                    self.dropped = self.dropped.wrapping_add(1);
                    peer.count_lost();
                }
            } else if let Some(before) = last.replace(peer) {
                closed |= before.send(value.clone()).is_err();
            }
        }
        let mut left = None;
        // Room that was seen is still there: who does not take it has gone.
        if let Some(Err(error)) = last.map(|last| last.send(value)) {
            (closed, left) = (true, Some(error.into_inner()));
        }
        if closed {
            peers.remove_closed();
        }
        match left.filter(|_| peers.len() == 0) {
            Some(value) => Err(Unsent::NobodyIsThere(value)),
            None => Ok(()),
        }
    }

    fn has_room(&self, peers: &Candidates<'_, T, Out>) -> Result<bool, SendReason> {
        // Who wants anything may want the next message.
        let takes = |peer: Peer<'_, T, Out>| peer.has_room() || !peers.wants_any(&peer);
        Ok(self.when_full == WhenFull::Drop || peers.iter().all(takes))
    }
}
