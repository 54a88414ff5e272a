//! L6: one question, then its answer; the policy of a Req.
//!
//! | turn | send | receive |
//! |---|---|---|
//! | to ask | round robin over the peers with room; then it is the turn to hear from that peer | `WrongTurn` |
//! | to hear from one peer | `WrongTurn` | the answer of that peer; then it is the turn to ask |
//! | to hear, and the peer has gone | `WrongTurn` | `Disconnected`; then it is the turn to ask |
//!
//! A Router may send what was not asked for, or a second answer. It is dropped before the next
//! question is sent, so that it is not taken for the answer to that one.

#![forbid(unsafe_code)]

use super::balance::{any_has_room, send_in_turn};
use super::sealed::Sealed;
use super::{Collect, Distribute, Policy, Turns, Unsent};
use crate::error::socket::{RecvError, SendReason};
use crate::shim::step;
use crate::socket::peer::Candidates;
use crate::socket::pipe::{In, Out};

/// One question, then its answer.
#[derive(Default)]
pub struct Ask {
    /// The link of the peer that has been asked; `None`: it is the turn to ask.
    asked: Option<usize>,
}

impl Sealed for Ask {}

impl Policy for Ask {
    const SENDS: bool = true;
    const RECEIVES: bool = true;
}

impl Turns for Ask {
    fn is_to_send(&self) -> bool {
        self.asked.is_none()
    }
}

impl<T> Distribute<T> for Ask {
    type Item = T;

    #[inline(always)]
    fn message(item: T) -> T {
        item
    }

    fn prepare(&mut self, from: &mut Candidates<'_, T, In>) {
        if self.asked.is_some() {
            return;
        }
        for _ in 0..from.len() {
            let Some(current) = from.current() else {
                break;
            };
            for _ in 0..current.peer().unread() {
                if let Ok(unasked) = current.peer().recv() {
                    current.peer().count_dropped();
                    drop(unasked);
                }
            }
            match current.peer().is_over() {
                true => current.remove(),
                false => current.advance(),
            }
        }
    }

    #[inline]
    fn send(&mut self, peers: &mut Candidates<'_, T, Out>, value: T) -> Result<(), Unsent<T>> {
        if self.asked.is_some() {
            return Err(Unsent::Refused(SendReason::WrongTurn, value));
        }
        self.asked = Some(send_in_turn(peers, value).map_err(Unsent::NoRoom)?);
        Ok(())
    }

    fn has_room(&self, peers: &Candidates<'_, T, Out>) -> Result<bool, SendReason> {
        Ok(self.asked.is_none() && any_has_room(peers))
    }
}

impl<T> Collect<T> for Ask {
    type Item = T;

    #[inline]
    fn recv(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<T> {
        let asked = self.asked?;
        let current = peers.find(|peer| peer.link() == asked)?;
        let value = current.peer().recv().ok()?;
        self.asked = None;
        // As in `fair.rs`: the socket may not be used again for long.
        if step!("answered", current.peer().is_over(), else false) {
            current.remove();
        }
        Some(value)
    }

    fn refusal(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<RecvError> {
        let Some(asked) = self.asked else {
            return Some(RecvError::WrongTurn);
        };
        match peers.find(|peer| peer.link() == asked) {
            Some(current) if !current.peer().is_over() => return None,
            Some(current) => current.remove(),
            None => {}
        }
        // It will not answer any more.
        self.asked = None;
        Some(RecvError::Disconnected)
    }

    fn has_message(&self, peers: &Candidates<'_, T, In>) -> Result<bool, RecvError> {
        let Some(asked) = self.asked else {
            return Ok(false);
        };
        match peers.iter().find(|peer| peer.link() == asked) {
            Some(peer) if peer.is_over() => Err(RecvError::Disconnected),
            Some(peer) => Ok(peer.has_message()),
            None => Err(RecvError::Disconnected),
        }
    }
}
