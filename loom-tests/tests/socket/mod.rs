//! Models of `core/src/socket`.

pub(crate) mod base;
pub(crate) mod pipe;
