//! What a child process can use after `fork` without `exec`. Unix only; nothing to call, only what holds.
//!
//! The child of a `fork` has one thread: the one that forked. It has a copy of everything in memory, and shares what the
//! kernel has: open files, sockets, terminals. Three rules follow for the types of this crate.
//!
//! 1. **The child has threads of its own.** Timers, pools, runs and signals work in the child: it starts the threads that they
//!    need when it needs them, and has none of its parent's. No lock that a thread of the parent held at that moment is taken.
//! 2. **Nothing is done twice.** Timers that the parent started do not fire in the child, jobs that it submitted do not run
//!    there, and what it subscribed to a stop is not told there.
//! 3. **The parent notices nothing.** Whatever the child uses, drops or leaves behind, and however it ends, the parent's
//!    threads, timers, jobs and signals go on.
//!
//! | type | in the child |
//! |---|---|
//! | [`Termination`](crate::Termination) | A signal does in the child what it did before the parent's first [`install`](crate::Termination::install): usually it ends the child. `install` gives the child a `Termination` of its own, with its own thread. Handles of the parent are then handles of that one; they do not keep it installed. Before that, `request`, `wait` and `on` work among the threads of the child. Nothing has been requested there to begin with. |
//! | [`signal::Subscription`](crate::signal::Subscription) | One of the parent's does nothing. |
//! | [`Timer`](crate::Timer) | One that the parent started is over: it is finished, and cannot be cancelled or started. One that was not started may be started. |
//! | [`ThreadPool`](crate::ThreadPool) | It has no workers and an empty queue, and starts workers for the jobs that the child submits. It is closed, or broken, if it was in the parent. Dropping it waits for the jobs of the child only. |
//! | [`Job`](crate::Job) | One of the parent's that is done has its result. Any other one is never done: every wait for it, also with a time-out, is refused with `WouldDeadlock`; `cancel` says `false`; a callback is dropped. |
//! | [`Map`](crate::pool::Map), [`as_completed`](crate::pool::as_completed) | They end at the first job of the parent that is not done, or give it: its result is `WouldDeadlock`. |
//! | [`JoinHandle`](crate::thread::JoinHandle) | Joining a thread of the parent is refused with `WouldDeadlock`, unless it had returned: then its result is here. |
//! | [`Runtime`](crate::Runtime) | A run that was going on where the fork happened goes on in the child, without the threads that the parent had started in it. It joins those that the child starts. |
//! | [`StopToken`](crate::runtime::StopToken) | The child's is asked for if the parent's was. Later requests concern one process. |
//! | [`SocketStop`](crate::stop::SocketStop) | Stopping one of the parent's does nothing, dropping it closes the child's descriptor only. The socket itself is shared: one that the child makes for it stops it for the parent, too. Servers that fork their workers give each a listener of its own if one is to end without the others. |
//! | endpoints and connections over `tcp://` and `ipc://` (feature `net`) | The child has none of its parent's: on its copy of such a socket nothing comes and nothing goes, and closing it and [`Context::term`](crate::Context::term) wait for none of them. What it binds and connects is its own. The descriptors of the parent stay open in it: an address that the parent gives up is free, and a connection that it ends is closed, when the child has ended. |
//! | locks, semaphores, events, conditions, barriers | As they were, without the waiters that other threads of the parent were: nothing is given to them, and waking, waiting and closing never waits for one of them. A lock that the forking thread holds, it holds in both processes. Arrivals at a barrier count until its [`reset`](crate::sync::Barrier::reset). |
//! | channels, queues, sockets, rings | As they were, with a copy of every message in them, and without those waiters. |
//! | [`Context`](crate::Context) | As it was. A `fork` waits for a thread that is opening, linking or closing a socket at that moment. |
//! | a future that the forking thread was polling | It goes on in both processes. In the child it may be woken once for nothing. |
//! | feature `deadlock-help` | The order of the locks is known as before, unless another thread was recording one at that moment: then the child begins with none. |
//!
//! A job, a timer callback, a subscriber or a thread may fork. Where its closure returns in the child, the thread ends there,
//! and with it the process if it has no other.
//!
//! # What does not survive
//! The rules above are about our threads. For yours three more hold:
//!
//! * **What another thread of the parent was in the middle of stays so**, as with the locks and channels of std: a lock
//!   that it holds stays locked, a permit that it has taken is gone, a message that it was putting into a ring is never
//!   there. A [queue](crate::queue) that it was changing, or whose items it was comparing, is closed and empty in the
//!   child, where each put returns its value. A socket that it was using is open in the child, and nobody closes it.
//! * **A wait for something that a thread of the parent was to do** is a wait for ever: for an event that it would set, a
//!   lock that it holds, [`Queue::join`](crate::queue::Queue::join) for its tasks, [`Context::term`](crate::Context::term) for
//!   its sockets, the end of a [`scope`](crate::thread::scope) for its threads. Use the forms with a time-out, and leave a
//!   scope with threads only by `exit`.
//! * **A future that a thread of the parent was polling.**
//!
//! Fork while no other thread is at work, if you can: before the first of them is started, or when they all wait outside of
//! the objects that the child needs. A `fork` in a process with several threads also needs an allocator that takes part in it,
//! as those of glibc, musl and macOS do.
//!
//! # How it is known
//! Each process of a line of forks has a number, in a page of memory that Linux clears in the child. Where there is no such
//! page it is the process id; there a child in a PID namespace of its own must not have the id of its parent.
//! The queues of waiters and the contexts are told by the C library (`pthread_atfork`).
//! A child that is made by `vfork` or by `clone` with shared memory is not told apart from its parent, and in one that is
//! made by a bare system call, past the C library, a call that waits or wakes may wait for ever for a thread that the child
//! does not have.
//!
//! # Examples
//! A pool and a timer of the parent, in a child:
//! ```
//! use std::time::Duration;
//!
//! use gimmal::{ThreadPool, Timer};
//! use nix::sys::wait::{WaitStatus, waitpid};
//! use nix::unistd::{ForkResult, fork};
//!
//! let pool = ThreadPool::builder().threads(2).build();
//! assert_eq!(pool.submit(|| 1).unwrap().result().unwrap(), 1);
//! let hour = Timer::after(Duration::from_secs(3600), || println!("late"));
//!
//! // SAFETY: no other thread of this program holds anything that the child needs.
//! match unsafe { fork() }.unwrap() {
//!     ForkResult::Child => {
//!         let two = pool.submit(|| 2).unwrap().result().unwrap();
//!         let fine = two == 2 && hour.is_finished();
//!         drop(pool);
//!         std::process::exit(if fine { 0 } else { 1 });
//!     }
//!     ForkResult::Parent { child } => {
//!         assert_eq!(waitpid(child, None).unwrap(), WaitStatus::Exited(child, 0));
//!     }
//! }
//! assert!(hour.cancel());
//! ```

#![forbid(unsafe_code)]
