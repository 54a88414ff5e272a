//! Models of the waiting layer.

pub(crate) mod cell;
pub(crate) mod queue;
pub(crate) mod until;
