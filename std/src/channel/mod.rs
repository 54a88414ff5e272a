//! Channels between threads: [`bounded`] for any number of senders and receivers, [`spsc::bounded`] for one of each.
//!
//! Two allocations when a channel is made, none per message. The last end of a side that is dropped closes the channel:
//! senders fail from then on and get the value back, receivers drain what was sent. When the last receiver goes, what is
//! unread is dropped with it.

#![forbid(unsafe_code)]

mod mpmc;
pub mod spsc;

pub use gimmal_core::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use mpmc::{CapacityError, IntoIter, Iter, Receiver, Sender, TryIter, bounded, try_bounded};
