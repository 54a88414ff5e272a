//! What the crate `gimmal` needs of this one and no user should see.
//!
//! No promise: `gimmal` pins the exact version. What stands here is the machinery behind the public
//! types: how they are stored when the capacity is known at run time, and the operations behind
//! their futures.

#![forbid(unsafe_code)]

pub use crate::channel::spsc::{Hold, ReceiverOf, SenderOf, ends};
pub use crate::context::{
    ContextOf, ContextStorage, EndpointEntry, SocketEntry, StaticStorage, Terminating,
};
pub use crate::ring::spsc::Erase;
pub use crate::ring::{DynCapacity, Holder, Slot, Storage, TurnSlot};
pub use crate::shim::{__const_fn as const_fn, between_forks};
pub use crate::socket::{PipeOf, PipeView, SocketSlot, Subscriptions};
pub use crate::sync::{
    Acquiring, Arriving, AwaitingNotification, Locking, NotificationGuard, WaitOutcome, Waiting,
};
pub use crate::wait::use_asymmetric_fences;

pub mod poll {
    //! A poll of any number of sources.
    pub use crate::poll::WatcherSlot;
    pub use crate::poll::many::{enqueue, leave, look};
}

pub mod socket {
    //! The operations of sockets.
    pub use crate::socket::{BridgeLink, BridgeWants, Bridging, Draining, Receiving, Sending};
}
