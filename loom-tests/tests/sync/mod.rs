//! Models of the primitives.

pub(crate) mod arriving;
pub(crate) mod barrier;
pub(crate) mod condition;
pub(crate) mod event;
pub(crate) mod lock;
pub(crate) mod raw_lock;
pub(crate) mod semaphore;
