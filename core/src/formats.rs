//! L8: `defmt::Format` for the public types, with feature `defmt`: what `Debug` shows, for a logger on the other side of a
//! probe. Values that errors carry are not looked at, as in `Debug`.

#![forbid(unsafe_code)]

mod errors;
mod objects;
