//! Streams and sinks of the crates `futures-core` and `futures-sink`.
//!
//! | call | feature | returns |
//! |---|---|---|
//! | `into_stream` of [`channel::Receiver`](crate::channel::Receiver), [`spsc::Receiver`](crate::channel::spsc::Receiver) and every [`Socket`](crate::socket::Socket) that receives | `futures-core-0_3` | a `RecvStream`, which owns the end |
//! | `stream` of [`channel::Receiver`](crate::channel::Receiver) | `futures-core-0_3` | a `RecvStream` beside the receiver |
//! | `into_sink` of [`channel::Sender`](crate::channel::Sender), [`spsc::Sender`](crate::channel::spsc::Sender) and every [`Socket`](crate::socket::Socket) that sends | `futures-sink-0_3` | a `SendSink`, which owns the end |
//!
//! Both are `Unpin`, `Send` and `'static`, and their `into_inner` returns the end. An
//! [`spsc::Receiver`](crate::channel::spsc::Receiver) or a socket can be streamed for a while and
//! then taken back.
//!
//! To receive once in a spawned task, no feature is needed:
//! [`into_recv_async`](crate::channel::Receiver::into_recv_async).

#![forbid(unsafe_code)]

mod budget;
#[cfg(feature = "futures-sink-0_3")]
mod sink;
mod stored_wait;
#[cfg(feature = "futures-core-0_3")]
mod stream;

#[cfg(feature = "futures-sink-0_3")]
pub use sink::{SendSink, SinkEnd};
#[cfg(feature = "futures-core-0_3")]
pub use stream::{RecvStream, StreamEnd};
