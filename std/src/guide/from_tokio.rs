//! You know `tokio::sync`: what to take here.
//!
//! Every object here has both: a future for tasks of any executor, and a call that blocks a thread. The
//! future is called `x_async`. **`x` without `_async` blocks the thread, in a task too**: there it stops
//! the executor's worker. It compiles without `.await`, so look for a result that is not a future. If the
//! compiler says "remove the `.await`", add `_async` instead.
//!
//! | tokio::sync | here |
//! |---|---|
//! | `mpsc::channel(n)`; `send(x).await`, `recv().await` | [`channel::bounded(n)`](crate::channel::bounded); `send_async(x).await`, `recv_async().await` |
//! | `blocking_send`, `blocking_recv` | `send`, `recv` |
//! | `mpsc::unbounded_channel()` | not here, because memory ends; use a large capacity |
//! | `Sender::reserve`, `Permit::send` | [`select`](crate::poll::select()) over `sending`, which returns what was not sent; around a `timeout`, `pin!(sender.sending(x).into_future())`, and then its `withdraw().into_inner()` |
//! | `oneshot::channel()` | [`channel::spsc::bounded(1)`](crate::channel::spsc::bounded) |
//! | `broadcast::channel(n)` | [`Publish`](crate::Publish) and [`Subscribe`](crate::Subscribe): [a copy for each receiver](crate::channel#one-value-copies-for-everybody-the-latest-value); a reader that is too slow misses the newest, and the publisher counts it |
//! | `watch::channel(x)` | a value under a lock: [the latest value](crate::channel#one-value-copies-for-everybody-the-latest-value); or tokio's own |
//! | `Mutex`: `lock().await`, `blocking_lock()`, `lock_owned()` | [`Lock`](crate::sync::Lock): `lock_async().await`, `lock()`, `lock_owned_async()` |
//! | `RwLock`, `OnceCell`, `SetOnce` | not here; use tokio's |
//! | `Notify` | [`Event`](crate::sync::Event) if it stays set, [`Semaphore::new(0)`](crate::sync::Semaphore) if each notification is for one, [`Condition`](crate::sync::Condition) if it is about a value |
//! | `Semaphore`: `acquire`, `acquire_many`, `acquire_owned` | [`Semaphore`](crate::sync::Semaphore): `acquire_async()`, `many(n).acquire_async()`, `owned().acquire_async()` |
//! | `Barrier` | [`Barrier`](crate::sync::Barrier): `wait_async()` |
//! | `CancellationToken` | [`StopToken`](crate::runtime::StopToken) of a run; or an [`Event`](crate::sync::Event) |
//! | `spawn_blocking(f).await` | [`pool.submit_async(f).await?.await`](crate::ThreadPool::submit_async), with a bound |
//! | `select!` | the same: the futures are cancel safe; or [`poll::select`](crate::poll::select()), which takes the branches in order, not at random |
//! | `timeout(d, future)` | the same around `x_async`; in threads `x_timeout` |
//! | `ReceiverStream`, `PollSender` | `into_stream`, `into_sink`: [`interop`](crate::interop) |
//! | `task::coop` | the async forms yield after 128 of them that were ready at once; in a loop over a `select` or a `Poller`, [`wait::cooperate`](crate::wait::cooperate) |
//!
//! ```
//! # let mut runtime = tokio::runtime::Builder::new_current_thread();
//! # runtime.build().unwrap().block_on(async {
//! use gimmal::{channel, sync::Lock, thread};
//!
//! // A thread on one side, a task on the other.
//! let (sender, receiver) = channel::bounded(4);
//! let thread = thread::spawn(move || (1..=3).for_each(|n| sender.send(n).unwrap()));
//! let total = Lock::new(0);
//! while let Ok(n) = receiver.recv_async().await {
//!     *total.lock_async().await += n;
//! }
//! assert_eq!(*total.lock_async().await, 6);
//! # thread.join().unwrap();
//! # });
//! ```

#![forbid(unsafe_code)]
