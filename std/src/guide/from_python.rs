//! You know Python's `threading`, `queue` and `concurrent.futures`: what to take here.
//!
//! Names and rules are mostly the same. Three things differ everywhere. A time-out is a form of its
//! own, `x_timeout(Duration)`, and not an argument. A failed put or send returns the value. Every
//! queue is bounded.
//!
//! # threading
//! | Python | here |
//! |---|---|
//! | `Thread(target=f).start()` | [`thread::spawn(f)`](crate::thread::spawn) |
//! | `Thread(name=…, daemon=True)` | [`Builder::new().name(…).daemon(true).spawn(f)`](crate::thread::Builder), inside a [`Runtime`](crate::Runtime); it watches [`run.termination()`](crate::Runtime::termination), and ends when that is requested |
//! | `t.join()`, `t.join(1.5)` | `t.join()`, `t.join_timeout(…)`; the result or the panic comes out |
//! | `t.is_alive()`, `t.name` | `!t.is_finished()`, `t.name()` |
//! | threads that use local variables | [`thread::scope`](crate::thread::scope()) |
//! | the interpreter waits for threads at its end | [`Runtime::run`](crate::Runtime::run) |
//! | `Lock`, `with lock:` | [`Lock`](crate::sync::Lock), `let guard = lock.lock();` the value lies inside |
//! | `lock.acquire(timeout=…)`, `lock.locked()` | `lock.lock_timeout(…)`, `lock.is_locked()` |
//! | `RLock` | [`ReentrantLock`](crate::sync::ReentrantLock) |
//! | `Condition`: `wait_for(f)`, `notify(n)`, `notify_all()` | [`Condition`](crate::sync::Condition): `wait_while(guard, not_f)`, `notify_many(n)`, `notify_all()` |
//! | `wait_for(f, 2)`, `True` if `f` holds | [`wait_while_timeout(guard, not_f, …)`](crate::sync::Condition::wait_while_timeout), `true` if the time was over |
//! | `Semaphore(n)`, `BoundedSemaphore(n)` | [`Semaphore`](crate::sync::Semaphore), [`BoundedSemaphore`](crate::sync::BoundedSemaphore): `let permit = s.acquire()?;` |
//! | `Event`: `set`, `clear`, `is_set`, `wait` | [`Event`](crate::sync::Event), the same names |
//! | `while not stop.wait(1): work()` | `while stop.wait_timeout(one_second).is_err() { work() }` |
//! | `Barrier(n, action)` | [`Barrier::with_action(n, action)`](crate::sync::Barrier::with_action) |
//! | `abort`, `reset`, `n_waiting`, `BrokenBarrierError` | [`abort`](crate::sync::Barrier::abort), `reset`, `waiting()`, the error `BrokenBarrier` |
//! | `Timer(2, f).start()`, `cancel()` | [`Timer::after(two_seconds, f)`](crate::Timer::after), `cancel()`; one thread runs all timers, and none keeps the process alive: `timer.wait()` |
//! | `threading.local()` | `thread_local!` of std |
//! | `current_thread()`, `get_ident()` | `std::thread::current()` |
//! | `excepthook` | `std::panic::set_hook`: it is told of every panic first; then the panic is the error of the join, or in [`Outcome::panics`](crate::Outcome) |
//! | `enumerate()`, `active_count()` | not here, because no list of all threads is kept; use a [`Runtime`](crate::Runtime), which joins all of its own |
//! | `settrace`, `setprofile` | not here, because Rust has no such hooks; use the crate `tracing` |
//!
//! # queue
//! | Python | here |
//! |---|---|
//! | `Queue(10)`, `LifoQueue(10)`, `PriorityQueue(10)` | [`Queue::new(10)`](crate::queue::Queue), [`LifoQueue`](crate::queue::LifoQueue), [`PriorityQueue`](crate::queue::PriorityQueue) |
//! | `Queue()`, which never is full | not here, because memory ends; use a large capacity |
//! | `SimpleQueue` | [`channel::bounded`](crate::channel::bounded) |
//! | `q.put(x)`, `q.put(x, timeout=1)`, `q.put_nowait(x)` | `q.put(x)`, `q.put_timeout(x, …)`, `q.try_put(x)` |
//! | `q.get()`, `q.get(timeout=1)`, `q.get_nowait()` | `q.get()`, `q.get_timeout(…)`, `q.try_get()` |
//! | `queue.Empty`, `queue.Full`, `queue.ShutDown` | `TryRecvError::Empty`, `TrySendError::Full`, `Closed`; after a time-out `TimedOut` of `RecvTimeoutError` and `SendTimeoutError` |
//! | several threads use `q` | `&q` in a scope, or `Arc::new(Queue::new(10))`: a queue is not `Clone` |
//! | `(priority, item)`, `field(compare=False)` | [`Prioritized`](crate::queue::Prioritized): a tuple compares its items too |
//! | `q.task_done()`, `q.join()` | the same; [`get_task`](crate::queue::Ordered::get_task) does the first one by itself, [`Task::process`](crate::queue::Task::process) for an item that is consumed, as a closure is |
//! | `q.shutdown()`, `q.shutdown(immediate=True)` | `q.close()`, `q.close_now()`, which returns what was left |
//! | `q.qsize()`, `q.empty()`, `q.full()` | `q.len()`, `q.is_empty()`, `q.is_full()` |
//! | `while not stop.is_set(): q.get()` | `for item in q.iter()`, and somebody closes the queue: the loop with the event hangs |
//!
//! # concurrent.futures
//! | Python | here |
//! |---|---|
//! | `ThreadPoolExecutor(4, "worker", init)` | [`ThreadPool::builder().threads(4).name("worker").initializer(init).build()`](crate::ThreadPool::builder) |
//! | `with ThreadPoolExecutor() as pool:` | a block: the drop of the pool does all jobs and joins |
//! | `pool.submit(f, x)` | [`pool.submit(move \|\| f(x))`](crate::ThreadPool::submit), which waits while the queue is full |
//! | `pool.map(f, items, timeout=2)` | [`pool.map(items, f)`](crate::ThreadPool::map), [`map_timeout`](crate::ThreadPool::map_timeout) |
//! | `pool.shutdown(cancel_futures=True)` | [`pool.shutdown(Shutdown::Cancel)`](crate::ThreadPool::shutdown), then `join` |
//! | `future.result(2)`, `future.exception()` | [`job.result_timeout(…)`](crate::Job::result_timeout); the panic is in its `JobError` |
//! | `cancel`, `cancelled`, `running`, `done` | [`cancel`](crate::Job::cancel), `is_cancelled`, `is_running`, `is_done` |
//! | `future.add_done_callback(f)` | [`job.on_done(f)`](crate::Job::on_done) |
//! | `as_completed(fs)`, with `timeout=5` | [`as_completed(jobs)`](crate::pool::as_completed), [`as_completed_timeout`](crate::pool::as_completed_timeout) |
//! | `future_to_url[future]` | the job returns what it belongs to; one that may panic catches that itself, or is of [`map`](crate::ThreadPool::map), whose results are in order |
//! | `multiprocessing.pool`: `apply_async`, `imap`, `imap_unordered` | `submit`, `map`, `as_completed`, in threads |
//! | `wait(fs, return_when=…)` | [`wait_all`](crate::pool::wait_all), [`wait_any`](crate::pool::wait_any), [`wait_first_error`](crate::pool::wait_first_error) |
//! | `asyncio.wrap_future(f)` | `job.await`: a job is a future |
//! | `ProcessPoolExecutor` | not here, because threads of Rust use all cores |
//!
//! # signal
//! | Python | here |
//! |---|---|
//! | `KeyboardInterrupt`, `signal.signal(SIGINT, …)` | [`Termination::install()`](crate::Termination) in `main`, kept to its end: what subscribes to it ends on Ctrl-C and SIGTERM |
//! | `sys.exit(130)` after Ctrl-C | `std::process::exit(termination.exit_code())`, or `main` returns the [`Outcome`](crate::Outcome) of a run |
//! | `atexit`, threads that finish what they have begun | a [`Runtime`](crate::Runtime), which asks its threads to stop and joins them |
//! | another handler of a signal | [`signal`](crate::signal), or the crate signal-hook |
//!
//! # A program
//! ```
//! use std::time::Duration;
//! use gimmal::queue::Queue;
//! use gimmal::sync::{Event, Lock};
//! use gimmal::{ThreadPool, Timer, thread};
//!
//! // A worker that ends when the queue is closed.
//! let (queue, sum) = (Queue::new(10), Lock::new(0));
//! thread::scope(|scope| {
//!     scope.spawn(|| queue.iter().for_each(|n: u32| *sum.lock() += n));
//!     (1..=4).for_each(|n| queue.put(n).unwrap());
//!     queue.close();
//! });
//! assert_eq!(sum.into_inner(), 10);
//!
//! // Results of a pool, in the order of the items.
//! let pool = ThreadPool::builder().threads(4).name("worker").build();
//! let squares: Vec<u32> = pool.map(1..=3, |n| n * n).map(Result::unwrap).collect();
//! assert_eq!(squares, [1, 4, 9]);
//!
//! // Wait for something, but not for ever.
//! let happened = std::sync::Arc::new(Event::new());
//! let sets = happened.clone();
//! Timer::after(Duration::from_millis(1), move || sets.set());
//! assert!(happened.wait_timeout(Duration::from_secs(60)).is_ok());
//! ```

#![forbid(unsafe_code)]
