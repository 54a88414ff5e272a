//! L6: whom to send to: round robin over the peers that have room.
//!
//! The peer whose turn it is gets the message, then the turn goes on. A full peer is passed over and comes back with the
//! next turn; a peer that has gone is taken out. A pending connect takes its turns like a peer while it has room.

#![forbid(unsafe_code)]

use super::{Distribute, Policy};
use crate::error::TrySendError;
use crate::socket::peer::Candidates;
use crate::socket::pipe::Out;
use crate::socket::policy::sealed::Sealed;

/// Round robin over the peers with room.
#[derive(Default)]
pub struct Balance;

impl Sealed for Balance {}

impl Policy for Balance {
    const MOVES: bool = true;
}

impl<T> Distribute<T> for Balance {
    #[inline]
    fn send(&mut self, peers: &Candidates<'_, T, Out>, mut value: T) -> Result<(), T> {
        let mut left = peers.len();
        while left > 0 {
            left -= 1;
            let Some(peer) = peers.current() else { break };
            value = match peer.send(value) {
                Ok(()) => {
                    peers.advance();
                    return Ok(());
                }
                Err(TrySendError::Full(value) | TrySendError::Busy(value)) => {
                    peers.advance();
                    value
                }
                Err(TrySendError::Closed(value)) => {
                    peers.remove();
                    value
                }
            };
        }
        Err(value)
    }
}
