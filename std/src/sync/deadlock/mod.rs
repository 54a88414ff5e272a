//! Help with deadlocks: who holds a lock, since which line, and whether waiting for it could end.
//!
//! A [`Watch`] lies beside each lock of the facade. The lock tells it, with feature `deadlock-help`, what its own code does
//! anyway; without the feature all of this is empty types and empty functions, and nothing is left of it.
//!
//! | moment | call | with `deadlock-help` | and in debug builds |
//! |---|---|---|---|
//! | somebody calls a locking function | [`Watch::here`] | notes the line | |
//! | it will wait for as long as it takes | [`Site::may_block`] | | panics if that could be for ever |
//! | it has the lock | [`Site::hold`], [`Site::note`] | notes thread and line in the lock | and the lock in the thread |
//! | it lets go | drop of [`Held`], [`Watch::let_go`] | forgets them | |
//! | the lock is looked at | [`Watch::holder`] | shows thread and line | |
//!
//! Whoever takes a guard apart (a wait that unlocks meanwhile) ends its [`Held`] by [`Held::let_go`], and makes a new one of
//! the [`Site`] when it has the lock again.

#![forbid(unsafe_code)]

#[cfg(not(feature = "deadlock-help"))]
mod off;
#[cfg(not(feature = "deadlock-help"))]
pub(crate) use off::{Held, Site, Watch};

#[cfg(feature = "deadlock-help")]
mod on;
#[cfg(feature = "deadlock-help")]
mod order;
#[cfg(feature = "deadlock-help")]
pub(crate) use on::{Held, Site, Watch};
