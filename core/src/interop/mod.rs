//! The library's types as implementations of other crates' traits. Each is enabled by a feature
//! with the name and the version of that crate.
//!
//! | feature | adds |
//! |---|---|
//! | `embedded-io-0_7` | `Read`, `BufRead` and `Write` of `embedded_io` for the ends of SPSC rings and channels of bytes |
//! | `embedded-io-async-0_7` | the same of `embedded_io_async` for the ends of SPSC channels of bytes |
//! | `embassy-sync-0_8` | a `RawMutex` for the types of `embassy_sync`: `interop::raw_mutex::RawMutex` |
//! | `mutex-traits-1` | the same as a `ScopedRawMutex` of `mutex_traits` |
//!
//! # Bytes
//! | type | if there is no byte, or no room | when it is closed |
//! |---|---|---|
//! | [`Producer`](crate::ring::spsc::Producer) | `write` returns the error [`Full`](crate::error::Full), of the kind `WriteZero` | a ring is never closed |
//! | [`Consumer`](crate::ring::spsc::Consumer) | `read` and `fill_buf` return the error [`Empty`](crate::error::Empty) | a ring is never closed |
//! | [`Sender`](crate::channel::spsc::Sender) | `write` waits | the error [`Closed`](crate::error::Closed), of the kind `BrokenPipe` |
//! | [`Receiver`](crate::channel::spsc::Receiver) | `read` and `fill_buf` wait | they return what is left, and then `Ok(0)` or an empty slice |
//!
//! A ring never waits, so its ends return an error where `embedded_io` expects a call that blocks.
//! `ReadReady` and `WriteReady` tell beforehand. The blocking forms of a channel's ends spin, as
//! [`wait::block_on`](crate::wait::block_on) does, so they must not be called from an interrupt
//! handler or in a task. A handler uses
//! [`try_send_slice`](crate::channel::spsc::SenderOf::try_send_slice).
//!
//! **Cancel safety.** A `read`, `write` or `fill_buf` of `embedded_io_async` that is dropped before
//! it is ready has moved no byte. `flush` does nothing: a byte that was written is in the channel.
//!
//! # Locks of other crates' types
//! `raw_mutex::RawMutex` is the lock that this crate uses itself, for the types of crates that are
//! generic in theirs. It runs the caller's code while it is held:
//!
//! | features of this crate | what it is | if the code that it runs locks it again |
//! |---|---|---|
//! | none | a spin lock, not for interrupt handlers | it spins for ever |
//! | `critical-section` | a critical section, which also excludes interrupt handlers | it panics |
//! | `std` only | a lock of the host, which sleeps | it panics or waits for ever |
//!
//! Its initial value is a constant, so it does not exist under `--cfg loom`.

#[cfg(feature = "embedded-io-0_7")]
mod embedded_io;
#[cfg(feature = "embedded-io-async-0_7")]
mod embedded_io_async;
#[cfg(all(
    any(feature = "embassy-sync-0_8", feature = "mutex-traits-1"),
    not(loom)
))]
pub mod raw_mutex;
