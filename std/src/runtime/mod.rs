//! [`Runtime`]: a run, at whose end no thread is left behind. Threads are joined; daemons are asked
//! to stop.
//!
//! | what happens in the thread that called `run`, in this order |
//! |---|
//! | the closure returns or panics |
//! | the threads that are no daemons are joined, including those that are started meanwhile |
//! | the daemons are asked to stop: the token is set, its subscribers are stopped, its contexts are shut down |
//! | the daemons have a grace period, one for all of them; threads that they start meanwhile are joined |
//! | daemons that have ended are joined; the others are abandoned: they run on, and the outcome names them |
//! | the [contexts](Runtime::own) of the run are ended: each waits for its open sockets as long as the grace period is |
//! | `run` returns the [`Outcome`] |
//!
//! A thread is joined when the operating system has joined it: the destructors of its thread-locals
//! have run.
//!
//! **Which threads belong to a run.** The thread that called `run`, inside the closure, and every
//! thread that is started by a thread of the run with [`thread::spawn`](crate::thread::spawn) or
//! [`Builder::spawn`](crate::thread::Builder::spawn). A thread of a [`scope`](crate::thread::scope)
//! is joined by its scope, but what it starts belongs to the run. A run inside a run has threads of
//! its own; when the outer one is asked to stop, so is the inner one. Threads of `std::thread`, of
//! a pool, of a timer and the signal thread belong to no run, nor do the threads that they start.
//! When the grace period is over, what a daemon starts belongs to no run.
//!
//! **Panics.** A panic of a thread goes to the thread that joins its handle, and nowhere else. Panics of
//! threads that nobody has joined when the run ends are in the outcome, and so is a panic of the
//! closure; the run ends in the same way after it.
//!
//! **Fork.** A run that is active in a thread that forks goes on in the child, without the threads
//! of the parent: it joins those that the child starts. See the page `fork`.
//!
//! A run **never** ends the process; only a second signal does that (see `Termination`).
//! It waits forever for a thread that does not end, unless that thread is a daemon. It also waits
//! as long as a daemon that has not been asked to stop keeps starting threads; let the closure ask
//! it before it returns, with [`request`](StopToken::request).

#![forbid(unsafe_code)]

pub(crate) mod current;
mod ends;
mod outcome;
mod registry;
pub(crate) mod start;
mod token;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use self::current::{CurrentRun, RunScope};
pub use self::ends::Leftover;
pub(crate) use self::ends::RunEnd;
pub use self::outcome::{Outcome, ThreadPanic};
use self::registry::Registry;
pub use self::token::StopToken;
#[doc(no_inline)]
pub use crate::stop::Subscription;

/// How long daemons have, unless the builder says otherwise.
const GRACE: Duration = Duration::from_secs(1);

/// An active run. A clone is another handle of the same run; a handle that outlives the run keeps
/// nothing going.
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
    /// Runs `f`, then ends the threads that belong to the run, as the [module](self) says.
    ///
    /// Returns when all threads that are no daemons have ended, and the daemons have ended or have
    /// had their grace period of one second.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, channel, thread};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// let outcome = Runtime::run(|_| {
    ///     thread::spawn(move || sender.send("joined").unwrap());
    ///     6 * 7
    /// });
    /// assert_eq!(receiver.try_recv(), Ok("joined"));
    /// assert_eq!(outcome.unwrap_or_resume(), 42);
    /// ```
    pub fn run<R>(f: impl FnOnce(&Runtime) -> R) -> Outcome<R> {
        Self::builder().run(f)
    }

    /// Returns a builder for a run with another grace period.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::Runtime;
    ///
    /// let patient = Runtime::builder().daemon_grace(Duration::from_secs(30));
    /// assert_eq!(patient.run(|_| 6 * 7).unwrap_or_resume(), 42);
    /// ```
    pub fn builder() -> Builder {
        Builder { grace: GRACE }
    }

    /// Returns the token by which the threads of the run know that they should end.
    ///
    /// It follows the `Termination` of the process: a signal asks for a stop, and so does the program. That is installed in
    /// `main` and kept there until the run is over; one that is dropped earlier, at the end of the run's closure for example, no
    /// longer keeps the signal from ending the process at once. A thread that does not look at the token is not ended by it.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, thread};
    ///
    /// let outcome = Runtime::run(|run| {
    ///     let stop = run.termination();
    ///     let worker = thread::spawn(move || while !stop.is_requested() {
    ///         std::thread::yield_now(); // a piece of work
    ///     });
    ///     run.termination().request();
    ///     worker.join().is_ok()
    /// });
    /// assert!(outcome.unwrap_or_resume());
    /// ```
    pub fn termination(&self) -> StopToken {
        self.registry.stop.clone()
    }
}

/// For what stands above runs.
impl Runtime {
    /// The thing that every run has, made at the first call; `None` if another type was asked for
    /// before.
    pub(crate) fn first<E: Clone + Send + Sync + 'static>(
        &self,
        make: impl FnOnce() -> E,
    ) -> Option<E> {
        self.registry.ends.first(make)
    }

    /// From now on `what` belongs to the run.
    pub(crate) fn owns(&self, what: impl RunEnd + Clone) {
        self.registry.ends.add(&self.registry.stop, what);
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("termination", &self.registry.stop)
            .finish_non_exhaustive()
    }
}

/// Returns the run to which the calling thread belongs, if there is one.
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

/// The settings of a run; made by [`Runtime::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it runs"]
pub struct Builder {
    grace: Duration,
}

impl Builder {
    /// Sets the time that all daemons together have to end after they are asked to stop. Default:
    /// one second.
    ///
    /// With `Duration::ZERO`, daemons that have not ended when they are asked are abandoned. With
    /// `Duration::MAX` they are waited for like other threads.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::{Runtime, thread::Builder};
    ///
    /// let outcome = Runtime::builder().daemon_grace(Duration::from_secs(60)).run(|run| {
    ///     let stop = run.termination();
    ///     Builder::new().daemon(true).spawn(move || stop.wait()).unwrap();
    /// });
    /// assert!(outcome.abandoned.is_empty());
    /// ```
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
        #[cfg(any(unix, windows))]
        let _following = crate::signal::follow(stop.clone());
        let _scope = RunScope::enter(CurrentRun::of(registry.clone()));

        let result = catch_unwind(AssertUnwindSafe(|| f(&runtime)));
        registry.join_threads();
        stop.request();
        let abandoned = registry.close(self.grace);
        let left = registry.ends.end(self.grace);
        Outcome {
            result,
            panics: registry.panics(),
            abandoned,
            left,
            signal: stop.signal(),
        }
    }
}
