//! [`Termination`]: SIGINT and SIGTERM, on Windows Ctrl-C, Ctrl-Break and the close of the console,
//! as an event with a reason, which stops whatever is subscribed.
//!
//! | where | what happens |
//! |---|---|
//! | in the signal handler | a flag is set and the signal thread is woken; a second signal exits the process |
//! | in the thread `gimmal-signal` | the reason is set, threads in `wait` are released, then each subscriber is told |
//!
//! No user code runs in a signal handler.
//!
//! **Subscribers** are told one after the other, in the order in which they subscribed, by `on` or
//! by `on_request`. The signal thread holds no lock meanwhile, so a subscriber may do anything,
//! including subscribing and unsubscribing. If it panics, the others are still told. A subscriber
//! that blocks holds up those behind it, but neither the threads in `wait` nor the second signal.
//! The active runs of [`Runtime`](crate::Runtime) are told before all subscribers. The signal
//! thread belongs to no run.
//!
//! **The second signal** exits the process with `128 + n`, without destructors and exit hooks, even
//! if every thread hangs; see [`on_second`](Termination::on_second). It takes effect once the
//! signal thread has taken the first signal. [`request`](Termination::request) does not count: the
//! first signal during a stop that the program itself has asked for is not the second one. Signals
//! of one number that arrive before the signal thread has taken the first count as one, as they do
//! for the kernel.
//!
//! **Restoring.** What a signal did before the first `install` of the process, it does again when
//! the last `Termination` is dropped:
//!
//! | before | after |
//! |---|---|
//! | the default | the process is killed by the signal, and its parent sees that |
//! | a handler | that handler; it is also called while a `Termination` is installed |
//! | ignored (Linux; elsewhere taken for the default) | ignored |
//!
//! The handler of this library stays in place; after the last `Termination` it does what was done
//! before. Three things follow. A program that this one executes gets the default action, even if
//! the signal was ignored before. A hook that another part of the program adds through signal-hook
//! *after* the first `install` does not keep the process alive once the last `Termination` is gone.
//! And the two descriptors that wake the signal thread stay open for the next `Termination`.
//!
//! **Other handlers.** Code that replaces the handler after `install`, without calling the one
//! before, hides that signal from every `Termination`: `ctrlc::set_handler`, `signal` and
//! `sigaction` of the C library, and some language runtimes do so. Handlers that chain are fine:
//! those of signal-hook and tokio. Let one part of the program own SIGINT and SIGTERM, and let the
//! others subscribe to it.
//!
//! **Fork.** In a child that does not exec, a signal does what it did before the first `install`,
//! so the child can be ended. The child may install a `Termination` of its own. Nothing that a
//! child does with its parent's handles affects the parent. See the page [`fork`](crate::fork).
//!
//! **Windows.** The events of the console take the numbers that the C library gives them:
//!
//! | event | reason | exit code |
//! |---|---|---|
//! | Ctrl-C | `Signal(2)`, SIGINT | 130 |
//! | Ctrl-Break | `Signal(21)`, SIGBREAK | 149 |
//! | the console is closed | `Signal(15)`, SIGTERM | 143 |
//!
//! When the console is closed, the system ends the process after some seconds, whatever it does:
//! the way from the signal to the end of `main` has to be shorter. A handler that another part of
//! the program registers *later* is called first, and hides the event if it handles it. After the
//! last `Termination`, the handlers before it are called, in the end the system's, which ends the
//! process. A process that was started in a process group of its own gets Ctrl-Break only. There is
//! no console, and so no event, in a service or a program of the subsystem `windows`.

mod bell;
mod followers;
mod inner;
mod process;
mod reason;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as host;
#[cfg(windows)]
use self::windows as host;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::poll::Source;
use gimmal_core::sync::Waiting;
use gimmal_core::wait::{Wait, WaitQueue};

pub(crate) use self::followers::Follow;
use self::followers::Following;
use self::inner::Inner;
use self::process::{PROCESS, Process};
pub use self::reason::{Reason, Second};
use crate::panic_guard::locked;
use crate::per_process::PerProcess;
use crate::stop::Stop;
#[doc(no_inline)]
pub use crate::stop::Subscription;
use crate::sync::Event;

/// Tells `follower` when the process is to end, before all subscribers; if that has been asked for,
/// now.
pub(crate) fn follow(follower: impl Follow + 'static) -> Following {
    let following = Following::begin(Arc::new(follower));
    // After it is in the list: the reason is there before the list is read.
    let installed = PROCESS.peek().and_then(Process::known);
    if let Some(reason) = installed.and_then(|inner| inner.reason()) {
        following.tell(reason);
    }
    following
}

/// The process's wish to end: an event and its reason.
///
/// There is one per process: each [`install`](Termination::install) and each clone returns a handle
/// of the same one. It is installed until the last handle is dropped; then its thread ends, and
/// signals do what they did before.
///
/// A stop is asked for once, and the first reason is kept.
///
/// In a forked child, handles of the parent are handles of the child's own `Termination`, which is
/// not installed until the child calls `install`: see [`fork`](crate::fork).
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use gimmal::channel;
/// use gimmal::signal::{Reason, Termination};
/// use gimmal::thread;
///
/// let termination = Termination::install()?;
/// let (sender, receiver) = channel::bounded::<u32>(16);
/// let _subscription = termination.on(sender.clone());
///
/// let worker = thread::spawn(move || receiver.iter().count());
/// sender.send(1).unwrap();
///
/// // What Ctrl-C would do.
/// termination.request();
///
/// assert_eq!(worker.join().unwrap(), 1);
/// assert_eq!(termination.wait(), Reason::Requested);
/// assert_eq!(termination.exit_code(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "when the last `Termination` is dropped, signals do what they did before"]
pub struct Termination {
    inner: Arc<Inner>,
    /// In a child, what a handle of its parent is a handle of, once a poller has asked.
    here: PerProcess<Arc<Inner>>,
}

impl Termination {
    /// Takes over SIGINT and SIGTERM (Windows: the events of the console) and starts the thread
    /// `gimmal-signal`. If that has been done, returns another handle of the same `Termination`.
    ///
    /// Also takes over a signal that the process was told to ignore. In a forked child the first
    /// call installs the child's own.
    ///
    /// # Errors
    /// If the operating system refuses a handler, a thread, or on Unix a socket pair. Nothing is
    /// installed then.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Termination;
    ///
    /// let termination = Termination::install()?;
    /// // Ctrl-C and SIGTERM ask for a stop from here on.
    /// assert!(!termination.is_requested());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn install() -> io::Result<Self> {
        let inner = Process::here().install()?;
        Ok(Self::of(inner))
    }

    fn of(inner: Arc<Inner>) -> Self {
        let here = PerProcess::new();
        Termination { inner, here }
    }

    /// What the handles of this process share: in a child, the handles of its parent are handles of
    /// its own `Termination`.
    fn inner(&self) -> Cow<'_, Arc<Inner>> {
        if self.inner.generation.is_current() {
            Cow::Borrowed(&self.inner)
        } else {
            Cow::Owned(Process::here().inner())
        }
    }

    /// Stops `what` when a stop is asked for. If that has happened, stops it before this returns.
    ///
    /// `what` is stopped on the signal thread, after everything that was subscribed before it. It
    /// is kept until then, or until the subscription or the last `Termination` is dropped; until
    /// then a channel half among the subscribers counts as one.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Termination, channel};
    ///
    /// let termination = Termination::install()?;
    /// let (_sender, receiver) = channel::bounded::<u32>(1);
    /// let _subscription = termination.on(receiver.clone());
    /// termination.request(); // or Ctrl-C
    /// assert!(receiver.recv().is_err()); // closed
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on(&self, what: impl Stop + Send + 'static) -> Subscription {
        let inner = self.inner();
        let mut state = locked(&inner.state);
        if state.reason.is_some() {
            drop(state);
            what.stop();
            return Subscription::told();
        }
        inner.subscribe(&mut state, Box::new(move |_| what.stop()))
    }

    /// Calls `f` on the signal thread when a stop is asked for, after everything that was
    /// subscribed before it. If that has happened, calls it soon.
    ///
    /// Later subscribers are not told until `f` returns, so `f` must not wait for them.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Termination, channel, signal::Reason};
    ///
    /// let termination = Termination::install()?;
    /// let (sender, receiver) = channel::bounded(1);
    /// let _subscription = termination.on_request(move |why| sender.send(why).unwrap());
    /// termination.request();
    /// assert_eq!(receiver.recv(), Ok(Reason::Requested));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_request(&self, f: impl FnOnce(Reason) + Send + 'static) -> Subscription {
        let inner = self.inner();
        let mut state = locked(&inner.state);
        let subscription = inner.subscribe(&mut state, Box::new(f));
        let asked = state.reason.is_some();
        drop(state);
        if asked {
            inner.wake();
        }
        subscription
    }

    /// Asks for a stop, as a signal would. Returns at once: the signal thread tells the
    /// subscribers. Idempotent.
    ///
    /// # Examples
    /// ```
    /// let termination = gimmal::Termination::install()?;
    /// termination.request();
    /// assert!(termination.is_requested());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn request(&self) {
        let inner = self.inner();
        let first = locked(&inner.state).ask(Reason::Requested);
        if first {
            inner.requested.set();
            inner.wake();
        }
    }

    /// Returns `true` if a stop has been asked for. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// let termination = gimmal::Termination::install()?;
    /// let mut rounds = 0;
    /// while !termination.is_requested() {
    ///     rounds += 1; // a piece of work
    ///     if rounds == 3 { termination.request() }
    /// }
    /// assert_eq!(rounds, 3);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_requested(&self) -> bool {
        self.reason().is_some()
    }

    /// Returns why a stop has been asked for, or `None` if it has not been.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Termination, signal::Reason};
    ///
    /// let termination = Termination::install()?;
    /// assert_eq!(termination.reason(), None);
    /// termination.request();
    /// assert_eq!(termination.reason(), Some(Reason::Requested));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reason(&self) -> Option<Reason> {
        self.inner().reason()
    }

    /// Blocks until a stop is asked for, and returns the reason.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// Subscribers may not have been told yet: wait for what they stop.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Termination, signal::Reason, thread};
    ///
    /// let termination = Termination::install()?;
    /// let asks = termination.clone();
    /// thread::spawn(move || asks.request());
    /// assert_eq!(termination.wait(), Reason::Requested);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn wait(&self) -> Reason {
        let inner = self.inner();
        inner.requested.wait();
        inner.known()
    }

    /// Blocks until a stop is asked for, for at most `timeout`. `Duration::ZERO` checks once,
    /// `Duration::MAX` waits forever.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`] if no stop was asked for in time.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let termination = gimmal::Termination::install()?;
    /// assert!(termination.wait_timeout(Duration::from_millis(1)).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Reason, TimedOut> {
        let inner = self.inner();
        inner.requested.wait_timeout(timeout)?;
        Ok(inner.known())
    }

    /// Blocks until a stop is asked for, at most until `deadline`. A past deadline checks once.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// [`TimedOut`] if no stop was asked for in time.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let termination = gimmal::Termination::install()?;
    /// termination.request();
    /// assert!(termination.wait_deadline(Instant::now() + Duration::from_secs(1)).is_ok());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<Reason, TimedOut> {
        let inner = self.inner();
        inner.requested.wait_deadline(deadline)?;
        Ok(inner.known())
    }

    /// Returns the termination as a source of a [`Poller`](crate::poll::Poller): readable once a
    /// stop has been asked for.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Termination, channel, poll::Poller};
    ///
    /// let termination = Termination::install()?;
    /// let (sender, receiver) = channel::bounded::<u32>(1);
    /// termination.request();
    /// let ready = Poller::new([receiver.readable(), termination.readable()]).poll();
    /// assert!(!ready.is_ready(0) && ready.is_ready(1));
    /// # drop(sender);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn readable(&self) -> Source<'_> {
        self.requested().readable()
    }

    /// Returns the wait of [`wait`](Termination::wait), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait). [`reason`](Termination::reason) tells why it is over.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Termination, channel, poll::select};
    ///
    /// let termination = Termination::install()?;
    /// let (_sender, receiver) = channel::bounded::<u32>(1);
    /// termination.request();
    /// assert_eq!(select((receiver.receiving(), termination.waiting())).wait().index(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn waiting(&self) -> Wait<'_, WaitQueue, Waiting<'_>> {
        self.requested().waiting()
    }

    /// The event of this process.
    fn requested(&self) -> &Event {
        let inner = match self.inner.generation.is_current() {
            true => &self.inner,
            false => self.here.get(|_| Process::here().inner()),
        };
        &inner.requested
    }

    /// Waits until a stop is asked for, as a future for an executor.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// let termination = gimmal::Termination::install()?;
    /// termination.request();
    /// println!("{:?}", termination.wait_async().await);
    /// # assert!(termination.is_requested());
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn wait_async(&self) -> Reason {
        let inner = self.inner();
        inner.requested.wait_async().await;
        inner.known()
    }

    /// Returns the code with which the process should exit: `128 + n` after signal `n`, otherwise
    /// 0.
    ///
    /// # Examples
    /// ```
    /// let termination = gimmal::Termination::install()?;
    /// termination.request();
    /// assert_eq!(termination.exit_code(), 0); // after SIGINT it is 130
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn exit_code(&self) -> i32 {
        match self.reason() {
            Some(Reason::Signal(signal)) => 128 + signal,
            Some(Reason::Requested) | None => 0,
        }
    }

    /// Chooses what a second signal does. Default: [`Second::Exit`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Termination, signal::Second};
    ///
    /// let termination = Termination::install()?;
    /// termination.on_second(Second::Ignore);
    /// assert!(!termination.is_requested());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_second(&self, second: Second) {
        let inner = self.inner();
        let mut state = locked(&inner.state);
        state.second = second;
        inner.arm(&state);
    }
}

impl Clone for Termination {
    fn clone(&self) -> Self {
        if self.inner.generation.is_current() {
            Process::here().again();
        }
        Self::of(self.inner.clone())
    }
}

impl Drop for Termination {
    fn drop(&mut self) {
        // The handles of its parent are not counted in a child.
        if !self.inner.generation.is_current() {
            return;
        }
        let left = Process::here().leave();
        // Runs user code, so after the lock.
        drop(left);
    }
}

impl fmt::Debug for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Termination")
            .field("reason", &self.reason())
            .finish_non_exhaustive()
    }
}
