//! Ten minutes: twelve everyday tasks, with this library and with others.
//!
//! Each cell says how many lines the program has, and on how many pages of documentation the items are
//! that it uses: lines · pages. Bold is what is less than gimmal's. A dash means that the library has no
//! means of its own for the task.
//!
//! | counted is | precisely |
//! |---|---|
//! | a line | one that has code on it, of the whole program, as rustfmt has it; blank lines and comments are not counted |
//! | a page | a function, a macro, or a type with its methods, of the library. The pages of Rust's and of Python's standard library are not counted. One page of pyzmq's manual has several classes, of which each is counted |
//! | the library | gimmal: both crates. crossbeam: `crossbeam-channel`, `crossbeam-utils`. embassy: `embassy-executor`, `-sync`, `-time` and `-futures`, on the host. pyzmq: with Python's threads |
//!
//! A script runs all programs and compares what they print with the task, and what is counted with
//! these tables. The programs of the others are in `benches/tasks/programs` of the repository. How fast
//! things are is another question: [`performance`](super::performance).
#![doc = include_str!("minutes.md")]
#![forbid(unsafe_code)]
