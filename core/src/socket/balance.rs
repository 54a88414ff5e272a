//! L6: whom to send to: round robin over the peers that have room.
//!
//! The peer whose turn it is gets the message, then the turn goes on. A full peer is passed over and comes back with the
//! next turn; a peer that has gone is taken out. A pending connect takes its turns like a peer while it has room.

#![forbid(unsafe_code)]

use super::ends::Ends;
use super::pipe::{End, Out};
use super::slot::SocketSlot;
use crate::error::TrySendError;

/// Sends to one peer, or gives the message back. `gone` gets each end whose peer has closed.
#[inline]
pub(crate) fn send<T>(
    ends: &Ends<T, Out>,
    slots: &[SocketSlot],
    mut value: T,
    mut gone: impl FnMut(End<T, Out>),
) -> Result<(), T> {
    let mut left = ends.len();
    while left > 0 {
        left -= 1;
        let Some(end) = ends.current() else { break };
        value = match end.send(slots, value) {
            Ok(()) => {
                ends.advance();
                return Ok(());
            }
            Err(TrySendError::Full(value) | TrySendError::Busy(value)) => {
                ends.advance();
                value
            }
            Err(TrySendError::Closed(value)) => {
                ends.remove();
                gone(end);
                value
            }
        };
    }
    Err(value)
}
