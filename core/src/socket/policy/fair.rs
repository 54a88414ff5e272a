//! L6: whom to receive from: one whole message of each peer in turn.
//!
//! The peer whose turn it is gives its oldest message, then the turn goes on. A peer with nothing
//! is passed over; one that has closed and been read to the end is taken out. So no peer with
//! messages waits longer than one turn of the others.

#![forbid(unsafe_code)]

use super::sealed::Sealed;
use super::{Collect, Policy, Unreceived};
use crate::error::socket::RecvError;
use crate::shim::step;
use crate::socket::peer::{Candidates, CurrentPeer, Peer};
use crate::socket::pipe::In;

/// One message of each peer in turn.
#[derive(Default)]
pub struct Fair;

impl Sealed for Fair {}

impl Policy for Fair {
    const SENDS: bool = false;
    const RECEIVES: bool = true;
}

impl<T> Collect<T> for Fair {
    type Item = T;

    #[inline(always)]
    fn recv(&mut self, peers: &mut Candidates<'_, T, In>) -> Result<T, Unreceived> {
        let received = recv_in_turn(peers, |_| ());
        received
            .map(|((), value)| value)
            .ok_or(Unreceived::NoMessage)
    }

    fn has_message(&self, peers: &Candidates<'_, T, In>) -> Result<bool, RecvError> {
        Ok(has_any(peers))
    }
}

/// Receives from the next peer with a message, and notes whom it is from.
#[inline(always)]
pub(crate) fn recv_in_turn<T, R>(
    peers: &mut Candidates<'_, T, In>,
    note: impl Fn(&Peer<'_, T, In>) -> R,
) -> Option<(R, T)> {
    loop {
        let current = peers.current()?;
        if let Some(value) = current.peer().take() {
            return Some((received(current, note), value));
        }
        if !turn_to_message(peers.again()) {
            return None;
        }
    }
}

/// The peer has given a message: the turn goes on. A link that has been read to the end is taken out
/// together with its last message: the socket may not be used again for long.
#[inline(always)]
fn received<T, R>(current: CurrentPeer<'_, T, In>, note: impl Fn(&Peer<'_, T, In>) -> R) -> R {
    let from = note(&current.peer());
    if step!("over", current.peer().is_over(), else false) {
        current.remove();
    } else {
        current.advance();
    }
    from
}

/// Goes on to the next peer with a message. Returns `false` if there is none.
#[inline(never)]
fn turn_to_message<T>(mut peers: Candidates<'_, T, In>) -> bool {
    let mut empty = 0;
    while let Some(current) = peers.current() {
        if current.peer().has_message() {
            return true;
        }
        if !current.peer().is_closed() {
            current.advance();
            empty += 1;
        } else if current.peer().is_over() {
            current.remove();
        } // Else what was sent before it closed is visible now: it is the current one once more.
        if empty == peers.len() {
            break;
        }
    }
    false
}

/// Returns `true` if a peer has a message.
pub(super) fn has_any<T>(peers: &Candidates<'_, T, In>) -> bool {
    peers.iter().any(|peer| peer.has_message())
}
