//! L6: one question of any peer, then the answer to it; the policy of a Rep.
//!
//! | turn | receive | send |
//! |---|---|---|
//! | to hear | a question of each peer in turn; then it is the turn to answer that peer | `WrongTurn` |
//! | to answer a peer | `WrongTurn` | to that peer; then it is the turn to hear |
//! | to answer, and the peer has gone | `WrongTurn` | `Unreachable`; then it is the turn to hear |

#![forbid(unsafe_code)]

use super::fair::{has_any, recv_in_turn};
use super::sealed::Sealed;
use super::{Collect, Distribute, Policy, Turns, Unsent};
use crate::error::TrySendError;
use crate::error::socket::{RecvError, SendReason};
use crate::socket::peer::Candidates;
use crate::socket::pipe::{In, Out};

/// One question, then the answer to it.
#[derive(Default)]
pub struct Answer {
    /// The link of the peer that has asked; `None`: it is the turn to hear.
    asker: Option<usize>,
}

impl Sealed for Answer {}

impl Policy for Answer {
    const SENDS: bool = true;
    const RECEIVES: bool = true;
}

impl Turns for Answer {
    fn is_to_send(&self) -> bool {
        self.asker.is_some()
    }
}

impl<T> Distribute<T> for Answer {
    type Item = T;

    #[inline(always)]
    fn message(item: T) -> T {
        item
    }

    #[inline]
    fn send(&mut self, peers: &mut Candidates<'_, T, Out>, value: T) -> Result<(), Unsent<T>> {
        let Some(asker) = self.asker else {
            return Err(Unsent::Refused(SendReason::WrongTurn, value));
        };
        let sent = match peers.find(|peer| peer.link() == asker) {
            Some(current) => current.peer().send(value),
            None => Err(TrySendError::Closed(value)),
        };
        match sent {
            Ok(()) => {
                self.asker = None;
                Ok(())
            }
            Err(TrySendError::Full(value) | TrySendError::Busy(value)) => {
                Err(Unsent::NoRoom(value))
            }
            Err(TrySendError::Closed(value)) => {
                self.asker = None;
                Err(Unsent::Refused(SendReason::Unreachable, value))
            }
        }
    }

    fn has_room(&self, peers: &Candidates<'_, T, Out>) -> Result<bool, SendReason> {
        let Some(asker) = self.asker else {
            return Ok(false);
        };
        match peers.iter().find(|peer| peer.link() == asker) {
            Some(peer) => Ok(peer.has_room()),
            None => Err(SendReason::Unreachable),
        }
    }
}

impl<T> Collect<T> for Answer {
    type Item = T;

    #[inline]
    fn recv(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<T> {
        if self.asker.is_some() {
            return None;
        }
        let (asker, value) = recv_in_turn(peers, |peer| peer.link())?;
        self.asker = Some(asker);
        Some(value)
    }

    fn refusal(&mut self, _peers: &mut Candidates<'_, T, In>) -> Option<RecvError> {
        self.asker.map(|_| RecvError::WrongTurn)
    }

    fn has_message(&self, peers: &Candidates<'_, T, In>) -> Result<bool, RecvError> {
        Ok(self.asker.is_none() && has_any(peers))
    }
}
