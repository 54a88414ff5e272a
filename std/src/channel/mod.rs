//! Channels between threads and tasks: [`bounded`] for any number of senders and receivers,
//! [`spsc::bounded`] for one of each.
//!
//! | | [`bounded`] | [`spsc::bounded`] |
//! |---|---|---|
//! | ends | cloned and shared | one of each, which may move |
//! | methods take | `&self` | `&mut self` |
//! | which end closes it | any; the last of a side that is dropped | either |
//!
//! A channel takes two allocations when it is made, and none per message. It is closed by
//! [`close`](Sender::close), or by dropping all ends of a side: from then on senders fail and get
//! the value back, and receivers get what was sent before, and then [`Closed`]. When the last
//! receiver is dropped, what is unread is dropped with it.
//!
//! Every operation has five forms: `try_send` never waits, `send` blocks the thread, `send_timeout`
//! and `send_deadline` block within a limit, and `send_async` is a future.

#![forbid(unsafe_code)]

mod capacity;
mod iter;
mod mpmc;
mod owned;
pub mod spsc;

pub use capacity::CapacityError;
pub use gimmal_core::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use iter::{IntoIter, Iter, TryIter};
pub use mpmc::{Receiver, Receiving, Sender, Sending, bounded, try_bounded};
