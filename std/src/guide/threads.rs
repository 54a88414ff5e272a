//! Threads and joining: start threads, get their results, leave none behind.
//!
//! | you want | take |
//! |---|---|
//! | a thread and its result | [`spawn`](crate::thread::spawn), and [`join`](crate::thread::JoinHandle::join) |
//! | the same with a name or a stack of another size | [`Builder`](crate::thread::Builder) |
//! | threads that use local variables | [`scope`](crate::thread::scope()) |
//! | no thread left behind, whoever has started it | [`Runtime::run`](crate::Runtime::run) |
//! | many short jobs and their results | [`ThreadPool`](crate::ThreadPool) |
//! | something later, or again and again | [`Timer`](crate::Timer) |
//!
//! **Join with a time-out.** The handle comes back when the time is over, so nothing is lost:
//! ```
//! use std::time::Duration;
//! use gimmal::{channel, thread};
//!
//! let (sender, receiver) = channel::bounded(1);
//! let worker = thread::spawn(move || receiver.iter().sum::<u32>());
//! sender.send(7).unwrap();
//! let worker = worker.join_timeout(Duration::ZERO).unwrap_err(); // it waits for more
//! drop(sender);
//! assert_eq!(worker.join().unwrap(), 7);
//! ```
//!
//! **A panic** is the error of the join, after the panic hook has reported it, and ends nothing else:
//! ```
//! let worker = gimmal::thread::spawn(|| -> u32 { panic!("out of paper") });
//! let why = worker.join().unwrap_err();
//! assert_eq!(why.into_panic().downcast_ref(), Some(&"out of paper"));
//! ```
//!
//! **A run** joins every thread that was started inside it, and asks its daemons to stop:
//! ```
//! use gimmal::thread::{self, Builder};
//! use gimmal::{Runtime, channel};
//!
//! let (sender, receiver) = channel::bounded(8);
//! let outcome = Runtime::run(|run| {
//!     let stop = run.termination();
//!     Builder::new().name("watches").daemon(true).spawn(move || stop.wait()).unwrap();
//!     for n in 0..3 {
//!         let sender = sender.clone();
//!         thread::spawn(move || sender.send(n).unwrap()); // nobody keeps the handle
//!     }
//! });
//! assert_eq!((receiver.len(), outcome.exit_code()), (3, 0));
//! ```
//!
//! **A pool** takes jobs into a bounded queue; a job that waits for another one of its own pool is
//! detected instead of hanging:
//! ```
//! use gimmal::ThreadPool;
//! use gimmal::pool::wait_first_error;
//!
//! let pool = ThreadPool::builder().threads(2).build();
//! let jobs: Vec<_> = (1..=3).map(|n| pool.submit(move || n * n).unwrap()).collect();
//! assert!(matches!(wait_first_error(&jobs), Ok(None))); // none has failed
//! assert_eq!(jobs.into_iter().map(|job| job.result().unwrap()).sum::<i32>(), 14);
//! ```
//!
//! Programs: `daemon_and_join`, `fork_join`, `timer_cancel` in `std/examples`.

#![forbid(unsafe_code)]
