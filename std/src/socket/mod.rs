//! Sockets between the threads of one program: whole messages, by name.
//!
//! ZeroMQ's patterns over its `inproc` transport, without its surprises. A [`Context`] is shared freely; a socket belongs to
//! one thread at a time: it may be moved to another, sharing one does not compile.
//!
//! | pattern | sends | receives | to |
//! |---|---|---|---|
//! | [`Pair`] | to its one peer | from its one peer | Pair |
//! | [`Push`] | round robin over peers with room | – | Pull |
//! | [`Pull`] | – | one message per peer per turn | Push |
//! | [`Req`] | a question to one peer, when the last one is answered | the answer of that peer | Rep, Router |
//! | [`Rep`] | the answer to the peer that has asked | one question per peer per turn | Req, Dealer |
//! | [`Dealer`] | round robin over peers with room | one message per peer per turn | Dealer, Router, Rep |
//! | [`Router`] | to the peer that is named | one message per peer per turn, and whom it is from | Dealer, Req, Router |
//! | [`Publish`] | a copy to each peer that wants its topic | – | Subscribe |
//! | [`Subscribe`] | – | one message per peer per turn, of topics that it has subscribed to | Publish |
//!
//! * Connecting before the bind is fine: messages wait in the link.
//! * A link holds the sender's high-water mark plus the receiver's, exactly; a full link is back-pressure, nothing is ever
//!   dropped by a sender, but by a Publish whose subscriber is full.
//! * A socket whose peers have all gone says `Disconnected`, unless it holds a bound name.
//! * [`Context::shutdown`] ends every blocked call in every thread with `Terminated`, after what was sent is read.
//!
//! # How things end
//! | | waits for | the wait is over when | what was sent and is unread |
//! |---|---|---|---|
//! | `close`, drop | nothing, or with a linger until living peers have read all | all is read, the last peer has gone, the linger is over, or the context is shut down | can still be read; lies at the name if that was never bound |
//! | `disconnect` | nothing | | can still be read, as after `close`; what came by that link is dropped |
//! | [`Context::shutdown`] | nothing | | can still be read; then, and for senders at once, every call returns `Terminated` |
//! | [`Context::term`] | every socket to be closed | the last one closes | is dropped with its reader, or its name, and counted |
//! | [`Context::term_timeout`] | the same | the last one closes, or the time is over | as long as its reader is open it can be read |
//!
//! A linger of `None` is for ever in `close`, and not at all in a drop. A connect that waits for its bind has no peer yet:
//! closing does not wait for it. The socket's slot, its names, and the pipes of links in which nothing is left to read are free
//! when `close` returns, although the socket at the other end does nothing.
//!
//! # Examples
//! ```
//! use std::thread;
//! use gimmal::Context;
//!
//! let context = Context::new();
//! let mut sink = context.pull().unwrap();
//! sink.bind("inproc://sink").unwrap();
//! thread::scope(|scope| {
//!     for name in ["one", "two"] {
//!         let mut push = context.push().unwrap();
//!         scope.spawn(move || {
//!             push.connect("inproc://sink").unwrap();
//!             push.send(name).unwrap();
//!         });
//!     }
//!     let mut got = [sink.recv().unwrap(), sink.recv().unwrap()];
//!     got.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
//!     assert!(got[0] == "one" && got[1] == "two");
//! });
//! ```

#![forbid(unsafe_code)]

mod addressed;
mod broker;
mod context;
mod events;
mod look;
mod observed;
mod observers;
mod open;
mod patterns;
mod proxy;
mod run;
mod snapshot;
#[allow(
    clippy::module_inception,
    reason = "the file of the type is named like the type"
)]
mod socket;
mod sources;
mod tasks;
mod term;
mod trace;
mod turns;
mod users;
#[cfg(feature = "net")]
mod wired;
mod wires;

pub use broker::{Broker, BrokerReport};
pub use context::{Builder, Context, StillOpen};
pub use events::{SocketEvent, What};
pub use gimmal_core::TermReport;
pub use gimmal_core::error::socket::{
    EndpointError, HwmError, IdentityError, LeftBehind, OpenError, RecvError, SendError,
    SendReason, SubscribeError,
};
pub use gimmal_core::socket::{
    CloseReport, Identity, Kind, NotDone, Topic, Traffic, WaitsTo, WhenAlone, WhenFull,
};
// Their pages stand in `generic`.
#[doc(hidden)]
pub use gimmal_core::socket::{
    CanSend, HasIdentity, Pattern, Receives, Sends, SendsTo, TakesTurns,
};
#[doc(hidden)]
pub use gimmal_core::socket::{
    DealerPattern, PairPattern, PublishPattern, PullPattern, PushPattern, RepPattern, ReqPattern,
    RouterPattern, SubscribePattern,
};
pub use patterns::*;
pub use proxy::{Proxy, ProxyEnd, ProxyReport, Steering};
pub use snapshot::{LinkInfo, Snapshot, SocketInfo};
pub use socket::Socket;
pub use turns::{Received, Sent, ToRecv, ToSend};

pub mod generic {
    //! The patterns as types, and what their sockets can do as traits: for code that is generic over
    //! sockets.
    //!
    //! # Examples
    //! ```
    //! use gimmal::Context;
    //! use gimmal::socket::Socket;
    //! use gimmal::socket::generic::{PullPattern, Receives};
    //!
    //! /// Reads whatever is there, from a socket of any pattern that receives.
    //! fn drain<P: Receives<u32, Received = u32>>(socket: &mut Socket<u32, P>) -> u32 {
    //!     std::iter::from_fn(|| socket.try_recv().ok()).sum()
    //! }
    //!
    //! let context = Context::typed();
    //! let (mut push, mut pull) = (context.push().unwrap(), context.open::<PullPattern>().unwrap());
    //! pull.bind("inproc://jobs").unwrap();
    //! push.connect("inproc://jobs").unwrap();
    //! (1..=3_u32).for_each(|job| push.send(job).unwrap());
    //! assert_eq!(drain(&mut pull), 6);
    //! ```

    #[doc(inline)]
    pub use gimmal_core::socket::generic::{
        CanSend, DealerPattern, HasIdentity, PairPattern, Pattern, PublishPattern, PullPattern,
        PushPattern, Receives, RepPattern, ReqPattern, RouterPattern, Sends, SendsTo,
        SubscribePattern, TakesTurns,
    };
}
