//! gimmal-core: passing work between contexts of execution, without std and without an allocator.
#![no_std]
#![deny(unsafe_code)]

pub mod channel;
mod context;
mod endpoint;
pub mod error;
mod pad;
pub mod pool;
pub mod ring;
mod shim;
pub mod socket;
pub mod sync;
pub mod wait;

pub use context::{Context, ContextOf, Desk, Fixed, Keep, Name, TermReport, Terminating};
pub use pad::CachePadded;

#[cfg(any(loom, feature = "test-hooks"))]
#[doc(hidden)]
pub mod hooks;
