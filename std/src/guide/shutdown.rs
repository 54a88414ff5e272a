//! A clean shutdown: everything that waits is told, nothing that was accepted is lost.
//!
//! Every object that can be waited on can be ended, and says so in its errors:
//!
//! | object | ended by | its waits return |
//! |---|---|---|
//! | channel, queue | `close`, or dropping one side, with each clone of it: one that is subscribed to be stopped is such a clone | what is left, then `Closed` |
//! | semaphore, condition | `close` | `Closed` |
//! | event | `set` | success |
//! | barrier | `abort` | `BrokenBarrier` |
//! | context and its sockets | [`shutdown`](crate::Context::shutdown) | what has arrived, then `Terminated` |
//! | timer | [`cancel`](crate::Timer::cancel) | it is finished |
//! | proxy, broker | `stop` of its [`Steering`](crate::socket::Steering) | it returns when the message that it forwards is there; clients whose questions are on their way get no answer |
//! | pool | [`shutdown(Drain)`](crate::ThreadPool::shutdown) | jobs are done, then no more are taken |
//! | `accept`, `read` of std (Unix) | [`stop::on_socket`](crate::stop) | an error or the end |
//!
//! All of them are a [`Stop`](crate::Stop). [`Termination`](crate::Termination) stops what is
//! subscribed to it on Ctrl-C and SIGTERM; a second Ctrl-C ends the process at once.
//!
//! ```
//! # #[cfg(unix)] {
//! use gimmal::{Termination, channel, thread};
//!
//! let termination = Termination::install()?;
//! let (sender, receiver) = channel::bounded(16);
//! let stops = termination.on(sender.clone()); // Ctrl-C closes the channel
//!
//! let worker = thread::spawn(move || receiver.iter().sum::<u32>());
//! sender.send(7).unwrap();
//! termination.request(); // what Ctrl-C does
//! termination.wait();
//! drop((sender, stops)); // without Ctrl-C this is the end: of the clone in `stops` too
//! assert_eq!(worker.join().unwrap(), 7); // what was sent has been received
//! assert_eq!(termination.exit_code(), 0); // 130 after Ctrl-C
//! # }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The order that works: stop what produces, let consumers drain, join the threads, end the context.
//! A [`Runtime`](crate::Runtime) does the joining and the contexts:
//! ```
//! use gimmal::{Runtime, thread};
//!
//! let outcome = Runtime::run(|run| {
//!     let context = run.context(); // ended with the run
//!     let mut pull = context.pull().unwrap();
//!     pull.bind("inproc://jobs").unwrap();
//!     let mut push = context.push().unwrap();
//!     push.connect("inproc://jobs").unwrap();
//!     push.send("job").unwrap();
//!     drop(push);
//!     thread::spawn(move || while pull.recv().is_ok() {});
//!     run.termination().request();
//! });
//! assert_eq!(outcome.exit_code(), 0);
//! ```
//!
//! On Ctrl-C the same happens if `main` has installed the [`Termination`](crate::Termination), and has it until the run is over:
//! ```no_run
//! # #[cfg(any(unix, windows))] {
//! use gimmal::{Runtime, Termination, thread};
//!
//! let _termination = Termination::install().expect("the handlers of signals");
//! let outcome = Runtime::run(|run| {
//!     let stop = run.termination();
//!     thread::spawn(move || while !stop.is_requested() { /* a piece of work */ });
//! });
//! std::process::exit(outcome.exit_code()); // 130 after Ctrl-C; the worker has finished its piece
//! # }
//! ```
//!
//! **Do not poll a flag** around a blocking call: between the look at the flag and the call the flag may
//! be set, and the call waits for ever. Close what the call waits for, or wait for both with
//! [`select`](crate::poll::select()).
//!
//! Programs: `clean_shutdown`, `tcp_echo`, `rep_server`, `context_restart`.

#![forbid(unsafe_code)]
