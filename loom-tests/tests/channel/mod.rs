//! Models of the channels.

pub(crate) mod closable_ring;
pub(crate) mod exact;
pub(crate) mod mpmc;
pub(crate) mod slices;
pub(crate) mod spsc;
