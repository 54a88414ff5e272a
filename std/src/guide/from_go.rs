//! You know Go's channels, `sync` and `context`: what to take here.
//!
//! | Go | here |
//! |---|---|
//! | `go f()` | [`thread::spawn(f)`](crate::thread::spawn): a thread of the system; for thousands, tasks of an executor and the `_async` forms |
//! | `make(chan T, n)` | [`channel::bounded(n)`](crate::channel::bounded) |
//! | `make(chan T)`, a rendezvous | not here; use a channel of 1, and one for the answer |
//! | `c <- x` | `sender.send(x)?`: a closed channel is an error that returns `x`, not a panic |
//! | `x, ok := <-c` | `receiver.recv()`: `Ok(x)`, or `Err(Closed)` when all is read |
//! | `for x := range c` | `for x in receiver` |
//! | `close(c)` | [`close()`](crate::channel::Sender::close), any number of times, or the drop of the last sender |
//! | `len(c)`, `cap(c)` | `len()`, `capacity()` |
//! | a nil channel in a `select` | the branch `None`: `open.then(\|\| receiver.receiving())` |
//! | `select { case x := <-a: … case b <- y: … }` | [`select((a.receiving(), b.sending(y))).wait()`](crate::poll::select()): of several that are ready the first, not one at random |
//! | `select { …; default: }` | [`try_now()`](crate::poll::Select::try_now), or `try_recv`, `try_send` |
//! | `case <-time.After(d)` | [`wait_timeout(d)`](crate::poll::Select::wait_timeout) |
//! | `time.AfterFunc`, `time.Tick` | [`Timer::after`](crate::Timer::after), [`Timer::every`](crate::Timer::every) |
//! | `sync.Mutex` | [`Lock`](crate::sync::Lock) |
//! | `sync.RWMutex`, `sync.Once`, `sync.Map`, `sync.Pool` | not here; use `RwLock`, `OnceLock` of std, a map under a lock, [`pool::Pool`](crate::pool::Pool) for buffers |
//! | `sync.Cond` | [`Condition`](crate::sync::Condition) |
//! | `sync.WaitGroup` | [`thread::scope`](crate::thread::scope()), or [`Runtime::run`](crate::Runtime::run) |
//! | `errgroup` with `SetLimit` | [`ThreadPool`](crate::ThreadPool) and [`wait_first_error`](crate::pool::wait_first_error) |
//! | `context.WithCancel`, `<-ctx.Done()` | the [`StopToken`](crate::runtime::StopToken) of a run, or an [`Event`](crate::sync::Event): `done.waiting()` in the `select` |
//! | `context.WithTimeout` | `x_deadline(Instant)`, with the same instant for all calls |
//! | `context.Value` | not here; pass the value |
//! | `signal.NotifyContext` | [`Termination::install()`](crate::Termination) (Unix, Windows) |
//! | all goroutines are asleep – deadlock! | [`debugging`](super::debugging) |
//!
//! ```
//! use gimmal::poll::{Selected2, select};
//! use gimmal::{channel, sync::Event, thread};
//!
//! let (jobs, receiver) = channel::bounded(8);
//! let done = Event::new();
//! thread::scope(|scope| {
//!     let worker = scope.spawn(|| {
//!         let mut sum = 0;
//!         loop {
//!             match select((receiver.receiving(), done.waiting())).wait() {
//!                 Selected2::First(Ok(n), _) => sum += n, // case n := <-jobs
//!                 _ => return sum,                        // closed, or case <-done
//!             }
//!         }
//!     });
//!     (1..=4).for_each(|n| jobs.send(n).unwrap());
//!     jobs.close();
//!     assert_eq!(worker.join().unwrap(), 10);
//! });
//! assert!(select((receiver.receiving(), done.waiting())).try_now().is_ok()); // it is closed
//! ```

#![forbid(unsafe_code)]
