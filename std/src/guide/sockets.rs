//! Sockets: whole messages between parts of a program that know each other by a name.
//!
//! | pattern | who sends to whom |
//! |---|---|
//! | [`Pair`](crate::Pair) | two, both ways |
//! | [`Push`](crate::Push), [`Pull`](crate::Pull) | jobs to one of many workers, results to one collector |
//! | [`Req`](crate::Req), [`Rep`](crate::Rep) | a question and its answer, in turns |
//! | [`Dealer`](crate::Dealer), [`Router`](crate::Router) | the same without turns; a Router knows who has sent |
//! | [`Publish`](crate::Publish), [`Subscribe`](crate::Subscribe) | a copy to everybody who wants the topic |
//!
//! A channel is simpler where one part makes both ends. Take sockets where parts come and go, where one
//! part talks to many, or where the pattern does work for you: turns, topics, distribution.
//!
//! ```
//! use gimmal::{Context, thread};
//!
//! let context = Context::new();
//! let mut results = context.pull()?;
//! results.bind("inproc://results")?;
//! results.expect_peers(2); // the end is not told before two workers have come and gone
//!
//! thread::scope(|scope| {
//!     for name in ["left", "right"] {
//!         let mut worker = context.push().unwrap();
//!         scope.spawn(move || {
//!             worker.connect("inproc://results").unwrap();
//!             worker.send(name).unwrap();
//!         });
//!     }
//!     let mut names = Vec::new();
//!     while let Ok(message) = results.recv() {
//!         names.push(message.to_str().unwrap().to_string());
//!     }
//!     names.sort();
//!     assert_eq!(names, ["left", "right"]);
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Order does not matter** while both are there: connect before bind, and what was sent meanwhile is received by the one
//! that binds. One that connects after the binder has closed waits for another binder. So whoever gives work to threads connects
//! their sockets before it starts them, or binds in the part that stays:
//! ```
//! use gimmal::{Context, thread};
//!
//! let context = Context::new();
//! let mut jobs = context.push()?;
//! jobs.bind("inproc://jobs")?;
//! thread::scope(|scope| {
//!     for _ in 0..2 {
//!         let mut worker = context.pull().unwrap();
//!         worker.connect("inproc://jobs").unwrap(); // before the thread starts, and before `jobs` closes
//!         scope.spawn(move || while worker.recv().is_ok() {});
//!     }
//!     (0..4).for_each(|_| jobs.send("a job").unwrap());
//!     jobs.close(); // the workers read what is left, and are told `Disconnected`
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! **A name** belongs to one context, and is free when `unbind` or `close` returns.
//!
//! **Who is gone is told.** `recv` returns `Disconnected` when every peer has gone and all is read;
//! `send` returns it when nobody can come any more. A socket that holds a name waits for new peers;
//! [`set_when_alone`](crate::socket::Socket::set_when_alone) chooses otherwise.
//!
//! **Values instead of bytes**, with the same sockets:
//! ```
//! use gimmal::Context;
//!
//! let context = Context::<(u32, String)>::typed();
//! let (mut left, mut right) = (context.pair()?, context.pair()?);
//! left.bind("inproc://pair")?;
//! right.connect("inproc://pair")?;
//! left.send((7, String::from("seven")))?;
//! assert_eq!(right.recv()?.0, 7);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Turns** that the compiler checks: [`to_send`](crate::socket::Socket::to_send). **A middle man**:
//! [`Proxy`](crate::socket::Proxy). **What goes on**: [`Context::snapshot`](crate::Context::snapshot).
//!
//! Programs: `worker_pool`, `rep_server`, `broker`, `weather`, `pair_threads`, `multipart`, `zero_copy`;
//! over tcp, `digest --serve` and `--work`: workers in other processes, of which none that dies loses a job.

#![forbid(unsafe_code)]
