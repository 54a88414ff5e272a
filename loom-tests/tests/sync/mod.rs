//! Models of the primitives.

pub(crate) mod event;
pub(crate) mod lock;
pub(crate) mod semaphore;
