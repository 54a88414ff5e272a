//! Sockets: whole messages between the threads, tasks and interrupt handlers of one program, by name.
//!
//! | pattern | sends | receives | to |
//! |---|---|---|---|
//! | [`Pair`] | to its one peer | from its one peer | Pair |
//! | [`Push`] | round robin over peers with room | – | Pull |
//! | [`Pull`] | – | one message per peer per turn | Push |
//! | [`Req`] | a question to one peer, when the last one is answered | the answer of that peer | Rep, Router |
//! | [`Rep`] | the answer to the peer that has asked | one question per peer per turn | Req, Dealer |
//! | [`Dealer`] | round robin over peers with room | one message per peer per turn | Dealer, Router, Rep |
//! | [`Publish`] | a copy to each peer that wants its topic | – | Subscribe |
//! | [`Subscribe`] | – | one message per peer per turn, of topics that it has subscribed to | Publish |
//! | [`Router`] | to the peer that is named | one message per peer per turn, and whom it is from | Dealer, Req, Router |
//!
//! There is one type, [`Socket`], with each verb once; `Pair`, `Push` and the others are names of it. A pattern says whom its sockets
//! talk to, how many peers they have, and which policies choose among these; a verb that a pattern does not have is refused by
//! the compiler. A socket belongs to one thread, task or interrupt handler at a time: it is `Send`, not `Sync`.

mod bridge;
mod by_link;
mod detach;
mod disconnect;
mod end;
mod end_list;
mod end_queue;
mod identity;
mod kinds;
mod member;
mod occupant;
mod operations;
mod pattern;
mod patterns;
mod peer;
mod peer_id;
mod peer_list;
mod peers;
mod pipe;
pub(crate) mod policy;
mod readiness;
mod registry;
mod self_description;
mod slot;
#[allow(
    clippy::module_inception,
    reason = "the file of the type is named like the type"
)]
mod socket;
mod state;
mod subscriptions;
mod topic;
mod traffic;
mod turns;

#[doc(hidden)]
pub use bridge::{BridgeLink, BridgeWants, Bridging};
pub use by_link::ByLink;
pub(crate) use detach::detach;
pub(crate) use end_list::EndList;
pub(crate) use end_queue::EndQueue;
pub use identity::Identity;
pub(crate) use kinds::Kinds;
pub use member::WhenAlone;
pub use operations::{Draining, Receiving, Sending};
// Their pages stand in `generic`.
#[doc(hidden)]
pub use pattern::{CanSend, HasIdentity, Pattern, Receives, Sends, SendsTo};
pub use patterns::Kind;
#[doc(hidden)]
pub use patterns::PeerLimit;
pub(crate) use patterns::each_pattern;
pub use patterns::sockets::*;
pub(crate) use peer_id::PeerId;
pub(crate) use peer_list::PeerList;
#[doc(hidden)]
pub use peers::Peers;
pub(crate) use peers::{Lists, ListsUnderLock};
pub(crate) use pipe::{Direction, In, Out, PipeEnd, new_ends};
#[doc(hidden)]
pub use pipe::{Pipe, PipeOf, PipeView};
pub use policy::WhenFull;
pub(crate) use policy::{Collect, Distribute};
pub(crate) use registry::{HighWaterMarks, Registry};
#[doc(hidden)]
pub use slot::SocketSlot;
pub use socket::Socket;
pub use state::CloseReport;
pub(crate) use subscriptions::MOST_SUBSCRIBERS;
#[doc(hidden)]
pub use subscriptions::{StaticSubscriptions, Subscriptions};
pub use topic::Topic;
pub(crate) use traffic::Counters;
pub use traffic::{Traffic, WaitsTo};
#[doc(hidden)]
pub use turns::TakesTurns;
pub use turns::{NotDone, Received, Sent, ToRecv, ToSend};

pub mod generic {
    //! The patterns as types, and what their sockets can do as traits: for code that is generic over
    //! sockets.
    //!
    //! # Examples
    //! ```
    //! use gimmal_core::Context;
    //! use gimmal_core::socket::Socket;
    //! use gimmal_core::socket::generic::{PullPattern, Receives};
    //!
    //! /// Reads whatever is there, from a socket of any pattern that receives.
    //! fn drain<P: Receives<u32, Received = u32>>(socket: &mut Socket<'_, u32, P>) -> u32 {
    //!     std::iter::from_fn(|| socket.try_recv().ok()).sum()
    //! }
    //!
    //! let context = Context::<u32, 4, 4, 8>::new();
    //! let (mut push, mut pull) = (context.push().unwrap(), context.open::<PullPattern>().unwrap());
    //! pull.bind("inproc://jobs").unwrap();
    //! push.connect("inproc://jobs").unwrap();
    //! (1..=3).for_each(|job| push.try_send(job).unwrap());
    //! assert_eq!(drain(&mut pull), 6);
    //! ```

    pub use super::pattern::{CanSend, HasIdentity, Pattern, Receives, Sends, SendsTo};
    pub use super::patterns::markers::*;
    pub use super::turns::TakesTurns;
}
