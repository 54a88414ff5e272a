//! Channels: rings whose ends can wait, and that can be closed.
//!
//! | channel | ends |
//! |---|---|
//! | [`spsc`] | one sender, one receiver, as handles |
//! | [`mpmc`] | any number, by `&self` |
//! | [`exact`] | the same, over the [exact ring](crate::ring::exact) |
//!
//! Closing is irreversible and idempotent. Later sends fail and give the value back. Receivers get
//! everything that was sent, and then `Closed`; it is never reported while a message that was
//! accepted has not been received.

pub(crate) mod closable_ring;
pub mod exact;
mod look;
pub mod mpmc;
mod slices;
pub mod spsc;

pub use slices::{Filling, ReceivingSlice, SendingSlice};
