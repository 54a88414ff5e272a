//! Channels, queues, locks and in-process sockets for threads and tasks, with time-outs and a clean
//! shutdown by signal.
//!
//! ```
//! use std::time::Duration;
//! use gimmal::{channel, thread};
//!
//! let (jobs, worker) = channel::bounded(8);
//! thread::scope(|scope| {
//!     for _ in 0..2 {
//!         let worker = worker.clone();
//!         scope.spawn(move || worker.iter().for_each(|job: u32| println!("{}", job * job)));
//!     }
//!     for job in 0..4 {
//!         jobs.send_timeout(job, Duration::from_secs(1)).expect("a worker takes it");
//!     }
//!     drop(jobs); // closes the channel: the workers receive what is left, and end
//! });
//! ```
//!
//! # Picture
#![doc = include_str!("../picture.svg")]
//!
//! You know something similar, or want to see how things are done: the [`guide`].
//!
//! | you want | take |
//! |---|---|
//! | a bounded channel between any number of threads | [`channel::bounded`] |
//! | the same between one sender and one receiver, cheaper (`channel/1p1c`) | [`channel::spsc::bounded`] |
//! | one value once, copies for everybody, or the latest value | [there](channel#one-value-copies-for-everybody-the-latest-value) |
//! | messages that are sent without copying their bytes, also of several parts | [`Message`], [`Frame`] |
//! | to know when the receiver is done with a buffer | [`Frame::with_completion`] |
//! | ZeroMQ's patterns inside a program | [`Context`]; [`Pair`], [`Push`] and [`Pull`], [`Req`] and [`Rep`], [`Dealer`] and [`Router`], [`Publish`] and [`Subscribe`], with [`Message`]s or any type |
//! | a flag that threads wait for | [`sync::Event`] |
//! | mutual exclusion, or at most `n` threads at once | [`sync::Lock`], [`sync::Semaphore`] |
//! | a lock that its owner may take again | [`sync::ReentrantLock`] |
//! | to wait for a change of a locked value, or for each other | [`sync::Condition`], [`sync::Barrier`] |
//! | the lock as a mutex of the crate `lock_api` | [`interop`] |
//! | a channel or a socket as a `Stream` or a `Sink` | [`interop`] |
//! | threads that are joined with a time-out | [`thread`] |
//! | no thread left behind, daemons that are asked to stop | [`Runtime`] |
//! | something done later, or again and again | [`Timer`] |
//! | threads that do jobs, and their results | [`ThreadPool`], [`Job`] |
//! | Ctrl-C and SIGTERM that end it all | [`Termination`] |
//! | an `accept` or `read` of std that ends, too | `stop::on_socket` (Unix) |
//! | a queue that knows when everything is done, or puts the smallest first | [`queue`] |
//! | to wait for any of several things | [`poll::Poller`], [`poll::PollSet`], [`poll::select`](poll::select()) |
//! | buffers that are moved and never copied | [`pool`] |
//! | a queue that never waits | [`ring`] |
//! | to build your own primitive, or run a future without an executor | [`wait`] |
//! | to fork | the page `fork` (Unix), before you do |
//!
//! The same rings, channels, primitives and sockets without an operating system and without an
//! allocator are the crate `gimmal-core`, on which this one is built.
//!
//! # Programs
//! In `std/examples`, run by `cargo run --example NAME`:
//!
//! | program | shows | what it does |
//! |---|---|---|
//! | `digest` | [`guide::sockets`] | a pipeline of sockets: walk a tree, hash on all cores or in other processes, which may die, print in order, end on Ctrl-C |
//! | `worker_pool` | [`Push`], [`Pull`] | Push and Pull sockets: jobs to workers and results to one place, with an end that needs no message |
//! | `poller_two_sockets` | [`poll`] | one thread that serves two sockets, and an event that ends it |
//! | `pair_threads` | [`Pair`] | two threads that talk over a pair of sockets until one says "exit" |
//! | `multipart` | [`message`] | messages of several frames: header, body and footer arrive as one whole |
//! | `zero_copy` | [`Frame`], [`pool`] | buffers of a fixed pool that go round without a copy, and a buffer that says when the receiver is done with it |
//! | `rep_server` | [`Req`], [`Rep`] | Req and Rep: a server that answers what it has accepted, and ends on Ctrl-C |
//! | `broker` | [`socket::Broker`] | clients, workers, and a broker that gives each question to the worker that has been idle the longest |
//! | `weather` | [`Publish`], [`Subscribe`] | Publish and Subscribe: a copy to everybody who has subscribed to it |
//! | `async_server` | [`guide::tasks`] | the same sockets in tasks of tokio and in threads |
//! | `context_restart` | [`Context`] | a part of a program that is shut down and started again, with the same names |
//! | `clean_shutdown` | [`guide::shutdown`] | Ctrl-C ends blocked receivers, sockets, context and threads, in this order |
//! | `tcp_echo` | [`stop`] | a TCP server with a thread per connection: Ctrl-C ends blocked accepts and reads |
//! | `producer_consumer` | [`queue`] | one producer, four consumers, and a queue whose close leaves nothing behind |
//! | `downloads` | [`sync::Semaphore`] | a semaphore: twelve downloads, at most three at once |
//! | `counter_lock` | [`sync::Lock`] | a counter that loses updates without a lock, and none with it |
//! | `fake_data_store` | [`sync::Lock`] | read, think, write: the update that is lost without a lock |
//! | `condition_list` | [`sync::Condition`] | a condition: wait until a list is full, wait until it has been taken |
//! | `inspect` | [`socket::Snapshot`] | a program that is stuck, shown as text or as a graph: who waits where, which link is full |
//! | `barrier_start` | [`sync::Barrier`] | a barrier: workers that begin each round together |
//! | `fork_join` | [`ThreadPool`] | a thread pool that splits a sum to any depth with two threads, and does not deadlock |
//! | `daemon_and_join` | [`Runtime`] | a `Runtime`: threads that are joined, daemons that are asked to stop |
//! | `timer_cancel` | [`Timer`] | timers: one that is cancelled, one that fires, one that repeats |
//!
//! # Names and time-outs
//! `try_x` never waits. `x` blocks the thread; `x_timeout(Duration)` and `x_deadline(Instant)`
//! block no longer than that. `x_async` is a future for any executor. `Duration::ZERO` and a past
//! deadline mean exactly one try, `Duration::MAX` means for ever, and success beats the time-out
//! when both hold. A send that fails returns the value in its error, and a cancelled wait loses
//! neither a message nor a wake-up.
//!
//! A future that is ready at once gives no other task a chance. So a loop around `recv_async` on a
//! channel that is never empty yields to its executor after 128 messages, and so do the other async
//! forms that take or give something, and streams and sinks ([`interop`]). In a loop over anything
//! else that may never wait, such as a [`select`](poll::select()), await [`wait::cooperate`].
//!
//! # Allocation
//! A channel takes two allocations when it is made, and a link between two sockets takes one. A
//! message of one frame takes none, and one of several frames takes one when it is made.
//!
//! # Features
//! None is on by default.
//!
//! | feature | what it adds |
//! |---|---|
//! | `deadlock-help` | locks show who holds them; in debug builds, a wait that could deadlock panics instead: see [there](sync#deadlock-help) |
//! | `lock_api-0_4`, `lock_api-0_5` | [`interop::lock_api`](interop) |
//! | `futures-core-0_3`, `futures-sink-0_3` | `Stream` and `Sink` for channels and sockets: [`interop`] |
//! | `net` | the module `net`: `tcp://` and `ipc://`, to ZeroMQ peers in other processes; wants Rust 1.93 |
//! | `curve` | the same, and encrypted wires |
//! | `tracing-0_1` | what happens to sockets, as events of the crate `tracing`: see [debugging](guide::debugging) |
//! | `critical-section` | the host's implementation of critical sections, for programs that need one |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

mod asleep;
mod block;
pub mod channel;
mod cooperate;
mod fence;
#[cfg(unix)]
pub mod fork;
mod generation;
pub mod guide;
mod heap;
mod identities;
pub mod interop;
pub mod message;
#[cfg(feature = "net")]
pub mod net;
mod owned_socket;
mod panic_guard;
mod per_process;
pub mod poll;
pub mod pool;
pub mod queue;
pub mod runtime;
#[cfg(any(unix, windows))]
pub mod signal;
pub mod socket;
pub mod stop;
mod subscriptions;
pub mod sync;
mod table;
pub mod thread;
pub mod timer;
pub mod wait;
mod zeroed;

/// Every error of the library: why an operation failed, with the value that it was given.
///
/// Examples on these pages name the crate `gimmal_core`: write `gimmal`.
///
pub use gimmal_core::error;
/// Fixed-capacity rings whose operations never wait: for one producer and one consumer, or for any
/// number.
///
/// Examples on these pages name the crate `gimmal_core`: write `gimmal`.
///
pub use gimmal_core::ring;
pub use message::{Frame, Message};
pub use pool::{Job, ThreadPool};
pub use runtime::{Outcome, Runtime};
#[cfg(any(unix, windows))]
pub use signal::Termination;
pub use socket::{Context, Dealer, Pair, Publish, Pull, Push, Rep, Req, Router, Subscribe};
pub use stop::Stop;
pub use timer::Timer;
