//! You know `crossbeam` or `std::sync::mpsc`: what to take here.
//!
//! | crossbeam-channel, std | here |
//! |---|---|
//! | `bounded(n)`, `sync_channel(n)` | [`channel::bounded(n)`](crate::channel::bounded); both ends are cloned |
//! | one sender and one receiver | [`channel::spsc::bounded(n)`](crate::channel::spsc::bounded), whose ends take `&mut self` |
//! | `unbounded()`, `channel()` | not here, because memory ends; use a large capacity, and `try_send` where a sender must not wait |
//! | `bounded(0)`, a rendezvous | not here; use crossbeam, or a channel of 1 and one for the answer |
//! | `send`, `try_send`, `send_timeout`, `send_deadline` | the same; a failed send returns the value. `try_send` and `try_recv` may also be `Busy`: another thread is in the middle of that very place. They never wait for it; try again |
//! | `recv`, `try_recv`, `recv_timeout`, `recv_deadline` | the same; a message that is there is received although the time is over |
//! | `iter`, `try_iter`, `for x in receiver` | the same; of an SPSC channel `for x in receiver.iter()` |
//! | many at once | [`recv_many`](crate::channel::Receiver::recv_many); of SPSC channels also [`send_all`](crate::channel::spsc::Sender::send_all), [`recv_slice`](crate::channel::spsc::Receiver::recv_slice) |
//! | `len`, `is_empty`, `is_full`, `capacity` | the same |
//! | `Disconnected`, `RecvError` | [`Closed`](crate::channel::Closed); there is [`close`](crate::channel::Sender::close) besides dropping all ends of a side |
//! | `select! { recv(a) -> x => …, send(b, y) => … }` | [`select((a.receiving(), b.sending(y)))`](crate::poll::select()), then `wait`, `wait_timeout` or `.await`. The first that is ready wins, not one at random: a closed channel is always ready, so make its branch `None`, or begin with another one each time ([`starting_at`](crate::poll::Select::starting_at)) |
//! | `Select::ready` | [`Poller`](crate::poll::Poller), or a [`PollSet`](crate::poll::PollSet) where they come and go: channels, queues, events, timers and sockets together |
//! | `after(d)` | a time-out of the call, or [`Timer`](crate::Timer) in a poller |
//! | `tick(d)` | [`Timer::every`](crate::Timer::every) with `try_send`, until it is cancelled |
//! | `never()` | the branch `None`: `open.then(\|\| receiver.receiving())` |
//! | `ArrayQueue` | [`ring::mpmc::Ring`](crate::ring::mpmc), with the capacity in the type; `force_push` is `push_overwrite`; or [`ring::exact::Ring`](crate::ring::exact), where a thread that is stopped holds nobody up |
//! | `SegQueue` | not here, because it is unbounded |
//! | `crossbeam::scope`, `std::thread::scope` | [`thread::scope`](crate::thread::scope()) |
//! | `WaitGroup` | a scope, or a [`Runtime`](crate::Runtime); or the latch that [`wait`](crate::wait) shows |
//! | `rayon::scope`, `join` | [`ThreadPool::scope`](crate::ThreadPool::scope), one level of it; for recursion and `par_iter` take rayon |
//! | `Parker`, `Unparker` | [`Event`](crate::sync::Event), with `clear` |
//! | `ShardedLock`, `RwLock` | not here; use std's |
//! | `std::sync::Mutex`, `Condvar`, `Barrier` | [`Lock`](crate::sync::Lock), [`Condition`](crate::sync::Condition), [`Barrier`](crate::sync::Barrier): no poison, with time-outs and async forms |
//! | `CachePadded` | `gimmal_core::CachePadded` |
//! | `Backoff`, `epoch`, `deque` | not here, because they are parts of other algorithms; use crossbeam |
//!
//! ```
//! use std::time::Duration;
//! use gimmal::poll::{Selected2, select};
//! use gimmal::{channel, thread};
//!
//! let (sender, receiver) = channel::bounded(4);
//! let (stop, stopped) = channel::bounded::<()>(1);
//! let worker = thread::spawn(move || {
//!     let mut sum = 0;
//!     loop {
//!         match select((receiver.receiving(), stopped.receiving())).wait() {
//!             Selected2::First(Ok(n), _) => sum += n,
//!             Selected2::First(Err(_), _) | Selected2::Second(..) => return sum,
//!         }
//!     }
//! });
//! (1..=4).for_each(|n| sender.send_timeout(n, Duration::from_secs(60)).unwrap());
//! drop(sender); // what was sent is received before the end is told
//! assert_eq!(worker.join().unwrap(), 10);
//! drop(stop);
//! ```

#![forbid(unsafe_code)]
