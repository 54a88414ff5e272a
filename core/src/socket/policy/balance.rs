//! L6: whom to send to: round robin over the peers that have room.
//!
//! The peer whose turn it is gets the message, then the turn goes on. A full peer is passed over
//! and comes back with the next turn; a peer that has gone is taken out. A pending connect takes
//! its turns like a peer while it has room.
//!
//! If many are full, some of these are set aside until there is room (`context/aside.rs`). A link that comes back is the last whose
//! turn it is, like a new one.

#![forbid(unsafe_code)]

use super::sealed::Sealed;
use super::{Distribute, Policy, Unsent};
use crate::error::TrySendError;
use crate::error::socket::SendReason;
use crate::shim::FIRST_APART;
use crate::socket::peer::{Candidates, CurrentPeer};
use crate::socket::pipe::Out;

/// Round robin over the peers with room.
#[derive(Default)]
pub struct Balance;

impl Sealed for Balance {}

impl Policy for Balance {
    const SENDS: bool = true;
    const RECEIVES: bool = false;
}

impl<T> Distribute<T> for Balance {
    type Item = T;

    #[inline(always)]
    fn message(item: T) -> T {
        item
    }

    #[inline(always)]
    fn send(&mut self, peers: &mut Candidates<'_, T, Out>, value: T) -> Result<(), Unsent<T>> {
        send_in_turn(peers, value).map(drop).map_err(Unsent::NoRoom)
    }

    fn send_again(
        &mut self,
        peers: &mut Candidates<'_, T, Out>,
        value: T,
    ) -> Result<(), Unsent<T>> {
        let sent = send_to_any(peers.again(), 0, value);
        sent.map(drop).map_err(Unsent::NoRoom)
    }

    fn has_room(&self, peers: &Candidates<'_, T, Out>) -> Result<bool, SendReason> {
        Ok(any_has_room(peers))
    }
}

/// Returns `true` if a peer has room.
pub(super) fn any_has_room<T>(peers: &Candidates<'_, T, Out>) -> bool {
    peers.iter().any(|peer| peer.has_room())
}

/// Sends to the next peer with room. Returns the number of its link. The first peer is tried here,
/// so that a message which it takes is moved once.
#[inline(always)]
pub(super) fn send_in_turn<T>(peers: &mut Candidates<'_, T, Out>, value: T) -> Result<usize, T> {
    if !FIRST_APART {
        return send_to_any(peers.again(), 0, value);
    }
    let Some(current) = peers.current() else {
        return Err(value);
    };
    match current.peer().send(value) {
        Ok(()) => Ok(sent(current)),
        Err(refused) => {
            let mut full = 0;
            let value = pass_over(current, refused, &mut full);
            send_to_any(peers.again(), full, value)
        }
    }
}

/// The peer has taken the message: the turn goes on. Returns the number of its link.
#[inline(always)]
fn sent<T>(current: CurrentPeer<'_, T, Out>) -> usize {
    let link = current.peer().link();
    current.advance();
    link
}

/// The peer whose turn it is has refused the message: the turn goes on, or the peer out. Returns the
/// message, and counts peers that are full.
fn pass_over<T>(current: CurrentPeer<'_, T, Out>, refused: TrySendError<T>, full: &mut usize) -> T {
    match refused {
        TrySendError::Full(value) | TrySendError::Busy(value) => {
            current.advance();
            *full += 1;
            value
        }
        TrySendError::Closed(value) => {
            current.remove();
            value
        }
    }
}

/// Sends to the next peer with room, when so many in succession have been found full.
#[inline(never)]
fn send_to_any<T>(
    mut peers: Candidates<'_, T, Out>,
    mut full: usize,
    mut value: T,
) -> Result<usize, T> {
    while full < peers.len() {
        let Some(current) = peers.current() else {
            break;
        };
        match current.peer().send(value) {
            Ok(()) => return Ok(sent(current)),
            Err(refused) => value = pass_over(current, refused, &mut full),
        }
        full = peers.passed(full);
    }
    Err(value)
}
