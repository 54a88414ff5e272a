//! The library's types as implementations of other crates' traits. Each is enabled by a feature
//! with the name and the version of that crate.
//!
//! | feature | adds |
//! |---|---|
//! | `lock_api-0_4`, `lock_api-0_5` | `lock_api::RawLock`, a `RawMutex` and `RawMutexTimed` of that version |
//! | `futures-core-0_3` | `futures_core::Stream` for the receiving ends of channels, and for sockets |
//! | `futures-sink-0_3` | `futures_sink::Sink` for the sending ends of channels, and for sockets |

#[cfg(any(feature = "futures-core-0_3", feature = "futures-sink-0_3"))]
pub mod futures;
#[cfg(any(feature = "lock_api-0_4", feature = "lock_api-0_5"))]
pub mod lock_api;
