//! L6: sockets: whole messages between the threads (tasks, interrupt handlers) of one program, by name.
//!
//! | pattern | sends | receives | to |
//! |---|---|---|---|
//! | [`Pair`] | to its one peer | from its one peer | Pair |
//! | [`Push`] | round robin over peers with room | – | Pull |
//! | [`Pull`] | – | one message per peer per turn | Push |
//!
//! libzmq's decomposition, made static: a *pipe* is plumbing (one way, exact credit, orderly end), *balance* and *fair* are
//! policies over the pipes of a socket, a pattern is which of them a socket has. A socket waits in one cell, which its
//! pipes wake. It belongs to one context of execution at a time: `Send`, not `Sync`.
//!
//! What a socket needs of its context is the trait `Links`; it is asked when links are made and ended, never for a
//! message.

mod attempts;
mod balance;
mod base;
mod ends;
mod fair;
mod pair;
mod peers;
mod pipe;
mod pull;
mod push;
mod slot;
mod verbs;

pub use attempts::{Draining, Receiving, Sending};
pub(crate) use base::Base;
pub use base::{CloseReport, WhenAlone};
pub use pair::Pair;
pub use peers::Peers;
pub(crate) use pipe::{Direction, End, In, Out, ends};
pub use pipe::{Pipe, PipeOf, PipeView};
pub use pull::Pull;
pub use push::Push;
pub use slot::SocketSlot;

use crate::error::socket::EndpointError;

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Not 0: an empty desk is all zeros.
    Pair = 1,
    Push,
    Pull,
}

impl Pattern {
    pub(crate) fn sends(self) -> bool {
        self != Pattern::Pull
    }

    pub(crate) fn receives(self) -> bool {
        self != Pattern::Push
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Pattern::Pair => "Pair",
            Pattern::Push => "Push",
            Pattern::Pull => "Pull",
        }
    }

    pub(crate) fn speaks_with(self, other: Pattern) -> bool {
        matches!(
            (self, other),
            (Pattern::Pair, Pattern::Pair)
                | (Pattern::Push, Pattern::Pull)
                | (Pattern::Pull, Pattern::Push)
        )
    }
}

/// A socket's high-water marks, where they were set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) send: Option<usize>,
    pub(crate) recv: Option<usize>,
}

/// What a socket asks of its context.
pub(crate) trait Links<T>: Sync {
    /// Where sockets wait, by index.
    fn slots(&self) -> &[SocketSlot];
    /// Has the context been shut down?
    fn is_terminated(&self) -> bool;
    /// How many messages a link can hold at most.
    fn ceiling(&self) -> usize;
    /// Sets the marks for links made from now on.
    fn set_marks(&self, socket: usize, marks: Marks);
    /// Gives a name to the socket, and links it with who is waiting for that name.
    fn bind(&self, socket: usize, endpoint: &str) -> Result<(), EndpointError>;
    /// Takes a name from the socket.
    fn unbind(&self, socket: usize, endpoint: &str) -> Result<(), EndpointError>;
    /// Links the socket with whoever has bound the name, or will.
    fn connect(&self, socket: usize, endpoint: &str) -> Result<(), EndpointError>;
    /// The mark by which pipes remember the name they were connected by.
    fn name_mark(&self, endpoint: &str) -> Result<usize, EndpointError>;
    /// The peers of a socket.
    fn peers(&self, socket: usize) -> &Peers<T>;
    /// For its owner, inside: puts the ends that have been linked to the socket since it asked last among its peers. True if a
    /// visitor may have left something undone there.
    fn fetch(&self, socket: usize) -> bool;
    /// How many links of the socket have ended: of those that it wrote, and of those that it read.
    fn ended(&self, socket: usize) -> [usize; 2];
    /// Takes back an end whose link this socket has ended, or seen ended: [`End::part`] calls it.
    fn part_out(&self, end: End<T, Out>);
    /// The same for a reading end; `lost`: messages dropped with it.
    fn part_in(&self, end: End<T, In>, lost: usize);
    /// Takes every name from the socket: nobody links to it from now on.
    fn leave_names(&self, socket: usize);
    /// The socket is gone, its names and ends before it: frees its slot.
    fn leave(&self, socket: usize);
}
