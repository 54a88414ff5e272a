//! Tasks: the same objects in async code, under any executor.
//!
//! `x_async` is the future of `x`. A thread and a task can be at the two ends of one channel.
//!
//! **Do not call `x` without `_async` in a task**: it blocks the executor's thread, and with it all
//! tasks of that thread. If the compiler says "remove the `.await`", add `_async` instead.
//!
//! ```
//! # let mut runtime = tokio::runtime::Builder::new_current_thread();
//! # runtime.build().unwrap().block_on(async {
//! use gimmal::{channel, thread};
//!
//! let (sender, receiver) = channel::bounded(4);
//! thread::spawn(move || (1..=3).for_each(|n| sender.send(n).unwrap()));
//! let mut sum = 0;
//! while let Ok(n) = receiver.recv_async().await {
//!     sum += n;
//! }
//! assert_eq!(sum, 6);
//! # });
//! ```
//!
//! | you want | take |
//! |---|---|
//! | a future that borrows | `recv_async`, `send_async`, `lock_async`, `acquire_async`, `wait_async` |
//! | a future that owns its end, for `spawn` | [`into_recv_async`](crate::channel::Receiver::into_recv_async), [`into_send_async`](crate::channel::Sender::into_send_async) |
//! | a `Stream`, a `Sink` | `into_stream`, `into_sink`: [`interop`](crate::interop) |
//! | the result of blocking work | [`pool.submit_async(f).await?.await`](crate::ThreadPool::submit_async) |
//! | a future in a thread, without an executor | [`wait::block_on`](crate::wait::block_on) |
//! | one of several | `select!` of your executor, or [`poll::select`](crate::poll::select()) with `.await` |
//! | a time-out | that of your executor around the future |
//!
//! **Cancel safety.** Dropping a future that is not ready takes nothing and loses nothing; a send that
//! is dropped has not sent, and drops its value. So every future here may stand in a `select!`.
//!
//! **A future that is woken and not polled** holds what it was woken for, and others wait for it: poll
//! futures, or drop them. Do not keep one beside others in a task that awaits something else.
//!
//! **A loop over futures that are ready at once** yields after 128 of them, for the other tasks of the
//! thread. A [`select`](crate::poll::select()) and a [`Poller`](crate::poll::Poller) do not: await
//! [`wait::cooperate`](crate::wait::cooperate) in a loop over them that may never wait.
//! ```
//! # gimmal::wait::block_on(async {
//! use gimmal::{channel, poll::Poller, wait::cooperate};
//!
//! let (sender, receiver) = channel::bounded(256);
//! (0..256).for_each(|n| sender.send(n).unwrap());
//! let mut count = 0;
//! while count < 256 {
//!     assert!(Poller::new([receiver.readable()]).poll_async().await.is_ready(0));
//!     count += receiver.try_recv().iter().len();
//!     cooperate().await; // other tasks run now and then
//! }
//! # });
//! ```
//!
//! Program: `async_server`.

#![forbid(unsafe_code)]
