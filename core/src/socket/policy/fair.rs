//! L6: whom to receive from: one whole message of each peer in turn.
//!
//! The peer whose turn it is gives its oldest message, then the turn goes on. A peer with nothing
//! is passed over; one that has closed and been read to the end is taken out. So no peer with
//! messages waits longer than one turn of the others.
//!
//! If many have nothing, some of these are set aside until a message comes (`context/aside.rs`). A link that comes back is the last
//! whose turn it is, like a new one.

#![forbid(unsafe_code)]

use super::sealed::Sealed;
use super::{Collect, Policy};
use crate::error::socket::RecvError;
use crate::shim::{FIRST_APART, step};
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
    fn recv(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<T> {
        recv_in_turn(peers, |_| ()).map(|((), value)| value)
    }

    fn recv_again(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<T> {
        recv_from_any(peers.again(), false, |_| ()).map(|((), value)| value)
    }

    fn has_message(&self, peers: &Candidates<'_, T, In>) -> Result<bool, RecvError> {
        Ok(has_any(peers))
    }
}

/// Receives from the next peer with a message, and notes whom it is from. The first peer is tried
/// here.
#[inline(always)]
pub(super) fn recv_in_turn<T, R>(
    peers: &mut Candidates<'_, T, In>,
    note: impl Fn(&Peer<'_, T, In>) -> R,
) -> Option<(R, T)> {
    if !FIRST_APART {
        return recv_from_any(peers.again(), false, note);
    }
    let current = peers.current()?;
    match current.peer().take() {
        Some(value) => Some((received(current, note), value)),
        None => recv_from_any(peers.again(), true, note),
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

/// Receives from the next peer with a message, one after the other. It takes at once: to look for a
/// message and then to take it was slower by a third (`sockets/push-pull-4p1c`). The first peer is passed over if it was
/// `looked` at in vain: looks in quick succession slow the peer down that is writing there (`sockets/req-rep`).
#[inline(never)]
fn recv_from_any<T, R>(
    mut peers: Candidates<'_, T, In>,
    mut looked: bool,
    note: impl Fn(&Peer<'_, T, In>) -> R,
) -> Option<(R, T)> {
    let mut empty = 0;
    while let Some(current) = peers.current() {
        if !(FIRST_APART && core::mem::take(&mut looked))
            && let Some(value) = current.peer().take()
        {
            return Some((received(current, note), value));
        }
        if !current.peer().is_closed() {
            current.advance();
            empty = peers.passed(empty + 1);
        } else if current.peer().is_over() {
            current.remove();
        } // Else what was sent before it closed is visible now: it is the current one once more.
        if empty == peers.len() {
            break;
        }
    }
    None
}

/// Returns `true` if a peer has a message.
pub(super) fn has_any<T>(peers: &Candidates<'_, T, In>) -> bool {
    peers.iter().any(|peer| peer.has_message())
}
