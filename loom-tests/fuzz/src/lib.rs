//! Targets for a fuzzer: the glue between the network and the sockets, compiled from the facade's own
//! sources, with a stream in memory where the network was.
//!
//! | target | what is fuzzed | what must hold |
//! |---|---|---|
//! | `endpoints` | names of endpoints | none panics; what is read is what was written; what can be connected can be bound |
//! | `incoming` | bytes of a peer, in pieces of any size | the messages and the refusal are those of a reader of a page, [`net::plain`] |
//! | `outgoing` | messages, written in pieces of any size | the reader of a page finds the same ones; a message counts as written when its last byte is |
//! | `envelope` | questions and answers in any order | each answer goes back the way of its question |
//! | `session` | a whole connection from its greeting, of any pattern, with PLAIN and without | none panics; a handshake that is right is taken for right; answers to PINGs stay bounded |
//! | `wire` | a socket that listens at `ipc://`, of any pattern, its wire, and its owner, which may go; the peer's bytes come in pieces, behind a good handshake or without one | none panics; the socket receives the messages that the reader of a page finds, in their order, and its answers come back; the wire ends with its connection |
//!
//! The last one needs sockets and a runtime, and so the whole facade with its feature `net`. A run
//! takes a fraction of a millisecond, where those of the others take microseconds.
#![allow(dead_code, unreachable_pub, unused_imports)] // The sources have more than is used here.

#[path = "../../../std/src/message/mod.rs"]
mod message;
mod net;
mod wire;

pub use net::targets::{endpoints, envelope, incoming, outgoing, seeds, session};
pub use wire::wire;

mod sync {
    pub use gimmal::sync::Event;
}

mod panic_guard {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
