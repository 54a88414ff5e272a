//! [`Wires`]: the endpoints of a socket that leave the process. Without the feature `net` these are
//! empty types and empty functions, and nothing of them is in the program.
//!
//! | moment | call |
//! |---|---|
//! | an endpoint is bound, connected or given up | [`Wires::bind`] and the like: `None` if it is one of this process |
//! | the socket's linger or subscriptions change | [`Wires::set_linger`], [`Wires::subscribes`] |
//! | the socket closes, after its linger | [`Wires::close`] |
//! | a context is made, used and ended | [`Net`] |

#![forbid(unsafe_code)]

#[cfg(not(feature = "net"))]
mod off;
#[cfg(not(feature = "net"))]
pub(super) use off::{Net, Wires};

#[cfg(feature = "net")]
mod on;
#[cfg(feature = "net")]
pub(super) use on::{Net, Wires};
