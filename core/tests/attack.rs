//! Safe programs that try to break what the library rests on. Each does what no sensible program does, and nothing that needs
//! `unsafe`: nothing may be lost, made, dropped twice or waited for without end; an interpreter must find no undefined
//! behaviour in it.
//!
//! | file | what it tries |
//! |---|---|
//! | `attack/moved.rs` | waiters, guards and sockets are forgotten, and the object that they belong to moves away or goes |
//! | `attack/swapped.rs` | guards, handles, runs and futures of two objects change places |
//! | `attack/granted.rs` | strangers notify, and wait, in the queues that a channel shows |
//! | `attack/reentered.rs` | wakers, destructors, operations and closures come back, or drop their neighbours |
//!
//! Programs that must not compile are in `compile_fail`.

mod kit;

mod attack {
    mod granted;
    mod moved;
    mod reentered;
    mod swapped;
}
