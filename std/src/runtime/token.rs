//! [`StopToken`]: a run's wish that its threads end, as an event and a list of what is to be stopped.
//!
//! | who asks | when |
//! |---|---|
//! | the run itself | when its not-daemon threads are joined |
//! | anybody | [`StopToken::request`] |
//! | an outer run, for a run inside it | when it is asked itself |
//! | the process's `Termination` (Unix) | when it is asked, by a signal or by the program; at once, if that has happened |
//!
//! The first to ask sets the event, then tells the subscribers, one after the other, in the order in which they came, and
//! without any lock. `asked` and the subscribers are guarded together: who subscribes is either told by the one who asks or
//! finds that it has been asked. A signal is remembered also if it comes after somebody else has asked.
//!
//! A forked child has an event and a list of its own, and finds what its parent's token said at that moment: who waits there and
//! who is to be stopped are not its business.
//!
//! The list of the runs of this moment is a leaf among the locks: nothing is done while it is held.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;

use crate::generation::Generation;
use crate::panic_guard::{contain, locked_since};
use crate::per_process::PerProcess;
use crate::stop::Stop;
use crate::sync::Event;

type Subscriber = Box<dyn Stop + Send>;

#[derive(Default)]
struct State {
    asked: bool,
    signal: Option<i32>,
    /// By the number of the subscription: in the order in which they came.
    subscribers: BTreeMap<u64, Subscriber>,
    subscriptions: u64,
}

/// What the clones of a token share, in one process: who waits and who is to be stopped belong to it.
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wish of a [`Runtime`](crate::Runtime) that its threads end. Cloning it shares it.
///
/// It is asked for when the run's not-daemon threads are joined, and before that by whoever calls
/// [`request`](StopToken::request), by the run around this one, and, on Unix, by a signal while a
/// `Termination` is installed. Once asked it stays so.
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

    /// Asks the threads of the run to end, as its end would: sets the event, and stops here and now what was subscribed.
    /// Again changes nothing.
    ///
    /// The run does not end by this: its closure and its not-daemon threads end when they return.
    pub fn request(&self) {
        self.ask(None);
    }

    /// Has it been asked for? A snapshot that, once true, stays true.
    pub fn is_requested(&self) -> bool {
        self.inner().requested.is_set()
    }

    /// Blocks until it is asked for.
    pub fn wait(&self) {
        self.inner().requested.wait();
    }

    /// Blocks until it is asked for, for `timeout` at most: `ZERO` looks once, `MAX` is for ever.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not asked for in time.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.inner().requested.wait_timeout(timeout)
    }

    /// Blocks until it is asked for, until `deadline` at most: a past one looks once.
    ///
    /// # Errors
    /// [`TimedOut`]: it was not asked for in time.
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.inner().requested.wait_deadline(deadline)
    }

    /// The future of `wait`, for an executor.
    ///
    /// # Cancel safety
    /// Dropping it takes nothing from anybody.
    pub async fn wait_async(&self) {
        self.inner().requested.wait_async().await;
    }

    /// Stops `what` when it is asked for; if that has happened, now and here, before this returns.
    ///
    /// It is stopped by the thread that asks: one that asks, the one that called `run`, or the one that handles signals.
    /// A panic of it ends there and stops none of the others. What is subscribed is kept until then, or until the
    /// subscription is dropped: an end of a channel counts as one as long.
    pub fn on(&self, what: impl Stop + Send + 'static) -> Subscription {
        let mut state = self.inner().locked();
        if state.asked {
            drop(state);
            what.stop();
            return Subscription {
                inner: Weak::new(),
                number: 0,
            };
        }
        let number = state.subscriptions;
        state.subscriptions += 1;
        state.subscribers.insert(number, Box::new(what));
        Subscription {
            inner: Arc::downgrade(self.inner()),
            number,
        }
    }

    /// Asks, because of a signal or not.
    pub(crate) fn ask(&self, signal: Option<i32>) {
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
            let Some((_, subscriber)) = next else { return };
            contain(move || subscriber.stop());
        }
    }

    /// Remembers the signal that is about to ask. A run that ends before it has been asked knows it by this.
    #[cfg(unix)]
    fn note(&self, signal: Option<i32>) {
        let mut state = self.inner().locked();
        state.signal = state.signal.or(signal);
    }

    /// The signal that asked, if one did.
    pub(super) fn signal(&self) -> Option<i32> {
        self.inner().locked().signal
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

/// The right to be stopped by a [`StopToken`]. Dropping it takes the subscriber away, unless it is being told at this
/// moment, or has been told; that is not waited for.
#[must_use = "dropping the subscription takes the subscriber away"]
pub struct Subscription {
    inner: Weak<Inner>,
    number: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(inner) = self.inner.upgrade() else {
            return;
        };
        if !inner.generation.is_current() {
            // The parent's: neither the lock nor the subscriber is this process's.
            return;
        }
        let subscriber = inner.locked().subscribers.remove(&self.number);
        // Runs user code, so after the lock.
        drop(subscriber);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

#[cfg(unix)]
pub(super) use self::runs::Listening;
#[cfg(unix)]
pub(crate) use self::runs::runs;

/// The runs that a `Termination` asks.
#[cfg(unix)]
mod runs {
    use super::{Arc, Mutex, MutexGuard, PerProcess, StopToken};
    use crate::panic_guard::locked;
    use crate::signal::{self, Reason};

    static RUNS: PerProcess<Mutex<Vec<StopToken>>> = PerProcess::new();

    /// The list of this process; that of its parent, to begin with: the thread that forks may be in a run.
    fn list() -> MutexGuard<'static, Vec<StopToken>> {
        locked(RUNS.get(|ancestor| {
            let copy = ancestor.and_then(|list| Some(list.try_lock().ok()?.clone()));
            Mutex::new(copy.unwrap_or_default())
        }))
    }

    /// The tokens of the runs of this moment.
    #[derive(Debug, Default)]
    pub(crate) struct Runs(Vec<StopToken>);

    /// Those there are. A run that begins later sees for itself that its process is to end.
    pub(crate) fn runs() -> Runs {
        Runs(list().clone())
    }

    impl Runs {
        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        /// Tells them all why they are about to be asked. Nothing of a user's runs in this.
        pub(crate) fn note(&self, reason: Reason) {
            self.0
                .iter()
                .for_each(|token| token.note(signal_of(reason)));
        }

        /// Asks them all.
        pub(crate) fn ask(self, reason: Reason) {
            self.0.iter().for_each(|token| token.ask(signal_of(reason)));
        }
    }

    fn signal_of(reason: Reason) -> Option<i32> {
        match reason {
            Reason::Signal(signal) => Some(signal),
            Reason::Requested => None,
        }
    }

    /// A token's place among the runs.
    pub(in crate::runtime) struct Listening(StopToken);

    impl Listening {
        /// Asks it when the process is to end; if that has been asked for, now.
        pub(in crate::runtime) fn begin(token: &StopToken) -> Self {
            let mut runs = list();
            runs.push(token.clone());
            drop(runs);
            // After it is in the list: the reason is there before the list is read.
            if let Some(reason) = signal::installed_reason() {
                token.ask(signal_of(reason));
            }
            Listening(token.clone())
        }
    }

    impl Drop for Listening {
        fn drop(&mut self) {
            let mut runs = list();
            let of_this = |token: &StopToken| Arc::ptr_eq(&token.inner, &self.0.inner);
            let token = runs.iter().position(of_this).map(|at| runs.swap_remove(at));
            drop(runs);
            drop(token);
        }
    }
}
