//! The library under other crates' traits. Each needs the feature of its name, and of its version.

#[cfg(any(feature = "lock_api-0_4", feature = "lock_api-0_5"))]
pub mod lock_api;
