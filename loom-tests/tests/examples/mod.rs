//! Models of the programs that the docs show, from the very sources that they show.

pub(crate) mod latch;
