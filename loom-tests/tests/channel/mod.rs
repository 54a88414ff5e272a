//! Models of the channels.

pub(crate) mod link;
pub(crate) mod mpmc;
pub(crate) mod spsc;
