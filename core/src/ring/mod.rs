//! L2: rings, the fixed-capacity queues below everything else. They never wait.
//!
//! | ring | ends | progress | `try` outcome |
//! |---|---|---|---|
//! | [`spsc`] | one producer, one consumer | wait-free | exact |
//! | [`mpmc`] | any number | a stalled peer blocks its one slot | exact, or honestly `Busy` |
//!
//! Both are one struct over a storage that is either an array or a slice: `Ring<T, N>` is the array form, and a
//! reference to it turns into the slice form (a *view*) without a second algorithm. An all-zero ring is an empty ring,
//! so a static one lies in `.bss`.

mod bulk;
mod dyn_capacity;
mod handles;
pub(crate) mod index;
pub mod mpmc;
mod slot;
pub mod spsc;

pub use dyn_capacity::DynCapacity;
pub(crate) use dyn_capacity::impl_dyn_capacity;
pub(crate) use slot::to_the_end;
pub use slot::{Holder, Slot, Storage, TurnSlot};
