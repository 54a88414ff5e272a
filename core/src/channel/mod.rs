//! L5: channels: a ring and the waiting for it.
//!
//! | channel | ends | waits in |
//! |---|---|---|
//! | [`spsc`] | one sender, one receiver, as handles | one cell each |
//! | [`mpmc`] | any number, by `&self` | one queue each |
//!
//! Closing is irreversible and idempotent. Senders fail from then on and get the value back; receivers drain what was
//! sent and then get `Closed`, which is never reported while a message that was accepted is still on its way.

pub(crate) mod closable_ring;
pub mod mpmc;
pub mod spsc;
