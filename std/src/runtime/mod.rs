//! [`Runtime`]: a run, at whose end no thread is left behind: threads are joined, daemons are asked to stop.
//!
//! | what happens, in this order | where |
//! |---|---|
//! | the closure returns or panics | in the thread that called `run` |
//! | the threads that are not daemons are joined, also those that are started meanwhile | there |
//! | the daemons are asked to stop: the token is set, its subscribers are stopped | there |
//! | the daemons have their grace, one for all of them; threads that they start meanwhile are joined | there |
//! | those that have ended are joined, the others are abandoned: they run on, and are named in the outcome | there |
//! | `run` returns the [`Outcome`] | there |
//!
//! A thread is joined when the operating system has joined it, so destructors of its thread-locals are over, too.
//!
//! **Who belongs to a run.** The thread that called `run`, inside the closure, and every thread that is started by one that
//! belongs, with [`thread::spawn`](crate::thread::spawn) or [`Builder::spawn`](crate::thread::Builder::spawn). A thread of a
//! [`scope`](crate::thread::scope) is joined by its scope, but what it starts belongs to the run. A run inside a run has
//! threads of its own; when the outer one is asked to stop, the inner one is as well. Threads of `std::thread`, of a pool,
//! of a timer and the one that handles signals belong to none, nor do those that they start. When the grace is over, what
//! a daemon starts belongs to nobody, like everywhere else outside of a run.
//!
//! **Panics.** A panic belongs to who joins the handle, and only to him. What nobody has joined when the run ends is in the
//! outcome, and so is a panic of the closure; after it the end is the same.
//!
//! **Fork.** A run that is going on where a thread forks goes on in the child without the threads that the parent had: it joins
//! those that the child starts. See the page `fork`.
//!
//! **Never** does a run end the process, except that a second signal does that (see `Termination`, on Unix). It waits for a
//! thread that does not end for ever: that is what daemons are for. It also waits as long as a daemon that is not asked yet
//! starts one thread after the other; let the closure ask such a one before it returns, with
//! [`request`](StopToken::request).

#![forbid(unsafe_code)]

pub(crate) mod current;
mod outcome;
mod registry;
pub(crate) mod start;
mod token;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use self::current::{CurrentRun, RunScope};
pub use self::outcome::{Outcome, ThreadPanic};
use self::registry::Registry;
pub use self::token::StopToken;
#[doc(no_inline)]
pub use crate::stop::Subscription;

/// How long daemons have, unless the builder says otherwise.
const GRACE: Duration = Duration::from_secs(1);

/// A run that is going on. Cloning it gives another handle of the same one; what is held after its end keeps nothing going.
///
/// # Examples
/// ```
/// use gimmal::thread::{self, Builder};
/// use gimmal::{Runtime, channel};
///
/// let (sender, receiver) = channel::bounded(16);
/// let outcome = Runtime::run(|rt| {
///     let stop = rt.termination();
///     let ticker = Builder::new().name("ticker").daemon(true);
///     ticker.spawn(move || stop.wait()).unwrap();
///     for number in 0..4 {
///         let sender = sender.clone();
///         // Nobody keeps the handle, and yet it is joined.
///         thread::spawn(move || sender.send(number).unwrap());
///     }
/// });
/// assert_eq!(receiver.len(), 4);
/// assert!(outcome.abandoned.is_empty());
/// assert_eq!(outcome.exit_code(), 0);
/// ```
#[derive(Clone)]
pub struct Runtime {
    registry: Arc<Registry>,
}

impl Runtime {
    /// Runs `f`, then ends the threads that belong to it, as the module says: returns when those are gone that are not
    /// daemons, and the daemons are gone or have had a second for it.
    pub fn run<R>(f: impl FnOnce(&Runtime) -> R) -> Outcome<R> {
        Self::builder().run(f)
    }

    /// A run with another grace.
    pub fn builder() -> Builder {
        Builder { grace: GRACE }
    }

    /// What the threads of the run look at, or wait for, to know that they are to end.
    ///
    /// On Unix it follows the `Termination` of the process, if one is installed, before or during the run: a signal asks
    /// for it, and so does the program. That makes no thread end that does not look.
    pub fn termination(&self) -> StopToken {
        self.registry.stop.clone()
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("termination", &self.registry.stop)
            .finish_non_exhaustive()
    }
}

/// The run that the calling thread belongs to, if it belongs to one.
///
/// # Examples
/// ```
/// use gimmal::runtime::{self, Runtime};
/// use gimmal::thread::Builder;
///
/// let outcome = Runtime::run(|_| {
///     let daemon = || runtime::current().unwrap().termination().wait();
///     Builder::new().daemon(true).spawn(daemon).unwrap().thread().id()
/// });
/// assert!(outcome.result.is_ok());
/// assert!(runtime::current().is_none());
/// ```
pub fn current() -> Option<Runtime> {
    CurrentRun::get().map(|run| Runtime {
        registry: run.registry,
    })
}

/// How a run is to be; made by [`Runtime::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it runs"]
pub struct Builder {
    grace: Duration,
}

impl Builder {
    /// How long the daemons have to end when they are asked, all of them together; one second until this is called.
    /// `ZERO`: those are abandoned who have not ended when they are asked. `MAX`: they are waited for like other threads.
    pub fn daemon_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Runs `f`; see [`Runtime::run`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::Runtime;
    /// use gimmal::sync::Event;
    /// use gimmal::thread::Builder;
    ///
    /// let outcome = Runtime::builder().daemon_grace(Duration::ZERO).run(|_| {
    ///     let deaf = Builder::new().name("deaf").daemon(true);
    ///     deaf.spawn(|| Event::new().wait()).unwrap();
    /// });
    /// assert_eq!(outcome.abandoned[0].name(), Some("deaf"));
    /// ```
    pub fn run<R>(self, f: impl FnOnce(&Runtime) -> R) -> Outcome<R> {
        let runtime = Runtime {
            registry: Registry::new(),
        };
        let registry = &runtime.registry;
        let stop = &registry.stop;
        let _outer = CurrentRun::get().map(|outer| outer.registry.stop.on(stop.clone()));
        #[cfg(unix)]
        let _following = crate::signal::follow(stop.clone());
        let _scope = RunScope::enter(CurrentRun::of(registry.clone()));

        let result = catch_unwind(AssertUnwindSafe(|| f(&runtime)));
        registry.join_threads();
        stop.request();
        let abandoned = registry.close(self.grace);
        Outcome {
            result,
            panics: registry.panics(),
            abandoned,
            signal: stop.signal(),
        }
    }
}
