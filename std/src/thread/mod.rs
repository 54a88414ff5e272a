//! Threads that can be joined with a time-out, and threads that borrow: [`spawn`], [`Builder`],
//! [`scope`].
//!
//! The threads are those of the standard library. When a join has returned a result, in any of its
//! forms, the thread has ended: its closure and what that captured are dropped, and the destructors
//! of its thread-locals have run. A time-out bounds the wait for the closure, not that for those
//! destructors.
//!
//! **Panics.** If the closure panics, or the drop of what it captured, joining returns
//! [`JoinError::Panicked`]. A result that nobody takes is dropped by the thread or by its handle,
//! whichever goes last.
//!
//! **Inside a run** of [`Runtime`](crate::Runtime) a thread belongs to the run, which joins it at
//! its end: see [`runtime`](crate::runtime).

mod error;
mod scope;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use gimmal_core::sync::Event;

use crate::block::{Limit, block_until};
use crate::panic_guard::locked;
use crate::per_process::Ours;
use crate::runtime::start::{self, Started};

pub use self::error::JoinError;
pub use self::scope::{Scope, ScopedBuilder, scope};

// A thread and its handle share a packet. What happens, in this order:
//
// | what | where |
// |---|---|
// | the closure ends; its captures are dropped | in the thread |
// | the result is put into the packet | in the thread |
// | the event is set | in the thread |
// | destructors of thread-locals; the thread ends | in the thread |
// | `join` returns | in the thread that joins |
//
// A timed join waits for the event with its time-out, and then for the thread itself. If the drop
// of a result that nobody takes panics in the thread, that panic ends like one of the closure.

/// What a thread and its handle share.
struct Packet<R> {
    /// Set when the closure has ended and its captures are dropped.
    done: Event,
    result: Mutex<Option<R>>,
}

impl<R> Packet<R> {
    fn new() -> Arc<Self> {
        Arc::new(Packet {
            done: Event::new(),
            result: Mutex::new(None),
        })
    }

    fn swap(&self, new: Option<R>) -> Option<R> {
        std::mem::replace(&mut *locked(&self.result), new)
    }

    /// What the thread runs.
    fn run(self: Arc<Self>, f: impl FnOnce() -> R) {
        let finish = Finish(self);
        let result = f();
        finish.0.swap(Some(result));
    }
}

/// Sets the event however the closure ends. After that, and not before, the thread's share of the
/// packet goes.
struct Finish<R>(Arc<Packet<R>>);

impl<R> Drop for Finish<R> {
    fn drop(&mut self) {
        self.0.done.set();
    }
}

/// Starts a thread that runs `f`. It belongs to the run of [`Runtime`](crate::Runtime) to which the
/// caller belongs, if there is one.
///
/// Dropping the handle detaches the thread. Inside a run, the thread is joined at the end of the
/// run.
///
/// # Panics
/// If the operating system refuses a thread; [`Builder::spawn`] returns an error instead.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use gimmal::thread;
///
/// let (sender, receiver) = gimmal::channel::bounded(1);
/// let adder = thread::spawn(move || receiver.iter().sum::<u32>());
/// sender.send(1).unwrap();
///
/// // It waits for more: the time is over, and the handle comes back.
/// let adder = adder.join_timeout(Duration::ZERO).unwrap_err();
/// sender.send(2).unwrap();
/// drop(sender);
/// assert_eq!(adder.join().unwrap(), 3);
/// ```
///
/// The thread may outlive its caller, so it cannot borrow from it; a thread of a [`scope`] can:
/// ```compile_fail
/// let local = 1;
/// gimmal::thread::spawn(|| println!("{local}"));
/// ```
#[track_caller]
pub fn spawn<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    match Builder::new().spawn(f) {
        Ok(handle) => handle,
        Err(why) => panic!("no thread: {why}"),
    }
}

/// The settings of a new thread: its name, its stack, whether it is a daemon.
///
/// For a thread of a [`scope`], use [`Scope::builder`].
///
/// # Examples
/// ```
/// use gimmal::thread::Builder;
///
/// let named = Builder::new().name("counter").stack_size(256 * 1024).spawn(|| {
///     std::thread::current().name().map(String::from)
/// })?;
/// assert_eq!(named.name(), Some("counter"));
/// assert_eq!(named.join().unwrap().as_deref(), Some("counter"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it spawns"]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
    daemon: bool,
}

impl Builder {
    /// Returns a builder for a thread without a name, with the default stack size, that is no
    /// daemon.
    ///
    /// # Examples
    /// ```
    /// use gimmal::thread::Builder;
    ///
    /// let handle = Builder::new().spawn(|| 6 * 7)?;
    /// assert_eq!(handle.join().unwrap(), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread. The name is shown in panic messages and, cut to what the operating system
    /// takes (15 bytes on Linux), in debuggers and process lists.
    ///
    /// # Examples
    /// ```
    /// use gimmal::thread::Builder;
    ///
    /// let reader = Builder::new().name("reader").spawn(|| ())?;
    /// assert_eq!(reader.name(), Some("reader"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the size of the stack in bytes. The operating system may round it up.
    ///
    /// # Examples
    /// ```
    /// use gimmal::thread::Builder;
    ///
    /// let small = Builder::new().stack_size(64 * 1024).spawn(|| 1 + 1)?;
    /// assert_eq!(small.join().unwrap(), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Makes the thread a daemon of the caller's run of [`Runtime`](crate::Runtime), if `yes`.
    /// Default: `false`.
    ///
    /// At its end the run joins the other threads; it asks its daemons to stop, waits for a bounded
    /// time, and abandons those that have not ended. Outside a run this makes no difference. A
    /// thread that a daemon starts is a daemon only if its own builder says so.
    ///
    /// A thread of a [`scope`] is joined by the scope and cannot be a daemon; its builder has no
    /// `daemon`:
    /// ```compile_fail,E0599
    /// gimmal::thread::scope(|scope| {
    ///     scope.builder().daemon(true).spawn(|| ()).unwrap();
    /// });
    /// ```
    ///
    /// # Examples
    /// ```
    /// use gimmal::Runtime;
    /// use gimmal::thread::{self, Builder};
    ///
    /// # let in_the_background = true;
    /// let outcome = Runtime::run(|rt| {
    ///     let stop = rt.termination();
    ///     let mut waits = Builder::new().name("waits");
    ///     if in_the_background {
    ///         waits = waits.daemon(true);
    ///     }
    ///     waits.spawn(move || stop.wait()).unwrap();
    /// });
    /// assert!(outcome.abandoned.is_empty());
    /// ```
    pub fn daemon(mut self, yes: bool) -> Self {
        self.daemon = yes;
        self
    }

    /// Starts a thread that runs `f`. It belongs to the run of [`Runtime`](crate::Runtime) to which
    /// the caller belongs, if there is one.
    ///
    /// # Errors
    /// If the operating system refuses a thread, or the name contains a zero byte. `f` is dropped.
    ///
    /// # Examples
    /// ```
    /// use gimmal::thread::Builder;
    ///
    /// let sum = Builder::new().name("sum").spawn(|| (1..=4).sum::<u32>())?;
    /// assert_eq!(sum.join().unwrap(), 10);
    /// assert!(Builder::new().name("zero \0 byte").spawn(|| ()).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn<R: Send + 'static>(
        self,
        f: impl FnOnce() -> R + Send + 'static,
    ) -> io::Result<JoinHandle<R>> {
        let packet = Packet::new();
        let its = packet.clone();
        let daemon = self.daemon;
        let thread = start::start(self.std()?, daemon, move || its.run(f))?;
        let thread = Ours::new(thread);
        Ok(JoinHandle { thread, packet })
    }

    fn std(self) -> io::Result<thread::Builder> {
        let mut builder = thread::Builder::new();
        if let Some(name) = self.name {
            if name.contains('\0') {
                let why = "a thread's name contains a zero byte";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
            }
            builder = builder.name(name);
        }
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        Ok(builder)
    }
}

/// The right to wait for a thread and to take its result.
///
/// Dropping it detaches the thread. Inside a run of [`Runtime`](crate::Runtime), the thread is
/// joined at the end of the run.
pub struct JoinHandle<R> {
    thread: Ours<Started>,
    packet: Arc<Packet<R>>,
}

/// The right to wait for a thread of a [`scope`](scope()) and to take its result.
///
/// Dropping it leaves the thread to the end of the scope.
pub struct ScopedJoinHandle<'scope, R> {
    thread: Ours<thread::ScopedJoinHandle<'scope, ()>>,
    packet: Arc<Packet<R>>,
}

/// What both handles offer.
macro_rules! handle {
    ($handle:ident $(<$scope:lifetime>)?, $open:literal, $close:literal) => {
        impl<$($scope,)? R> $handle<$($scope,)? R> {
            /// Blocks until the thread has ended, and returns its result. What the closure captured
            /// has been dropped then, and the destructors of the thread's thread-locals have run.
            ///
            /// # Errors
            /// [`JoinError::Panicked`] with what the closure panicked with.
            /// [`JoinError::WouldDeadlock`] if the caller is the thread itself; the handle is
            /// dropped. Two threads that wait for each other are not detected. A forked child,
            /// which does not have the parent's threads, gets it too, unless the thread had
            /// returned before the fork.
            ///
            /// # Examples
            /// ```
            /// use gimmal::thread;
            ///
            #[doc = $open]
            /// assert_eq!(handle.join().unwrap(), 42);
            #[doc = $close]
            /// ```
            pub fn join(self) -> Result<R, JoinError> {
                match self.join_within(Limit::None) {
                    Ok(result) => result,
                    Err(_) => unreachable!("without a limit it is never given up"),
                }
            }

            /// Blocks like [`join`](Self::join), for at most `timeout`. `Duration::ZERO` checks
            /// once, `Duration::MAX` waits forever. A thread that has ended is joined even if the
            /// time is over.
            ///
            /// The time-out bounds the wait for the closure. The destructors of the thread's
            /// thread-locals are waited for in any case.
            ///
            /// # Errors
            /// The handle, if the thread has not ended in time. The inner result is that of
            /// [`join`](Self::join).
            ///
            /// # Examples
            /// ```
            /// use std::time::Duration;
            /// use gimmal::thread;
            ///
            #[doc = $open]
            /// match handle.join_timeout(Duration::from_secs(60)) {
            ///     Ok(result) => assert_eq!(result.unwrap(), 42),
            ///     Err(handle) => println!("{handle:?} still runs"), // and can be joined later
            /// }
            #[doc = $close]
            /// ```
            pub fn join_timeout(self, timeout: Duration) -> Result<Result<R, JoinError>, Self> {
                self.join_within(Limit::After(timeout))
            }

            /// Blocks like [`join_timeout`](Self::join_timeout), at most until `deadline`. A
            /// past deadline checks once.
            ///
            /// # Errors
            /// The handle, if the thread has not ended in time. The inner result is that of
            /// [`join`](Self::join).
            ///
            /// # Examples
            /// ```
            /// use std::time::{Duration, Instant};
            /// use gimmal::thread;
            ///
            /// // One deadline for any number of joins.
            /// let deadline = Instant::now() + Duration::from_secs(60);
            #[doc = $open]
            /// assert_eq!(handle.join_deadline(deadline).unwrap().unwrap(), 42);
            #[doc = $close]
            /// ```
            pub fn join_deadline(self, deadline: Instant) -> Result<Result<R, JoinError>, Self> {
                self.join_within(Limit::At(deadline))
            }

            fn join_within(self, limit: Limit) -> Result<Result<R, JoinError>, Self> {
                if !self.thread.is_ours() {
                    // The thread is not in this process. If it had ended before the fork, here is
                    // what it returned.
                    let ended = self.packet.done.is_set();
                    let result = ended.then(|| self.packet.swap(None)).flatten();
                    return Ok(result.ok_or(JoinError::WouldDeadlock));
                }
                if self.thread().id() == thread::current().id() {
                    return Ok(Err(JoinError::WouldDeadlock));
                }
                if block_until(self.packet.done.waiting(), limit).is_err() {
                    return Err(self);
                }
                let ended = self.thread.into_inner().join().map_err(JoinError::Panicked);
                let result = || self.packet.swap(None).expect("a closure that ended has a result");
                Ok(ended.map(|()| result()))
            }

            /// Returns the future of [`join`](Self::join), for an executor.
            ///
            /// The poll that is ready blocks for the destructors of the thread's thread-locals.
            ///
            /// # Errors
            /// As for [`join`](Self::join).
            ///
            /// # Cancel safety
            /// Dropping the future drops the handle; the thread goes on.
            pub async fn join_async(self) -> Result<R, JoinError> {
                let other = |handle: &Self| handle.thread().id() != thread::current().id();
                if self.thread.is_ours() && other(&self) {
                    self.packet.done.wait().await;
                }
                self.join()
            }

            /// Returns `true` if the closure has ended: a join will not wait for it. Once `true`,
            /// it stays `true`.
            ///
            /// # Examples
            /// ```
            /// use gimmal::thread;
            ///
            #[doc = $open]
            /// while !handle.is_finished() {
            ///     std::thread::yield_now(); // something else
            /// }
            /// assert_eq!(handle.join().unwrap(), 42); // does not wait
            #[doc = $close]
            /// ```
            pub fn is_finished(&self) -> bool {
                self.packet.done.is_set()
            }

            /// Returns the thread.
            ///
            /// # Examples
            /// ```
            /// use gimmal::thread;
            ///
            #[doc = $open]
            /// assert_ne!(handle.thread().id(), std::thread::current().id());
            #[doc = $close]
            /// ```
            pub fn thread(&self) -> &Thread {
                self.thread.get().thread()
            }

            /// Returns the thread's name, if it has one.
            ///
            /// # Examples
            /// ```
            /// use gimmal::thread;
            ///
            #[doc = $open]
            /// assert_eq!(handle.name(), None); // `builder` gives it one
            #[doc = $close]
            /// ```
            pub fn name(&self) -> Option<&str> {
                self.thread().name()
            }
        }

        impl<$($scope,)? R> fmt::Debug for $handle<$($scope,)? R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($handle))
                    .field("thread", self.thread())
                    .field("is_finished", &self.is_finished())
                    .finish()
            }
        }
    };
}

handle!(JoinHandle, "let handle = thread::spawn(|| 6 * 7);", "");
handle!(
    ScopedJoinHandle<'scope>,
    "thread::scope(|scope| {\nlet handle = scope.spawn(|| 6 * 7);",
    "});"
);
