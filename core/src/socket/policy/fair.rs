//! L6: whom to receive from: one whole message of each peer in turn.
//!
//! The peer whose turn it is gives its oldest message, then the turn goes on. A peer with nothing is passed over; one
//! that has closed and been read to the end is taken out. So no peer with messages waits longer than one turn of the
//! others.

#![forbid(unsafe_code)]

use crate::shim::step;

use super::{Collect, Policy};
use crate::error::TryRecvError;
use crate::socket::peer::Candidates;
use crate::socket::pipe::In;
use crate::socket::policy::sealed::Sealed;

/// One message of each peer in turn.
#[derive(Default)]
pub struct Fair;

impl Sealed for Fair {}

impl Policy for Fair {
    const MOVES: bool = true;
}

impl<T> Collect<T> for Fair {
    /// A link that has been read to the end is taken out together with its last message: the socket may not be used again for
    /// long.
    #[inline]
    fn recv(&mut self, peers: &Candidates<'_, T, In>) -> Option<T> {
        let mut left = peers.len();
        while left > 0 {
            left -= 1;
            let peer = peers.current()?;
            match peer.recv() {
                Ok(value) => {
                    if step!("over", peer.is_over(), else false) {
                        peers.remove();
                    } else {
                        peers.advance();
                    }
                    return Some(value);
                }
                Err(TryRecvError::Empty | TryRecvError::Busy) => peers.advance(),
                Err(TryRecvError::Closed) => peers.remove(),
            }
        }
        None
    }
}
