//! gimmal: the std facade over `gimmal-core`.
#![deny(unsafe_code)]

mod block;
mod boxed;
pub mod channel;
pub mod sync;

pub use gimmal_core::error;
pub use gimmal_core::pool;
pub use gimmal_core::ring;
