//! The library's types as implementations of other crates' traits. Each is enabled by a feature
//! with the name and the version of that crate.
//!
//! | feature | adds |
//! |---|---|
//! | `lock_api-0_4`, `lock_api-0_5` | `lock_api::RawLock`, a `RawMutex` and `RawMutexTimed` of that version |

#[cfg(any(feature = "lock_api-0_4", feature = "lock_api-0_5"))]
pub mod lock_api;
