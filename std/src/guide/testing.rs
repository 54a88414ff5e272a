//! Testing your own code: that it is right, and stays so.
//!
//! | you want to know | take |
//! |---|---|
//! | that it ends | a time-out in the test: every wait has one, and the value or handle comes back |
//! | that nothing is lost | count what was sent and what was received, and compare sums |
//! | that it is right under load | many threads, many rounds, a small capacity: 1 and 2 find more than 1000 |
//! | that the order does not matter | start the threads at a [`Barrier`](crate::sync::Barrier) |
//! | that `unsafe` code is sound | [Miri](https://github.com/rust-lang/miri): `cargo +nightly miri test`, and with `MIRIFLAGS=-Zmiri-many-seeds=0..16` other orders; below |
//! | that a protocol of atomics is right | [loom](https://docs.rs/loom), with the core: `--cfg loom` turns its atomics into loom's |
//! | that it does what the model says on a chip | `core/firmware` shows how to interrupt at every instruction |
//!
//! **Under Miri** run channels, queues, primitives, threads, pools, timers and sockets inside the process, isolated from the system
//! as it is. A context makes its tables at once, which takes long there: make it small, by
//! `Context::builder().sockets(8).names(8).pipes(16).build()`. Signals, wires and forks are the system's, which Miri does not have.
//!
//! A stress test finds faults with wide windows. One that needs another thread between two neighbouring instructions is
//! a matter for loom: two thousand rounds may all pass it by.
//!
//! A stress test with an end, which says what is missing instead of hanging:
//! ```
//! use std::time::{Duration, Instant};
//! use gimmal::sync::Barrier;
//! use gimmal::{channel, thread};
//!
//! let (sender, receiver) = channel::bounded(1); // as small as possible
//! let start = Barrier::new(4);
//! let deadline = Instant::now() + Duration::from_secs(60);
//! thread::scope(|scope| {
//!     for thread in 0..4_u64 {
//!         let (sender, start) = (sender.clone(), &start);
//!         scope.spawn(move || {
//!             start.wait().unwrap();
//!             (0..100).for_each(|n| sender.send_deadline(thread * 100 + n, deadline).unwrap());
//!         });
//!     }
//!     drop(sender);
//!     let mut got: Vec<u64> = std::iter::from_fn(|| receiver.recv_deadline(deadline).ok()).collect();
//!     got.sort_unstable();
//!     assert!(got.iter().copied().eq(0..400), "{} of 400 came", got.len());
//! });
//! ```
//!
//! **Do not test with sleeps.** A test that sleeps until something should have happened fails on a busy
//! machine and finds nothing on an idle one. Wait for the thing itself:
//! ```
//! use gimmal::{channel, sync::Event, thread};
//!
//! let (ready, go_on) = (Event::new(), Event::new());
//! let (sender, receiver) = channel::bounded(1);
//! thread::scope(|scope| {
//!     scope.spawn(|| {
//!         ready.set();
//!         go_on.wait();
//!         sender.send("done").unwrap();
//!     });
//!     ready.wait(); // now it is in the middle
//!     assert!(receiver.is_empty());
//!     go_on.set();
//!     assert_eq!(receiver.recv(), Ok("done"));
//! });
//! ```
//!
//! A test that has never failed has shown nothing: break the code once and see it fail.

#![forbid(unsafe_code)]
