//! Sockets: whole messages between the threads, tasks and interrupt handlers of one program, by name.
//!
//! | pattern | sends | receives | to |
//! |---|---|---|---|
//! | [`Pair`] | to its one peer | from its one peer | Pair |
//! | [`Push`] | round robin over peers with room | – | Pull |
//! | [`Pull`] | – | one message per peer per turn | Push |
//!
//! There is one type, [`Socket`], with each verb once; `Pair`, `Push` and `Pull` are names of it. A pattern says whom its sockets
//! talk to, how many peers they have, and which policies choose among these; a verb that a pattern does not have is refused by
//! the compiler. A socket belongs to one thread, task or interrupt handler at a time: it is `Send`, not `Sync`.

mod detach;
mod operations;
mod pattern;
mod patterns;
mod peer;
mod peer_id;
mod peer_list;
mod peers;
mod pipe;
mod policy;
mod readiness;
mod registry;
mod slot;
#[allow(
    clippy::module_inception,
    reason = "the file of the type is named like the type"
)]
mod socket;
mod state;

pub(crate) use detach::detach;
pub use operations::{Draining, Receiving, Sending};
pub use pattern::{Kind, Pattern, PeerLimit, Receives, Sends};
pub use patterns::{Pair, PairPattern, Pull, PullPattern, Push, PushPattern};
pub(crate) use peer_id::PeerId;
pub use peers::Peers;
pub(crate) use pipe::{Direction, In, Out, PipeEnd, new_ends};
pub use pipe::{Pipe, PipeOf, PipeView};
pub(crate) use registry::{HighWaterMarks, Registry};
pub use slot::SocketSlot;
pub use socket::Socket;
pub use state::{CloseReport, WhenAlone};
