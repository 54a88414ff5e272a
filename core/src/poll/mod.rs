//! Waiting for any of several things: a [`Poller`] tells which of them are ready, [`select`] does
//! exactly one of several operations.
//!
//! | | [`Poller`] | [`select`] |
//! |---|---|---|
//! | takes | nothing: it looks | what the one operation takes |
//! | reports | everything that is ready | the one operation that was done, and the others |
//! | of what | [`Source`]s: `readable()` and `writable()` of channels, events and sockets | the futures of `send`, `recv`, `acquire`, `wait` and the like |
//! | how many | any number `N` | two to eight |
//!
//! Neither allocates, and neither has anything to register: both borrow what they wait for, and
//! only while they wait.

mod branch;
mod channels;
pub(crate) mod many;
mod pinned;
mod poller;
mod ready;
mod select;
mod selected;
mod sockets;
mod source;

pub use branch::{Branch, Selectable};
#[doc(hidden)]
pub use pinned::WatcherSlot;
pub use pinned::{Group, WaitAny};
pub use poller::{PollGroup, Poller};
pub use ready::{Readiness, Ready};
pub use select::{SelectGroup, select};
pub use selected::{
    Branches, Selected2, Selected3, Selected4, Selected5, Selected6, Selected7, Selected8,
};
pub use source::{Place, Readable, Source, Writable};
