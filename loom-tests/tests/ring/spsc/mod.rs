//! Models of `ring/spsc/`.

pub(crate) mod bulk;
pub(crate) mod protocol;
pub(crate) mod slices;
