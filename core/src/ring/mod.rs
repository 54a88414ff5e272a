//! Rings: queues of fixed capacity that never wait.
//!
//! | ring | ends | progress | outcome of an operation |
//! |---|---|---|---|
//! | [`spsc`] | one producer, one consumer | wait-free | exact |
//! | [`mpmc`] | any number | a stalled peer blocks one slot | exact, or `Busy` |
//! | [`exact`] | any number | lock-free | exact; a push is `Busy` while more than a stated number of others are in progress |
//! | [`records`] | one producer, one consumer of byte strings | wait-free | exact |
//!
//! `Ring<T, N>` holds its `N` slots in an array. A reference to it turns into a *view*, whose type
//! does not contain the capacity. An empty ring is all zeros, so a static one lies in `.bss`.

mod dyn_capacity;
pub mod exact;
pub(crate) mod index;
pub mod mpmc;
mod readiness;
pub mod records;
mod refused;
mod runs;
mod shared;
mod slot;
pub mod spsc;

pub use dyn_capacity::DynCapacity;
pub(crate) use dyn_capacity::impl_dyn_capacity;
#[doc(hidden)]
pub use exact::ExactSlot;
#[doc(hidden)]
pub use refused::{Nothing, Refused};
pub use shared::SharedRing;
pub(crate) use slot::to_the_end;
pub use slot::{Holder, Slot, Storage, TurnSlot};
