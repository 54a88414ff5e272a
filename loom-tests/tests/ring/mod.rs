//! Models of the rings.

pub(crate) mod bulk;
pub(crate) mod mpmc;
pub(crate) mod spsc;
