//! L6: to the peer that is named, from each peer in turn; the policy of a Router.
//!
//! The peer that a message is for is looked for among all, from the one that was sent to last: an
//! answer to whom the socket has just answered is found at once. A peer that has gone is taken out,
//! and is not the one that is meant: **dead wins over full**. A peer may have several links, by
//! which it connected more than once; the first one with room takes the message.

#![forbid(unsafe_code)]

use super::fair::{has_any, recv_in_turn};
use super::sealed::Sealed;
use super::{Collect, Distribute, Policy, Unsent};
use crate::error::TrySendError;
use crate::error::socket::{RecvError, SendReason};
use crate::socket::identity::Identity;
use crate::socket::peer::{Candidates, Peer};
use crate::socket::pipe::{In, Out};

/// To the peer with an identity.
#[derive(Default)]
pub struct Route {
    /// Whose room is looked for; `None`: anybody's.
    looks_for: Option<Identity>,
}

impl Sealed for Route {}

impl Policy for Route {
    const SENDS: bool = true;
    const RECEIVES: bool = true;
}

impl<T> Distribute<T> for Route {
    type Item = (Identity, T);

    #[inline(always)]
    fn message((_, value): (Identity, T)) -> T {
        value
    }

    #[inline]
    fn send(
        &mut self,
        peers: &mut Candidates<'_, T, Out>,
        (to, mut value): (Identity, T),
    ) -> Result<(), Unsent<(Identity, T)>> {
        let (mut left, mut full) = (peers.len(), false);
        while left > 0 {
            left -= 1;
            let Some(current) = peers.current() else {
                break;
            };
            if current.peer().identity() != Some(to) {
                current.advance();
                continue;
            }
            value = match current.peer().send(value) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(value) | TrySendError::Busy(value)) => {
                    full = true;
                    current.advance();
                    value
                }
                Err(TrySendError::Closed(value)) => {
                    current.remove();
                    value
                }
            };
        }
        Err(match full {
            true => Unsent::NoRoom((to, value)),
            false => Unsent::Refused(SendReason::Unreachable, (to, value)),
        })
    }

    fn look_for(&mut self, to: Option<Identity>) {
        self.looks_for = to;
    }

    fn has_room(&self, peers: &Candidates<'_, T, Out>) -> Result<bool, SendReason> {
        let joined = |peer: &Peer<'_, T, Out>| peer.identity().is_some();
        let Some(to) = self.looks_for else {
            return Ok(peers.iter().filter(joined).any(|peer| peer.has_room()));
        };
        let meant = |peer: &Peer<'_, T, Out>| peer.identity() == Some(to) && !peer.is_closed();
        let (mut there, mut room) = (false, false);
        for peer in peers.iter().filter(meant) {
            (there, room) = (true, room || peer.has_room());
        }
        match there {
            true => Ok(room),
            false => Err(SendReason::Unreachable),
        }
    }
}

impl<T> Collect<T> for Route {
    type Item = (Identity, T);

    #[inline]
    fn recv(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<(Identity, T)> {
        // Who has sent has joined its side of the link before.
        recv_in_turn(peers, |peer| peer.identity().unwrap_or(Identity::NOBODY))
    }

    fn has_message(&self, peers: &Candidates<'_, T, In>) -> Result<bool, RecvError> {
        Ok(has_any(peers))
    }
}
