//! Safe programs that try to break the facade: what they do makes no sense and needs no `unsafe`. Nothing may be lost, dropped
//! twice, or waited for without end; an interpreter must find no undefined behaviour in it.
//!
//! | file | what it tries |
//! |---|---|
//! | `attack/compared.rs` | items whose comparison uses the queue that compares them |
//! | `attack/carried.rs` | messages that own sockets and channel ends, also those that carry them |
//! | `attack/swapped.rs` | guards, permits, sockets and ends of two objects change places, or are forgotten |
//! | `attack/lying.rs` | bytes that are others each time they are asked for, keys that are equal to nothing |
//!
//! The core's are in `core/tests/attack`.

mod kit;

mod attack {
    mod carried;
    mod compared;
    mod lying;
    mod swapped;
}
