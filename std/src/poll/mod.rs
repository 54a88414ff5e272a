//! Waiting for any of several things: a [`Poller`] tells which of them are ready, [`select`] does
//! exactly one of several operations.
//!
//! | | [`Poller`] | [`select`] |
//! |---|---|---|
//! | takes | nothing: it looks | what the one operation takes |
//! | reports | everything that is ready | the one operation that was done, and the others |
//! | of what | [`Source`]s: `readable()` and `writable()` | waits: `sending(…)`, `receiving()`, `putting(…)`, `getting()`, `waiting()`, `acquiring()` |
//! | how many | any number `N` | two to eight |
//!
//! | what | readable while | writable while | ended when |
//! |---|---|---|---|
//! | both kinds of [channel](crate::channel) | a message is there | there is room | closed, and read to the end |
//! | a [`queue`](crate::queue) | an item is there | there is room | closed, and everything is taken |
//! | a socket | a message is there | a peer has room | disconnected or terminated, and read to the end |
//! | an [`Event`](crate::sync::Event) | it is set | | |
//! | a [`Timer`](crate::Timer) | it is finished: one that repeats, when it is cancelled; for each of its times poll a channel that it sends to | | |
//! | a [`StopToken`](crate::runtime::StopToken), a `Termination` | a stop has been asked for | | |
//! | a [primitive of your own](Readable) | it says so | it says so | it says so |
//!
//! Neither allocates, and neither has anything to register: both borrow what they wait for, and
//! only while they wait. Where the number of sources is known at run time only, a [`PollSet`] owns
//! them, and is polled as a `Poller` is.

mod poller;
mod select;
mod set;
mod waits;

pub use gimmal_core::poll::{
    Branch, Place, Readable, Readiness, Ready, Selected2, Selected3, Selected4, Selected5,
    Selected6, Selected7, Selected8, Source, WaitAny, Writable,
};
#[doc(hidden)]
pub use gimmal_core::poll::{Branches, Group, PollGroup, SelectGroup, Selectable};
pub use poller::Poller;
pub use select::{Select, select};
pub use set::PollSet;
#[doc(hidden)]
pub use waits::SetGroup;
