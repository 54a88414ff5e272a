//! Help with deadlocks: which thread holds a lock, since which line, and whether waiting for it
//! could end.
//!
//! A [`Watch`] lies beside each lock of the facade. With feature `deadlock-help` the lock reports
//! to it as the table says; without the feature these are empty types and empty functions, and
//! nothing of them is in the program.
//!
//! | moment | call | with `deadlock-help` | and in debug builds |
//! |---|---|---|---|
//! | a thread calls a locking function | [`Watch::here`] | notes the line | |
//! | it is about to wait without a limit | [`Site::may_block`] | | panics if that could be for ever |
//! | it has the lock | [`Site::hold`], [`Site::note`] | notes thread and line in the lock | and the lock in the thread |
//! | it unlocks | drop of [`Held`], [`Watch::let_go`] | forgets them | |
//! | the lock is shown | [`Watch::holder`] | shows thread and line | |
//!
//! A wait that unlocks meanwhile takes the guard apart: it ends the [`Held`] by [`Held::let_go`],
//! and makes a new one of the [`Site`] when it has the lock again.

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
