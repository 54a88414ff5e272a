//! [`Termination`]: SIGINT and SIGTERM as an event, a reason, and the end of whatever was subscribed. Unix only.
//!
//! | where | what happens |
//! |---|---|
//! | in the handler | a flag is set and a byte sent to the signal thread; on a second signal the process exits instead |
//! | in the thread `gimmal-signal` | the reason is set, everybody in `wait` released, then each subscriber told |
//!
//! No user code runs in a handler, and no lock is taken there. The signal thread holds none either while it tells a
//! subscriber, so a subscriber may do anything, also subscribe and unsubscribe; if it panics, the others are told all the
//! same. Subscribers are told one after the other **in the order in which they subscribed**, `on` and `on_request` alike.
//! One that blocks keeps those behind it waiting, but not those in `wait`, and not a second signal. The runs of
//! [`Runtime`](crate::Runtime) that are going on come before all subscribers. The signal thread belongs to no run.
//!
//! **The second signal.** The signal thread arms the handlers when it has taken the first signal, before it tells
//! anybody. An armed handler exits the process with `128 + n`, without destructors and exit hooks, also when every thread
//! hangs. [`request`](Termination::request) arms nothing: the first signal during a stop that the program itself asked for
//! is not the second one. Signals of the same number that come before the signal thread has taken the first count as one, as
//! they do for the kernel.
//!
//! **Restoring.** What a signal did before is seen at the first `install` of a process, and is so again when the last
//! `Termination` is dropped:
//!
//! | before | after |
//! |---|---|
//! | the default | the process is killed by the signal, and its parent sees that |
//! | a handler | that handler; it is also called while a `Termination` is installed |
//! | ignored (Linux; elsewhere taken for the default) | ignored |
//!
//! The handler itself, once in place, stays in the process; the first line is therefore done by this handler, which
//! puts the default action back and raises the signal again. Three things follow. A program that is started by this one gets
//! the default either way. A hook that another part of the program adds through signal-hook *after* the first
//! `install` does not keep the process alive once the last `Termination` is gone. And the socket that wakes the signal thread
//! (two descriptors) stays open after the last `Termination`, for the next one.
//!
//! **Other handlers.** Two owners of one signal do not know of each other. Code that replaces the handler after `install`,
//! and does not call the one before, makes every `Termination` deaf to that signal: `ctrlc::set_handler`, `signal` and
//! `sigaction` of the C library, some language runtimes. Handlers that chain are fine: those of signal-hook and tokio. Let
//! one part of the program own SIGINT and SIGTERM, and the others subscribe to it.
//!
//! **Fork.** In a child that does not exec a signal does what it did before the first `install`, so that the child can be
//! ended; the child may install a `Termination` of its own. Whatever a child does with its parent's handles, the parent is
//! not disturbed. The page [`fork`](crate::fork) says more.

mod followers;
mod handler;
mod inner;
mod process;
mod reason;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;

pub(crate) use self::followers::Follow;
use self::followers::Following;
use self::inner::Inner;
use self::process::{PROCESS, Process};
pub use self::reason::{Reason, Second};
use crate::panic_guard::locked;
use crate::stop::Stop;
#[doc(no_inline)]
pub use crate::stop::Subscription;

/// Tells `follower` when the process is to end, before all subscribers; if that has been asked for, now.
pub(crate) fn follow(follower: impl Follow + 'static) -> Following {
    let following = Following::begin(Arc::new(follower));
    // After it is in the list: the reason is there before the list is read.
    let installed = PROCESS.peek().and_then(Process::known);
    if let Some(reason) = installed.and_then(|inner| inner.reason()) {
        following.tell(reason);
    }
    following
}

/// The process's wish to end: an event, and the reason for it.
///
/// There is one per process: a further [`install`](Termination::install) and each clone give the same one. It lasts until
/// the last of them is dropped; then its thread ends and signals do what they did before.
///
/// A stop is asked for once and stays so: the first reason is kept.
///
/// In a forked child the handles of the parent are handles of the child's own `Termination`, which is not installed until the
/// child does it: see [`fork`](crate::fork).
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
}

impl Termination {
    /// Takes SIGINT and SIGTERM over, and starts the thread `gimmal-signal`; if that has been done, gives another handle
    /// of the same `Termination`. Also takes over a signal that the process had been told to ignore. In a forked child the
    /// first call installs the child's own.
    ///
    /// # Errors
    /// The operating system refuses a handler, a socket pair or a thread. Nothing is installed then.
    pub fn install() -> io::Result<Self> {
        let inner = Process::here().install()?;
        Ok(Termination { inner })
    }

    /// What the handles of this process share: in a child, the handles of its parent are handles of its own `Termination`.
    fn inner(&self) -> Cow<'_, Arc<Inner>> {
        if self.inner.generation.is_current() {
            Cow::Borrowed(&self.inner)
        } else {
            Cow::Owned(Process::here().inner())
        }
    }

    /// Stops `what` when a stop is asked for; if that has happened, now and here, before this returns.
    ///
    /// Runs on the signal thread, after everything that was subscribed before it. What is subscribed is kept until then,
    /// or until the subscription or the last `Termination` is dropped: an end of a channel counts as one as long.
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

    /// Calls `f` on the signal thread when a stop is asked for, after everything that was subscribed before it; if that has
    /// happened, soon.
    ///
    /// Those subscribed after it wait until it returns. It must not wait for them.
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

    /// Asks for a stop, as a signal would. Returns at once; subscribers are told by the signal thread.
    pub fn request(&self) {
        let inner = self.inner();
        let first = locked(&inner.state).ask(Reason::Requested);
        if first {
            inner.requested.set();
            inner.wake();
        }
    }

    /// Has a stop been asked for? A snapshot that, once true, stays true.
    pub fn is_requested(&self) -> bool {
        self.reason().is_some()
    }

    /// Why a stop has been asked for, if it has been.
    pub fn reason(&self) -> Option<Reason> {
        self.inner().reason()
    }

    /// Blocks until a stop is asked for. Subscribers may not have been told yet: wait for what they stop.
    pub fn wait(&self) -> Reason {
        let inner = self.inner();
        inner.requested.wait();
        inner.known()
    }

    /// Blocks until a stop is asked for, for `timeout` at most: `ZERO` looks once, `MAX` is for ever.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not asked for in time.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<Reason, TimedOut> {
        let inner = self.inner();
        inner.requested.wait_timeout(timeout)?;
        Ok(inner.known())
    }

    /// Blocks until a stop is asked for, until `deadline` at most: a past one looks once.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not asked for in time.
    pub fn wait_deadline(&self, deadline: Instant) -> Result<Reason, TimedOut> {
        let inner = self.inner();
        inner.requested.wait_deadline(deadline)?;
        Ok(inner.known())
    }

    /// The future of `wait`, for an executor.
    ///
    /// # Cancel safety
    /// Dropping it takes nothing from anybody.
    pub async fn wait_async(&self) -> Reason {
        let inner = self.inner();
        inner.requested.wait_async().await;
        inner.known()
    }

    /// What the process is to exit with: `128 + n` for signal `n`, else 0.
    pub fn exit_code(&self) -> i32 {
        match self.reason() {
            Some(Reason::Signal(signal)) => 128 + signal,
            Some(Reason::Requested) | None => 0,
        }
    }

    /// Chooses what a second signal does; [`Second::Exit`] until then.
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
        Termination {
            inner: self.inner.clone(),
        }
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
