//! Synchronisation primitives that block a thread, with time-outs.

mod event;

pub use event::Event;
