//! Models of the primitives.

pub(crate) mod event;
