//! `tcp://` and `ipc://`: the same sockets, to peers in other processes and on other machines.
//!
//! A socket of a [`Context`](crate::Context) of [`Message`](crate::Message)s binds and connects
//! `tcp://host:port` and `ipc://path` as it does `inproc://name`, several of them and all at once. At
//! the other end is a socket of this library, or of any other one that speaks ZeroMQ's protocol
//! (ZMTP 3.0 and 3.1): libzmq 4 and its bindings, pyzmq, zmq.rs, omq.
//!
//! # Examples
//! ```
//! use gimmal::Context;
//!
//! let here = Context::new();
//! let mut rep = here.rep()?;
//! rep.bind("tcp://127.0.0.1:*")?;
//! let endpoint = rep.last_endpoint().expect("it is bound");
//!
//! let there = Context::new(); // of another process, say
//! let mut req = there.req()?;
//! req.connect(&endpoint)?;
//! req.send("hello")?;
//! assert_eq!(rep.recv()?, "hello");
//! rep.send("world")?;
//! assert_eq!(req.recv()?, "world");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! Programs: `numpy_sink`, to which Python sends its arrays; `rep_server` takes any endpoint too.
//!
//! # Endpoints
//! | endpoint | bind | connect |
//! |---|---|---|
//! | `tcp://127.0.0.1:5555`, `tcp://[::1]:5555` | at this address | to it |
//! | `tcp://host:5555` | at the addresses of the name, resolved now | to them, resolved each time |
//! | `tcp://*:5555` | at every IPv4 address of this machine: open to every program that reaches the port, see [`Security`] | `InvalidEndpoint` |
//! | `tcp://…:0`, `tcp://…:*` | at a port that the system chooses: [`last_endpoint`](crate::socket::Socket::last_endpoint) tells it | `InvalidEndpoint` |
//! | `ipc://path` | a socket file, made and removed by this socket. One that nobody listens at is replaced; a file that is no socket is left alone: `AddressInUse` | to it |
//! | `ipc://@name` | a name without a file, on Linux | to it |
//!
//! Ports are digits, up to 65535; anything else is `InvalidEndpoint`.
//!
//! # What is the same on a wire
//! Everything that is not named here. A wire is a peer: it has its turn, its high-water mark and its
//! place in a poller; blocked calls end with the context; [`close`](crate::socket::Socket::close)
//! lingers until what was sent is written.
//!
//! # What is different
//! * **A connect lasts.** What is sent before the peer is there waits in the link. A lost
//!   connection is made again, for ever: the first try is after 75 to 100 ms, and the pause doubles with
//!   each try, up to 5 s ([`WireOptions::reconnect`]). The link stays, with the messages in it: a message leaves it
//!   when it has been written. One that ten connections in a row have cut off is given up, and told as lost
//!   ([`WireOptions::max_deliveries`]): its peer does not take it. So the socket does not report `Disconnected`, except for a Req whose
//!   question is on its way, as nobody will answer it.
//! * **A listener's link ends with its connection**, as the link of a socket that closes does.
//!   [`WireEvent::Disconnected`] tells how many messages were in it and not written.
//! * **Messages that the system had taken** when a connection breaks may be lost without a trace: no
//!   count includes them, as the system does not say what has arrived. A program that cannot bear
//!   that waits for answers.
//! * **After `close`** what was sent is written in the background as long as the context lives. When
//!   the context is shut down, or its last handle is dropped, wires go on for the
//!   [linger](crate::socket::Socket::set_linger) of their socket; without one they write what the
//!   system takes at once. A peer that does not read delays [`term`](crate::Context::term) no longer.
//! * **High-water marks.** A link holds the mark of this side and one more; the other side has its
//!   own. The system's buffers between them hold further messages.
//! * **`subscribe`** takes effect when the publisher has heard of it. What the publisher sends before
//!   that, and while there is no connection, does not arrive.
//! * **A Pair** that has a peer refuses another one by closing its connection.
//! * **A second peer with an identity** that another one has is refused. A Router does not know peers
//!   that it has connected to itself by their own identities, but by those that this context gives them. A context keeps
//!   the names of its first 65 536 named peers; another named peer is refused.
//! * **A Router** knows a peer that has connected to it when the handshake is over, some time after the peer's `connect` has
//!   returned: before that `send_to` is `Unreachable`. The peer says something first, or the program waits for
//!   [`WireEvent::Connected`].
//! * **A Req whose peer has gone** may ask the next one at once: its connection is made again. (Inside the process it is told
//!   `Disconnected` until it connects anew.)
//! * **A [`Completion`](crate::message::Completion)** is over when the buffer has been handed to the system, not when the peer has read it.
//! * **`left_behind`** knows of names inside the process; what wires have still to write is in the
//!   snapshot. [`discard`](crate::Context::discard) throws it away, once its socket has closed.
//! * **Empty frames.** A Req sends an empty frame before each message, and a Rep answers with what was
//!   before the first empty frame, as in ZeroMQ; neither of the two shows it. A Dealer that talks to
//!   a Rep, and a Router that talks to a Req, add and remove it. A question without one is ignored by
//!   a Rep, an answer without one ends the connection.
//! * **Answers.** A Req ignores an answer that arrives before its question is written. If the
//!   connection of a Rep breaks before it answers, its answer reaches nobody, even if the connection
//!   is made again. The same holds for a Router: the peer of the next connection has another
//!   identity, and a send to the old one is refused as `Unreachable`.
//!
//! What happens to wires is told by [`Context::events`](crate::Context::events), as [`WireEvent`], and
//! shown by [`Context::snapshot`](crate::Context::snapshot), as [`WireInfo`].
//!
//! # What it rests on
//! The handshake, commands and encryption are those of the crate `omq-proto`; the feature `curve`
//! adds ciphers that nobody has audited: see [`Security`]. One thread, `gimmal-io`, does the input and
//! output of a process; what a Req asks and a Rep answers is written by the thread that sends it,
//! without waiting, if its wire has nothing else to do. The feature wants Rust 1.93.

#![forbid(unsafe_code)]

mod accept;
mod address;
mod bodies;
mod bridge;
mod codec;
#[cfg(feature = "curve")]
mod curve;
mod dial;
mod direct;
mod endpoints;
mod envelope;
mod events;
mod hub;
mod incoming;
mod info;
mod io;
mod listener;
mod options;
mod our_side;
mod outgoing;
mod owner;
mod security;
mod stream;
mod topics;
mod waits;
mod wire;

pub(crate) use address::is_wire;
#[cfg(feature = "curve")]
pub use curve::{CurveKeys, CurvePublicKey, InvalidKey};
pub(crate) use endpoints::{Endpoints, Host};
pub(crate) use events::Watcher;
pub use events::{WireError, WireEvent};
pub(crate) use hub::Hub;
pub use info::{WireInfo, WireStage};
pub use options::{Heartbeat, WireOptions};
pub use security::{Check, Client, Security, same_secret};
