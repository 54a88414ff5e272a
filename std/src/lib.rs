//! gimmal: passing work between threads, and ending it cleanly.
//!
//! The std facade over `gimmal-core`: the same rings, channels and sockets, with calls that block a thread, time-outs,
//! capacities chosen at run time, and signals that stop a whole program in order.
//!
//! | you want | take |
//! |---|---|
//! | a bounded channel between any number of threads | [`channel::bounded`] |
//! | the same between one sender and one receiver (`channel/1p1c`) | [`channel::spsc::bounded`] |
//! | ZeroMQ's patterns inside a program | [`Context`], [`Pair`], [`Push`], [`Pull`], with [`Message`]s or any type |
//! | a flag that threads wait for | [`sync::Event`] |
//! | one thread at a time, or so many at a time | [`sync::Lock`], [`sync::Semaphore`] |
//! | a lock that its owner may take again | [`sync::ReentrantLock`] |
//! | the lock under another crate's trait | [`interop`] |
//! | threads that are joined with a time-out | [`thread`] |
//! | no thread left behind, daemons that are asked to stop | [`Runtime`] |
//! | something done later, or again and again | [`Timer`] |
//! | threads that do jobs, and their results | [`ThreadPool`], [`Job`] |
//! | Ctrl-C and SIGTERM that end it all | [`Termination`] |
//! | a queue that knows when everything is done, or puts the smallest first | [`queue`] |
//! | buffers that are moved and never copied | [`pool`] |
//! | a queue that never waits | [`ring`] |
//! | to fork | the page `fork` (Unix), before you do |
//!
//! # Vocabulary
//! `try_x` never waits; `x` blocks the thread; `x_timeout(Duration)` and `x_deadline(Instant)` block no longer than that;
//! `x_async` is a future for any executor. `Duration::ZERO` and a past deadline mean exactly one try, `Duration::MAX` means
//! for ever, and success beats the time-out when both hold. What was not sent comes back in the error.
//!
//! Under tokio, a future that is ready at once gives no other task a chance: a loop around `recv_async` on a channel that is
//! never empty keeps a current-thread runtime to itself. Await `tokio::task::coop::cooperative(receiver.recv_async())` there.
//!
//! # Allocation
//! A channel takes two allocations when it is made, a link one; a message takes none.
#![deny(unsafe_code)]

mod block;
mod boxed;
pub mod channel;
mod fence;
#[cfg(unix)]
pub mod fork;
mod generation;
pub mod interop;
pub mod message;
mod panic_guard;
mod per_process;
pub mod pool;
pub mod queue;
pub mod runtime;
#[cfg(unix)]
pub mod signal;
pub mod socket;
pub mod stop;
pub mod sync;
pub mod thread;
pub mod timer;
mod zeroed;

pub use gimmal_core::error;
pub use gimmal_core::ring;
pub use message::{Frame, Message};
pub use pool::{Job, ThreadPool};
pub use runtime::{Outcome, Runtime};
#[cfg(unix)]
pub use signal::Termination;
pub use socket::{Context, Pair, Pull, Push};
pub use stop::Stop;
pub use timer::Timer;
