//! Debugging: a program that is stuck.
//!
//! | you see | look at |
//! |---|---|
//! | nothing goes on, no core is busy | who waits for what: below |
//! | a thread does not end | what it is blocked in: close that, or subscribe it to a [`Termination`](crate::Termination) |
//! | a link is full at a number that nobody has set | the marks of both its sides, added up: [`set_send_hwm`](crate::socket::Socket::set_send_hwm), [`set_recv_hwm`](crate::socket::Socket::set_recv_hwm) |
//! | a job is queued and no worker takes it | what the workers wait for, outside the pool: `Debug` of the pool tells how many of its workers are idle |
//! | `WouldDeadlock` | a thread joins itself, or a pool waits for its own jobs: see [`pool`](crate::pool) |
//! | a send never returns | a receiver that is kept and not read; `len()` and `is_full()` of the channel tell |
//! | a receive never returns | a sender that is kept: a clone that nobody dropped, often the first one |
//! | tasks stand still, one core is busy | a blocking call in a task, or a loop that never yields: [`tasks`](super::tasks) |
//! | a permit or a lock is free too soon | a guard that was not bound: [`sharing`](super::sharing) |
//!
//! **Sockets** can be looked at from outside, at any time, without disturbing them:
//! ```
//! use gimmal::Context;
//!
//! let context = Context::new();
//! let pull = context.pull()?;
//! pull.bind("inproc://jobs")?;
//! let mut push = context.push()?;
//! push.connect("inproc://jobs")?;
//! push.send("nobody reads this")?;
//! let snapshot = context.snapshot();
//! println!("{snapshot}"); // sockets, links, how full they are, who waits
//! assert!(snapshot.to_string().contains("jobs"));
//! assert!(snapshot.dot().contains("digraph")); // for Graphviz
//! # drop(pull);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Locks**: with the feature `deadlock-help` a lock shows who holds it and since which line, and in
//! debug builds a wait that could deadlock panics and names the lines:
//! `cargo test --features gimmal/deadlock-help`. See [there](crate::sync#deadlock-help).
//!
//! **Everything has `Debug`**, which never waits:
//! ```
//! let (sender, receiver) = gimmal::channel::bounded(4);
//! sender.send(1).unwrap();
//! assert!(format!("{receiver:?}").contains("len: 1"));
//!
//! let lock = gimmal::sync::Lock::new(7);
//! let guard = lock.lock();
//! assert!(!format!("{lock:?}").contains('7')); // held: its value is not shown
//! # drop(guard);
//! ```
//!
//! **A time-out as a witness**: replace the wait by its `_timeout` form and print when it is over. The
//! value or the handle comes back, and the wait goes on:
//! ```
//! use std::time::Duration;
//! use gimmal::thread;
//!
//! let mut worker = thread::spawn(|| 6 * 7);
//! let result = loop {
//!     match worker.join_timeout(Duration::from_secs(5)) {
//!         Ok(result) => break result,
//!         Err(handle) => {
//!             eprintln!("{handle:?} still runs");
//!             worker = handle;
//!         }
//!     }
//! };
//! assert_eq!(result.unwrap(), 42);
//! ```
//!
//! **Events of sockets**: [`Context::events`](crate::Context::events), or the feature `tracing-0_1`.
//!
//! Program: `inspect`.

#![forbid(unsafe_code)]
