//! [`StopToken`]: a run's wish that its threads end, as an event and a list of what is to be
//! stopped.
//!
//! | who asks | when |
//! |---|---|
//! | the run itself | when its threads that are no daemons are joined |
//! | anybody | [`StopToken::request`] |
//! | an outer run, for a run inside it | when it is asked itself |
//! | the process's `Termination` (Unix, Windows) | when it is asked, by a signal or by the program; at once, if that has happened |
//!
//! The first thread that asks sets the event, then tells the subscribers, one after the other, in
//! the order in which they came, without any lock. `asked` and the subscribers are guarded
//! together: a subscriber is either told by the thread that asks, or finds that it has been asked.
//! A signal is remembered even if it comes after somebody else has asked.
//!
//! A forked child has an event and a list of its own, and finds what its parent's token said at the
//! moment of the fork. Threads that wait there and subscribers there stay the parent's.

#![forbid(unsafe_code)]

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::poll::Source;
use gimmal_core::sync::Waiting;
use gimmal_core::wait::{Wait, WaitQueue};

use crate::generation::Generation;
use crate::panic_guard::{contain, locked, locked_since};
use crate::per_process::PerProcess;
#[cfg(any(unix, windows))]
use crate::signal::{Follow, Reason};
use crate::stop::{Publisher, Stop, Subscribers, Subscription};
use crate::sync::Event;

#[derive(Default)]
struct State {
    asked: bool,
    signal: Option<i32>,
    subscribers: Subscribers<Box<dyn Stop + Send>>,
}

/// What the clones of a token share in one process, to which waiters and subscribers belong.
struct Inner {
    generation: Generation,
    requested: Event,
    state: Mutex<State>,
}

impl Inner {
    /// In a child it has been asked for if it was in the parent.
    fn new(ancestor: Option<&Arc<Inner>>) -> Arc<Self> {
        let new = Inner {
            generation: Generation::current(),
            requested: Event::new(),
            state: Mutex::default(),
        };
        if let Some(ancestor) = ancestor.filter(|inner| inner.requested.is_set()) {
            let state = locked_since(&ancestor.state, ancestor.generation);
            let mut mine = new.locked();
            mine.asked = true;
            mine.signal = state.and_then(|state| state.signal);
            drop(mine);
            new.requested.set();
        }
        Arc::new(new)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Publisher for Inner {
    fn unsubscribe(&self, number: u64) {
        let subscriber = self.locked().subscribers.remove(number);
        // Runs user code, so after the lock.
        drop(subscriber);
    }
}

/// The wish of a [`Runtime`](crate::Runtime) that its threads end. A clone shares it.
///
/// A stop is asked for when the run's threads that are no daemons are joined, and before that by a
/// call of [`request`](StopToken::request), by the run around this one, and by a signal
/// while a `Termination` is installed. Once asked for, it stays so.
///
/// # Examples
/// A daemon that is blocked in a call is ended by stopping what it waits for:
/// ```
/// use gimmal::{Runtime, channel};
/// use gimmal::thread::Builder;
///
/// let (sender, receiver) = channel::bounded::<String>(16);
/// let outcome = Runtime::run(|rt| {
///     let stop = rt.termination();
///     let logger = move || {
///         let _subscription = stop.on(receiver.clone());
///         receiver.iter().count()
///     };
///     let logger = Builder::new().name("logger").daemon(true).spawn(logger).unwrap();
///     sender.send("a line".into()).unwrap();
///     logger
/// });
/// assert_eq!(outcome.abandoned.len(), 0);
/// assert_eq!(outcome.result.unwrap().join().unwrap(), 1);
/// ```
#[derive(Clone)]
pub struct StopToken {
    inner: Arc<PerProcess<Arc<Inner>>>,
}

impl StopToken {
    pub(super) fn new() -> Self {
        StopToken {
            inner: Arc::new(PerProcess::of(Inner::new(None))),
        }
    }

    fn inner(&self) -> &Arc<Inner> {
        self.inner.get(Inner::new)
    }

    /// Asks the threads of the run to end, as its end would: sets the event, and stops the
    /// subscribers before it returns. Idempotent.
    ///
    /// This does not end the run itself: its closure and its threads that are no daemons end when
    /// they return.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Runtime;
    ///
    /// Runtime::run(|run| {
    ///     let stop = run.termination();
    ///     stop.request();
    ///     assert!(stop.is_requested());
    /// }).unwrap_or_resume();
    /// ```
    pub fn request(&self) {
        self.ask(None);
    }

    /// Returns `true` if a stop has been asked for. Once `true`, it stays `true`.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, thread};
    ///
    /// Runtime::run(|run| {
    ///     let (stop, asks) = (run.termination(), run.termination());
    ///     thread::spawn(move || asks.request());
    ///     while !stop.is_requested() {
    ///         std::thread::yield_now(); // a piece of work
    ///     }
    /// }).unwrap_or_resume();
    /// ```
    pub fn is_requested(&self) -> bool {
        self.inner().requested.is_set()
    }

    /// Blocks until a stop is asked for.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, thread};
    ///
    /// Runtime::run(|run| {
    ///     let asks = run.termination();
    ///     thread::spawn(move || asks.request());
    ///     run.termination().wait();
    /// }).unwrap_or_resume();
    /// ```
    pub fn wait(&self) {
        self.inner().requested.wait();
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
    /// use gimmal::Runtime;
    ///
    /// Runtime::run(|run| {
    ///     let stop = run.termination();
    ///     // Something every millisecond, until a stop is asked for.
    ///     let mut rounds = 0;
    ///     while stop.wait_timeout(Duration::from_millis(1)).is_err() {
    ///         rounds += 1;
    ///         if rounds == 3 { stop.request() }
    ///     }
    ///     assert_eq!(rounds, 3);
    /// }).unwrap_or_resume();
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.inner().requested.wait_timeout(timeout)
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
    /// use std::time::Instant;
    /// use gimmal::Runtime;
    ///
    /// Runtime::run(|run| {
    ///     assert!(run.termination().wait_deadline(Instant::now()).is_err());
    /// }).unwrap_or_resume();
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.inner().requested.wait_deadline(deadline)
    }

    /// Returns the token as a source of a [`Poller`](crate::poll::Poller): readable once a stop has
    /// been asked for.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, channel, poll::Poller};
    ///
    /// Runtime::run(|run| {
    ///     let stop = run.termination();
    ///     let (_sender, receiver) = channel::bounded::<u32>(1);
    ///     stop.request();
    ///     let ready = Poller::new([receiver.readable(), stop.readable()]).poll();
    ///     assert!(ready.is_ready(1));
    /// }).unwrap_or_resume();
    /// ```
    pub fn readable(&self) -> Source<'_> {
        self.inner().requested.readable()
    }

    /// Returns the wait of [`wait`](StopToken::wait), which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, channel, poll::select};
    ///
    /// Runtime::run(|run| {
    ///     let stop = run.termination();
    ///     let (_sender, receiver) = channel::bounded::<u32>(1);
    ///     stop.request();
    ///     assert_eq!(select((receiver.receiving(), stop.waiting())).wait().index(), 1);
    /// }).unwrap_or_resume();
    /// ```
    pub fn waiting(&self) -> Wait<'_, WaitQueue, Waiting<'_>> {
        self.inner().requested.waiting()
    }

    /// Waits until a stop is asked for, as a future for an executor.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, wait::block_on};
    ///
    /// Runtime::run(|run| {
    ///     let stop = run.termination();
    ///     stop.request();
    ///     block_on(stop.wait_async());
    /// }).unwrap_or_resume();
    /// ```
    pub async fn wait_async(&self) {
        self.inner().requested.wait_async().await;
    }

    /// Stops `what` when a stop is asked for. If that has happened, stops it before this returns.
    ///
    /// `what` is stopped by the thread that asks: a caller of `request`, the thread that called
    /// `run`, or the signal thread. If it panics, the panic ends there and the others are still
    /// stopped. `what` is kept until then, or until the subscription is dropped; until then a
    /// channel half counts as one.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Runtime, channel};
    ///
    /// Runtime::run(|run| {
    ///     let (_sender, receiver) = channel::bounded::<u32>(1);
    ///     let _subscription = run.termination().on(receiver.clone());
    ///     run.termination().request();
    ///     assert!(receiver.recv().is_err()); // closed
    /// }).unwrap_or_resume();
    /// ```
    pub fn on(&self, what: impl Stop + Send + 'static) -> Subscription {
        let inner = self.inner();
        let mut state = inner.locked();
        if state.asked {
            drop(state);
            what.stop();
            return Subscription::told();
        }
        Subscription::new(inner, &mut state.subscribers, Box::new(what))
    }

    /// Asks, because of a signal or not.
    fn ask(&self, signal: Option<i32>) {
        {
            let mut state = self.inner().locked();
            state.signal = state.signal.or(signal);
            if mem::replace(&mut state.asked, true) {
                return;
            }
        }
        self.inner().requested.set();
        loop {
            let next = self.inner().locked().subscribers.pop_first();
            let Some(subscriber) = next else { return };
            contain(move || subscriber.stop());
        }
    }

    /// The signal that asked, if one did.
    pub(super) fn signal(&self) -> Option<i32> {
        self.inner().locked().signal
    }
}

#[cfg(any(unix, windows))]
impl Follow for StopToken {
    /// A run that ends before it has been told knows the signal by this.
    fn note(&self, reason: Reason) {
        let mut state = self.inner().locked();
        state.signal = state.signal.or(reason.signal());
    }

    fn tell(&self, reason: Reason) {
        self.ask(reason.signal());
    }
}

impl Stop for StopToken {
    /// Asks for it.
    fn stop(&self) {
        self.request();
    }
}

impl fmt::Debug for StopToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopToken")
            .field("is_requested", &self.is_requested())
            .finish_non_exhaustive()
    }
}
