//! L6: whom to receive from: one whole message of each peer in turn.
//!
//! The peer whose turn it is gives its oldest message, then the turn goes on. A peer with nothing is passed over; one
//! that has closed and been read to the end is taken out. So no peer with messages waits longer than one turn of the
//! others.

#![forbid(unsafe_code)]

use crate::shim::step;

use super::ends::Ends;
use super::pipe::{End, In};
use super::slot::SocketSlot;
use crate::error::TryRecvError;

/// Receives from one peer. `gone` gets each end whose peer has closed and is read to the end, also that of the message that
/// is returned: the socket may not be used again for long.
#[inline]
pub(crate) fn recv<T>(
    ends: &Ends<T, In>,
    slots: &[SocketSlot],
    mut gone: impl FnMut(End<T, In>),
) -> Option<T> {
    let mut left = ends.len();
    while left > 0 {
        left -= 1;
        let end = ends.current()?;
        match end.recv(slots) {
            Ok(value) => {
                if step!("over", end.pipe().is_over(), else false) {
                    ends.remove();
                    gone(end);
                } else {
                    ends.advance();
                }
                return Some(value);
            }
            Err(TryRecvError::Empty | TryRecvError::Busy) => ends.advance(),
            Err(TryRecvError::Closed) => {
                ends.remove();
                gone(end);
            }
        }
    }
    None
}
