//! L6: policies: which peer the next message goes to, or comes from. One file each.
//!
//! A policy sees the [`Candidates`]: its socket's links in one direction, and of each link the peer at its other end. It gives a message to one peer, or a
//! clone of it to each; it may bound `T` for that, and so bounds the messages of its pattern. What it must remember between two
//! messages it keeps in itself. The two ways of a two-way link have the same number in their pipes (`LinkRecord::link`): by it
//! an answer finds the way back to the peer that has asked.

#![forbid(unsafe_code)]

mod balance;
mod fair;
mod none;

pub(crate) use balance::Balance;
pub(crate) use fair::Fair;
pub(crate) use none::Never;

use super::peer::Candidates;
use super::pipe::{In, Out};

pub(super) mod sealed {
    /// Only types of this crate are patterns and policies.
    pub trait Sealed {}
}
use sealed::Sealed;

/// What a pattern does with its peers in one direction. A socket has a value of it in each direction, made by `Default`: what
/// the policy must remember between two messages.
pub trait Policy: Sealed + Default {
    /// Messages move in this direction at all.
    const MOVES: bool;
}

/// Chooses whom to send to.
pub trait Distribute<T>: Policy {
    /// Sends the message to the peers that it is for.
    ///
    /// # Errors
    /// The message, if nobody has room for it.
    fn send(&mut self, peers: &Candidates<'_, T, Out>, value: T) -> Result<(), T>;
}

/// Chooses whom to receive from.
pub trait Collect<T>: Policy {
    /// The next message; `None` if no peer has one.
    fn recv(&mut self, peers: &Candidates<'_, T, In>) -> Option<T>;
}
