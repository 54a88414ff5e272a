//! The guide: how to do things with this library, and what to take for what you know from others.
//!
//! You know something similar:
//!
//! | you know | read |
//! |---|---|
//! | Python's `threading`, `queue`, `concurrent.futures` | [`from_python`] |
//! | ZeroMQ, as libzmq or pyzmq | [`from_zeromq`] |
//! | `crossbeam`, `std::sync::mpsc` | [`from_crossbeam`] |
//! | `tokio::sync` | [`from_tokio`] |
//! | Go's channels, `sync` and `context` | [`from_go`] |
//! | embassy-sync, heapless, bbqueue | the guide of the crate `gimmal-core`: [near its end](gimmal_core::guide#you-know-embassy-sync-heapless-or-bbqueue) |
//!
//! You want to know what it takes: twelve everyday [tasks beside other libraries](minutes), with the
//! lines and the pages that each needs.
//!
//! You want to do something:
//!
//! | chapter | what it is about |
//! |---|---|
//! | [`threads`] | start threads, join them, leave none behind |
//! | [`sharing`] | locks, conditions, semaphores, events, barriers |
//! | [`queues`] | channels, queues and rings: which one, and how it ends |
//! | [`sockets`] | messages by name between parts that do not know each other |
//! | [`shutdown`] | Ctrl-C, and everything ends in order |
//! | [`tasks`] | the same objects in async code |
//! | [`embedded`] | the same without an operating system |
//! | [`performance`] | which capacity, which channel, what blocking costs |
//! | [`testing`] | tests of your own code: stress, Miri, loom |
//! | [`debugging`] | a program that is stuck |

#![forbid(unsafe_code)]

pub mod debugging;
pub mod embedded;
pub mod from_crossbeam;
pub mod from_go;
pub mod from_python;
pub mod from_tokio;
pub mod from_zeromq;
pub mod minutes;
pub mod performance;
pub mod queues;
pub mod sharing;
pub mod shutdown;
pub mod sockets;
pub mod tasks;
pub mod testing;
pub mod threads;
