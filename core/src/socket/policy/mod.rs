//! L6: policies: which peer the next message goes to, or comes from. One file each.
//!
//! A policy sees the [`Candidates`]: its socket's links in one direction, and of each link the peer
//! at its other end. It gives a message to one peer, or a clone of it to each; it may bound `T` for
//! that, and so bounds the messages of its pattern. What it must remember between two messages it
//! keeps in itself: whose turn it is, who has asked. The two ways of a two-way link have the same
//! number ([`Peer::link`](super::peer::Peer::link)): by it an answer finds the way back to the peer
//! that has asked.
//!
//! | policy | sends to | receives from |
//! |---|---|---|
//! | [`Balance`] | each peer with room in turn | – |
//! | [`Fair`] | – | each peer in turn |
//! | [`Never`] | – | – |
//! | [`Ask`] | each peer with room in turn, if it has heard the last one | the peer that it has asked; what nobody asked for is dropped |
//! | [`Answer`] | the peer that has asked | each peer in turn, if it has answered the last one |
//! | [`Copies`] | each peer that wants the topic | – |
//! | [`Route`] | the peer that is named | each peer in turn, and says whom |
//! | a pair of them | what its first half says | what its second half says |

#![forbid(unsafe_code)]

mod answer;
mod ask;
mod balance;
mod both;
mod copies;
mod fair;
mod none;
mod route;

pub(crate) use answer::Answer;
pub(crate) use ask::Ask;
pub(crate) use balance::Balance;
pub(crate) use copies::Copies;
pub use copies::WhenFull;
pub(crate) use fair::Fair;
pub(crate) use none::Never;
pub(crate) use route::Route;

use super::identity::Identity;
use super::peer::Candidates;
use super::pipe::{In, Out};
use crate::error::socket::{RecvError, SendReason};

pub(super) mod sealed {
    /// Only types of this crate are patterns and policies.
    pub trait Sealed {}
}
use sealed::Sealed;

/// What a pattern does with its peers. A socket has one value of it, made by `Default`: what the
/// policy must remember between two messages.
pub trait Policy: Sealed + Default + Send {
    /// Messages are sent.
    const SENDS: bool;
    /// Messages are received.
    const RECEIVES: bool;
}

/// Chooses whom to send to.
pub trait Distribute<T>: Policy {
    /// What is sent: a message, or a message and the peer that it is for.
    type Item;

    /// Returns the message in it.
    fn message(item: Self::Item) -> T;

    /// Called before each try to send, with the links that messages are received by.
    #[inline(always)]
    fn prepare(&mut self, _from: &mut Candidates<'_, T, In>) {}

    /// Sends the message to the peers that it is for.
    ///
    /// # Errors
    /// The item, and why it was not sent.
    fn send(
        &mut self,
        peers: &mut Candidates<'_, T, Out>,
        item: Self::Item,
    ) -> Result<(), Unsent<Self::Item>>;

    /// The same for the second try of a call, which is rare: in less code, if the policy can.
    ///
    /// # Errors
    /// As for `send`.
    #[inline(always)]
    fn send_again(
        &mut self,
        peers: &mut Candidates<'_, T, Out>,
        item: Self::Item,
    ) -> Result<(), Unsent<Self::Item>> {
        self.send(peers, item)
    }

    /// Says for whom [`has_room`](Distribute::has_room) looks from now on: for the peer with this identity, or for any. A
    /// policy that chooses the peer itself does not listen.
    #[inline(always)]
    fn look_for(&mut self, _to: Option<Identity>) {}

    /// Returns `true` if a message may be sent now without waiting for room. What that message is
    /// is not known yet.
    ///
    /// # Errors
    /// Why none can be sent, however long one waits.
    fn has_room(&self, peers: &Candidates<'_, T, Out>) -> Result<bool, SendReason>;
}

/// Chooses whom to receive from.
pub trait Collect<T>: Policy {
    /// What is received: a message, or a message and the peer that has sent it.
    type Item;

    /// Receives the next message; `None` if no peer has one, or the policy refuses to receive: [`refusal`](Collect::refusal)
    /// tells which. With a reason beside the message the compiler takes a message of bytes apart and moves it in pieces
    /// (`sockets/push-pull-1p4c`).
    fn recv(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<Self::Item>;

    /// The same for the second try of a call, which is rare: in less code, if the policy can.
    #[inline(always)]
    fn recv_again(&mut self, peers: &mut Candidates<'_, T, In>) -> Option<Self::Item> {
        self.recv(peers)
    }

    /// Nothing was received: says why the policy refuses to, whatever the peers do; `None` if it waits for a message.
    #[inline(always)]
    fn refusal(&mut self, _peers: &mut Candidates<'_, T, In>) -> Option<RecvError> {
        None
    }

    /// Returns `true` if a message can be received now.
    ///
    /// # Errors
    /// Why none can be received, however long one waits.
    fn has_message(&self, peers: &Candidates<'_, T, In>) -> Result<bool, RecvError>;
}

/// A policy by which sending and receiving take turns.
pub trait Turns: Policy {
    /// Returns `true` if it is the turn to send.
    fn is_to_send(&self) -> bool;
}

/// A message that was not sent.
pub enum Unsent<I> {
    /// No peer has room that it could go to.
    NoRoom(I),
    /// There is no peer, and the message is only for those who are there.
    NobodyIsThere(I),
    /// The pattern refuses it, whatever the peers do.
    Refused(SendReason, I),
}
