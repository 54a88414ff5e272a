//! Synchronisation primitives that block a thread, with time-outs.

#![forbid(unsafe_code)]

mod event;

pub use event::Event;
