//! Models of the rings.

pub(crate) mod exact;
pub(crate) mod mpmc;
pub(crate) mod records;
pub(crate) mod runs;
pub(crate) mod spsc;
