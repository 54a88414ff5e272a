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
//!
//! * Connecting before the bind is fine: messages wait in the link.
//! * A link holds the sender's high-water mark plus the receiver's, exactly; a full link is back-pressure, nothing is ever
//!   dropped by a sender.
//! * A socket whose peers have all gone says `Disconnected`, unless it holds a bound name.
//! * [`Context::shutdown`] ends every blocked call in every thread with `Terminated`, after what was sent is read.
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

mod context;
mod patterns;
mod verbs;

pub use context::{Builder, Context, SocketInfo, StillOpen};
pub use gimmal_core::TermReport;
pub use gimmal_core::error::socket::{
    EndpointError, HwmError, OpenError, RecvError, SendError, SendReason,
};
pub use gimmal_core::socket::{CloseReport, WhenAlone};
pub use patterns::{Pair, Pull, Push};
