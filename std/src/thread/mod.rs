//! Threads that can be waited for with a time-out: [`spawn`], [`Builder`], [`scope`].
//!
//! The threads are those of std. What is added is a packet that the thread shares with its handle: an event that says
//! that the closure has ended, so that a handle can be waited for like everything else, and the place of the result.
//!
//! | what happens, in this order | where |
//! |---|---|
//! | the closure ends; its captures are dropped | in the thread |
//! | the result is put into the packet | in the thread |
//! | the event is set | in the thread |
//! | destructors of thread-locals; the thread ends | in the thread |
//! | `join` returns | in the thread that joins |
//!
//! A timed join waits for the event with its time-out, and then for the thread itself: what remains of it is only the
//! destructors of its thread-locals. So when any form of join has given a result, the thread is gone.
//!
//! **Panics.** A panic of the closure, or in the drop of what it captured, is the result [`JoinError::Panicked`]; std
//! carries it. A result that nobody will take is dropped by whoever of thread and handle goes last; if that is the thread,
//! and the drop panics, the panic ends like one of the closure.
//!
//! **Inside a run** of [`Runtime`](crate::Runtime) threads belong to it, and the handle shares the thread with the run:
//! the page of [`runtime`](crate::runtime) says who joins what.

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

/// Sets the event however the closure ends. After that, and not before, the thread's share of the packet goes.
struct Finish<R>(Arc<Packet<R>>);

impl<R> Drop for Finish<R> {
    fn drop(&mut self) {
        self.0.done.set();
    }
}

/// Starts a thread that runs `f`. It belongs to the run of [`Runtime`](crate::Runtime) that the caller belongs to.
///
/// Dropping the handle detaches the thread, outside of a run; inside of one it leaves the thread to the run's end.
///
/// # Panics
/// If the operating system refuses a thread; [`Builder::spawn`] says it instead.
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
/// The thread may outlive its caller, so it cannot borrow from it; that of a [`scope`] can:
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

/// How a thread is to be made: its name, its stack, whether it is a daemon.
///
/// A thread of a [`scope`] has a builder of its own, [`Scope::builder`].
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
    /// A thread without a name, with the stack that std gives, not a daemon.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread. The name shows in panic messages and, cut to what the operating system takes (15 bytes on
    /// Linux), in debuggers and process lists.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The size of its stack in bytes, rounded up as the operating system wants it.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Makes the thread a daemon of the run of [`Runtime`](crate::Runtime) that the caller belongs to, if `yes`. The run
    /// joins the other threads; it asks daemons to stop, waits a bounded time, and abandons them. Outside of a run it makes
    /// no difference. What a daemon starts is a daemon only if that is said again. Default: `false`.
    ///
    /// A thread of a [`scope`] is joined by it and cannot be a daemon; the builder of such a thread has no `daemon`:
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

    /// Starts a thread that runs `f`. It belongs to the run of [`Runtime`](crate::Runtime) that the caller belongs to.
    ///
    /// # Errors
    /// The operating system refuses a thread, or the name contains a zero byte. `f` is dropped.
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

/// The right to wait for a thread and to have its result. Dropping it detaches the thread; inside a run of
/// [`Runtime`](crate::Runtime) it leaves the thread to the run's end.
pub struct JoinHandle<R> {
    thread: Ours<Started>,
    packet: Arc<Packet<R>>,
}

/// The right to wait for a thread of a [`scope`](scope()) and to have its result. Dropping it leaves the thread to the scope's end.
pub struct ScopedJoinHandle<'scope, R> {
    thread: Ours<thread::ScopedJoinHandle<'scope, ()>>,
    packet: Arc<Packet<R>>,
}

/// What both handles offer.
macro_rules! handle {
    ($handle:ident $(<$scope:lifetime>)?) => {
        impl<$($scope,)? R> $handle<$($scope,)? R> {
            /// Waits for the end of the thread, and gives its result. What the closure captured has been dropped then, and
            /// the destructors of the thread's thread-locals have run.
            ///
            /// # Errors
            /// [`JoinError::Panicked`] with what the closure panicked with. [`JoinError::WouldDeadlock`] if the caller is
            /// the thread itself; that is as if the handle were dropped. Two threads that wait for each other are not detected.
            /// It is also said in a forked child, where a thread of the parent is not, unless the thread had returned.
            pub fn join(self) -> Result<R, JoinError> {
                match self.join_within(Limit::None) {
                    Ok(result) => result,
                    Err(_) => unreachable!("without a limit it is never given up"),
                }
            }

            /// Like [`join`](Self::join), for `timeout` at most: `ZERO` looks once, `MAX` is for ever. A thread that has
            /// ended is joined although the time is over.
            ///
            /// The time-out bounds the wait for the closure. What comes after it, the destructors of the thread's
            /// thread-locals, is waited for in any case.
            ///
            /// # Errors
            /// The handle: the thread has not ended in time. Inside, as for [`join`](Self::join).
            pub fn join_timeout(self, timeout: Duration) -> Result<Result<R, JoinError>, Self> {
                self.join_within(Limit::After(timeout))
            }

            /// Like [`join_timeout`](Self::join_timeout), until `deadline`: a past one looks once.
            ///
            /// # Errors
            /// The handle: the thread has not ended in time. Inside, as for [`join`](Self::join).
            pub fn join_deadline(self, deadline: Instant) -> Result<Result<R, JoinError>, Self> {
                self.join_within(Limit::At(deadline))
            }

            fn join_within(self, limit: Limit) -> Result<Result<R, JoinError>, Self> {
                if !self.thread.is_ours() {
                    // The thread is not in this process. If it had ended before the fork, here is what it returned.
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

            /// Has the closure ended? A snapshot that, once true, stays true: a join will not wait for it.
            pub fn is_finished(&self) -> bool {
                self.packet.done.is_set()
            }

            /// The thread.
            pub fn thread(&self) -> &Thread {
                self.thread.get().thread()
            }

            /// The thread's name, if it has one.
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

handle!(JoinHandle);
handle!(ScopedJoinHandle<'scope>);
