//! L4: synchronisation primitives over the waiting layer.

mod event;

pub use event::{Event, Waiting};
